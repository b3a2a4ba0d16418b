"""One task for each busy room."""

import asyncio
from collections import Counter

import pytest

from doctocbot.matrix.lanes import Lanes


class Watched:
    """Drains slowly, and remembers how many did at once."""

    def __init__(self) -> None:
        self.runs: Counter[str] = Counter()
        self.now: Counter[str] = Counter()
        self.most = 0
        self.rooms_at_once = 0

    async def drain(self, room: str) -> None:
        """Take a while."""
        self.runs[room] += 1
        self.now[room] += 1
        self.most = max(self.most, self.now[room])
        self.rooms_at_once = max(self.rooms_at_once, sum(self.now.values()))
        for _ in range(5):
            await asyncio.sleep(0)
        self.now[room] -= 1


async def test_a_room_is_never_drained_twice_at_once() -> None:
    """However often it is woken; rooms do not wait for each other."""
    watched = Watched()
    async with asyncio.TaskGroup() as group:
        lanes = Lanes(group, watched.drain)
        for _ in range(20):
            for room in ("!a", "!b", "!c"):
                lanes.wake(room)
            await asyncio.sleep(0)
        await lanes.idle.wait()
    assert watched.most == 1
    assert watched.rooms_at_once == 3


async def test_a_room_woken_while_it_is_drained_is_drained_once_more() -> None:
    """What arrived meanwhile is not left lying, and many wakes are one."""
    watched = Watched()
    async with asyncio.TaskGroup() as group:
        lanes = Lanes(group, watched.drain)
        lanes.wake("!a")
        await asyncio.sleep(0)
        for _ in range(5):
            lanes.wake("!a")
        await lanes.idle.wait()
        assert watched.runs["!a"] == 2
        lanes.wake("!a")
        assert not lanes.idle.is_set()
        await lanes.idle.wait()
    assert watched.runs["!a"] == 3


async def test_nothing_is_under_way_before_the_first_wake() -> None:
    """Whoever waits for quiet goes on at once."""
    async with asyncio.TaskGroup() as group:
        await asyncio.wait_for(Lanes(group, Watched().drain).idle.wait(), 1)


async def test_an_error_in_a_lane_ends_the_program() -> None:
    """A lane that stopped in silence would be a room where nothing is answered any more."""

    async def fail(room: str) -> None:
        raise LookupError(room)

    with pytest.raises(ExceptionGroup) as caught:
        async with asyncio.TaskGroup() as group:
            Lanes(group, fail).wake("!a")
    assert caught.group_contains(LookupError)
