"""A question is taken back: because its author says no, or because words of its case have to go."""

from collections.abc import Iterable, Iterator

from doctocbot.cases import quotations
from doctocbot.cases.model import Case
from doctocbot.chat.parsing import fold
from doctocbot.chat.rendering import Document
from doctocbot.chat.replies import Conversation
from doctocbot.matrix import Outgoing
from doctocbot.quiz import distractors, queries, questions
from doctocbot.quiz.model import Quiz
from doctocbot.store import Transaction


def forbid(c: Conversation, case: Case) -> None:
    """Take back whatever was asked of a case, in rooms and in private, and erase the question and its statistics."""
    question = questions.of_case(c.tx, case.id)
    if question is None:
        return
    quotations.take_back_logs(c, case.id)
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


def is_asked_of(c: Conversation, case: Case, words: Iterable[str]) -> bool:
    """Whether the question about a case, or one that was asked of it, holds any of these words of a colleague's.

    By the form in which words become choices; in doubt yes, since a name may have stood in them.
    """
    said = [form for text in words for form in _forms(text)]
    return any(
        shown and (shown in form or form in shown)
        for shown in map(fold, questions.words_of_case(c.tx, case.id))
        for form in said
    )


def _forms(text: str) -> Iterator[str]:
    for language in ("fr", "en"):
        yield from filter(None, (fold(text).strip(), fold(distractors.choice_words(text, language))))


def dropped(c: Conversation, outgoing: Outgoing) -> None:
    """Take a question back whose words or poll the server has refused: nobody could see what they are to answer."""
    quiz = queries.of_key(c.tx, outgoing.key)
    if quiz is None or quiz.ended_at is not None:
        return
    # What was dropped has no moment of its own.
    queries.end(c.tx, quiz, c.outbox.now())
    _take_back(c, quiz.key)
    words = Document().line(*c.wording.spans("quiz.refused-by-server"))
    content = words.content("m.notice")
    c.send([Outgoing(key=f"{quiz.key}refused", room_id=quiz.room_id, content=content)])


def abandon(c: Conversation, quiz: Quiz) -> None:
    """End a question without a result, and redact what is left of it in its room."""
    queries.end(c.tx, quiz, c.now)
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
