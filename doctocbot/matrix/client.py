"""nio's client without its traps: it never retries in silence, never writes clear text, never trusts on its own.

nio decrypts and keeps the rooms; every request goes through `request` and every failure is raised as one of our
errors. The members that talk to the server by nio's own means are closed off.
"""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any
from uuid import uuid4

import structlog
from nio import AsyncClient, AsyncClientConfig  # type: ignore[import-untyped]
from nio.crypto import OlmDevice  # type: ignore[import-untyped]
from nio.responses import (  # type: ignore[import-untyped]
    JoinedMembersResponse,
    RoomMember,
    ToDeviceResponse,
)
from nio.rooms import MatrixRoom  # type: ignore[import-untyped]

from doctocbot.matrix.connection import DEFAULT_TIMEOUT, Connection, path
from doctocbot.matrix.cryptostore import CryptoStore, StoreKeys
from doctocbot.matrix.devicekeys import DeviceKeys
from doctocbot.matrix.errors import ClearTextRefused, Unreachable
from doctocbot.matrix.keybackup import KeyBackup
from doctocbot.matrix.olm import CarefulOlm, DecryptedEvent, Undecryptable
from doctocbot.matrix.roomkeys import RoomKeys
from doctocbot.matrix.syncinput import read_sync, rooms_left
from doctocbot.matrix.trust import IdentityBook, TrustPolicy

__all__ = ["DecryptedEvent", "EncryptedClient"]

_log = structlog.get_logger(__name__)

_CLEAR_TYPES = frozenset({"m.reaction"})


class EncryptedClient(AsyncClient):  # type: ignore[misc]
    """One device of the bot; the owner feeds it raw syncs and calls `close` at the end.

    `store_key` is a long random secret from which the keys of the crypto store are derived. Opening the store reads
    a file and may raise WrongStoreKey.
    """

    def __init__(
        self,
        homeserver: str,
        user_id: str,
        device_id: str,
        access_token: str,
        *,
        store_directory: Path,
        store_key: str,
        policy: TrustPolicy | None = None,
        identities: IdentityBook | None = None,
        proxy: str | None = None,
    ) -> None:
        config = AsyncClientConfig(max_limit_exceeded=0, max_timeouts=0, encryption_enabled=True)
        super().__init__(homeserver, user_id, device_id, config=config, proxy=proxy)
        self.user_id = user_id
        self.access_token = access_token
        self.connection = Connection(homeserver, access_token, proxy)
        policy = policy or TrustPolicy()
        self.crypto_store = CryptoStore(user_id, device_id, store_directory, StoreKeys.derive(store_key))
        self.store = self.crypto_store
        with self.crypto_store.transaction():
            self.machine = CarefulOlm(user_id, device_id, self.crypto_store)
        self.olm = self.machine
        self.encrypted_rooms = self.crypto_store.load_encrypted_rooms()
        self.keys = DeviceKeys(self.connection, self.machine, self.crypto_store, policy, identities)
        self.key_backup = KeyBackup(self.connection, self.machine, self.crypto_store)
        self.room_keys = RoomKeys(self.connection, self.machine, self.crypto_store, self.keys, policy)

    # -- the line to the server

    async def request(
        self,
        method: str,
        path: str,
        json: Any = None,
        params: Mapping[str, str] | None = None,
        timeout: float = DEFAULT_TIMEOUT,  # noqa: ASYNC109
    ) -> dict[str, Any]:
        """Ask the server; see `Connection.request`."""
        return await self.connection.request(method, path, json, params, timeout)

    async def _send(self, *_args: Any, **_kwargs: Any) -> Any:
        raise NotImplementedError("nio's own requests are not used: see EncryptedClient.request")

    send = _send

    async def close(self) -> None:
        """Close the sockets and the crypto store."""
        await self.connection.close()
        self.crypto_store.close()

    # -- what comes in

    async def process_sync(self, raw: Mapping[str, Any]) -> None:
        """Take over room keys, state, members, device lists and key counts from a raw /sync.

        Messages are not decrypted here: pass each to `decrypt`. All or nothing is stored, and a sync that has been
        processed before (the owner crashed before its own commit) does no harm.
        """
        response = read_sync(raw)
        self.next_batch = ""  # nio would pass over a sync with the token of the last one
        with self.crypto_store.transaction():
            # There is no callback, so nothing in here waits and no other task gets into the transaction.
            await self.receive_response(response)
            self.machine.note_key_counts(raw)
        for room_id in rooms_left(raw):
            self.rooms.pop(room_id, None)

    def decrypt(self, raw: Mapping[str, Any], room_id: str) -> DecryptedEvent | None:
        """What is inside an encrypted event of a timeline, a back-paged chunk or a queue; None if it does not open.

        Never raises, and may be called for the same event as often as one likes.
        """
        try:
            return self.machine.open_event(raw, room_id)
        except Undecryptable as error:
            _log.debug("undecryptable", why=str(error))
            return None

    # -- keys

    async def housekeeping(self) -> None:
        """Do what the last sync asked for: upload and query keys, mend broken sessions, send what is waiting.

        Room keys that came with it are in the backup before the next question tells the server that they arrived.
        """
        await self.keys_upload()
        await self.keys_query()
        await self.keys.mend()
        for _ in self.machine.collect_key_requests():
            _log.info("key_request_from_unsigned_device")
        await self.send_to_device_messages()
        await self.key_backup.upload()

    async def keys_upload(self) -> None:
        """Give the server the keys of ours that it lacks; see `DeviceKeys.upload`."""
        await self.keys.upload()

    async def keys_query(self) -> None:
        """Learn and judge the devices of everybody whose keys have changed; see `DeviceKeys.query`."""
        await self.keys.query()

    async def send_to_device_messages(self) -> None:
        """Send what nio has queued for single devices; what fails stays queued."""
        for message in list(self.machine.outgoing_to_device_messages):
            target = path("sendToDevice", message.type, uuid4().hex)
            await self.request("PUT", target, message.as_dict())
            self.machine.handle_response(ToDeviceResponse(message))

    def look_again(self, user_id: str) -> None:
        """Have somebody's devices judged anew, for instance after their new identity was accepted."""
        self.machine.add_changed_users({user_id})

    def device(self, user_id: str, device_id: str) -> OlmDevice | None:
        """A device as it is known here, or None."""
        device: OlmDevice | None = self.machine.device_store[user_id].get(device_id)
        return device

    def device_counts(self, user_id: str) -> tuple[int, int] | None:
        """How many devices of somebody their owner has signed, and how many not; None before any is known.

        May be called from another thread: it only looks at what is in memory.
        """
        devices = [each for each in [*self.machine.device_store[user_id].values()] if not each.deleted]
        signed = sum(each.verified for each in devices)
        return (signed, len(devices) - signed) if devices else None

    # -- what goes out

    async def send_encrypted(
        self, room_id: str, event_type: str, content: Mapping[str, Any], transaction_id: str
    ) -> str:
        """Encrypt for the signed devices of the room's members, send, and return the event id.

        The same transaction id sent again is the same message to the server. Raises ClearTextRefused for a room
        that is not known to be encrypted, otherwise what `request` raises. `m.relates_to` travels in the clear.
        """
        room = self.rooms.get(room_id)
        if room is None or not room.encrypted:
            raise ClearTextRefused
        async with self.room_keys.lock(room_id):
            if not room.members_synced:
                await self._sync_members(room)
            await self.keys.query(for_users=list(room.users))
            await self.room_keys.ready(room)
            wire_type, wire_content = self.encrypt(room_id, event_type, dict(content))
        return await self._put(room_id, wire_type, wire_content, transaction_id)

    async def send_plain_event(
        self, room_id: str, event_type: str, content: Mapping[str, Any], transaction_id: str
    ) -> str:
        """Send one of the few types that travel in the clear even in encrypted rooms; the server can read it."""
        if event_type not in _CLEAR_TYPES:
            raise ClearTextRefused
        return await self._put(room_id, event_type, content, transaction_id)

    async def redact(self, room_id: str, event_id: str, transaction_id: str) -> str:
        """Redact an event; there is no reason to give, since everybody could read it."""
        answer = await self.request("PUT", path("rooms", room_id, "redact", event_id, transaction_id), {})
        return _event_id(answer)

    async def _put(
        self, room_id: str, event_type: str, content: Mapping[str, Any], transaction_id: str
    ) -> str:
        answer = await self.request(
            "PUT", path("rooms", room_id, "send", event_type, transaction_id), content
        )
        return _event_id(answer)

    async def _sync_members(self, room: MatrixRoom) -> None:
        """Learn who is in a room and who is invited: those may be meant to read as well (see `roomkeys`)."""
        answer = await self.request(
            "GET", path("rooms", room.room_id, "members"), params={"not_membership": "leave"}
        )
        chunk = answer.get("chunk")
        if not isinstance(chunk, list):
            raise Unreachable("NO_MATRIX_ANSWER", 200)
        joined = [RoomMember(user_id, None, None) for user_id in _with_membership(chunk, "join")]
        await self.receive_response(JoinedMembersResponse(joined, room.room_id))
        for user_id in _with_membership(chunk, "invite"):
            room.add_member(user_id, None, None, invited=True)


def _with_membership(chunk: Sequence[Any], membership: str) -> Iterator[str]:
    for event in chunk:
        content = event.get("content") if isinstance(event, Mapping) else None
        if isinstance(content, Mapping) and content.get("membership") == membership:
            user_id = str(event.get("state_key"))
            if user_id.isprintable():  # as `read_sync` has it
                yield user_id


def _event_id(answer: Mapping[str, Any]) -> str:
    event_id = answer.get("event_id")
    if not isinstance(event_id, str):
        raise Unreachable("NO_MATRIX_ANSWER", 200)
    return event_id
