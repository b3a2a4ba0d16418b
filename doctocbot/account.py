"""The bot's account as its operator's commands share it: data directory, session, client."""

import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from doctocbot.config import Config, Secrets
from doctocbot.matrix.client import EncryptedClient
from doctocbot.matrix.identities import IdentityShelf
from doctocbot.matrix.mediaadmin import MediaAdmin
from doctocbot.matrix.session import Session, login_with_password, login_with_token
from doctocbot.matrix.trust import TrustPolicy
from doctocbot.store import Database, DatabaseVault, OlderSchema, derive_key
from doctocbot.store.replacing import finish_replacing

_NAME = "session"


class DataDirectoryBusy(Exception):
    """Another process uses the same data directory."""


@contextmanager
def data_directory(path: Path) -> Iterator[None]:
    """Make the data directory private and hold it alone: two bots on one device would lose each other's keys.

    What a crash during `rekey` left behind is finished first."""
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    path.chmod(0o700)
    handle = os.open(path / "lock", os.O_CREAT | os.O_RDWR, 0o600)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise DataDirectoryBusy(str(path)) from error
        finish_replacing(path)
        yield
    finally:
        os.close(handle)


def database_path(config: Config) -> Path:
    """Where the database of this configuration lies."""
    return config.data_dir / "doctocbot.db"


async def open_beside(config: Config, secrets: Secrets) -> Database:
    """Open the database for a command that may run beside the bot; whoever calls closes it.

    An older schema is brought up to date where no bot runs; under one that does, an older program, it raises
    OlderSchema. Further raises WrongSecret, NewerSchema, NotNow.
    """
    path, key = database_path(config), derive_key(secrets.secret, "database")
    database = await Database.open(path, key, upgrade=False)
    if not await database.is_behind():
        return database
    await database.close()
    try:
        with data_directory(config.data_dir):
            return await Database.open(path, key)
    except DataDirectoryBusy as error:
        raise OlderSchema from error


def make_client(config: Config, secrets: Secrets, session: Session, database: Database) -> EncryptedClient:
    """The client of the bot's own device; whoever makes it closes it."""
    return EncryptedClient(
        config.homeserver.url,
        session.user_id,
        session.device_id,
        session.access_token,
        store_directory=config.data_dir,
        store_key=derive_key(secrets.secret, "crypto-store"),
        policy=TrustPolicy(encrypt_to_unsigned=config.trust.allow_unsigned_devices),
        identities=IdentityShelf(database, hold=config.trust.on_identity_change == "hold"),
    )


def media_admin(config: Config, secrets: Secrets) -> MediaAdmin | None:
    """The admin access to the homeserver's files, where the operator gives it; whoever makes it closes it."""
    if secrets.admin_token is None:
        return None
    return MediaAdmin(config.homeserver.url, secrets.admin_token, config.homeserver.user_id)


class NoCredentials(Exception):
    """Neither a password nor a token was given."""


async def load_session(vault: DatabaseVault) -> Session | None:
    """The session of the last login, or None."""
    stored = await vault.get(_NAME)
    return Session(**json.loads(stored)) if stored else None


async def keep_session(vault: DatabaseVault, session: Session | None) -> None:
    """Keep a session, or from now on none; it stands in the encrypted database only."""
    if session is None:
        await vault.put(_NAME, b"")
        return
    values = {
        "user_id": session.user_id, "device_id": session.device_id, "access_token": session.access_token,
    }  # fmt: skip
    await vault.put(_NAME, json.dumps(values).encode())


async def new_session(config: Config, secrets: Secrets, device_id: str | None = None) -> Session:
    """Log in with whichever of token and password the environment holds; raises NoCredentials for neither.

    `device_id` is the device to go on with; a token has one of its own.
    """
    if secrets.token:
        return await login_with_token(config.homeserver.url, secrets.token)
    if secrets.password:
        homeserver = config.homeserver
        return await login_with_password(
            homeserver.url, homeserver.user_id, secrets.password, homeserver.device_name, device_id
        )
    raise NoCredentials
