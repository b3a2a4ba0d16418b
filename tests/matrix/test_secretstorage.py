"""Recovery keys and secret storage: a second device of the bot gets the first one's identity."""

from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from doctocbot.demo.person import MemoryVault
from doctocbot.matrix.client import EncryptedClient
from doctocbot.matrix.crosssigning import VAULT_NAME, CrossSigning, check_own_identity, ensure_cross_signed
from doctocbot.matrix.errors import ForeignIdentity
from doctocbot.matrix.secretstorage import (
    BadRecoveryKey,
    RecoveryKey,
    SecretStorageExists,
    SecretStorageUnreadable,
    restore_secrets,
    store_secrets,
)
from doctocbot.matrix.session import Session

NewUser = Callable[[str], Awaitable[tuple[str, str]]]
LogIn = Callable[..., Awaitable[Session]]
OpenClient = Callable[..., Awaitable[EncryptedClient]]

KEY = RecoveryKey(bytes(range(32)))


@given(st.binary(min_size=32, max_size=32))
def test_what_is_written_down_is_read_back(raw: bytes) -> None:
    """Groups of four, with whatever spaces and line breaks people put between them."""
    written = str(RecoveryKey(raw))
    assert all(len(group) == 4 for group in written.split(" ")[:-1])
    assert written.startswith("Es")
    assert RecoveryKey.parse(written.replace(" ", "\n ")) == RecoveryKey(raw)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "EsTx",
        "0" * 48,
        str(KEY)[:-1],
        str(KEY) + "1",
        str(KEY).replace("E", "é", 1),
        "z" * 200,
        str(KEY).swapcase(),
    ],
)
def test_a_slip_of_the_pen_is_noticed(text: str) -> None:
    """A wrong, missing or added character is told apart from a key that does not fit."""
    with pytest.raises(BadRecoveryKey):
        RecoveryKey.parse(text)


def test_every_single_swapped_character_is_noticed_or_fits_nothing() -> None:
    """The parity catches single slips; what it cannot, the description of the right key does."""
    written, description = str(KEY).replace(" ", ""), KEY.description()
    for place in range(len(written)):
        slip = written[:place] + ("2" if written[place] != "2" else "3") + written[place + 1 :]
        try:
            assert not RecoveryKey.parse(slip).fits(description)
        except BadRecoveryKey:
            continue


def test_a_secret_opens_only_by_its_key_and_name() -> None:
    """Neither another key nor another secret's name opens it, nor does it after a change."""
    sealed = KEY.encrypt("m.cross_signing.master", b"seed")
    assert KEY.decrypt("m.cross_signing.master", sealed) == b"seed"
    attempts: list[tuple[RecoveryKey, str, dict[str, Any]]] = [
        (KEY, "m.cross_signing.self_signing", {}),
        (RecoveryKey(bytes(32)), "m.cross_signing.master", {}),
        (KEY, "m.cross_signing.master", {"ciphertext": "AAAA"}),
        (KEY, "m.cross_signing.master", {"mac": None}),
        (KEY, "m.cross_signing.master", {"iv": "AAAA"}),
    ]
    for key, name, changed in attempts:
        with pytest.raises(SecretStorageUnreadable):
            key.decrypt(name, {**sealed, **changed})


def test_printing_a_recovery_key_object_hides_it() -> None:
    """Only `str` shows it, which `login` does once."""
    assert str(list(KEY.raw)[:3]) not in repr(KEY)
    assert "raw" not in repr(KEY)


async def test_a_second_device_is_signed_by_the_first_ones_identity(
    log_in: LogIn, open_client: OpenClient, new_user: NewUser
) -> None:
    """The bot moves to another machine with nothing but its password and the recovery key."""
    account = await new_user("doctor")
    first, vault, key = await open_client(await log_in(account)), MemoryVault(), RecoveryKey.generate()
    await ensure_cross_signed(first, vault)
    await store_secrets(first, key, vault)
    await store_secrets(first, key, vault)  # again, as after a crash
    second, empty = await open_client(await log_in(account)), MemoryVault()
    await restore_secrets(second, RecoveryKey.parse(str(key)), empty)
    await ensure_cross_signed(second, empty)
    assert await empty.get(VAULT_NAME) == await vault.get(VAULT_NAME)
    assert (await check_own_identity(second, empty)).sound
    assert (await check_own_identity(first, vault)).sound


async def test_another_key_neither_opens_nor_overwrites(log_in: LogIn, open_client: OpenClient) -> None:
    """Somebody's only backup is never replaced in silence."""
    client, vault, key = await open_client(await log_in()), MemoryVault(), RecoveryKey.generate()
    with pytest.raises(SecretStorageUnreadable):
        await restore_secrets(client, key, MemoryVault())
    await ensure_cross_signed(client, vault)
    await store_secrets(client, key, vault)
    with pytest.raises(SecretStorageExists):
        await store_secrets(client, RecoveryKey.generate(), vault)
    with pytest.raises(SecretStorageUnreadable):
        await restore_secrets(client, RecoveryKey.generate(), MemoryVault())
    await restore_secrets(client, key, vault)


async def test_a_vault_with_another_identity_is_left_alone(log_in: LogIn, open_client: OpenClient) -> None:
    """Restoring into a vault that holds something else is refused; nothing in it changes."""
    client, vault, key = await open_client(await log_in()), MemoryVault(), RecoveryKey.generate()
    await ensure_cross_signed(client, vault)
    await store_secrets(client, key, vault)
    other, seeds = MemoryVault(), CrossSigning.generate(client.user_id).seeds()
    await other.put(VAULT_NAME, seeds)
    with pytest.raises(ForeignIdentity):
        await restore_secrets(client, key, other)
    assert await other.get(VAULT_NAME) == seeds
