"""Somebody in a room: a whole second client, as real as the bot's, for the demo and the tests to drive."""

from collections.abc import Iterable, Mapping
from typing import Any
from uuid import uuid4

from doctocbot.demo.listener import PATIENCE, Listener, MemoryVault
from doctocbot.matrix import media
from doctocbot.matrix.connection import path
from doctocbot.matrix.errors import Forbidden, NotFound

__all__ = ["MemoryVault", "Person"]

_LARGEST_MEDIA = 100 * 1024 * 1024
_POLL_RESPONSE = "org.matrix.msc3381.poll.response"


class Person(Listener):
    """A clinician, moderator or student at their phone; `login` (see `Listener`) makes one for a block."""

    # -- rooms

    async def create_room(
        self,
        name: str | None = None,
        encrypted: bool = True,
        invite: Iterable[str] = (),
        join_rule: str | Mapping[str, Any] = "invite",
        history_visibility: str = "shared",
        room_version: str | None = None,
        power_levels: Mapping[str, Any] | None = None,
        *,
        direct: bool = False,
    ) -> str:
        """Make a room, closed and encrypted unless told otherwise, and return its id once it is in view."""
        rule = {"join_rule": join_rule} if isinstance(join_rule, str) else dict(join_rule)
        state = [
            ("m.room.join_rules", rule),
            ("m.room.history_visibility", {"history_visibility": history_visibility}),
        ]
        if encrypted:
            state.append(("m.room.encryption", {"algorithm": "m.megolm.v1.aes-sha2"}))
        body: dict[str, Any] = {
            "preset": "private_chat",
            "is_direct": direct,
            "invite": list(invite),
            "initial_state": [
                {"type": type_, "state_key": "", "content": content} for type_, content in state
            ],
        }
        optional = {"name": name, "room_version": room_version, "power_level_content_override": power_levels}
        body |= {key: value for key, value in optional.items() if value is not None}
        room_id = str((await self.client.request("POST", path("createRoom"), body))["room_id"])
        await self._in_view(room_id, encrypted=encrypted)
        return room_id

    async def invite(self, room: str, user_id: str) -> None:
        """Invite somebody."""
        await self.client.request("POST", path("rooms", room, "invite"), {"user_id": user_id})

    async def join(self, room: str, timeout: float = PATIENCE) -> None:  # noqa: ASYNC109
        """Join, waiting for the invitation where one is needed, and return once the room is in view."""
        try:
            await self.client.request("POST", path("join", room))
        except (Forbidden, NotFound):
            await self._until(lambda: room in self.invited_to, timeout, "an invitation")
            await self.client.request("POST", path("join", room))
        await self._in_view(room, timeout)

    async def called(self, timeout: float = PATIENCE) -> str:  # noqa: ASYNC109
        """Wait to be invited to a room by anybody, and return the first that one has not joined."""
        await self._until(lambda: bool(self._open_invitations()), timeout, "an invitation")
        return self._open_invitations()[0]

    def _open_invitations(self) -> list[str]:
        return sorted(self.invited_to - self.client.rooms.keys())

    async def leave(self, room: str) -> None:
        """Leave, or decline."""
        await self.client.request("POST", path("rooms", room, "leave"))

    async def kick(self, room: str, user_id: str) -> None:
        """Put somebody out."""
        await self.client.request("POST", path("rooms", room, "kick"), {"user_id": user_id})

    async def get_state(self, room: str, type_: str, key: str = "") -> dict[str, Any]:
        """The content of a state event as the server has it."""
        return await self.client.request("GET", _state_path(room, type_, key))

    async def set_state(self, room: str, type_: str, content: Mapping[str, Any], key: str = "") -> str:
        """Set a state event and return its id."""
        return str((await self.client.request("PUT", _state_path(room, type_, key), content))["event_id"])

    async def set_power_level(self, room: str, user_id: str, level: int) -> str:
        """Give somebody a power level."""
        levels = await self.get_state(room, "m.room.power_levels")
        levels.setdefault("users", {})[user_id] = level
        return await self.set_state(room, "m.room.power_levels", levels)

    # -- saying and doing

    async def say(
        self,
        room: str,
        text: str,
        thread: str | None = None,
        reply_to: str | None = None,
        formatted: str | None = None,
    ) -> str:
        """Write a message, in a thread or as a reply if need be, and return its event id."""
        return await self._send(room, "m.room.message", _text(text, formatted) | _relation(thread, reply_to))

    async def edit(self, room: str, event_id: str, text: str, formatted: str | None = None) -> str:
        """Replace the words of an own message."""
        content = _text(f"* {text}", None) | {
            "m.new_content": _text(text, formatted),
            "m.relates_to": {"rel_type": "m.replace", "event_id": event_id},
        }
        return await self._send(room, "m.room.message", content)

    async def send_image(
        self,
        room: str,
        data: bytes,
        filename: str = "IMG_2041.jpg",
        caption: str | None = None,
        mimetype: str = "image/jpeg",
        thread: str | None = None,
        reply_to: str | None = None,
        extra_info: Mapping[str, Any] | None = None,
        msgtype: str = "m.image",
        thumbnail: bytes | None = None,
    ) -> str:
        """Send a picture as phones do, encrypted if the room is; `msgtype` may be `m.file` or `m.sticker` too."""
        info: dict[str, Any] = {"mimetype": mimetype, "size": len(data), **(extra_info or {})}
        if thumbnail is not None:
            info["thumbnail_file"] = await media.upload_encrypted(self.client, thumbnail)
            info["thumbnail_info"] = {"mimetype": mimetype, "size": len(thumbnail)}
        content: dict[str, Any] = {"body": caption or filename, "filename": filename, "info": info}
        content |= await self._attach(room, data) | _relation(thread, reply_to)
        if msgtype == "m.sticker":
            return await self._send(room, "m.sticker", content)
        return await self._send(room, "m.room.message", {"msgtype": msgtype, **content})

    async def react(self, room: str, event_id: str, key: str) -> str:
        """Put a reaction on an event; it travels in the clear."""
        relation = {"rel_type": "m.annotation", "event_id": event_id, "key": key}
        return await self.client.send_plain_event(
            room, "m.reaction", {"m.relates_to": relation}, _transaction()
        )

    async def redact(self, room: str, event_id: str) -> str:
        """Remove an event."""
        return await self.client.redact(room, event_id, _transaction())

    async def vote(self, room: str, poll_event_id: str, answer_id: str) -> str:
        """Choose one answer of a poll."""
        return await self._send(
            room,
            _POLL_RESPONSE,
            {
                "m.relates_to": {"rel_type": "m.reference", "event_id": poll_event_id},
                _POLL_RESPONSE: {"answers": [answer_id]},
            },
        )

    async def send_raw(
        self, room: str, type_: str, content: Mapping[str, Any], encrypted: bool = True
    ) -> str:
        """Send anything; not `encrypted` is how a careless or hostile client writes into any room."""
        if encrypted:
            return await self.client.send_encrypted(room, type_, content, _transaction())
        target = path("rooms", room, "send", type_, _transaction())
        return str((await self.client.request("PUT", target, content))["event_id"])

    async def fetch_media(self, content: Mapping[str, Any]) -> bytes:
        """The bytes of the file that a message's content points at."""
        return await media.download(self.client, content.get("file") or str(content["url"]), _LARGEST_MEDIA)

    # -- inside

    async def _send(self, room: str, type_: str, content: Mapping[str, Any]) -> str:
        return await self.send_raw(room, type_, content, encrypted=self._is_encrypted(room))

    async def _attach(self, room: str, data: bytes) -> dict[str, Any]:
        if self._is_encrypted(room):
            return {"file": await media.upload_encrypted(self.client, data)}
        answer = await self.client.connection.upload("/_matrix/media/v3/upload", data, PATIENCE)
        return {"url": answer["content_uri"]}

    def _is_encrypted(self, room: str) -> bool:
        return bool(self.client.rooms[room].encrypted)


def _transaction() -> str:
    return uuid4().hex


def _state_path(room: str, type_: str, key: str) -> str:
    return path("rooms", room, "state", type_) + "/" if not key else path("rooms", room, "state", type_, key)


def _text(text: str, formatted: str | None) -> dict[str, Any]:
    content = {"msgtype": "m.text", "body": text}
    return (
        content
        if formatted is None
        else content | {"format": "org.matrix.custom.html", "formatted_body": formatted}
    )


def _relation(thread: str | None, reply_to: str | None) -> dict[str, Any]:
    """A place in the conversation (spec, "Threading" and "Rich replies")."""
    if thread is None and reply_to is None:
        return {}
    relation: dict[str, Any] = {"m.in_reply_to": {"event_id": reply_to or thread}}
    if thread is not None:
        relation |= {"rel_type": "m.thread", "event_id": thread, "is_falling_back": reply_to is None}
    return {"m.relates_to": relation}
