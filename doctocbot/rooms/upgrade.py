"""A room is replaced by another: the bot goes on there with the cases, once both say so and the new one is closed.

    tombstone by somebody with the power for it -> the bot is invited, or may join -> the new room names the old one
    -> it is found closed -> what belongs to the room moves, in one transaction -> open cases get a card there

What was said stays where it was said: the old cards and threads can be read in the old room, lists and finds lead
there, and a pull reaches them. The bot stays in the old room for that, and answers nothing there.
"""

from collections.abc import Callable, Iterator, Mapping

from doctocbot.chat.rendering import Document, Strong
from doctocbot.chat.replies import Conversation
from doctocbot.matrix import Outgoing, RoomState
from doctocbot.rooms import direct, settings
from doctocbot.rooms.admission import Problem
from doctocbot.store import Transaction

MOVES: Mapping[str, str] = {
    "medical_case": "room_id",
    "quiz": "room_id",
    "follow": "room_id",
    # Before the labels, whose triggers would take them for vouching that is over.
    "sponsorship": "room_id",
    "vouch": "room_id",
    "member_label": "room_id",
    "room_option": "room_id",
    "weekly_summary": "room_id",
    "weekly_question": "room_id",
    "admittance": "room_id",
    "room_news": "room_id",
    "private_word": "in_room",
    "moderators_room": "room_id",
    "audit_head": "room_id",
}
"""What belongs to a room, by table, with the column that names it: it moves, and gives way to what is there already."""

STAYS: Mapping[str, str] = {
    "room": "each room is a row of its own; its language is taken over",
    "inbox": "what was said stands where it was said",
    "outbox": "what the bot said stands where it said it",
    "echo": "what the bot said stands where it said it",
    "picture": "it stands for the message that brought it, in the room where that was posted",
    "invitation": "it is about the room to which the bot is invited",
    "direct_invitation": "it is about the room to which the bot is invited",
    "opened_chat": "a direct chat is replaced by none",
    "audit": "it is only added to; `lineage` says of which rooms to read it",
    "audit_unchained": "it is only added to; `lineage` says of which rooms to read it",
    "draft": "what was shown of one named the old room: its author is asked again",
    "review_session": "a direct chat is replaced by none",
    "confirmation": "it is asked for where the command was typed, for ten minutes",
    "verification": "it goes on where it began",
    "known_member": "who is in the new room is looked at there",
    "room_succession": "it says itself what followed what",
}
"""What keeps the name of the old room, and why."""


def pairs(room: RoomState, other: Callable[[str], RoomState | None]) -> Iterator[tuple[RoomState, RoomState]]:
    """The rooms of which one replaces the other, this room being either of them: old and new."""
    old = other(room.predecessor) if room.predecessor else None
    if old is not None:
        yield old, room
    new = other(room.replacement) if room.replacement else None
    if new is not None:
        yield room, new


def may_follow(tx: Transaction, old: RoomState, new: RoomState) -> bool:
    """Whether the bot goes on in a new room now: both name each other, and it is the tombstone alone that is amiss."""
    return (
        old.replacement == new.room_id
        and new.predecessor == old.room_id
        and settings.known_problems(tx, old.room_id) == Problem.REPLACED
        and settings.is_served(tx, new.room_id)
        and not any(_is_chat(tx, room.room_id) for room in (old, new))
        and _successor(tx, old.room_id) is None
    )


def _is_chat(tx: Transaction, room_id: str) -> bool:
    return (
        direct.partner(tx, room_id) is not None
        or direct.was_private(tx, room_id)
        or direct.was_called(tx, room_id)
    )


def move(tx: Transaction, old: str, new: str) -> None:
    """Let all that belongs to the old room belong to the new one; what waits to be said in the old one is dropped."""
    tx.execute("INSERT INTO room_succession (old_room, new_room) VALUES (:old, :new)", old=old, new=new)
    # Its poll is in the old room, where nobody may answer any more.
    tx.execute("UPDATE quiz SET ended_at = asked_at WHERE room_id = :old AND ended_at IS NULL", old=old)
    tx.execute(_DROP_WAITING, old=old)
    for table, column in MOVES.items():
        tx.execute(f"UPDATE OR IGNORE {table} SET {column} = :new WHERE {column} = :old", old=old, new=new)  # noqa: S608
        tx.execute(f"DELETE FROM {table} WHERE {column} = :old", old=old)  # noqa: S608 (our own tables)
    tx.execute("UPDATE moderators_room SET home_id = :new WHERE home_id = :old", old=old, new=new)
    tx.execute(_TAKE_LANGUAGE, old=old, new=new)


_DROP_WAITING = (
    "UPDATE outbox SET state = 'dropped', spec = NULL, error = 'the room was replaced' WHERE room_id = :old"
    " AND state = 'queued' AND NOT coalesce(json_extract(spec, '$.even_unserved'), 0)"
)
_TAKE_LANGUAGE = (
    "UPDATE room SET language = (SELECT language FROM room WHERE room_id = :old)"
    " WHERE room_id = :new AND language IS NULL"
)


def announcement(c: Conversation, old: RoomState) -> Outgoing:
    """What is said in the new room, once: from which one its cases come."""
    document = Document().line(*c.wording.spans("room.followed", room=Strong(old.name or old.room_id)))
    return Outgoing(
        key=f"room:{c.room.room_id}:follows:{old.room_id}",
        room_id=c.room.room_id,
        content=document.content("m.notice"),
    )


def present(tx: Transaction, room_id: str) -> str:
    """The room in which a room goes on now: the last of its successors, or itself."""
    seen = {room_id}
    while (following := _successor(tx, room_id)) is not None and following not in seen:
        seen.add(following)
        room_id = following
    return room_id


def lineage(tx: Transaction, room_id: str) -> list[str]:
    """A room and all those whose cases came to it, newest first."""
    found = [room_id]
    for each in found:
        rows = tx.rows(
            "SELECT old_room FROM room_succession WHERE new_room = :room ORDER BY old_room", room=each
        )
        found += [row["old_room"] for row in rows if row["old_room"] not in found]
    return found


def left_behind(tx: Transaction) -> list[str]:
    """The rooms that were replaced by one to which the bot has not followed yet."""
    return [row["room_id"] for row in tx.rows(_LEFT_BEHIND, problem=Problem.REPLACED)]


def _successor(tx: Transaction, room_id: str) -> str | None:
    found: str | None = tx.value("SELECT new_room FROM room_succession WHERE old_room = :room", room=room_id)
    return found


_LEFT_BEHIND = (
    "SELECT room_id FROM room WHERE problems = :problem AND direct_with IS NULL AND NOT was_private AND NOT called"
    " AND room_id NOT IN (SELECT old_room FROM room_succession) ORDER BY room_id"
)
