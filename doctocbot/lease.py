"""One bot for one account: whoever runs says so on the server, and only `restore` or `login` makes another the one.

Two bots of one account would answer everybody twice, and on one device take each other's keys. The directory's lock
keeps apart those of one machine; this keeps apart the machine that was believed lost and the one to which its backup
was restored, also when the lost one comes back while the other is stopped. It stands in the account data of the bot's
account, which nobody else sees (spec, "Client Config").

    run       its own name, or none yet -> says it anew every minute     another's name -> never
    restore   let go, or the operator's word that it is gone -> its own   heard of, or seen to renew -> not now
    login     of a new device -> its own
"""

import asyncio
import os
import secrets
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Protocol

import structlog

from doctocbot.matrix.backoff import persistently
from doctocbot.matrix.connection import path
from doctocbot.matrix.errors import MatrixError, NotFound, TakenOver, TokenRevoked, Unreachable
from doctocbot.store.replacing import flush_all

log = structlog.get_logger(__name__)

_TYPE = "org.doctocbot.running"
_GONE_TYPE = "org.doctocbot.stopped"
"""Apart from the word itself, so that whoever stops can never overwrite that of another who takes over meanwhile."""

_RENEW_EVERY = 60.0  # seconds
_HOLDS_FOR = 200.0  # seconds; three renewals that were missed
_WATCHES = 15.0  # seconds beyond one renewal
_LEAVES_WITHIN = 5.0  # seconds
_FILE = "instance"


class RunsElsewhere(Exception):
    """Another machine runs this bot, or did so a moment ago; `seconds` after which to ask again."""

    def __init__(self, seconds: int) -> None:
        super().__init__(str(seconds))
        self.seconds = seconds


class Line(Protocol):
    """How the server is asked, as the bot's account."""

    async def request(
        self,
        method: str,
        path: str,
        json: Any = None,
        params: Mapping[str, str] | None = None,
        timeout: float = ...,  # noqa: ASYNC109
    ) -> dict[str, Any]:
        """Ask for a path and return the object that came back; raises MatrixError."""
        ...


class Lease:
    """The word on the server that this data directory's bot is the one that runs."""

    def __init__(self, line: Line, user_id: str, device_id: str, directory: Path) -> None:
        self._line = line
        self._device_id = device_id
        self._instance = instance_of(directory)
        self._run = secrets.token_hex(8)
        self._where = path("user", user_id, "account_data", _TYPE)
        self._where_gone = path("user", user_id, "account_data", _GONE_TYPE)
        self._said_at = 0.0
        self._asking = asyncio.Lock()

    async def take(self) -> None:
        """Say that we run; raises TakenOver where the account belongs to another data directory."""
        # Both in one step: a word that is tried again after hours without a network must not overwrite another's.
        await persistently(self._take)

    async def _take(self) -> None:
        if any(word.get("instance") != self._instance for word in _words(await self._read(self._where))):
            raise TakenOver
        await self._put(self._run)

    async def hold(self) -> None:
        """Make sure that we still are the one, when our last word is so old that another may have taken over.

        For whoever has been suspended or cut off: to be called before anything is asked or sent. By the wall clock,
        which goes on while the machine sleeps. Raises TakenOver, TokenRevoked, or Unreachable: for nothing that the
        server says to this is anything else given up.
        """
        if not self._is_fresh():
            async with self._asking:
                if not self._is_fresh():
                    await self._take_again()

    async def _take_again(self) -> None:
        try:
            await self.take()
        except TokenRevoked:
            raise
        except MatrixError as error:
            raise Unreachable(error.code, error.status) from error

    def _is_fresh(self) -> bool:
        return 0 <= time.time() - self._said_at < _HOLDS_FOR

    async def take_over(self, *, by_force: bool = False) -> None:
        """Make the account this data directory's; raises RunsElsewhere if another runs, unless it is said to be gone.

        Two machines' clocks may differ: one that has long said nothing, by ours, is watched for as long as it takes to
        renew its word.
        """
        if not by_force:
            others = await self._others()
            if others and not await self._have_stopped(others):
                if _are_recent(others):
                    raise RunsElsewhere(int(_left(others)) + 1)
                await asyncio.sleep(_RENEW_EVERY + _WATCHES)
                if await self._others() != others:
                    raise RunsElsewhere(int(_HOLDS_FOR))
        await persistently(self._put)

    async def move_here(self) -> None:
        """Make the account this data directory's with a new device of it; whoever runs is given the time to stop.

        Where somebody runs on this very device, it is left to them: its keys are theirs.
        """
        said = await persistently(lambda: self._read(self._where))
        word = said.get(self._device_id)
        if isinstance(word, Mapping) and word.get("instance") != self._instance:
            return
        others = await self._others()
        await persistently(self._put)
        if others and not await self._have_stopped(others) and _are_recent(others):
            log.warning("another bot of this account is made to stop", seconds=int(_RENEW_EVERY + _WATCHES))
            await asyncio.sleep(_RENEW_EVERY + _WATCHES)

    async def keep(self) -> None:
        """Go on saying so until cancelled; raises TakenOver as soon as another has the account."""
        while True:
            await asyncio.sleep(_RENEW_EVERY)
            try:
                await self._take_again()
            except Unreachable as error:
                log.warning("the lease could not be renewed", code=error.code)

    async def release(self) -> None:
        """Say that we are gone, for a `restore` elsewhere; what the server does not hear of, runs out."""
        await self._line.request("PUT", self._where_gone, {"run": self._run}, timeout=_LEAVES_WITHIN)

    async def _others(self) -> list[Mapping[str, Any]]:
        """The last words of other data directories; what a `restore` here began and did not end is our own."""
        words = _words(await persistently(lambda: self._read(self._where)))
        return [word for word in words if word.get("instance") != self._instance]

    async def _have_stopped(self, words: list[Mapping[str, Any]]) -> bool:
        """Whether whoever said these runs no more, or has never run since a `login` or a `restore`."""
        gone = await persistently(lambda: self._read(self._where_gone))
        # A word that names no run at all is of a version that did not do so yet.
        return all("run" in word and word["run"] in (None, gone.get("run")) for word in words)

    async def _read(self, where: str) -> dict[str, Any]:
        try:
            return await self._line.request("GET", where)
        except NotFound:
            return {}

    async def _put(self, run: str | None = None) -> None:
        """Say whose the account is, and who runs, if anybody does yet."""
        now = time.time()
        word = {"instance": self._instance, "run": run, "at": int(now * 1000)}
        await self._line.request("PUT", self._where, {self._device_id: word})
        self._said_at = now


def _words(said: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """Who says that they run, of whatever device."""
    return [word for word in said.values() if isinstance(word, Mapping)]


def _left(words: list[Mapping[str, Any]]) -> float:
    """How many seconds the last of these words still holds."""
    return max(_said_at(word) for word in words) + _HOLDS_FOR - time.time()


def _are_recent(words: list[Mapping[str, Any]]) -> bool:
    return 0 < _left(words) <= 2 * _HOLDS_FOR


def _said_at(word: Mapping[str, Any]) -> float:
    """Seconds since 1970, by the other's clock; 0 where it is no number."""
    at = word.get("at")
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
