"""The only package that knows the Matrix protocol's engine; what the rest of the bot may use of it stands here."""

from doctocbot.matrix.events import BOT_MARKER, Event, server_of
from doctocbot.matrix.inbox import Errand, Verdict, related, relations, unclear_between, unhandled, verdict_on
from doctocbot.matrix.notes import MEMO
from doctocbot.matrix.outbox import Outbox
from doctocbot.matrix.outgoing import MESSAGE, REACTION, REDACTION, Outgoing, event_link, reaction, redaction
from doctocbot.matrix.roomstate import RoomState

__all__ = [
    "BOT_MARKER",
    "MEMO",
    "MESSAGE",
    "REACTION",
    "REDACTION",
    "Errand",
    "Event",
    "Outbox",
    "Outgoing",
    "RoomState",
    "Verdict",
    "event_link",
    "reaction",
    "redaction",
    "related",
    "relations",
    "server_of",
    "unclear_between",
    "unhandled",
    "verdict_on",
]
