"""Rooms as a homeserver describes them, for tests that need a room and no homeserver."""

from collections.abc import Iterable, Mapping
from typing import Any

from doctocbot.matrix import RoomState

Content = Mapping[str, Any]


def state_event(type_: str, content: Content, key: str = "", sender: str | None = None) -> dict[str, Any]:
    """A raw state event."""
    return {"type": type_, "state_key": key, "content": content, "sender": sender or "@modo:clinic.example"}


def member(user_id: str, membership: str = "join", name: str | None = None) -> dict[str, Any]:
    """Somebody's coming or going."""
    content = {"membership": membership} | ({"displayname": name} if name is not None else {})
    return state_event("m.room.member", content, user_id, user_id)


def closed_room(
    room_id: str = "!cabinet:clinic.example",
    *,
    creator: str = "@modo:clinic.example",
    members: Iterable[str] = (),
    levels: Mapping[str, int] | None = None,
    version: str = "10",
    without: Iterable[str] = (),
    more: Iterable[Mapping[str, Any]] = (),
) -> RoomState:
    """A room as Element makes private ones: encrypted, by invitation, members' history.

    `without` names state types that have not been seen; `more` is applied last.
    """
    power = {"users": {creator: 100, **(levels or {})}, "redact": 50}
    if int(version) >= 12:
        power["users"] = dict(levels or {})
    events = [
        state_event("m.room.create", {"room_version": version}, sender=creator),
        member(creator),
        state_event("m.room.power_levels", power),
        state_event("m.room.join_rules", {"join_rule": "invite"}),
        state_event("m.room.history_visibility", {"history_visibility": "shared"}),
        state_event("m.room.guest_access", {"guest_access": "can_join"}),
        state_event("m.room.encryption", {"algorithm": "m.megolm.v1.aes-sha2"}),
        *(member(user_id) for user_id in members),
    ]
    left_out = set(without)
    return RoomState(room_id).apply([event for event in events if event["type"] not in left_out]).apply(more)
