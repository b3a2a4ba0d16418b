"""The gateway to a real homeserver, through the encrypted client."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from doctocbot.matrix.client import EncryptedClient
from doctocbot.matrix.directory import RoomDirectory
from doctocbot.matrix.errors import ClearTextRefused, DamagedMedia, Unreachable
from doctocbot.matrix.media import download, upload_encrypted
from doctocbot.matrix.outgoing import REACTION
from doctocbot.matrix.roomstate import MADE_FOR, RoomState

LARGEST_FILE = 40 * 1024 * 1024
"""Bytes that are read of a file at the most; what is larger is refused, whatever its event says."""


class HomeserverGateway:
    """Sends, fetches and looks up on the bot's own account."""

    def __init__(self, client: EncryptedClient, directory: RoomDirectory) -> None:
        self._client = client
        self._directory = directory

    async def send(self, room_id: str, type_: str, content: Mapping[str, Any], transaction_id: str) -> str:
        """Send an event. Nothing but reactions ever leaves in clear text, whatever the library believes."""
        if type_ == REACTION:
            return await self._client.send_plain_event(room_id, type_, content, transaction_id)
        room = self._directory.room(room_id)
        if room is None or not room.encrypted:
            raise ClearTextRefused
        return await self._client.send_encrypted(room_id, type_, content, transaction_id)

    async def redact(self, room_id: str, event_id: str, transaction_id: str) -> str:
        """Redact an event."""
        return await self._client.redact(room_id, event_id, transaction_id)

    async def upload(self, data: bytes) -> dict[str, Any]:
        """Encrypt and upload bytes."""
        return await upload_encrypted(self._client, data)

    async def download(self, content: Mapping[str, Any]) -> bytes:
        """Fetch what a file's content points at; raises DamagedMedia when it points at nothing."""
        source = content.get("file") or content.get("url")
        if not isinstance(source, Mapping | str):
            raise DamagedMedia("no file")
        return await download(self._client, source, LARGEST_FILE)

    async def join(self, room_id: str, via: str | None = None) -> None:
        """Accept an invitation, or join a room that lets us in; `via` is a server that knows it."""
        asked = f"/_matrix/client/v3/join/{quote(room_id, safe='')}"
        await self._client.request("POST", asked, {}, {"via": via} if via else None)

    async def leave(self, room_id: str, reason: str | None = None) -> None:
        """Leave a room or decline an invitation; the reason is public, so only ever a sentence of the catalogue."""
        body = {"reason": reason} if reason else {}
        await self._client.request("POST", f"/_matrix/client/v3/rooms/{quote(room_id, safe='')}/leave", body)

    async def open_chat(self, user_id: str) -> str:
        """Open an encrypted direct chat with somebody, in which only the bot may invite; returns the room's id.

        For whom it was made stands in its creation event, which nobody can change (`RoomState.made_for`).
        """
        answer = await self._client.request("POST", "/_matrix/client/v3/createRoom", _chat_with(user_id))
        room_id = answer.get("room_id")
        if not isinstance(room_id, str):
            raise Unreachable("NO_MATRIX_ANSWER", 200)
        return room_id

    def room(self, room_id: str) -> RoomState | None:
        """The present state of a joined room."""
        return self._directory.room(room_id)


def _chat_with(user_id: str) -> dict[str, Any]:
    """What a direct chat is made of: encrypted from the start, closed, the bot alone with power (spec, createRoom)."""
    return {
        "preset": "private_chat",
        "is_direct": True,
        "invite": [user_id],
        "creation_content": {MADE_FOR: user_id},
        "initial_state": [
            {"type": "m.room.encryption", "state_key": "", "content": {"algorithm": "m.megolm.v1.aes-sha2"}},
            {"type": "m.room.guest_access", "state_key": "", "content": {"guest_access": "forbidden"}},
        ],
        "power_level_content_override": {"invite": 100, "state_default": 100, "redact": 50},
    }
