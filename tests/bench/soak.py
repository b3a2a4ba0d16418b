"""Whether anything grows that should not: three years of #DocTocToc in one process, looked at all along the way.

The bot as its operator runs it, on the recorded homeserver of the replay, which answers at once. Real: every message
is encrypted and decrypted, the devices and room keys too, what the bot says is encrypted for everybody in the room; the
database, the crypto store, inbox, desk, outbox, clock and health watch. Not real: no socket, no Synapse, no pictures,
and days of talk pass in seconds, so that what the bot does once a day is done once.
"""

import json
import os
import tempfile
import threading
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from time import perf_counter
from typing import Any

from doctocbot.matrix.cryptostore import FILE_NAME
from tests.bench.recording import Recording, Stretch
from tests.bench.replay import check, resident, yardstick_process
from tests.bench.tapedbot import EncryptingGateway, TapedBot, running, taped_bot

EVENTS = 100_000
_STRETCH = 2_000  # messages between two looks
_VOTES = 0.096  # on top of each message, in the imagined year


@dataclass(frozen=True, slots=True)
class Look:
    """What the process held after so many events: MB of memory, counts, MB on disk."""

    events: int
    memory: float
    files: int
    threads: int
    database: float
    crypto: float
    journals: float


@dataclass(slots=True)
class Soak:
    """All looks, and what was handled in how many seconds."""

    messages: int = 0
    votes: int = 0
    room_keys: int = 0
    sent: int = 0
    seconds: float = 0.0
    looks: list[Look] = field(default_factory=list)

    @property
    def events(self) -> int:
        """Messages and votes."""
        return self.messages + self.votes

    def growth(self, what: str) -> float:
        """How much more there was at most in the last half than when it began, as a share."""
        half = [look for look in self.looks if look.events >= self.looks[-1].events / 2]
        sizes = [getattr(look, what) for look in half]
        return float(max(sizes) / sizes[0] - 1)

    def bytes_per_event(self, what: str) -> int:
        """How much one more event takes on disk, over the last half."""
        half = [look for look in self.looks if look.events >= self.looks[-1].events / 2]
        first, last = half[0], half[-1]
        grown = getattr(last, what) - getattr(first, what)
        return int(1e6 * grown / max(last.events - first.events, 1))

    def as_json(self) -> dict[str, Any]:
        """All looks, and what follows from them."""
        return asdict(self) | {
            "growth": {name: round(self.growth(name), 4) for name in ("memory", "files", "threads")},
            "bytes_per_event": {name: self.bytes_per_event(name) for name in ("database", "crypto")},
        }


async def soak(events: int = EVENTS, progress: Callable[[int], None] = lambda _: None) -> Soak:
    """Let the bot take in about so many events; raises NotTheSameWork unless all was counted and answered."""
    with tempfile.TemporaryDirectory() as name:
        directory = Path(name)
        (directory / "bot").mkdir()
        async with taped_bot(directory / "bot", EncryptingGateway) as bot:
            year = await _record(bot, directory, round(events / (1 + _VOTES)))
            measured = Soak()
            begin = perf_counter()
            async with running(bot):
                await bot.take_in(1)
                for stretch in (Stretch(**each) for each in year["stretches"]):
                    await bot.take_in(1 + stretch.syncs)
                    measured.messages += stretch.messages
                    measured.votes += stretch.votes
                    measured.room_keys += stretch.keys
                    measured.looks.append(look(measured.events, directory / "bot"))
                    progress(measured.events)
                measured.seconds = perf_counter() - begin
                await bot.database.run(check, year)
                measured.sent = bot.gateway.sent
    return measured


async def _record(bot: TapedBot, directory: Path, messages: int) -> dict[str, Any]:
    """Have another process write the years down, and end it: nothing of them is in this one."""
    async with yardstick_process() as yardstick:
        year = await yardstick.ask(
            directory=str(directory),
            bot=asdict(await bot.publish_keys()),
            messages=messages,
            timeline=200,
            stretch=_STRETCH,
        )
    bot.homeserver.published = json.loads((directory / "published.json").read_text(encoding="utf-8"))
    bot.homeserver.recording = Recording(directory / "year.jsonl")
    return year


def look(events: int, directory: Path) -> Look:
    """What this process holds now, and its files in this directory."""
    files = len(os.listdir("/proc/self/fd"))  # noqa: PTH208
    sizes = {
        "database": _megabytes(directory, "doctocbot.db"),
        "crypto": _megabytes(directory, FILE_NAME),
        "journals": _megabytes(directory, "*-wal"),
    }
    return Look(events, round(resident(), 1), files, threading.active_count(), **sizes)


def _megabytes(directory: Path, pattern: str) -> float:
    return round(sum(file.stat().st_size for file in directory.rglob(pattern)) / 1e6, 2)
