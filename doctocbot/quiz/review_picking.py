"""Which question somebody is asked next in private: what is due, the oldest first, then what is new to them.

Only what they may be asked now: of cases of the rooms where they take part, but their own, and of the bank in the
language of their chat.
"""

import json
from collections.abc import Iterator
from datetime import datetime

from doctocbot.cases import queries as case_queries
from doctocbot.chat.replies import Conversation, Refusal
from doctocbot.quiz import making, questions, review_rows
from doctocbot.quiz.model import Question
from doctocbot.rooms import direct
from doctocbot.rooms.specialties import canonical
from doctocbot.store import Row

NEW_A_DAY = 10
"""How many new questions somebody meets in a day, by the clock of the clinic; reviews have no limit."""


def pick(c: Conversation, tag: str, skip: int | None = None) -> Question | None:
    """The next question for the person who speaks, of this subject if it names one; never the one to skip."""
    for row in _candidates(c):
        if row["question_id"] == skip and skip is not None:
            continue
        if _is_of(row, tag) and (question := _askable(c, row["question_id"], row["case_id"])) is not None:
            return question
    return None


def still_askable(c: Conversation, question_id: int) -> Question | None:
    """A question as it would be asked now, None where the person may not be asked it any more."""
    case_id = c.tx.value("SELECT case_id FROM question WHERE id = :id", id=question_id)
    return _askable(c, question_id, case_id)


def subjects(c: Conversation) -> list[str]:
    """What there are questions on for this person, in a steady order."""
    rows = [*c.tx.rows(_DUE, **_scope(c), now=1 << 62), *c.tx.rows(_NEW, **_scope(c))]
    return [*dict.fromkeys(name for row in rows for name in (row["tags"] or "").split())]


def next_due(c: Conversation, tag: str) -> int | None:
    """When the next question comes back that the person has met (ms since 1970)."""
    rows = c.tx.rows(_DUE, **_scope(c), now=1 << 62)
    return next((int(row["due_at"]) for row in rows if _is_of(row, tag)), None)


def may_meet_new(c: Conversation) -> bool:
    """Whether today's new questions are not used up."""
    return review_rows.begun_since(c.tx, c.sender, _midnight(c)) < NEW_A_DAY


def _candidates(c: Conversation) -> Iterator[Row]:
    yield from c.tx.rows(_DUE, **_scope(c), now=c.now)
    if may_meet_new(c):
        yield from c.tx.rows(_NEW, **_scope(c))


def _is_of(row: Row, tag: str) -> bool:
    return not tag or canonical(tag) in map(canonical, (row["tags"] or "").split())


def _askable(c: Conversation, question_id: int | None, case_id: int | None) -> Question | None:
    """The question as it would be asked now, unless a room is; one of a case is made anew from what the case says."""
    question = _as_it_is(c, question_id, case_id)
    return None if question is None or _runs(c, question) else question


def _as_it_is(c: Conversation, question_id: int | None, case_id: int | None) -> Question | None:
    if case_id is None:
        return questions.by_id(c.tx, question_id) if question_id is not None else None
    case = case_queries.case_by_id(c.tx, case_id)
    if case is None or case.author == c.sender or case.room_id not in _rooms(c):
        return None
    try:
        return making.question_of(c.tx, case, c.now)
    except Refusal:
        # Taken back, hidden or reopened, or nothing to choose from: the next one may do.
        return None


def _runs(c: Conversation, question: Question) -> bool:
    """Whether a room is being asked it now: what is right would be told here, and voted there."""
    running = "SELECT 1 FROM quiz WHERE question_id = :id AND ended_at IS NULL"
    return c.tx.value(running, id=question.id) is not None


def _rooms(c: Conversation) -> list[str]:
    return [room.room_id for room in direct.shared_rooms(c.tx, c.sender, c.world.room)]


def _scope(c: Conversation) -> dict[str, str]:
    return {"user": c.sender, "rooms": json.dumps(_rooms(c)), "language": c.wording.language}


def _midnight(c: Conversation) -> int:
    """When today began at the clinic (ms since 1970)."""
    moment = datetime.fromtimestamp(c.now / 1000, c.world.zone)
    return round(moment.replace(hour=0, minute=0, second=0, microsecond=0).timestamp() * 1000)


_MAY_TEACH = (
    "medical_case.room_id IN (SELECT value FROM json_each(:rooms)) AND author != :user AND state = 'closed'"
    " AND quiz_allowed AND NOT hidden AND certainty IN ('almost-certain', 'certain')"
)
_DUE = (
    "SELECT question.id AS question_id, case_id, due_at,"  # noqa: S608 (fixed text)
    " CASE WHEN case_id IS NULL THEN question.tags ELSE medical_case.tags END AS tags"
    " FROM review_card JOIN question ON question.id = question_id"
    " LEFT JOIN medical_case ON medical_case.id = case_id"
    " WHERE user_id = :user AND due_at <= :now"
    f" AND (CASE WHEN case_id IS NULL THEN language = :language ELSE {_MAY_TEACH} END) ORDER BY due_at, question.id"
)
_UNMET = (
    "NOT EXISTS (SELECT 1 FROM review_card WHERE review_card.question_id = question.id AND user_id = :user)"
)
_NEW = (
    "SELECT question.id AS question_id, medical_case.id AS case_id, medical_case.tags, 0 AS of_bank"  # noqa: S608 (fixed text)
    " FROM medical_case LEFT JOIN question ON question.case_id = medical_case.id"
    f" WHERE {_MAY_TEACH} AND {_UNMET}"
    " UNION ALL SELECT question.id, NULL, tags, 1 FROM question"
    f" WHERE bank_key IS NOT NULL AND language = :language AND {_UNMET}"
    " ORDER BY of_bank, case_id DESC, question_id"
)
