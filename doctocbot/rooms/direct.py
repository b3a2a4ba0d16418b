"""Direct chats: encrypted rooms with exactly the bot and one person, where nobody else sees what is shown."""

from collections.abc import Callable

from doctocbot.matrix import RoomState
from doctocbot.rooms.admittance import takes_part
from doctocbot.store import Transaction


def only_other(room: RoomState, bot: str) -> str | None:
    """The one person who is in the room beside the bot; None when there is nobody or anybody else, invited or in."""
    people = room.members | room.invited
    if bot not in room.members or len(people) != 2 or room.invited:
        return None
    return next(iter(people - {bot}))


def partner(tx: Transaction, room_id: str) -> str | None:
    """The person whose direct chat a room is now, or None for any other room."""
    found: str | None = tx.value("SELECT direct_with FROM room WHERE room_id = :room", room=room_id)
    return found


def note_answer(tx: Transaction, room_id: str, *, called: bool) -> None:
    """Note before an invitation is accepted whether the bot comes to a direct chat and to nothing else."""
    tx.execute(
        "UPDATE direct_invitation SET called = :called WHERE room_id = :room", room=room_id, called=called
    )


def arrive(tx: Transaction, room_id: str) -> bool:
    """Keep with a room how the bot has come in; returns whether it was invited as to a direct chat."""
    called = tx.value("SELECT called FROM direct_invitation WHERE room_id = :room", room=room_id)
    if called is None:
        return False
    tx.execute("UPDATE room SET called = :called WHERE room_id = :room", room=room_id, called=called)
    forget_invitation(tx, room_id)
    return True


def was_called(tx: Transaction, room_id: str) -> bool:
    """Whether the bot is in a room only because it was called to a direct chat: it serves nothing else there."""
    return bool(tx.value("SELECT called FROM room WHERE room_id = :room", room=room_id))


def chat_of(tx: Transaction, user: str, preferred: str) -> str | None:
    """The direct chat that somebody has with the bot now: the preferred one, else that where they spoke last."""
    found: str | None = tx.value(_CHAT_OF, user=user, preferred=preferred)
    return found


_CHAT_OF = (
    "SELECT room_id FROM room WHERE direct_with = :user AND served AND NOT leaving ORDER BY room_id = :preferred DESC,"
    " (SELECT max(seq) FROM inbox WHERE inbox.room_id = room.room_id AND sender = :user) DESC LIMIT 1"
)


def forget_invitation(tx: Transaction, room_id: str) -> None:
    """Forget how the bot was invited to a room: it has been looked at, or will never be."""
    tx.execute("DELETE FROM direct_invitation WHERE room_id = :room", room=room_id)


def begin(tx: Transaction, room_id: str, user: str) -> None:
    """Note that a room is somebody's direct chat."""
    tx.execute("UPDATE room SET direct_with = :user WHERE room_id = :room", user=user, room=room_id)


def note_opened(tx: Transaction, user: str, room_id: str, now: int) -> None:
    """Note that the bot has opened a direct chat for somebody: one is enough, also where they decline it."""
    tx.execute(
        "INSERT INTO opened_chat (user_id, room_id, opened_at) VALUES (:user, :room, :now) ON CONFLICT DO NOTHING",
        user=user,
        room=room_id,
        now=now,
    )


def forget_opened(tx: Transaction, before: int) -> list[str]:
    """Forget the chats that were opened before a time (ms); returns those to which nobody has come."""
    rows = tx.rows(
        "SELECT room_id FROM opened_chat JOIN room USING (room_id) WHERE opened_at < :before AND direct_with IS NULL",
        before=before,
    )
    tx.execute("DELETE FROM opened_chat WHERE opened_at < :before", before=before)
    return [row["room_id"] for row in rows]


def note_private(tx: Transaction, room_id: str) -> None:
    """Note that something private is being shown in a direct chat: it will never be a room for others."""
    tx.execute("UPDATE room SET was_private = 1 WHERE room_id = :room", room=room_id)


def was_private(tx: Transaction, room_id: str) -> bool:
    """Whether something private was ever shown in a room, or said to the bot there in the belief that it is."""
    return bool(tx.value(_WAS_PRIVATE, room=room_id))


_WAS_PRIVATE = (
    "SELECT was_private OR EXISTS (SELECT 1 FROM inbox WHERE inbox.room_id = room.room_id AND sender = direct_with"
    " AND (state = 'waiting' OR verdict != 'ignored' OR (state = 'ready' AND json_extract(event, '$.encrypted'))))"
    " FROM room WHERE room_id = :room"
)


def end(tx: Transaction, room_id: str) -> None:
    """Note that a room is no direct chat any more."""
    tx.execute("UPDATE room SET direct_with = NULL WHERE room_id = :room", room=room_id)


def shared_rooms(tx: Transaction, user: str, room: Callable[[str], RoomState | None]) -> list[RoomState]:
    """The rooms that the bot serves and in which somebody takes part now, in a steady order.

    Direct chats are left out, and the moderators' own rooms, where there are no cases.
    """
    states = (room(row["room_id"]) for row in tx.rows(_FOR_CASES))
    return [state for state in states if state is not None and takes_part(tx, state, user)]


_FOR_CASES = (
    "SELECT room_id FROM room WHERE served AND direct_with IS NULL"
    " AND NOT EXISTS (SELECT 1 FROM moderators_room WHERE home_id = room.room_id) ORDER BY room_id"
)
