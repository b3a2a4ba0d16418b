"""The real bot as its operator runs it: a process of its own, a configuration file, secrets in files."""

import asyncio
import os
import secrets
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import yaml

from doctocbot.demo import tether
from doctocbot.demo.homeserver import Homeserver

_LEAVES_WITHIN = 10.0  # seconds
_LOG_TAIL = 12  # lines


class BotFault(RuntimeError):
    """The bot did not log in, or ended while it was needed; the message holds the end of its log."""


class BotProcess:
    """`doctocbot run` in a process that ends with ours, whatever happens to us."""

    def __init__(self, user_id: str, config: Path, process: asyncio.subprocess.Process) -> None:
        self.user_id = user_id
        self.config = config
        self._process = process
        self.ended = asyncio.create_task(process.wait(), name="end of the bot")
        """Done as soon as it has ended; to be waited for with `asyncio.wait`, which does not cancel it."""

    @classmethod
    @asynccontextmanager
    async def running(cls, homeserver: Homeserver, directory: Path, name: str) -> AsyncIterator["BotProcess"]:
        """Make an account and a configuration, log in, take in a question bank, and run for the length of the block.

        Raises BotFault when one of these fails. Whether the bot serves is seen from what it does in the room.
        """
        password = secrets.token_urlsafe(24)
        user_id = await homeserver.register(name, password, name)
        config = await asyncio.to_thread(_write_settings, directory, homeserver, user_id, password)
        for subcommand in (("login",), ("quiz", "import", "--example", "fr")):
            await _done(config, *subcommand)
        bot = cls(user_id, config, await _doctocbot(config, "run"))
        try:
            yield bot
        finally:
            await bot._stop()

    @property
    def pid(self) -> int:
        """The process id."""
        return self._process.pid

    @property
    def log_file(self) -> Path:
        """What it writes while it runs: ids and counts."""
        return _log_file(self.config, "run")

    def fault(self) -> BotFault:
        """What there is to say when it has ended by itself."""
        return BotFault(f"doctocbot run: {self._process.returncode}\n{_tail(self.config, 'run')}")

    async def _stop(self) -> None:
        """End it as an operator would, and by force if it takes too long."""
        if not self.ended.done():
            self._process.send_signal(signal.SIGTERM)
            await asyncio.wait([self.ended], timeout=_LEAVES_WITHIN)
        if not self.ended.done():
            self._process.kill()
        await self.ended


def _log_file(config: Path, subcommand: str) -> Path:
    # One for each: that of `login` holds the recovery key.
    return config.with_name(f"{subcommand}.log")


def _tail(config: Path, subcommand: str) -> str:
    lines = _log_file(config, subcommand).read_text(encoding="utf-8", errors="replace").splitlines()
    return "\n".join(lines[-_LOG_TAIL:])


def _write_settings(directory: Path, homeserver: Homeserver, user_id: str, password: str) -> Path:
    directory.mkdir(mode=0o700)
    for name, secret in (("secret", secrets.token_urlsafe(32)), ("password", password)):
        _write_private(directory / name, secret)
    config = directory / "config.yaml"
    settings = {
        "homeserver": {"url": homeserver.url, "user_id": user_id},
        "data_dir": "data",
        "language": "fr",
        # Everybody comes at once, and nobody is to be greeted in the middle of the scene.
        "rooms": {"allowed_inviters": [homeserver.server_name], "welcome": False},
    }
    _write_private(config, yaml.safe_dump(settings, sort_keys=False))
    return config


async def _done(config: Path, *subcommand: str) -> None:
    """Wait until a subcommand has done its work; raises BotFault when it fails."""
    process = await _doctocbot(config, *subcommand)
    try:
        status = await process.wait()
    except asyncio.CancelledError:
        process.kill()
        raise
    if status != 0:
        raise BotFault(f"doctocbot {' '.join(subcommand)}: {status}\n{_tail(config, subcommand[0])}")


async def _doctocbot(config: Path, *subcommand: str) -> asyncio.subprocess.Process:
    """Start a subcommand, tethered to us; its standard output and error go to a log of its own."""
    tethered = (sys.executable, "-I", tether.__file__, str(os.getpid()))
    command = (sys.executable, "-m", "doctocbot", *subcommand, "--config", str(config))
    with _log_file(config, subcommand[0]).open("ab") as log:
        return await asyncio.create_subprocess_exec(
            *tethered,
            *command,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            env=_environment(config.parent),
            # Ctrl-C is for the demo alone, which then ends the bot in its turn.
            start_new_session=True,
        )


def _environment(directory: Path) -> dict[str, str]:
    """Ours without what an operator may have set for a bot of their own, with the demo's secrets."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("DOCTOCBOT_")}
    files = {"DOCTOCBOT_SECRET_FILE": "secret", "DOCTOCBOT_PASSWORD_FILE": "password"}
    return kept | {name: str(directory / file) for name, file in files.items()}


def _write_private(path: Path, text: str) -> None:
    path.touch(mode=0o600)
    path.write_text(text, encoding="utf-8")
