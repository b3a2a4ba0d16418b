"""How long a card takes to appear, beside the echo of a bare nio bot in the same room and the same minutes.

Real Synapse; both bots, the homeserver and the two people are processes of their own, the people sharing one. What
the one who asks and the one who looks cost themselves is in both times.
"""

import asyncio
import os
import sys
import tempfile
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from statistics import median, quantiles
from time import perf_counter
from typing import Any

from doctocbot.config import SECRET, Secrets, load
from doctocbot.demo.homeserver import Homeserver
from doctocbot.demo.person import Person
from doctocbot.demo.seen import SeenEvent
from doctocbot.login import log_in
from doctocbot.matrix.connection import Connection, path
from doctocbot.matrix.crosssigning import CrossSigning
from doctocbot.matrix.session import Session, login_with_password
from tests.bench import phrases
from tests.bench.echo import ECHO, PING, TOKEN

_CHECKOUT = Path(__file__).resolve().parents[2]
_SECRET = "a secret for the bench alone, which protects nothing"
_PASSWORD = "bench"
_CAST = ("doctor", "colleague", "bot", "echo")
_WARM_UP = 8  # rounds that are not counted
_PATIENCE = 60.0  # seconds
_QUIET = (0.05, 0.25)  # seconds between two rounds, drawn anew so that nothing falls into step


@dataclass(slots=True)
class Latency:
    """Seconds from the beginning of sending until another client shows the answer, one for each round.

    `words` is until the card holds the words of the case, which come in its first edit.
    """

    echo: list[float] = field(default_factory=list)
    card: list[float] = field(default_factory=list)
    words: list[float] = field(default_factory=list)

    @property
    def ratio(self) -> float:
        """The card's median against the echo's."""
        return median(self.card) / median(self.echo)

    def as_json(self) -> dict[str, Any]:
        """Medians, quartiles and 95th percentiles in milliseconds."""
        figures = {name: spread(getattr(self, name)) for name in ("echo", "card", "words")}
        ratio_of_words = median(self.words) / median(self.echo)
        return {"rounds": len(self.card), **figures, "ratio": round(self.ratio, 3),
                "ratio_of_words": round(ratio_of_words, 3)}  # fmt: skip


def spread(seconds: list[float]) -> dict[str, float]:
    """Median, quartiles and 95th percentile in milliseconds."""
    ms = [1000 * each for each in seconds]
    cuts = quantiles(ms, n=20) if len(ms) > 1 else ms * 19
    return {"median": round(median(ms), 1), "q1": round(cuts[4], 1), "q3": round(cuts[14], 1),
            "p95": round(cuts[18], 1)}  # fmt: skip


async def latency(
    homeserver: Homeserver,
    rounds: int,
    progress: Callable[[int], None] = lambda _: None,
    warm_up: int = _WARM_UP,
) -> Latency:
    """Ask the bot for a card and the echo bot for an echo in turn, so many times each; its accounts must be new."""
    async with AsyncExitStack() as stack:
        directory = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        stage = await stack.enter_async_context(_stage(homeserver, directory))
        measured = Latency()
        random = Random(2018)  # noqa: S311  nothing secret: it has to be the same every time
        for number in range(-warm_up, rounds):
            taken = measured if number >= 0 else Latency()
            for echoes in (True, False) if number % 2 else (False, True):
                if echoes:
                    await stage.echo(number, taken)
                else:
                    await stage.card(phrases.question(random), taken)
                await asyncio.sleep(random.uniform(*_QUIET))
            progress(max(number + 1, 0))
    return measured


@dataclass(frozen=True, slots=True)
class _Stage:
    """A room with two people, the bot and the echo bot in it."""

    room: str
    doctor: Person
    colleague: Person
    bot: str
    echoing: str

    async def echo(self, number: int, taken: Latency) -> None:
        begin = perf_counter()
        await self._said(
            f"{PING}{number}", lambda event: event.sender == self.echoing and event.body == f"{ECHO}{number}"
        )
        taken.echo.append(perf_counter() - begin)

    async def card(self, question: str, taken: Latency) -> None:
        """The card is the first message of the bot that is not there yet; its words come in an edit of it."""
        known = {event.event_id for event in self.colleague.timeline(self.room)}
        begin = perf_counter()
        card = await self._said(
            f"!cas {question}", lambda event: event.event_id not in known and self._is_card(event)
        )
        taken.card.append(perf_counter() - begin)
        await self.colleague.wait_for(
            self.room, lambda event: event.replaces == card.event_id, _PATIENCE, "the words"
        )
        taken.words.append(perf_counter() - begin)

    def _is_card(self, event: SeenEvent) -> bool:
        return event.sender == self.bot and event.decrypted and not event.relation

    async def _said(self, words: str, answered: Callable[[SeenEvent], bool]) -> SeenEvent:
        saying = asyncio.create_task(self.doctor.say(self.room, words))
        try:
            return await self.colleague.wait_for(self.room, answered, _PATIENCE, "an answer")
        finally:
            await saying


@asynccontextmanager
async def _stage(homeserver: Homeserver, directory: Path) -> AsyncIterator[_Stage]:
    users = {name: await homeserver.register(f"bench-{name}", _PASSWORD) for name in _CAST}
    async with AsyncExitStack() as stack:
        people = [
            await stack.enter_async_context(
                Person.login(homeserver.url, users[name], _PASSWORD, directory / name)
            )
            for name in ("doctor", "colleague")
        ]
        await stack.enter_async_context(_bot(homeserver, users["bot"], directory))
        echo = await stack.enter_async_context(_echo(homeserver, users["echo"], directory))
        doctor, colleague = people
        levels = {"users": {users["bot"]: 50}}
        invited = [users[name] for name in _CAST if name != "doctor"]
        room = await doctor.create_room("DocTocToc", invite=invited, power_levels=levels)
        await colleague.join(room)
        await echo.request("POST", path("join", room))
        for name in ("bot", "echo"):
            await colleague.wait_for(room, _joins(users[name]), _PATIENCE, f"the {name} bot")
        yield _Stage(room, doctor, colleague, users["bot"], users["echo"])


def _joins(user_id: str) -> Callable[[SeenEvent], bool]:
    return lambda event: (
        event.type == "m.room.member"
        and event.sender == user_id
        and event.content.get("membership") == "join"
    )


@asynccontextmanager
async def _bot(homeserver: Homeserver, user_id: str, directory: Path) -> AsyncIterator[None]:
    """The bot as its operator runs it: `doctocbot run` with a configuration file."""
    config = directory / "config.yaml"
    config.write_text(
        f"homeserver: {{url: '{homeserver.url}', user_id: '{user_id}'}}\n"
        f"data_dir: data\nrooms: {{allowed_inviters: ['{homeserver.server_name}']}}\n",
        encoding="utf-8",
    )
    await log_in(load(config), Secrets(_SECRET, password=_PASSWORD))
    program = (sys.executable, "-m", "doctocbot", "run", "--config", str(config))
    async with running(program, {SECRET: _SECRET}, directory / "bot.log"):
        yield


@asynccontextmanager
async def _echo(homeserver: Homeserver, user_id: str, directory: Path) -> AsyncIterator[Connection]:
    """The echo bot, its device signed so that everybody writes to it and reads it as they do the bot."""
    store = directory / "echo"
    store.mkdir()
    session = await login_with_password(homeserver.url, user_id, _PASSWORD, "echo")
    program = (
        sys.executable,
        "-m",
        "tests.bench.echo",
        homeserver.url,
        user_id,
        session.device_id,
        str(store),
    )
    async with running(program, {TOKEN: session.access_token}, directory / "echo.log"):
        connection = Connection(homeserver.url, session.access_token)
        try:
            await sign(connection, session)
            yield connection
        finally:
            await connection.close()


async def sign(connection: Connection, session: Session) -> None:
    """Give the account an identity that signs its device, as soon as the device has published its keys."""
    keys: dict[str, Any] | None = None
    async with asyncio.timeout(_PATIENCE):
        while keys is None:
            body: dict[str, Any] = {"device_keys": {session.user_id: []}}
            answer = await connection.request("POST", path("keys", "query"), body)
            keys = answer["device_keys"].get(session.user_id, {}).get(session.device_id)
            await asyncio.sleep(0.05)
    identity = CrossSigning.generate(session.user_id)
    await connection.request("POST", path("keys", "device_signing", "upload"), identity.upload_body())
    signatures = {session.user_id: {session.device_id: identity.sign_device(keys)}}
    await connection.request("POST", path("keys", "signatures", "upload"), signatures)


@asynccontextmanager
async def running(program: Sequence[str], secrets: Mapping[str, str], log: Path) -> AsyncIterator[int]:
    """A program in a process of its own, ended at the end; gives its id. What it logs is kept beside it."""
    with log.open("wb") as target:
        process = await asyncio.create_subprocess_exec(
            *program, cwd=_CHECKOUT, env=os.environ | secrets, stdout=target, stderr=target
        )
    try:
        yield process.pid
        if process.returncode is not None:
            raise RuntimeError(f"{' '.join(program[1:3])} ended by itself")
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()
