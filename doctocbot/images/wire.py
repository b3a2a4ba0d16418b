"""How the bot and its picture worker talk: frames of bytes, and an answer that is read without being trusted.

Not pickle: whatever a hostile picture may have made of the worker, its answer must not run in the bot.
"""

import json
from typing import Any

from doctocbot.images.model import (
    EXTENSIONS,
    MAX_BYTES,
    MOST_COUNTED,
    CleanImage,
    Outcome,
    Refusal,
    RefusalReason,
    Removals,
    Removed,
)

LENGTH_BYTES = 8
# Exit statuses of a worker that tell how the picture before ended.
DIED, OUT_OF_TIME = 1, 3
# No picture leaves that is larger than one that may come in.
# What the template says on its third pipe, which no child holds, when the child that answered is gone.
ENDED = b"."
MAX_ANSWER = MAX_BYTES
MAX_HEAD = 4096


class BrokenAnswerError(Exception):
    """The worker said something that is not an answer: it must not be listened to any more."""


def encode(answer: CleanImage | Refusal) -> list[bytes]:
    """Lay an answer out as frames: a JSON head, and for a clean image its bytes and its thumbnail's."""
    if isinstance(answer, Refusal):
        return [json.dumps({"reason": answer.reason.value}).encode()]
    head = {
        "mimetype": answer.mimetype,
        "width": answer.width,
        "height": answer.height,
        "outcome": answer.outcome.value,
        "removed": dict(answer.removed),
        "thumbnail_size": answer.thumbnail_size,
    }
    return [json.dumps(head).encode(), answer.data, answer.thumbnail or b""]


def frames_to_follow(head: bytes) -> int:
    """Tell how many frames follow a head."""
    return 0 if "reason" in _parsed(head) else 2


def decode(head: bytes, data: bytes = b"", thumbnail: bytes = b"") -> CleanImage | Refusal:
    """Rebuild an answer from its frames; raises BrokenAnswerError unless every part is what it should be."""
    fields = _parsed(head)
    try:
        if "reason" in fields:
            return Refusal(RefusalReason(fields["reason"]))
        size = fields["thumbnail_size"]
        return CleanImage(
            data=data,
            mimetype=str(fields["mimetype"]),
            extension=EXTENSIONS[fields["mimetype"]],
            width=_side(fields["width"]),
            height=_side(fields["height"]),
            outcome=Outcome(fields["outcome"]),
            removed=_removals(fields["removed"]),
            thumbnail=thumbnail or None,
            thumbnail_size=(_side(size[0]), _side(size[1])) if size else None,
        )
    except (KeyError, ValueError, TypeError, IndexError) as error:
        raise BrokenAnswerError from error


def _side(value: object) -> int:
    if not isinstance(value, int) or value < 1:
        raise ValueError("no length in pixels")
    return value


def _removals(value: object) -> Removals:
    if not isinstance(value, dict):
        raise TypeError("no counts")
    for count in value.values():
        # True is a number too, to Python.
        if type(count) is not int or not 1 <= count <= MOST_COUNTED:
            raise ValueError("no count")
    return Removals({Removed(kind): count for kind, count in value.items()})


def _parsed(head: bytes) -> dict[str, Any]:
    if len(head) > MAX_HEAD:
        raise BrokenAnswerError
    try:
        fields = json.loads(head)
    except (ValueError, RecursionError) as error:
        raise BrokenAnswerError from error
    if not isinstance(fields, dict):
        raise BrokenAnswerError
    return fields
