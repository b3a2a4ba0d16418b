"""The server-side backup of room keys: what the bot can read, it can read again after its machine is lost.

Keys go there on arrival, before the server is told that they have arrived, encrypted to a key that only the vault and
the recovery key hold (spec, "Server-side key backups", m.megolm_backup.v1.curve25519-aes-sha2).
"""

import asyncio
import hmac
import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import structlog
import vodozemac
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from nio.crypto import InboundGroupSession  # type: ignore[import-untyped]

from doctocbot.matrix.connection import Connection, path
from doctocbot.matrix.cryptostore import CryptoStore
from doctocbot.matrix.errors import MatrixError, NotFound, RateLimited, TokenRevoked, Unreachable
from doctocbot.matrix.olm import HOSTILE_INPUT, CarefulOlm
from doctocbot.matrix.signing import decode_base64, encode_base64
from doctocbot.matrix.vault import Vault

_log = structlog.get_logger(__name__)

Signature = Callable[[Mapping[str, Any]], Mapping[str, Any]]
"""Adds the signature of the account's identity to a JSON object."""

VAULT_NAME = "key-backup"
_ALGORITHM = "m.megolm_backup.v1.curve25519-aes-sha2"
_MEGOLM = "m.megolm.v1.aes-sha2"
_PROOF = "org.doctocbot.proof"
_AT_ONCE = 100  # keys in one request, and taken in between two turns of the event loop
_PATIENCE = 300.0  # seconds; a year of keys is a long answer


class KeyBackup:
    """Keeps every room key on the server; `upload` and `fetch` do nothing until `open` found or made the backup.

    Anybody who knows the public half could put keys there, the server first of all. So each key carries a proof made
    with the private half, and a key without one is not taken in: it could speak in a colleague's name.
    """

    def __init__(self, connection: Connection, machine: CarefulOlm, store: CryptoStore) -> None:
        self._connection = connection
        self._machine = machine
        self._store = store
        self._private = b""
        self._version: str | None = None

    @property
    def is_open(self) -> bool:
        """Whether room keys go to the server; not where the account has a backup of somebody else's making."""
        return self._version is not None

    async def open(self, vault: Vault, sign: Signature) -> None:
        """Find our backup on the server or make one; raises what `Connection.request` raises.

        A backup under another key is left alone, since it may be all that somebody has; then `is_open` stays False.
        """
        private = await vault.get(VAULT_NAME)
        if private is None:
            private = vodozemac.Curve25519SecretKey().to_bytes()
            await vault.put(VAULT_NAME, private)
        self._private = private
        ours = self._decryption().public_key.to_base64()
        shown = await self._shown()
        if shown is None:
            shown = await self._make(ours, sign)
        elif (shown.get("auth_data") or {}).get("public_key") != ours:
            _log.warning("the account has a key backup that is not the bot's")
            self._version = None
            return
        self._version = str(shown["version"])
        self._store.note_backup(self._version)

    async def is_foreign(self, vault: Vault) -> bool:
        """Whether the account has a backup that is not ours; changes nothing. Raises what `request` raises."""
        private, shown = await vault.get(VAULT_NAME), await self._shown()
        if shown is None:
            return False
        public = private and vodozemac.Curve25519SecretKey.from_bytes(private).public_key().to_base64()
        return (shown.get("auth_data") or {}).get("public_key") != public

    async def upload(self) -> None:
        """Put there what is not yet there; raises where trying again may help, so that no arrival is acknowledged."""
        while self._version is not None and (waiting := self._store.not_backed_up(_AT_ONCE)):
            sessions = [found for each in waiting if (found := self._held(*each)) is not None]
            try:
                await self._put(self._version, sessions)
            except (Unreachable, RateLimited, TokenRevoked):
                raise
            except MatrixError as error:
                # Somebody took the backup away or made another: that must not stop the bot from hearing.
                _log.error("room keys cannot be backed up", code=error.code)
                self._version = None
                return
            self._store.backed_up([session_id for _, _, session_id in waiting])

    async def fetch(self) -> int:
        """Take in what the server keeps and we lack; returns how many room keys that were."""
        if self._version is None:
            return 0
        answer = await self._connection.request(
            "GET", path("room_keys", "keys"), params={"version": self._version}, timeout=_PATIENCE
        )
        taken, batch = 0, []
        for room_id, session_id, data in _entries(answer):
            session = self._opened(room_id, session_id, data)
            if session is not None and self._is_news(session):
                batch.append(session)
            if len(batch) == _AT_ONCE:
                taken += self._take_in(batch)
                batch = []
                await asyncio.sleep(0)
        return taken + self._take_in(batch)

    # -- the server's side

    async def _shown(self) -> Mapping[str, Any] | None:
        try:
            return await self._connection.request("GET", path("room_keys", "version"))
        except NotFound:
            return None

    async def _make(self, public: str, sign: Signature) -> Mapping[str, Any]:
        """A new backup, signed by the device and by the identity so that other clients of the account accept it."""
        bare: dict[str, Any] = {"public_key": public}
        name = f"ed25519:{self._machine.device_id}"
        signed = {**bare, "signatures": {self._machine.user_id: {name: self._machine.sign_json(bare)}}}
        body = {"algorithm": _ALGORITHM, "auth_data": sign(signed)}
        answer = await self._connection.request("POST", path("room_keys", "version"), body)
        if not isinstance(answer.get("version"), str):
            raise Unreachable("NO_MATRIX_ANSWER", 200)
        return answer

    async def _put(self, version: str, sessions: list[InboundGroupSession]) -> None:
        rooms: dict[str, dict[str, Any]] = {}
        for session in sessions:
            entry = rooms.setdefault(session.room_id, {"sessions": {}})
            entry["sessions"][session.id] = self._sealed(session)
        target = path("room_keys", "keys")
        await self._connection.request("PUT", target, {"rooms": rooms}, params={"version": version})

    # -- one key

    def _sealed(self, session: InboundGroupSession) -> dict[str, Any]:
        exported = session.export_session(session.first_known_index)
        plain = {
            "algorithm": _MEGOLM,
            "forwarding_curve25519_key_chain": list(session.forwarding_chain),
            "sender_key": session.sender_key,
            "sender_claimed_keys": {"ed25519": session.ed25519},
            "session_key": exported,
            _PROOF: self._proof(session, exported),
        }
        encryption = vodozemac.PkEncryption.from_key(self._decryption().public_key)
        message = encryption.encrypt(json.dumps(plain).encode())
        return {
            "first_message_index": session.first_known_index,
            "forwarded_count": len(session.forwarding_chain),
            "is_verified": False,
            "session_data": {
                "ephemeral": encode_base64(message.ephemeral_key),
                "ciphertext": encode_base64(message.ciphertext),
                "mac": encode_base64(message.mac),
            },
        }

    def _opened(self, room_id: str, session_id: str, data: Any) -> InboundGroupSession | None:
        """The key of one entry, or None for one that is not of our making."""
        try:
            parts = data["session_data"]
            message = vodozemac.Message(
                *(decode_base64(parts[part]) for part in ("ciphertext", "mac", "ephemeral"))
            )
            plain = json.loads(self._decryption().decrypt(message))
            session = InboundGroupSession.import_session(
                plain["session_key"],
                plain["sender_claimed_keys"]["ed25519"],
                plain["sender_key"],
                room_id,
                list(plain["forwarding_curve25519_key_chain"]),
            )
            proof = self._proof(session, plain["session_key"])
            genuine = session.id == session_id and hmac.compare_digest(proof, plain[_PROOF])
        except HOSTILE_INPUT as error:
            _log.warning("a room key of the backup is unreadable", error=type(error).__name__)
            return None
        if not genuine:
            _log.warning("a room key of the backup is not ours")
            return None
        return session

    def _proof(self, session: InboundGroupSession, exported: str) -> str:
        key = HKDF(SHA256(), 32, salt=None, info=b"doctocbot key backup proof").derive(self._private)
        said = [session.room_id, session.id, session.sender_key, session.ed25519, exported]
        return hmac.digest(key, json.dumps([*said, session.forwarding_chain]).encode(), "sha256").hex()

    def _decryption(self) -> Any:
        return vodozemac.PkDecryption.from_key(vodozemac.Curve25519SecretKey.from_bytes(self._private))

    # -- our side

    def _held(self, room_id: str, sender_key: str, session_id: str) -> InboundGroupSession | None:
        return self._machine.inbound_group_store.get(room_id, sender_key, session_id)

    def _is_news(self, session: InboundGroupSession) -> bool:
        held = self._held(session.room_id, session.sender_key, session.id)
        return held is None or session.first_known_index < held.first_known_index

    def _take_in(self, sessions: list[InboundGroupSession]) -> int:
        with self._store.transaction():
            for session in sessions:
                self._machine.inbound_group_store.add(session)
                self._store.save_inbound_group_session(session)
        self._store.backed_up([session.id for session in sessions])
        return len(sessions)


def _entries(answer: Mapping[str, Any]) -> Iterator[tuple[str, str, Any]]:
    rooms = answer.get("rooms")
    for room_id, room in (rooms if isinstance(rooms, dict) else {}).items():
        sessions = room.get("sessions") if isinstance(room, dict) else None
        for session_id, data in (sessions if isinstance(sessions, dict) else {}).items():
            yield room_id, session_id, data
