"""The bot's identity on a real server: made once, found again, never replaced."""

from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from doctocbot.demo.person import MemoryVault
from doctocbot.matrix.client import EncryptedClient
from doctocbot.matrix.connection import path
from doctocbot.matrix.crosssigning import VAULT_NAME, CrossSigning, check_own_identity, ensure_cross_signed
from doctocbot.matrix.errors import ForeignDevice, ForeignIdentity, Unreachable
from doctocbot.matrix.session import Session
from doctocbot.matrix.signing import is_signed_by
from doctocbot.matrix.trust import evaluate

NewUser = Callable[[str], Awaitable[tuple[str, str]]]
LogIn = Callable[..., Awaitable[Session]]
OpenClient = Callable[..., Awaitable[EncryptedClient]]


async def _shown(client: EncryptedClient) -> dict[str, Any]:
    """What the server shows everybody of this account."""
    return await client.keys.ask_for([client.user_id])


async def test_a_new_account_gets_an_identity_that_signs_its_device(
    log_in: LogIn, open_client: OpenClient
) -> None:
    """After the login, everything that Element checks holds: device <- self-signing <- master, and back."""
    client, vault = await open_client(await log_in()), MemoryVault()
    keys = await ensure_cross_signed(client, vault)
    answer = await _shown(client)
    trust = evaluate(answer, client.user_id)
    assert trust.master_key == keys.master_key
    assert trust.signed_devices == {client.device_id}
    device_key = client.machine.account.identity_keys["ed25519"]
    assert is_signed_by(answer["master_keys"][client.user_id], client.user_id, client.device_id, device_key)
    assert (await check_own_identity(client, vault)).sound


async def test_the_second_start_changes_nothing(log_in: LogIn, open_client: OpenClient) -> None:
    """Colleagues would read "identity was reset" if it did."""
    session, vault = await log_in(), MemoryVault()
    await ensure_cross_signed(first := await open_client(session), vault)
    before, seeds = await _shown(first), await vault.get(VAULT_NAME)
    await first.close()
    again = await open_client(session)
    await ensure_cross_signed(again, vault)
    assert await _shown(again) == before
    assert await vault.get(VAULT_NAME) == seeds


async def test_a_crash_after_saving_the_seeds_is_made_good(log_in: LogIn, open_client: OpenClient) -> None:
    """The seeds that were saved are the ones that get published."""
    client, vault = await open_client(await log_in()), MemoryVault()
    saved = CrossSigning.generate(client.user_id)
    await vault.put(VAULT_NAME, saved.seeds())
    assert not (await check_own_identity(client, vault)).sound
    await ensure_cross_signed(client, vault)
    assert (await check_own_identity(client, vault)).master_key == saved.master_key


async def test_a_crash_after_publishing_is_made_good(log_in: LogIn, open_client: OpenClient) -> None:
    """The identity is there, the device unsigned: only the signature is missing."""
    client, vault = await open_client(await log_in()), MemoryVault()
    saved = CrossSigning.generate(client.user_id)
    await vault.put(VAULT_NAME, saved.seeds())
    await client.keys_upload()
    await client.request("POST", path("keys", "device_signing", "upload"), saved.upload_body())
    identity = await check_own_identity(client, vault)
    assert identity.master_is_ours
    assert not identity.device_signed
    await ensure_cross_signed(client, vault)
    assert (await check_own_identity(client, vault)).sound


@pytest.mark.parametrize("lost", ["keys/upload", "device_signing/upload", "signatures/upload"])
async def test_a_lost_answer_is_made_good(
    lost: str, log_in: LogIn, open_client: OpenClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whichever request arrived without its answer coming back, the next start ends in the same identity."""
    session, vault = await log_in(), MemoryVault()
    client = await open_client(session)
    ask = client.connection.request

    async def ask_and_lose(method: str, target: str, *args: Any, **kwargs: Any) -> dict[str, Any]:
        answer = await ask(method, target, *args, **kwargs)
        if target.endswith(lost):
            raise Unreachable("ConnectionResetError")
        return answer

    monkeypatch.setattr(client.connection, "request", ask_and_lose)
    with pytest.raises(Unreachable):
        await ensure_cross_signed(client, vault)
    await client.close()
    again = await open_client(session)
    await ensure_cross_signed(again, vault)
    assert (await check_own_identity(again, vault)).sound


async def test_somebody_elses_identity_is_never_replaced(
    log_in: LogIn, open_client: OpenClient, new_user: NewUser
) -> None:
    """An account that a human had set up in Element keeps its keys; the bot refuses and stores nothing."""
    account = await new_user("doctor")
    human, theirs = await open_client(await log_in(account)), MemoryVault()
    await ensure_cross_signed(human, theirs)
    before = await _shown(human)
    bot, empty = await open_client(await log_in(account)), MemoryVault()
    with pytest.raises(ForeignIdentity):
        await ensure_cross_signed(bot, empty, account[1])
    assert await empty.get(VAULT_NAME) is None
    other = MemoryVault()
    await other.put(VAULT_NAME, CrossSigning.generate(account[0]).seeds())
    with pytest.raises(ForeignIdentity):
        await ensure_cross_signed(bot, other, account[1])
    after = await _shown(human)
    assert [after[f"{role}_keys"] for role in ("master", "self_signing")] == [
        before[f"{role}_keys"] for role in ("master", "self_signing")
    ]
    assert not (await check_own_identity(bot, other)).master_is_ours


async def test_a_lost_store_does_not_replace_the_device(
    log_in: LogIn, open_client: OpenClient, tmp_path: Any
) -> None:
    """The same session with an empty store would show everybody new keys for a known device: refused, unchanged."""
    session, vault = await log_in(), MemoryVault()
    first = await open_client(session)
    await ensure_cross_signed(first, vault)
    before = await _shown(first)
    lost = await open_client(session, tmp_path / "empty")
    with pytest.raises(ForeignDevice):
        await ensure_cross_signed(lost, vault)
    assert await _shown(first) == before


def test_the_seeds_make_the_same_keys_again() -> None:
    """What lies in the vault is all there is to the identity."""
    keys = CrossSigning.generate("@bot:doctoc.test")
    again = CrossSigning.from_seeds("@bot:doctoc.test", keys.seeds())
    assert again.upload_body() == keys.upload_body()
    with pytest.raises(ValueError, match="length"):
        CrossSigning.from_seeds("@bot:doctoc.test", keys.seeds()[:-1])
