"""One task for each busy room: order within a room, no waiting between rooms."""

import asyncio
from collections.abc import Awaitable, Callable


class Lanes:
    """Runs `drain(room_id)` whenever a room is woken, never twice at once for the same room.

    The task group that owns the tasks is the caller's: an error in a lane ends it, and with it the program, because
    a lane that stopped silently would be a room where nothing is answered any more.
    """

    def __init__(self, group: asyncio.TaskGroup, drain: Callable[[str], Awaitable[None]]) -> None:
        self._group = group
        self._drain = drain
        self._woken: dict[str, bool] = {}
        self.idle = asyncio.Event()
        self.idle.set()

    def wake(self, room_id: str) -> None:
        """Have the room drained; if that is happening already, once more afterwards."""
        if room_id in self._woken:
            self._woken[room_id] = True
            return
        self._woken[room_id] = False
        self.idle.clear()
        self._group.create_task(self._run(room_id), name=f"lane {room_id}")

    async def _run(self, room_id: str) -> None:
        try:
            while True:
                self._woken[room_id] = False
                await self._drain(room_id)
                if not self._woken[room_id]:
                    break
        finally:
            del self._woken[room_id]
            if not self._woken:
                self.idle.set()
