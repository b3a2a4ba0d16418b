"""Moderators see who is what in their room, confirm it, and set it."""

import pytest

from doctocbot.rooms import members
from doctocbot.rooms.labels import Grounds, Label
from doctocbot.rooms.trades import Calling
from doctocbot.store import Transaction
from tests.desk import LEA, MARC, MODO, NORA, OTHER_ROOM, PAUL, ROOM, Desk, plain
from tests.fakes.roomstates import member

pytest_plugins = ["tests.desk_fixtures"]

MODO_CHAT = "!modo-and-the-bot:clinic.example"
GP, NURSE = Calling("doctor", "general-practice"), Calling("nurse")


@pytest.fixture
async def room(desk: Desk) -> Desk:
    """Modo has a direct chat with the bot; in the room Léa is Dr Léa."""
    await desk.open_chat(MODO, MODO_CHAT)
    desk.call(LEA, "Dr Léa")
    return desk


async def declare(desk: Desk, who: str, calling: Calling = GP, room: str = ROOM) -> None:
    """Somebody has declared what they are."""

    def bear(tx: Transaction) -> None:
        members.bear(tx, room, who, calling, Grounds.DECLARED, at=0)

    await desk.database.run(bear)


async def label(desk: Desk, who: str, room: str = ROOM) -> Label | None:
    """What somebody is in a room."""
    return await desk.database.run(members.label_of, room, who)


async def grounds(desk: Desk, who: str) -> str | None:
    """On whose word somebody bears their label."""
    found = await label(desk, who)
    return None if found is None else found.grounds


def private_words(desk: Desk) -> str:
    """All that Modo was told in private."""
    return "\n".join(plain(sent.body) for sent in desk.timeline(MODO_CHAT))


async def test_a_name_hides_nobody_and_forges_no_line(room: Desk) -> None:
    """Marc's fills a book, Paul's goes on as if Nora had been confirmed."""
    await declare(room, MARC)
    room.call(MARC, "A" * 20_000)
    room.call(PAUL, "Paul\n• Nora: médecin · confirmé")
    await room.say(MODO, "!mod membres")
    told = room.timeline(MODO_CHAT)[-1]
    assert PAUL in told.content["formatted_body"]
    assert "\n• Nora" not in told.body


@pytest.mark.parametrize("place", [ROOM, MODO_CHAT])
async def test_moderators_see_who_is_what_in_private_alone(room: Desk, place: str) -> None:
    """Those whom they may confirm first; in the served room nobody reads a name."""
    await declare(room, LEA)
    await declare(room, MARC, NURSE)
    await room.database.run(lambda tx: members.prove(tx, ROOM, MARC, Grounds.CONFIRMED, 0))
    await room.say(MODO, "!mod membres", room=place)
    told = private_words(room)
    assert "Dr Léa: médecin, médecine générale · déclaré" in told
    assert f"{MARC}: infirmier · confirmé" in told
    assert f"{NORA}: sans étiquette" in told
    assert told.index("Dr Léa") < told.index(NORA) < told.index(MARC)
    assert room.timeline(ROOM) == []


async def test_a_large_room_is_shown_in_pages(room: Desk) -> None:
    """Every member stands on exactly one."""
    people = [f"@m{number:03}:clinic.example" for number in range(95)]
    room.change(*(member(user) for user in people))
    shown: list[str] = []
    for page in ("1", "2", "3", "99"):
        before = len(room.timeline(MODO_CHAT))
        await room.say(MODO, f"!mod members {page}", room=MODO_CHAT)
        (told,) = room.timeline(MODO_CHAT)[before:]
        shown.append(told.body)
    assert shown[3] == shown[2]
    assert [sum(user in page for page in shown[:3]) for user in people] == [1] * len(people)


@pytest.mark.parametrize("command", ["members", "confirm all", f"confirm {LEA}", f"member {LEA} pharmacien"])
async def test_it_is_for_moderators_of_the_room_concerned(room: Desk, command: str) -> None:
    """The level in somebody's own direct chat is none there."""
    await declare(room, LEA)
    await room.open_chat(PAUL, "!paul-and-the-bot:clinic.example")
    for place in (ROOM, "!paul-and-the-bot:clinic.example"):
        (told,) = room.answers_to(await room.say(PAUL, f"!mod {command}", room=place))
        assert "modération" in told
    assert await grounds(room, LEA) == "declared"


async def test_several_people_are_confirmed_at_once(room: Desk) -> None:
    """By their ids; who has declared nothing is left alone, and the answer names nobody."""
    await declare(room, LEA)
    await declare(room, MARC, NURSE)
    (told,) = room.answers_to(await room.say(MODO, f"!mod confirmer {LEA}, {MARC} {NORA}"))
    assert "2 métiers confirmés" in told
    assert "Léa" not in told
    assert await grounds(room, LEA) == await grounds(room, MARC) == "confirmed"
    assert await label(room, NORA) is None


async def test_a_person_is_named_by_a_mention(room: Desk) -> None:
    """Element writes the name that they have in the room and the id beside it."""
    content = {
        "msgtype": "m.text",
        "body": "!mod membre Dr Léa: pharmacienne",
        "m.mentions": {"user_ids": [LEA]},
    }
    await room.do(MODO, "m.room.message", content)
    assert await label(room, LEA) == Label("pharmacist", "", student=False, grounds=Grounds.CONFIRMED)


async def test_all_are_confirmed_after_the_list_was_shown(room: Desk) -> None:
    """Exactly those on it: who declares something, or something else, in the meantime waits."""
    await declare(room, LEA)
    await declare(room, MARC, NURSE)
    (asked,) = room.answers_to(await room.say(MODO, "!mod confirm all"))
    assert "2 personnes" in asked
    assert "Léa" not in asked
    assert "Dr Léa: médecin, médecine générale" in private_words(room)
    await declare(room, MARC, Calling("doctor", "surgery"))
    await declare(room, NORA)
    (told,) = room.answers_to(await room.say(MODO, "!mod yes"))
    assert "1 métier confirmé" in told
    assert [await grounds(room, who) for who in (LEA, MARC, NORA)] == ["confirmed", "declared", "declared"]


async def test_who_has_left_is_not_confirmed(room: Desk) -> None:
    """Nor set to be anything."""
    await declare(room, LEA)
    room.change(member(LEA, "leave"))
    for command in (f"confirm {LEA}", f"member {LEA} pharmacien", "confirm all"):
        await room.say(MODO, f"!mod {command}")
    assert await grounds(room, LEA) == "declared"


async def test_a_label_is_set_and_taken_away_in_one_room_alone(room: Desk) -> None:
    """Labels are per room."""
    await room.open_room(OTHER_ROOM)
    await declare(room, LEA, room=OTHER_ROOM)
    await room.say(MODO, f"!mod member {LEA} étudiante en pharmacie")
    assert await label(room, LEA) == Label("pharmacist", "", student=True, grounds=Grounds.CONFIRMED)
    await room.say(MODO, f"!mod member {LEA} aucun")
    assert await label(room, LEA) is None
    assert await label(room, LEA, OTHER_ROOM) is not None


@pytest.mark.parametrize(
    ("command", "said"),
    [
        (f"member {LEA} plombier", "Je ne connais pas"),
        (f"member {LEA}", "Je ne connais pas"),
        ("member pharmacien", "Mentionnez"),
        (f"member {LEA} {MARC} pharmacien", "Mentionnez"),
        (f"member {LEA} none", "pas d'étiquette"),
        ("member @nobody:clinic.example pharmacien", "pas membre"),
        ("confirm", "Mentionnez"),
        (f"confirm {LEA}", "rien à confirmer"),
        ("confirm all", "rien à confirmer"),
    ],
)
async def test_what_cannot_be_done_is_explained(room: Desk, command: str, said: str) -> None:
    """With what to type."""
    (told,) = room.answers_to(await room.say(MODO, f"!mod {command}"))
    assert said in told


async def test_every_change_is_audited_and_told_to_the_person(room: Desk) -> None:
    """To whom it was done stands in the table that can be erased; who has no chat is not called into one."""
    await room.open_chat(LEA)
    await room.say(LEA, "!jesuis MG", room="!lea-and-the-bot:clinic.example")
    await room.say(MODO, f"!mod confirm {LEA}")
    await room.say(MODO, f"!mod member {MARC} IDE")
    (_, told) = [plain(sent.body) for sent in room.timeline("!lea-and-the-bot:clinic.example")]
    assert "médecin, médecine générale · confirmé" in told
    assert await room.value("SELECT count(*) FROM audit WHERE act = 'member'") == 2
    assert await room.value("SELECT count(*) FROM audit_words WHERE about = :who", who=MARC) == 1
    assert await room.value("SELECT count(*) FROM private_word WHERE user_id = :who", who=MARC) == 0
