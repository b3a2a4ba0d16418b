"""What people type in a direct chat about their draft."""

from doctocbot.cases.intake import Intake
from doctocbot.chat.commands import Command
from doctocbot.chat.rendering import Document
from doctocbot.chat.replies import Conversation, Refusal


def explain(c: Conversation) -> None:
    """Say in three lines how the chat is used."""
    keys = ("direct.help-send", "direct.help-agree", "direct.help-more")
    lines = [c.wording.spans(key) for key in keys]
    c.reply(Document().lines(lines))


def commands(intake: Intake) -> tuple[Command, ...]:
    """The commands of a direct chat, spoken to this intake."""

    def case(c: Conversation, words: str) -> None:
        intake.write(c, words) if words else explain(c)

    return (
        Command(("case", "cas"), case),
        Command(("publish", "publier"), intake.publish),
        Command(("drop", "jeter"), intake.drop),
        Command(("mask", "masquer"), _mask_anew),
    )


def _mask_anew(c: Conversation, words: str) -> None:
    """A `!mask` that comes as the edit of another message: what it would mask may have changed since."""
    raise Refusal("mask.send-anew")
