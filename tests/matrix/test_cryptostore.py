"""The crypto store at rest: private, encrypted, and honest about a wrong key."""

import sqlite3
import stat
from pathlib import Path

import pytest
from nio.crypto import Olm, OlmDevice  # type: ignore[import-untyped]

from doctocbot.matrix.cryptostore import FILE_NAME, CryptoStore, StoreKeys, WrongStoreKey

BOT = "@doctocbot:doctoc.test"
KEYS = StoreKeys.derive("the operator's secret")


def _filled(directory: Path) -> Olm:
    """A store with an account and one device of a colleague in it."""
    store = CryptoStore(BOT, "DEVICE", directory, KEYS)
    olm = Olm(BOT, "DEVICE", store)
    device = OlmDevice("@marie:doctoc.test", "PHONE", {"ed25519": "e", "curve25519": "c"})
    store.save_device_keys({"@marie:doctoc.test": {"PHONE": device}})
    store.verify_device(device)
    return olm


def test_files_are_for_the_owner_only(tmp_path: Path) -> None:
    """Nobody else on the machine can read the database, its write-ahead log or their directory."""
    directory = tmp_path / "store"
    olm = _filled(directory)
    modes = {file.name: stat.S_IMODE(file.stat().st_mode) for file in directory.iterdir()}
    assert modes == {FILE_NAME: 0o600, f"{FILE_NAME}-wal": 0o600, f"{FILE_NAME}-shm": 0o600}
    assert stat.S_IMODE(directory.stat().st_mode) == 0o700
    olm.store.close()


def test_a_file_left_readable_is_closed(tmp_path: Path) -> None:
    """A store restored from a careless backup is private again once opened."""
    (tmp_path / FILE_NAME).touch(mode=0o644)
    _filled(tmp_path).store.close()
    assert stat.S_IMODE((tmp_path / FILE_NAME).stat().st_mode) == 0o600


def test_nothing_readable_lies_on_disk(tmp_path: Path) -> None:
    """Neither user ids nor SQLite's own header are found in any byte of the files."""
    olm = _filled(tmp_path)
    for closing in (False, True):
        if closing:
            olm.store.close()
        for file in tmp_path.iterdir():
            data = file.read_bytes()
            assert b"marie" not in data
            assert b"SQLite format" not in data
            assert b"CREATE TABLE" not in data


def test_opens_again_with_the_same_key(tmp_path: Path) -> None:
    """After a restart the account and the marks on devices are what they were."""
    first = _filled(tmp_path)
    first.store.close()
    store = CryptoStore(BOT, "DEVICE", tmp_path, StoreKeys.derive("the operator's secret"))
    assert store.load_account().identity_keys == first.account.identity_keys
    assert store.load_device_keys()["@marie:doctoc.test"]["PHONE"].verified
    store.close()


def test_says_so_when_the_key_is_wrong(tmp_path: Path) -> None:
    """An operator who mixed up secrets reads that, not a database's complaint; the file is left as it was."""
    _filled(tmp_path).store.close()
    before = (tmp_path / FILE_NAME).read_bytes()
    with pytest.raises(WrongStoreKey):
        CryptoStore(BOT, "DEVICE", tmp_path, StoreKeys.derive("another secret"))
    assert (tmp_path / FILE_NAME).read_bytes() == before


def test_does_not_take_a_plain_database_for_its_own(tmp_path: Path) -> None:
    """A store that nio wrote in the clear is refused rather than used."""
    plain = sqlite3.connect(tmp_path / FILE_NAME)
    plain.execute("CREATE TABLE accounts (x)")
    plain.close()
    with pytest.raises(WrongStoreKey):
        CryptoStore(BOT, "DEVICE", tmp_path, KEYS)


def test_a_transaction_is_kept_whole_or_not_at_all(tmp_path: Path) -> None:
    """A failure in the middle leaves nothing of what came before it."""
    olm = _filled(tmp_path)
    with pytest.raises(RuntimeError), olm.store.transaction():
        olm.store.save_encrypted_rooms({"!room"})
        raise RuntimeError
    assert olm.store.load_encrypted_rooms() == set()
    olm.store.close()


def test_the_two_keys_are_independent() -> None:
    """Knowing the key of the pickles does not open the database."""
    assert KEYS.database.hex() != KEYS.pickle
    assert len(KEYS.database) == 32
    assert StoreKeys.derive("other").database != KEYS.database


def test_there_is_no_place_in_it_for_words(tmp_path: Path) -> None:
    """Keys, and the names of people's devices: no column could hold a message, nothing has to be erased."""
    store = _filled(tmp_path).store
    columns = {
        table: {column.name for column in store.database.get_columns(table)} - {"id", "account_id"}
        for table in store.database.get_tables()
    }
    store.close()
    assert columns == {
        "accounts": {"account", "user_id", "device_id", "shared"},
        "backed_up": {"session_id", "version"},
        "devicekeys": {"device_id", "user_id", "display_name", "deleted"},
        "devicetruststate": {"device_id", "state"},
        "encryptedrooms": {"room_id"},
        "forwardedchains": {"sender_key", "session_id"},
        "keys": {"key_type", "key", "device_id"},
        "megolminboundsessions": {"session_id", "sender_key", "fp_key", "room_id", "session"},
        "olmsessions": {"session_id", "creation_time", "last_usage_date", "sender_key", "session"},
        "outgoingkeyrequests": {"request_id", "session_id", "room_id", "algorithm"},
        "storeversion": {"version"},
        "synctokens": {"token"},
    }
