"""The three bots of the load: their accounts, and how the process of each is started and looked at."""

import os
import sys
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from doctocbot.account import database_path, load_session
from doctocbot.config import SECRET, Config, Secrets, load
from doctocbot.demo.homeserver import Homeserver
from doctocbot.login import log_in
from doctocbot.matrix.connection import Connection
from doctocbot.matrix.session import Session
from doctocbot.store import Database, DatabaseVault, derive_key
from tests.bench.crowd import PASSWORD
from tests.bench.echo import TOKEN
from tests.bench.latency import running
from tests.bench.lookout import Lookout
from tests.element.node import ENGINE_DIRECTORY, NODE, node_environment

SECRET_OF_OURS = "a secret for the bench alone, which protects nothing"
_PATIENCE = 180.0  # seconds until it is in all rooms


@dataclass(slots=True)
class Bot:
    """One bot's account, the line of its own device, and how its process is started."""

    session: Session
    line: Connection
    start: Callable[[], Any]


async def log_ours_in(homeserver: Homeserver, user_id: str, directory: Path) -> Config:
    """Write the configuration of ours, and do what `doctocbot login` does; nobody is greeted."""
    path_of_config = directory / "config.yaml"
    path_of_config.write_text(
        f"homeserver: {{url: '{homeserver.url}', user_id: '{user_id}'}}\ndata_dir: data\n"
        f"rooms: {{allowed_inviters: ['{homeserver.server_name}'], welcome: false}}\n",
        encoding="utf-8",
    )
    config = load(path_of_config)
    await log_in(config, Secrets(SECRET_OF_OURS, password=PASSWORD))
    return config


async def session_of(config: Config) -> Session:
    """The device of ours that has been logged in."""
    database = await Database.open(database_path(config), derive_key(SECRET_OF_OURS, "database"))
    try:
        session = await load_session(DatabaseVault(database))
    finally:
        await database.close()
    if session is None:
        raise RuntimeError("nobody has logged in")
    return session


@asynccontextmanager
async def run_ours(
    directory: Path, lookout: Lookout, user_id: str, rooms: Sequence[str]
) -> AsyncIterator[int]:
    """The bot as its operator runs it, once it is in all rooms."""
    program = (sys.executable, "-m", "doctocbot", "run", "--config", str(directory / "config.yaml"))
    async with running(program, {SECRET: SECRET_OF_OURS}, directory / "bot.log") as process:
        for room in rooms:
            await lookout.when(f"{user_id} in {room}", _PATIENCE)
        yield process


def nio_program(homeserver: Homeserver, session: Session, directory: Path) -> Sequence[str]:
    """The echo bot on nio."""
    store = directory / "nio"
    store.mkdir()
    return (
        sys.executable,
        "-m",
        "tests.bench.echo",
        homeserver.url,
        session.user_id,
        session.device_id,
        str(store),
    )


def js_program(homeserver: Homeserver, session: Session) -> Sequence[str]:
    """The echo bot on matrix-js-sdk."""
    program = ENGINE_DIRECTORY / "echo.mjs"
    return (str(NODE), str(program), homeserver.url, session.user_id, session.device_id)


def token(session: Session) -> dict[str, str]:
    """The environment of an echo bot."""
    return node_environment() | {TOKEN: session.access_token}


def cpu_seconds(process: int) -> float:
    """Seconds of processor that a process and its finished children have taken."""
    fields = Path(f"/proc/{process}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    return sum(int(each) for each in fields[11:15]) / os.sysconf("SC_CLK_TCK")


def memory(process: int) -> float:
    """Resident MB of a process."""
    pages = int(Path(f"/proc/{process}/statm").read_text(encoding="ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6
