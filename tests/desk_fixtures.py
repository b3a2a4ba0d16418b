"""The fixtures around the room on paper; a test module asks for them by `pytest_plugins = ["tests.desk_fixtures"]`."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from doctocbot.matrix import backoff
from doctocbot.store import Database, derive_key
from tests.desk import Desk
from tests.fakes.wiping import wipe


@pytest.fixture(scope="session")
def encrypted_database(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    """One real encrypted database for the session: deriving its key is slow on purpose, emptying it is not."""
    path: Path = tmp_path_factory.mktemp("desk") / "doctocbot.db"
    database = asyncio.run(Database.open(path, derive_key("a long enough secret", "database")))
    yield database
    asyncio.run(database.close())


@pytest.fixture
async def database(encrypted_database: Database) -> Database:
    """An empty database."""
    await encrypted_database.run(wipe)
    return encrypted_database


@pytest.fixture
async def desk(database: Database) -> Desk:
    """The bot in one served room with Léa, Marc, Nora and Paul, and Modo who moderates."""
    desk = Desk(database)
    await desk.open_room()
    return desk


@pytest.fixture
def no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the first wait after a failure be a millisecond."""
    monkeypatch.setattr(backoff, "_FIRST", 0.001)
