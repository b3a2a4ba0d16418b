"""People say in private what they are."""

from collections.abc import Iterator

import pytest

from doctocbot.rooms import members
from doctocbot.rooms.labels import Grounds, Label
from doctocbot.rooms.trades import Calling
from doctocbot.store import Transaction
from tests.desk import CHAT, LEA, MODO, NORA, OTHER_ROOM, ROOM, Desk
from tests.fakes.roomstates import member, state_event

pytest_plugins = ["tests.desk_fixtures"]

RPPS = "10001234565"
"""A number of the right form with the right key, of nobody that we know."""

MODO_CHAT = "!modo-and-the-bot:clinic.example"
GP = Label("doctor", "general-practice", student=False, grounds=Grounds.DECLARED)


@pytest.fixture
async def chat(desk: Desk) -> Desk:
    """Léa has a direct chat with the bot, and a second room."""
    await desk.open_room(OTHER_ROOM)
    desk.change(state_event("m.room.name", {"name": "Cabinet"}))
    desk.change(state_event("m.room.name", {"name": "Urgences"}), room=OTHER_ROOM)
    await desk.open_chat(LEA)
    return desk


async def label(desk: Desk, who: str = LEA, room: str = ROOM) -> Label | None:
    """What somebody is in a room."""
    return await desk.database.run(members.label_of, room, who)


async def confirm(desk: Desk, who: str, calling: Calling, room: str = ROOM) -> None:
    """A moderator has confirmed somebody."""

    def bear(tx: Transaction) -> None:
        members.bear(tx, room, who, calling, Grounds.CONFIRMED, at=0)

    await desk.database.run(bear)


async def say(desk: Desk, text: str) -> str:
    """Léa says something in private; the bot's answer."""
    (told,) = desk.answers_to(await desk.say(LEA, text, room=CHAT))
    return told


@pytest.mark.parametrize(
    "words", ["!iam GP", "!jesuis médecin généraliste", "!Jesuis MG", "!jesuis un généraliste"]
)
async def test_a_trade_is_declared_in_all_ones_rooms(chat: Desk, words: str) -> None:
    """And shown as declared."""
    told = await say(chat, words)
    assert "médecin, médecine générale dans Cabinet, Urgences" in told
    assert "sur déclaration" in told
    assert await label(chat) == GP == await label(chat, room=OTHER_ROOM)
    shown = await say(chat, "!jesuis")
    assert "Cabinet: médecin, médecine générale · déclaré" in shown


async def test_a_room_that_is_named_is_meant_alone(chat: Desk) -> None:
    """Labels are per room."""
    await say(chat, "!jesuis pharmacien dans urgences")
    assert await label(chat) is None
    assert (await label(chat, room=OTHER_ROOM)) == Label(
        "pharmacist", "", student=False, grounds=Grounds.DECLARED
    )


async def test_who_shares_no_room_declares_nothing_there(chat: Desk) -> None:
    """A room that they left keeps what was said in it, and learns nothing new."""
    chat.change(member(LEA, "leave"), room=OTHER_ROOM)
    await say(chat, "!jesuis MG")
    assert await label(chat) == GP
    assert await label(chat, room=OTHER_ROOM) is None


@pytest.mark.parametrize("words", ["!jesuis rien", "!iam forget", "!iam nothing"])
async def test_it_is_taken_back(chat: Desk, words: str) -> None:
    """Everywhere, also where it was confirmed."""
    await confirm(chat, LEA, Calling("nurse"))
    assert "retiré" in await say(chat, words)
    assert await label(chat) is None
    assert "pas de métier" in await say(chat, words)


@pytest.mark.parametrize("words", ["!jesuis plombier", "!jesuis femme de médecin", "!iam student"])
async def test_an_unknown_trade_is_refused_with_those_that_are_known(chat: Desk, words: str) -> None:
    """What was typed is not repeated."""
    told = await say(chat, words)
    assert "médecin généraliste" in told
    assert words.split()[-1] not in told.replace("médecin", "").replace("étudiant", "")
    assert await label(chat) is None


async def test_a_declared_trade_does_not_undo_what_a_moderator_confirmed(chat: Desk) -> None:
    """The same one stays confirmed; another ends the confirmation."""
    await confirm(chat, LEA, Calling("doctor", "general-practice"))
    await say(chat, "!jesuis MG")
    assert (await label(chat)) == Label(
        "doctor", "general-practice", student=False, grounds=Grounds.CONFIRMED
    )
    await say(chat, "!jesuis dermato")
    assert (await label(chat)) == Label("doctor", "dermatology", student=False, grounds=Grounds.DECLARED)


async def test_in_the_room_it_is_refused_kindly(chat: Desk) -> None:
    """It is said in private; a number in it goes at once, where the bot may."""
    (told,) = chat.answers_to(await chat.say(LEA, "!jesuis MG"))
    assert "en privé" in told
    with_number = await chat.say(LEA, f"!jesuis MG {RPPS}")
    assert chat.gone(with_number)
    assert await label(chat) is None


# -- the number


def stored(tx: Transaction) -> Iterator[str]:
    """Every value of every table."""
    tables = [row["name"] for row in tx.rows("SELECT name FROM sqlite_master WHERE type = 'table'")]
    for table in tables:
        if not table.startswith(("sqlite_", "case_search")):
            for row in tx.rows(f"SELECT * FROM {table}"):  # noqa: S608 (our own tables)
                yield " ".join(str(value) for value in tuple(row))


@pytest.mark.parametrize("sponsoring", [True, False])
@pytest.mark.parametrize("typed", [RPPS, "10 00 12 34 56 5", f"RPPS : {RPPS}", "10001234567", "1000123456"])
async def test_a_number_is_never_kept_or_repeated(chat: Desk, typed: str, *, sponsoring: bool) -> None:
    """Right or wrong, needed or not: the message goes, the file holds no digit of it, no answer says it."""
    if sponsoring:
        await chat.say(MODO, "!mod set parrainage on")
    event = await chat.say(LEA, f"!jesuis MG {typed}", room=CHAT)
    assert chat.gone(event)
    digits = "".join(char for char in typed if char.isdigit())
    kept = "\n".join(await chat.database.run(lambda tx: list(stored(tx))))
    assert digits not in kept
    assert typed not in kept
    assert digits not in chat.readable()


async def test_a_number_with_a_wrong_key_is_refused(chat: Desk) -> None:
    """With what to do about it; and the trade is not noted either, so that they try again."""
    told = await say(chat, "!jesuis médecin 10001234567")
    assert "11 chiffres" in told
    assert await label(chat) is None


async def test_where_nobody_is_vouched_for_the_number_is_not_kept_at_all(chat: Desk) -> None:
    """Not as a hash either."""
    assert "pas gardé" in await say(chat, f"!jesuis MG {RPPS}")
    assert await chat.value("SELECT count(*) FROM sponsorship") == 0
    assert await label(chat) == GP


async def test_where_the_bot_may_not_delete_it_asks_for_it(chat: Desk) -> None:
    """The number is not kept, but the person's own message still shows it."""
    await chat.say(MODO, "!mod set sponsorship on")
    chat.change(state_event("m.room.power_levels", {"users": {LEA: 100}, "redact": 50}), room=CHAT)
    for number in (RPPS, "10001234567"):
        told = chat.answers_to(await chat.say(LEA, f"!jesuis MG {number}", room=CHAT))
        assert any("Supprimez" in each for each in told)


# -- the moderators' news


async def test_moderators_learn_of_declarations_the_next_morning_in_one_message(chat: Desk) -> None:
    """In private, each declaration once, also when the bot is started anew."""
    await chat.open_chat(MODO, MODO_CHAT)
    await chat.open_chat(NORA, "!nora-and-the-bot:clinic.example")
    await say(chat, "!jesuis MG dans Cabinet")
    await chat.say(NORA, "!jesuis interne en cardio dans Cabinet", room="!nora-and-the-bot:clinic.example")
    await chat.tick()
    assert chat.timeline(MODO_CHAT) == []
    chat.later(minutes=24 * 60)
    await chat.tick()
    chat.restart()
    await chat.tick()
    (news,) = chat.timeline(MODO_CHAT)
    assert "médecin, médecine générale" in news.body
    assert "interne, cardiologie" in news.body
    assert not any("cardiologie" in sent.body for sent in chat.timeline(ROOM))


async def test_of_many_declarations_the_rest_is_counted(chat: Desk) -> None:
    """Sixty students declare themselves in one evening: fifty are named, and how to see all."""
    await chat.open_chat(MODO, MODO_CHAT)
    people = [f"@p{number:02}:clinic.example" for number in range(60)]
    chat.change(*map(member, people))

    def declare(tx: Transaction) -> None:
        for who in people:
            members.bear(tx, ROOM, who, Calling("doctor"), Grounds.DECLARED, at=chat.now, news_at=chat.now)

    await chat.database.run(declare)
    chat.later(minutes=5)
    await chat.tick()
    (news,) = chat.timeline(MODO_CHAT)
    assert news.body.count("• @p") == 50
    assert "encore 10 personnes" in news.body
    assert "!mod membres" in news.body


async def test_what_was_confirmed_in_the_meantime_is_no_news(chat: Desk) -> None:
    """There is nothing left to do about it."""
    await chat.open_chat(MODO, MODO_CHAT)
    await say(chat, "!jesuis MG dans Cabinet")
    await chat.say(MODO, f"!mod confirm {LEA} dans Cabinet", room=MODO_CHAT)
    before = len(chat.timeline(MODO_CHAT))
    chat.later(minutes=24 * 60)
    await chat.tick()
    assert len(chat.timeline(MODO_CHAT)) == before


@pytest.mark.parametrize("typed", [RPPS, f"Mon numéro RPPS est {RPPS}", f"RPPS : {RPPS}."])
async def test_a_number_without_a_command_is_no_case(chat: Desk, typed: str) -> None:
    """Whoever sends it alone is told how, and finds it in no draft."""
    event = await chat.say(LEA, typed, room=CHAT)
    assert chat.gone(event)
    assert "NUMÉRO" in chat.answers_to(event)[0]
    assert await chat.value("SELECT count(*) FROM draft") == 0
    assert RPPS not in "\n".join(await chat.database.run(lambda tx: list(stored(tx))))
