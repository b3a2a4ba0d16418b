"""What Element's engine makes of a room: its events as they stand, after decryption, edits and redactions."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

Content = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class SeenEvent:
    """An event as Element's engine holds it now: after decryption, edits and redactions.

    `content` is what was sent, `shown` what Element shows after edits. `failure` says why it could not be decrypted.
    `shield` is NONE, GREY or RED for what was decrypted and None for what came in the clear.
    """

    event_id: str
    sender: str
    type: str
    wire_type: str
    state_key: str | None
    content: Content
    shown: Content
    relation: Content
    redacted: bool
    failure: str | None
    shield: str | None
    shield_reason: str | None

    @property
    def encrypted(self) -> bool:
        """Whether it travelled encrypted."""
        return self.wire_type == "m.room.encrypted"

    @property
    def body(self) -> str:
        """The words that Element shows, empty when there are none."""
        return str(self.shown.get("body", ""))

    @classmethod
    def from_engine(cls, answer: Mapping[str, Any]) -> "SeenEvent":
        """Read one item of the engine's `events` answer."""
        return cls(
            event_id=answer["id"],
            sender=answer["sender"],
            type=answer["type"],
            wire_type=answer["wireType"],
            state_key=answer["stateKey"],
            content=answer["content"],
            shown=answer["shown"],
            relation=answer["relation"] or {},
            redacted=answer["redacted"],
            failure=answer["decryptionFailure"],
            shield=answer["shieldColour"],
            shield_reason=answer["shieldReason"],
        )


@dataclass(frozen=True, slots=True)
class SeenRoom:
    """A room that the engine knows; `membership` is "join", "invite" or "leave"."""

    room_id: str
    membership: str
    encrypted: bool
