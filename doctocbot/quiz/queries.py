"""Questions as they were asked in rooms, and what people answered, as rows."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from doctocbot.quiz.model import Choice, Question, QuestionKind, Quiz
from doctocbot.store import Row, Transaction


def add(
    tx: Transaction,
    question: Question,
    *,
    key: str,
    room: str,
    asked_by: str,
    now: int,
    ends_at: int,
    choices: tuple[Choice, ...],
) -> Quiz:
    """Keep a question that is being asked in a room."""
    quiz_id = tx.insert(
        "INSERT INTO quiz (key, room_id, question_id, kind, asked_by, asked_at, ends_at)"
        " VALUES (:key, :room, :question, :kind, :asked_by, :now, :ends_at)",
        key=key,
        room=room,
        question=question.id,
        kind=question.kind,
        asked_by=asked_by,
        now=now,
        ends_at=ends_at,
    )
    for choice in choices:
        tx.execute(
            "INSERT INTO quiz_choice (quiz_id, letter, text, is_right, why) VALUES (:id, :letter, :text, :right, :why)",
            id=quiz_id,
            letter=choice.letter,
            text=choice.text,
            right=choice.is_right,
            why=choice.why,
        )
    return Quiz(
        quiz_id,
        key,
        room,
        question.id,
        question.case_id,
        question.kind,
        asked_by,
        now,
        ends_at,
        None,
        choices,
    )


_QUIZ = "SELECT quiz.*, question.case_id FROM quiz JOIN question ON question.id = question_id"
_GIVEN_IN_TIME = (
    "SELECT 1 FROM inbox WHERE inbox.sent_at <= quiz.ends_at AND ("
    # What has waited longer has got stuck; a message that cannot be read may be an answer whose key is on its way.
    "inbox.state = 'ready' AND max(inbox.received_at, quiz.ends_at) > :now - 600000 AND (inbox.room_id = quiz.room_id"
    " OR inbox.room_id IN (SELECT room_id FROM room WHERE direct_with IS NOT NULL))"
    " OR inbox.state = 'waiting' AND max(inbox.received_at, quiz.ends_at) > :now - 30000"
    " AND inbox.sent_at >= quiz.asked_at AND inbox.room_id = quiz.room_id)"
)
_OVERDUE = f"{_QUIZ} WHERE ended_at IS NULL AND ends_at <= :heard AND NOT EXISTS ({_GIVEN_IN_TIME})"
_AWAITED = f"SELECT 1 FROM quiz WHERE id = :id AND EXISTS ({_GIVEN_IN_TIME} AND inbox.event_id != :but)"  # noqa: S608
_QUIET = (
    f"{_QUIZ} WHERE ended_at IS NULL AND NOT EXISTS (SELECT 1 FROM inbox"  # noqa: S608 (fixed text)
    " WHERE inbox.state = 'ready' AND (inbox.room_id = quiz.room_id"
    " OR inbox.room_id IN (SELECT room_id FROM room WHERE direct_with IS NOT NULL)))"
)


_ANSWERED_BY = f"{_QUIZ} JOIN quiz_answer ON quiz_id = quiz.id WHERE quiz_answer.event_id = :id"


def running(tx: Transaction, room: str) -> Quiz | None:
    """The question that is running in a room, if any."""
    row = tx.row(f"{_QUIZ} WHERE quiz.room_id = :room AND ended_at IS NULL", room=room)
    return _quiz(tx, row) if row else None


def of_case(tx: Transaction, case_id: int) -> list[Quiz]:
    """Every time that the question of a case was asked, the oldest first."""
    rows = tx.rows(f"{_QUIZ} WHERE case_id = :case ORDER BY quiz.id", case=case_id)
    return [_quiz(tx, row) for row in rows]


def of_message(tx: Transaction, room: str, event_id: str) -> Quiz | None:
    """The question whose poll or stem an event of the room is."""
    row = tx.row(
        f"{_QUIZ} JOIN outbox ON outbox.key IN (quiz.key || 'poll', quiz.key || 'stem')"
        " WHERE outbox.event_id = :event AND quiz.room_id = :room",
        event=event_id,
        room=room,
    )
    return _quiz(tx, row) if row else None


def of_key(tx: Transaction, key: str) -> Quiz | None:
    """The question whose poll or stem has this outbox key."""
    row = tx.row(f"{_QUIZ} WHERE :key IN (quiz.key || 'poll', quiz.key || 'stem')", key=key)
    return _quiz(tx, row) if row else None


def answered_by(tx: Transaction, event_id: str) -> Quiz | None:
    """The question to which a message gave the answer that stands."""
    row = tx.row(_ANSWERED_BY, id=event_id)
    return _quiz(tx, row) if row else None


def overdue(tx: Transaction, now: int, heard: int) -> list[Quiz]:
    """The questions whose time was up at `heard`, until which all is known, and whose answers are all counted."""
    rows = tx.rows(_OVERDUE, now=now, heard=heard)
    return [_quiz(tx, row) for row in rows]


def awaits_answers(tx: Transaction, quiz: Quiz, but: str, now: int) -> bool:
    """Whether anything in the inbox, `but` one event, may be an answer given in time."""
    return tx.value(_AWAITED, id=quiz.id, but=but, now=now) is not None


def shorten(tx: Transaction, quiz: Quiz, now: int) -> Quiz:
    """Let no answer count that is given after `now`."""
    ends_at = min(quiz.ends_at, now)
    tx.execute("UPDATE quiz SET ends_at = :at WHERE id = :id", at=ends_at, id=quiz.id)
    return replace(quiz, ends_at=ends_at)


def answered(tx: Transaction) -> list[tuple[Quiz, int]]:
    """The questions that run in rooms where nothing waits to be handled, with how many have answered each."""
    rows = tx.rows(_QUIET)
    count = "SELECT count(*) FROM quiz_answer WHERE quiz_id = :id"
    return [(_quiz(tx, row), int(tx.value(count, id=row["id"]))) for row in rows]


def answer(
    tx: Transaction, quiz: Quiz, voter: str, given: str, event_id: str, now: int, *, right: bool
) -> None:
    """Keep somebody's answer; a later one takes its place."""
    tx.execute(
        "INSERT INTO quiz_answer (quiz_id, voter, given, is_right, event_id, answered_at)"
        " VALUES (:quiz, :voter, :given, :right, :event, :now) ON CONFLICT (quiz_id, voter) DO UPDATE"
        " SET given = excluded.given, is_right = excluded.is_right, event_id = excluded.event_id,"
        " answered_at = excluded.answered_at WHERE excluded.answered_at >= answered_at",
        quiz=quiz.id,
        voter=voter,
        given=given,
        right=right,
        event=event_id,
        now=now,
    )


def take_back(tx: Transaction, quiz: Quiz, voter: str, now: int) -> None:
    """Forget somebody's answer, unless it was given after `now`."""
    tx.execute(
        "DELETE FROM quiz_answer WHERE quiz_id = :quiz AND voter = :voter AND answered_at <= :now",
        quiz=quiz.id,
        voter=voter,
        now=now,
    )


def given(tx: Transaction, quiz: Quiz) -> dict[str, str]:
    """What each voter has answered."""
    rows = tx.rows("SELECT voter, given FROM quiz_answer WHERE quiz_id = :id", id=quiz.id)
    return {row["voter"]: row["given"] for row in rows}


def right_voters(tx: Transaction, quiz: Quiz) -> list[str]:
    """Who has answered right."""
    rows = tx.rows(
        "SELECT voter FROM quiz_answer WHERE quiz_id = :id AND is_right ORDER BY voter", id=quiz.id
    )
    return [row["voter"] for row in rows]


def end(tx: Transaction, quiz: Quiz, now: int) -> None:
    """Mark a question as ended."""
    tx.execute("UPDATE quiz SET ended_at = :now WHERE id = :id", now=now, id=quiz.id)


def forget_own_words(tx: Transaction, quiz: Quiz) -> None:
    """Forget what people wrote in their own words, once it is counted; whether it was right stays."""
    tx.execute("UPDATE quiz_answer SET given = '' WHERE quiz_id = :id", id=quiz.id)


def forget_choices(tx: Transaction, case_id: int) -> None:
    """Erase the words of the choices that were made from a case."""
    tx.execute(
        "UPDATE quiz_choice SET text = '', why = '' WHERE quiz_id IN"
        " (SELECT quiz.id FROM quiz JOIN question ON question.id = question_id WHERE case_id = :id)",
        id=case_id,
    )


@dataclass(frozen=True, slots=True)
class Candidate:
    """What could be asked in a room: a case, or a question of the bank."""

    case_id: int | None
    question_id: int | None
    tags: tuple[str, ...]


def candidates(tx: Transaction, room: str, language: str) -> Iterator[Candidate]:
    """What could be asked in a room that speaks this language, what has waited longest first."""
    for row in tx.rows(_CANDIDATES, room=room, language=language):
        yield Candidate(row["case_id"], row["question_id"], tuple((row["tags"] or "").split()))


_CANDIDATES = (
    "SELECT medical_case.id AS case_id, question.id AS question_id, medical_case.tags, 0 AS of_bank,"
    " coalesce((SELECT max(asked_at) FROM quiz WHERE question_id = question.id AND room_id = :room), 0) AS asked"
    " FROM medical_case LEFT JOIN question ON question.case_id = medical_case.id"
    " WHERE medical_case.room_id = :room AND state = 'closed' AND quiz_allowed"
    " AND certainty IN ('almost-certain', 'certain') AND NOT hidden"
    " UNION ALL SELECT NULL, question.id, tags, 1,"
    " coalesce((SELECT max(asked_at) FROM quiz WHERE question_id = question.id AND room_id = :room), 0)"
    " FROM question WHERE bank_key IS NOT NULL AND language = :language"
    " ORDER BY asked, of_bank, case_id DESC, question_id"
)


def _quiz(tx: Transaction, row: Row) -> Quiz:
    choices = tuple(
        Choice(each["letter"], each["text"], bool(each["is_right"]), each["why"])
        for each in tx.rows("SELECT * FROM quiz_choice WHERE quiz_id = :id ORDER BY letter", id=row["id"])
    )
    return Quiz(
        id=row["id"],
        key=row["key"],
        room_id=row["room_id"],
        question_id=row["question_id"],
        case_id=row["case_id"],
        kind=QuestionKind(row["kind"]),
        asked_by=row["asked_by"],
        asked_at=row["asked_at"],
        ends_at=row["ends_at"],
        ended_at=row["ended_at"],
        choices=choices,
    )
