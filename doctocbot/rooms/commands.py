"""What moderators type about a room."""

from doctocbot.chat.commands import Command
from doctocbot.chat.parsing import fold
from doctocbot.chat.rendering import Document
from doctocbot.chat.replies import Conversation, Refusal
from doctocbot.chat.wording import LANGUAGES, wording
from doctocbot.rooms import settings
from doctocbot.rooms.roles import Act, may


def mod(c: Conversation, words: str) -> None:
    """Change a setting of the room: `!mod set language fr`."""
    if not may(Act.CHANGE_SETTINGS, c.sender, c.room):
        raise Refusal("role.change-settings")
    match fold(words).split():
        case ["set" | "regler", "language" | "langue", chosen] if chosen in LANGUAGES:
            settings.set_language(c.tx, c.event.room_id, chosen)
        case _:
            raise Refusal("mod.what", languages=", ".join(LANGUAGES))
    c.reply(Document().line(*wording(chosen).spans("mod.language-set")))


COMMANDS = (Command(("mod",), mod),)
