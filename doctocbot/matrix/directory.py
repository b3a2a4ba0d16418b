"""The rooms the bot is in, as the server last described them."""

from collections.abc import Iterable, Mapping
from typing import Any

from doctocbot.matrix.roomstate import RoomState


class RoomDirectory:
    """Holds the present state of every joined room, built from sync answers; empty until the first full one."""

    def __init__(self, user_id: str) -> None:
        self._user_id = user_id
        self._rooms: dict[str, RoomState] = {}

    def room(self, room_id: str) -> RoomState | None:
        """The state of a joined room, or None."""
        return self._rooms.get(room_id)

    @property
    def joined(self) -> list[str]:
        """The ids of all joined rooms."""
        return list(self._rooms)

    def update(self, rooms: Mapping[str, Any]) -> "Changes":
        """Take in the `rooms` part of a sync answer; says which rooms are new, changed or gone."""
        new, changed = set(), set()
        for room_id, joined in _objects(rooms.get("join")):
            events = [*_state_events(joined)]
            before = self._rooms.get(room_id)
            if before is None:
                new.add(room_id)
            if events or before is None:
                self._rooms[room_id] = (before or RoomState(room_id)).apply(events)
                changed.add(room_id)
        # Also a room that was left while we were down, of which there is no state in memory.
        gone = {room_id for room_id, _ in _objects(rooms.get("leave"))}
        for room_id in gone:
            self._rooms.pop(room_id, None)
        return Changes(new, changed, gone)


class Changes:
    """What a sync answer changed in the rooms."""

    def __init__(self, new: set[str], changed: set[str], gone: set[str]) -> None:
        self.new = new
        self.changed = changed
        self.gone = gone


def _objects(value: Any) -> Iterable[tuple[str, Mapping[str, Any]]]:
    if not isinstance(value, Mapping):
        return []
    return [(key, entry) for key, entry in value.items() if isinstance(entry, Mapping)]


def _state_events(joined: Mapping[str, Any]) -> Iterable[Mapping[str, Any]]:
    """The state block, then the state events of the timeline: the order in which they took effect."""
    for name in ("state", "timeline"):
        part = joined.get(name)
        events = part.get("events") if isinstance(part, Mapping) else None
        for event in events if isinstance(events, list) else []:
            if isinstance(event, Mapping) and "state_key" in event:
                yield event
