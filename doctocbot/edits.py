"""Edits: the message as it would be if it had been typed right at once."""

from typing import Any

from doctocbot.matrix import Event
from doctocbot.store import Row, Transaction


def original(tx: Transaction, edit: Event) -> Row | None:
    """The inbox row of the message that an event edits, if it is the same person's in the same room."""
    return tx.row(
        "SELECT * FROM inbox WHERE event_id = :id AND room_id = :room AND sender = :sender",
        id=edit.replaces,
        room=edit.room_id,
        sender=edit.sender,
    )


def judge_again(tx: Transaction, event_id: str, verdict: str) -> None:
    """Keep what a message is taken for after its edit."""
    tx.execute("UPDATE inbox SET verdict = :verdict WHERE event_id = :id", verdict=verdict, id=event_id)


def as_if_typed(edit: Event, original: Row) -> Event:
    """The message as it would be if it had been sent in its edited form: at its own place, under its own id."""
    relation: dict[str, Any] = {}
    if original["thread_root"]:
        relation = {"rel_type": "m.thread", "event_id": original["thread_root"], "is_falling_back": True}
    if original["replies_to"]:
        relation |= {"m.in_reply_to": {"event_id": original["replies_to"]}, "is_falling_back": False}
    content = {**edit.message, "m.relates_to": relation}
    return Event(
        event_id=original["event_id"],
        room_id=edit.room_id,
        sender=edit.sender,
        type=edit.type,
        sent_at=edit.sent_at,
        content=content,
        encrypted=edit.encrypted,
        verified=edit.verified,
    )
