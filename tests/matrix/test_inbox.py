"""Every event is handled with all its effects or not at all, and the next one is handled all the same."""

import time
from collections.abc import Callable
from typing import Any

import pytest
from structlog.testing import capture_logs

from doctocbot.matrix import Errand, Event, Outbox, Outgoing, RoomState, Verdict
from doctocbot.matrix.errors import Forbidden, MatrixError, TokenRevoked, Unreachable
from doctocbot.matrix.inbox import (
    InboxWorker,
    Undecryptable,
    give_up_waiting,
    is_received,
    key_arrived,
    receive,
    rooms_with_work,
    verdict_on,
    waiting,
)
from doctocbot.store import Database, Transaction
from tests.desk import LEA, MARC, ROOM, Desk
from tests.fakes.gateway import FakeGateway

pytest_plugins = ["tests.desk_fixtures"]

Decide = Callable[[Transaction, Event, object | None], Verdict | Errand]


class Handler:
    """Does what a test says, and keeps a list of what it did in the database, where it can be undone."""

    def __init__(self, decide: Decide) -> None:
        self._decide = decide
        self.apologies: list[str] = []
        self.order: list[str] = []

    def handle(
        self, tx: Transaction, event: Event, room: RoomState, fetched: object | None
    ) -> Verdict | Errand:
        """Write, then decide."""
        self.order.append(event.text)
        tx.execute("INSERT INTO meta (key, value) VALUES (:id, :text)", id=event.event_id, text=event.text)
        return self._decide(tx, event, fetched)

    def apologise(self, tx: Transaction, event: Event, room: RoomState) -> None:
        """Remember whom it told."""
        self.apologies.append(event.event_id)


class Bench:
    """A worker with a handler, on a real database."""

    def __init__(self, database: Database, decide: Decide) -> None:
        self.database = database
        self.handler = Handler(decide)
        self.effects = 0
        self.worker = InboxWorker(database, FakeGateway(), self.handler, self._effects)
        self._count = 0

    async def _effects(self) -> None:
        self.effects += 1

    async def arrive(self, *texts: str, room: str = ROOM, at: int = 0) -> None:
        """Messages with these words, a millisecond apart."""
        for text in texts:
            self._count += 1
            sent_at = at + self._count
            event = Event(
                f"${self._count}", room, LEA, "m.room.message", sent_at, {"body": text}, encrypted=True
            )
            await self.database.run(receive, [event])

    async def states(self) -> list[tuple[str, str | None]]:
        """State and verdict of every row, in order of arrival."""
        rows = await self.database.run(lambda tx: tx.rows("SELECT state, verdict FROM inbox ORDER BY seq"))
        return [(row["state"], row["verdict"]) for row in rows]


def take(tx: Transaction, event: Event, fetched: object | None) -> Verdict:
    """Handle it."""
    return Verdict("words")


def raise_on(word: str, error: Exception) -> Decide:
    """Fail for messages with this word."""

    def decide(tx: Transaction, event: Event, fetched: object | None) -> Verdict:
        if event.text == word:
            raise error
        return Verdict("words")

    return decide


def errand_for(word: str, errand: Errand) -> Decide:
    """Send an errand for messages with this word."""

    def decide(tx: Transaction, event: Event, fetched: object | None) -> Verdict | Errand:
        return errand if event.text == word and fetched is None else Verdict(str(fetched))

    return decide


async def handled(rows: Database) -> list[str]:
    """The words that were handled."""
    found = await rows.run(lambda tx: tx.rows("SELECT value FROM meta"))
    return sorted(row["value"] for row in found)


async def test_rows_are_handled_in_their_order_and_forgotten(database: Database) -> None:
    """More than one batch of them; the words are not kept once they are handled."""
    bench = Bench(database, take)
    words = [f"{n:03}" for n in range(250)]
    await bench.arrive(*words)
    await bench.arrive("elsewhere", room="!other")
    await bench.worker.drain(ROOM)
    assert bench.handler.order == words == await handled(database)
    assert (await bench.states())[:250] == [("done", "words")] * 250
    assert await database.run(lambda tx: tx.value("SELECT count(*) FROM inbox WHERE event IS NOT NULL")) == 1
    assert await database.run(rooms_with_work) == ["!other"]


async def test_a_flood_is_put_off_until_there_is_less_to_send(database: Database) -> None:
    """The room is known for it meanwhile, and everything is handled in the end, also by a bot that was restarted."""

    def answer(tx: Transaction, event: Event, fetched: object | None) -> Verdict:
        outbox.put(tx, Outgoing(key=event.event_id, room_id=ROOM, even_unserved=True))
        return Verdict("words")

    outbox, bench = Outbox("a secret"), Bench(database, answer)
    words = [f"{n:03}" for n in range(60)]
    await bench.arrive(*words, at=int(time.time() * 1000))
    await bench.worker.drain(ROOM)
    assert bench.handler.order == words[:10]
    assert bench.worker.has_put_off(ROOM)
    again = bench
    for _ in range(10):
        assert await database.run(rooms_with_work) == [ROOM]
        await database.run(lambda tx: tx.execute("UPDATE outbox SET state = 'sent'"))
        again = Bench(database, answer)
        await again.worker.drain(ROOM)
        bench.handler.order += again.handler.order
    assert bench.handler.order == words
    assert not again.worker.has_put_off(ROOM)


async def test_catching_up_goes_by_time_across_rooms_and_by_order_within_one(database: Database) -> None:
    """A pull is not handled before its case because a server's clock was put back between the two."""
    bench = Bench(database, lambda *_: Verdict("words"))
    await bench.arrive("case", at=1_700_000_005_000)
    await bench.arrive("pull", at=1_700_000_001_000)
    await bench.arrive("elsewhere, before", room="!other:here", at=1_700_000_002_000)
    await bench.arrive("elsewhere, after", room="!other:here", at=1_700_000_009_000)
    await bench.worker.catch_up()
    assert bench.handler.order == ["elsewhere, before", "case", "pull", "elsewhere, after"]


async def test_a_handler_that_raises_marks_its_row_and_the_next_goes_on(database: Database) -> None:
    """What it wrote is undone, the person is told once, and the log holds no words."""
    bench = Bench(database, raise_on("bad", ValueError("Mme Martin, 3 ans")))
    await bench.arrive("one", "bad", "two")
    with capture_logs() as logs:
        await bench.worker.drain(ROOM)
        await bench.worker.drain(ROOM)
    assert await handled(database) == ["one", "two"]
    assert await bench.states() == [("done", "words"), ("failed", "failed"), ("done", "words")]
    assert bench.handler.apologies == ["$2"]
    assert "Martin" not in str(logs)
    assert [entry["kind"] for entry in logs if "kind" in entry] == ["ValueError"]


async def test_an_event_is_received_once(database: Database) -> None:
    """The same batch after a crash changes nothing, handled or not."""
    bench = Bench(database, take)
    await bench.arrive("one")
    again = Event("$1", ROOM, LEA, "m.room.message", 1, {"body": "changed"})
    await database.run(receive, [again])
    await bench.worker.drain(ROOM)
    await database.run(receive, [again])
    await bench.worker.drain(ROOM)
    assert await handled(database) == ["one"]
    assert await database.run(is_received, "$1")
    assert not await database.run(is_received, "$2")
    assert await database.run(verdict_on, "$1") == "words"
    assert await database.run(verdict_on, "$2") is None


async def test_an_errand_is_run_between_two_transactions(database: Database) -> None:
    """What was written before it is undone, and the rows before it are done already."""
    seen: list[Any] = []

    async def fetch() -> str:
        seen.append(await handled(database))
        return "fetched"

    bench = Bench(database, errand_for("picture", fetch))
    await bench.arrive("one", "picture", "two")
    await bench.worker.drain(ROOM)
    assert seen == [["one"]]
    assert [verdict for _, verdict in await bench.states()] == ["None", "fetched", "None"]
    assert await handled(database) == ["one", "picture", "two"]


async def test_an_errand_is_tried_again_after_a_failure_that_may_pass(
    database: Database, no_waiting: None
) -> None:
    """As long as it takes."""
    failures: list[MatrixError] = [Unreachable("NO_ANSWER"), Unreachable("NO_ANSWER")]

    async def fetch() -> str:
        if failures:
            raise failures.pop()
        return "fetched"

    bench = Bench(database, errand_for("picture", fetch))
    await bench.arrive("picture")
    await bench.worker.drain(ROOM)
    assert await bench.states() == [("done", "fetched")]


@pytest.mark.parametrize("error", [Forbidden("M_FORBIDDEN", 403), ValueError("Mme Martin"), OSError("disk")])
async def test_an_errand_that_fails_marks_its_row_and_the_next_goes_on(
    database: Database, error: Exception
) -> None:
    """Whatever went wrong with one picture, the room goes on, after a restart too."""

    async def fetch() -> str:
        raise error

    bench = Bench(database, errand_for("picture", fetch))
    await bench.arrive("picture", "two")
    with capture_logs() as logs:
        await bench.worker.drain(ROOM)
    assert [state for state, _ in await bench.states()] == ["failed", "done"]
    assert bench.handler.apologies == ["$1"]
    assert "Martin" not in str(logs)


async def test_a_revoked_token_ends_the_program_and_keeps_the_row(database: Database) -> None:
    """After a new login the picture is fetched."""

    async def fetch() -> str:
        raise TokenRevoked("M_UNKNOWN_TOKEN", 401)

    bench = Bench(database, errand_for("picture", fetch))
    await bench.arrive("picture")
    with pytest.raises(TokenRevoked):
        await bench.worker.drain(ROOM)
    assert await bench.states() == [("ready", None)]


def undecryptable(number: int, session: str = "session") -> Undecryptable:
    """An encrypted event whose key has not come."""
    return Undecryptable(f"$u{number}", ROOM, MARC, number, session, {"event_id": f"$u{number}"})


async def test_what_cannot_be_read_waits_at_its_place(database: Database) -> None:
    """When its key comes it is handled, before what came after it; others are not held up by it."""
    bench = Bench(database, take)
    await database.run(receive, [undecryptable(1)])
    await bench.arrive("one")
    await bench.worker.drain(ROOM)
    assert await handled(database) == ["one"]
    assert await database.run(waiting) == [(ROOM, {"event_id": "$u1"})]
    await bench.arrive("two")
    late = Event("$u1", ROOM, MARC, "m.room.message", 1, {"body": "late"}, encrypted=True)
    await database.run(key_arrived, late)
    await database.run(key_arrived, Event("$1", ROOM, MARC, "m.room.message", 1, {"body": "forged"}))
    await bench.worker.drain(ROOM)
    assert bench.handler.order == ["one", "late", "two"]
    assert await database.run(waiting) == []


async def test_a_key_that_never_comes_is_given_up_after_a_week(database: Database) -> None:
    """Not a day before; the row stays known."""
    await database.run(receive, [undecryptable(1)])
    at = await database.run(lambda tx: tx.value("SELECT received_at FROM inbox"))
    day = 24 * 3_600_000
    await database.run(give_up_waiting, at + 6 * day)
    assert len(await database.run(waiting)) == 1
    await database.run(give_up_waiting, at + 8 * day)
    assert await database.run(waiting) == []
    assert await database.run(is_received, "$u1")


async def test_the_person_is_told_once_when_their_message_fails(desk: Desk) -> None:
    """In the bot's own words, as a reply; the next message is handled as ever."""
    await desk.database.run(lambda tx: tx.execute(_BREAK))
    failing = await desk.say(LEA, "!cas Enfant")
    await desk.settle()
    await desk.database.run(lambda tx: tx.execute("DROP TRIGGER broken"))
    (told,) = desk.answers_to(failing)
    assert "Quelque chose a échoué" in told
    assert await desk.value("SELECT count(*) FROM medical_case") == 0
    await desk.say(LEA, "!cas Enfant")
    assert "Enfant" in await desk.card(await desk.value("SELECT max(id) FROM medical_case"))


_BREAK = "CREATE TRIGGER broken BEFORE INSERT ON medical_case BEGIN SELECT raise(ABORT, 'Mme Martin'); END"
