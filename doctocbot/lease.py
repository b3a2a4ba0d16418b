"""One bot for one device: whoever runs says so on the server, and only `restore` makes another data directory the one.

Two bots on one device would take each other's keys and answer everybody twice. The directory's lock keeps apart those
of one machine; this keeps apart the machine that was believed lost and the one to which its backup was restored, also
when the lost one comes back while the other is stopped. It stands in the account data of the bot's account, which
nobody else sees (spec, "Client Config").

    run       its own name, or none yet -> says it anew every minute     another's name -> never
    restore   let go, or the operator's word that it is gone -> its own   heard of, or seen to renew -> not now
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
from doctocbot.store.replacing import flush_all

_TYPE = "org.doctocbot.running"
_RENEW_EVERY = 60.0  # seconds
_HOLDS_FOR = 200.0  # seconds; three renewals that were missed
_WATCHES = 15.0  # seconds beyond one renewal
_LEAVES_WITHIN = 5.0  # seconds
_FILE = "instance"


class RunsElsewhere(Exception):
    """Another machine runs a bot on this device, or did so a moment ago; `seconds` after which to ask again."""

    def __init__(self, seconds: int) -> None:
        super().__init__(str(seconds))
        self.seconds = seconds


class TakenOver(Exception):
    """A backup of this bot was restored elsewhere: what this data directory knows is out of date, and stays so."""


class Lease:
    """The word on the server that this data directory's bot is the one that runs."""

    def __init__(self, client: EncryptedClient, directory: Path) -> None:
        self._client = client
        self._instance = instance_of(directory)
        self._where = path("user", client.user_id, "account_data", _TYPE)

    async def take(self) -> None:
        """Say that we run; raises TakenOver where the device belongs to another data directory."""
        # Both in one step: a word that is tried again after hours without a network must not overwrite another's.
        await persistently(self._take)

    async def _take(self) -> None:
        since = (await self._read()).get(self._client.device_id)
        if isinstance(since, Mapping) and since.get("instance") != self._instance:
            raise TakenOver
        await self._put()

    async def take_over(self, *, by_force: bool = False) -> None:
        """Make the device this data directory's; raises RunsElsewhere if another runs, unless it is said to be gone.

        Two machines' clocks may differ: one that has long said nothing, by ours, is watched for as long as it takes to
        renew its word.
        """
        held = await self._held()
        if not by_force and held is not None and not held.get("released"):
            left = _said_at(held) + _HOLDS_FOR - time.time()
            if 0 < left <= 2 * _HOLDS_FOR:
                raise RunsElsewhere(int(left) + 1)
            await asyncio.sleep(_RENEW_EVERY + _WATCHES)
            if await self._held() != held:
                raise RunsElsewhere(int(_HOLDS_FOR))
        await persistently(self._put)

    async def keep(self) -> None:
        """Go on saying so until cancelled; raises TakenOver as soon as another has the device."""
        while True:
            await asyncio.sleep(_RENEW_EVERY)
            await self.take()

    async def release(self) -> None:
        """Say that we are gone, for a `restore` elsewhere; what the server does not hear of, runs out."""
        held = await self._client.request("GET", self._where, timeout=_LEAVES_WITHIN)
        since = held.get(self._client.device_id)
        if isinstance(since, Mapping) and since.get("instance") == self._instance:
            told = {self._client.device_id: {**since, "released": True}}
            await self._client.request("PUT", self._where, told, timeout=_LEAVES_WITHIN)

    async def _held(self) -> Mapping[str, Any] | None:
        """Who has the device, by their last word; None where nobody has said anything."""
        held = await persistently(self._read)
        since = held.get(self._client.device_id)
        return since if isinstance(since, Mapping) else None

    async def _read(self) -> dict[str, Any]:
        try:
            return await self._client.request("GET", self._where)
        except NotFound:
            return {}

    async def _put(self) -> None:
        held = {"instance": self._instance, "at": int(time.time() * 1000)}
        await self._client.request("PUT", self._where, {self._client.device_id: held})


def _said_at(held: Mapping[str, Any]) -> float:
    """Seconds since 1970, by the other's clock; 0 where it is no number."""
    at = held.get("at")
    return at / 1000 if isinstance(at, int) else 0.0


def instance_of(directory: Path) -> str:
    """The name of a data directory, made at its first use; no backup holds it, so a restored one has another."""
    file = directory / _FILE
    if not file.exists():
        # Whole or not at all, also when the power goes: with another name the bot would find itself taken over.
        begun = file.with_suffix(".new")
        handle = os.open(begun, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o600)
        with os.fdopen(handle, "w", encoding="ascii") as opened:
            opened.write(secrets.token_hex(16))
        flush_all([begun])
        begun.replace(file)
        flush_all([file])
    return file.read_text(encoding="ascii").strip()
