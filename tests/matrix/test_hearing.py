"""Until when all is known that was said."""

import pytest

from doctocbot.matrix import hearing
from doctocbot.matrix.hearing import Hearing

SECOND = 1_000
BEGIN = 1_800_000_000_000


class Clock:
    """Our own clock, in seconds as `time` tells it."""

    def __init__(self) -> None:
        self.now = BEGIN

    def time(self) -> float:
        """What it shows."""
        return self.now / 1000


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """A clock that is moved by hand."""
    shown = Clock()
    monkeypatch.setattr(hearing, "time", shown)
    return shown


def listening(clock: Clock) -> Hearing:
    """One round is written, the next question has been asked."""
    ours = Hearing()
    ours.asks()
    ours.takes_in()
    ours.has_written()
    clock.now += SECOND
    ours.asks()
    return ours


def test_nothing_is_known_before_the_first_answer(clock: Clock) -> None:
    """After a start that may follow days without a network."""
    ours = Hearing()
    assert ours.until(BEGIN) == 0
    ours.asks()
    assert ours.until(BEGIN) == 0


def test_while_the_server_listens_all_is_known_until_now(clock: Clock) -> None:
    """It would tell at once."""
    ours = listening(clock)
    assert ours.until(clock.now + 29 * SECOND) == clock.now + 29 * SECOND


def test_what_is_being_written_is_not_known_yet(clock: Clock) -> None:
    """A vote may be in it."""
    ours = listening(clock)
    asked = clock.now
    clock.now += 10 * SECOND
    ours.takes_in()
    assert ours.until(clock.now) < asked
    ours.has_written()
    assert ours.until(clock.now) == clock.now


def test_an_outage_moves_nothing_on(clock: Clock) -> None:
    """However long it lasts and how often one asks, until an answer is written."""
    ours = listening(clock)
    ours.fails()
    known = ours.until(clock.now)
    for _ in range(20):
        clock.now += 60 * SECOND
        ours.asks()
        ours.fails()
        assert ours.until(clock.now) == known
    ours.asks()
    asked = clock.now
    ours.takes_in()
    assert ours.until(clock.now) == known
    ours.has_written()
    assert ours.until(asked) == asked


def test_a_server_that_falls_silent_is_not_taken_for_a_quiet_one(clock: Clock) -> None:
    """A quiet one answers after half a minute."""
    ours = listening(clock)
    assert ours.until(clock.now + 36 * SECOND) < clock.now


def test_it_never_tells_of_the_future(clock: Clock) -> None:
    """Also after a clock was put back."""
    ours = listening(clock)
    assert ours.until(BEGIN - 3600 * SECOND) <= BEGIN - 3600 * SECOND
