"""What is set for one room: whether it is served, and the language the bot speaks there."""

from doctocbot.chat.wording import LANGUAGES, Wording, wording
from doctocbot.rooms.admission import Problem
from doctocbot.store import Transaction


def language(tx: Transaction, room_id: str, default: str) -> str:
    """The language of a room, or the one of the configuration where the room has none of its own."""
    own: str | None = tx.value("SELECT language FROM room WHERE room_id = :room", room=room_id)
    return own or default


def wording_of(tx: Transaction, room_id: str, default: str) -> Wording:
    """The wording in which the bot speaks in a room."""
    return wording(language(tx, room_id, default))


def set_language(tx: Transaction, room_id: str, chosen: str) -> None:
    """Have the bot speak another language in a room; raises ValueError for one it does not speak."""
    if chosen not in LANGUAGES:
        raise ValueError(chosen)
    tx.execute("UPDATE room SET language = :language WHERE room_id = :room", language=chosen, room=room_id)


def is_served(tx: Transaction, room_id: str) -> bool:
    """Whether the bot serves a room now."""
    return bool(tx.value("SELECT served FROM room WHERE room_id = :room", room=room_id))


def note_problems(tx: Transaction, room_id: str, found: list[Problem]) -> tuple[bool, bool]:
    """Keep what was found of a room; returns whether it was served before and whether it is served now."""
    before = is_served(tx, room_id)
    tx.execute(
        "INSERT INTO room (room_id, served, problems) VALUES (:room, :served, :problems)"
        " ON CONFLICT (room_id) DO UPDATE SET served = excluded.served, problems = excluded.problems",
        room=room_id,
        served=not found,
        problems=" ".join(found),
    )
    return before, not found


def known_problems(tx: Transaction, room_id: str) -> str | None:
    """The problems that were found last, or None for a room that has never been looked at."""
    found: str | None = tx.value("SELECT problems FROM room WHERE room_id = :room", room=room_id)
    return found


def leave_soon(tx: Transaction, room_id: str) -> None:
    """Note that the bot leaves a room as soon as it has said what it has to say there."""
    tx.execute("UPDATE room SET leaving = 1 WHERE room_id = :room", room=room_id)


def to_be_left(tx: Transaction) -> list[str]:
    """The rooms that the bot is about to leave."""
    return [row["room_id"] for row in tx.rows("SELECT room_id FROM room WHERE leaving ORDER BY room_id")]


def forget(tx: Transaction, room_id: str) -> None:
    """Forget a room that the bot is in no more: when it comes again, it looks at it as at a new one."""
    tx.execute("DELETE FROM room WHERE room_id = :room", room=room_id)


def serve_no_more(tx: Transaction, room_id: str) -> None:
    """Stop serving a room for a reason that is none of its own state's."""
    tx.execute("UPDATE room SET served = 0 WHERE room_id = :room", room=room_id)
