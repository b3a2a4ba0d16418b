"""A newcomer's welcome: one short private message, once in a life, in a direct chat that the bot opens for it."""

from doctocbot.chat.rendering import Document, Strong
from doctocbot.chat.replies import Conversation
from doctocbot.rooms import options, private
from doctocbot.rooms.admittance import is_admitted
from doctocbot.rooms.roles import Standing

_SENTENCES = ("ask", "consent", "who-sees", "follow", "help")


class Welcome:
    """Greets newcomers; `default` is the operator's setting (`on` or `off`) for rooms that have none of their own."""

    def __init__(self, default: str) -> None:
        self._default = default

    def greet(self, c: Conversation, user: str) -> None:
        """Tell somebody who has just joined the room how to ask safely, who sees what, and where to read on."""
        wanted = options.get(c.tx, c.room.room_id, options.WELCOME, self._default) == "on"
        if not wanted or not is_admitted(c.tx, c.room, user) or not _first_time(c, user):
            return
        wording = private.wording_for(c, user)
        document = Document().line(
            *wording.spans("welcome.hello", room=Strong(c.room.name or c.room.room_id))
        )
        document.items(wording.spans(f"welcome.{sentence}") for sentence in _SENTENCES)
        meant_for = private.MeantFor(c.room.room_id, Standing.MEMBER)
        private.tell(c, user, "welcome", document, cause="newcomer", meant_for=meant_for)


def _first_time(c: Conversation, user: str) -> bool:
    """Whether somebody has not been welcomed yet, in whatever room; notes that they are now."""
    statement = "INSERT INTO advice (user_id, about) VALUES (:user, 'welcome') ON CONFLICT DO NOTHING"
    return c.tx.execute(statement, user=user) > 0
