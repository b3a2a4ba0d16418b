"""nio's Olm machine without the corners in which it stops, forgets keys or repeats itself.

No network here: what the server sent goes in, what should be sent comes out.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import structlog
from cachetools import LRUCache
from nio.crypto import InboundGroupSession, Olm, OlmDevice  # type: ignore[import-untyped]
from nio.crypto.memorystores import SessionStore  # type: ignore[import-untyped]
from nio.event_builders import ToDeviceMessage  # type: ignore[import-untyped]
from nio.events import MegolmEvent  # type: ignore[import-untyped]

from doctocbot.matrix.cryptostore import CryptoStore

_log = structlog.get_logger(__name__)

# What nio, vodozemac and json raise on input that some stranger's client wrote: vodozemac's errors are ValueErrors,
# and JSON that is nested thousands deep ends in a RecursionError.
HOSTILE_INPUT = (
    ValueError, KeyError, TypeError, AttributeError, IndexError, AssertionError, StopIteration, RecursionError,
)  # fmt: skip

_MEGOLM = "m.megolm.v1.aes-sha2"
_USER_ID = re.compile(r"@[^:\s]*:\S+")


class Undecryptable(Exception):
    """There is no key for this event yet, or it is not what it claims to be."""


@dataclass(frozen=True, slots=True)
class DecryptedEvent:
    """What was inside an encrypted event.

    `verified` is True only if a device of the sender, signed by its owner, made the room key and handed it to us
    itself; `sender_device` is that device, or None where no known device of the sender fits. `index` counts the
    messages of a session: whoever keeps it beside the session sees when one is served again as another event.
    """

    type: str
    content: Mapping[str, Any]
    verified: bool
    sender_device: str | None
    session_id: str
    index: int


class CarefulOlm(Olm):  # type: ignore[misc]
    """nio's machine, told apart from it in what it does with counts, failures and other people's mistakes."""

    # One entry per message, for spotting the same ciphertext served twice; nio's 100,000 take 14 MB and more.
    _message_index_store_size = 20_000

    def __init__(self, user_id: str, device_id: str, store: CryptoStore) -> None:
        super().__init__(user_id, device_id, store)
        self.fallback_key_wanted = not self.account.shared
        self._reported_missing: LRUCache[str, bool] = LRUCache(1_000)

    # -- our own keys

    @property
    def should_upload_keys(self) -> bool:
        """Whether the server lacks any of our keys."""
        return self.fallback_key_wanted or bool(super().should_upload_keys)

    def note_key_counts(self, sync: Mapping[str, Any]) -> None:
        """Take over what a raw /sync says of the keys that the server still has of ours.

        A count that is missing from a map that is there means none, and none is exactly when to upload; nio takes
        both for no news. A server that sends no map at all said nothing.
        """
        counts = sync.get("device_one_time_keys_count")
        if isinstance(counts, Mapping):
            count = counts.get("signed_curve25519", 0)
            self.uploaded_key_count = count if isinstance(count, int) else 0
        fallback = sync.get("device_unused_fallback_key_types")
        if isinstance(fallback, list):
            self.fallback_key_wanted = "signed_curve25519" not in fallback

    def share_keys(self) -> dict[str, Any]:
        """The body for /keys/upload; saved first, so that a crash before the answer uploads the same keys again."""
        account = self.account
        waiting = len(account.one_time_keys["curve25519"])
        if self.uploaded_key_count is not None or not account.shared:
            missing = account.max_one_time_keys - (self.uploaded_key_count or 0) - waiting
            account.generate_one_time_keys(max(0, missing))
        if self.fallback_key_wanted and not account._account.fallback_key:
            account._account.generate_fallback_key()
        self.save_account()
        body: dict[str, Any] = {
            "one_time_keys": {
                f"signed_curve25519:{key_id}": self._signed({"key": key})
                for key_id, key in account.one_time_keys["curve25519"].items()
            }
        }
        if self.fallback_key_wanted:
            body["fallback_keys"] = {
                f"signed_curve25519:{key_id}": self._signed({"key": key.to_base64(), "fallback": True})
                for key_id, key in account._account.fallback_key.items()
            }
        if not account.shared:
            body["device_keys"] = self.own_device_keys()
        return body

    def keys_uploaded(self, counts: Mapping[str, Any]) -> None:
        """The server has them; `counts` is `one_time_key_counts` of its answer."""
        count = counts.get("signed_curve25519")
        self.uploaded_key_count = count if isinstance(count, int) else 0
        self.fallback_key_wanted = False
        self.account.shared = True
        self.forget_pending_keys()

    def forget_pending_keys(self) -> None:
        """Never offer the keys of the last upload again, the server has them or others of the same name."""
        self.mark_keys_as_published()
        self.save_account()

    def own_device_keys(self) -> dict[str, Any]:
        """The identity keys of this device as the server publishes them, signed by the device."""
        return self._signed(
            {
                "algorithms": self._algorithms,
                "device_id": self.device_id,
                "user_id": self.user_id,
                "keys": {
                    f"{kind}:{self.device_id}": self.account.identity_keys[kind]
                    for kind in ("curve25519", "ed25519")
                },
            }
        )

    def _signed(self, value: dict[str, Any]) -> dict[str, Any]:
        return {**value, "signatures": {self.user_id: {f"ed25519:{self.device_id}": self.sign_json(value)}}}

    # -- what others send to this device

    def handle_to_device_event(self, event: Any) -> Any:
        """As nio, but one malformed message of one stranger does not stop all that came with it."""
        try:
            return super().handle_to_device_event(event)
        except HOSTILE_INPUT as error:
            _log.warning("to_device_message_unreadable", error=type(error).__name__)
            sender, sender_key = getattr(event, "sender", None), getattr(event, "sender_key", None)
            if isinstance(sender, str) and isinstance(sender_key, str):
                self._mark_device_for_unwedging(sender, sender_key)
            return None

    def create_group_session(
        self, sender_key: str, sender_fp_key: str, room_id: str, session_id: str, session_key: str
    ) -> None:
        """Take a room key in, unless we hold it from further back: a key sent again reads less than the first."""
        held = self.inbound_group_store.get(room_id, sender_key, session_id)
        if held is not None:
            offered = InboundGroupSession(session_key, sender_fp_key, sender_key, room_id)
            if held.first_known_index <= offered.first_known_index:
                return
        super().create_group_session(sender_key, sender_fp_key, room_id, session_id, session_key)

    def drop_sessions(self) -> list[OlmDevice]:
        """Forget every Olm session, and return the devices of others that had one."""
        peers = [
            device
            for user in self.device_store.users
            for device in self.device_store.active_user_devices(user)
            if self.session_store.get(device.curve25519) is not None
        ]
        self.store.delete_sessions()
        self.session_store: SessionStore = SessionStore()
        return [device for device in peers if (device.user_id, device.id) != (self.user_id, self.device_id)]

    def greet(self, devices: list[OlmDevice]) -> None:
        """Queue an empty message in the newest session with each device: a session counts once it was heard in."""
        for device in devices:
            session = self.session_store.get(device.curve25519)
            if session is None:
                continue
            content = self._olm_encrypt(session, device, "m.dummy", {})
            self.outgoing_to_device_messages.append(
                ToDeviceMessage("m.room.encrypted", device.user_id, device.id, content)
            )

    # -- what others say in rooms

    def open_event(self, raw: Mapping[str, Any], room_id: str) -> DecryptedEvent:
        """Decrypt one Megolm event of a room; raises Undecryptable.

        The key is looked up by session and room alone: `sender_key` and `device_id` of an event are mere claims, and
        newer clients leave them out (spec, "m.megolm.v1.aes-sha2").
        """
        try:
            return self._open(raw, room_id)
        except HOSTILE_INPUT as error:
            raise Undecryptable(type(error).__name__) from error

    def _open(self, raw: Mapping[str, Any], room_id: str) -> DecryptedEvent:
        content, sender = raw["content"], raw["sender"]
        if content["algorithm"] != _MEGOLM:
            raise Undecryptable("algorithm")
        if not _USER_ID.fullmatch(sender):  # it may become part of a question to the server
            raise Undecryptable("malformed")
        session, device = self._session_of(room_id, content["session_id"], sender)
        if session is None:
            self._note_missing(raw, room_id)
            raise Undecryptable("no key")
        plaintext, index = session.decrypt(content["ciphertext"])
        self._refuse_replay(
            (session.sender_key, session.id, index), (raw["event_id"], raw["origin_server_ts"])
        )
        payload = json.loads(plaintext)
        if payload["room_id"] != room_id:
            raise Undecryptable("other room")
        type_, inner = payload["type"], payload["content"]
        if not isinstance(type_, str) or not isinstance(inner, dict) or type_ == "m.room.encrypted":
            raise Undecryptable("payload")
        verified = self._is_verified(session, device)
        return DecryptedEvent(type_, inner, verified, device.id if device else None, session.id, index)

    def _refuse_replay(self, message: tuple[str, str, int], event: tuple[Any, Any]) -> None:
        """Raise Undecryptable if the same message came as another event before; both halves as nio keeps them."""
        if not isinstance(event[0], str) or not isinstance(event[1], int):
            raise Undecryptable("malformed")
        if self.message_index_store.setdefault(message, event) != event:
            raise Undecryptable("replay")

    def _session_of(
        self, room_id: str, session_id: str, sender: str
    ) -> tuple[InboundGroupSession | None, OlmDevice | None]:
        """The key of that name, by preference one that a device of the sender gave us, and that device."""
        found: InboundGroupSession | None = None
        for sessions in self.inbound_group_store[room_id].values():
            session = sessions.get(session_id)
            if session is None:
                continue
            found = session
            device = self._device_of(sender, session)
            if device is not None:
                return session, device
        if found is not None:
            self.users_for_key_query.add(sender)
        return found, None

    def _device_of(self, sender: str, session: InboundGroupSession) -> OlmDevice | None:
        """The device of that person that made the session; its two keys must both fit, and nobody forwarded it."""
        if sender == self.user_id and session.sender_key == self.account.identity_keys["curve25519"]:
            return OlmDevice(self.user_id, self.device_id, dict(self.account.identity_keys))
        if session.forwarding_chain:
            return None
        for device in list(self.device_store[sender].values()):
            if device.curve25519 == session.sender_key and device.ed25519 == session.ed25519:
                return device
        return None

    def _is_verified(self, session: InboundGroupSession, device: OlmDevice | None) -> bool:
        if device is None or session.forwarding_chain:
            return False
        own = device.user_id == self.user_id and device.id == self.device_id
        return own or bool(device.verified)

    def _note_missing(self, raw: Mapping[str, Any], room_id: str) -> None:
        """Let nio find out, once per key, whether a broken Olm session is why we lack it."""
        session_id = str(raw["content"]["session_id"])
        if session_id in self._reported_missing:
            return
        self._reported_missing[session_id] = True
        self.users_for_key_query.add(raw["sender"])
        event = MegolmEvent.from_dict(dict(raw))
        if isinstance(event, MegolmEvent):
            event.room_id = room_id
            self.check_if_wedged(event)
