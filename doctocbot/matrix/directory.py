"""The rooms the bot is in, as the server last described them."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from doctocbot.matrix.roomstate import RoomState


class RoomDirectory:
    """Holds the present state of every joined room, built from sync answers; empty until the first full one."""

    def __init__(self, user_id: str) -> None:
        self._user_id = user_id
        self._rooms: dict[str, RoomState] = {}
        self._moved_at: dict[tuple[str, str], int] = {}

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
            events = [*self._in_order(room_id, joined)]
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
            self._moved_at = {who: at for who, at in self._moved_at.items() if who[0] != room_id}
        return Changes(new, changed, gone)

    def _in_order(self, room_id: str, joined: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
        """The state events of an answer, without invitations of people who are known to have joined since.

        The state block is how the room stood before the timeline's first event: when somebody speaks at the moment at
        which another joins, the server may list that other as merely invited once more.
        """
        for event, before in _state_events(joined):
            if event.get("type") == "m.room.member":
                who, moved_at = (room_id, str(event.get("state_key"))), event.get("origin_server_ts")
                known = self._moved_at.get(who)
                if before and known is not None and isinstance(moved_at, int) and moved_at <= known:
                    room = self._rooms.get(room_id)
                    if room is not None and room.is_member(who[1]) and _membership(event) == "invite":
                        continue
                if isinstance(moved_at, int):
                    self._moved_at[who] = moved_at
            yield event


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


def _state_events(joined: Mapping[str, Any]) -> Iterable[tuple[Mapping[str, Any], bool]]:
    """The state block, then the state events of the timeline: the order in which they took effect.

    With each goes whether it stood before the timeline.
    """
    for name in ("state", "timeline"):
        part = joined.get(name)
        events = part.get("events") if isinstance(part, Mapping) else None
        for event in events if isinstance(events, list) else []:
            if isinstance(event, Mapping) and "state_key" in event:
                yield event, name == "state"


def _membership(event: Mapping[str, Any]) -> object:
    content = event.get("content")
    return content.get("membership") if isinstance(content, Mapping) else None
