"""Everything that has to stand before the scene begins: homeserver, bot, people logged in. Gone when the block ends."""

import asyncio
import logging
import shutil
import tempfile
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any, TypeVar

import structlog

from doctocbot.demo.bot import BotProcess
from doctocbot.demo.cast import BOT, PLAYERS, VISITOR, Account, Cast, register
from doctocbot.demo.homeserver import Homeserver
from doctocbot.matrix.quietlog import silence_nio_logging

T = TypeVar("T")


class Stage:
    """A homeserver on loopback with the cast and the real bot on it."""

    def __init__(self, homeserver: Homeserver, bot: BotProcess, cast: Cast, visitor: Account) -> None:
        self.homeserver = homeserver
        self.bot = bot
        self.cast = cast
        self.visitor = visitor

    @classmethod
    @asynccontextmanager
    async def set(cls, directory: Path, tell: Callable[[str], None]) -> AsyncIterator["Stage"]:
        """Set the stage in an empty directory for the length of the block; `tell` hears of each thing that stands.

        Raises HomeserverError or BotFault when something does not start, each with the end of its log.
        """
        _send_logs_to(directory / "cast.log")
        async with Homeserver.start(directory / "homeserver") as homeserver:
            tell(f"Serveur Matrix : Synapse, {homeserver.url}")
            accounts = await register(homeserver, (*PLAYERS, VISITOR))
            visitor = accounts.pop(VISITOR)
            async with BotProcess.running(homeserver, directory / "bot", BOT.localpart) as bot:
                tell(f"Robot : doctocbot run, processus {bot.pid}")
                async with Cast.login(homeserver.url, accounts, directory / "phones") as cast:
                    names = ", ".join(f"{role.name} ({role.trade})" for role in PLAYERS)
                    tell(f"Appareils vérifiés : {names}")
                    yield cls(homeserver, bot, cast, visitor)

    async def while_bot_runs(self, work: Coroutine[Any, Any, T]) -> T:
        """Do something that needs the bot; raises BotFault as soon as it has ended by itself."""
        task = asyncio.create_task(work)
        try:
            await asyncio.wait({task, self.bot.ended}, return_when=asyncio.FIRST_COMPLETED)
            if not task.done():
                raise self.bot.fault()
        finally:
            if not task.done():
                task.cancel()
                await asyncio.wait([task])
        return task.result()


@contextmanager
def fresh_directory(inside: Path) -> Iterator[Path]:
    """A new directory for one run (0700), removed at the end; it stays only when the run fails, for its logs."""
    inside.mkdir(mode=0o700, parents=True, exist_ok=True)
    directory = Path(tempfile.mkdtemp(prefix="run-", dir=inside)).resolve()
    failed = False
    try:
        yield directory
    except Exception:
        failed = True
        raise
    finally:
        if not failed:
            shutil.rmtree(directory, ignore_errors=True)


def _send_logs_to(path: Path) -> None:
    """Keep what the cast's clients log out of the transcript."""
    silence_nio_logging()
    logging.basicConfig(level=logging.CRITICAL, handlers=[logging.NullHandler()])
    path.touch(mode=0o600)
    structlog.configure(
        processors=[structlog.processors.add_log_level, structlog.processors.LogfmtRenderer()],
        logger_factory=structlog.WriteLoggerFactory(file=path.open("a", encoding="utf-8")),
    )
