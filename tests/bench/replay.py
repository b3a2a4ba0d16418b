"""How fast the bot takes in a year of #DocTocToc, beside bare decryption of the same messages, and in what memory."""

import asyncio
import json
import os
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from time import perf_counter, process_time
from typing import Any

from doctocbot.store import Transaction
from tests.bench.afterwards import measure_afterwards
from tests.bench.recording import Recording, Stretch
from tests.bench.tapedbot import TapedBot, running, taped_bot

_CHECKOUT = Path(__file__).resolve().parents[2]
_STRETCH = 2_000  # messages between two looks at the clock and at the memory
_FLAT_FROM = 10_000  # messages


class NotTheSameWork(Exception):
    """The bot did not count what was said: its speed would mean nothing."""


@dataclass(slots=True)
class Replay:
    """What was measured: seconds for all messages, and resident memory (MB) after so many of them.

    The bot's seconds hold the votes too, which travel in the clear and cost the yardsticks nothing. The intake of
    the room keys, which the yardsticks are spared, stands apart. Seconds of the processor are those of all threads;
    unlike those of the clock they say much the same on a busy machine.
    """

    timeline: int
    messages: int = 0
    votes: int = 0
    sent: int = 0
    bot_seconds: float = 0.0
    bot_cpu_seconds: float = 0.0
    nio_parsing_seconds: float = 0.0
    nio_decrypting_seconds: float = 0.0
    nio_cpu_seconds: float = 0.0
    own_seconds: float = 0.0
    room_keys: int = 0
    room_key_seconds: float = 0.0
    memory: list[tuple[int, float]] = field(default_factory=list)
    afterwards: dict[str, Any] = field(default_factory=dict)

    @property
    def nio_seconds(self) -> float:
        """What nio takes from the raw event to what is inside, the way that every message of the bot goes too."""
        return self.nio_parsing_seconds + self.nio_decrypting_seconds

    @property
    def ratio(self) -> float:
        """The bot's events per second against nio's bare decryption of the same; 1 would be as fast."""
        return self.nio_seconds / self.bot_seconds

    @property
    def growth(self) -> float | None:
        """How much the memory grew from the 10,000th message to its highest after, as a share; None for less."""
        later = [size for messages, size in self.memory if messages >= _FLAT_FROM]
        return max(later) / later[0] - 1 if later else None

    def as_json(self) -> dict[str, Any]:
        """All figures, and those that follow from them."""
        return asdict(self) | {
            "nio_seconds": self.nio_seconds,
            "ratio": round(self.ratio, 3),
            "ratio_to_decrypting_alone": round(self.nio_decrypting_seconds / self.bot_seconds, 3),
            "ratio_of_cpu": round(self.nio_cpu_seconds / self.bot_cpu_seconds, 3),
            "ratio_to_own_machine": round(self.own_seconds / self.bot_seconds, 3),
            "bot_per_second": round(self.messages / self.bot_seconds),
            "nio_per_second": round(self.messages / self.nio_seconds),
            "nio_decrypting_per_second": round(self.messages / self.nio_decrypting_seconds),
            "own_per_second": round(self.messages / self.own_seconds),
            "memory_growth": None if self.growth is None else round(self.growth, 4),
        }


async def replay(
    messages: int, timeline: int = 200, progress: Callable[[int], None] = lambda _: None, rounds: int = 100
) -> Replay:
    """Replay so many messages; the bot and the yardstick take turns, each first in every other stretch.

    Then `rounds` things of each kind are said one by one (`afterwards`).

    Raises NotTheSameWork when the bot's database does not hold every case, answer and vote in the end.
    """
    with tempfile.TemporaryDirectory() as name:
        directory = Path(name)
        (directory / "bot").mkdir()
        async with taped_bot(directory / "bot") as bot, yardstick_process() as yardstick:
            year = await yardstick.ask(
                directory=name,
                bot=asdict(await bot.publish_keys()),
                messages=messages,
                timeline=timeline,
                stretch=_STRETCH,
            )
            published = (directory / "published.json").read_text(encoding="utf-8")
            bot.homeserver.published = json.loads(published)
            bot.homeserver.recording = Recording(directory / "year.jsonl")
            measured = Replay(timeline)
            async with running(bot):
                await bot.take_in(1)
                for number, stretch in enumerate(year["stretches"]):
                    await _measure(bot, yardstick, Stretch(**stretch), measured, bot_first=number % 2 == 0)
                    progress(measured.messages)
                await bot.database.run(check, year)
                measured.sent = bot.gateway.sent
                people = await bot.database.run(_people)
                measured.afterwards = (await measure_afterwards(bot, people, rounds)).as_json()
    return measured


async def _measure(
    bot: TapedBot, yardstick: "Yardstick", stretch: Stretch, measured: Replay, *, bot_first: bool
) -> None:
    begin = perf_counter()
    await bot.take_in(1)
    measured.room_key_seconds += perf_counter() - begin
    if not bot_first:
        await yardstick.decrypt(stretch, measured)
    begin, begin_cpu = perf_counter(), process_time()
    await bot.take_in(stretch.syncs)
    measured.bot_seconds += perf_counter() - begin
    measured.bot_cpu_seconds += process_time() - begin_cpu
    if bot_first:
        await yardstick.decrypt(stretch, measured)
    measured.messages += stretch.messages
    measured.votes += stretch.votes
    measured.room_keys += stretch.keys
    measured.memory.append((measured.messages, round(resident(), 1)))


class Yardstick:
    """The process of `tests.bench.yardstick`."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process

    async def ask(self, **question: Any) -> dict[str, Any]:
        """One question, one answer."""
        if self._process.stdin is None or self._process.stdout is None:
            raise RuntimeError("the yardstick has no pipes")
        self._process.stdin.write(json.dumps(question).encode() + b"\n")
        await self._process.stdin.drain()
        answer: dict[str, Any] = json.loads(await self._process.stdout.readline())
        return answer

    async def decrypt(self, stretch: Stretch, measured: Replay) -> None:
        """Add what bare decryption of this stretch takes."""
        took = await self.ask(answers=[stretch.first, stretch.first + 1 + stretch.syncs])
        measured.nio_parsing_seconds += took["nio_parsing"]
        measured.nio_decrypting_seconds += took["nio_decrypting"]
        measured.nio_cpu_seconds += took["nio_cpu"]
        measured.own_seconds += took["own"]


@asynccontextmanager
async def yardstick_process() -> AsyncIterator[Yardstick]:
    """The yardstick, running for the length of the block."""
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.bench.yardstick", stdin=pipe, stdout=pipe, cwd=_CHECKOUT
    )
    try:
        yield Yardstick(process)
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


def check(tx: Transaction, expected: dict[str, Any]) -> None:
    """Raise NotTheSameWork unless every case, answer and vote is counted, and all is handled and sent."""
    # Whoever proposes what they have voted on before agrees with it once more.
    cast = "vote WHERE event_id NOT IN (SELECT event_id FROM proposal)"
    tables = {"cases": "medical_case", "answers": "answer", "votes": cast}
    counted = {name: tx.value(f"SELECT count(*) FROM {table}") for name, table in tables.items()}  # noqa: S608
    counted["waiting"] = tx.value("SELECT count(*) FROM inbox WHERE state != 'done'")
    # The last edits of cards wait for more changes, as they do in a real room.
    due = int(time.time() * 1000) - 2_000
    counted["unsent"] = tx.value(
        "SELECT count(*) FROM outbox WHERE state != 'sent' AND not_before <= :due", due=due
    )
    wanted = {name: expected[name] for name in tables} | {"waiting": 0, "unsent": 0}
    if counted != wanted:
        raise NotTheSameWork(f"counted {counted}, said {wanted}")


def _people(tx: Transaction) -> list[str]:
    return [row["sender"] for row in tx.rows("SELECT DISTINCT sender FROM inbox ORDER BY sender")]


def resident() -> float:
    """Resident memory of this process in MB (10^6 bytes)."""
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6
