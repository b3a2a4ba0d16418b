"""A question is taken back: because its author says no, or because words of its case have to go."""

from doctocbot.cases.model import Case
from doctocbot.chat.replies import Conversation
from doctocbot.quiz import distractors, queries, questions
from doctocbot.quiz.model import Quiz
from doctocbot.store import Transaction


def forbid(c: Conversation, case: Case) -> None:
    """Take back whatever was asked of a case, in rooms and in private, and erase the question and its statistics."""
    question = questions.of_case(c.tx, case.id)
    if question is None:
        return
    for quiz in queries.of_case(c.tx, case.id):
        _take_back(c, quiz.key)
    _take_back(c, f"question:{question.id}:")
    questions.forget_of_case(c.tx, case.id)


def call_off(c: Conversation, case: Case) -> None:
    """End a running question about a case without a result and take it back: words of the case have to go.

    They may be among its choices, and in what somebody has written into the question: it is made anew when it is
    asked again. What people have learnt by it stays.
    """
    distractors.forget_lent(c.tx, case)
    queries.forget_choices(c.tx, case.id)
    questions.blank(c.tx, case.id)
    for quiz in queries.of_case(c.tx, case.id):
        if quiz.ended_at is None:
            _end(c.tx, quiz, c.now)
            _take_back(c, quiz.key)


def _end(tx: Transaction, quiz: Quiz, now: int) -> None:
    queries.end(tx, quiz, now)


def _take_back(c: Conversation, keys: str) -> None:
    """Redact all that was said under keys that begin like this, or never say it."""
    for row in c.tx.rows(_UNDER, keys=keys):
        c.outbox.take_back(c.tx, row)


_UNDER = (
    "SELECT * FROM outbox WHERE key >= :keys AND key < :keys || char(0x10FFFF) AND state != 'dropped'"
    " AND NOT EXISTS (SELECT 1 FROM outbox AS gone WHERE gone.key = 'redact:' || outbox.key)"
)
