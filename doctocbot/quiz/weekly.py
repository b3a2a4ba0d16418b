"""The question of the week, which a room can be asked without anybody's asking: `!mod set question monday 12:30`."""

from datetime import date

from doctocbot.chat.replies import At, Refusal
from doctocbot.matrix import Event
from doctocbot.quiz import queries
from doctocbot.quiz.desk import QuizDesk
from doctocbot.rooms.weekly import Does
from doctocbot.store import Transaction

_MINUTES = 3 * 24 * 60


def question_of_week(quizzes: QuizDesk) -> Does:
    """What asks a room the question of the week: it runs for three days, or until everybody has answered."""

    def ask(tx: Transaction, room_id: str, day: date, now: int, at: At) -> bool | None:
        if queries.running(tx, room_id) is not None:
            return None
        c = at(tx, Event(f"question:{room_id}:{day.isoformat()}", room_id, "", "org.doctocbot.time", now))
        try:
            quizzes.ask(c, quizzes.pick(c), _MINUTES)
        except Refusal:
            # There is nothing to ask about, and nobody to be told so.
            return False
        return True

    return ask
