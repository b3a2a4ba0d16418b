"""Quizzes as rows."""

from doctocbot.quiz.model import Choice, Quiz
from doctocbot.store import Row, Transaction


def add(
    tx: Transaction,
    *,
    room: str,
    case_id: int,
    asked_by: str,
    now: int,
    ends_at: int,
    choices: tuple[Choice, ...],
) -> Quiz:
    """Keep a question that is being asked."""
    quiz_id = tx.insert(
        "INSERT INTO quiz (room_id, case_id, asked_by, asked_at, ends_at)"
        " VALUES (:room, :case_id, :asked_by, :now, :ends_at)",
        room=room,
        case_id=case_id,
        asked_by=asked_by,
        now=now,
        ends_at=ends_at,
    )
    for choice in choices:
        tx.execute(
            "INSERT INTO quiz_choice (quiz_id, letter, text, is_right) VALUES (:id, :letter, :text, :right)",
            id=quiz_id,
            letter=choice.letter,
            text=choice.text,
            right=choice.is_right,
        )
    return Quiz(quiz_id, room, case_id, asked_by, ends_at, None, choices)


def running(tx: Transaction, room: str) -> Quiz | None:
    """The question that is running in a room, if any."""
    row = tx.row(
        "SELECT quiz.* FROM quiz JOIN medical_case ON medical_case.id = case_id"
        " WHERE quiz.room_id = :room AND ended_at IS NULL AND state = 'closed'",
        room=room,
    )
    return _quiz(tx, row) if row else None


def of_poll(tx: Transaction, room: str, poll_event: str) -> Quiz | None:
    """The question whose poll an event of the room is."""
    row = tx.row(
        "SELECT quiz.* FROM quiz JOIN outbox ON outbox.key = 'quiz:' || quiz.id || ':poll'"
        " WHERE outbox.event_id = :event AND quiz.room_id = :room",
        event=poll_event,
        room=room,
    )
    return _quiz(tx, row) if row else None


def overdue(tx: Transaction, now: int) -> list[Quiz]:
    """The questions whose time is up; one waits while answers sent in time may still stand in the inbox."""
    rows = tx.rows(
        "SELECT * FROM quiz WHERE ended_at IS NULL AND ends_at <= :now AND NOT EXISTS (SELECT 1 FROM inbox"
        " WHERE inbox.room_id = quiz.room_id AND inbox.state = 'ready' AND inbox.sent_at <= quiz.ends_at)",
        now=now,
    )
    return [_quiz(tx, row) for row in rows]


def answer(tx: Transaction, quiz: Quiz, voter: str, letter: str, event_id: str, now: int) -> None:
    """Keep somebody's answer; a later one takes its place."""
    tx.execute(
        "INSERT INTO quiz_answer (quiz_id, voter, letter, event_id, answered_at)"
        " VALUES (:quiz, :voter, :letter, :event, :now) ON CONFLICT (quiz_id, voter) DO UPDATE"
        " SET letter = excluded.letter, event_id = excluded.event_id, answered_at = excluded.answered_at"
        " WHERE excluded.answered_at >= answered_at",
        quiz=quiz.id,
        voter=voter,
        letter=letter,
        event=event_id,
        now=now,
    )


def take_back(tx: Transaction, quiz: Quiz, voter: str) -> None:
    """Forget somebody's answer."""
    tx.execute("DELETE FROM quiz_answer WHERE quiz_id = :quiz AND voter = :voter", quiz=quiz.id, voter=voter)


def votes(tx: Transaction, quiz: Quiz) -> dict[str, str]:
    """Each voter's letter."""
    rows = tx.rows("SELECT voter, letter FROM quiz_answer WHERE quiz_id = :id", id=quiz.id)
    return {row["voter"]: row["letter"] for row in rows}


def end(tx: Transaction, quiz: Quiz, now: int) -> None:
    """Mark a question as ended."""
    tx.execute("UPDATE quiz SET ended_at = :now WHERE id = :id", now=now, id=quiz.id)


def forget_choices(tx: Transaction, case_id: int) -> None:
    """Erase the words of the choices that were made from a case."""
    tx.execute(
        "UPDATE quiz_choice SET text = '' WHERE quiz_id IN (SELECT id FROM quiz WHERE case_id = :id)",
        id=case_id,
    )


def last_asked(tx: Transaction, room: str) -> dict[int, int]:
    """When each case of the room was last made a question of."""
    rows = tx.rows(
        "SELECT case_id, max(asked_at) AS at FROM quiz WHERE room_id = :room GROUP BY case_id", room=room
    )
    return {row["case_id"]: row["at"] for row in rows}


def _quiz(tx: Transaction, row: Row) -> Quiz:
    choices = tuple(
        Choice(each["letter"], each["text"], bool(each["is_right"]))
        for each in tx.rows("SELECT * FROM quiz_choice WHERE quiz_id = :id ORDER BY letter", id=row["id"])
    )
    return Quiz(
        row["id"], row["room_id"], row["case_id"], row["asked_by"], row["ends_at"], row["ended_at"], choices
    )
