"""Places at which the power is cut: the program stops there for ever, until its task is ended from outside."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

AsyncFunction = Callable[..., Awaitable[Any]]


class PowerCut:
    """Stops a running bot at one place; `reached` says that it stands there."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self._monkeypatch = monkeypatch
        self.reached = asyncio.Event()

    def before(self, owner: type, name: str) -> None:
        """Let nothing get into a method any more."""

        async def stopped(*_args: Any, **_kwargs: Any) -> None:
            await self._for_ever()

        self._monkeypatch.setattr(owner, name, stopped)

    def after(self, owner: type, name: str, when: Callable[[Any], bool] = lambda _result: True) -> None:
        """Let a method do its work, and nobody learn of it if `when` holds for its result."""
        work: AsyncFunction = getattr(owner, name)

        async def stopped(*args: Any, **kwargs: Any) -> Any:
            result = await work(*args, **kwargs)
            if when(result):
                await self._for_ever()
            return result

        self._monkeypatch.setattr(owner, name, stopped)

    async def _for_ever(self) -> None:
        self.reached.set()
        await asyncio.Event().wait()
