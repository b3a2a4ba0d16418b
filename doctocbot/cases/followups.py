"""How it went: some days after a case is closed its author is asked in private, and what they tell goes to its thread.

    closed -> a question for each day of the settings -> due -> asked in private -> a reply -> news in the thread

In the room nothing tells whose words they are. A question is put once for a case and a day, whatever happens; one that
could not be put in time is put late, or never when it is too late to make sense.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from doctocbot.cases import desk, queries, scope
from doctocbot.cases.model import Case, CaseState
from doctocbot.cases.screening import identifiers_in
from doctocbot.chat.commands import Command
from doctocbot.chat.parsing import leading_anyway, leading_number
from doctocbot.chat.rendering import Document, Link, Span
from doctocbot.chat.replies import At, Conversation, Refusal
from doctocbot.chat.wording import Wording
from doctocbot.matrix import Event, Outgoing
from doctocbot.rooms import options, private
from doctocbot.rooms.admittance import takes_part
from doctocbot.rooms.roles import Standing
from doctocbot.rooms.settings import is_served
from doctocbot.store import Row, Transaction

_HOUR_MS = 3_600_000
_DAY_MS = 24 * _HOUR_MS
_AT_MOST_LATE_MS = 7 * _DAY_MS
_MOST_AT_ONCE = 50


@dataclass(frozen=True, slots=True)
class News:
    """What an author told of a closed case: when (ms since 1970), and after how many days they had been asked."""

    at: int
    day: int | None
    text: str


class Followups:
    """Asks authors how it went, `days` after the closing; no days, no questions."""

    def __init__(self, days: Sequence[int]) -> None:
        self._days = days

    def tick(self, tx: Transaction, now: int, at: At) -> int:
        """Plan what has been closed since the last time, and put what is due at `now` (ms); returns how many."""
        for row in tx.rows(_UNPLANNED, most=_MOST_AT_ONCE):
            self._plan(tx, row, now)
        asked = 0
        for row in tx.rows(_DUE, now=now, most=_MOST_AT_ONCE):
            moment = Event(_cause(row), row["room_id"], row["author"], "org.doctocbot.time", now)
            asked += _ask(at(tx, moment), row)
        return asked

    def _plan(self, tx: Transaction, row: Row, now: int) -> None:
        """Settle when the author of a case will be asked; what it had from an earlier closing makes way."""
        for day in self._days:
            planned_at = row["closed_at"] + day * _DAY_MS
            if planned_at + _AT_MOST_LATE_MS >= now:
                tx.execute(_PLAN, id=row["id"], day=day, at=planned_at)
        tx.execute("UPDATE medical_case SET followups_for = closed_at WHERE id = :id", id=row["id"])


_UNPLANNED = (
    "SELECT id, closed_at FROM medical_case"
    " WHERE state = 'closed' AND closed_at IS NOT followups_for LIMIT :most"
)
_PLAN = (
    "INSERT INTO followup_question (case_id, day, planned_at, due_at) VALUES (:id, :day, :at, :at)"
    " ON CONFLICT (case_id, day) DO UPDATE SET planned_at = excluded.planned_at, due_at = excluded.due_at"
    " WHERE key IS NULL"
)
_DUE = (
    "SELECT followup_question.*, room_id, author FROM followup_question"
    " JOIN medical_case ON medical_case.id = case_id WHERE due_at <= :now ORDER BY due_at LIMIT :most"
)
_PUT_OFF = "UPDATE followup_question SET due_at = :due WHERE case_id = :id AND day = :day"
_ASKED = "UPDATE followup_question SET due_at = NULL, key = :key WHERE case_id = :id AND day = :day"


def _cause(row: Row) -> str:
    return f"case:{row['case_id']}:followup:{row['day']}"


def _ask(c: Conversation, row: Row) -> bool:
    """Ask the author, put it off while that cannot be done, or drop it for good; returns whether they were asked."""
    case = queries.case_by_id(c.tx, row["case_id"])
    late = c.now - row["planned_at"]
    if case is None or not _wanted(c, case) or late > _AT_MOST_LATE_MS:
        c.tx.execute(_PUT_OFF, due=None, id=row["case_id"], day=row["day"])
        return False
    if not is_served(c.tx, case.room_id) or not takes_part(c.tx, c.room, case.author):
        c.tx.execute(_PUT_OFF, due=c.now + _HOUR_MS, id=case.id, day=row["day"])
        return False
    question = _question(c, case, row["day"] + late // _DAY_MS, private.wording_for(c, case.author))
    meant_for = private.MeantFor(case.room_id, Standing.MEMBER)
    key = private.tell(c, case.author, "how-it-went", question, case_id=case.id, meant_for=meant_for)
    c.tx.execute(_ASKED, key=key, id=case.id, day=row["day"])
    return True


def _wanted(c: Conversation, case: Case) -> bool:
    return case.state is CaseState.CLOSED and options.is_on(c.tx, case.room_id, options.FOLLOWUPS)


def _question(c: Conversation, case: Case, since: int, wording: Wording) -> Document:
    """The question, `since` days after the closing."""
    card = c.outbox.address(c.tx, case.card_key)
    number: Span = Link(f"#{case.id}", card) if card else f"#{case.id}"
    days = wording.count("followup.days", since)
    document = Document().line(*wording.spans("followup.question", number=number, days=days))
    return document.line(*wording.spans("followup.how-to-answer"))


def hear(c: Conversation) -> bool:
    """Take a reply to a question as the news of its case; returns whether it was one.

    An edit of such a reply takes the place of what it said. Raises Refusal where it may not go into the thread.
    """
    key = c.outbox.key_of(c.tx, c.event.replies_to) if c.event.replies_to else None
    asked = c.tx.row("SELECT case_id, day FROM followup_question WHERE key = :key", key=key) if key else None
    if asked is None:
        return False
    case = scope.case_numbered(c, asked["case_id"])
    if case is None:
        raise Refusal("case.unknown", number=f"#{asked['case_id']}")
    _tell(c, case, asked["day"], c.event.text.strip())
    return True


def followup(c: Conversation, words: str) -> None:
    """`!followup [anyway] #N TEXT`: tell the news of a closed case, asked or not."""
    anyway, rest = leading_anyway(words)
    if anyway and leading_number(rest)[0] is None:
        # "Quand même pas guéri" is what somebody tells, not a way round the guard.
        anyway, rest = False, words
    case, text = desk.named_case(c, rest)
    day: int | None = c.tx.value(_LAST_ASKED, id=case.id)
    _tell(c, case, day, text, anyway=anyway)


_LAST_ASKED = "SELECT max(day) FROM followup_question WHERE case_id = :id AND key IS NOT NULL"


def _tell(c: Conversation, case: Case, day: int | None, text: str, *, anyway: bool = False) -> None:
    """Put an author's news into the thread of the case, where nothing says whose words they are, and keep them."""
    number = f"#{case.id}"
    if case.author != c.sender:
        raise Refusal("followup.author-only", number=number)
    if case.state is CaseState.PULLED:
        raise Refusal("case.pulled", number=number)
    if case.hidden:
        raise Refusal("case.hidden", number=number)
    if case.state is CaseState.OPEN:
        raise Refusal("followup.open", number=number)
    if not text:
        raise Refusal("followup.empty", number=number)
    if not anyway and identifiers_in(text):
        raise Refusal("followup.identifiers", number=number)
    _take_back(c, c.event.event_id)
    c.tx.execute(_KEEP, event=c.event.event_id, id=case.id, day=day, at=c.now, text=text)
    case, there = desk.card_here(c, case), c.at(case.room_id)
    told = Document().line(*there.wording.spans("followup.told", number=number)).quote(text)
    news = Outgoing(
        key=f"{_news_key(c.event.event_id)}{c.cause}",
        room_id=case.room_id,
        content=told.content(),
        thread=case.card_key,
        case_id=case.id,
    )
    c.send([news])
    c.tell("followup.thanks", number=number)


_KEEP = (
    "INSERT INTO followup (event_id, case_id, day, at, text) VALUES (:event, :id, :day, :at, :text)"
    " ON CONFLICT (event_id) DO UPDATE SET at = excluded.at, text = excluded.text"
)


def is_news(tx: Transaction, event_id: str) -> bool:
    """Whether a message of an author's has been taken as news of a case."""
    return tx.value("SELECT 1 FROM followup WHERE event_id = :id", id=event_id) is not None


def forget(c: Conversation, event_id: str) -> bool:
    """Follow the redaction of an author's message; returns whether it was news of a case."""
    was_news = _take_back(c, event_id)
    c.tx.execute("DELETE FROM followup WHERE event_id = :id", id=event_id)
    return was_news


def _take_back(c: Conversation, event_id: str) -> bool:
    """Redact what a message of the author's brought into a thread, and what quotes it; returns whether it did."""
    row = c.tx.row(
        "SELECT case_id, room_id FROM followup JOIN medical_case ON medical_case.id = case_id"
        " WHERE event_id = :id",
        id=event_id,
    )
    if row is None:
        return False
    for sent in c.outbox.under(c.tx, _news_key(event_id)):
        c.outbox.take_back(c.tx, sent)
    desk.take_quotes_back(c.at(row["room_id"]), row["case_id"])
    return True


def _news_key(event_id: str) -> str:
    return f"followup:{event_id}:"


def news_of(tx: Transaction, case_id: int) -> list[News]:
    """What was told of a closed case, in its order."""
    rows = tx.rows("SELECT at, day, text FROM followup WHERE case_id = :id ORDER BY at, event_id", id=case_id)
    return [News(row["at"], row["day"], row["text"]) for row in rows]


COMMANDS = (Command(("followup", "suivi"), followup),)
