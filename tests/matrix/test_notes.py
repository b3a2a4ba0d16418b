"""Notes to itself: the bot reads them after a loss, and nobody else ever does."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from doctocbot.matrix.notes import MEMO, NOTE, Echo, Notes, naming
from doctocbot.matrix.outbox import Outbox
from doctocbot.matrix.outgoing import Outgoing
from doctocbot.store import Database, Transaction

pytest_plugins = ["tests.desk_fixtures"]

OUTBOX = Outbox("a secret")
NOTES = OUTBOX.notes
ROOM = "!cabinet:clinic.example"


def card(**more: object) -> Outgoing:
    """The announcement of a case."""
    values = {"key": "case:7:card", "room_id": ROOM, "case_id": 7, "opens": "$asked"} | more
    return Outgoing(**values)  # type: ignore[arg-type]


@given(
    key=st.text(min_size=1), case_id=st.none() | st.integers(1, 10**6), quotes=st.booleans(),
    shows=st.lists(st.integers(1, 99)).map(tuple), people=st.lists(st.text(min_size=1)).map(tuple),
)  # fmt: skip
def test_what_was_sealed_is_read(
    key: str, case_id: int | None, quotes: bool, shows: object, people: object
) -> None:
    """Whatever a key or a name is made of; the content itself does not stand in it."""
    said = card(
        key=key, case_id=case_id, quotes=quotes, shows=shows, people=people, content={"body": "secret"}
    )
    found = NOTES.read(ROOM, {NOTE: NOTES.seal(said)})
    assert found is not None
    assert (found.key, found.case_id, found.quotes, found.shows, found.people) == (
        key,
        case_id,
        quotes,
        shows,
        people,
    )
    assert found.content == {}


def test_a_note_tells_nobody_anything() -> None:
    """Not even whether two are about the same."""
    first, second = NOTES.seal(card()), NOTES.seal(card())
    assert first != second
    assert "case" not in first
    assert Notes("another secret").read(ROOM, {NOTE: first}) is None
    assert NOTES.read("!other:clinic.example", {NOTE: first}) is None


@pytest.mark.parametrize("note", [None, 7, "", "no base64!", "AAAA", "A" * 400])
def test_what_is_no_note_of_ours_is_none(note: object) -> None:
    """Members may write whatever they like into their own messages."""
    assert NOTES.read(ROOM, {NOTE: note}) is None


def echo(said: Outgoing, event_id: str, memo: object = None, **more: object) -> Echo:
    """Our own event as a restored bot sees it."""
    note = NOTES.read(ROOM, {NOTE: NOTES.seal(said, memo)})
    return Echo(OUTBOX.transaction_id(said.key), event_id, ROOM, 1_000, note=note, **more)  # type: ignore[arg-type]


async def test_what_was_said_in_an_earlier_life_is_not_said_again(database: Database) -> None:
    """The cause comes again and finds its word in the timeline, where a pull of the case reaches it."""

    def work(tx: Transaction) -> None:
        OUTBOX.adopt(tx, echo(card(shows=(3,), people=("@lea:clinic.example",)), "$card"))
        assert not OUTBOX.put(tx, card())
        assert OUTBOX.rooms_with_work(tx) == []
        assert OUTBOX.event_id(tx, "case:7:card") == "$card"
        assert [row["event_id"] for row in OUTBOX.sent_for_case(tx, 3)] == ["$card"]
        assert [row["event_id"] for row in OUTBOX.naming(tx, "@lea:clinic.example")] == ["$card"]
        assert tx.value("SELECT case_id FROM foretold WHERE source_event = '$asked'") == 7

    await database.run(work)


async def test_whom_a_card_came_to_name_after_the_backup_is_known(database: Database) -> None:
    """It was still queued, undrawn, when the backup was made; an erasure finds the card by those it names."""

    def work(tx: Transaction) -> None:
        OUTBOX.put(tx, card())
        OUTBOX.adopt(tx, echo(card(people=("@lea:clinic.example",)), "$card"))
        assert [row["event_id"] for row in OUTBOX.naming(tx, "@lea:clinic.example")] == ["$card"]

    await database.run(work)


@pytest.mark.parametrize("edit", [False, True])
def test_whom_a_message_shows_is_read_in_the_message(*, edit: bool) -> None:
    """By a pill or a mention, as when it was written: an erasure reaches it in the next life too."""
    pill = '<a href="https://matrix.to/#/@lea:clinic.example">Léa</a>'
    inner = {"body": "Léa", "formatted_body": pill, "m.mentions": {"user_ids": ["@omar:clinic.example"]}}
    note = NOTES.read(ROOM, {NOTE: NOTES.seal(card(people=("@nora:clinic.example",)))})
    assert note is not None
    people = naming(note, {"body": "*", "m.new_content": inner} if edit else inner).people
    assert people == ("@lea:clinic.example", "@nora:clinic.example", "@omar:clinic.example")


async def test_a_reaction_of_an_earlier_life_is_known_by_its_transaction_id(database: Database) -> None:
    """It travels in the clear, so that it carries no note."""

    def work(tx: Transaction) -> None:
        OUTBOX.adopt(tx, Echo(OUTBOX.transaction_id("chip"), "$chip", ROOM, 1_000))
        assert not OUTBOX.put(tx, card(key="chip"))
        assert OUTBOX.event_id(tx, "chip") == "$chip"
        assert OUTBOX.put(tx, card(key="another chip"))

    await database.run(work)


async def test_a_late_drawn_edit_is_sent_anew(database: Database) -> None:
    """What it showed in the earlier life is not what is known now; each further one finds its own way too."""
    edit = card(key="case:7:card:1", edits="case:7:card", renders="card", opens=None)

    def work(tx: Transaction) -> None:
        OUTBOX.adopt(tx, echo(edit, "$edit"))
        assert OUTBOX.put(tx, edit)
        row = tx.row("SELECT key, state FROM outbox WHERE state = 'queued'")
        assert row is not None
        assert row["key"] == "case:7:card:1:again"

    await database.run(work)


async def test_somebody_elses_note_is_not_believed(database: Database) -> None:
    """A note that belongs to another transaction is one that was copied: the event is known by its id alone."""

    def work(tx: Transaction) -> None:
        note = NOTES.read(ROOM, {NOTE: NOTES.seal(card())})
        OUTBOX.adopt(tx, Echo("another transaction", "$copied", ROOM, 1_000, note=note))
        assert OUTBOX.event_id(tx, "case:7:card") is None
        assert tx.value("SELECT count(*) FROM echo") == 1

    await database.run(work)


async def test_the_words_of_a_deleted_message_come_from_the_latest_memo(database: Database) -> None:
    """They are corrected as the card was."""

    def work(tx: Transaction) -> None:
        OUTBOX.adopt(tx, echo(card(), "$card"))
        for number, text in enumerate(("toux", "toux sèche"), start=1):
            edit = card(key=f"case:7:card:{number}", edits="case:7:card", renders="card", opens=None)
            OUTBOX.adopt(tx, echo(edit, f"$edit{number}", {"text": text, "anonymous": False}))
        assert json.loads(tx.value("SELECT memo FROM foretold"))["text"] == "toux sèche"
        assert MEMO == "org.doctocbot.memo"

    await database.run(work)
