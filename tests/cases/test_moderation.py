"""What moderators learn about cases, and who learns nothing."""

import json

import pytest

from doctocbot.rooms.settings import note_problems
from tests.cases.test_intake import draft
from tests.desk import BOT, CHAT, LEA, MARC, MODO, NORA, OTHER_ROOM, ROOM, Desk, plain
from tests.fakes.roomstates import closed_room, member, state_event

pytest_plugins = ["tests.desk_fixtures"]

MODOS_CHAT = "!modo-and-the-bot:clinic.example"
DAY = 24 * 60


@pytest.fixture
async def asked(desk: Desk) -> Desk:
    """Léa has published a case without her name."""
    await desk.say(MODO, "!mod set anonymous on")
    await desk.open_chat(LEA)
    await draft(desk)
    await desk.say(LEA, "!publier anonyme", room=CHAT)
    await desk.tick()
    return desk


def shown(desk: Desk) -> str:
    """All that the moderator's chat shows of the bot's."""
    return json.dumps([event.content for event in desk.gateway.visible(MODOS_CHAT)], ensure_ascii=False)


async def test_the_name_is_gone_from_the_chat_when_a_third_comes(asked: Desk) -> None:
    """The moderator has never said a word there; the name was for their eyes alone."""
    await asked.open_chat(MODO, MODOS_CHAT)
    await asked.say(MODO, "!mod qui #1")
    assert LEA in shown(asked)
    asked.change(member(MARC, "invite"), room=MODOS_CHAT)
    await asked.inspect(MODOS_CHAT)
    assert LEA not in shown(asked)


async def test_nor_does_that_chat_become_a_room_for_cases(asked: Desk) -> None:
    """Whoever comes opens no case there."""
    await asked.open_chat(MODO, MODOS_CHAT)
    await asked.say(MODO, "!mod qui #1")
    asked.change(member(MARC), room=MODOS_CHAT)
    await asked.inspect(MODOS_CHAT)
    await asked.say(MARC, "!cas Enfant, otite", room=MODOS_CHAT)
    assert await asked.value("SELECT count(*) FROM medical_case") == 1


@pytest.mark.parametrize("since", ["left", "moderates no more", "nothing"])
async def test_the_name_is_told_to_moderators_of_today(asked: Desk, since: str) -> None:
    """The bot opened a chat for the answer, and they came days later."""
    await asked.say(MODO, "!mod qui #1")
    if since == "left":
        asked.change(member(MODO, "leave"))
    elif since == "moderates no more":
        asked.change(state_event("m.room.power_levels", {"users": {MODO: 0}}))
    asked.later(minutes=3 * DAY)
    await asked.open_chat(MODO, MODOS_CHAT)
    await asked.tick()
    assert (LEA in shown(asked)) == (since == "nothing")


@pytest.fixture
async def case(desk: Desk) -> Desk:
    """Léa has a case in the room and a direct chat; so has Modo one."""
    await desk.open_chat(LEA)
    await desk.open_chat(MODO, MODOS_CHAT)
    await desk.say(LEA, "!cas Enfant de 3 ans, éruption des joues #dermato")
    return desk


def said_in(desk: Desk, room: str) -> str:
    """All that the bot has said in a room, as it can be read still."""
    return plain("\n".join(event.body for event in desk.gateway.visible(room)))


PLACES = [ROOM, MODOS_CHAT]


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("verb", ["close", "pull", "hide"])
async def test_a_reason_is_told_to_the_author_and_not_to_the_room(case: Desk, verb: str, place: str) -> None:
    """In private and without the moderator's name; the audit keeps it with theirs."""
    await case.say(MODO, f"!mod {verb} #1 cousine reconnue par Marc", room=place)
    await case.say(MODO, "!mod oui", room=place)
    assert "cousine reconnue" in said_in(case, CHAT)
    assert MODO not in said_in(case, CHAT)
    assert "cousine" not in said_in(case, ROOM)
    row = await case.database.run(lambda tx: tuple(tx.row(
        "SELECT act, words.actor, words.about, words.reason FROM audit JOIN audit_words AS words ON audit_id = id"
        " ORDER BY id DESC LIMIT 1") or ()))  # fmt: skip
    deed = {"close": "closed", "pull": "pull", "hide": "hidden"}[verb]
    assert row == (deed, MODO, LEA, "cousine reconnue par Marc")


@pytest.mark.parametrize("verb", ["close", "pull", "hide"])
async def test_what_is_done_to_a_case_needs_a_reason(case: Desk, verb: str) -> None:
    """And a moderator."""
    (told,) = case.answers_to(await case.say(MODO, f"!mod {verb} #1"))
    assert "raison" in told
    (told,) = case.answers_to(await case.say(LEA, f"!mod {verb} #1 parce que"))
    assert "modération" in told
    assert await case.value("SELECT count(*) FROM confirmation") == 0
    assert "ouvert" in await case.card()


@pytest.mark.parametrize("verb", ["who", "close", "pull", "hide", "show"])
@pytest.mark.parametrize("place", PLACES)
async def test_a_number_of_another_room_reads_like_one_that_does_not_exist(
    case: Desk, verb: str, place: str
) -> None:
    """Whoever moderates here learns nothing of there."""
    case.gateway.rooms[OTHER_ROOM] = closed_room(OTHER_ROOM, creator=LEA, members=(BOT, MARC))
    await case.database.run(note_problems, OTHER_ROOM, [])
    await case.say(MARC, "!cas Homme de 60 ans, douleur", room=OTHER_ROOM)
    foreign = case.answers_to(await case.say(MODO, f"!mod {verb} #2 doublon", room=place))
    missing = case.answers_to(await case.say(MODO, f"!mod {verb} #9 doublon", room=place))
    assert [words.replace("2", "9") for words in foreign] == missing
    assert len(missing) == 1


async def test_a_case_closed_by_moderators_has_no_outcome(case: Desk) -> None:
    """The card says who closed it and no more; its author is not asked how it went, and may open it again."""
    await case.say(MODO, "!mod clore #1 doublon", room=MODOS_CHAT)
    card = await case.card()
    assert "clos" in card
    assert "Clos par la modération" in card
    assert "éruption" in card
    case.later(minutes=40 * DAY)
    await case.tick()
    assert "Comment" not in said_in(case, CHAT)
    await case.say(LEA, "!rouvrir #1")
    case.later(minutes=1)
    await case.tick()
    assert "ouvert" in await case.card()
    assert "Clos par" not in await case.card()


@pytest.mark.parametrize(
    ("closing", "shown"), [("!clore #2 Gianotti-Crosti", 1), ("!mod clore #2 doublon", 0)]
)
async def test_a_case_without_outcome_is_nobodys_memory(case: Desk, closing: str, shown: int) -> None:
    """It is not shown under one that is like it; a find names it all the same."""
    words = "Enfant, éruption des joues, acrocyanose, lichen"
    await case.say(MARC, f"!cas {words}")
    await case.say(MODO, closing, room=MODOS_CHAT)
    await case.tick()
    await case.say(MARC, f"!cas {words}")
    assert await case.value("SELECT count(*) FROM outbox WHERE key LIKE '%:similar:%'") == shown
    (found,) = case.answers_to(await case.say(MARC, "!chercher acrocyanose"))
    assert "#2" in found


async def test_a_pulled_case_comes_back_to_its_author_as_a_draft(case: Desk) -> None:
    """With what the moderator gave as a reason, which the other moderators read too."""
    case.change(state_event("m.room.power_levels", {"users": {MODO: 100, NORA: 50, BOT: 50}, "redact": 50}))
    await case.open_chat(NORA, "!nora:clinic.example")
    await case.say(MODO, "!mod pull #1 nom du patient lisible", room=MODOS_CHAT)
    await case.say(MODO, "!mod oui", room=MODOS_CHAT)
    for _ in range(2):
        case.later(seconds=30)
        await case.tick()
    assert "éruption des joues" in said_in(case, CHAT)
    assert "nom du patient lisible" in said_in(case, "!nora:clinic.example")
    assert "éruption" not in said_in(case, ROOM)


async def test_the_command_with_the_reason_goes_with_the_case(case: Desk) -> None:
    """It was typed in the room."""
    typed = await case.say(MODO, "!mod pull #1 Mme Dupont est nommée")
    await case.say(MODO, "!mod oui")
    assert case.gone(typed)


async def test_acting_in_an_authors_place_is_audited(case: Desk) -> None:
    """A moderator closes a colleague's case by the common command; the author's own closing is nobody's matter."""
    await case.say(MODO, "!clore #1 probable Gianotti-Crosti")
    assert await case.value("SELECT act FROM audit") == "for-author"
    await case.say(LEA, "!rouvrir #1")
    await case.say(LEA, "!clore #1 Gianotti-Crosti")
    assert await case.value("SELECT count(*) FROM audit") == 1


async def test_who_asked_is_audited_with_the_one_asked_about(asked: Desk) -> None:
    """So that `!mydata` can tell them."""
    await asked.open_chat(MODO, MODOS_CHAT)
    await asked.say(MODO, "!mod qui #1")
    assert await asked.value("SELECT about FROM audit_words ORDER BY audit_id DESC LIMIT 1") == LEA
