"""What the bot needs of a homeserver, in one interface: the place where a fake may stand in tests of logic."""

from collections.abc import Mapping
from typing import Any, Protocol

from doctocbot.matrix.roomstate import RoomState


class Gateway(Protocol):
    """Sends, fetches and looks up; every method raises a MatrixError when the server says no.

    A transaction id makes a repeated call the same message (spec, "Transaction identifiers").
    """

    async def send(self, room_id: str, type_: str, content: Mapping[str, Any], transaction_id: str) -> str:
        """Send an event, encrypted (reactions excepted, which cannot be); returns its id."""
        ...

    async def redact(self, room_id: str, event_id: str, transaction_id: str) -> str:
        """Redact an event, without a reason, since reasons are public; returns the redaction's id."""
        ...

    async def upload(self, data: bytes) -> dict[str, Any]:
        """Encrypt and upload bytes; returns the EncryptedFile for an event's content."""
        ...

    async def download(self, content: Mapping[str, Any]) -> bytes:
        """Fetch and decrypt what a file's event content points at."""
        ...

    def room(self, room_id: str) -> RoomState | None:
        """The present state of a room the bot has joined."""
        ...
