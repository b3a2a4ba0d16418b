"""The moderators of a room, and how they are told things: in private, never in the served room (DESIGN section 7)."""

from collections.abc import Callable

from doctocbot.chat.rendering import Document
from doctocbot.chat.replies import Conversation
from doctocbot.chat.wording import Wording
from doctocbot.matrix import RoomState
from doctocbot.rooms import private
from doctocbot.rooms.roles import Standing, is_moderator


def moderators(room: RoomState, bot: str) -> list[str]:
    """Who moderates a room now, without the bot, in a steady order."""
    return sorted(user for user in room.members if user != bot and is_moderator(user, room))


def tell(
    c: Conversation,
    room: RoomState,
    purpose: str,
    words: Callable[[Wording], Document],
    cause: str | None = None,
) -> None:
    """Tell every moderator of a room something, each in their direct chat and its language.

    Whoever made it happen is left out: they know. What is told holds no words of a case.
    """
    meant_for = private.MeantFor(room.room_id, Standing.MODERATOR)
    for user in moderators(room, c.bot):
        if user != c.sender:
            told = words(private.wording_for(c, user))
            private.tell(c, user, purpose, told, cause=cause, meant_for=meant_for)
