"""Until when all is known that was said: what ends at a moment must not end before what was said in time is in.

asking (the server would tell at once) -> heard until now
answered, and being written            -> heard until that question was asked
no answer, or none for too long        -> heard until the last question that was answered and written
"""

import time

_LONGEST_ASKING_MS = 35_000
"""A quiet server answers after half a minute; one that has not by now has fallen silent."""


class Hearing:
    """Told by the sync loop how it stands; all times in ms since 1970, by our own clock."""

    def __init__(self) -> None:
        self._asked_at = 0
        self._heard_until = 0
        self._is_sound = False

    def asks(self) -> None:
        """The server is asked for news."""
        self._asked_at = _now()

    def takes_in(self) -> None:
        """The news are there, and not yet written."""
        self._is_sound = False

    def has_written(self) -> None:
        """The news are in the inbox."""
        self._heard_until = self._asked_at
        self._is_sound = True

    def fails(self) -> None:
        """The server does not answer."""
        self._is_sound = False

    def until(self, now: int) -> int:
        """The moment, at most `now`, until which all that was said has been taken in."""
        listens = self._is_sound and 0 <= now - self._asked_at <= _LONGEST_ASKING_MS
        return now if listens else min(now, self._heard_until)


def _now() -> int:
    return int(time.time() * 1000)
