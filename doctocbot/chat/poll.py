"""Native polls as Element draws them, and what a vote in one says (MSC3381).

Only the unstable name `org.matrix.msc3381.poll.*` is drawn (shared/MATRIX-FACTS.md).
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import Any

POLL_START = "org.matrix.msc3381.poll.start"
POLL_RESPONSE = "org.matrix.msc3381.poll.response"
POLL_END = "org.matrix.msc3381.poll.end"
_TEXT = "org.matrix.msc1767.text"


class PollKind(StrEnum):
    """Whether the votes are shown at once or only at the end; every member's client receives them either way."""

    DISCLOSED = "org.matrix.msc3381.poll.disclosed"
    UNDISCLOSED = "org.matrix.msc3381.poll.undisclosed"


def poll_content(kind: PollKind, question: str, answers: Mapping[str, str], in_words: str) -> dict[str, Any]:
    """A poll with one choice among `answers` (id to words); `in_words` is all of it for clients without polls."""
    return {
        POLL_START: {
            "kind": str(kind),
            "max_selections": 1,
            "question": {_TEXT: question, "body": question, "msgtype": "m.text"},
            "answers": [{"id": id_, _TEXT: words} for id_, words in answers.items()],
        },
        _TEXT: in_words,
        "m.mentions": {},
    }


def end_content(words: str) -> dict[str, Any]:
    """The event that ends a poll, after which clients show how the votes fell."""
    return {POLL_END: {}, _TEXT: words, "m.mentions": {}}


def poll_vote(content: Mapping[str, Any]) -> str | None:
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
