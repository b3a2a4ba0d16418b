"""Direct chats: encrypted rooms with exactly the bot and one person, where nobody else sees what is shown."""

from collections.abc import Callable

from doctocbot.matrix import RoomState
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


def was_called_direct(tx: Transaction, room_id: str) -> bool:
    """Whether the bot was invited to the room as to a direct chat."""
    return tx.value("SELECT 1 FROM direct_invitation WHERE room_id = :room", room=room_id) is not None


def forget_invitation(tx: Transaction, room_id: str) -> None:
    """Forget how the bot was invited to a room: it has been looked at, or will never be."""
    tx.execute("DELETE FROM direct_invitation WHERE room_id = :room", room=room_id)


def begin(tx: Transaction, room_id: str, user: str) -> None:
    """Note that a room is somebody's direct chat."""
    tx.execute("UPDATE room SET direct_with = :user WHERE room_id = :room", user=user, room=room_id)


def note_private(tx: Transaction, room_id: str) -> None:
    """Note that something private is being shown in a direct chat: it will never be a room for others."""
    tx.execute("UPDATE room SET was_private = 1 WHERE room_id = :room", room=room_id)


def was_private(tx: Transaction, room_id: str) -> bool:
    """Whether something private was ever shown in a room."""
    return bool(tx.value("SELECT was_private FROM room WHERE room_id = :room", room=room_id))


def end(tx: Transaction, room_id: str) -> None:
    """Note that a room is no direct chat any more, and drop what waited to be said there."""
    tx.execute("UPDATE room SET direct_with = NULL WHERE room_id = :room", room=room_id)
    tx.execute(
        "UPDATE outbox SET state = 'dropped', spec = NULL, error = 'no direct chat any more'"
        " WHERE room_id = :room AND state = 'queued' AND key NOT LIKE 'redact:%'",
        room=room_id,
    )


def shared_rooms(tx: Transaction, user: str, room: Callable[[str], RoomState | None]) -> list[RoomState]:
    """The rooms that the bot serves and in which somebody is joined now, direct chats left out, in a steady order."""
    served = tx.rows("SELECT room_id FROM room WHERE served AND direct_with IS NULL ORDER BY room_id")
    states = (room(row["room_id"]) for row in served)
    return [state for state in states if state is not None and state.is_member(user)]
