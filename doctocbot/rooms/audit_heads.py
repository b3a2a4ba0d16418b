"""The head of the audit's chain, which the moderators of a room are told once a week: missing rows show by it."""

from datetime import time

from doctocbot.chat.rendering import Code, Document
from doctocbot.chat.replies import At, Conversation
from doctocbot.chat.weekdays import WeeklyMoment
from doctocbot.chat.wording import Wording
from doctocbot.matrix import Event
from doctocbot.rooms import audit, moderators
from doctocbot.rooms.settings import is_served
from doctocbot.store import Row, Transaction

_WEEK_MS = 7 * 24 * 3_600_000
_MOMENT = WeeklyMoment(0, time(8))
"""Monday at eight, by the clock of `World.zone`."""


def tick(tx: Transaction, now: int, at: At) -> int:
    """Tell the heads that are due; returns to how many rooms' moderators. A room has one from its first deed on."""
    due = tx.rows("SELECT room_id, due_at FROM audit_head WHERE due_at <= :now", now=now)
    return sum(_attend(tx, row, now, at) for row in due)


def _attend(tx: Transaction, row: Row, now: int, at: At) -> bool:
    """Tell one room's moderators, late after an outage but once, and settle when they are told next."""
    # The key holds the day for which it was due: from a restored backup it is the same message.
    c = at(
        tx,
        Event(f"audit-head:{row['room_id']}:{row['due_at']}", row["room_id"], "", "org.doctocbot.time", now),
    )
    audit.take_in(tx, c.outbox)
    next_at = int(_MOMENT.last(now + _WEEK_MS, c.world.zone).timestamp() * 1000)
    tx.execute("UPDATE audit_head SET due_at = :at WHERE room_id = :room", at=next_at, room=row["room_id"])
    if row["due_at"] == 0 or not is_served(tx, row["room_id"]):
        return False
    _tell(c)
    return True


def _tell(c: Conversation) -> None:
    rows, head = audit.head(c.tx)

    def words(wording: Wording) -> Document:
        document = Document().line(wording.count("audit.head", rows))
        document.line(Code(head))
        return document.line(*wording.spans("audit.head-check"))

    moderators.tell(c, c.room, "audit-head", words)
