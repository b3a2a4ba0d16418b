"""A real Synapse of one's own on loopback, for the demo and for the tests, gone when its owner is gone."""

import asyncio
import hashlib
import hmac
import os
import secrets
import signal
import socket
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from time import monotonic
from typing import Self

import aiohttp

from doctocbot.demo import tether
from doctocbot.demo.homeserver_config import write_homeserver_config

_READY_WITHIN = 90.0  # seconds; a cold start takes about 10, more on a busy machine
_LEAVES_WITHIN = 3.0  # seconds; Synapse may want more than 20, and a demo's data is not worth them
_POLL_EVERY = 0.05  # seconds
_LOG_TAIL = 30  # lines


class HomeserverError(RuntimeError):
    """The homeserver did not come up, or refused what a demo or test asked of it."""


class Homeserver:
    """One Synapse process with SQLite in a directory of its own; nothing here belongs to an event loop.

    So a fixture may launch it in one loop and tests use it from others. Only the first launch writes the
    configuration: later ones keep directory, port, accounts and rooms.
    """

    def __init__(self, directory: Path, server_name: str = "doctoc.test", port: int | None = None) -> None:
        self.directory = directory
        self.server_name = server_name
        self._wanted_port = port
        self._shared_secret = secrets.token_hex(32)
        self._config: Path | None = None
        self._process: subprocess.Popen[bytes] | None = None
        self._port = 0

    @classmethod
    @asynccontextmanager
    async def start(
        cls, directory: Path, server_name: str = "doctoc.test", port: int | None = None
    ) -> AsyncIterator[Self]:
        """Run a new homeserver for the length of the block; a free port is picked unless one is given."""
        homeserver = cls(directory, server_name, port)
        try:
            await homeserver.launch()
            yield homeserver
        finally:
            await homeserver.stop()

    @property
    def url(self) -> str:
        """The client API's base address, without a final slash."""
        return f"http://127.0.0.1:{self._port}"

    @property
    def log_file(self) -> Path:
        """Where Synapse's warnings and its last words go."""
        return self.directory / "synapse.log"

    async def launch(self) -> None:
        """Start the process and return once it answers; HomeserverError carries the end of Synapse's log."""
        if self._process is not None:
            raise HomeserverError("this homeserver is running already")
        if self._config is None:
            self._config = await asyncio.to_thread(self._settle)
        # In this thread, not a pool's: the tether breaks when the thread that forked ends.
        self._process = self._spawn(self._config)
        try:
            await self._answering()
        except BaseException:
            await self.kill()
            raise

    async def stop(self) -> None:
        """End the process, gently for a few seconds, then not; does nothing if it is not running."""
        if self._process is not None:
            self._process.send_signal(signal.SIGTERM)
            await self._gone(_LEAVES_WITHIN)
        await self.kill()

    async def kill(self) -> None:
        """End the process at once, as a power cut would; does nothing if it is not running."""
        if self._process is not None:
            self._process.kill()
            await self._gone(None)
            self._process = None

    async def restart(self) -> None:
        """Stop if need be and launch again with the same data at the same address."""
        await self.stop()
        await self.launch()

    async def register(
        self, localpart: str, password: str, displayname: str | None = None, *, admin: bool = False
    ) -> str:
        """Create an account, open registration being off, and return its user id.

        Raises HomeserverError when the server refuses. Source: Synapse's admin API, "Shared-Secret
        Registration".
        """
        address = f"{self.url}/_synapse/admin/v1/register"
        async with aiohttp.ClientSession() as http:
            async with http.get(address) as response:
                nonce: str = (await response.json())["nonce"]
            request = {
                "nonce": nonce,
                "username": localpart,
                "password": password,
                "admin": admin,
                "mac": self._registration_mac(nonce, localpart, password, admin=admin),
                "inhibit_login": True,
            }
            if displayname is not None:
                request["displayname"] = displayname
            async with http.post(address, json=request) as response:
                answer = await response.json()
        if response.status != 200:
            raise HomeserverError(f"registration refused: {response.status} {answer.get('errcode')}")
        user_id: str = answer["user_id"]
        return user_id

    def _registration_mac(self, nonce: str, localpart: str, password: str, *, admin: bool) -> str:
        words = (nonce, localpart, password, "admin" if admin else "notadmin")
        return hmac.new(self._shared_secret.encode(), "\0".join(words).encode(), hashlib.sha1).hexdigest()

    def _settle(self) -> Path:
        self.directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.directory.chmod(0o700)
        self._port = self._wanted_port or _free_port()
        return write_homeserver_config(self.directory, self.server_name, self._port, self._shared_secret)

    def _spawn(self, config: Path) -> subprocess.Popen[bytes]:
        tethered = [sys.executable, "-I", tether.__file__, str(os.getpid())]
        with self.log_file.open("ab") as log:
            return subprocess.Popen(  # noqa: S603  our own argument vector, no shell
                [*tethered, *self._program(config)],
                cwd=self.directory,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )

    def _program(self, config: Path) -> list[str]:
        """What runs as the homeserver; the storm of `tests/chaos` gives it a clock that jumps."""
        return [sys.executable, "-m", "synapse.app.homeserver", "--config-path", str(config)]

    async def _answering(self) -> None:
        deadline = monotonic() + _READY_WITHIN
        async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=2)) as http:
            while not await self._healthy(http):
                if self._process is None or self._process.poll() is not None:
                    raise HomeserverError(f"Synapse ended while starting; its log ends:\n{self._log_tail()}")
                if monotonic() > deadline:
                    raise HomeserverError(f"Synapse is not up yet; its log ends:\n{self._log_tail()}")
                await asyncio.sleep(_POLL_EVERY)

    async def _healthy(self, http: aiohttp.ClientSession) -> bool:
        try:
            async with http.get(f"{self.url}/health") as response:
                return response.status == 200
        except (aiohttp.ClientError, TimeoutError):
            return False

    async def _gone(self, within: float | None) -> None:
        """Wait for the process to end; `within` is in seconds, None means for as long as it takes."""
        deadline = None if within is None else monotonic() + within
        while self._process is not None and self._process.poll() is None:
            if deadline is not None and monotonic() > deadline:
                return
            await asyncio.sleep(_POLL_EVERY)

    def _log_tail(self) -> str:
        lines = self.log_file.read_text(encoding="utf-8", errors="replace").splitlines()
        return "\n".join(lines[-_LOG_TAIL:])


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
