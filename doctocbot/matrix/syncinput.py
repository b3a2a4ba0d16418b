"""The part of a raw /sync that nio needs to see, and no more: what it never parses can neither break nor leak."""

from collections.abc import Iterator, Mapping
from typing import Any

import structlog
from nio.events import Event, ToDeviceEvent  # type: ignore[import-untyped]
from nio.responses import (  # type: ignore[import-untyped]
    DeviceList,
    DeviceOneTimeKeyCount,
    RoomInfo,
    Rooms,
    SyncResponse,
    Timeline,
)

from doctocbot.matrix.errors import Unreachable
from doctocbot.matrix.olm import HOSTILE_INPUT

_log = structlog.get_logger(__name__)

# Who is in a room, whether it is encrypted and who may read on is all that encrypting asks for.
_STATE_TYPES = frozenset({"m.room.member", "m.room.encryption", "m.room.history_visibility"})

# Keys and requests for keys. Interactive verification is left out: a bot has nobody to compare emoji with.
_TO_DEVICE_TYPES = frozenset({"m.room.encrypted", "m.room_key_request"})


def read_sync(raw: Mapping[str, Any]) -> SyncResponse:
    """nio's view of a raw sync; single malformed events are left out. Unreachable if it is no sync at all."""
    next_batch = raw.get("next_batch")
    if not isinstance(next_batch, str):
        raise Unreachable("NO_MATRIX_ANSWER", 200)
    joined = _mapping(_mapping(raw.get("rooms")).get("join"))
    changes = _mapping(raw.get("device_lists"))
    return SyncResponse(
        next_batch,
        Rooms({}, {room_id: _room(_mapping(room)) for room_id, room in joined.items()}, {}),
        DeviceOneTimeKeyCount(None, None),
        DeviceList(_texts(changes.get("changed")), _texts(changes.get("left"))),
        list(_to_device(raw)),
        [],
        [],
    )


def rooms_left(raw: Mapping[str, Any]) -> Iterator[str]:
    """The rooms that a raw sync says we are no longer in."""
    yield from _mapping(_mapping(raw.get("rooms")).get("leave"))


def _room(room: Mapping[str, Any]) -> RoomInfo:
    timeline = _mapping(room.get("timeline"))
    before = list(_state(_mapping(room.get("state"))))
    since = list(_state(timeline))
    return RoomInfo(Timeline(since, False, None), before, [], [])  # noqa: FBT003  nio's order


def _state(section: Mapping[str, Any]) -> Iterator[Any]:
    events = section.get("events")
    for raw in events if isinstance(events, list) else []:
        if not isinstance(raw, Mapping) or "state_key" not in raw or raw.get("type") not in _STATE_TYPES:
            continue
        if not str(raw["state_key"]).isprintable():
            continue  # such a member makes the room unsafe (see `RoomState.nameless`): nobody there gets a key
        # Without `unsigned`: nio takes a redacted member event for none, but the person is still in or out.
        event = {**raw, "unsigned": {}}
        event.pop("prev_content", None)
        if raw["type"] == "m.room.member":
            event["content"] = {"membership": _mapping(raw.get("content")).get("membership")}
        parsed = _parsed(Event.parse_event, event)
        if parsed is not None:
            yield parsed


def _to_device(raw: Mapping[str, Any]) -> Iterator[Any]:
    events = _mapping(raw.get("to_device")).get("events")
    for event in events if isinstance(events, list) else []:
        if isinstance(event, Mapping) and event.get("type") in _TO_DEVICE_TYPES:
            parsed = _parsed(ToDeviceEvent.parse_event, event)
            if parsed is not None:
                yield parsed


def _parsed(parse: Any, event: Mapping[str, Any]) -> Any:
    try:
        return parse(event)
    except HOSTILE_INPUT as error:
        _log.warning("sync_event_malformed", error=type(error).__name__)
        return None


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _texts(value: Any) -> list[str]:
    return [item for item in value if isinstance(item, str)] if isinstance(value, list) else []
