"""Logging in: one device of the bot's account, cross-signed before it joins any room."""

from dataclasses import dataclass

import structlog

from doctocbot.account import (
    data_directory,
    database_path,
    keep_session,
    load_session,
    make_client,
    new_session,
)
from doctocbot.config import Config, Secrets
from doctocbot.lease import Lease
from doctocbot.matrix.client import EncryptedClient
from doctocbot.matrix.crosssigning import ensure_cross_signed, load_keys
from doctocbot.matrix.errors import Forbidden, ForeignDevice, TokenRevoked
from doctocbot.matrix.secretstorage import RecoveryKey, SecretStorageExists, restore_secrets, store_secrets
from doctocbot.matrix.session import Session
from doctocbot.store import Database, DatabaseVault, derive_key

_MOVES = "moves-here"
"""Set in the vault while a new device waits for the account to be made this data directory's."""

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class LoggedIn:
    """What the operator is told: the device, its fingerprint, and the recovery key if one was made just now."""

    user_id: str
    device_id: str
    fingerprint: str
    recovery_key: str | None
    already: bool


class LoginRefused(Exception):
    """The homeserver knows no such account, or the password is another one."""


class UsedDevice(Exception):
    """The token belongs to a device with keys that are not the bot's: Element's, or one that was deleted."""


class WrongAccount(Exception):
    """The credentials belong to another account than the one configured."""


async def log_in(config: Config, secrets: Secrets) -> LoggedIn:
    """Log in, or go on with the session that is there; make and sign the device's keys.

    Run again it finishes what a crash interrupted and changes nothing else. Raises NoCredentials, LoginRefused,
    WrongAccount, UsedDevice, ForeignIdentity when the account has an identity that is not ours, and MatrixError.
    """
    with data_directory(config.data_dir):
        database = await Database.open(database_path(config), derive_key(secrets.secret, "database"))
        try:
            return await _log_in(config, secrets, database)
        finally:
            await database.close()


async def _log_in(config: Config, secrets: Secrets, database: Database) -> LoggedIn:
    vault = DatabaseVault(database)
    kept = await load_session(vault)
    ended = await _ended(config, secrets, database, kept) if kept is not None else None
    already = kept is not None and ended is None
    if kept is None or ended is not None:
        # A device that the server has kept goes on, with its keys and what is sent to it meanwhile.
        same = kept.device_id if kept is not None and ended is not None and ended.soft else None
        session = await _new_session(config, secrets, same)
        if same is None:
            await vault.put(_MOVES, b"yes")
        await keep_session(vault, session)
    else:
        session = kept
    client = make_client(config, secrets, session, database)
    try:
        if secrets.recovery_key and await load_keys(client.user_id, vault) is None:
            await restore_secrets(client, RecoveryKey.parse(secrets.recovery_key), vault)
        try:
            identity = await ensure_cross_signed(client, vault, secrets.password)
        except ForeignDevice as error:
            if already:
                raise
            # Else this session, which lives, would stand in the way of the next login.
            await keep_session(vault, kept)
            raise UsedDevice from error
        await client.key_backup.open(vault, identity.sign)
        await _move_here(config, client, vault)
        fingerprint = client.machine.account.identity_keys["ed25519"]
        recovery_key = await _recovery_key(client, vault, secrets.recovery_key)
    finally:
        await client.close()
    return LoggedIn(session.user_id, session.device_id, fingerprint, recovery_key, already)


async def _new_session(config: Config, secrets: Secrets, device_id: str | None) -> Session:
    try:
        session = await new_session(config, secrets, device_id)
    except Forbidden as error:
        raise LoginRefused from error
    if session.user_id != config.homeserver.user_id:
        raise WrongAccount(session.user_id)
    return session


async def _move_here(config: Config, client: EncryptedClient, vault: DatabaseVault) -> None:
    """Make the account this data directory's, once its new device is sound: a login that is refused stops nobody."""
    if await vault.get(_MOVES):
        await Lease(client, client.user_id, client.device_id, config.data_dir).move_here()
        await vault.put(_MOVES, b"")


async def _ended(
    config: Config, secrets: Secrets, database: Database, session: Session
) -> TokenRevoked | None:
    """How the server has ended a session; None for one that lives."""
    client = make_client(config, secrets, session, database)
    try:
        await client.request("GET", "/_matrix/client/v3/account/whoami")
    except TokenRevoked as error:
        log.info("the old session was ended by the server", device_stays=error.soft)
        return error
    finally:
        await client.close()
    return None


async def _recovery_key(client: EncryptedClient, vault: DatabaseVault, known: str | None) -> str | None:
    """Put what must not be lost into the account's secret storage; returns the key to it if it was made just now."""
    key = RecoveryKey.parse(known) if known else RecoveryKey.generate()
    try:
        await store_secrets(client, key, vault)
    except SecretStorageExists:
        return None
    return None if known else str(key)
