"""Where the bot's own keys and those it was given rest: nio's store, in an encrypted and private file.

nio would keep it world-readable, under a fixed key, and flush to disk at each of thousands of small writes.
"""

import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import peewee
import sqlcipher3
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from nio.crypto import InboundGroupSession, OlmDevice  # type: ignore[import-untyped]
from nio.store import MegolmInboundSessions, SqliteStore  # type: ignore[import-untyped]
from nio.store.database import use_database  # type: ignore[import-untyped]

FILE_NAME = "crypto.db"
_PRAGMAS = (
    ("journal_mode", "wal"),
    # Full: after a power cut a room key must not be missing that the server believes delivered. What would be slow
    # this way, thousands of small writes, happens in few transactions instead.
    ("synchronous", "full"),
    ("foreign_keys", 1),
    ("secure_delete", 1),
    ("temp_store", "memory"),
)


_BACKED_UP = (
    "CREATE TABLE IF NOT EXISTS backed_up (session_id TEXT PRIMARY KEY, version TEXT NOT NULL) WITHOUT ROWID"
)
_MISSING = (
    "SELECT room_id, sender_key, session_id FROM megolminboundsessions"
    " WHERE session_id NOT IN (SELECT session_id FROM backed_up)"
)


class WrongStoreKey(Exception):
    """The crypto store does not open with this key (or is no crypto store)."""


@dataclass(frozen=True, slots=True)
class StoreKeys:
    """Two independent keys from one secret: for the file as a whole, and for nio's pickles within it."""

    database: bytes
    pickle: str

    @classmethod
    def derive(cls, secret: str) -> "StoreKeys":
        """HKDF-SHA256 (RFC 5869); the secret must be long and random, nothing here slows a guesser down."""

        def key(purpose: bytes) -> bytes:
            return HKDF(SHA256(), 32, salt=None, info=b"doctocbot crypto store " + purpose).derive(
                secret.encode()
            )

        return cls(key(b"database"), key(b"pickle").hex())


class CipherDatabase(peewee.SqliteDatabase):  # type: ignore[misc]
    """SQLCipher under peewee; opens with the raw key, since a derived one needs no slow derivation again."""

    def __init__(self, path: str, key: bytes) -> None:
        self._key = key
        super().__init__(path, pragmas=_PRAGMAS)

    def _connect(self) -> Any:
        connection = sqlcipher3.connect(self.database, timeout=self._timeout, isolation_level=None)
        try:
            connection.execute(f"PRAGMA key = \"x'{self._key.hex()}'\"")
            self._add_conn_hooks(connection)
        except BaseException:
            connection.close()
            raise
        return connection


class CryptoStore(SqliteStore):  # type: ignore[misc]
    """nio's own tables, encrypted at rest; trust is read from memory, where nio keeps it anyway."""

    def __init__(self, user_id: str, device_id: str, directory: Path, keys: StoreKeys) -> None:
        self._database_key = keys.database
        self._backup = ""
        _prepare(directory)
        try:
            super().__init__(user_id, device_id, str(directory), keys.pickle, FILE_NAME)
        except (peewee.DatabaseError, sqlcipher3.DatabaseError, sqlite3.DatabaseError) as error:
            if "not a database" in str(error):
                raise WrongStoreKey(FILE_NAME) from error
            raise
        self.database.execute_sql(_BACKED_UP)
        # Looked up once: from then on what is saved is known to be missing in the backup.
        self._not_backed_up = set(self.database.execute_sql(_MISSING))

    def _create_database(self) -> CipherDatabase:
        return CipherDatabase(self.database_path, self._database_key)

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All that is written inside the block becomes durable at once, or not at all.

        Nothing inside may wait for the network or another task: they would write into the same transaction.
        """
        with self.database.atomic():
            yield

    def close(self) -> None:
        """Fold the write-ahead log in and let go of the file; closing twice is fine."""
        self.database.close()

    def is_device_verified(self, device: OlmDevice) -> bool:
        """nio asks for every event; its answer stands in the device itself, no need for three queries."""
        return bool(device.verified)

    def is_device_blacklisted(self, device: OlmDevice) -> bool:
        """See `is_device_verified`."""
        return bool(device.blacklisted)

    def is_device_ignored(self, device: OlmDevice) -> bool:
        """See `is_device_verified`."""
        return bool(device.ignored)

    @use_database  # type: ignore[untyped-decorator]
    def save_inbound_group_session(self, session: InboundGroupSession) -> None:
        """Keep a room key, but never let one that came from another device take the place of the first.

        The table knows sessions by their id alone, which whoever received the key may claim as well.
        """
        owner = MegolmInboundSessions.get_or_none(MegolmInboundSessions.session_id == session.id)
        if owner is None or (owner.sender_key == session.sender_key and owner.room_id == session.room_id):
            super().save_inbound_group_session(session)
            self.database.execute_sql("DELETE FROM backed_up WHERE session_id = ?", (session.id,))
            self._not_backed_up.add((session.room_id, session.sender_key, session.id))

    def delete_sessions(self) -> None:
        """Forget every Olm session."""
        self.database.execute_sql("DELETE FROM olmsessions")

    # -- which of the room keys the server's key backup has

    def note_backup(self, version: str) -> None:
        """Start anew when this is another backup than the one to which the keys have gone so far."""
        with self.transaction():
            self.database.execute_sql("DELETE FROM backed_up WHERE version != ?", (version,))
        self._backup = version
        self._not_backed_up = set(self.database.execute_sql(_MISSING))

    def not_backed_up(self, limit: int) -> list[tuple[str, str, str]]:
        """Room, sender key and session of some keys that the backup lacks."""
        return sorted(self._not_backed_up)[:limit]

    def backed_up(self, session_ids: Iterable[str]) -> None:
        """Note that the backup has these."""
        done = set(session_ids)
        with self.transaction():
            for session_id in done:
                self.database.execute_sql(
                    "INSERT OR REPLACE INTO backed_up (session_id, version) VALUES (?, ?)",
                    (session_id, self._backup),
                )
        self._not_backed_up = {each for each in self._not_backed_up if each[2] not in done}


def _prepare(directory: Path) -> None:
    """Make the files before SQLite does: -wal and -shm take over the mode of the database."""
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    file = directory / FILE_NAME
    file.touch(mode=0o600, exist_ok=True)
    file.chmod(0o600)
