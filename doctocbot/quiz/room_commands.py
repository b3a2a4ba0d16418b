"""What people type about quizzes in a room: ask, stop, answer; and the author's yes or no."""

from doctocbot.cases import desk as cases_desk
from doctocbot.cases import queries as case_queries
from doctocbot.chat.parsing import leading_number
from doctocbot.chat.replies import Conversation, Refusal
from doctocbot.quiz import making, queries, taking_back
from doctocbot.quiz.commands import Subcommand
from doctocbot.quiz.desk import QuizDesk
from doctocbot.rooms.policy import Act, may


def ask(quizzes: QuizDesk, c: Conversation, words: str) -> None:
    """`!quiz`, `!quiz #12`, `!quiz TAG`: ask the room a question."""
    running = queries.running(c.tx, c.event.room_id)
    if running is not None:
        left = c.wording.duration(max(running.ends_at - c.now, 0))
        raise Refusal("quiz.running-already", left=left)
    if leading_number(words)[0] is not None or (not words and cases_desk.case_around(c)):
        case = cases_desk.named_case(c, words)[0]
        quizzes.ask(c, making.question_of(c.tx, case, c.now))
        return
    quizzes.ask(c, quizzes.pick(c, words.lstrip("#")))


def stop(quizzes: QuizDesk, c: Conversation, words: str) -> None:
    """`!quiz stop`: end the running question now."""
    running = queries.running(c.tx, c.event.room_id)
    if running is None:
        raise Refusal("quiz.none-running")
    if not may(c.tx, Act.STOP_QUIZ, c.sender, c.room, author=running.asked_by):
        raise Refusal("role.stop-quiz")
    quizzes.stop(c, running)


def allow(c: Conversation, words: str) -> None:
    """`!quiz allow #12`: the author agrees that a question is made of their case."""
    _decide(c, words, allowed=True)


def forbid(c: Conversation, words: str) -> None:
    """`!quiz forbid #12`: the author takes it back."""
    _decide(c, words, allowed=False)


def _decide(c: Conversation, words: str, *, allowed: bool) -> None:
    """Keep the author's yes or no; a no takes back what was asked, and what is known of it."""
    case, _ = cases_desk.named_case(c, words)
    cases_desk.require(c, Act.ALLOW_QUIZ, case)
    case_queries.allow_quiz(c.tx, case.id, allowed=allowed)
    if not allowed:
        taking_back.forbid(c.at(case.room_id), case)
    c.tell("quiz.allowed" if allowed else "quiz.forbidden", number=f"#{case.id}")


ANYWHERE = (
    Subcommand(("allow", "permettre", "autoriser"), allow, allow),
    Subcommand(("forbid", "interdire", "refuser"), forbid, forbid),
)


def stopping(quizzes: QuizDesk) -> Subcommand:
    """`!quiz stop`, by this desk."""
    return Subcommand(("stop", "fin", "arret"), lambda c, words: stop(quizzes, c, words), None)
