"""The inbox: every event is a row before it is handled, and is handled with all its effects or not at all."""

import json
import time
from collections.abc import Awaitable, Callable, Container, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Protocol

import structlog

from doctocbot.matrix.backoff import persistently
from doctocbot.matrix.errors import TokenRevoked
from doctocbot.matrix.events import Event, read_event
from doctocbot.matrix.gateway import Gateway
from doctocbot.matrix.quietlog import place_of
from doctocbot.matrix.replays import is_replay
from doctocbot.matrix.roomstate import RoomState
from doctocbot.matrix.turns import next_turn
from doctocbot.matrix.watcher import NobodyWatches, Watcher
from doctocbot.store import Database, NotNow, Transaction

log = structlog.get_logger(__name__)

_SKEW_MS = 5 * 60_000
"""How far ahead of ours a server's clock may be."""

_FIRST_MATRIX_MS = 1_388_534_400_000
"""The year 2014, before which nothing was sent."""

_KEY_PATIENCE_MS = 7 * 24 * 3600 * 1000

Errand = Callable[[], Awaitable[object]]
"""Something that must be fetched before an event can be handled, such as a picture to be cleaned."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What an event was taken for; kept beside its id so that a later edit knows whether it counted already."""

    word: str


class Handler(Protocol):
    """Decides and writes down what follows from an event, inside one transaction.

    Returns its verdict, or an errand when something has to be fetched first: then it is called again with what the
    errand brought, and what it wrote the first time is undone.
    """

    def handle(
        self, tx: Transaction, event: Event, room: RoomState, fetched: object | None
    ) -> Verdict | Errand:
        """Handle one event of a joined room."""
        ...

    def apologise(self, tx: Transaction, event: Event, room: RoomState) -> None:
        """Tell the sender that handling this event failed."""
        ...


@dataclass(frozen=True, slots=True)
class Undecryptable:
    """An encrypted event whose key has not arrived; kept as it came until it does."""

    event_id: str
    room_id: str
    sender: str
    sent_at: int
    session_id: str
    raw: Mapping[str, Any]


def receive(tx: Transaction, received: Iterable[Event | Undecryptable], present: int | None = None) -> None:
    """Write what came in as rows; an event that is known already is left as it is.

    `present` is the time (ms since 1970) at which it came in and by which a sender's server is believed, our own
    unless told.
    """
    now = int(time.time() * 1000) if present is None else present
    for item in (_believable(item, now) for item in received):
        replayed = isinstance(item, Event) and is_replay(tx, item, now)
        if replayed:
            log.warning("an old message came as a new event", event_id=item.event_id)
        tx.execute(
            _RECEIVE,
            id=item.event_id,
            room=item.room_id,
            sender=item.sender,
            sent_at=item.sent_at,
            now=now,
            **_readable(item, replayed=replayed) if isinstance(item, Event) else _unreadable(item),
        )


def _believable(item: Event | Undecryptable, now: int) -> Event | Undecryptable:
    """The same with a time that can be: other people's servers may say anything, and cases are reckoned by it."""
    if _FIRST_MATRIX_MS <= item.sent_at <= now + _SKEW_MS:
        return item
    return replace(item, sent_at=now)


def _readable(event: Event, *, replayed: bool) -> dict[str, str | None]:
    return {
        "state": "failed" if replayed else "ready",
        "verdict": "unreadable" if replayed else None,
        "session": None,
        "event": None if replayed else event.to_json(),
        **_relations(event),
    }


def _unreadable(item: Undecryptable) -> dict[str, str | None]:
    raw = json.dumps(item.raw, separators=(",", ":"))
    # What it relates to travels in the clear; so it can be found, and taken out, unread.
    outside = read_event(item.raw, item.room_id)
    relations = _relations(outside) if outside else dict.fromkeys(("thread", "reply", "replaces"))
    if outside:
        relations["replaces"] = outside.says_it_replaces
    return {
        "state": "waiting", "verdict": None, "session": item.session_id, "event": raw, **relations,
    }  # fmt: skip


def _relations(event: Event) -> dict[str, str | None]:
    return {"thread": event.thread_root, "reply": event.replies_to, "replaces": event.replaces}


_RECEIVE = (
    "INSERT INTO inbox (event_id, room_id, sender, sent_at, received_at, state, verdict, session_id, thread_root,"
    " replies_to, replaces, event) VALUES (:id, :room, :sender, :sent_at, :now, :state, :verdict, :session, :thread,"
    " :reply, :replaces, :event)"
    " ON CONFLICT DO NOTHING"
)


def received_at(tx: Transaction, event_id: str) -> int | None:
    """When an event came in, by our own clock, in ms; None where it never did."""
    at: int | None = tx.value("SELECT received_at FROM inbox WHERE event_id = :id", id=event_id)
    return at


def is_received(tx: Transaction, event_id: str) -> bool:
    """Whether an event has reached the inbox before."""
    return tx.value("SELECT 1 FROM inbox WHERE event_id = :id", id=event_id) is not None


def unclear_between(tx: Transaction, event: Event, since: int) -> bool:
    """Whether its sender said anything else in the room, between `since` (ms) and this event, that is unclear.

    Unclear is what could not be read, and what was refused, a mistyped command for instance.
    """
    found = tx.value(
        "SELECT 1 FROM inbox WHERE room_id = :room AND sender = :sender AND sent_at BETWEEN :since AND :until"
        " AND (state = 'waiting' OR verdict IN ('unreadable', 'refused')) AND event_id != :id",
        room=event.room_id,
        sender=event.sender,
        since=since,
        until=event.sent_at,
        id=event.event_id,
    )
    return found is not None


def unhandled(tx: Transaction, room_id: str, sender: str) -> list[str]:
    """The events of somebody in a room that wait to be handled, or for their key."""
    rows = tx.rows(
        "SELECT event_id FROM inbox WHERE room_id = :room AND sender = :sender AND state IN ('ready', 'waiting')"
        " ORDER BY seq",
        room=room_id,
        sender=sender,
    )
    return [row["event_id"] for row in rows]


def related(tx: Transaction, room_id: str, to: Iterable[str], spare: Container[str] = ()) -> list[str]:
    """The messages of a room that stand in a thread of these events, reply to one or edit one, in their order.

    What answers such a message belongs to it as well; `spare` are messages that do not, nor what stands in a thread
    of one or replies to one. A walk through the room's inbox: for what is done rarely.
    """
    known, found = set(to), []
    for row in tx.rows(_RELATIONS, room=room_id):
        nearest = row["replaces"] or row["replies_to"] or row["thread_root"]
        if (
            row["event_id"] in known
            or row["event_id"] in spare
            or nearest in spare
            or row["thread_root"] in spare
        ):
            continue
        if not known.isdisjoint((row["thread_root"], row["replies_to"], row["replaces"])):
            known.add(row["event_id"])
            found.append(row["event_id"])
    return found


def relations(tx: Transaction, event_id: str) -> list[str]:
    """The events that a message stands under: what it edits, what it replies to, the root of its thread."""
    row = tx.row("SELECT replaces, replies_to, thread_root FROM inbox WHERE event_id = :id", id=event_id)
    return [found for found in row if found is not None] if row else []


_RELATIONS = (
    "SELECT event_id, thread_root, replies_to, replaces FROM inbox WHERE room_id = :room"
    " AND coalesce(thread_root, replies_to, replaces) IS NOT NULL ORDER BY seq"
)


def verdict_on(tx: Transaction, event_id: str) -> str | None:
    """What an event was taken for, or None when it is unknown or not handled yet."""
    verdict: str | None = tx.value("SELECT verdict FROM inbox WHERE event_id = :id", id=event_id)
    return verdict


def waiting(tx: Transaction) -> list[tuple[str, dict[str, Any]]]:
    """Room and raw event of each row that waits for its key."""
    # Left to itself the planner reads the whole inbox in order to save the sorting of a handful of rows.
    rows = tx.rows(
        "SELECT room_id, event FROM inbox INDEXED BY inbox_waiting WHERE state = 'waiting' ORDER BY seq"
    )
    return [(row["room_id"], json.loads(row["event"])) for row in rows]


def give_up_waiting(tx: Transaction, now: int) -> None:
    """Stop waiting for keys that have not come in a week: a phone left at home over the holidays is back by then."""
    tx.execute(_GIVE_UP + " AND received_at < :before", before=now - _KEY_PATIENCE_MS)


_GIVE_UP = "UPDATE inbox SET state = 'failed', verdict = 'unreadable', event = NULL WHERE state = 'waiting'"


def key_arrived(tx: Transaction, event: Event) -> None:
    """Let a row that waited for its key be handled, at its own place in the order, and at the time believed then."""
    sent_at = tx.value("SELECT sent_at FROM inbox WHERE event_id = :id", id=event.event_id)
    event = event if sent_at is None else replace(event, sent_at=sent_at)
    if is_replay(tx, event, int(time.time() * 1000)):
        tx.execute(_GIVE_UP + " AND event_id = :id", id=event.event_id)
        return
    tx.execute(
        "UPDATE inbox SET state = 'ready', session_id = NULL, thread_root = :thread, replies_to = :reply,"
        " replaces = :replaces, event = :event WHERE event_id = :id AND state = 'waiting'",
        **_relations(event),
        event=event.to_json(),
        id=event.event_id,
    )


def rooms_with_work(tx: Transaction) -> list[str]:
    """The rooms in which an event waits to be handled."""
    return [row["room_id"] for row in tx.rows("SELECT DISTINCT room_id FROM inbox WHERE state = 'ready'")]


class InboxWorker:
    """Handles the rows of a room in their turn; run by a lane, so that one room is never handled twice at once."""

    def __init__(
        self,
        database: Database,
        gateway: Gateway,
        handler: Handler,
        effects: Callable[[], Awaitable[None]],
        watcher: Watcher | None = None,
    ) -> None:
        self._database = database
        self._gateway = gateway
        self._handler = handler
        self._effects = effects
        self._watcher = watcher or NobodyWatches()
        self._put_off: set[str] = set()

    def has_put_off(self, room_id: str) -> bool:
        """Whether rows of a room are ready and wait until there is less to send there (`turns`)."""
        return room_id in self._put_off

    async def drain(self, room_id: str) -> None:
        """Handle every ready row of the room, as far as none is put off."""
        while True:
            batch = await self._database.run(self._handle_batch, room_id)
            if batch.handled:
                self._watcher.handled()
                await self._effects()
            if batch.stopped_at is None:
                if not batch.handled:
                    return
                continue
            await self._with_errand(*batch.stopped_at)
            self._watcher.handled()
            await self._effects()

    async def catch_up(self) -> None:
        """Handle all that is ready: each room in its own order, and of all rooms what was said first.

        After a backup was restored: numbers are given out in the order of before. Nothing is sent meanwhile. The times
        are the servers', which may run backwards: a room's own order is not theirs to change.
        """
        while (row := await self._database.run(lambda tx: tx.row(_OLDEST_READY))) is not None:
            event = Event.from_json(row["event"])
            errand = await self._database.run(self._attempt, event, None)
            if errand is not None:
                await self._with_errand(event, errand)
            self._watcher.handled()

    def _handle_batch(self, tx: Transaction, room_id: str) -> "_Batch":
        turn = next_turn(tx, room_id, int(time.time() * 1000))
        # Here and not after it: what is sent meanwhile is settled in a later transaction, and looks at this.
        (self._put_off.add if turn.puts_off else self._put_off.discard)(room_id)
        for handled, row in enumerate(turn.rows):
            event = Event.from_json(row["event"])
            errand = self._attempt(tx, event, None)
            if errand is not None:
                return _Batch(handled, (event, errand))
        return _Batch(len(turn.rows), None)

    def _attempt(self, tx: Transaction, event: Event, fetched: object | None) -> Errand | None:
        """Handle one row; what a failing handler wrote is undone, its row is marked and the person told.

        By the state of the room at this very moment: whoever has left it meanwhile, even while their picture was being
        fetched, counts for nothing.
        """
        room = self._room(event)
        try:
            with tx.attempt():
                outcome = self._handler.handle(tx, event, room, fetched)
                if not isinstance(outcome, Verdict):
                    raise _ErrandFirst(outcome)
                _finish(tx, event.event_id, "done", outcome.word)
            log.debug("handled", event_id=event.event_id, taken_for=outcome.word)
        except _ErrandFirst as first:
            return first.errand
        except NotNow:
            raise
        except Exception as error:  # noqa: BLE001 - one bad event must not stop the room (DESIGN section 9)
            self._failed(tx, event, error)
        return None

    def _room(self, event: Event) -> RoomState:
        return self._gateway.room(event.room_id) or RoomState(event.room_id)

    def _failed(self, tx: Transaction, event: Event, error: Exception) -> None:
        # The traceback names places in the code; the message of the error could quote the patient.
        self._watcher.handler_failed()
        log.error("handler failed", event_id=event.event_id, kind=type(error).__name__, where=place_of(error))
        _finish(tx, event.event_id, "failed", "failed")
        self._handler.apologise(tx, event, self._room(event))

    async def _with_errand(self, event: Event, errand: Errand) -> None:
        try:
            fetched = await persistently(errand)
        except (TokenRevoked, NotNow):
            raise
        except Exception as error:  # noqa: BLE001 - one picture must not stop the room
            await self._database.run(self._failed, event, error)
            return
        again = await self._database.run(self._attempt, event, fetched)
        if again is not None:
            raise RuntimeError("a handler asked for a second errand")


@dataclass(frozen=True, slots=True)
class _Batch:
    handled: int
    stopped_at: tuple[Event, Errand] | None


class _ErrandFirst(Exception):
    def __init__(self, errand: Errand) -> None:
        self.errand = errand


_OLDEST_READY = (
    "SELECT event FROM inbox WHERE seq IN (SELECT min(seq) FROM inbox WHERE state = 'ready' GROUP BY room_id)"
    " ORDER BY sent_at, seq LIMIT 1"
)


def _finish(tx: Transaction, event_id: str, state: str, verdict: str) -> None:
    tx.execute(
        "UPDATE inbox SET state = :state, verdict = :verdict, event = NULL WHERE event_id = :id",
        state=state,
        verdict=verdict,
        id=event_id,
    )
