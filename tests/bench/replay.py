"""How fast the bot takes in a year of #DocTocToc, beside bare decryption of the same messages, and in what memory."""

import asyncio
import json
import os
import sys
import tempfile
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from time import perf_counter
from typing import Any

from doctocbot.store import Transaction
from tests.bench.people import BotKeys
from tests.bench.recording import Recording
from tests.bench.tapedbot import TapedBot, taped_bot

CHECKOUT = Path(__file__).resolve().parents[2]
_STRETCH = 2_000  # messages between two looks at the clock and at the memory
_FLAT_FROM = 10_000  # messages


class NotTheSameWork(Exception):
    """The bot did not count what was said: its speed would mean nothing."""


@dataclass(slots=True)
class Replay:
    """What was measured: seconds for all messages, and resident memory (MB) after so many of them.

    The bot's seconds also hold the votes, which travel in the clear and cost the yardsticks nothing, and the intake
    of the room keys.
    """

    messages: int = 0
    votes: int = 0
    cases: int = 0
    answers: int = 0
    sent: int = 0
    room_keys: int = 0
    bot_seconds: float = 0.0
    nio_seconds: float = 0.0
    own_seconds: float = 0.0
    memory: list[tuple[int, float]] = field(default_factory=list)

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
            "ratio": round(self.ratio, 3),
            "ratio_to_own_machine": round(self.own_seconds / self.bot_seconds, 3),
            "bot_per_second": round(self.messages / self.bot_seconds),
            "nio_per_second": round(self.messages / self.nio_seconds),
            "own_per_second": round(self.messages / self.own_seconds),
            "memory_growth": None if self.growth is None else round(self.growth, 4),
        }


async def replay(
    messages: int, timeline: int = 200, progress: Callable[[int], None] = lambda _: None
) -> Replay:
    """Replay so many messages; the bot and the yardstick take turns, each first in every other stretch.

    Raises NotTheSameWork when the bot's database does not hold every case, answer and vote in the end.
    """
    with tempfile.TemporaryDirectory() as name:
        directory = Path(name)
        async with taped_bot(directory / "bot") as bot, _yardstick() as yardstick:
            expected = await yardstick.ask(
                directory=name, bot=asdict(await bot.publish_keys()), messages=messages, timeline=timeline
            )
            published = (directory / "published.json").read_text(encoding="utf-8")
            bot.homeserver.published = json.loads(published)
            bot.homeserver.recording = recording = Recording(directory / "year.jsonl")
            await bot.take_in(1)
            measured = await _measure(bot, yardstick, recording, progress)
            await bot.database.run(_check, expected)
            measured.sent = bot.gateway.sent
    return measured
