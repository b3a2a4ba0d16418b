"""What the operator's commands share: they may stand beside a running bot, of this version or of the one before."""

from pathlib import Path

import pytest

from doctocbot.account import data_directory, database_path, open_beside
from doctocbot.config import Config, Secrets
from doctocbot.store import Database, OlderSchema, database, derive_key

pytestmark = pytest.mark.slow

SECRETS = Secrets(secret="a long random secret")


@pytest.fixture
async def config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Config:
    """A configuration whose data are those of the version before this one."""
    config = Config.model_validate(
        {
            "homeserver": {"url": "http://127.0.0.1:1", "user_id": "@bot:here"},
            "data_dir": str(tmp_path / "data"),
            "rooms": {"allowed_inviters": ["@lea:here"]},
        }
    )
    config.data_dir.mkdir()
    steps = database._steps()
    with monkeypatch.context() as patch:
        patch.setattr(database, "_steps", lambda: steps[:-1])
        made = await Database.open(database_path(config), derive_key(SECRETS.secret, "database"))
        await made.close()
    return config


async def _schema(config: Config) -> int:
    opened = await Database.open(database_path(config), derive_key(SECRETS.secret, "database"), upgrade=False)
    try:
        version: int = await opened.run(lambda tx: tx.value("PRAGMA user_version"))
        return version
    finally:
        await opened.close()


async def test_nothing_is_upgraded_under_a_bot_of_the_version_before(config: Config) -> None:
    """A new package is installed, the old process still runs: a command refuses, and leaves its database as it is."""
    before = await _schema(config)
    with data_directory(config.data_dir), pytest.raises(OlderSchema):
        await open_beside(config, SECRETS)
    assert await _schema(config) == before


async def test_where_no_bot_runs_a_command_upgrades(config: Config) -> None:
    """Between the stop and the next start a command is as good an occasion as the start."""
    opened = await open_beside(config, SECRETS)
    try:
        assert not await opened.is_behind()
    finally:
        await opened.close()


async def test_an_up_to_date_database_is_opened_beside_the_bot(config: Config) -> None:
    """The ordinary case: the bot holds the directory, a command reads its database."""
    await (await open_beside(config, SECRETS)).close()
    with data_directory(config.data_dir):
        await (await open_beside(config, SECRETS)).close()
