"""Events of a verification as they travel: by to-device messages, or in the room that both are in.

Both ways carry the same contents; to-device messages name their transaction by `transaction_id`, those of a room by a
reference to the request's event (spec, "Key verification framework"). What is malformed is no event of one.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from doctocbot.matrix.events import Event
from doctocbot.matrix.outgoing import MESSAGE

PREFIX = "m.key.verification."
_LONGEST_NAME = 255  # as long as an event id may be


@dataclass(frozen=True, slots=True)
class Heard:
    """One event of a verification; `kind` is its type without the prefix, `room_id` None for a to-device message.

    `sent_at` is in ms since 1970: of a room's event the server's word, of a to-device request its sender's, else 0.
    """

    sender: str
    name: str
    kind: str
    content: Mapping[str, Any]
    room_id: str | None
    sent_at: int


def heard_to_device(raw: Mapping[str, Any]) -> Iterator[Heard]:
    """The events of verifications among the to-device messages of a raw /sync."""
    section = raw.get("to_device")
    events = section.get("events") if isinstance(section, Mapping) else None
    for event in events if isinstance(events, list) else []:
        if not isinstance(event, Mapping) or not _can_be_written(event):
            continue
        type_, sender, content = event.get("type"), event.get("sender"), event.get("content")
        if (
            isinstance(type_, str)
            and type_.startswith(PREFIX)
            and isinstance(sender, str)
            and isinstance(content, Mapping)
            and _is_name(content.get("transaction_id"))
        ):
            sent_at = content.get("timestamp")
            yield Heard(
                sender,
                content["transaction_id"],
                type_.removeprefix(PREFIX),
                content,
                None,
                sent_at if isinstance(sent_at, int) else 0,
            )


def heard_in_room(event: Event, bot: str) -> Heard | None:
    """What an event of a room is in a verification of the bot; None for anything else.

    Element's web client sends these in the clear, also in encrypted rooms (seen with matrix-js-sdk 43). That is safe:
    the protocol is made for a line on which somebody listens and forges. What the bot answers is encrypted.
    """
    if event.replaces:
        return None
    if event.type == MESSAGE and event.msgtype == f"{PREFIX}request":
        kind, name = "request", event.event_id
        if event.content.get("to") != bot:
            return None
    elif event.type.startswith(PREFIX) and event.relation_type == "m.reference":
        kind, name = event.type.removeprefix(PREFIX), event.related_id or ""
    else:
        return None
    if not _is_name(name):
        return None
    return Heard(event.sender, name, kind, event.content, event.room_id, event.sent_at)


def to_send(name: str, content: Mapping[str, Any], *, in_room: bool) -> dict[str, Any]:
    """A content with what names its transaction."""
    if in_room:
        return {**content, "m.relates_to": {"rel_type": "m.reference", "event_id": name}}
    return {**content, "transaction_id": name}


def _can_be_written(event: Mapping[str, Any]) -> bool:
    """Whether it holds no halves of characters, which JSON lets through and no database takes."""
    try:
        json.dumps(event, ensure_ascii=False).encode()
    except (ValueError, RecursionError):
        return False
    return True


def _is_name(value: Any) -> bool:
    return isinstance(value, str) and 0 < len(value) <= _LONGEST_NAME
