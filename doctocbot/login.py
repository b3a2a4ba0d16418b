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
from doctocbot.matrix.client import EncryptedClient
from doctocbot.matrix.crosssigning import ensure_cross_signed, load_keys
from doctocbot.matrix.errors import Forbidden, TokenRevoked
from doctocbot.matrix.secretstorage import RecoveryKey, SecretStorageExists, restore_secrets, store_secrets
from doctocbot.matrix.session import Session
from doctocbot.store import Database, DatabaseVault, derive_key

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


class WrongAccount(Exception):
    """The credentials belong to another account than the one configured."""


async def log_in(config: Config, secrets: Secrets) -> LoggedIn:
    """Log in, or go on with the session that is there; make and sign the device's keys.

    Run again it finishes what a crash interrupted and changes nothing else. Raises NoCredentials, LoginRefused,
    WrongAccount, ForeignIdentity when the account has an identity that is not ours, and MatrixError.
    """
    with data_directory(config.data_dir):
        database = await Database.open(database_path(config), derive_key(secrets.secret, "database"))
        try:
            return await _log_in(config, secrets, database)
        finally:
            await database.close()


async def _log_in(config: Config, secrets: Secrets, database: Database) -> LoggedIn:
    vault = DatabaseVault(database)
    session = await _living_session(config, secrets, database)
    already = session is not None
    if session is None:
        try:
            session = await new_session(config, secrets)
        except Forbidden as error:
            raise LoginRefused from error
        if session.user_id != config.homeserver.user_id:
            raise WrongAccount(session.user_id)
        await keep_session(vault, session)
    client = make_client(config, secrets, session, database)
    try:
        if secrets.recovery_key and await load_keys(client.user_id, vault) is None:
            await restore_secrets(client, RecoveryKey.parse(secrets.recovery_key), vault)
        identity = await ensure_cross_signed(client, vault, secrets.password)
        await client.key_backup.open(vault, identity.sign)
        fingerprint = client.machine.account.identity_keys["ed25519"]
        recovery_key = await _recovery_key(client, vault, secrets.recovery_key)
    finally:
        await client.close()
    return LoggedIn(session.user_id, session.device_id, fingerprint, recovery_key, already)


async def _living_session(config: Config, secrets: Secrets, database: Database) -> Session | None:
    """The session that is kept, unless the server has ended it."""
    session = await load_session(DatabaseVault(database))
    if session is None:
        return None
    client = make_client(config, secrets, session, database)
    try:
        await client.request("GET", "/_matrix/client/v3/account/whoami")
    except TokenRevoked:
        log.info("the old session was ended by the server")
        return None
    finally:
        await client.close()
    return session


async def _recovery_key(client: EncryptedClient, vault: DatabaseVault, known: str | None) -> str | None:
    """Put what must not be lost into the account's secret storage; returns the key to it if it was made just now."""
    key = RecoveryKey.parse(known) if known else RecoveryKey.generate()
    try:
        await store_secrets(client, key, vault)
    except SecretStorageExists:
        return None
    return None if known else str(key)
