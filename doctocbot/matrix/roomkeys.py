"""Who gets the key to what the bot says in a room: the members' signed devices, and nobody who should no longer.

nio marks a key as shared even where sending it failed, never tries a device again that had no keys left, and stops
for ever when a claim fails. So whom a key was given to is kept here, and compared with whom it is for before each
message.
"""

import asyncio
from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import Any
from uuid import uuid4

from nio.crypto import OlmDevice, OutboundGroupSession  # type: ignore[import-untyped]
from nio.rooms import MatrixRoom  # type: ignore[import-untyped]

from doctocbot.matrix.connection import Connection, path
from doctocbot.matrix.cryptostore import CryptoStore
from doctocbot.matrix.devicekeys import DeviceKeys
from doctocbot.matrix.olm import CarefulOlm
from doctocbot.matrix.trust import TrustPolicy

_DEVICES_PER_REQUEST = 25
_MEGOLM = "m.megolm.v1.aes-sha2"

_UNVERIFIED = "This device has not been verified by its owner."
_HELD = "Your encryption identity has changed. Please ask a moderator of the room to trust the new one."

_Recipient = tuple[str, str, str]  # user, device, its Curve25519 key


class RoomKeys:
    """Hands out the outbound Megolm session of each room; `lock` makes concurrent senders take turns."""

    def __init__(
        self,
        connection: Connection,
        olm: CarefulOlm,
        store: CryptoStore,
        devices: DeviceKeys,
        policy: TrustPolicy,
    ) -> None:
        self._connection = connection
        self._olm = olm
        self._store = store
        self._devices = devices
        self._policy = policy
        self._locks: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)
        self._holders: dict[str, set[_Recipient]] = {}
        self._refused: dict[str, set[_Recipient]] = {}

    def lock(self, room_id: str) -> asyncio.Lock:
        """Held from `ready` until the message is encrypted, lest the session be replaced in between."""
        return self._locks[room_id]

    async def ready(self, room: MatrixRoom) -> None:
        """Make sure that exactly those devices hold the current session of the room which should.

        Raises what `Connection.request` raises; then nothing may be sent, and calling again goes on where it stopped.
        """
        readers = {_recipient(device): device for device in self._readers(room)}
        session = self._olm.outbound_group_sessions.get(room.room_id)
        if session is None or session.expired or self._held_by(session) - readers.keys():
            session = self._new_session(room.room_id)
        missing = [device for key, device in readers.items() if key not in self._held_by(session)]
        if missing:
            await self._devices.claim(device for device in missing if self._olm_session(device) is None)
            reachable = [device for device in missing if self._olm_session(device) is not None]
            for start in range(0, len(reachable), _DEVICES_PER_REQUEST):
                await self._give(room.room_id, session, reachable[start : start + _DEVICES_PER_REQUEST])
        await self._explain(room, session)
        session.shared = True

    def _new_session(self, room_id: str) -> OutboundGroupSession:
        old = self._olm.outbound_group_sessions.get(room_id)
        if old is not None:
            self._holders.pop(old.id, None)
            self._refused.pop(old.id, None)
        self._olm.create_outbound_group_session(room_id)
        return self._olm.outbound_group_sessions[room_id]

    def _held_by(self, session: OutboundGroupSession) -> set[_Recipient]:
        return self._holders.setdefault(session.id, set())

    def _readers(self, room: MatrixRoom) -> Iterator[OlmDevice]:
        """The devices that may read: verified ones, with the relaxed policy also those set to ignored."""
        for device in self._devices_in(room):
            if device.verified or (self._policy.encrypt_to_unsigned and device.ignored):
                yield device

    def _devices_in(self, room: MatrixRoom) -> Iterator[OlmDevice]:
        for user_id in _members(room):
            for device in self._olm.device_store.active_user_devices(user_id):
                if (device.user_id, device.id) != (self._olm.user_id, self._olm.device_id):
                    yield device

    def _olm_session(self, device: OlmDevice) -> Any:
        return self._olm.session_store.get(device.curve25519)

    async def _give(self, room_id: str, session: OutboundGroupSession, devices: list[OlmDevice]) -> None:
        content = {
            "algorithm": _MEGOLM,
            "room_id": room_id,
            "session_id": session.id,
            "session_key": session.session_key,
        }
        messages: dict[str, dict[str, Any]] = {}
        with self._store.transaction():  # the ratchets are on disk before anything encrypted by them leaves
            for device in devices:
                encrypted = self._olm._olm_encrypt(self._olm_session(device), device, "m.room_key", content)
                messages.setdefault(device.user_id, {})[device.id] = encrypted
        await self._to_device("m.room.encrypted", messages)
        self._held_by(session).update(_recipient(device) for device in devices)

    async def _explain(self, room: MatrixRoom, session: OutboundGroupSession) -> None:
        """Tell devices that get no key why, once per session: their owners see the reason instead of a padlock.

        Source: spec, "m.room_key.withheld".
        """
        told = self._refused.setdefault(session.id, set())
        untold = [
            device
            for device in self._devices_in(room)
            if device.blacklisted and _recipient(device) not in told
        ]
        for start in range(0, len(untold), _DEVICES_PER_REQUEST):
            part = untold[start : start + _DEVICES_PER_REQUEST]
            messages: dict[str, dict[str, Any]] = {}
            for device in part:
                messages.setdefault(device.user_id, {})[device.id] = self._withheld(room, session, device)
            await self._to_device("m.room_key.withheld", messages)
            told.update(_recipient(device) for device in part)

    def _withheld(self, room: MatrixRoom, session: OutboundGroupSession, device: OlmDevice) -> dict[str, str]:
        held = device.user_id in self._devices.held
        return {
            "algorithm": _MEGOLM,
            "room_id": room.room_id,
            "session_id": session.id,
            "sender_key": self._olm.account.identity_keys["curve25519"],
            "code": "m.blacklisted" if held else "m.unverified",
            "reason": _HELD if held else _UNVERIFIED,
        }

    async def _to_device(self, type_: str, messages: dict[str, dict[str, Any]]) -> None:
        await self._connection.request(
            "PUT", path("sendToDevice", type_, uuid4().hex), {"messages": messages}
        )


def _members(room: MatrixRoom) -> Iterable[str]:
    """Who may read what is said now: those who joined, and those invited where history lets them (spec, "Room
    history visibility")."""
    if room.history_visibility == "joined":
        return [user_id for user_id, user in room.users.items() if not user.invited]
    return list(room.users)


def _recipient(device: OlmDevice) -> _Recipient:
    return device.user_id, device.id, device.curve25519
