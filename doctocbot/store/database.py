"""The encrypted database: one file, one connection, one transaction at a time.

Everything that happens because of one event is written by one plain function inside one transaction, which
runs whole on the database's own thread: the event loop never waits for the disk, and nothing is half done.
"""

import asyncio
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib import resources
from itertools import count
from pathlib import Path
from typing import Any, Concatenate, ParamSpec, TypeVar

import aiosqlite
import structlog
from sqlcipher3 import dbapi2 as sqlcipher

log = structlog.get_logger(__name__)

T = TypeVar("T")
P = ParamSpec("P")
Row = sqlite3.Row

_PRAGMAS = (
    "PRAGMA journal_mode = WAL",
    "PRAGMA synchronous = NORMAL",
    "PRAGMA foreign_keys = ON",
    "PRAGMA secure_delete = ON",
    "PRAGMA temp_store = MEMORY",
)


_MAY_PASS = ("locked", "busy", "disk is full", "disk I/O error")
_BUSY = 5.0  # seconds that SQLite itself waits for another process
_TRY_AGAIN = 0.5  # seconds
_SAY_EVERY = 60  # tries


class DatabaseFault(Exception):
    """The database cannot be used."""


class WrongSecret(DatabaseFault):
    """The file does not open with this key: another secret made it, or it is damaged."""


class NewerSchema(DatabaseFault):
    """A newer version of the program made the file."""


class OlderSchema(DatabaseFault):
    """An older version of the program made the file, and still runs on it."""


class NotNow(DatabaseFault):
    """The file takes no writing at this moment: the disk is full, or another process holds it."""


class Transaction:
    """What a function may do inside one transaction: named-parameter SQL, and attempts that can be undone."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def execute(self, sql: str, /, **values: Any) -> int:
        """Run one statement; returns how many rows it changed."""
        return self._run(sql, values).rowcount

    def insert(self, sql: str, /, **values: Any) -> int:
        """Run one INSERT; returns the new row's id."""
        return self._run(sql, values).lastrowid or 0

    def row(self, sql: str, /, **values: Any) -> Row | None:
        """The first row of a query, or None."""
        found: Row | None = self._run(sql, values).fetchone()
        return found

    def rows(self, sql: str, /, **values: Any) -> list[Row]:
        """All rows of a query."""
        return self._run(sql, values).fetchall()

    def value(self, sql: str, /, **values: Any) -> Any:
        """The first column of a query's first row, or None."""
        found = self.row(sql, **values)
        return None if found is None else found[0]

    def _run(self, sql: str, values: dict[str, Any]) -> sqlite3.Cursor:
        try:
            return self._connection.execute(sql, values)
        except sqlcipher.OperationalError as error:
            if not _may_pass(error):
                raise
            raise NotNow(str(error)) from error

    @contextmanager
    def attempt(self) -> Iterator[None]:
        """Undo everything inside when it raises, without giving up the transaction around it."""
        self._connection.execute("SAVEPOINT attempt")
        try:
            yield
        except NotNow:
            # SQLite may have undone the whole transaction by itself, and the savepoint with it.
            raise
        except BaseException:
            self._connection.execute("ROLLBACK TO attempt")
            self._connection.execute("RELEASE attempt")
            raise
        self._connection.execute("RELEASE attempt")


class _Connection(aiosqlite.Connection):
    """aiosqlite's connection, which can also run a whole function on its thread.

    One hop between the threads for a transaction instead of one for a statement: at thirty thousand events
    that is the difference between keeping up with decryption and not (docs/benchmarks.md).
    """

    async def run(self, work: Callable[[sqlite3.Connection], T]) -> T:
        result: T = await self._execute(  # type: ignore[no-untyped-call]
            lambda: work(self._conn)
        )
        return result

    async def close(self) -> None:
        """Close the file and wait for the thread, which would otherwise write a traceback into a closing loop."""
        await super().close()
        # It has been told to stop and waits for nothing: this is a matter of microseconds.
        self._thread.join()


class Database:
    """The bot's encrypted SQLite file (SQLCipher), opened once and closed by whoever opened it."""

    def __init__(self, connection: _Connection, path: Path, *, patient: bool) -> None:
        self._connection = connection
        self._patient = patient
        self.path = path

    @classmethod
    async def open(cls, path: Path, key: str, *, patient: bool = False, upgrade: bool = True) -> "Database":
        """Open or create the database and bring its schema up to date, or with `upgrade` false leave it as it is.

        `key` is the derived key in hexadecimal digits; a `patient` one waits while the disk is full or another process
        holds the file, where others raise NotNow. Raises WrongSecret or NewerSchema.
        """
        for tries in count():
            try:
                return cls(await _opened(path, key, upgrade=upgrade), path, patient=patient)
            except NotNow as error:
                await _wait_if(patient, error, tries)
        raise AssertionError("numbers never end")

    async def run(
        self, work: Callable[Concatenate[Transaction, P], T], *args: P.args, **values: P.kwargs
    ) -> T:
        """Run `work(tx, …)` in one transaction on the database's thread: all its effects, or none if it raises."""

        def whole(connection: sqlite3.Connection) -> T:
            return _in_transaction(connection, lambda tx: work(tx, *args, **values))

        for tries in count():
            try:
                return await self._connection.run(whole)
            except NotNow as error:
                await _wait_if(self._patient, error, tries)
        raise AssertionError("numbers never end")

    async def ping(self) -> None:
        """Raise unless the database answers a query that reads a real page."""
        await self.run(lambda tx: tx.value("SELECT count(*) FROM meta"))

    async def is_behind(self) -> bool:
        """Whether the file has an older schema than this program writes."""
        return await self._connection.run(_behind) > 0

    async def fold(self) -> None:
        """Fold the journal into the file and empty it: what was erased stands in its older frames still."""
        await self._connection.run(_fold)

    async def rewrite(self) -> None:
        """Write the whole file anew, and empty the journal.

        Overwriting what is deleted (`secure_delete`) is not enough: where SQLite moves a row to another page while it
        balances a tree, the page that it came from keeps a copy in its gaps, and nothing erases that with the row.
        Needs as much memory as the file has bytes for a moment, and blocks all other work meanwhile.
        """
        await self._connection.run(_rewrite)

    async def close(self) -> None:
        """Close the file; the journal is folded into it first."""
        await self._connection.close()


async def _opened(path: Path, key: str, *, upgrade: bool) -> _Connection:
    connection = _Connection(lambda: _connect(path, key), iter_chunk_size=64)
    try:
        await connection
        await connection.run(_prepare)
        if upgrade:
            await connection.run(_upgrade)
    except sqlcipher.DatabaseError as error:
        await connection.close()
        raise NotNow(str(error)) if _may_pass(error) else WrongSecret(str(path)) from error
    except BaseException:
        await connection.close()
        raise
    return connection


async def _wait_if(patient: bool, error: NotNow, tries: int) -> None:
    """Wait for the next try, or raise the error for somebody who has no patience."""
    if not patient:
        raise error
    if tries % _SAY_EVERY == 0:
        log.error("the database takes no writing", why=str(error))
    await asyncio.sleep(_TRY_AGAIN)


def _in_transaction(connection: sqlite3.Connection, work: Callable[[Transaction], T]) -> T:
    try:
        connection.execute("BEGIN IMMEDIATE")
        try:
            result = work(Transaction(connection))
            connection.execute("COMMIT")
        except BaseException:
            if connection.in_transaction:
                connection.execute("ROLLBACK")
            raise
    except sqlcipher.OperationalError as error:
        if not _may_pass(error):
            raise
        raise NotNow(str(error)) from error
    return result


def _may_pass(error: Exception) -> bool:
    """Whether a failure may pass by itself; SQLite's words are its own and quote nothing."""
    return any(sign in str(error) for sign in _MAY_PASS)


def _connect(path: Path, key: str) -> Any:
    # The file must be private before a byte is in it, and SQLite would create it 0644.
    path.touch(mode=0o600)
    path.chmod(0o600)
    connection = sqlcipher.connect(str(path), timeout=_BUSY, isolation_level=None, check_same_thread=False)
    connection.row_factory = sqlcipher.Row
    if not key or any(digit not in "0123456789abcdef" for digit in key):
        raise ValueError("the database key must be hexadecimal digits")
    # SQLCipher writes its own errors to stderr, beside ours.
    connection.execute("PRAGMA cipher_log_level = NONE")
    # A PRAGMA takes no parameters; the check above keeps the quotes closed.
    connection.execute(f"PRAGMA key = '{key}'")
    return connection


def _prepare(connection: sqlite3.Connection) -> None:
    for pragma in _PRAGMAS:
        connection.execute(pragma)
    if _behind(connection) < 0:
        raise NewerSchema


def _fold(connection: sqlite3.Connection) -> None:
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()


def _rewrite(connection: sqlite3.Connection) -> None:
    connection.execute("VACUUM")
    _fold(connection)


def _behind(connection: sqlite3.Connection) -> int:
    """How many steps the file has still to go; negative where a newer program made it."""
    version: int = connection.execute("PRAGMA user_version").fetchone()[0]
    return len(_steps()) - version


def _upgrade(connection: sqlite3.Connection) -> None:
    """Apply the numbered steps that this file has not seen, each in its own transaction."""
    steps = _steps()
    version = len(steps) - _behind(connection)
    for number, script in enumerate(steps[version:], start=version + 1):
        connection.execute("BEGIN IMMEDIATE")
        try:
            for statement in _statements(script):
                connection.execute(statement)
            connection.execute(f"PRAGMA user_version = {number}")
        except BaseException:
            connection.execute("ROLLBACK")
            raise
        connection.execute("COMMIT")


def _steps() -> list[str]:
    folder = resources.files("doctocbot.store") / "migrations"
    names = sorted(entry.name for entry in folder.iterdir() if entry.name.endswith(".sql"))
    return [(folder / name).read_text(encoding="utf-8") for name in names]


def _statements(script: str) -> Iterator[str]:
    """Split a script at the ends of its statements; executescript would end our transaction."""
    pending = ""
    for line in script.splitlines(keepends=True):
        pending += line
        if sqlite3.complete_statement(pending):
            yield pending
            pending = ""
    if pending.strip():
        raise ValueError("a migration ends inside a statement")
