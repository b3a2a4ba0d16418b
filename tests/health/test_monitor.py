"""The bot's pulse: a hung sync, a dead worker and a full disk turn it red, and it is green again afterwards."""

import asyncio
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from sqlcipher3 import dbapi2 as sqlcipher

from doctocbot.health import monitor as pulse
from doctocbot.health.metrics import AGES, FILES, FORMATS, KINDS, OUTCOMES, STATES
from doctocbot.health.monitor import Monitor
from doctocbot.health.probe import PROBE
from doctocbot.health.server import CannotListen, health_server
from doctocbot.health.vitals import PATIENCE, Complaint
from doctocbot.images import CleanImage, ScrubWorkers
from doctocbot.matrix.connection import Connection
from doctocbot.matrix.errors import Unreachable
from doctocbot.rooms import absence
from doctocbot.store import Database, derive_key
from tests.health.full_disk import LINES

pytestmark = pytest.mark.slow

KEY = derive_key("a long random secret", "database")


class Time:
    """A clock that a test moves."""

    def __init__(self) -> None:
        self.now = 1_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    """A patient database, as the bot has it."""
    opened = await Database.open(tmp_path / "doctocbot.db", KEY, patient=True)
    yield opened
    await opened.close()


@pytest.fixture
def watch(database: Database, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Monitor]:
    """Makes monitors that look all the time."""
    for name in ("_PULSE", "_PROBE_EVERY", "_IDENTITY_EVERY"):
        monkeypatch.setattr(pulse, name, 0.05)

    async def yes() -> bool:
        return True

    def made(clock: Time, **more: Any) -> Monitor:
        well = {"probe": yes, "is_signed": yes, "one_time_keys": lambda: 50, "exchanged": lambda: clock.now}
        return Monitor(database, {"database": database.path}, clock=clock, **(well | more))

    return made


async def until(holds: Callable[[], bool], within: float = 10) -> None:
    """Wait until something holds."""
    async with asyncio.timeout(within):
        while not holds():  # noqa: ASYNC110 - what is waited for has no event of its own
            await asyncio.sleep(0.02)


async def test_a_hung_sync_turns_it_red(watch: Callable[..., Monitor]) -> None:
    """The server takes the question and never answers; nothing else is wrong, and the watchdog may act."""
    clock = Time()

    async def swallow(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        writer.close()

    server = await asyncio.start_server(swallow, "127.0.0.1", 0)
    connection = Connection(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}")
    seen = watch(clock, exchanged=lambda: connection.exchanged)
    running = asyncio.create_task(seen.run(None, None))
    seen.synced([], 0, 0)
    asking = asyncio.create_task(connection.request("GET", "/_matrix/client/v3/sync", timeout=30))
    await until(lambda: seen.complaints() == [])
    clock.now += PATIENCE + 1
    await until(lambda: seen.complaints() == [Complaint.NO_SYNC])
    assert seen.signs.hangs(clock.now)
    asking.cancel()
    await asyncio.gather(asking, return_exceptions=True)
    with pytest.raises(Unreachable):
        await connection.request("GET", "/_matrix/client/v3/sync", timeout=0.1)
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    await connection.close()
    server.close()


async def test_a_picture_worker_that_dies_each_time_turns_it_red(watch: Callable[..., Monitor]) -> None:
    """Killed once it is replaced, and all stays green; killed whenever it comes back, that is told."""
    clock = Time()
    async with ScrubWorkers(count=1) as workers:

        async def probe() -> bool:
            return isinstance(await workers.scrub(PROBE), CleanImage)

        seen = watch(clock, probe=probe)
        running = asyncio.create_task(seen.run(None, None))
        seen.synced([], 0, 0)
        await until(lambda: seen.signs.scrubbed is not None)
        for worker in workers._running:
            os.kill(worker._process.pid, signal.SIGKILL)
        clock.now += PATIENCE - 1
        await until(lambda: seen.signs.scrubbed == clock.now)
        dying = asyncio.create_task(_kill_each(workers))
        await asyncio.sleep(0.5)
        clock.now += PATIENCE + 1
        seen.synced([], 0, 0)
        await until(lambda: Complaint.NO_PICTURE_WORKER in seen.complaints())
        dying.cancel()
        await asyncio.gather(dying, return_exceptions=True)
        await until(lambda: seen.complaints() == [])
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)


async def _kill_each(workers: ScrubWorkers) -> None:
    while True:
        for worker in tuple(workers._running):
            if worker.alive:
                os.kill(worker._process.pid, signal.SIGKILL)
        await asyncio.sleep(0)


def test_a_full_disk_turns_it_red_and_nothing_is_lost(tmp_path: Path) -> None:
    """On a file system that is really full: red at the next look, and what was to be written then is written later."""
    folder = tmp_path / "data"
    folder.mkdir()
    apart = ["unshare", "--user", "--map-root-user", "--mount"]
    if subprocess.run([*apart, "mount", "-t", "tmpfs", "none", str(folder)], check=False).returncode:
        pytest.skip("this machine mounts no file system for us: a full disk was not shown here")
    done = subprocess.run(
        [*apart, sys.executable, "-m", "tests.health.full_disk", str(folder)],
        check=False, capture_output=True, text=True, timeout=90,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert tuple(line for line in done.stdout.splitlines() if line in LINES) == LINES


async def test_what_cannot_be_written_waits_until_it_can(database: Database) -> None:
    """SQLite itself says that it is full, as under a quota that no free space shows: nothing is lost."""
    pages = await database._connection.run(lambda c: c.execute("PRAGMA page_count").fetchone()[0])
    await database._connection.run(lambda c: c.execute(f"PRAGMA max_page_count = {pages}").fetchone())
    writing = asyncio.create_task(_write_much(database))
    await asyncio.sleep(0.3)
    assert not writing.done()
    await database._connection.run(lambda c: c.execute("PRAGMA max_page_count = 1000000").fetchone())
    await asyncio.wait_for(writing, 10)
    assert await _much_written(database) == _MUCH


_MUCH = 200_000


async def _write_much(database: Database) -> None:
    large = "x" * _MUCH
    await database.run(lambda tx: tx.execute("INSERT INTO meta VALUES ('large', :large)", large=large))


async def _much_written(database: Database) -> int:
    kept = await database.run(lambda tx: tx.value("SELECT length(value) FROM meta WHERE key = 'large'"))
    return int(kept)


async def test_a_database_that_somebody_holds_turns_it_red(
    watch: Callable[..., Monitor], database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another process has it locked for longer than the patience; afterwards the bot goes on by itself."""
    clock = Time()
    await database._connection.run(lambda c: c.execute("PRAGMA busy_timeout = 50").fetchone())
    seen = watch(clock)
    running = asyncio.create_task(seen.run(None, None))
    seen.synced([], 0, 0)
    await until(lambda: seen.complaints() == [])
    other = sqlcipher.connect(str(database.path), isolation_level=None)
    other.execute(f"PRAGMA key = '{KEY}'")
    other.execute("BEGIN EXCLUSIVE")
    await asyncio.sleep(0.3)
    clock.now += PATIENCE + 1
    seen.synced([], 0, 0)
    await until(lambda: seen.complaints() == [Complaint.NOT_WRITABLE])
    assert seen.signs.hangs(clock.now)
    monkeypatch.setattr(pulse, "_LONGEST_READING", 0.2)
    told = (await seen.text()).decode()
    assert "doctocbot_ready 0.0" in told
    assert "doctocbot_outbox_depth NaN" in told
    assert "doctocbot_cases{" not in told
    other.execute("ROLLBACK")
    other.close()
    await until(lambda: seen.complaints() == [])
    assert 'doctocbot_cases{state="open"} 0.0' in (await seen.text()).decode()
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)


async def test_what_is_told_over_http(watch: Callable[..., Monitor]) -> None:
    """Alive is alive; ready is 200 or 503 with the complaints; the numbers have labels from closed lists alone."""
    clock = Time()
    seen = watch(clock)
    seen.synced(["m.room.message", "m.reaction", "@lea:clinic.example"], 2, 1)
    seen.scrubbed("jpeg", 0.2)
    seen.scrubbed("Mme Martin", 0.2)
    seen.scrubbed(None, 0.2)
    async with (
        health_server("127.0.0.1", 0, lambda: [*map(str, seen.complaints())], seen.text) as port,
        aiohttp.ClientSession(f"http://127.0.0.1:{port}") as http,
    ):
        assert (await http.get("/healthz")).status == 200
        assert await (await http.get("/readyz")).json() == {"ready": True, "complaints": []}
        clock.now += PATIENCE + 1
        answer = await http.get("/readyz")
        assert answer.status == 503
        assert "no-sync" in (await answer.json())["complaints"]
        text = await (await http.get("/metrics")).text()
    assert 'doctocbot_events_total{kind="other"} 1.0' in text
    assert "Martin" not in text and "@lea" not in text
    assert labels_of(text) <= set(KINDS) | set(AGES) | set(STATES) | set(FORMATS) | set(OUTCOMES) | set(FILES)


async def test_what_is_not_known_is_no_zero(watch: Callable[..., Monitor]) -> None:
    """Before the server has said how many one-time keys it has, no alert is to ring."""
    told = (await watch(Time(), one_time_keys=lambda: None).text()).decode()
    assert "doctocbot_one_time_keys NaN" in told


async def test_an_address_that_is_taken_is_named(watch: Callable[..., Monitor]) -> None:
    """The operator reads which, instead of a fault of ours."""
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        with pytest.raises(CannotListen, match=f"127.0.0.1:{port}"):
            await watch(Time()).run(("127.0.0.1", port), None)


async def test_a_killed_bots_heartbeat_says_nothing_of_the_next(
    watch: Callable[..., Monitor], tmp_path: Path
) -> None:
    """Its file is taken away at the start, comes back with the first sync, and goes with an orderly stop."""
    beat = tmp_path / "beat"
    beat.touch()
    seen = watch(Time())
    running = asyncio.create_task(seen.run(None, beat))
    await until(lambda: seen.signs.wrote is not None)
    assert not beat.exists()
    seen.synced([], 0, 0)
    await until(beat.exists)
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    assert not beat.exists()


async def test_the_time_that_is_kept_is_that_of_the_last_sync(
    watch: Callable[..., Monitor], database: Database
) -> None:
    """A bot that runs and hears nothing for five hours was away for five hours."""
    clock = Time()
    seen = watch(clock)
    running = asyncio.create_task(seen.run(None, None))
    await until(lambda: seen.signs.wrote is not None)
    assert await _kept_time(database) is None
    seen.synced([], 0, 0)
    clock.now += 5 * 3_600
    await until(lambda: seen.signs.wrote == clock.now)
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    hours = (time.time() * 1000 - int(await _kept_time(database) or 0)) / 3_600_000
    assert 4.99 < hours < 5.01


async def _kept_time(database: Database) -> int | None:
    found: int | None = await database.run(
        lambda tx: tx.value("SELECT value FROM meta WHERE key = :key", key=absence.ALIVE)
    )
    return found


def labels_of(text: str) -> set[str]:
    """The values of all labels in Prometheus' text format, those of buckets excepted."""
    found = set()
    for line in text.splitlines():
        if not line.startswith("#") and "{" in line:
            pairs = line[line.index("{") + 1 : line.rindex("}")].split(",")
            found |= {
                value.strip('"') for name, _, value in (pair.partition("=") for pair in pairs) if name != "le"
            }
    return found
