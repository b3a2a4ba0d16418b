"""What in a sync answer's state is older than what is known: it must let nobody in who has been put out since."""

from collections.abc import Iterator, Mapping
from typing import Any

from cachetools import LRUCache

_Place = tuple[str, str]  # type and state key

_REMEMBERED = 20_000
"""How many replaced events: the server lists old ones within moments of their replacement."""


class StateHistory:
    """Remembers which state events stood, and which of them were replaced, since the process began.

    The state block of an answer is how the room stood before the first event of the timeline, as that event's own
    server saw it: when somebody speaks at the moment at which another is kicked, Synapse lists the old joining once
    more, after the kick (seen with Synapse; MSC4222 is to end it).
    """

    def __init__(self) -> None:
        self._standing: dict[str, dict[_Place, str]] = {}
        self._replaced: LRUCache[str, bool] = LRUCache(_REMEMBERED)

    def present(self, answer: Mapping[str, Any]) -> dict[str, Any]:
        """A raw sync answer without the state that has been replaced since; what is malformed is left as it is."""
        rooms = _mapping(answer.get("rooms"))
        for room_id in _mapping(rooms.get("leave")):
            self._standing.pop(room_id, None)
        joined = {room_id: self._room(room_id, room) for room_id, room in _mapping(rooms.get("join")).items()}
        return {**answer, "rooms": {**rooms, "join": joined}} if joined else dict(answer)

    def _room(self, room_id: str, room: Any) -> Any:
        before = _mapping(_mapping(room).get("state"))
        kept = [event for event in _events(before) if not self._is_stale(room_id, event)]
        for event in (*kept, *_events(_mapping(_mapping(room).get("timeline")))):
            self._apply(room_id, event)
        return {**room, "state": {**before, "events": kept}} if before else room

    def _is_stale(self, room_id: str, event: Any) -> bool:
        place, event_id = _place_of(event), _mapping(event).get("event_id")
        if place is None or not isinstance(event_id, str):
            return False
        standing = self._standing.get(room_id, {}).get(place)
        return standing is not None and standing != event_id and event_id in self._replaced

    def _apply(self, room_id: str, event: Any) -> None:
        place, event_id = _place_of(event), _mapping(event).get("event_id")
        if place is None or not isinstance(event_id, str):
            return
        standing = self._standing.setdefault(room_id, {})
        # The server names the one before, which may have come in a gap that was never read.
        for old in (standing.get(place), _mapping(event.get("unsigned")).get("replaces_state")):
            if isinstance(old, str) and old != event_id:
                self._replaced[old] = True
        standing[place] = event_id


def _events(section: Mapping[str, Any]) -> Iterator[Any]:
    events = section.get("events")
    yield from events if isinstance(events, list) else []


def _place_of(event: Any) -> _Place | None:
    type_, key = _mapping(event).get("type"), _mapping(event).get("state_key")
    return (type_, key) if isinstance(type_, str) and isinstance(key, str) else None


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}
