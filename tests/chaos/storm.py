"""The storm: a bot under load behind a fault proxy, killed, starved and cut off at random; then the reading."""

import asyncio
import itertools
import os
import random
import signal
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack, suppress
from dataclasses import dataclass
from pathlib import Path

from sqlcipher3 import dbapi2 as sqlcipher

from doctocbot.account import database_path
from doctocbot.demo.person import Person
from doctocbot.store import derive_key
from tests.chaos.crew import Crew
from tests.chaos.jumpyclock import JumpyHomeserver
from tests.chaos.proxy import FaultProxy
from tests.chaos.reader import Report, compare
from tests.stories.ward import SECRET, BotAccount, BotProcess, Ward, answers

_SETTLES_WITHIN = 700.0  # seconds
_TRIES = 8


@dataclass(frozen=True, slots=True)
class Plan:
    """How long and how hard: times in seconds, `kills` at least so many times."""

    seed: int
    seconds: float
    kills: int
    rate: float = 0.05
    stall_seconds: float = 60.0
    pause: float = 1.0
    """Seconds between two acts; six people at this pace are no flood, which would be delayed by design."""


@dataclass(slots=True)
class Outcome:
    """What was done, and what the reader found."""

    faults: Counter[str]
    acts: int
    report: Report


class Keeper:
    """Keeps the bot's process running, as systemd does, and does harm to it."""

    def __init__(self, bot: BotAccount, chance: random.Random) -> None:
        self.faults: Counter[str] = Counter()
        self._bot = bot
        self._chance = chance
        self._process: BotProcess | None = None
        self._ends = False

    async def run(self) -> None:
        """Start it again whenever it ends, until cancelled."""
        try:
            while True:
                self._process = await self._bot.process("run")
                status, _ = await self._process.ended(within=100_000)
                if status not in (-signal.SIGKILL, 0):
                    self.faults[f"ended by itself ({status})"] += 1
                    await asyncio.sleep(0.5)
        finally:
            if self._process is not None:
                await self._process.stop()

    async def kill(self) -> None:
        """kill -9, wherever it stands."""
        if self._signal(signal.SIGKILL):
            self.faults["kill -9"] += 1

    async def kill_worker(self) -> None:
        """kill -9 of one of its children: the picture workers."""
        children = await asyncio.to_thread(_children, self._pid())
        if children:
            with suppress(ProcessLookupError):
                os.kill(self._chance.choice(children), signal.SIGKILL)
                self.faults["picture worker killed"] += 1

    async def fill_disk(self, seconds: float) -> None:
        """No file may grow beyond what it is now: as on a full disk, for some seconds."""
        pid = self._pid()
        if pid is None:
            return
        import resource

        with suppress(ProcessLookupError, PermissionError):
            before = resource.prlimit(pid, resource.RLIMIT_FSIZE)
            resource.prlimit(pid, resource.RLIMIT_FSIZE, (4096, before[1]))
            self.faults["disk full"] += 1
            await asyncio.sleep(seconds)
            resource.prlimit(pid, resource.RLIMIT_FSIZE, before)

    async def hold_database(self, seconds: float) -> None:
        """Another process has the database to itself."""
        await asyncio.to_thread(self._hold, seconds)

    def _hold(self, seconds: float) -> None:
        with suppress(sqlcipher.OperationalError):
            other = sqlcipher.connect(str(database_path(self._bot.config)), isolation_level=None, timeout=5)
            try:
                other.execute(f"PRAGMA key = '{derive_key(SECRET, 'database')}'")
                other.execute("BEGIN IMMEDIATE")
                self.faults["database locked"] += 1
                time.sleep(seconds)
                other.execute("ROLLBACK")
            finally:
                other.close()

    def _pid(self) -> int | None:
        process = self._process
        return process.process.pid if process is not None and process.process.returncode is None else None

    def _signal(self, number: int) -> bool:
        pid = self._pid()
        if pid is None:
            return False
        with suppress(ProcessLookupError):
            os.kill(pid, number)
            return True
        return False


def _children(pid: int | None) -> list[int]:
    if pid is None:
        return []
    found: list[int] = []
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        with suppress(OSError):
            found += map(int, task.read_text().split())
    return found


async def storm(folder: Path, plan: Plan, say: Callable[[str], None]) -> Outcome:
    """Run one storm on a homeserver of its own, let it settle, and read the room."""
    chance = random.Random(plan.seed)  # noqa: S311 - to be repeated, not to be secret
    async with AsyncExitStack() as stack:
        homeserver = await stack.enter_async_context(JumpyHomeserver.start(folder / "homeserver"))
        numbers = iter(range(1, 100))

        async def new_user(word: str) -> tuple[str, str]:
            password = f"password-{next(numbers)}"
            return await homeserver.register(f"{word}-{next(numbers)}", password), password

        ward = Ward(homeserver, new_user, folder, stack)
        proxy = FaultProxy(homeserver.url, plan.seed, plan.rate, plan.stall_seconds)
        await stack.enter_async_context(proxy.running())
        bot = await ward.account(homeserver={"url": proxy.url, "user_id": ""}, quiz={"minutes": 5})
        bot.values["homeserver"] = {"url": proxy.url, "user_id": bot.user_id}
        with proxy.quiet():
            await bot.log_in()
        people = [await ward.person(word) for word in ("lea", "omar", "nora", "paul", "ines", "marc")]
        keeper = Keeper(bot, chance)
        tending = asyncio.create_task(keeper.run())
        try:
            with proxy.quiet():
                room = await ward.room(people[0], people[1:], bot)
            crew = Crew(people, room, bot.user_id, chance)
            working = asyncio.create_task(crew.work(plan.pause))
            say(f"seed {plan.seed}: {plan.seconds:.0f} s, {plan.kills} kills")
            await _rage(plan, chance, keeper, homeserver, crew)
            async with crew.calm:  # nobody is cut off in the middle of a sentence
                working.cancel()
            await asyncio.gather(working, return_exceptions=True)
            with proxy.quiet():
                await _settle(people[0], room, bot)
                report = compare(people[0].timeline(room), bot.user_id, crew.cases)
        finally:
            tending.cancel()
            await asyncio.gather(tending, return_exceptions=True)
        return Outcome(keeper.faults + proxy.faults, crew.done, report)


async def _rage(
    plan: Plan, chance: random.Random, keeper: Keeper, homeserver: JumpyHomeserver, crew: Crew
) -> None:
    """Do harm until the time is over and the bot was killed often enough."""
    ends = time.monotonic() + plan.seconds
    between = plan.seconds / max(plan.kills, 1)
    others: list[Callable[[], Awaitable[None]]] = [
        keeper.kill_worker,
        lambda: keeper.fill_disk(chance.uniform(1, 4)),
        lambda: keeper.hold_database(chance.uniform(1, 8)),
        lambda: _restart(homeserver, crew, keeper),
        lambda: _jump(homeserver, keeper, chance.uniform(30, 900)),
    ]
    turns = itertools.cycle(chance.sample(others, len(others)))
    while time.monotonic() < ends or keeper.faults["kill -9"] < plan.kills:
        await asyncio.sleep(chance.uniform(0.1, 1.0) * between)
        await keeper.kill()
        # Long enough after it that the bot is up again, and there is something to be harmed.
        await asyncio.sleep(min(3.0, between / 2))
        if chance.random() < 0.5:
            await next(turns)()


async def _jump(homeserver: JumpyHomeserver, keeper: Keeper, seconds: float) -> None:
    """The homeserver's clock goes ahead at once, as after a night without time from the network."""
    await asyncio.to_thread(homeserver.jump, seconds)
    keeper.faults["clock jumped"] += 1


async def _restart(homeserver: JumpyHomeserver, crew: Crew, keeper: Keeper) -> None:
    """The homeserver goes down at once and comes back; people wait, the bot does not know."""
    async with crew.calm:
        await homeserver.kill()
        # Its clock was put right meanwhile, or wrong: it goes back.
        await asyncio.to_thread(homeserver.jump, -600.0)
        keeper.faults["homeserver restarted"] += 1
        await homeserver.launch()


async def _settle(person: Person, room: str, bot: BotAccount) -> None:
    """Ask until the bot answers with nothing left to say: then it has handled all that came before."""
    deadline = time.monotonic() + _SETTLES_WITHIN
    quiet_since = time.monotonic()
    asked = await person.say(room, "!lescas")
    await person.wait_for(
        room, answers(bot, asked), timeout=_SETTLES_WITHIN, what="the answer after the storm"
    )
    seen = len(person.timeline(room))
    while time.monotonic() < deadline and time.monotonic() - quiet_since < _TRIES:
        await asyncio.sleep(0.5)
        if len(person.timeline(room)) != seen:
            seen, quiet_since = len(person.timeline(room)), time.monotonic()
    person.seen.open_what_opens()
