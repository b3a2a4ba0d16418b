"""Copies of the database and the crypto store as they were at one moment, under the keys of another secret.

SQLite's own backup reads one moment of each file while the bot goes on writing; the two moments are one because both
files are locked against writing while they are chosen, which takes milliseconds.
"""

import hashlib
import sqlite3
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import vodozemac
from sqlcipher3 import dbapi2 as sqlcipher

from doctocbot.matrix.cryptostore import FILE_NAME as CRYPTO_STORE
from doctocbot.matrix.cryptostore import StoreKeys
from doctocbot.store import WrongSecret, derive_key

DATABASE = "doctocbot.db"

_PATIENCE = 60.0  # seconds to wait for somebody's transaction
_PAGES_AT_ONCE = 2_000
_PICKLES = (
    ("accounts", "account", vodozemac.Account),
    ("olmsessions", "session", vodozemac.Session),
    ("megolminboundsessions", "session", vodozemac.InboundGroupSession),
)


@dataclass(frozen=True, slots=True)
class DataFiles:
    """The two files of a data directory and the secret that opens them."""

    directory: Path
    secret: str

    @property
    def paths(self) -> tuple[Path, Path]:
        """The database and the crypto store."""
        return self.directory / DATABASE, self.directory / CRYPTO_STORE


def copy_files(source: DataFiles, target: DataFiles) -> None:
    """Copy both files, as they are at one moment, to another directory under another secret; blocks.

    The bot may run meanwhile. Raises WrongSecret if the source does not open, FileNotFoundError if a file is missing.
    """
    for path in source.paths:
        path.stat()
    target.directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    with _one_moment(source) as (database, store):
        with closing(_create(target.paths[0], _database_key(target.secret))) as copy:
            database.backup(copy, pages=_PAGES_AT_ONCE)
            _check(copy)
        with closing(_create(target.paths[1], _store_key(target.secret))) as copy:
            store.backup(copy, pages=_PAGES_AT_ONCE)
            _pickle_anew(copy, source.secret, target.secret)
            _check(copy)


def is_opened_by(files: DataFiles) -> bool:
    """Whether this secret opens the database of a directory."""
    try:
        with closing(_open(files.paths[0], _database_key(files.secret))):
            return True
    except WrongSecret:
        return False


@contextmanager
def _one_moment(source: DataFiles) -> Iterator[list[Any]]:
    keys = _database_key(source.secret), _store_key(source.secret)
    with ExitStack() as stack:
        opened = [
            [
                stack.enter_context(closing(_open(path, key)))
                for path, key in zip(source.paths, keys, strict=True)
            ]
            for _ in range(2)
        ]
        locks, readers = opened
        for lock in locks:
            lock.execute("BEGIN IMMEDIATE")
        for reader in readers:
            reader.execute("BEGIN")
            # A transaction that only reads sees one moment from its first look on.
            reader.execute("SELECT count(*) FROM sqlite_schema").fetchone()
        for lock in locks:
            lock.execute("ROLLBACK")
        yield readers


def _open(path: Path, key: str) -> Any:
    connection = sqlcipher.connect(str(path), isolation_level=None, timeout=_PATIENCE)
    try:
        connection.execute("PRAGMA cipher_log_level = NONE")
        connection.execute(f"PRAGMA key = {key}")
        connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()
    except sqlcipher.DatabaseError as error:
        connection.close()
        raise WrongSecret(str(path)) from error
    return connection


def _create(path: Path, key: str) -> Any:
    path.unlink(missing_ok=True)
    path.touch(mode=0o600)
    return _open(path, key)


def _database_key(secret: str) -> str:
    """As `store.Database` gives it: hexadecimal digits for a passphrase."""
    return f"'{derive_key(secret, 'database')}'"


def _store_key(secret: str) -> str:
    """As `matrix.CryptoStore` gives it: the raw key."""
    return f"\"x'{_keys_of(secret).database.hex()}'\""


def _keys_of(secret: str) -> StoreKeys:
    return StoreKeys.derive(derive_key(secret, "crypto-store"))


def _pickle_anew(store: sqlite3.Connection, old: str, new: str) -> None:
    """The keys within the store are encrypted a second time, by nio: these too go under the new secret."""
    old_key, new_key = (hashlib.sha256(_keys_of(each).pickle.encode()).digest() for each in (old, new))
    store.execute("BEGIN IMMEDIATE")
    for table, column, kind in _PICKLES:
        rows = store.execute(f"SELECT rowid, {column} FROM {table}").fetchall()  # noqa: S608 (fixed names)
        for rowid, pickle in rows:
            text = pickle.decode() if isinstance(pickle, bytes) else pickle
            anew = kind.from_pickle(text, old_key).pickle(new_key).encode()
            store.execute(f"UPDATE {table} SET {column} = ? WHERE rowid = ?", (anew, rowid))  # noqa: S608
    store.execute("COMMIT")


def _check(copy: sqlite3.Connection) -> None:
    """Raise WrongSecret unless the copy is whole: a backup that cannot be read is worse than none."""
    found = copy.execute("PRAGMA integrity_check").fetchone()[0]
    if found != "ok":
        raise WrongSecret("the copy is damaged")
    copy.execute("PRAGMA journal_mode = DELETE").fetchone()
