"""Everything the bot says is a row before it is an event."""

from doctocbot.chat.rendering import Document, Link, Person
from doctocbot.matrix.notes import Echo
from doctocbot.matrix.outbox import Outbox
from doctocbot.matrix.outgoing import Outgoing
from doctocbot.rooms.settings import note_problems
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
        OUTBOX.adopt(tx, Echo(OUTBOX.transaction_id("cause:effect"), "$sent", "!r"))
        OUTBOX.adopt(tx, Echo("unknown", "$other", "!r"))
        sent = row(tx)
        assert (sent["state"], sent["event_id"], sent["spec"]) == ("sent", "$sent", None)
        OUTBOX.adopt(tx, Echo(OUTBOX.transaction_id("cause:effect"), "$again", "!r"))
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
        OUTBOX.adopt(tx, Echo(OUTBOX.transaction_id("went"), "$went", "!r"))
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


async def test_what_was_put_off_is_let_go_once_when_it_is_due(database: Database) -> None:
    """Until then its room has no work; what is put off into the past may go at once."""

    def work(tx: Transaction) -> None:
        OUTBOX.put(tx, hello("now"), not_before=1)
        assert OUTBOX.rooms_with_work(tx) == ["!r"]
        assert not OUTBOX.release_due(tx)
        OUTBOX.adopt(tx, Echo(OUTBOX.transaction_id("now"), "$sent", "!r"))
        OUTBOX.put(tx, hello("later"), not_before=OUTBOX.now() + 60_000)
        assert OUTBOX.rooms_with_work(tx) == []
        assert not OUTBOX.release_due(tx)
        tx.execute("UPDATE outbox SET not_before = 1 WHERE not_before > 0")
        assert OUTBOX.release_due(tx)
        assert OUTBOX.rooms_with_work(tx) == ["!r"]
        assert not OUTBOX.release_due(tx)

    await database.run(work)


async def test_what_is_held_back_is_no_work(database: Database) -> None:
    """A room that is not served has nothing to wait for but what may be said there all the same."""

    def work(tx: Transaction) -> None:
        OUTBOX.put(tx, hello("held"))
        assert not OUTBOX.has_work(tx, "!r")
        OUTBOX.put(tx, hello("why", even_unserved=True))
        assert OUTBOX.has_work(tx, "!r")
        assert not OUTBOX.has_work(tx, "!other")
        OUTBOX.adopt(tx, Echo(OUTBOX.transaction_id("why"), "$why", "!r"))
        assert not OUTBOX.has_work(tx, "!r")
        note_problems(tx, "!r", [])
        assert OUTBOX.has_work(tx, "!r")

    await database.run(work)


async def test_what_has_gone_out_is_counted_and_dated(database: Database) -> None:
    """What waits or was dropped is not; what is under way counts as sent now; neighbours in the alphabet are apart."""

    def work(tx: Transaction) -> None:
        for key in ("case:1:card", "case:1:card:1", "case:1:card:2", "case:1:card:3", "case:12:card:1"):
            OUTBOX.put(tx, hello(key))
        assert OUTBOX.gone_out(tx, "case:1:card:") == (0, 0)
        tx.execute("UPDATE outbox SET state = 'sent', sent_at = 77 WHERE key != 'case:1:card:2'")
        OUTBOX.take_back(tx, row(tx, "case:1:card:2"))
        assert OUTBOX.gone_out(tx, "case:1:card:") == (2, 77)
        tx.execute("UPDATE outbox SET state = 'sending', sent_at = NULL WHERE key = 'case:1:card:3'")
        count, latest = OUTBOX.gone_out(tx, "case:1:card:")
        assert (count, latest > 77) == (2, True)

    await database.run(work)


async def test_dropping_what_waits_spares_redactions(database: Database) -> None:
    """They take back what was said; only where the bot is not any more are they dropped too."""

    def work(tx: Transaction) -> None:
        for key in ("words", "said"):
            OUTBOX.put(tx, hello(key))
        OUTBOX.adopt(tx, Echo(OUTBOX.transaction_id("said"), "$said", "!r"))
        OUTBOX.take_back(tx, row(tx, "said"))
        OUTBOX.put(tx, Outgoing(key="elsewhere", room_id="!other"))
        OUTBOX.drop_waiting(tx, "!r", "over")
        keys = ("words", "said", "redact:said", "elsewhere")
        assert [row(tx, key)["state"] for key in keys] == ["dropped", "sent", "queued", "queued"]
        assert (row(tx, "words")["spec"], row(tx, "words")["error"]) == (None, "over")
        OUTBOX.drop_waiting(tx, "!r", "gone", redactions=True)
        assert [row(tx, key)["state"] for key in keys] == ["dropped", "sent", "dropped", "queued"]

    await database.run(work)


def _named(tx: Transaction) -> set[tuple[str, str]]:
    rows = tx.rows("SELECT user_id, key FROM outbox_people JOIN outbox USING (seq)")
    return {(row["user_id"], row["key"]) for row in rows}


async def test_whom_a_message_names_is_recorded_without_being_told(database: Database) -> None:
    """Pills and mentions are found in the content, odd names too; whom it only quotes, its writer says."""
    odd = "@o'neil=x/+:clinic.example:8448"

    def work(tx: Transaction) -> None:
        pills = Document().line(Person("Léa", "@lea:clinic.example"), " ", Person("<b>", odd)).content()
        OUTBOX.put(tx, Outgoing(key="pills", room_id="!r", content=pills))
        mention = {"body": "Marc", "m.mentions": {"user_ids": ["@marc:clinic.example"]}}
        OUTBOX.put(tx, Outgoing(key="mention", room_id="!r", content=mention))
        OUTBOX.put(tx, hello("quoted", people=("@nora:clinic.example",)))
        typed = {
            "body": "Arrivés : @paul:clinic.example, (@zoe.m=x:other.example:8448). lea@clinic.example : non"
        }
        OUTBOX.put(tx, Outgoing(key="typed", room_id="!r", content=typed))
        link = Document().line(Link("#1", "https://matrix.to/#/!r/$event"), " @ 12:30, paul@x:").content()
        OUTBOX.put(tx, Outgoing(key="nobody", room_id="!r", content=link))
        assert _named(tx) == {
            ("@lea:clinic.example", "pills"),
            (odd, "pills"),
            ("@marc:clinic.example", "mention"),
            ("@nora:clinic.example", "quoted"),
            ("@paul:clinic.example", "typed"),
            ("@zoe.m=x:other.example:8448", "typed"),
        }
        assert [each["key"] for each in OUTBOX.naming(tx, odd)] == ["pills"]
        OUTBOX.forget_person(tx, odd)
        assert OUTBOX.naming(tx, odd) == []
        assert [each["key"] for each in OUTBOX.naming(tx, "@lea:clinic.example")] == ["pills"]

    await database.run(work)


async def test_what_is_dropped_and_what_redacts_names_nobody(database: Database) -> None:
    """There is nothing of it to take back."""

    def work(tx: Transaction) -> None:
        OUTBOX.put(tx, hello("said", people=("@nora:x",)))
        OUTBOX.take_back(tx, row(tx, "said"))
        assert OUTBOX.naming(tx, "@nora:x") == []
        tx.execute("DELETE FROM outbox WHERE key = 'said'")
        assert _named(tx) == set()

    await database.run(work)
