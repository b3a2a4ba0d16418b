"""The encrypted database: nobody reads the file, nothing is half done."""

import asyncio
import stat
import threading
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlcipher3 import dbapi2 as sqlcipher

from doctocbot.store import Database, NewerSchema, NotNow, Transaction, WrongSecret, derive_key

KEY = derive_key("a long random secret", "database")
PLANTED = "Enfant Dupont, éruption"


@pytest.fixture
async def opened(tmp_path: Path) -> AsyncIterator[Database]:
    """A new database."""
    database = await Database.open(tmp_path / "doctocbot.db", KEY)
    yield database
    await database.close()


def plant(tx: Transaction, key: str = "planted") -> None:
    """Write something that must not be found in the file."""
    tx.execute("INSERT INTO meta (key, value) VALUES (:key, :value)", key=key, value=PLANTED)


def count(tx: Transaction) -> int:
    """How much was written."""
    found: int = tx.value("SELECT count(*) FROM meta")
    return found


async def test_nothing_of_what_is_kept_can_be_read_in_the_files(opened: Database) -> None:
    """Neither in the database nor in its journal, while it is open and after."""
    for number in range(300):
        await opened.run(plant, f"planted {number}")
    files = sorted(opened.path.parent.iterdir())
    assert {file.name for file in files} >= {"doctocbot.db", "doctocbot.db-wal"}
    for file in files:
        raw = file.read_bytes()
        assert b"Dupont" not in raw
        assert b"planted" not in raw
        assert b"CREATE TABLE" not in raw
        assert not raw.startswith(b"SQLite format 3")


async def test_only_its_owner_reads_the_files(opened: Database) -> None:
    """Also the journal and its index, which SQLite makes itself."""
    await opened.run(plant)
    for file in opened.path.parent.iterdir():
        assert stat.S_IMODE(file.stat().st_mode) == 0o600


async def test_a_database_is_there_again_with_its_own_key(opened: Database, tmp_path: Path) -> None:
    """What was written is read after a restart; a file that was readable to others is so no more."""
    await opened.run(plant)
    await opened.close()
    opened.path.chmod(0o644)
    again = await Database.open(tmp_path / "doctocbot.db", KEY)
    try:
        assert await again.run(count) == 1
        assert stat.S_IMODE(again.path.stat().st_mode) == 0o600
        await again.ping()
    finally:
        await again.close()


async def test_another_secret_opens_nothing_and_harms_nothing(opened: Database) -> None:
    """It is a fault of its own kind, and the right secret still opens the file."""
    await opened.run(plant)
    await opened.close()
    with pytest.raises(WrongSecret):
        await Database.open(opened.path, derive_key("another random secret", "database"))
    again = await Database.open(opened.path, KEY)
    assert await again.run(count) == 1
    await again.close()


async def test_a_damaged_file_is_a_fault_of_ours(tmp_path: Path) -> None:
    """Not an error of a library; without the key nobody can tell it from a file of another secret."""
    path = tmp_path / "doctocbot.db"
    path.write_bytes(b"not a database at all, and long enough to be one " * 100)
    with pytest.raises(WrongSecret):
        await Database.open(path, KEY)


@pytest.mark.slow
async def test_a_file_that_somebody_holds_is_no_wrong_secret(
    opened: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A bot that starts beside a backup waits for it; a command says that it is to be tried again."""
    monkeypatch.setattr("doctocbot.store.database._BUSY", 0.05)
    await opened.close()
    # Nobody has it open: the first who does needs to write even to read.
    other = sqlcipher.connect(str(opened.path), isolation_level=None)
    other.execute(f"PRAGMA key = '{KEY}'")
    other.execute("PRAGMA locking_mode = EXCLUSIVE")
    other.execute("BEGIN EXCLUSIVE")
    other.execute("INSERT INTO meta VALUES ('held', '')")
    with pytest.raises(NotNow):
        await Database.open(opened.path, KEY)
    waiting = asyncio.create_task(Database.open(opened.path, KEY, patient=True))
    await asyncio.sleep(0.3)
    assert not waiting.done()
    other.execute("COMMIT")
    other.close()
    await (await asyncio.wait_for(waiting, 10)).close()


async def test_a_newer_schema_is_refused(opened: Database) -> None:
    """An older program would not know what it writes over."""
    await opened.run(plant)
    await opened.run(lambda tx: tx.execute("PRAGMA user_version = 999"))
    await opened.close()
    with pytest.raises(NewerSchema):
        await Database.open(opened.path, KEY)


async def test_an_older_schema_is_left_alone_on_request(opened: Database) -> None:
    """A command beside a running bot of the version before must not change the file under it."""
    await opened.run(plant)
    await opened.run(lambda tx: tx.execute("PRAGMA user_version = 3"))
    await opened.close()
    database = await Database.open(opened.path, KEY, upgrade=False)
    try:
        assert await database.is_behind()
        assert await database.run(lambda tx: tx.value("PRAGMA user_version")) == 3
    finally:
        await database.close()


@pytest.mark.parametrize("key", ["", "secret'; DROP TABLE meta; --", "ABCDEF", "0x00"])
async def test_a_key_is_hexadecimal_digits(tmp_path: Path, key: str) -> None:
    """Nothing else ever reaches the statement that sets it."""
    with pytest.raises(ValueError, match="hexadecimal"):
        await Database.open(tmp_path / "doctocbot.db", key)


@pytest.mark.parametrize(
    ("name", "key"), [("doctocbot.db", "not hexadecimal"), ("no/such/folder/doctocbot.db", KEY)]
)
async def test_opening_that_fails_leaves_no_thread_behind(tmp_path: Path, name: str, key: str) -> None:
    """A thread that outlives the program's loop would write a traceback where the operator looks for the reason."""
    before = set(threading.enumerate())
    with pytest.raises((OSError, ValueError)):
        await Database.open(tmp_path / name, key)
    assert not [thread for thread in set(threading.enumerate()) - before if thread.is_alive()]


async def test_a_transaction_that_raises_leaves_nothing(opened: Database) -> None:
    """And the next one works."""

    def fail(tx: Transaction) -> None:
        plant(tx)
        raise LookupError("on purpose")

    with pytest.raises(LookupError, match="on purpose"):
        await opened.run(fail)
    assert await opened.run(count) == 0
    await opened.run(plant)
    assert await opened.run(count) == 1


async def test_an_attempt_that_raises_is_undone_alone(opened: Database) -> None:
    """What the transaction wrote around it stays, on every level of nesting."""

    def work(tx: Transaction) -> None:
        plant(tx, "before")
        with pytest.raises(LookupError), tx.attempt():
            plant(tx, "outer")
            with tx.attempt():
                plant(tx, "kept inside")
            with pytest.raises(KeyError), tx.attempt():
                plant(tx, "inner")
                raise KeyError("on purpose")
            assert count(tx) == 3
            raise LookupError("on purpose")
        with tx.attempt():
            plant(tx, "after")

    await opened.run(work)
    rows = await opened.run(lambda tx: tx.rows("SELECT key FROM meta ORDER BY key"))
    assert [row["key"] for row in rows] == ["after", "before"]


async def test_rows_values_and_counts(opened: Database) -> None:
    """The few ways of asking, each with its answer for nothing."""

    def work(tx: Transaction) -> None:
        assert tx.row("SELECT * FROM meta") is None
        assert tx.value("SELECT value FROM meta") is None
        assert tx.rows("SELECT * FROM meta") == []
        plant(tx)
        assert tx.execute("UPDATE meta SET value = 'x'") == 1
        assert tx.execute("UPDATE meta SET value = 'x' WHERE key = 'none'") == 0
        assert tx.insert("INSERT INTO attachment (mimetype, extension, width, height, size)"
                         " VALUES ('image/png', 'png', 1, 1, 1)") == 1  # fmt: skip

    await opened.run(work)


async def test_references_between_tables_are_kept(opened: Database) -> None:
    """No answer without its case."""
    with pytest.raises(Exception, match="FOREIGN KEY"):
        await opened.run(
            lambda tx: tx.execute(
                "INSERT INTO answer (event_id, case_id, sender, sent_at, words_event)"
                " VALUES ('$a', 7, '@a', 0, '$a')"
            )
        )


async def test_erased_words_are_gone_from_the_pages_too(opened: Database) -> None:
    """secure_delete is on, so that not even the key's owner finds them again."""
    assert await opened.run(lambda tx: tx.value("PRAGMA secure_delete")) == 1
    assert await opened.run(lambda tx: tx.value("PRAGMA foreign_keys")) == 1
    assert await opened.run(lambda tx: tx.value("PRAGMA journal_mode")) == "wal"
