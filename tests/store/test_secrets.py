"""Keys for separate purposes, and the vault that keeps the bot's own secrets."""

import string

import pytest

from doctocbot.store import Database, DatabaseVault, derive_key

pytest_plugins = ["tests.desk_fixtures"]


def test_each_purpose_has_a_key_of_its_own() -> None:
    """Who knows one knows nothing of another, nor of the secret."""
    keys = {derive_key(secret, purpose) for secret in ("one secret", "two secret") for purpose in ("a", "b")}
    assert len(keys) == 4
    for key in keys:
        assert len(key) == 64
        assert set(key) <= set(string.hexdigits.lower())
        assert "secret" not in key


def test_a_key_is_the_same_at_every_start() -> None:
    """Otherwise nothing could be read again (HKDF-SHA256, RFC 5869, computed elsewhere)."""
    assert derive_key("a long random secret", "database") == derive_key("a long random secret", "database")
    assert derive_key("é", "database") != derive_key("e", "database")


@pytest.mark.parametrize("value", [b"", b"\x00\xff", b"x" * 10_000])
async def test_the_vault_gives_back_what_it_was_given(database: Database, value: bytes) -> None:
    """Any bytes; the latest under a name is the one that counts."""
    vault = DatabaseVault(database)
    assert await vault.get("seed") is None
    await vault.put("seed", b"before")
    await vault.put("seed", value)
    await vault.put("other", b"other")
    assert await vault.get("seed") == value
