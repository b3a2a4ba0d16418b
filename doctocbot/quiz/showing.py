"""A question in words, and what is told when it has been answered: the same in a room and in a direct chat."""

from collections.abc import Iterable, Sequence

from doctocbot.cases import queries
from doctocbot.cases.lists import case_link
from doctocbot.chat.rendering import Document, Link, Strong
from doctocbot.chat.replies import Conversation
from doctocbot.chat.wording import Wording
from doctocbot.matrix import Outgoing
from doctocbot.quiz.model import Choice, Question, QuestionKind

_LONGEST_STEM = 1_200


def stem(question: Question) -> str:
    """The words of the question, not longer than a phone's screen or two."""
    words = question.stem
    return words if len(words) <= _LONGEST_STEM else words[:_LONGEST_STEM].rstrip() + "…"


def in_words(
    question: Question, choices: Sequence[Choice], wording: Wording, title: Document, *, private: bool = False
) -> Document:
    """The question under its title, with its choices and how to answer, in a room or in private."""
    document = title
    for paragraph in filter(None, (line.strip() for line in stem(question).splitlines())):
        document.line(paragraph)
    if question.kind is not QuestionKind.FREE:
        document.items((choice.line,) for choice in choices)
    how = f"quiz.how-{question.kind}-private" if private else f"quiz.how-{question.kind}"
    return document.line(*wording.spans(how))


def explained(c: Conversation, question: Question, choices: Sequence[Choice], document: Document) -> Document:
    """The right answer, why, why not the others, what it comes from, and further reading."""
    right = [choice for choice in choices if choice.is_right]
    told = right[:1] if question.kind is QuestionKind.FREE else right
    names = [choice.text if question.kind is QuestionKind.FREE else choice.line for choice in told]
    document.line(*c.wording.spans("quiz.right", answer=Strong(" · ".join(names))))
    if question.explanation:
        document.line(question.explanation)
    reasons = [
        (Strong(choice.text), c.wording.say("card.colon"), choice.why) for choice in choices if choice.why
    ]
    if reasons:
        document.items(reasons)
    if question.references:
        document.line(Strong(c.wording.say("summary.references")))
        document.items((Link(address, address),) for address in question.references)
    case = queries.case_by_id(c.tx, question.case_id) if question.case_id is not None else None
    if case is not None:
        document.line(*c.wording.spans("summary.case-link", case=case_link(c, case)))
    return document


def pictures(c: Conversation, question: Question, key: str, room_id: str) -> list[Outgoing]:
    """The question's pictures as messages of a room, with keys that begin like this; of a case those it shows now."""
    return [
        Outgoing(
            key=f"{key}picture:{number}",
            room_id=room_id,
            content=_named(words, f"question-{number}.{extension}"),
            attachment_id=attachment_id,
            case_id=question.case_id,
            quotes=question.case_id is not None,
        )
        for number, (attachment_id, words, extension) in enumerate(_pictures(c, question), start=1)
    ]


def _named(words: str, name: str) -> dict[str, object]:
    return {"body": words or name, "filename": name, "m.mentions": {}}


def _pictures(c: Conversation, question: Question) -> Iterable[tuple[int, str, str]]:
    """Attachment, words of ours or the bank's, and extension; a case's captions may say too much."""
    if question.case_id is not None:
        shown = [(attachment_id, "") for attachment_id, _ in queries.pictures_of(c.tx, question.case_id)]
    else:
        rows = c.tx.rows(
            "SELECT attachment_id, words FROM question_picture WHERE question_id = :id ORDER BY place",
            id=question.id,
        )
        shown = [(row["attachment_id"], row["words"]) for row in rows]
    for attachment_id, words in shown:
        extension = c.tx.value("SELECT extension FROM attachment WHERE id = :id", id=attachment_id)
        yield attachment_id, words, extension
