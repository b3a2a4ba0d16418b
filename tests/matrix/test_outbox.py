"""Everything the bot says is a row before it is an event."""

from doctocbot.matrix.outbox import Outbox
from doctocbot.matrix.outgoing import Outgoing
from doctocbot.store import Database, Row, Transaction

pytest_plugins = ["tests.desk_fixtures"]

OUTBOX = Outbox("a secret")


def hello(key: str = "cause:effect", **more: object) -> Outgoing:
    """Something to say."""
    return Outgoing(key=key, room_id="!r", content={"body": "bonjour"}, **more)  # type: ignore[arg-type]


def row(tx: Transaction, key: str = "cause:effect") -> Row:
    """The row of a key."""
    found = tx.row("SELECT * FROM outbox WHERE key = :key", key=key)
    assert found is not None
    return found


async def test_the_same_cause_never_speaks_twice(database: Database) -> None:
    """Not even with other words."""

    def work(tx: Transaction) -> None:
        assert OUTBOX.put(tx, hello())
        assert not OUTBOX.put(tx, Outgoing(key="cause:effect", room_id="!other", content={"body": "autre"}))
        assert tx.value("SELECT count(*) FROM outbox") == 1
        assert row(tx)["room_id"] == "!r"

    await database.run(work)


def test_a_transaction_id_is_the_same_at_every_start_and_tells_nothing() -> None:
    """A keyed hash: a restored backup resends the same message, and the server learns no cause."""
    key = "case:12:card"
    assert Outbox("a secret").transaction_id(key) == Outbox("a secret").transaction_id(key)
    assert Outbox("a secret").transaction_id(key) != Outbox("another").transaction_id(key)
    assert OUTBOX.transaction_id(key) != OUTBOX.transaction_id("case:13:card")
    assert len(OUTBOX.transaction_id(key)) == 32
    assert "12" not in OUTBOX.transaction_id("12") or "case" not in OUTBOX.transaction_id(key)


async def test_our_own_echo_proves_that_a_row_was_sent(database: Database) -> None:
    """As after a crash between sending and writing it down; its words are kept no longer."""

    def work(tx: Transaction) -> None:
        OUTBOX.put(tx, hello())
        OUTBOX.adopt_echo(tx, OUTBOX.transaction_id("cause:effect"), "$sent")
        OUTBOX.adopt_echo(tx, "unknown", "$other")
        sent = row(tx)
        assert (sent["state"], sent["event_id"], sent["spec"]) == ("sent", "$sent", None)
        OUTBOX.adopt_echo(tx, OUTBOX.transaction_id("cause:effect"), "$again")
        assert OUTBOX.event_id(tx, "cause:effect") == "$sent"
        assert OUTBOX.rooms_with_work(tx) == []

    await database.run(work)


async def test_what_waits_is_known_by_its_room(database: Database) -> None:
    """So that its lane is woken after a restart."""

    def work(tx: Transaction) -> None:
        OUTBOX.put(tx, hello("a"))
        OUTBOX.put(tx, hello("b"))
        assert OUTBOX.rooms_with_work(tx) == ["!r"]
        assert OUTBOX.event_id(tx, "a") is None
        assert OUTBOX.event_id(tx, "unknown") is None

    await database.run(work)


async def test_taking_back_drops_what_waits_and_redacts_what_went(database: Database) -> None:
    """What is on its way is redacted as soon as it has arrived; nothing is redacted twice."""

    def work(tx: Transaction) -> None:
        for key in ("waits", "under way", "went"):
            OUTBOX.put(tx, hello(key))
        tx.execute("UPDATE outbox SET state = 'sending' WHERE key = 'under way'")
        OUTBOX.adopt_echo(tx, OUTBOX.transaction_id("went"), "$went")
        for _ in range(2):
            for key in ("waits", "under way", "went"):
                OUTBOX.take_back(tx, row(tx, key))
        assert (row(tx, "waits")["state"], row(tx, "waits")["spec"]) == ("dropped", None)
        targets = {
            key: Outgoing.from_json(row(tx, f"redact:{key}")["spec"]).target for key in ("under way", "went")
        }
        assert targets == {"under way": "under way", "went": "$went"}
        assert Outgoing.from_json(row(tx, "redact:went")["spec"]).even_unserved

    await database.run(work)


async def test_what_was_said_of_a_case_is_found_again(database: Database) -> None:
    """All but redactions and what was never sent; or only what quotes its author's words."""

    def work(tx: Transaction) -> None:
        OUTBOX.put(tx, hello("card", case_id=7))
        OUTBOX.put(tx, hello("edit", case_id=7, renders="card", quotes=True))
        OUTBOX.put(tx, hello("elsewhere", case_id=8, quotes=True))
        OUTBOX.put(tx, hello("dropped", case_id=7, quotes=True))
        OUTBOX.take_back(tx, row(tx, "dropped"))
        assert [found["key"] for found in OUTBOX.sent_for_case(tx, 7)] == ["card", "edit"]
        assert [found["key"] for found in OUTBOX.sent_for_case(tx, 7, quoting=True)] == ["edit"]

    await database.run(work)


async def test_a_late_drawn_message_serves_until_it_is_claimed(database: Database) -> None:
    """Once its content is fixed, later changes need another."""

    def work(tx: Transaction) -> None:
        assert not OUTBOX.queued_rendering(tx, "card", 7)
        OUTBOX.put(tx, hello("edit", case_id=7, renders="card"))
        assert OUTBOX.queued_rendering(tx, "card", 7)
        assert not OUTBOX.queued_rendering(tx, "card", 8)
        tx.execute("UPDATE outbox SET state = 'sending'")
        assert not OUTBOX.queued_rendering(tx, "card", 7)

    await database.run(work)
