"""What an event can be taken for; kept beside it, since an edit is judged by what its message was taken for before."""

from enum import StrEnum


class Took(StrEnum):
    """What an event was taken for."""

    COMMAND = "command"
    REFUSED = "refused"
    ANSWER = "answer"
    PICTURE = "picture"
    VOTE = "vote"
    EDIT = "edit"
    REDACTION = "redaction"
    WORDS = "words"
    DRAFT = "draft"
    IGNORED = "ignored"
