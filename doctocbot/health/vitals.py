"""What it means to be well: pure rules over a few moments and numbers.

*Ready* means that a sync finished in the last two minutes, the outbox moves, the device is signed and one-time keys are
there; and that there is room on the disk, the database takes writing, the events that came are handled and the picture
workers answer.
"""

from dataclasses import dataclass
from enum import StrEnum

PATIENCE = 120.0
"""Seconds after which something that stands still is a complaint."""

LEAST_FREE = 16 * 1024 * 1024
"""Bytes below which the disk counts as full: for a while SQLite finds room in its own journal, and says nothing yet."""


class Complaint(StrEnum):
    """What is wrong, as machines are told; for people each has a line in docs/monitoring.md."""

    NO_SYNC = "no-sync"
    INBOX_STUCK = "inbox-stuck"
    OUTBOX_STUCK = "outbox-stuck"
    NOT_SIGNED = "not-signed"
    NO_ONE_TIME_KEYS = "no-one-time-keys"
    DISK_FULL = "disk-full"
    NOT_WRITABLE = "not-writable"
    NO_PICTURE_WORKER = "no-picture-worker"


@dataclass(slots=True)
class Signs:
    """The last signs of life, in seconds of one clock that never jumps; None for what has never happened."""

    started: float
    exchanged: float | None = None
    synced: float | None = None
    handled: float | None = None
    sent: float | None = None
    wrote: float | None = None
    scrubbed: float | None = None
    signed: bool = True
    one_time_keys: int | None = None
    disk_free: int | None = None
    """Bytes that the bot may still write where its data is."""
    inbox_empty: float | None = None
    """When nothing waited to be handled last: what may be handled only now, since its key came, waited for that."""
    inbox_waits: float = 0.0
    """How long ago the oldest event that waits to be handled came, in seconds."""
    outbox_empty: float | None = None
    """When nothing waited to be sent last: what may go only now, since its room is served again, waited for that."""
    outbox_waits: float = 0.0
    """How long ago the oldest message that may go was written, in seconds."""

    def complaints(self, now: float) -> list[Complaint]:
        """What is wrong at this moment; nothing if the bot is ready."""
        found = {
            Complaint.NO_SYNC: self._still(self.synced, now) or self.synced is None,
            Complaint.INBOX_STUCK: self.inbox_waits > PATIENCE
            and self._still(_last(self.handled, self.inbox_empty), now),
            Complaint.OUTBOX_STUCK: self.outbox_waits > PATIENCE
            and self._still(_last(self.sent, self.outbox_empty), now),
            Complaint.NOT_SIGNED: not self.signed,
            Complaint.NO_ONE_TIME_KEYS: self.one_time_keys == 0,
            Complaint.DISK_FULL: self.disk_free is not None and self.disk_free < LEAST_FREE,
            Complaint.NOT_WRITABLE: self._still(self.wrote, now),
            Complaint.NO_PICTURE_WORKER: self._still(self.scrubbed, now),
        }
        return [complaint for complaint, holds in found.items() if holds]

    def hangs(self, now: float) -> bool:
        """Whether the program itself stands still, so that only a restart helps.

        A homeserver that is away is not that, nor a long day that is being caught up with. An event waits for it too,
        whose picture is to be fetched or whose room has too much left to send. On a full disk all waits for room, and
        would wait no less after a restart.
        """
        found = set(self.complaints(now))
        if Complaint.DISK_FULL in found:
            return False
        waits_for_server = bool(found & {Complaint.NO_SYNC, Complaint.OUTBOX_STUCK})
        stuck = Complaint.INBOX_STUCK in found and not waits_for_server
        moved = _last(self.exchanged, self.handled, self.synced)
        return self._still(moved, now) or stuck or Complaint.NOT_WRITABLE in found

    def _still(self, last: float | None, now: float) -> bool:
        """Whether nothing has happened for too long; at the start there is as much time."""
        return now - (self.started if last is None else last) > PATIENCE


def _last(*moments: float | None) -> float | None:
    """The latest of these, None where none has come."""
    return max((moment for moment in moments if moment is not None), default=None)
