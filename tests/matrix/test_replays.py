"""An encrypted message is one event and never another, however long ago it came."""

from dataclasses import replace

from doctocbot.matrix import Event
from doctocbot.matrix.inbox import Undecryptable, key_arrived, receive
from doctocbot.matrix.replays import is_replay
from doctocbot.store import Database, Transaction

pytest_plugins = ["tests.desk_fixtures"]

LEA, ROOM = "@lea:clinic.example", "!cabinet:clinic.example"
NOW, DAY = 1_795_420_800_000, 24 * 3_600_000
PULL = Event(
    "$pull", ROOM, LEA, "m.room.message", NOW, {"msgtype": "m.text", "body": "!pull #12"},
    encrypted=True, verified=True, said_as=("a session", 7),
)  # fmt: skip


async def states(database: Database) -> dict[str, tuple[str, str | None]]:
    """How each event stands in the inbox."""
    rows = await database.run(lambda tx: tx.rows("SELECT event_id, state, verdict FROM inbox"))
    return {row["event_id"]: (row["state"], row["verdict"]) for row in rows}


async def test_an_old_command_served_as_a_new_event_is_not_handled(database: Database) -> None:
    """Nothing of it is kept in memory: so it is after a restart, and for as long as the session is known."""
    await database.run(receive, [PULL])
    await database.run(receive, [replace(PULL, event_id="$copy")])
    await database.run(receive, [replace(PULL, event_id="$next", said_as=("a session", 8))])
    await database.run(receive, [PULL])
    assert await states(database) == {
        "$pull": ("ready", None),
        "$copy": ("failed", "unreadable"),
        "$next": ("ready", None),
    }
    assert await database.run(lambda tx: tx.value("SELECT event FROM inbox WHERE event_id = '$copy'")) is None


async def test_neither_is_one_that_waited_for_its_key(database: Database) -> None:
    """Whether the old one or the copy was read first."""
    copy = Undecryptable("$copy", ROOM, LEA, NOW, "a session", {"event_id": "$copy", "sender": LEA})
    await database.run(receive, [copy, PULL])
    await database.run(key_arrived, replace(PULL, event_id="$copy"))
    assert await states(database) == {"$copy": ("failed", "unreadable"), "$pull": ("ready", None)}


async def test_what_was_said_in_clear_or_in_another_session_is_no_replay(database: Database) -> None:
    """Two people may have the same index."""
    events = [
        PULL,
        replace(PULL, event_id="$other", said_as=("another session", 7)),
        replace(PULL, event_id="$clear", said_as=None),
        replace(PULL, event_id="$clear too", said_as=None),
    ]
    await database.run(receive, events)
    assert {state for state, _ in (await states(database)).values()} == {"ready"}


async def test_a_session_that_fell_silent_is_closed_and_its_messages_forgotten(database: Database) -> None:
    """The table does not grow with the years, and what it has forgotten is not taken for new."""
    fresh = replace(PULL, event_id="$fresh", said_as=("a new session", 0))

    def later(tx: Transaction) -> None:
        assert not is_replay(tx, PULL, NOW)
        assert not is_replay(tx, PULL, NOW + 80 * DAY)
        assert not is_replay(tx, fresh, NOW + 160 * DAY)
        assert tx.value("SELECT count(*) FROM heard_message") == 2
        assert not is_replay(
            tx, replace(fresh, event_id="$newer", said_as=("the newest", 0)), NOW + 180 * DAY
        )
        assert tx.value("SELECT count(*) FROM heard_message") == 2
        for copy in (replace(PULL, event_id="$copy"), replace(PULL, event_id="$8", said_as=("a session", 8))):
            assert is_replay(tx, copy, NOW + 180 * DAY)

    await database.run(later)
