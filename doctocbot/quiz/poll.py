"""A quiz as it is shown: a native poll that hides the votes until its end, and the result in its thread."""

from typing import Any

from doctocbot.cases import opinions
from doctocbot.cases.card import outcome
from doctocbot.cases.lists import case_link
from doctocbot.cases.model import Case
from doctocbot.chat.poll import PollKind, poll_content
from doctocbot.chat.rendering import Document, Link, Strong
from doctocbot.chat.replies import Conversation
from doctocbot.chat.wording import Wording
from doctocbot.quiz.model import Choice, Quiz, distribution

_LONGEST_STEM = 1_200


def quiz_poll(quiz: Quiz, case: Case, wording: Wording, minutes: int) -> dict[str, Any]:
    """The poll that asks the question, with the whole of it in words for clients without polls."""
    words = _without_last_tags(case.text)
    stem = words if len(words) <= _LONGEST_STEM else words[:_LONGEST_STEM].rstrip() + "…"
    question = wording.say("quiz.question", number=f"#{case.id}", minutes=minutes)
    question = f"{question}\n{stem}" if stem else question
    answers = {choice.letter: f"{choice.letter}. {choice.text}" for choice in quiz.choices}
    lines = [question, *answers.values(), wording.say("quiz.how")]
    return poll_content(PollKind.UNDISCLOSED, question, answers, "\n".join(lines))


def _without_last_tags(text: str) -> str:
    """The words of a case without the hashtags at their end, which are no part of the question."""
    tags = 0
    for word in reversed(text.split()):
        if not word.startswith("#"):
            break
        tags += 1
    words = text.rstrip().rsplit(None, tags)[0].rstrip() if tags else text
    return text if words.startswith("#") and " " not in words else words


def result(c: Conversation, quiz: Quiz, case: Case, votes: dict[str, str]) -> Document:
    """Distribution, the right answer, why, and where it comes from; names nobody."""
    document = Document().line(*c.wording.spans("quiz.result", number=f"#{case.id}"))
    document.items(_share(choice, count, len(votes)) for choice, count in distribution(quiz.choices, votes))
    document.line(*c.wording.spans("quiz.right", answer=Strong(f"{quiz.right.letter}. {quiz.right.text}")))
    if case.outcome:
        document.line(*outcome(case, c.wording))
    addresses = opinions.references(c.tx, case.id)
    if addresses:
        document.line(Strong(c.wording.say("summary.references"))).items((Link(a, a),) for a in addresses)
    return document.line(*c.wording.spans("summary.case-link", case=case_link(c, case)))


def _share(choice: Choice, count: int, voters: int) -> tuple[str, ...]:
    bar = "▇" * round(10 * count / voters) if voters else ""
    mark = "✅ " if choice.is_right else ""
    return (f"{mark}{choice.letter}. {choice.text} — {count} {bar}".rstrip(),)
