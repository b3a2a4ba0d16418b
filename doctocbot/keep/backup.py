"""Backup beside a running bot, and the way back.

backup    both files at one moment -> a copy under a secret of its own -> one file, encrypted to the passphrase
restore   that file -> under this machine's secret -> marked, so that the next start catches up (`recovery`)
"""

import asyncio
import secrets as randomness
import shutil
import tempfile
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

from doctocbot.account import data_directory, load_session, make_client
from doctocbot.config import Config, Secrets
from doctocbot.keep.copying import DataFiles, copy_files
from doctocbot.keep.sealed import Manifest, NoBackup, seal, unseal
from doctocbot.lease import Lease
from doctocbot.matrix.errors import TokenRevoked
from doctocbot.matrix.session import Session
from doctocbot.store import Database, DatabaseVault, derive_key, lasting, restored
from doctocbot.store.replacing import begin_replacing, commit_replacing, flush_all

_SCRATCH = ".backup-"
_LONGEST_BACKUP = 24 * 3600.0  # seconds


class AlreadyThere(Exception):
    """The data directory holds a bot's data: restoring would overwrite them."""


class OtherAccount(Exception):
    """The backup is of another account than the one configured."""


async def back_up(config: Config, secrets: Secrets, folder: Path, passphrase: str) -> Path:
    """Write one backup into a folder, while the bot runs or not, and return its file.

    Raises NoBackup if nobody has logged in yet, WrongSecret, or OSError; what was written by then is taken away.
    """
    live = DataFiles(config.data_dir, secrets.secret)
    session = await _session_of(live)
    await asyncio.to_thread(folder.mkdir, mode=0o700, parents=True, exist_ok=True)
    now = time.time()
    stamp = datetime.fromtimestamp(now, UTC).strftime("%Y%m%dT%H%M%SZ")
    target = folder / f"doctocbot-{stamp}.age"
    manifest = Manifest(session.user_id, session.device_id, int(now * 1000), randomness.token_hex(32))
    await asyncio.to_thread(_write, live, manifest, passphrase, target)
    return target


def clear_scratch(folder: Path) -> None:
    """Take away what backups that were killed have left: nobody can read it, but it fills the disk night by night."""
    for left in folder.glob(f"{_SCRATCH}*"):
        # Another one may be at work.
        if left.is_dir() and time.time() - left.stat().st_mtime > _LONGEST_BACKUP:
            shutil.rmtree(left)


def _write(live: DataFiles, manifest: Manifest, passphrase: str, target: Path) -> None:
    clear_scratch(target.parent)
    with tempfile.TemporaryDirectory(prefix=_SCRATCH, dir=target.parent) as scratch:
        copy = DataFiles(Path(scratch), manifest.secret)
        copy_files(live, copy)
        sealed = Path(scratch) / target.name
        seal(copy.directory, tuple(path.name for path in copy.paths), manifest, passphrase, sealed)
        flush_all([sealed])
        sealed.replace(target)
    flush_all([target])


async def restore(
    config: Config, secrets: Secrets, file: Path, passphrase: str, *, other_is_gone: bool = False
) -> tuple[Manifest, bool]:
    """Put a backup where this configuration keeps its data; the next `run` catches up with what it has missed.

    Returns what it was, and whether its session still lives; otherwise a login comes first.

    `other_is_gone` is the operator's word that the machine of before will not come back. Raises AlreadyThere,
    OtherAccount, WrongPassphrase, NoBackup, RunsElsewhere while another bot runs on the device, and MatrixError.
    """
    with data_directory(config.data_dir):
        present = [path for path in DataFiles(config.data_dir, "").paths if path.exists()]
        if present:
            raise AlreadyThere(str(config.data_dir))
        manifest, found = await asyncio.to_thread(unseal, file, passphrase)
        if manifest.user_id != config.homeserver.user_id:
            raise OtherAccount(manifest.user_id)
        # Laid out beside its place and moved there when it is marked: a crash leaves nothing that would serve unmarked.
        made = DataFiles(begin_replacing(config.data_dir), secrets.secret)
        await asyncio.to_thread(_lay_out, found, manifest, made)
        lives = await _settle(config, secrets, made, manifest, other_is_gone=other_is_gone)
        commit_replacing(config.data_dir)
    return manifest, lives


def _lay_out(found: Mapping[str, bytes], manifest: Manifest, target: DataFiles) -> None:
    with tempfile.TemporaryDirectory(prefix=".restore-", dir=target.directory) as scratch:
        unpacked = DataFiles(Path(scratch), manifest.secret)
        for path in unpacked.paths:
            if path.name not in found:
                raise NoBackup(path.name)
            path.touch(mode=0o600)
            path.write_bytes(found[path.name])
        copy_files(unpacked, target)
    flush_all(target.paths)


async def _settle(
    config: Config, secrets: Secrets, made: DataFiles, manifest: Manifest, *, other_is_gone: bool
) -> bool:
    """Bring the schema up to date, mark the database as restored, and take the device over from whoever had it.

    Returns whether the session lives: with one that the server has ended, a login comes first.
    """
    database = await Database.open(made.paths[0], derive_key(made.secret, "database"))
    try:
        await lasting.lasting_keys(database, manifest.secret)
        await database.run(restored.mark, manifest.made_at)
        session = await load_session(DatabaseVault(database))
        if session is None:
            raise NoBackup("no session")
        there = config.model_copy(update={"data_dir": made.directory})
        client = make_client(there, secrets, session, database)
        try:
            lease = Lease(client, session.user_id, session.device_id, config.data_dir)
            await lease.take_over(by_force=other_is_gone)
        except TokenRevoked:
            # The session has ended since, so nobody runs on it.
            return False
        else:
            return True
        finally:
            await client.close()
    finally:
        await database.close()


async def _session_of(live: DataFiles) -> Session:
    """Whose data these are; the keys that outlast the secret are in the vault from now on at the latest.

    Of an older schema too, which stays as it is: the program of before may be running on it.
    """
    if not live.paths[0].exists():
        raise FileNotFoundError(2, "No such file or directory", str(live.paths[0]))
    database = await Database.open(live.paths[0], derive_key(live.secret, "database"), upgrade=False)
    try:
        session = await load_session(DatabaseVault(database))
        await lasting.lasting_keys(database, live.secret)
    finally:
        await database.close()
    if session is None:
        raise NoBackup("no session")
    return session
