"""Run in a mount namespace of its own: fills a real file system to the last byte under a database and its monitor.

    unshare --user --map-root-user --mount python -m tests.health.full_disk FOLDER

Prints one line for each thing that holds, in the order of `LINES`; ends with an exception where one does not.
"""

import asyncio
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from doctocbot.health import monitor as pulse
from doctocbot.health.monitor import Monitor
from doctocbot.health.vitals import Complaint
from doctocbot.store import Database, derive_key

LINES = ("green", "full", "red", "a write waits", "green again", "the write is in, whole")
_SIZE = "48m"
_BLOCK = b"\0" * 65_536
_WORDS = "x" * 300_000


def main() -> None:
    """Mount a small file system, and see all of it."""
    folder = Path(sys.argv[1])
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={_SIZE}", "none", str(folder)], check=True)
    pulse._PULSE = pulse._PROBE_EVERY = pulse._IDENTITY_EVERY = 0.05
    asyncio.run(_see(folder))


async def _see(folder: Path) -> None:
    database = await Database.open(folder / "doctocbot.db", derive_key("a secret", "database"), patient=True)

    async def yes() -> bool:
        return True

    monitor = Monitor(
        database, {"database": database.path},
        probe=yes, is_signed=yes, one_time_keys=lambda: 50, exchanged=time.monotonic,
    )  # fmt: skip
    watching = asyncio.create_task(monitor.run(None, None))
    monitor.synced([], 0, 0)
    await _until(lambda: monitor.complaints() == [])
    _say(LINES[0])
    _fill(folder / "somebody-elses-file")
    _say(LINES[1])
    await _until(lambda: monitor.complaints() == [Complaint.DISK_FULL])
    _say(LINES[2])
    insert = "INSERT INTO meta VALUES ('words', :words)"
    writing = asyncio.create_task(database.run(lambda tx: tx.execute(insert, words=_WORDS)))
    await asyncio.sleep(1)
    assert not writing.done()
    _say(LINES[3])
    (folder / "somebody-elses-file").unlink()
    await _until(lambda: monitor.complaints() == [])
    _say(LINES[4])
    await asyncio.wait_for(writing, 20)
    kept = await database.run(lambda tx: tx.value("SELECT value FROM meta WHERE key = 'words'"))
    assert kept == _WORDS
    _say(LINES[5])
    watching.cancel()
    await asyncio.gather(watching, return_exceptions=True)
    await database.close()


def _fill(file: Path) -> None:
    with file.open("wb", buffering=0) as taken:
        for block in (_BLOCK, _BLOCK[:1]):
            try:
                while True:
                    taken.write(block)
            except OSError:
                continue


async def _until(holds: Callable[[], bool]) -> None:
    async with asyncio.timeout(20):
        while not holds():  # noqa: ASYNC110 - what is waited for has no event of its own
            await asyncio.sleep(0.02)


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
