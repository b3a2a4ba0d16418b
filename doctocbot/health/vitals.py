"""What it means to be well: pure rules over a few moments and numbers.

*Ready* means that a sync finished in the last two minutes, the outbox moves, the device is signed and one-time keys are
there; and that the database takes writing, the events that came are handled and the picture workers answer.
"""

from dataclasses import dataclass
from enum import StrEnum

PATIENCE = 120.0
"""Seconds after which something that stands still is a complaint."""


class Complaint(StrEnum):
    """What is wrong, as machines are told; for people each has a line in docs/monitoring.md."""

    NO_SYNC = "no-sync"
    INBOX_STUCK = "inbox-stuck"
    OUTBOX_STUCK = "outbox-stuck"
    NOT_SIGNED = "not-signed"
    NO_ONE_TIME_KEYS = "no-one-time-keys"
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
    inbox_waits: float = 0.0
    """How long the oldest event has waited to be handled, in seconds."""
    outbox_waits: float = 0.0
    """How long the oldest message that may go has waited to be sent, in seconds."""

    def complaints(self, now: float) -> list[Complaint]:
        """What is wrong at this moment; nothing if the bot is ready."""
        found = {
            Complaint.NO_SYNC: self._still(self.synced, now) or self.synced is None,
            Complaint.INBOX_STUCK: self.inbox_waits > PATIENCE and self._still(self.handled, now),
            Complaint.OUTBOX_STUCK: self.outbox_waits > PATIENCE and self._still(self.sent, now),
            Complaint.NOT_SIGNED: not self.signed,
            Complaint.NO_ONE_TIME_KEYS: self.one_time_keys == 0,
            Complaint.NOT_WRITABLE: self._still(self.wrote, now),
            Complaint.NO_PICTURE_WORKER: self._still(self.scrubbed, now),
        }
        return [complaint for complaint, holds in found.items() if holds]

    def hangs(self, now: float) -> bool:
        """Whether the program itself stands still, so that only a restart helps.

        A homeserver that is away is not that, nor a long day that is being caught up with."""
        stuck = {Complaint.INBOX_STUCK, Complaint.NOT_WRITABLE}
        moved = max(filter(None, (self.exchanged, self.handled, self.synced)), default=None)
        return self._still(moved, now) or bool(stuck.intersection(self.complaints(now)))

    def _still(self, last: float | None, now: float) -> bool:
        """Whether nothing has happened for too long; at the start there is as much time."""
        return now - (self.started if last is None else last) > PATIENCE
