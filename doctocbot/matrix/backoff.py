"""How long to wait before the homeserver is asked again."""

import asyncio
import random
from collections.abc import Awaitable, Callable
from typing import TypeVar

import structlog

from doctocbot.matrix.errors import MatrixError, RateLimited, Unreachable

T = TypeVar("T")
log = structlog.get_logger(__name__)

_FIRST = 0.5
_LONGEST = 60.0


class Backoff:
    """Waits longer after each failure in a row, with some chance in it so that a herd spreads out.

    Seconds: from half a second, doubling, to a minute; a rate limit is obeyed as the server states it.
    """

    def __init__(self) -> None:
        self._next = _FIRST

    async def wait_after(self, error: MatrixError) -> bool:
        """Wait if the failure may pass and return True; return False at once if it is final."""
        if isinstance(error, RateLimited):
            await asyncio.sleep(error.retry_after)
            return True
        if isinstance(error, Unreachable):
            # Not for secrecy: only to spread the retries.
            await asyncio.sleep(self._next * random.uniform(0.75, 1.25))  # noqa: S311
            self._next = min(self._next * 2, _LONGEST)
            return True
        return False

    def reset(self) -> None:
        """Start again from the shortest wait, after a success."""
        self._next = _FIRST


async def persistently(work: Callable[[], Awaitable[T]]) -> T:
    """Do something until it succeeds; raises the MatrixError that no waiting can mend."""
    backoff = Backoff()
    while True:
        try:
            return await work()
        except MatrixError as error:
            log.info("the homeserver did not do it", code=error.code)
            if not await backoff.wait_after(error):
                raise
