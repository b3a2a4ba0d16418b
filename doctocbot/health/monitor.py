"""Takes the bot's pulse every few seconds, and tells whoever watches."""

import asyncio
import os
import time
from collections.abc import Awaitable, Callable, Iterable, Mapping
from contextlib import AsyncExitStack
from math import nan
from pathlib import Path
from shutil import disk_usage

import structlog

from doctocbot.health.heartbeat import Heartbeat, ServiceManager
from doctocbot.health.metrics import Metrics, Stored, sizes_of
from doctocbot.health.server import health_server
from doctocbot.health.vitals import PATIENCE, Complaint, Signs
from doctocbot.rooms import absence
from doctocbot.store import Database, DatabaseFault, Transaction

log = structlog.get_logger(__name__)

_PULSE = 10.0  # seconds
_PROBE_EVERY = 45.0  # seconds between two looks at the picture workers
_LONGEST_READING = 5.0  # seconds; Prometheus gives up after ten
_IDENTITY_EVERY = 90.0  # seconds between two looks at how the server shows the device


class Monitor:
    """Is told what happens (`matrix.Watcher`), looks at the rest itself, and knows what is wrong.

    `probe` has a picture worker clean something and says whether it did; `is_signed` asks the homeserver how it shows
    the device, and gives None where it cannot be asked; `one_time_keys` is what the server said it has left,
    `exchanged` when the homeserver was last asked anything and answered or refused.
    """

    def __init__(
        self,
        database: Database,
        files: Mapping[str, Path],
        *,
        probe: Callable[[], Awaitable[bool]],
        is_signed: Callable[[], Awaitable[bool | None]],
        one_time_keys: Callable[[], int | None],
        exchanged: Callable[[], float | None],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._database = database
        self._files = files
        self._probe = probe
        self._is_signed = is_signed
        self._one_time_keys = one_time_keys
        self._exchanged = exchanged
        self._clock = clock
        self._told: list[Complaint] = []
        self.signs = Signs(started=clock())
        self.metrics = Metrics()

    # -- being told

    def synced(self, types: Iterable[str], decrypted: int, unreadable: int) -> None:
        """News were taken in whole."""
        self.signs.synced = self._clock()
        self.metrics.count_events(types, decrypted, unreadable)

    def handled(self) -> None:
        """Events were handled."""
        self.signs.handled = self._clock()

    def handler_failed(self) -> None:
        """An event was not handled because of a fault of ours."""
        self.metrics.handler_errors.inc()

    def sent(self) -> None:
        """Something of the outbox reached the homeserver."""
        self.signs.sent = self._clock()
        self.metrics.sent.inc()

    def scrubbed(self, format_: str | None, seconds: float) -> None:
        """A picture was cleaned, or refused where there is no format."""
        self.metrics.count_scrub(format_, seconds)

    # -- looking

    def complaints(self) -> list[Complaint]:
        """What is wrong at this moment."""
        return self.signs.complaints(self._clock())

    async def text(self) -> bytes:
        """The numbers of this moment, for Prometheus; without those of the database while it does not answer."""
        now = self._clock()
        self.metrics.ready.set(not self.complaints())
        self.metrics.sync_age.set(now - (self.signs.synced or self.signs.started))
        left = self._one_time_keys()
        self.metrics.one_time_keys.set(nan if left is None else left)
        sizes = await asyncio.to_thread(sizes_of, self._files)
        self.metrics.set_disk(sizes, await self._free())
        try:
            async with asyncio.timeout(_LONGEST_READING):
                self.metrics.set_stored(await self._database.run(Stored, int(time.time() * 1000)))
        except (TimeoutError, DatabaseFault):
            # Of all times now those who watch must be told the rest.
            self.metrics.forget_stored()
        return self.metrics.text()

    async def run(self, listen: tuple[str, int] | None, heartbeat: Path | None) -> None:
        """Watch until cancelled; raises CannotListen."""
        beat, manager = Heartbeat(heartbeat), ServiceManager(os.environ.get("NOTIFY_SOCKET"))
        # What a killed one left behind says nothing of this one.
        beat.stop()
        async with AsyncExitStack() as stack:
            stack.callback(beat.stop)
            stack.callback(manager.stopping)
            if listen is not None:
                port = await stack.enter_async_context(
                    health_server(*listen, lambda: [*map(str, self.complaints())], self.text)
                )
                log.info("health is told", port=port)
            group = await stack.enter_async_context(asyncio.TaskGroup())
            group.create_task(self._look_at_pictures(), name="picture probe")
            group.create_task(self._look_at_identity(), name="identity probe")
            group.create_task(self._look_at_disk(), name="disk probe")
            while True:
                await self._pulse(beat, manager)
                await asyncio.sleep(_PULSE)

    async def _pulse(self, beat: Heartbeat, manager: ServiceManager) -> None:
        self.signs.one_time_keys, self.signs.exchanged = self._one_time_keys(), self._exchanged()
        found = self.complaints()
        # Every start begins without a sync: that alarms nobody before it has taken too long.
        begins = found == [Complaint.NO_SYNC] and self._is_young()
        if found != self._told and not begins:
            log.warning("not ready" if found else "ready again", complaints=[*map(str, found)])
            self._told = found
        status = ", ".join(found) or "ready"
        if not found:
            manager.ready()
            try:
                await asyncio.to_thread(beat.beat)
            except OSError as error:
                log.error("the heartbeat cannot be written", kind=type(error).__name__)
        if self.signs.hangs(self._clock()):
            manager.unwell(status)
        else:
            manager.alive(status)

    def _is_young(self) -> bool:
        return self.signs.synced is None and self._clock() - self.signs.started <= PATIENCE

    async def _look_at_disk(self) -> None:
        """Write a row as every message does, and see how long messages wait."""
        while True:
            self.signs.disk_free = await self._free()
            try:
                stored = await self._database.run(_write_and_look, self._synced_at())
            except DatabaseFault as error:
                log.error("the database takes no writing", kind=type(error).__name__)
            else:
                self._note(stored, self._clock())
            await asyncio.sleep(_PULSE)

    async def _free(self) -> int:
        """The bytes that may still be written where the database is; raises OSError when its folder is gone."""
        return (await asyncio.to_thread(disk_usage, self._database.path.parent)).free

    def _synced_at(self) -> int | None:
        """When a sync was last finished, in ms since 1970; None before the first."""
        if self.signs.synced is None:
            return None
        return int((time.time() - (self._clock() - self.signs.synced)) * 1000)

    def _note(self, stored: Stored, now: float) -> None:
        signs = self.signs
        signs.wrote = now
        signs.inbox_waits, signs.outbox_waits = stored.inbox_waits, stored.outbox_waits
        signs.inbox_empty = signs.inbox_empty if stored.inbox else now
        signs.outbox_empty = signs.outbox_empty if stored.outbox else now

    async def _look_at_pictures(self) -> None:
        while True:
            if await self._probe():
                self.signs.scrubbed = self._clock()
            await asyncio.sleep(_PROBE_EVERY)

    async def _look_at_identity(self) -> None:
        while True:
            signed = await self._is_signed()
            if signed is not None:
                self.signs.signed = signed
            await asyncio.sleep(_IDENTITY_EVERY)


def _write_and_look(tx: Transaction, synced_at: int | None) -> Stored:
    now = int(time.time() * 1000)
    tx.execute(_PULSE_ROW, now=now)
    if synced_at is not None:
        absence.keep_time(tx, synced_at)
    return Stored(tx, now)


_PULSE_ROW = (
    "INSERT INTO meta (key, value) VALUES ('pulse_at', :now)"
    " ON CONFLICT (key) DO UPDATE SET value = excluded.value"
)
