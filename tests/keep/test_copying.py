"""Copies under another secret: whole, of one moment, and readable by nobody else."""

import json
import threading
from contextlib import closing, suppress
from pathlib import Path

import pytest
from sqlcipher3 import dbapi2 as sqlcipher

from doctocbot.account import data_directory
from doctocbot.config import Config, parse
from doctocbot.keep.copying import DataFiles, copy_files, is_opened_by
from doctocbot.keep.rekey import rekey
from doctocbot.matrix.cryptostore import CryptoStore, StoreKeys
from doctocbot.matrix.olm import CarefulOlm
from doctocbot.store import Database, Transaction, WrongSecret, derive_key, lasting, replacing

# Opening an encrypted file costs a third of a second each time, by design.
pytestmark = pytest.mark.slow

OLD, NEW, THIRD = "the secret of before, long", "the secret from now on, long", "yet another secret, long"
USER, DEVICE, ROOM = "@doctocbot:clinic.example", "BOT", "!cabinet:clinic.example"


def _olm(directory: Path, secret: str) -> CarefulOlm:
    keys = StoreKeys.derive(derive_key(secret, "crypto-store"))
    return CarefulOlm(USER, DEVICE, CryptoStore(USER, DEVICE, directory, keys))


@pytest.fixture
async def lived_in(tmp_path: Path) -> Path:
    """A data directory with a case in its database and a room key in its crypto store."""
    directory = tmp_path / "data"
    directory.mkdir(mode=0o700)
    machine = _olm(directory, OLD)
    machine.save_account()
    machine.create_outbound_group_session(ROOM)
    machine.store.close()
    database = await Database.open(directory / "doctocbot.db", derive_key(OLD, "database"))
    await database.run(lambda tx: tx.execute("INSERT INTO meta (key, value) VALUES ('who', 'Léa')"))
    await lasting.lasting_keys(database, OLD)
    await database.close()
    return directory


def _config(directory: Path) -> Config:
    values = {
        "homeserver": {"url": "https://clinic.example", "user_id": USER},
        "rooms": {"allowed_inviters": ["clinic.example"]},
        "data_dir": str(directory),
    }
    return parse(values, directory.parent)


def _files(directory: Path) -> list[Path]:
    return list(directory.iterdir())


async def _is_whole(directory: Path, secret: str) -> bool:
    database = await Database.open(directory / "doctocbot.db", derive_key(secret, "database"))
    who = await database.run(lambda tx: tx.value("SELECT value FROM meta WHERE key = 'who'"))
    keys = await lasting.lasting_keys(database, secret)
    await database.close()
    machine = _olm(directory, secret)
    rooms = list(machine.inbound_group_store)
    machine.store.close()
    lasts = keys[lasting.TRANSACTION_IDS] == derive_key(OLD, "transaction-ids")
    return bool(who == "Léa" and rooms and lasts)


async def test_a_copy_opens_with_its_own_secret_alone(lived_in: Path, tmp_path: Path) -> None:
    """Database, room keys and the keys that outlast a secret are all there; the old secret opens nothing of it."""
    target = DataFiles(tmp_path / "copy", NEW)
    copy_files(DataFiles(lived_in, OLD), target)
    assert await _is_whole(target.directory, NEW)
    assert not is_opened_by(DataFiles(target.directory, OLD))
    assert {path.stat().st_mode & 0o777 for path in target.paths} == {0o600}
    assert all("Léa".encode() not in path.read_bytes() for path in target.paths)


async def test_a_copy_is_of_one_moment_while_the_bot_writes(lived_in: Path, tmp_path: Path) -> None:
    """A writer that always changes two rows together is never seen between them."""
    stop = threading.Event()

    def write() -> None:
        with closing(sqlcipher.connect(str(lived_in / "doctocbot.db"), isolation_level=None)) as connection:
            connection.execute(f"PRAGMA key = '{derive_key(OLD, 'database')}'")
            for number in range(1_000_000):
                if stop.is_set():
                    return
                connection.execute("BEGIN IMMEDIATE")
                for key in ("left", "right"):
                    connection.execute(
                        "INSERT INTO meta VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value",
                        (key, str(number)),
                    )
                connection.execute("COMMIT")
                stop.wait(0.001)

    writer = threading.Thread(target=write)
    writer.start()
    try:
        for round_ in range(3):
            target = DataFiles(tmp_path / f"copy-{round_}", NEW)
            copy_files(DataFiles(lived_in, OLD), target)
            database = await Database.open(target.paths[0], derive_key(NEW, "database"))
            both = await database.run(
                lambda tx: [
                    row["value"] for row in tx.rows("SELECT value FROM meta WHERE key IN ('left', 'right')")
                ]
            )
            await database.close()
            assert len(set(both)) <= 1
    finally:
        stop.set()
        writer.join()


async def test_the_wrong_secret_is_refused_before_anything_is_written(lived_in: Path, tmp_path: Path) -> None:
    """Neither a file nor a byte of one."""
    with pytest.raises(WrongSecret):
        copy_files(DataFiles(lived_in, THIRD), DataFiles(tmp_path / "copy", NEW))
    assert list((tmp_path / "copy").iterdir()) == []


async def test_another_secret_opens_everything_and_the_old_one_nothing(lived_in: Path) -> None:
    """A second time it only says that it is done; what was said is still found under its transaction id."""
    config = _config(lived_in)
    assert await rekey(config, OLD, NEW)
    assert await _is_whole(lived_in, NEW)
    assert not is_opened_by(DataFiles(lived_in, OLD))
    assert not await rekey(config, OLD, NEW)
    with pytest.raises(WrongSecret):
        await rekey(config, OLD, THIRD)
    assert {path.name for path in _files(lived_in)} == {"lock", "crypto.db", "doctocbot.db"}


@pytest.mark.parametrize("after", range(9))
async def test_a_crash_at_any_step_leaves_all_under_one_secret(
    lived_in: Path, after: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The power goes before a step that touches the disk: whoever opens the directory finishes or forgets it."""
    steps = 0

    def or_crash(step: object) -> object:
        def run(*args: object, **kwargs: object) -> object:
            nonlocal steps
            steps += 1
            if steps > after:
                raise KeyboardInterrupt
            return step(*args, **kwargs)  # type: ignore[operator]

        return run

    with monkeypatch.context() as crashing:
        for name in ("rename", "replace", "unlink", "rmdir"):
            crashing.setattr(Path, name, or_crash(getattr(Path, name)))
        crashing.setattr(replacing, "_flush", or_crash(replacing._flush))
        with suppress(KeyboardInterrupt):
            await rekey(_config(lived_in), OLD, NEW)
    with data_directory(lived_in):
        pass
    opens = [secret for secret in (OLD, NEW) if is_opened_by(DataFiles(lived_in, secret))]
    assert len(opens) == 1
    assert await _is_whole(lived_in, opens[0])
    assert not replacing.is_unfinished(lived_in)


async def test_lasting_keys_stay_what_they_were(lived_in: Path) -> None:
    """Read with another secret they are those of the vault; a purpose that is new is made from the present one."""
    database = await Database.open(lived_in / "doctocbot.db", derive_key(OLD, "database"))

    def forget_one(tx: Transaction) -> None:
        kept = json.dumps({lasting.TRANSACTION_IDS: derive_key(OLD, "transaction-ids")}).encode()
        tx.execute("UPDATE vault SET value = :value WHERE name = 'lasting-keys'", value=kept)

    await database.run(forget_one)
    keys = await lasting.lasting_keys(database, NEW)
    assert keys[lasting.TRANSACTION_IDS] == derive_key(OLD, "transaction-ids")
    assert keys[lasting.QUIZ_ORDER] == derive_key(NEW, "quiz-order")
    await database.close()
