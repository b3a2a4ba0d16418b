"""`doctocbot verify`: the operator compares emojis with a member who verifies the bot in Element.

The running bot speaks with the member; this terminal and the bot meet in rows of the encrypted database
(`matrix/verification_rows.py`).
"""

import asyncio
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress

from doctocbot.account import DataDirectoryBusy, data_directory, open_beside
from doctocbot.chat.parsing import fold
from doctocbot.chat.wording import Wording
from doctocbot.config import Config, Secrets
from doctocbot.matrix.verification import PATIENCE_MS, Stage
from doctocbot.matrix.verification_rows import Open, latest, put_answer, say_gone, say_there
from doctocbot.matrix.verification_sas import EMOJIS
from doctocbot.store import Database, Transaction

_LOOK_EVERY = 1.0  # seconds
_YES, _NO = frozenset({"o", "oui", "y", "yes"}), frozenset({"n", "non", "no"})
_SAME, _NOT_SAME = 0, 1


class BotNotRunning(Exception):
    """No bot serves from this data directory: nobody would answer the member."""


async def compare_emojis(
    config: Config,
    secrets: Secrets,
    words: Wording,
    user: str | None,
    *,
    show: Callable[[str], None],
    read: Callable[[], Awaitable[str]],
) -> int:
    """Wait for a verification, show its emojis and pass on what the operator types; returns the exit status.

    0 when it ended well, 1 when not. `user` is the one member to wait for, None anybody. Raises BotNotRunning.
    """
    _require_running(config)
    database = await open_beside(config, secrets)
    dialogue = _Dialogue(database, words, user, show, read)
    try:
        return await dialogue.run()
    finally:
        await asyncio.shield(_leave(database))


async def _leave(database: Database) -> None:
    await database.run(say_gone)
    await database.close()


def _require_running(config: Config) -> None:
    with suppress(DataDirectoryBusy), data_directory(config.data_dir):
        raise BotNotRunning


class _Dialogue:
    """One operator at one terminal, with one member at a time."""

    def __init__(
        self,
        database: Database,
        words: Wording,
        user: str | None,
        show: Callable[[str], None],
        read: Callable[[], Awaitable[str]],
    ) -> None:
        self._database = database
        self._words = words
        self._user = user
        self._show = show
        self._read = read
        self._named: set[str] = set()
        self._current: Open | None = None
        self._typed: asyncio.Task[str] | None = None

    async def run(self) -> int:
        """Until one verification has ended."""
        self._say("waits")
        since = _now() - PATIENCE_MS
        try:
            while True:
                found = await self._database.run(self._look, since)
                status = await self._step(found)
                if status is not None:
                    return status
                await self._pause()
        finally:
            if self._typed is not None:
                self._typed.cancel()

    def _look(self, tx: Transaction, since: int) -> list[Open]:
        say_there(tx, _now())
        return latest(tx, since, self._user)

    async def _step(self, found: list[Open]) -> int | None:
        """Go on with the one that is shown, or take up the next; the exit status when one has ended."""
        for each in found:
            if each.stage in (Stage.REQUESTED, Stage.READY) and each.name not in self._named:
                self._named.add(each.name)
                self._say("asks", user=each.user_id)
        if self._current is None:
            self._current = next((each for each in found if each.stage is Stage.COMPARE), None)
            if self._current is not None:
                self._show_emojis(self._current)
                self._ask()
            return None
        now = next((each for each in found if each.name == self._current.name), None)
        if now is None or now.stage in (Stage.DONE, Stage.CANCELLED):
            return self._ended(now)
        if self._typed is not None and self._typed.done():
            await self._pass_on(self._current, self._typed.result())
        return None

    async def _pass_on(self, compared: Open, line: str) -> None:
        said = fold(line.strip())
        self._typed = None
        if said in _YES | _NO:
            await self._database.run(put_answer, compared.user_id, compared.name, same=said in _YES)
            self._say("passed-on")
        elif line:
            self._ask()

    def _ask(self) -> None:
        self._say("same")
        self._typed = asyncio.ensure_future(self._read())

    def _ended(self, ended: Open | None) -> int:
        if ended is not None and ended.stage is Stage.DONE:
            self._say("done", user=ended.user_id)
            return _SAME
        self._say("cancelled", code=(ended and ended.code) or "m.unknown")
        return _NOT_SAME

    def _show_emojis(self, compared: Open) -> None:
        self._say("compare", user=compared.user_id)
        for number in compared.emojis:
            emoji, name = EMOJIS[number]
            self._show(f"  {emoji}  {self._words.say(f'emoji.{name}')}")
        self._say("decimals", numbers=" ".join(map(str, compared.decimals)))

    def _say(self, what: str, **values: str) -> None:
        self._show(self._words.say(f"verify.{what}", **values))

    async def _pause(self) -> None:
        """A second, or less when the operator has typed."""
        waiting = {self._typed} if self._typed is not None and not self._typed.done() else set()
        if waiting:
            await asyncio.wait(waiting, timeout=_LOOK_EVERY)
        else:
            await asyncio.sleep(_LOOK_EVERY)


def _now() -> int:
    return int(time.time() * 1000)
