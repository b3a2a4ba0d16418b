"""Fixtures of the stories: a ward, with or without a bot that serves."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from doctocbot.demo.homeserver import Homeserver
from tests.stories.ward import NewUser, Ward


@pytest.fixture
async def ward(homeserver: Homeserver, new_user: NewUser, tmp_path: Path) -> AsyncIterator[Ward]:
    """People and bots on a real Synapse; everything that a story starts ends with it."""
    async with AsyncExitStack() as stack:
        yield Ward(homeserver, new_user, tmp_path, stack)
