"""One bot for one device: whoever runs says so on the server, and nobody starts beside a living one.

Two bots on one device would take each other's keys and answer everybody twice. The directory's lock keeps apart those
of one machine; this keeps apart the machine that was believed lost and the one to which its backup was restored. It
stands in the account data of the bot's account, which nobody else sees (spec, "Client Config").
"""

import asyncio
import os
import secrets
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from doctocbot.matrix.backoff import persistently
from doctocbot.matrix.client import EncryptedClient
from doctocbot.matrix.connection import path
from doctocbot.matrix.errors import NotFound

_TYPE = "org.doctocbot.running"
_RENEW_EVERY = 60.0  # seconds
_HOLDS_FOR = 200.0  # seconds; three renewals that were missed, and some difference between two clocks
_LEAVES_WITHIN = 5.0  # seconds
_FILE = "instance"


class RunsElsewhere(Exception):
    """Another machine runs a bot on this device, or did so a moment ago; `seconds` after which it would be free."""

    def __init__(self, seconds: int) -> None:
        super().__init__(str(seconds))
        self.seconds = seconds


class Lease:
    """The word on the server that this data directory's bot is the one that runs."""

    def __init__(self, client: EncryptedClient, directory: Path) -> None:
        self._client = client
        self._instance = instance_of(directory)
        self._where = path("user", client.user_id, "account_data", _TYPE)

    async def take(self, *, by_force: bool = False) -> None:
        """Say that we run; raises RunsElsewhere while another does, unless somebody said that it is gone for good."""
        if not by_force:
            await self.check()
        await self._write(time.time())

    async def check(self) -> None:
        """Raise RunsElsewhere if another data directory's bot runs, or has not been gone for three minutes."""
        held = await persistently(self._read)
        since = held.get(self._client.device_id)
        if not isinstance(since, Mapping) or since.get("instance") == self._instance:
            return
        at = since.get("at")
        left = (at if isinstance(at, int) else 0) / 1000 + _HOLDS_FOR - time.time()
        # A clock that is far ahead of ours must not keep the device for ever.
        if 0 < left <= 2 * _HOLDS_FOR:
            raise RunsElsewhere(int(left) + 1)

    async def keep(self) -> None:
        """Go on saying so until cancelled; raises RunsElsewhere as soon as another has taken over."""
        while True:
            await asyncio.sleep(_RENEW_EVERY)
            await self.take()

    async def release(self) -> None:
        """Let the next one start at once, unless it has taken over; what the server does not hear of, runs out."""
        held = await self._client.request("GET", self._where, timeout=_LEAVES_WITHIN)
        since = held.get(self._client.device_id)
        if isinstance(since, Mapping) and since.get("instance") == self._instance:
            await self._client.request("PUT", self._where, {}, timeout=_LEAVES_WITHIN)

    async def _read(self) -> dict[str, Any]:
        try:
            return await self._client.request("GET", self._where)
        except NotFound:
            return {}

    async def _write(self, at: float) -> None:
        held = {"instance": self._instance, "at": int(at * 1000)}
        await persistently(lambda: self._client.request("PUT", self._where, {self._client.device_id: held}))


def instance_of(directory: Path) -> str:
    """The name of a data directory, made at its first use; no backup holds it, so a restored one has another."""
    file = directory / _FILE
    if not file.exists():
        handle = os.open(file, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o600)
        with os.fdopen(handle, "w", encoding="ascii") as opened:
            opened.write(secrets.token_hex(16))
    return file.read_text(encoding="ascii").strip()
