"""Whom the bot deals with: people and servers that a room, its moderators or the operator let in or keep out.

A room's members are the homeserver's affair; who is a member here and not admitted is treated as if they were not in.
"""

import fnmatch
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from doctocbot.chat.rendering import Document
from doctocbot.chat.replies import Conversation
from doctocbot.matrix import Outgoing, RoomState
from doctocbot.store import Transaction

EVERYWHERE = ""
"""Stands for all rooms: the operator's own lists."""

_ENTRY = re.compile(r"(@[^\s:]+:)?[^\s:/@]+(:\d{1,5})?")


class Bar(StrEnum):
    """What keeps somebody out who is in the room; sentences under `admittance.bar.<value>`."""

    DENIED = "denied"
    NOT_ALLOWED = "not-allowed"
    SERVER_ACL = "server-acl"


@dataclass(frozen=True, slots=True)
class Lists:
    """Who is let in, where anybody is named, and who is kept out: user ids, patterns with `*`, or servers."""

    allowed: tuple[str, ...] = ()
    denied: tuple[str, ...] = ()

    def bar(self, user: str) -> Bar | None:
        """What keeps somebody out, if anything; to be denied weighs more than to be allowed."""
        if fits(user, self.denied):
            return Bar.DENIED
        return Bar.NOT_ALLOWED if self.allowed and not fits(user, self.allowed) else None


def fits(user: str, entries: Iterable[str]) -> bool:
    """Whether somebody is named by an entry: `@a:b.org`, a pattern `@dr-*:b.org`, or a server `b.org`.

    Whatever the case of the letters: phones write the first one large, and servers of any case are one.
    """
    user = user.casefold()
    server = user.partition(":")[2]
    for entry in map(str.casefold, entries):
        if entry.startswith("@"):
            if fnmatch.fnmatchcase(user, entry):
                return True
        elif server and fnmatch.fnmatchcase(server, entry):
            return True
    return False


def is_entry(words: str) -> bool:
    """Whether words could name somebody in such a list."""
    return _ENTRY.fullmatch(words) is not None


def bar(tx: Transaction, room: RoomState, user: str) -> Bar | None:
    """What keeps somebody out of what the bot does in a room, if anything.

    A list of servers that cannot be read keeps the room itself from being served, and its moderators have to hear it.
    """
    for place in (EVERYWHERE, room.room_id):
        found = lists(tx, place).bar(user)
        if found is not None:
            return found
    acl = room.server_acl
    if acl is None or not acl.readable or acl.admits(user.partition(":")[2]):
        return None
    return Bar.SERVER_ACL


def is_admitted(tx: Transaction, room: RoomState, user: str) -> bool:
    """Whether the bot deals with somebody in a room, should they be joined there."""
    return bar(tx, room, user) is None


def takes_part(tx: Transaction, room: RoomState, user: str) -> bool:
    """Whether somebody is joined in a room now and the bot deals with them there: nobody else counts for anything."""
    return room.is_member(user) and is_admitted(tx, room, user)


def lists(tx: Transaction, room_id: str) -> Lists:
    """What is listed for a room, or everywhere."""
    rows = tx.rows(
        "SELECT pattern, admits FROM admittance WHERE room_id = :room ORDER BY pattern", room=room_id
    )
    return Lists(
        tuple(row["pattern"] for row in rows if row["admits"]),
        tuple(row["pattern"] for row in rows if not row["admits"]),
    )


def enlist(tx: Transaction, room_id: str, pattern: str, *, admits: bool) -> None:
    """Let somebody in or keep them out; the last word on a pattern counts."""
    tx.execute(
        "INSERT INTO admittance (room_id, pattern, admits) VALUES (:room, :pattern, :admits)"
        " ON CONFLICT (room_id, pattern) DO UPDATE SET admits = excluded.admits",
        room=room_id,
        pattern=pattern.casefold(),
        admits=admits,
    )


def strike_out(tx: Transaction, room_id: str, pattern: str, *, admits: bool) -> bool:
    """Take a pattern off one of the lists; returns whether it stood there."""
    return tx.execute(_STRIKE_OUT, room=room_id, pattern=pattern.casefold(), admits=admits) > 0


# Older entries stand there as they were typed.
_STRIKE_OUT = (
    "DELETE FROM admittance WHERE room_id = :room AND pattern = :pattern COLLATE NOCASE AND admits = :admits"
)


def keep_operators(tx: Transaction, allowed: Sequence[str], denied: Sequence[str]) -> None:
    """Have the operator's lists count everywhere, as the configuration has them at this start."""
    tx.execute("DELETE FROM admittance WHERE room_id = :everywhere", everywhere=EVERYWHERE)
    for entry in allowed:
        enlist(tx, EVERYWHERE, entry, admits=True)
    for entry in denied:
        enlist(tx, EVERYWHERE, entry, admits=False)


def refuse(c: Conversation) -> None:
    """Tell somebody who is kept out that the bot does not deal with them here; once in each room, and no more."""
    content = Document().line(*c.wording.spans("admittance.refused")).content("m.notice")
    key = f"room:{c.event.room_id}:not-admitted:{c.outbox.pseudonym(c.sender)}"
    c.send([Outgoing(key=key, room_id=c.event.room_id, content=content, reply_to=c.event.event_id)])
