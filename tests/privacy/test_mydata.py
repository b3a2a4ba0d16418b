"""`!mydata`: whoever asks sees in one file all that is stored about them, and what is not in it."""

from doctocbot.matrix.errors import Unreachable
from tests.desk import CHAT, LEA, MARC, NORA, ROOM, Desk

pytest_plugins = ["tests.desk_fixtures"]


async def data_of(desk: Desk, who: str, chat: str = CHAT) -> str:
    """The file that somebody is sent."""
    await desk.say(who, "!mesdonnées", room=chat)
    sent = [event for event in desk.gateway.visible(chat) if event.content.get("msgtype") == "m.file"][-1]
    assert sent.content["filename"] == "mes-donnees-doctocbot.txt"
    assert sent.content["info"]["mimetype"] == "text/plain"
    assert "w" not in sent.content["info"]
    return desk.gateway.files[sent.content["file"]["url"]].decode("utf-8-sig")


async def test_the_file_holds_what_the_asker_contributed_and_nothing_of_others(desk: Desk) -> None:
    """Cases, answers, opinions, votes, references, what is followed: with room, case and date."""
    await desk.open_chat(LEA)
    await desk.say(LEA, "!cas Enfant de 4 ans, éruption #dermato")
    card = await desk.card_id()
    await desk.say(MARC, "Varicelle, voyez https://example.org/varicelle", thread=card)
    mine = await desk.say(MARC, "!cas Toux sèche #pneumo")
    other = await desk.card_id(2)
    await desk.say(LEA, "!avis Coqueluche", thread=other)
    await desk.say(LEA, "Demandez une PCR, https://example.org/pcr", thread=other)
    await desk.say(LEA, "!suivre dermato", room=CHAT)
    text = await data_of(desk, LEA)
    for words in (
        "Enfant de 4 ans",
        "Coqueluche",
        "Demandez une PCR",
        "https://example.org/pcr",
        "dermatology",
        "#2",
    ):
        assert words in text, words
    for words in ("Varicelle", "Toux sèche", MARC, mine):
        assert words not in text, words
    assert "Le registre des actes" in text
    assert "n’est pas dans ce fichier" in text


async def test_a_draft_is_in_the_file_of_its_author_alone(desk: Desk) -> None:
    """Nobody else has seen it."""
    await desk.open_chat(LEA)
    await desk.open_chat(MARC, "!marc:clinic.example")
    await desk.say(LEA, "Nourrisson, fièvre à J3", room=CHAT)
    assert "fièvre à J3" in await data_of(desk, LEA)
    assert "fièvre à J3" not in await data_of(desk, MARC, "!marc:clinic.example")


async def test_it_is_only_sent_in_private(desk: Desk) -> None:
    """In the room the bot says where to ask."""
    asked = await desk.say(LEA, "!mydata")
    assert desk.gateway.files == {}
    assert desk.answers_to(asked)


async def test_the_bytes_and_the_key_are_forgotten_when_the_file_has_been_sent(
    desk: Desk, no_waiting: None
) -> None:
    """Not before: the server may be away."""
    await desk.open_chat(NORA)
    desk.gateway.failures.append(Unreachable("AWAY"))
    await data_of(desk, NORA)
    assert await desk.value("SELECT count(*) FROM attachment") == 1
    await desk.tick()
    assert await desk.value("SELECT count(*) FROM attachment") == 0
    assert await desk.value("SELECT count(*) FROM data_file") == 0


async def test_who_has_left_every_room_still_gets_it(desk: Desk) -> None:
    """What is stored about somebody is theirs to see, whatever became of them."""
    await desk.open_chat(LEA)
    await desk.say(LEA, "!cas Prurit nocturne")
    room = desk.gateway.rooms[ROOM]
    desk.gateway.rooms[ROOM] = room.apply([_left(LEA)])
    assert "Prurit nocturne" in await data_of(desk, LEA)


def _left(who: str) -> dict[str, object]:
    return {"type": "m.room.member", "state_key": who, "sender": who, "content": {"membership": "leave"}}
