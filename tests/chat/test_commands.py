"""The command table: names become functions, and help is made from it."""

import pytest

from doctocbot.chat.commands import Command, CommandTable
from doctocbot.chat.replies import Conversation, Refusal
from doctocbot.store import Database, Row, Transaction
from tests.desk import LEA, MARC, Desk

pytest_plugins = ["tests.desk_fixtures"]


def _writes_then_refuses(c: Conversation, words: str) -> None:
    c.tell("failed")
    c.tx.execute("INSERT INTO meta (key, value) VALUES ('half', 'done')")
    raise Refusal("case.which")


def _writes(c: Conversation, words: str) -> None:
    c.tx.execute("INSERT INTO meta (key, value) VALUES ('words', :words)", words=words)


def _anybody_may(c: Conversation, name: str) -> None:
    """Who may do what is decided elsewhere."""


TABLE = CommandTable(
    [Command(("case", "cas"), _writes), Command(("drop", "jeter"), _writes_then_refuses)], _anybody_may
)


async def run(desk: Desk, text: str) -> bool:
    """Run what a text asks for."""
    event = desk.event(LEA, "m.room.message", {"msgtype": "m.text", "body": text})

    def work(tx: Transaction) -> bool:
        said = TABLE.understand(text)
        assert said is not None
        return TABLE.run(desk.world.conversation(tx, event, desk.gateway.rooms[event.room_id]), said)

    return await desk.database.run(work)


async def rows(database: Database, sql: str) -> list[Row]:
    """Rows of a query."""
    return await database.run(lambda tx: tx.rows(sql))


async def test_a_command_gets_the_words_after_its_name(desk: Desk) -> None:
    """And the table says that it was done."""
    assert await run(desk, "! Cas Enfant de 3 ans ")
    assert await desk.value("SELECT value FROM meta WHERE key = 'words'") == "Enfant de 3 ans"


async def test_a_refused_command_leaves_nothing_but_the_refusal(desk: Desk) -> None:
    """What it wrote before it changed its mind is undone."""
    assert not await run(desk, "!jeter")
    assert await desk.value("SELECT count(*) FROM meta") == 0
    assert [row["key"] for row in await rows(desk.database, "SELECT key FROM outbox")] == ["$e1:refusal"]


async def test_help_shows_every_command_in_the_language_of_the_room(desk: Desk) -> None:
    """In French here, with the usage of each."""
    asked = await desk.say(LEA, "!aide")
    (answer,) = desk.answers_to(asked)
    for usage in ("!cas TEXTE", "!avis AVIS", "!résumé", "!réponse B", "!aide"):
        assert usage in answer


async def test_help_on_one_command_shows_all_its_names(desk: Desk) -> None:
    """By any of its names, with or without the mark."""
    for asked in ("!aide clore", "!help !close", "!aide Clore"):
        (answer,) = desk.answers_to(await desk.say(LEA, asked))
        assert "!close" in answer
        assert "!clore" in answer
        assert "!cas TEXTE" not in answer


@pytest.mark.parametrize("asked", ["!aide !", "!aide xyzzy", "!aide <b>", "!aide ! cas"])
async def test_help_on_nothing_known_says_where_to_look(desk: Desk, asked: str) -> None:
    """One short answer."""
    (answer,) = desk.answers_to(await desk.say(LEA, asked))
    assert "!aide" in answer
    assert len(answer) < 120


async def test_an_unknown_command_gets_one_short_answer_with_the_nearest(desk: Desk) -> None:
    """`!caas` is probably `!cas`; a wild one gets no guess; what was typed could be a name and is not repeated."""
    assert desk.answers_to(await desk.say(LEA, "!caas Enfant")) == [
        "Je ne connais pas cette commande. Vouliez-vous dire !cas ? !aide montre ce que je comprends."
    ]
    (answer,) = desk.answers_to(await desk.say(LEA, "!" + "x" * 5_000))
    assert len(answer) < 120


async def test_confirmations_and_refusals_are_notices_and_answers_are_text(desk: Desk) -> None:
    """Grey and small for what only one person needs; readable for what the room asked for."""
    await desk.say(LEA, "!cass")
    await desk.say(LEA, "!aide")
    assert [event.content["msgtype"] for event in desk.gateway.sent] == ["m.notice", "m.text"]


async def test_an_answer_stands_where_the_person_spoke(desk: Desk) -> None:
    """In the thread when they spoke there, always as a reply to them."""
    await desk.say(LEA, "!cas Enfant")
    root = await desk.card_id()
    inside = await desk.say(MARC, "!cass", thread=root)
    outside = await desk.say(MARC, "!cass")
    answers = {event.replies_to: event.thread for event in desk.gateway.sent if event.replies_to}
    assert answers == {inside: root, outside: None}
