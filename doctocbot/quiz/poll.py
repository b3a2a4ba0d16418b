"""A quiz as it is shown: the native poll that Element draws, and the result in its thread.

Only the unstable name `org.matrix.msc3381.poll.*` is drawn (shared/MATRIX-FACTS.md). Undisclosed polls hide the
votes until the end; technically every member's client receives them.
"""

from typing import Any

from doctocbot.cases import opinions
from doctocbot.cases.card import outcome
from doctocbot.cases.lists import case_link
from doctocbot.cases.model import Case
from doctocbot.chat.rendering import Document, Link, Strong
from doctocbot.chat.replies import Conversation
from doctocbot.chat.wording import Wording
from doctocbot.quiz.model import Choice, Quiz, distribution

POLL_START = "org.matrix.msc3381.poll.start"
POLL_RESPONSE = "org.matrix.msc3381.poll.response"
POLL_END = "org.matrix.msc3381.poll.end"
_TEXT = "org.matrix.msc1767.text"
_LONGEST_STEM = 1_200


def poll_content(quiz: Quiz, case: Case, wording: Wording, minutes: int) -> dict[str, Any]:
    """The poll that asks the question (MSC3381), with the whole of it in words for clients without polls."""
    words = _without_last_tags(case.text)
    stem = words if len(words) <= _LONGEST_STEM else words[:_LONGEST_STEM].rstrip() + "…"
    question = wording.say("quiz.question", number=f"#{case.id}", minutes=minutes)
    question = f"{question}\n{stem}" if stem else question
    lines = [
        question,
        *(f"{choice.letter}. {choice.text}" for choice in quiz.choices),
        wording.say("quiz.how"),
    ]
    return {
        POLL_START: {
            "kind": "org.matrix.msc3381.poll.undisclosed",
            "max_selections": 1,
            "question": {_TEXT: question, "body": question, "msgtype": "m.text"},
            "answers": [
                {"id": choice.letter, _TEXT: f"{choice.letter}. {choice.text}"} for choice in quiz.choices
            ],
        },
        _TEXT: "\n".join(lines),
        "m.mentions": {},
    }


def _without_last_tags(text: str) -> str:
    """The words of a case without the hashtags at their end, which are no part of the question."""
    tags = 0
    for word in reversed(text.split()):
        if not word.startswith("#"):
            break
        tags += 1
    words = text.rstrip().rsplit(None, tags)[0].rstrip() if tags else text
    return text if words.startswith("#") and " " not in words else words


def end_content(wording: Wording) -> dict[str, Any]:
    """The event that ends the poll, after which clients show how the votes fell."""
    return {POLL_END: {}, _TEXT: wording.say("quiz.ended"), "m.mentions": {}}


def poll_vote(content: Any) -> str | None:
    """The answer id in a poll response, of either name; None for a spoilt vote or one taken back."""
    for name in (POLL_RESPONSE, "m.poll.response"):
        response = content.get(name)
        answers = response.get("answers") if isinstance(response, dict) else None
        if isinstance(answers, list) and len(answers) == 1 and isinstance(answers[0], str):
            return answers[0]
    selections = content.get("m.selections")
    if isinstance(selections, list) and len(selections) == 1 and isinstance(selections[0], str):
        return selections[0]
    return None


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
