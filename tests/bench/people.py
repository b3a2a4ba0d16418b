"""The clinicians of the recorded year: each a signed device with real Olm and Megolm sessions, by vodozemac alone."""

import json
from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import vodozemac

from doctocbot.matrix.crosssigning import CrossSigning
from doctocbot.matrix.signing import canonical_json

SERVER = "doctoc.test"
_MEGOLM = "m.megolm.v1.aes-sha2"
_OLM = "m.olm.v1.curve25519-aes-sha2"
_MESSAGES_PER_SESSION = 100  # the default of `rotation_period_msgs` (spec, "m.room.encryption")


@dataclass(frozen=True, slots=True)
class BotKeys:
    """What everybody may know of the bot's device, and one-time keys enough for one session with each clinician."""

    user_id: str
    device_id: str
    curve25519: str
    ed25519: str
    one_time_keys: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class RoomKey:
    """The key to up to a hundred messages of one person in one room, as the yardstick's machines are given it."""

    room_id: str
    sender_key: str
    fingerprint: str
    session_id: str
    session_key: str


@dataclass(slots=True)
class _Session:
    megolm: vodozemac.GroupSession
    used: int = 0


class Clinician:
    """One person with one cross-signed phone, and an Olm session with the device of the bot that they met last."""

    def __init__(self, user_id: str, device_id: str) -> None:
        self.user_id = user_id
        self.device_id = device_id
        self._account = vodozemac.Account()

    @classmethod
    def numbered(cls, number: int, bot: BotKeys) -> "Clinician":
        """One of the people of the year."""
        person = cls(f"@clinician-{number}:{SERVER}", f"PHONE{number}")
        person.meet(bot, bot.one_time_keys[number])
        return person

    def meet(self, bot: BotKeys, one_time_key: str) -> None:
        """Write for this bot from now on, under new room keys; nobody else has that one-time key of the bot's."""
        self._bot = bot
        self._olm = self._account.create_outbound_session(
            vodozemac.Curve25519PublicKey.from_base64(bot.curve25519),
            vodozemac.Curve25519PublicKey.from_base64(one_time_key),
        )
        self._sessions: dict[str, _Session] = {}

    @property
    def curve25519(self) -> str:
        """The identity key of the phone."""
        return str(self._account.curve25519_key.to_base64())

    @property
    def ed25519(self) -> str:
        """The fingerprint of the phone."""
        return str(self._account.ed25519_key.to_base64())

    def one_time_keys(self, count: int) -> dict[str, Any]:
        """New keys by which others can write to this phone first, signed, as they are uploaded."""
        self._account.generate_one_time_keys(count)
        bare = {name: {"key": key.to_base64()} for name, key in self._account.one_time_keys.items()}
        self._account.mark_keys_as_published()
        return {f"signed_curve25519:{name}": self._signed(key) for name, key in bare.items()}

    def _signed(self, bare: dict[str, Any]) -> dict[str, Any]:
        signature = self._account.sign(canonical_json(bare)).to_base64()
        return {**bare, "signatures": {self.user_id: {f"ed25519:{self.device_id}": signature}}}

    def published_keys(self) -> dict[str, Any]:
        """This person's part of an answer of /keys/query: the device signed by an identity of theirs."""
        identity = CrossSigning.generate(self.user_id)
        bare: dict[str, Any] = {
            "user_id": self.user_id,
            "device_id": self.device_id,
            "algorithms": [_OLM, _MEGOLM],
            "keys": {
                f"curve25519:{self.device_id}": self.curve25519,
                f"ed25519:{self.device_id}": self.ed25519,
            },
        }
        own = self._signed(bare)
        body = identity.upload_body()
        return {
            "device_keys": {self.user_id: {self.device_id: identity.sign_device(own)}},
            "master_keys": {self.user_id: body["master_key"]},
            "self_signing_keys": {self.user_id: body["self_signing_key"]},
        }

    def encrypt(
        self, room_id: str, content: Mapping[str, Any], relation: Mapping[str, Any] | None
    ) -> tuple[dict[str, Any], RoomKey | None]:
        """The content of the encrypted event, and the key to it when it is the first under a new one.

        As Element does, the relation travels outside the encryption only.
        """
        session = self._sessions.get(room_id)
        key = None
        if session is None or session.used == _MESSAGES_PER_SESSION:
            key = self.new_room_key(room_id)
            session = self._sessions[room_id]
        session.used += 1
        payload = {"room_id": room_id, "type": "m.room.message", "content": content}
        encrypted: dict[str, Any] = {
            "algorithm": _MEGOLM,
            "ciphertext": session.megolm.encrypt(
                json.dumps(payload, ensure_ascii=False).encode()
            ).to_base64(),
            "sender_key": self.curve25519,
            "device_id": self.device_id,
            "session_id": session.megolm.session_id,
        }
        if relation is not None:
            encrypted["m.relates_to"] = relation
        return encrypted, key

    def new_room_key(self, room_id: str) -> RoomKey:
        """The key under which the next messages in a room are written."""
        session = self._sessions[room_id] = _Session(vodozemac.GroupSession())
        return self._key(room_id, session)

    def hand_over(self, key: RoomKey) -> dict[str, Any]:
        """The to-device event in which the bot's device gets a room key (spec, "m.room_key")."""
        payload = {
            "type": "m.room_key",
            "content": {
                "algorithm": _MEGOLM,
                "room_id": key.room_id,
                "session_id": key.session_id,
                "session_key": key.session_key,
            },
            "sender": self.user_id,
            "sender_device": self.device_id,
            "keys": {"ed25519": self.ed25519},
            "recipient": self._bot.user_id,
            "recipient_keys": {"ed25519": self._bot.ed25519},
        }
        kind, body = self._olm.encrypt(json.dumps(payload).encode()).to_parts()
        content = {
            "algorithm": _OLM,
            "sender_key": self.curve25519,
            "ciphertext": {self._bot.curve25519: {"type": kind, "body": _unpadded(body)}},
        }
        return {"type": "m.room.encrypted", "sender": self.user_id, "content": content}

    def _key(self, room_id: str, session: _Session) -> RoomKey:
        megolm = session.megolm
        return RoomKey(
            room_id, self.curve25519, self.ed25519, megolm.session_id, megolm.session_key.to_base64()
        )


def _unpadded(data: bytes) -> str:
    return b64encode(data).rstrip(b"=").decode()
