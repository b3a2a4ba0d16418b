"""Calls: colleagues are told of a case that nobody has answered, or that somebody asks them about."""

import hashlib
from collections.abc import Iterable, Mapping
from typing import Any

from doctocbot.cases import followers, queries, waiting
from doctocbot.cases.lists import case_link
from doctocbot.cases.model import Case, CaseState
from doctocbot.cases.patience import TOO_LATE_MS, Decision, Patience, Question, Step, decide
from doctocbot.chat.rendering import Document, Person, Span
from doctocbot.chat.replies import At, Conversation, World
from doctocbot.guard.emergency import sounds_like_emergency
from doctocbot.matrix import Event, Outgoing
from doctocbot.rooms import options
from doctocbot.rooms.admittance import takes_part
from doctocbot.rooms.specialties import canonical
from doctocbot.store import Row, Transaction

CALL = "call"
"""The name under which the outbox has a nudge or a reminder looked at once more."""

_MOST_CALLED = 20
_MOST_AT_ONCE = 50


class Calls:
    """Looks after the cases that wait. The settings are the operator's, where a room has none of its own.

    Kept as `patience` reads them: minutes or `off`, and `21:00-07:00` or `off`.
    """

    def __init__(self, nudge: str, reminder: str, quiet: str) -> None:
        self._nudge = nudge
        self._reminder = reminder
        self._quiet = quiet

    def tick(self, tx: Transaction, now: int, at: At) -> int:
        """Take the steps that are due at `now` (ms), each once for ever; returns how many.

        All dates are rows, so that a restart or a machine that slept takes a step late rather than not at all. A room
        is passed over while it is not served, and while events wait there that may be the answer.
        """
        taken = 0
        for row in tx.rows(_TO_LOOK_AT, now=now, most=_MOST_AT_ONCE):
            moment = Event(f"case:{row['id']}:time", row["room_id"], "", "org.doctocbot.time", now)
            taken += self._look(at(tx, moment), row)
        return taken

    def _look(self, c: Conversation, row: Row) -> bool:
        case = queries.case_by_id(c.tx, row["id"])
        if case is None or case.state is not CaseState.OPEN:
            # Opened again, it is looked at again.
            c.tx.execute(_LOOKED, at=None, id=row["id"])
            return False
        people = to_call(c, case, _subjects(case))
        decision = self._decide(c, case, row, followed=bool(people))
        c.tx.execute(_LOOKED, at=decision.look_at, id=case.id)
        if decision.step is Step.NUDGE:
            c.tx.execute("UPDATE medical_case SET nudged_at = :now WHERE id = :id", now=c.now, id=case.id)
            c.send([_nudge(c, case, people)])
        elif decision.step is Step.REMIND:
            c.tx.execute("UPDATE medical_case SET reminded_at = :now WHERE id = :id", now=c.now, id=case.id)
            c.send([_reminder(c, case)])
        return decision.step is not None

    def _decide(self, c: Conversation, case: Case, row: Row, *, followed: bool) -> Decision:
        question = Question(
            opened_at=max(case.opened_at, row["reopened_at"]),
            waiting_since=row["waiting"],
            nudged_at=row["nudged_at"],
            reminded_at=row["reminded_at"],
            unanswered=waiting.is_unanswered(c.tx, case),
            followed=followed,
        )
        return decide(question, self._patience(c), c.now)

    def _patience(self, c: Conversation) -> Patience:
        room = c.event.room_id
        return Patience.of(
            options.get(c.tx, room, options.NUDGE, self._nudge),
            options.get(c.tx, room, options.REMINDER, self._reminder),
            options.get(c.tx, room, options.QUIET, self._quiet),
            c.world.zone,
        )


_TO_LOOK_AT = (
    "SELECT medical_case.id, room_id, reopened_at, waiting, nudged_at, reminded_at FROM medical_case"
    " JOIN room USING (room_id)"
    " WHERE look_at <= :now AND room.served AND NOT hidden AND NOT EXISTS"
    " (SELECT 1 FROM inbox WHERE inbox.room_id = medical_case.room_id AND inbox.state = 'ready')"
    " ORDER BY look_at LIMIT :most"
)
_LOOKED = "UPDATE medical_case SET look_at = :at WHERE id = :id"


def to_call(c: Conversation, case: Case, names: Iterable[str]) -> list[str]:
    """Who is to be called to a case about any of these: followers who are in its room now and have not muted.

    Neither its author nor whoever speaks, unless it is anonymous: who is missing among those called would tell who
    asks. Of many some are chosen, other ones for each case.
    """
    room = c.world.state(case.room_id)
    left_out = {c.bot} if case.anonymous else {c.bot, c.sender, case.author}
    found = followers.followers_of(c.tx, case.room_id, names, c.now) - left_out
    present = [user for user in found if takes_part(c.tx, room, user)]
    present.sort(key=lambda user: hashlib.sha256(f"{case.id}:{user}".encode()).digest())
    return present[:_MOST_CALLED]


def _subjects(case: Case) -> list[str]:
    """What a case is about, as followers name it."""
    return [canonical(tag) for tag in case.tags]


def calling(c: Conversation, people: Iterable[str], *sentence: Span) -> dict[str, Any]:
    """A message that calls people by name: pills for the eye, and mentions that make their phones ring."""
    people = list(people)
    pills: list[Span] = []
    for user in people:
        pills += [", " if pills else " ", Person(c.room.display_name(user), user)]
    # No notice: for those Element keeps phones silent, mentions or not (spec, ".m.rule.suppress_notices").
    content = Document().line(*sentence, *pills).content("m.text")
    return {**content, "m.mentions": {"user_ids": people}}


def _nudge(c: Conversation, case: Case, people: list[str]) -> Outgoing:
    """The call into the case's thread."""
    sentence = c.wording.spans("call.nudge", number=f"#{case.id}")
    return Outgoing(
        key=f"case:{case.id}:nudge",
        room_id=case.room_id,
        content=calling(c, people, *sentence),
        thread=case.card_key,
        case_id=case.id,
        renders=CALL,
    )


def _reminder(c: Conversation, case: Case) -> Outgoing:
    """The one line in the timeline: what the card's title says, and no word of the case."""
    document = Document().line(*c.wording.spans("call.reminder", case=case_link(c, case)))
    return Outgoing(
        key=_reminder_key(case),
        room_id=case.room_id,
        content=document.content("m.notice"),
        case_id=case.id,
        # Its tags are the author's words: when these are corrected, the line goes, and not for another word.
        quotes=True,
        shows=(case.id,),
        renders=CALL,
    )


def _reminder_key(case: Case) -> str:
    return f"case:{case.id}:reminder"


class CallRenderer:
    """Looks at a nudge or a reminder once more when it is sent: it may have waited in the outbox."""

    def __init__(self, world: World) -> None:
        self._outbox = world.outbox

    def render(self, tx: Transaction, outgoing: Outgoing) -> Mapping[str, Any] | None:
        """What was to be said, or None when the case has its answer by now or a call comes too late."""
        case = queries.case_by_id(tx, outgoing.case_id or 0)
        if case is None or not waiting.is_unanswered(tx, case):
            return None
        called_at: int = tx.value("SELECT created_at FROM outbox WHERE key = :key", key=outgoing.key)
        in_time = self._outbox.now() - called_at <= TOO_LATE_MS
        return outgoing.content if in_time or outgoing.key == _reminder_key(case) else None


def warn_of_emergency(c: Conversation, case: Case) -> None:
    """Tell the author of a case whose words mean that a life is in danger now: call, do not wait for the room.

    Once for a case, as a reply to the message that opened it.
    """
    if not sounds_like_emergency(case.text):
        return
    document = Document().line(*c.wording.spans("emergency"))
    warning = Outgoing(
        key=f"case:{case.id}:emergency",
        room_id=case.room_id,
        content={**document.content("m.text"), "m.mentions": {"user_ids": [c.sender]}},
        thread=c.event.thread_root,
        reply_to=c.event.event_id,
        case_id=case.id,
    )
    c.send([warning])
