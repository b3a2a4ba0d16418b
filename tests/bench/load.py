"""How long answers take when a whole congress speaks at once, beside two bare echo bots on the same Synapse.

Fifty rooms, five hundred people (`crowd`), a thousand messages in ten seconds, a quarter of them commands. The bots
take turns, each alone in a process of its own: first ours, then the echo on nio, then that on matrix-js-sdk; to these
the commands are pings. One client, in all rooms, looks for the answers and decrypts every one. Everything runs on the
same machine: the homeserver, the bot, the crowd and the one who looks share its cores.
"""

import asyncio
import tempfile
from collections.abc import Callable, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from time import perf_counter
from typing import Any

from doctocbot.account import database_path
from doctocbot.config import Config
from doctocbot.demo.homeserver import Homeserver
from doctocbot.matrix.connection import Connection, path
from doctocbot.matrix.session import login_with_password
from doctocbot.store import Database, Transaction, derive_key
from tests.bench import phrases
from tests.bench.crowd import (
    PASSWORD,
    Member,
    all_meet,
    bot_keys,
    few_at_once,
    gather_crowd,
    into_rooms,
    meetings,
)
from tests.bench.echo import ECHO, PING
from tests.bench.latency import running, sign, spread
from tests.bench.load_bots import (
    SECRET_OF_OURS,
    Bot,
    cpu_seconds,
    js_program,
    log_ours_in,
    memory,
    nio_program,
    run_ours,
    session_of,
    token,
)
from tests.bench.lookout import Lookout

_QUIET = 40.0  # seconds without any answer: then no more will come
_COMMANDS = 0.2
"""The share of commands that are answered with a list, in what is said; one case a room comes on top."""
LIST, CASE = "!lescas", "!cas"
OURS, NIO, JS = "doctocbot", "nio", "matrix-js-sdk"


class NotAllHandled(Exception):
    """Something that was said was not handled: times of the rest would mean nothing."""


@dataclass(slots=True)
class Burst:
    """What one bot did: seconds from sending a command until its answer was seen; `cold` the first in each room.

    `lasted` is how long it took to get everything said, which hangs on the homeserver as well.
    """

    messages: int = 0
    lasted: float = 0.0
    cold: list[float] = field(default_factory=list)
    lists: list[float] = field(default_factory=list)
    cards: list[float] = field(default_factory=list)
    unanswered: int = 0
    last_answer: float = 0.0
    cpu_seconds: float = 0.0
    memory: float = 0.0

    def as_json(self) -> dict[str, Any]:
        """Medians and 95th percentiles in ms, and the rest."""
        spreads = {
            "cold": self.cold,
            "lists": self.lists,
            "cards": self.cards,
            "all": self.lists + self.cards,
        }
        return {
            "messages": self.messages,
            "lasted": round(self.lasted, 2),
            "answers": len(self.lists) + len(self.cards),
            "unanswered": self.unanswered,
            "last_answer": round(self.last_answer, 2),
            "cpu_seconds": round(self.cpu_seconds, 1),
            "memory": round(self.memory, 1),
            "ms": {name: spread(seconds) for name, seconds in spreads.items() if seconds},
        }


@dataclass(frozen=True, slots=True)
class Size:
    """How much there is of everything."""

    rooms: int = 50
    members: int = 500
    messages: int = 1_000
    seconds: float = 10.0


def steps(size: Size) -> int:
    """How often the progress is told: of each person, each room, and each few who meet one of the three bots."""
    return size.members + size.rooms + 3 * meetings(size.members)


async def load_test(size: Size, progress: Callable[[int], None] = lambda _: None) -> dict[str, Any]:
    """Have all three bots go through the same; raises NotAllHandled when ours has left anything out."""
    done = 0

    def step() -> None:
        nonlocal done
        done += 1
        progress(done)

    async with AsyncExitStack() as stack:
        directory = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        homeserver = await stack.enter_async_context(Homeserver.start(directory / "homeserver"))
        scene = await _set(homeserver, directory, size, stack, step)
        bursts = {name: (await scene.measure(name, step)).as_json() for name in (OURS, NIO, JS)}
        await scene.checkrun_ours(size)
    return {**{name: getattr(size, name) for name in Size.__slots__}, "bots": bursts}


@dataclass(slots=True)
class _Scene:
    """Everybody in their rooms, and the bots that take turns."""

    size: Size
    crowd: Sequence[Member]
    lookout: Lookout
    bots: dict[str, Bot]
    ours: Config
    pings: int = 0

    async def measure(self, name: str, step: Callable[[], None]) -> Burst:
        """Start a bot, have everybody meet it, have it answer once in every room, and then the burst."""
        bot = self.bots[name]
        burst = Burst(self.size.messages)
        self.lookout.follow(bot.session.user_id)
        async with bot.start() as process:
            if name == NIO:
                await sign(bot.line, bot.session)
            keys = await bot_keys(bot.line, bot.session.user_id, bot.session.device_id)
            await all_meet(self.crowd, keys, bot.line, step)
            firsts = self.crowd[: self.size.rooms]
            cold = await self._answers(name, [(0.0, member, LIST) for member in firsts], burst)
            before = cpu_seconds(process)
            answered = await self._answers(name, self._plan(), burst)
            burst.cpu_seconds, burst.memory = cpu_seconds(process) - before, memory(process)
        burst.cold = [took for _, took in cold]
        burst.lists = [took for words, took in answered if words == LIST]
        burst.cards = [took for words, took in answered if words != LIST]
        if name == OURS and burst.unanswered:
            raise NotAllHandled(f"{burst.unanswered} commands were not answered")
        return burst

    def _plan(self) -> list[tuple[float, Member, str]]:
        """When everybody says what; the same for each bot. Commands first, lists before cases."""
        random = Random(2018)  # noqa: S311  nothing secret: it has to be the same every time
        lists, cases = round(_COMMANDS * self.size.messages), self.size.rooms
        talk = _talk(random, self.size.messages - lists - cases)
        words = [*[LIST] * lists, *[f"{CASE} {phrases.question(random)}" for _ in range(cases)], *talk]
        speakers = random.sample([*self.crowd] * -(-len(words) // len(self.crowd)), len(words))
        # One case in each room, so that its card is known by its room.
        speakers[lists : lists + cases] = self.crowd[:cases]
        return [
            (random.uniform(0, self.size.seconds), member, said)
            for member, said in zip(speakers, words, strict=True)
        ]

    async def _answers(
        self, name: str, plan: Sequence[tuple[float, Member, str]], burst: Burst
    ) -> list[tuple[str, float]]:
        """Say it all; returns how long each command took to be answered, where it was, in the order of the plan."""
        commands = [number for number, (_, _, words) in enumerate(plan) if words.startswith((LIST, CASE))]
        first, self.pings = self.pings, self.pings + len(plan)
        said = await self._say_all(name, plan, burst, first)
        marks = {
            number: self._mark(name, plan[number][1], plan[number][2], said[number][1], first + number)
            for number in commands
        }
        seen = await self.lookout.all_seen(list(marks.values()), _QUIET)
        burst.unanswered += len(marks) - len(seen)
        burst.last_answer = max(seen.values()) - min(began for began, _ in said)
        return [
            (plan[number][2], seen[mark] - said[number][0]) for number, mark in marks.items() if mark in seen
        ]

    def _mark(self, name: str, member: Member, words: str, event_id: str, number: int) -> str:
        """By what an answer is known: our list answers an event, our card stands in a room, an echo has a number."""
        if name != OURS:
            return f"{member.room} {ECHO}{number}"
        return f"card in {member.room}" if words.startswith(CASE) else event_id

    async def _say_all(
        self, name: str, plan: Sequence[tuple[float, Member, str]], burst: Burst, first: int
    ) -> list[tuple[float, str]]:
        """When each was said, and the event it became; pings are numbered from `first` on."""
        begin = perf_counter()

        async def one(number: int, moment: float, member: Member, words: str) -> tuple[float, str]:
            await asyncio.sleep(moment - (perf_counter() - begin))
            if name != OURS and words.startswith((LIST, CASE)):
                words = f"{PING}{first + number}"
            began = perf_counter()
            return began, await member.say(words)

        said = await asyncio.gather(*(one(number, *each) for number, each in enumerate(plan)))
        burst.lasted = perf_counter() - begin
        return said

    async def checkrun_ours(self, size: Size) -> None:
        """Look into our bot's database, now that it is down: all was handled."""
        database = await Database.open(database_path(self.ours), derive_key(SECRET_OF_OURS, "database"))
        try:
            left, handled = await database.run(_handled)
        finally:
            await database.close()
        wanted = size.messages + size.rooms
        if left or handled < wanted:
            raise NotAllHandled(f"{handled} of {wanted} handled, {left} left")


def _talk(random: Random, count: int) -> list[str]:
    """So much that is no command."""
    said: list[str] = []
    while len(said) < count:
        words = phrases.talk(random)
        if not words.startswith("!"):
            said.append(words)
    return said


def _handled(tx: Transaction) -> tuple[int, int]:
    left: int = tx.value("SELECT count(*) FROM inbox WHERE state IN ('ready', 'failed')")
    handled: int = tx.value(
        "SELECT count(*) FROM inbox WHERE state = 'done' AND sender LIKE '@member-%' AND verdict != 'unreadable'"
    )
    return left, handled


async def _set(
    homeserver: Homeserver, directory: Path, size: Size, stack: AsyncExitStack, step: Callable[[], None]
) -> _Scene:
    """Gather everybody in their rooms, the bots too; ours accepts its invitations when it is started."""
    crowd = await gather_crowd(homeserver, size.members, step)
    for member in crowd:
        stack.push_async_callback(member.line.close)
    host = await homeserver.register("host", PASSWORD)
    lookout = await stack.enter_async_context(
        Lookout.login(homeserver.url, host, PASSWORD, directory / "host")
    )
    users = {name: await homeserver.register(f"bot-{name}", PASSWORD) for name in (OURS, NIO, JS)}
    config = await log_ours_in(homeserver, users[OURS], directory)
    sessions = {
        name: await login_with_password(homeserver.url, users[name], PASSWORD, name) for name in (NIO, JS)
    }
    sessions[OURS] = await session_of(config)
    lines = {name: Connection(homeserver.url, session.access_token) for name, session in sessions.items()}
    for line in lines.values():
        stack.push_async_callback(line.close)
    rooms = await into_rooms(lookout, crowd, size.rooms, list(users.values()), step)
    for name in (NIO, JS):
        await few_at_once(lines[name].request("POST", path("join", room)) for room in rooms)
    starts = {
        OURS: lambda: run_ours(directory, lookout, users[OURS], rooms),
        NIO: lambda: running(
            nio_program(homeserver, sessions[NIO], directory), token(sessions[NIO]), directory / "nio.log"
        ),
        JS: lambda: running(js_program(homeserver, sessions[JS]), token(sessions[JS]), directory / "js.log"),
    }
    bots = {name: Bot(sessions[name], lines[name], starts[name]) for name in users}
    return _Scene(size, crowd, lookout, bots, config)
