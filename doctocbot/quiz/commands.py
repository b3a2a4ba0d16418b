"""What people type about quizzes."""

from doctocbot.cases import desk as cases_desk
from doctocbot.cases.model import Case
from doctocbot.chat.commands import Command
from doctocbot.chat.parsing import fold, leading_number
from doctocbot.chat.replies import Conversation, Refusal
from doctocbot.quiz import desk, queries
from doctocbot.quiz.desk import QuizDesk
from doctocbot.rooms.policy import Act, may

_ALLOW = ("allow", "permettre", "autoriser")
_FORBID = ("forbid", "interdire", "refuser")
_STOP = ("stop", "fin", "arret")


def commands(quizzes: QuizDesk) -> tuple[Command, ...]:
    """The quiz commands, spoken to this desk."""

    def quiz(c: Conversation, words: str) -> None:
        if _allow(c, words):
            return
        match fold(words.partition(" ")[0]):
            case name if name in _STOP:
                _stop(c, quizzes)
            case _:
                _ask(c, quizzes, words)

    return (Command(("quiz",), quiz), Command(("answer", "réponse"), desk.answer_in_words))


def in_private(c: Conversation, words: str) -> None:
    """`!quiz allow #12` in a direct chat: an author who asked without their name says it there alone."""
    if not _allow(c, words):
        raise Refusal("direct.in-the-room")


def _allow(c: Conversation, words: str) -> bool:
    """Take the author's yes or no, if the words are one."""
    first, _, rest = words.partition(" ")
    if fold(first) not in (*_ALLOW, *_FORBID):
        return False
    desk.allow(c, rest.strip(), allowed=fold(first) in _ALLOW)
    return True


IN_CHATS = (Command(("quiz",), in_private, listed=False),)


def _stop(c: Conversation, quizzes: QuizDesk) -> None:
    running = queries.running(c.tx, c.event.room_id)
    if running is None:
        raise Refusal("quiz.none-running")
    if not may(c.tx, Act.STOP_QUIZ, c.sender, c.room):
        raise Refusal("role.stop-quiz")
    quizzes.end(c, running)


def _ask(c: Conversation, quizzes: QuizDesk, words: str) -> None:
    running = queries.running(c.tx, c.event.room_id)
    if running is not None:
        left = c.wording.duration(max(running.ends_at - c.now, 0))
        raise Refusal("quiz.running-already", number=f"#{running.case_id}", left=left)
    quizzes.ask(c, _case_to_ask(c, quizzes, words))


def _case_to_ask(c: Conversation, quizzes: QuizDesk, words: str) -> Case:
    if leading_number(words)[0] is not None or (not words and cases_desk.case_around(c)):
        return cases_desk.named_case(c, words)[0]
    if words:
        raise Refusal("quiz.what")
    return quizzes.pick(c)
