"""What people type in a direct chat about their draft."""

from doctocbot.cases import commands as case_commands
from doctocbot.cases import intake, release
from doctocbot.chat.commands import Command
from doctocbot.chat.parsing import leading_number
from doctocbot.chat.rendering import Document
from doctocbot.chat.replies import Conversation, Refusal


def explain(c: Conversation) -> None:
    """Say in three lines how the chat is used."""
    keys = ("direct.help-send", "direct.help-agree", "direct.help-more")
    lines = [c.wording.spans(key) for key in keys]
    c.reply(Document().lines(lines))


def case(c: Conversation, words: str) -> None:
    """Begin a draft of a new case, or say of one that it is no addition; without either, say how the chat is used."""
    if words:
        intake.write_case(c, words)
    elif not intake.settle_as_case(c):
        explain(c)


def drop(c: Conversation, words: str) -> None:
    """`!drop [N]` is about the draft, `!drop #12 N` about a picture of a published case."""
    if leading_number(words)[0] is None:
        intake.drop(c, words)
    else:
        case_commands.drop(c, words)
        c.tell("drop.done", number=f"#{leading_number(words)[0]}")


def _mask_anew(c: Conversation, words: str) -> None:
    """A `!mask` that comes as the edit of another message: what it would mask may have changed since."""
    raise Refusal("mask.send-anew")


COMMANDS = (
    Command(("case", "cas"), case),
    Command(("add", "ajouter"), intake.add_to_case),
    Command(("reword", "corriger"), intake.reword),
    Command(("publish", "publier"), release.publish),
    Command(("drop", "jeter"), drop),
    Command(("mask", "masquer"), _mask_anew),
)
