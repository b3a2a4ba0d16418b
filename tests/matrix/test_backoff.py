"""How long to wait before the homeserver is asked again."""

import asyncio

import pytest

from doctocbot.matrix import backoff
from doctocbot.matrix.backoff import Backoff, persistently
from doctocbot.matrix.errors import Forbidden, MatrixError, RateLimited, TokenRevoked, Unreachable


@pytest.fixture
def waits(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The seconds it would have slept."""
    slept: list[float] = []

    class Clock:
        """Stands where the module looks for asyncio."""

        @staticmethod
        async def sleep(seconds: float) -> None:
            """Remember."""
            slept.append(seconds)

    monkeypatch.setattr(backoff, "asyncio", Clock)
    return slept


async def test_each_failure_in_a_row_waits_longer_up_to_a_minute(waits: list[float]) -> None:
    """From half a second, doubling, a quarter more or less; a success starts anew."""
    patience = Backoff()
    for _ in range(12):
        assert await patience.wait_after(Unreachable("NO_ANSWER"))
    for seconds, expected in zip(waits, [0.5, 1, 2, 4, 8, 16, 32, 60, 60, 60, 60, 60], strict=True):
        assert 0.75 * expected <= seconds <= 1.25 * expected
    patience.reset()
    await patience.wait_after(Unreachable("NO_ANSWER"))
    assert waits[-1] <= 0.625


async def test_a_rate_limit_is_obeyed_to_the_second(waits: list[float]) -> None:
    """As the server states it, and without growing."""
    patience = Backoff()
    for _ in range(3):
        assert await patience.wait_after(RateLimited(7.5))
    assert waits == [7.5, 7.5, 7.5]


@pytest.mark.parametrize(
    "error", [Forbidden("M_FORBIDDEN", 403), TokenRevoked("M_UNKNOWN_TOKEN", 401), MatrixError("X")]
)
async def test_what_is_final_waits_for_nothing(waits: list[float], error: MatrixError) -> None:
    """Trying again would never help."""
    assert not await Backoff().wait_after(error)
    assert waits == []


async def test_persistence_ends_with_success_or_with_what_is_final(waits: list[float]) -> None:
    """Nothing in between is raised."""
    failures: list[MatrixError] = [Unreachable("NO_ANSWER"), RateLimited(2), Unreachable("NO_ANSWER")]

    async def work() -> str:
        if failures:
            raise failures.pop(0)
        return "done"

    assert await persistently(work) == "done"
    assert len(waits) == 3
    failures.append(Forbidden("M_FORBIDDEN", 403))
    with pytest.raises(Forbidden):
        await persistently(work)


async def test_somebody_who_waits_can_be_stopped() -> None:
    """A bot that is told to end does not finish its minute."""

    async def never() -> None:
        raise Unreachable("NO_ANSWER")

    with pytest.raises(TimeoutError):
        await asyncio.wait_for(persistently(never), 0.05)
