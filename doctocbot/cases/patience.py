"""When a case without an answer is told of again, and whether: pure rules, the time is passed in.

A first call (the nudge) goes to those who follow its subject, a second (the reminder) into the room's timeline. All
times are ms since 1970.
"""

from dataclasses import dataclass
from enum import Enum, auto
from zoneinfo import ZoneInfo

from doctocbot.chat.times import MINUTE_MS, OFF, QuietHours, read_quiet_hours

TOO_LATE_MS = 12 * 60 * MINUTE_MS
"""A nudge that is later than this is not sent any more: being called by name to yesterday's question teaches
colleagues to ignore the calls that matter. Quiet hours are no lateness. The room's one reminder rings nobody's phone,
and comes however late it is."""

LOOK_AGAIN_MS = 5 * MINUTE_MS
"""A case that waits is looked at this often, since answers are taken back, followers come, and settings change."""

LOOK_RARELY_MS = 60 * MINUTE_MS
REST_MS = 36 * 60 * MINUTE_MS
"""A case for which nothing is to be done is looked at this rarely, for this long after it was asked: its answer may be
taken back late, or the room want to be called after all."""


@dataclass(frozen=True, slots=True)
class Patience:
    """How long a room waits for an answer before somebody is called; None where nobody ever is."""

    nudge_ms: int | None
    reminder_ms: int | None
    quiet: QuietHours | None
    zone: ZoneInfo

    @classmethod
    def of(cls, nudge: str, reminder: str, quiet: str, zone: ZoneInfo) -> "Patience":
        """From settings in the form in which they are kept."""
        return cls(_ms(nudge), _ms(reminder), None if quiet == OFF else read_quiet_hours(quiet), zone)

    def late_by(self, due: int, now: int) -> int:
        """How late something is, in ms: quiet hours are not counted."""
        return now - due - (self.quiet.between(due, now, self.zone) if self.quiet and now > due else 0)

    def out_of_quiet(self, at: int) -> int:
        """The moment itself, or when the quiet hours around it end."""
        return self.quiet.after(at, self.zone) if self.quiet else at


def _ms(minutes: str) -> int | None:
    return None if minutes in (OFF, "0") else int(minutes) * MINUTE_MS


class Step(Enum):
    """What is to be done for a case that nobody has answered."""

    NUDGE = auto()
    REMIND = auto()


@dataclass(frozen=True, slots=True)
class Question:
    """An open case as far as it matters here; `waiting_since` as its author said it, else 0.

    `opened_at` is when it was opened last: one that is opened again is called for as if it were asked then.
    """

    opened_at: int
    waiting_since: int
    nudged_at: int | None
    reminded_at: int | None
    unanswered: bool
    """Whether it has no answer."""
    followed: bool
    """Whether there is anybody to call."""


@dataclass(frozen=True, slots=True)
class Decision:
    """What to do now, if anything, and when to look again; None when there is nothing left to do."""

    step: Step | None
    look_at: int | None


def decide(question: Question, patience: Patience, now: int) -> Decision:
    """What is due for a case. Each step is taken once at most, never in quiet hours, late rather than never.

    Whatever is due first comes first; after the reminder nobody is called. With nobody to call, or when it is too late
    to call anybody, the reminder comes when the nudge would have. After a late nudge it comes as much later as the
    settings put between the two, so that those who were called have their time.
    """
    nudge_at, remind_at = _nudge_at(question, patience), _remind_at(question, patience)
    if nudge_at is not None and patience.late_by(nudge_at, now) > TOO_LATE_MS:
        nudge_at = None
    if nudge_at is not None and question.followed and (remind_at is None or nudge_at <= remind_at):
        due, step = nudge_at, Step.NUDGE
    elif remind_at is not None:
        due, step = min(remind_at, nudge_at if nudge_at is not None else remind_at), Step.REMIND
    elif nudge_at is not None and now < nudge_at:
        # Nobody follows the subject yet, and nothing else can be done.
        return Decision(None, min(nudge_at, now + LOOK_AGAIN_MS))
    else:
        return Decision(None, _rarely(question, now))
    if not question.unanswered:
        # An answer that is taken back before anything was due has the case called for as if it had not come.
        last = max(due, remind_at or due)
        return Decision(None, min(last, now + LOOK_AGAIN_MS) if now < last else _rarely(question, now))
    due = max(due, patience.out_of_quiet(now))
    if now < due:
        return Decision(None, min(due, now + LOOK_AGAIN_MS))
    return Decision(step, now + LOOK_AGAIN_MS)


def _nudge_at(question: Question, patience: Patience) -> int | None:
    if question.nudged_at is not None or question.reminded_at is not None or patience.nudge_ms is None:
        return None
    return patience.out_of_quiet(max(question.opened_at + patience.nudge_ms, question.waiting_since))


def _remind_at(question: Question, patience: Patience) -> int | None:
    if question.reminded_at is not None or patience.reminder_ms is None:
        return None
    wanted = max(question.opened_at + patience.reminder_ms, question.waiting_since)
    if question.nudged_at is not None:
        wanted = max(wanted, question.nudged_at + patience.reminder_ms - (patience.nudge_ms or 0))
    return patience.out_of_quiet(wanted)


def _rarely(question: Question, now: int) -> int | None:
    """When to look again at a case for which nothing is to be done: now and then, until it is old or reminded of."""
    resting_until = max(question.opened_at, question.waiting_since) + REST_MS
    return now + LOOK_RARELY_MS if question.reminded_at is None and now < resting_until else None
