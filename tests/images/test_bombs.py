"""Bombs through the real sandbox: refused at once, and the bot does not grow."""

import asyncio
import os
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from doctocbot.images import Refusal, ScrubWorkers
from tests.images.manifest import Photo
from tests.images.manifest.bombs import bombs

pytestmark = pytest.mark.slow

BOMBS = list(bombs())
MOST_SECONDS = 1.0
MOST_GROWTH = 50_000_000


@pytest.fixture
async def workers() -> AsyncIterator[ScrubWorkers]:
    async with ScrubWorkers(1) as pool:
        yield pool


def resident() -> int:
    """Bytes of memory that this process holds."""
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")


@pytest.mark.parametrize("bomb", BOMBS, ids=lambda bomb: bomb.name.replace(" ", "-"))
async def test_a_bomb_is_refused_at_once(workers: ScrubWorkers, bomb: Photo) -> None:
    """Refused in under a second for its own reason, whether there is data behind what it claims or not."""
    begun = time.monotonic()
    assert await workers.scrub(bomb.data) == Refusal(next(iter(bomb.reasons)))
    assert time.monotonic() - begun < MOST_SECONDS


async def test_the_bot_does_not_grow_by_bombs(workers: ScrubWorkers) -> None:
    """While bombs are refused, the process that handed them out grows by less than 50 MB at any moment."""
    before = most = resident()
    watching = True

    async def watch() -> None:
        nonlocal most
        while watching:
            most = max(most, resident())
            await asyncio.sleep(0.002)

    watcher = asyncio.create_task(watch())
    for _ in range(3):
        for bomb in BOMBS:
            assert isinstance(await workers.scrub(bomb.data), Refusal)
    watching = False
    await watcher
    assert most - before < MOST_GROWTH
