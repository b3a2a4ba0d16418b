"""What one person's client shows of their rooms: events in order, decrypted as keys arrive, redactions applied."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from doctocbot.matrix.olm import DecryptedEvent

Decrypt = Callable[[Mapping[str, Any], str], DecryptedEvent | None]


@dataclass(slots=True)
class SeenEvent:
    """One event as it stands now; `type` and `content` are the inner ones once it is decrypted.

    `encrypted` says how it travelled, `verified` whether a signed device of its sender encrypted it. After a
    redaction the content is empty, here as on the server.
    """

    event_id: str
    room_id: str
    sender: str
    type: str
    content: Mapping[str, Any]
    sent_at: int
    raw: Mapping[str, Any] = field(repr=False)
    encrypted: bool = False
    decrypted: bool = False
    verified: bool = False
    redacted: bool = False

    @property
    def relation(self) -> Mapping[str, Any]:
        """Its `m.relates_to`, which may stand inside or outside the encryption."""
        inner, outer = self.content.get("m.relates_to"), self.raw.get("content", {}).get("m.relates_to")
        found = inner or outer
        return found if isinstance(found, Mapping) else {}

    @property
    def replaces(self) -> str | None:
        """The event that this one edits, or None."""
        relation = self.relation
        return relation.get("event_id") if relation.get("rel_type") == "m.replace" else None

    @property
    def thread(self) -> str | None:
        """The root of the thread it stands in, or None."""
        relation = self.relation
        return relation.get("event_id") if relation.get("rel_type") == "m.thread" else None

    @property
    def body(self) -> str:
        """The text of a message, empty for anything else."""
        return str(self.content.get("body", ""))


class SeenRooms:
    """The timelines of all rooms, in the order in which the server sent them."""

    def __init__(self, decrypt: Decrypt) -> None:
        self._decrypt = decrypt
        self._rooms: dict[str, list[SeenEvent]] = {}
        self._by_id: dict[str, SeenEvent] = {}
        self._unsure: dict[str, SeenEvent] = {}

    def timeline(self, room_id: str) -> list[SeenEvent]:
        """The events of a room, oldest first."""
        return self._rooms.setdefault(room_id, [])

    def event(self, event_id: str) -> SeenEvent | None:
        """An event seen so far, or None."""
        return self._by_id.get(event_id)

    def take_sync(self, raw: Mapping[str, Any]) -> None:
        """Add what a raw /sync brings."""
        for room_id, room in raw.get("rooms", {}).get("join", {}).items():
            for event in room.get("timeline", {}).get("events", []):
                self._take(event, room_id)

    def open_what_opens(self) -> None:
        """Try again what could not be decrypted, or not be attributed to a signed device; keys may have come."""
        for seen in list(self._unsure.values()):
            self._open(seen)
            if seen.verified or seen.redacted:
                del self._unsure[seen.event_id]

    def edits_of(self, event: SeenEvent) -> Iterator[SeenEvent]:
        """The edits of an event by its own sender that still stand, oldest first."""
        for other in self.timeline(event.room_id):
            if other.replaces == event.event_id and other.sender == event.sender and not other.redacted:
                yield other

    def latest(self, event_id: str) -> Mapping[str, Any]:
        """The content of an event as Element would show it: after its last edit."""
        event = self._by_id[event_id]
        content = event.content
        for edit in self.edits_of(event):
            content = edit.content.get("m.new_content", {})
        return content

    def _take(self, raw: Mapping[str, Any], room_id: str) -> None:
        if raw["event_id"] in self._by_id:
            return
        seen = SeenEvent(
            event_id=raw["event_id"],
            room_id=room_id,
            sender=raw["sender"],
            type=raw["type"],
            content=raw.get("content", {}),
            sent_at=raw.get("origin_server_ts", 0),
            raw=raw,
            encrypted=raw["type"] == "m.room.encrypted",
            redacted="redacted_because" in raw.get("unsigned", {}),
        )
        self._by_id[seen.event_id] = seen
        self.timeline(room_id).append(seen)
        if seen.encrypted:
            self._unsure[seen.event_id] = seen
        if seen.type == "m.room.redaction":
            self._redact(seen)

    def _open(self, seen: SeenEvent) -> None:
        found = None if seen.redacted else self._decrypt(seen.raw, seen.room_id)
        if found is not None:
            seen.type, seen.content = found.type, found.content
            seen.decrypted, seen.verified = True, found.verified

    def _redact(self, redaction: SeenEvent) -> None:
        target = redaction.content.get("redacts") or redaction.raw.get("redacts")
        seen = self._by_id.get(str(target))
        if seen is not None:
            seen.redacted = True
            seen.content = {}
            seen.raw = {**seen.raw, "content": {}}
