"""The stage for stories: one real bot and real people on the session's Synapse."""

import asyncio
import itertools
import os
import signal
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Iterable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import yaml

from doctocbot.account import database_path
from doctocbot.app import open_bot
from doctocbot.config import Config, Secrets, parse
from doctocbot.demo.homeserver import Homeserver
from doctocbot.demo.person import Person
from doctocbot.demo.seen import SeenEvent
from doctocbot.login import LoggedIn, log_in
from doctocbot.matrix.connection import Connection, path
from doctocbot.matrix.session import login_with_password
from doctocbot.store import Database, derive_key

NewUser = Callable[[str], Awaitable[tuple[str, str]]]
SECRET = "a long random secret for the stories"
_numbers = itertools.count(1)


class BotAccount:
    """A bot's account, configuration and data, started and stopped as the story wants."""

    def __init__(
        self, homeserver: Homeserver, user_id: str, password: str, folder: Path, settings: Mapping[str, Any]
    ) -> None:
        self.user_id = user_id
        self.folder = folder
        self.values = {
            "homeserver": {"url": homeserver.url, "user_id": user_id},
            "data_dir": "data",
            # Stories that are not about newcomers have nobody greeted.
            "rooms": {"allowed_inviters": [homeserver.server_name], "welcome": False},
            # Stories that are not about the bundling of a card's changes need not wait for it.
            "cards": {"seconds_between_edits": 0},
            **settings,
        }
        self.secrets = Secrets(SECRET, password=password)
        self.password = password
        self._processes: list[BotProcess] = []

    @property
    def config(self) -> Config:
        """The checked settings."""
        return parse(self.values, self.folder)

    async def log_in(self) -> LoggedIn:
        """What `doctocbot login` does."""
        return await log_in(self.config, self.secrets)

    @asynccontextmanager
    async def database(self) -> AsyncIterator[Database]:
        """The bot's database, to look into or to turn a date back while the bot is down."""
        database = await Database.open(database_path(self.config), derive_key(SECRET, "database"))
        try:
            yield database
        finally:
            await database.close()

    @asynccontextmanager
    async def serving(self, *, ready: bool = True) -> AsyncIterator[None]:
        """The bot, running in this process and `ready` to answer; whatever ends it early fails the story."""
        async with open_bot(self.config, self.secrets) as bot:
            task = asyncio.create_task(bot.run())
            if ready:
                await _ready_or_failed(task, bot.serving.wait())
            try:
                yield
            finally:
                task.cancel()
                with suppress(asyncio.CancelledError):
                    await task

    def write_config(self) -> Path:
        """The configuration as a file, as an operator has it."""
        path = self.folder / "config.yaml"
        path.write_text(yaml.safe_dump(dict(self.values)), encoding="utf-8")
        return path

    def environment(self, **more: str) -> dict[str, str]:
        """The environment an operator gives the bot."""
        return {**os.environ, "DOCTOCBOT_SECRET": SECRET, "DOCTOCBOT_PASSWORD": self.password, **more}

    async def process(self, *words: str, **environment: str) -> "BotProcess":
        """`doctocbot WORDS` as a process of its own, that can be killed."""
        path = self.write_config()
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "doctocbot", *words, "--config", str(path),
            env=self.environment(**environment), cwd=self.folder, stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
        )  # fmt: skip
        self._processes.append(BotProcess(process))
        return self._processes[-1]

    async def end_processes(self) -> None:
        """Leave none behind, whatever became of the story."""
        for process in self._processes:
            await process.kill()


async def _ready_or_failed(task: asyncio.Task[None], ready: Coroutine[Any, Any, object]) -> None:
    """Wait until the bot is ready; raises what ended it when it is not to be."""
    waiting = asyncio.create_task(ready)
    await asyncio.wait({task, waiting}, return_when=asyncio.FIRST_COMPLETED)
    if task.done():
        waiting.cancel()
        await task


class BotProcess:
    """A running `doctocbot`; its output is read all the time so that it never blocks."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self.process = process
        self.lines: list[str] = []
        self._news = asyncio.Event()
        self._reader = asyncio.create_task(self._read())

    async def said(self, words: str, within: float = 30) -> str:
        """Wait until it prints a line with these words, and return the line."""
        async with asyncio.timeout(within):
            while True:
                found = next((line for line in self.lines if words in line), None)
                if found is not None:
                    return found
                if self._reader.done():
                    raise AssertionError(f"the bot ended without saying {words!r}: {self.lines[-5:]}")
                self._news.clear()
                await self._news.wait()

    async def ended(self, within: float = 30) -> tuple[int, str]:
        """Its exit status and all it printed."""
        async with asyncio.timeout(within):
            status = await self.process.wait()
            await self._reader
        return status, "".join(self.lines)

    async def kill(self) -> None:
        """kill -9, as a power cut would."""
        if self.process.returncode is None:
            self.process.send_signal(signal.SIGKILL)
        await self.ended()

    async def stop(self) -> int:
        """SIGTERM, as a service manager would; returns the exit status."""
        if self.process.returncode is None:
            self.process.send_signal(signal.SIGTERM)
        return (await self.ended())[0]

    async def _read(self) -> None:
        assert self.process.stdout is not None
        async for line in self.process.stdout:
            self.lines.append(line.decode())
            self._news.set()
        self._news.set()


class Ward:
    """A homeserver's worth of people around one bot."""

    def __init__(
        self, homeserver: Homeserver, new_user: NewUser, folder: Path, stack: AsyncExitStack
    ) -> None:
        self.homeserver = homeserver
        self.new_user = new_user
        self.folder = folder
        self._stack = stack

    async def account(self, of: tuple[str, str] | None = None, **settings: Any) -> BotAccount:
        """A bot as its operator finds it before the first login; `of` (user id, password) for a second machine."""
        user_id, password = of or await self.new_user("doctocbot")
        folder = self.folder / f"bot-{next(_numbers)}"
        folder.mkdir()
        account = BotAccount(self.homeserver, user_id, password, folder, settings)
        self._stack.push_async_callback(account.end_processes)
        return account

    async def bot(self, **settings: Any) -> BotAccount:
        """A logged-in bot with these settings; it does not run yet."""
        account = await self.account(**settings)
        await account.log_in()
        return account

    async def serve(self, account: BotAccount) -> None:
        """Run the bot until the story ends."""
        await self._stack.enter_async_context(account.serving())

    async def person(self, word: str, **how: Any) -> Person:
        """Somebody with a signed device of their own."""
        user_id, password = await self.new_user(word)
        return await self.device(user_id, password, **how)

    async def device(self, user_id: str, password: str, **how: Any) -> Person:
        """A new device of somebody."""
        folder = self.folder / f"device-{next(_numbers)}"
        return await self._stack.enter_async_context(
            Person.login(self.homeserver.url, user_id, password, folder, **how)
        )

    async def room(
        self,
        moderator: Person,
        others: Iterable[Person] = (),
        bot: BotAccount | None = None,
        *,
        level: int = 50,
        **how: Any,
    ) -> str:
        """A closed, encrypted room in which everybody is, and the bot may redact (power level 50) unless told so."""
        powers = {"users": {bot.user_id: level}} if bot else None
        if powers and how.get("room_version", "12") != "12":
            # Before version 12 the creator stands in the list as well.
            powers["users"][moderator.user_id] = 100
        others = list(others)
        invited = [person.user_id for person in others] + ([bot.user_id] if bot else [])
        room = await moderator.create_room("DocTocToc", invite=invited, power_levels=powers, **how)
        for person in others:
            await person.join(room)
        if bot:
            await moderator.wait_for(room, joined(bot.user_id), what="the bot joining")
        return room


def joined(user_id: str) -> Callable[[SeenEvent], bool]:
    """The event by which somebody joins."""
    return lambda e: (
        e.type == "m.room.member"
        and e.raw.get("state_key") == user_id
        and e.content.get("membership") == "join"
    )


def card(bot: BotAccount, number: int | None = None) -> Callable[[SeenEvent], bool]:
    """The first event of a case's card."""

    def is_card(event: SeenEvent) -> bool:
        title = event.body.split(" ", 1)[0]
        wanted = title == f"#{number}" if number else title.startswith("#")
        return (
            event.sender == bot.user_id and wanted and not event.relation and event.type == "m.room.message"
        )

    return is_card


def says(sender: str, words: str) -> Callable[[SeenEvent], bool]:
    """A message of somebody that holds these words (edits count)."""

    def matches(event: SeenEvent) -> bool:
        content = event.content.get("m.new_content") or event.content
        # French typography puts no-break spaces where a test types ordinary ones.
        body = str(content.get("body", "")).replace("\u00a0", " ").replace("\u202f", " ")
        return event.sender == sender and words in body

    return matches


def answers(bot: BotAccount, event_id: str) -> Callable[[SeenEvent], bool]:
    """What the bot says in reply to a message."""
    return lambda e: (
        e.sender == bot.user_id and (e.relation.get("m.in_reply_to") or {}).get("event_id") == event_id
    )


async def caught_up(person: Person, room: str, bot: BotAccount) -> None:
    """Have the bot answer something: then it has handled, and said its word on, all that came before in the room."""
    asked = await person.say(room, "!lescas")
    await person.wait_for(room, answers(bot, asked), what="the answer to what came last")


def picture_in(thread: str, sender: str) -> Callable[[SeenEvent], bool]:
    """A picture that somebody posted in a thread."""
    return lambda e: e.sender == sender and e.thread == thread and e.content.get("msgtype") == "m.image"


def redacted(event_id: str) -> Callable[[SeenEvent], bool]:
    """An event that has been redacted since."""
    return lambda e: e.event_id == event_id and e.redacted


async def end_all_sessions(ward: Ward, bot: BotAccount) -> None:
    """What another client of the account does, or an administrator."""
    session = await login_with_password(ward.homeserver.url, bot.user_id, bot.password, "administrator")
    connection = Connection(ward.homeserver.url, session.access_token)
    try:
        await connection.request("POST", path("logout", "all"))
    finally:
        await connection.close()
