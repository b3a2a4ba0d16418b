"""Whose turn it is: a flood by one member is delayed, never dropped, and the others are served meanwhile.

    said now and then        -> in the order in which it came in
    said in a hurry          -> when nothing else is ready, a few at a time, while the room has little left to send
    stands under what waits  -> after it

Handling takes milliseconds, sending an answer about two hundred: so whoever floods is held up before the handling, or
everybody else's answers would queue behind theirs. Somebody hurries who says more than ten things in a minute; each
further one then has a time before which it is too early, six seconds after the one before. What is no longer too early
is an ordinary row again, so that a room is read in its own order after an outage: nobody is let in after they spoke.

The times are the senders' servers'. One that lies about them gains nothing for its people but the place in the order
that they would have had anyway.
"""

from dataclasses import dataclass

from doctocbot.matrix.events import Event
from doctocbot.matrix.outgoing import REDACTION
from doctocbot.store import Row, Transaction

AT_ONCE = 100
"""How many rows are handled in one transaction."""
FEW = 5
"""How many rows of those who hurry are handled at once, and below how many unsent messages of the room."""
UNHURRIED = 10
"""How much somebody may say in a minute."""
PACE_MS = 6_000
"""How far apart what is said beyond that is taken to have been said."""
MOST = 100
"""How much beyond that is counted; nothing is too early for longer than so many times the pace."""


@dataclass(frozen=True, slots=True)
class Turn:
    """The rows to handle now, in order. With `puts_off`, others are ready, and wait until the room has less to send."""

    rows: list[Row]
    puts_off: bool = False


def next_turn(tx: Transaction, room_id: str, now: int) -> Turn:
    """Whose turn it is in a room at `now`, in ms since 1970.

    Everybody's own order is kept, but for redactions, which never wait, and for what answers somebody's message that
    is put off: it waits for that message, and holds up nothing that its sender says elsewhere.
    """
    first = tx.rows(_READY + " LIMIT :limit", **_values(room_id, now), limit=AT_ONCE)
    if not any(row["early"] for row in first):
        return Turn(first)
    ready = tx.rows(_READY, **_values(room_id, now))
    served = _served(tx, ready)[:AT_ONCE]
    if served:
        return Turn(served)
    if tx.value(_UNSENT, room=room_id, few=FEW) >= FEW:
        return Turn([], puts_off=True)
    return Turn(ready[:FEW])


def _served(tx: Transaction, ready: list[Row]) -> list[Row]:
    """The rows of those who do not hurry, without what has to wait for one that is put off."""
    hurrying: set[str] = set()
    put_off: dict[str, Row] = {}
    served = []
    for row in ready:
        event = Event.from_json(row["event"])
        if event.type == REDACTION:
            waits = _brings_file(put_off.get(event.redacts or ""))
        elif row["early"] or row["sender"] in hurrying:
            hurrying.add(row["sender"])
            waits = True
        else:
            waits = not put_off.keys().isdisjoint(_stands_under(event))
        if waits:
            put_off[event.event_id] = row
        else:
            served.append(row)
    return served


def _stands_under(event: Event) -> set[str | None]:
    return {event.thread_root, event.replies_to, event.related_id}


def _brings_file(row: Row | None) -> bool:
    """Whether a message that is redacted before its turn has to be handled all the same: to learn where its file is."""
    return row is not None and Event.from_json(row["event"]).file is not None


def _values(room_id: str, now: int) -> dict[str, str | int]:
    return {
        "room": room_id, "now": now, "unhurried": UNHURRIED, "pace": PACE_MS, "longest": MOST * PACE_MS,
        "counted": UNHURRIED + MOST,
    }  # fmt: skip


_SAID_BEFORE = (
    "SELECT count(*) FROM (SELECT 1 FROM inbox AS said WHERE said.room_id = inbox.room_id"
    " AND said.sender = inbox.sender AND said.sent_at BETWEEN inbox.sent_at - 60000 AND inbox.sent_at"
    " AND said.seq < inbox.seq LIMIT :counted)"
)
# What is older than the longest wait is not looked at: the inbox of an outage would be counted through for nothing.
_EARLY = (
    f"inbox.sent_at > :now - :longest AND (({_SAID_BEFORE}) - :unhurried + 1) * :pace"
    " > max(:now - inbox.sent_at, 0)"
)
_READY = (
    f"SELECT event, sender, ({_EARLY}) AS early FROM inbox"  # noqa: S608 (our own words above)
    " WHERE room_id = :room AND state = 'ready' ORDER BY seq"
)
_UNSENT = (
    "SELECT count(*) FROM (SELECT 1 FROM outbox LEFT JOIN room USING (room_id) WHERE room_id = :room"
    " AND state IN ('queued', 'sending') AND not_before = 0"
    " AND (room.served OR json_extract(spec, '$.even_unserved')) LIMIT :few)"
)
