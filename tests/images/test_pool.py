"""The sandbox: whatever a picture does to the process that reads it, the bot goes on, and so does the next picture."""

import asyncio
import os
import subprocess
import sys
import textwrap
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from PIL import Image

import doctocbot
from doctocbot.images import CleanImage, Limits, Refusal, RefusalReason, ScrubWorkers, scrub
from tests.images import manifest, photos
from tests.images.hostile_worker import REACHES

pytestmark = pytest.mark.slow

HOSTILE = (str(Path(__file__).with_name("hostile_worker.py")),)
ROOT = str(Path(doctocbot.__file__).parent.parent)


@pytest.fixture(scope="module")
def photo() -> bytes:
    return photos.jpeg(comment=b"Madame L.")


@pytest.fixture
async def workers() -> AsyncIterator[ScrubWorkers]:
    async with ScrubWorkers(1) as pool:
        yield pool


@pytest.fixture
async def hostile() -> AsyncIterator[ScrubWorkers]:
    limits = Limits(cpu_seconds=1, wall_seconds=3)
    async with ScrubWorkers(1, limits, HOSTILE) as pool:
        yield pool


def processes(folder: Path) -> set[int]:
    """Every live process that was started in a folder, this one aside."""
    found = set()
    for entry in Path("/proc").iterdir():
        try:
            if entry.name.isdigit() and (entry / "cwd").readlink() == folder:
                found.add(int(entry.name))
        except OSError:
            continue
    return found - {os.getpid()}


def memory(process: int) -> bytes:
    """All that a process may write to."""
    found = []
    with Path(f"/proc/{process}/mem").open("rb", buffering=0) as bytes_of_it:
        for line in Path(f"/proc/{process}/maps").read_text().splitlines():
            span, rights, *_ = line.split()
            start, end = (int(address, 16) for address in span.split("-"))
            if rights.startswith("rw"):
                bytes_of_it.seek(start)
                found.append(bytes_of_it.read(end - start))
    return b"".join(found)


async def test_a_worker_answers_like_the_scrubber_itself(workers: ScrubWorkers, photo: bytes) -> None:
    """What comes back through the pipes equals what the pure function says, for clean and refused alike."""
    large = manifest.photo("jpeg large").data
    for data in (photo, large, b"", b"%PDF-1.7"):
        assert await workers.scrub(data) == scrub(data)


@pytest.mark.parametrize(
    ("order", "reason"),
    [
        (b"crash", RefusalReason.WORKER_DIED),
        (b"babble", RefusalReason.WORKER_DIED),
        (b"spin", RefusalReason.TIMED_OUT),
        (b"sleep", RefusalReason.TIMED_OUT),
        (b"eat", RefusalReason.TOO_MANY_PIXELS),
    ],
    ids=lambda value: value.decode() if isinstance(value, bytes) else "",
)
async def test_a_poisoned_picture_costs_only_itself(
    hostile: ScrubWorkers, photo: bytes, order: bytes, reason: RefusalReason
) -> None:
    """A picture that crashes, hangs, babbles or eats memory is refused in seconds, and the next one is served."""
    begun = time.monotonic()
    assert await hostile.scrub(order) == Refusal(reason)
    assert time.monotonic() - begun < 6
    assert await hostile.scrub(photo) == scrub(photo)


async def test_a_poisoned_picture_is_tried_once(tmp_path: Path, photo: bytes) -> None:
    """After a death the picture is not handed to the new worker."""
    async with ScrubWorkers(2, Limits(cpu_seconds=1, wall_seconds=3), HOSTILE) as pool:
        answers = await asyncio.gather(pool.scrub(b"crash"), pool.scrub(photo), pool.scrub(photo))
    assert answers[0] == Refusal(RefusalReason.WORKER_DIED)
    assert all(isinstance(answer, CleanImage) for answer in answers[1:])


async def test_who_lives_on_after_the_answer_gets_no_other_picture(
    hostile: ScrubWorkers, photo: bytes
) -> None:
    """A child that was taken over and stays is waited for and killed: the next patient's picture is not its."""
    assert await hostile.scrub(b"stay") == Refusal(RefusalReason.TIMED_OUT)
    assert await hostile.scrub(photo) == scrub(photo)


async def test_whoever_gives_up_twice_takes_no_worker_away(workers: ScrubWorkers, photo: bytes) -> None:
    """A second cancellation while the worker is being replaced loses no place in the pool."""
    asked = asyncio.create_task(workers.scrub(b"\xff\xd8\xff" + b"x" * 30_000_000))
    for _ in range(2):
        await asyncio.sleep(0.01)
        asked.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asked
    assert await asyncio.wait_for(workers.scrub(photo), 10) == scrub(photo)


async def test_a_worker_cannot_write_files(hostile: ScrubWorkers, tmp_path: Path) -> None:
    """A worker that was taken over cannot leave the picture on the disk."""
    target = tmp_path / "leak"
    answer = await hostile.scrub(b"write " + os.fsencode(target))
    assert answer == Refusal(RefusalReason.WORKER_DIED)
    assert not target.exists() or target.stat().st_size == 0


async def test_a_photograph_takes_little_memory() -> None:
    """A picture of 12 megapixels is cleaned and proved within 300 MiB of address space, libraries and all."""
    async with ScrubWorkers(1, Limits(memory=300 * 1024**2)) as pool:
        answer = await pool.scrub(photos.saved(Image.new("RGB", (4000, 3000)), "JPEG"))
    assert isinstance(answer, CleanImage)


@pytest.mark.slow
async def test_the_largest_picture_fits(workers: ScrubWorkers) -> None:
    """60 megapixels in the most demanding of usual forms, progressive and 4:4:4, stay within the limits."""
    largest = photos.saved(Image.new("RGB", (7740, 7740)), "JPEG", progressive=True, subsampling=0)
    assert isinstance(await workers.scrub(largest), CleanImage)


@pytest.mark.parametrize("what", REACHES, ids=bytes.decode)
async def test_a_worker_reaches_nothing(hostile: ScrubWorkers, what: bytes) -> None:
    """A worker that was taken over cannot read what the bot keeps, call anyone, or start anything that outlives it."""
    assert await hostile.scrub(b"reach " + what) == Refusal(RefusalReason.LINK)


@pytest.mark.slow
async def test_a_sealed_worker_lacks_nothing(workers: ScrubWorkers) -> None:
    """Though it can open no file any more, a worker reads every kind of picture as the scrubber itself does."""
    for photo in manifest.all_photos():
        answer = await workers.scrub(photo.data)
        if isinstance(answer, Refusal):
            assert answer.reason in photo.reasons, photo.name
        else:
            assert answer.outcome is photo.outcome, photo.name


async def test_a_worker_knows_no_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    """The bot's secret is in its environment and must not be in a decoder's."""
    monkeypatch.setenv("DOCTOCBOT_SECRET", "correct horse")
    async with ScrubWorkers(1, program=HOSTILE) as pool:
        assert await pool.scrub(b"tell PYTHONPATH") == Refusal(RefusalReason.DOCUMENT)
        assert await pool.scrub(b"tell DOCTOCBOT_SECRET") == Refusal(RefusalReason.NOT_AN_IMAGE)


async def test_no_picture_is_left_for_the_next(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The process that the next picture's is forked from holds nothing of the one before."""
    monkeypatch.chdir(tmp_path)
    async with ScrubWorkers(1) as pool:
        for size in (100, 10_000, 1_000_000):
            assert isinstance(await pool.scrub(photos.jpeg() + b"Madame L." * (size // 9)), CleanImage)
        for _ in range(100):
            if len(processes(tmp_path)) == 1:
                break
            await asyncio.sleep(0.01)
        (template,) = processes(tmp_path)
        assert b"Madame L." not in memory(template)


async def test_a_worker_comes_after_the_bot(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the bot and a picture want the same processor, the kernel prefers the bot."""
    monkeypatch.chdir(tmp_path)
    async with ScrubWorkers(1):
        (worker,) = processes(tmp_path)
        own = os.getpriority(os.PRIO_PROCESS, 0)
        assert own < os.getpriority(os.PRIO_PROCESS, worker) or own == 19


async def test_the_bot_goes_on_meanwhile(workers: ScrubWorkers) -> None:
    """While a 20 MB picture travels to a worker and back, the event loop never stops for long."""
    heavy = photos.jpeg() + bytes(20 * 1024 * 1024)
    task = asyncio.create_task(workers.scrub(heavy))
    longest = 0.0
    while not task.done():
        before = time.monotonic()
        await asyncio.sleep(0.001)
        longest = max(longest, time.monotonic() - before)
    assert isinstance(await task, CleanImage)
    assert longest < 0.25


async def test_a_cancelled_picture_leaves_nothing_behind(hostile: ScrubWorkers, photo: bytes) -> None:
    """When nobody waits for an answer any more, the next picture still gets its own."""
    task = asyncio.create_task(hostile.scrub(b"sleep"))
    await asyncio.sleep(0.3)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert await hostile.scrub(photo) == scrub(photo)


async def test_closing_ends_every_process(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """After the pool is closed, even in the middle of a picture, no worker is left."""
    monkeypatch.chdir(tmp_path)
    async with ScrubWorkers(2, Limits(wall_seconds=60), HOSTILE) as pool:
        busy = asyncio.create_task(pool.scrub(b"sleep"))
        for _ in range(100):
            await asyncio.sleep(0.05)
            if len(processes(tmp_path)) == 3:
                break
        assert len(processes(tmp_path)) == 3
    assert await busy == Refusal(RefusalReason.WORKER_DIED)
    assert not processes(tmp_path)


async def test_a_closed_pool_takes_no_pictures(photo: bytes) -> None:
    """A picture given to a pool that is not open is a fault of the caller, said at once."""
    with pytest.raises(RuntimeError):
        await ScrubWorkers(1).scrub(photo)


PROGRAM = textwrap.dedent(
    """
    import asyncio, os, signal, sys
    from doctocbot.images import ScrubWorkers

    async def main():
        async with ScrubWorkers(1) as pool:
            print((await pool.scrub(sys.stdin.buffer.read())).outcome, flush=True)
            if "die" in sys.argv:
                os.kill(os.getpid(), signal.SIGKILL)

    asyncio.run(main())
    """
)


@pytest.mark.parametrize("way", ["script", "module"])
def test_workers_start_however_the_bot_was_started(tmp_path: Path, photo: bytes, way: str) -> None:
    """Run as a script or as a module, without any guard around its main code, the bot finds its workers."""
    (tmp_path / "desk").mkdir()
    (tmp_path / "desk" / "__main__.py").write_text(PROGRAM)
    program = [str(tmp_path / "desk" / "__main__.py")] if way == "script" else ["-m", "desk"]
    done = subprocess.run(
        [sys.executable, *program],
        cwd=tmp_path,
        input=photo,
        env={"PYTHONPATH": ROOT},
        capture_output=True,
        check=False,
    )
    assert done.stdout.decode().strip() == "clean-lossless", done.stderr.decode()


def test_no_worker_outlives_a_killed_bot(tmp_path: Path, photo: bytes) -> None:
    """When the bot is killed without a word, its workers end by themselves."""
    (tmp_path / "desk.py").write_text(PROGRAM)
    done = subprocess.run(
        [sys.executable, "desk.py", "die"],
        cwd=tmp_path,
        input=photo,
        env={"PYTHONPATH": ROOT},
        capture_output=True,
        check=False,
    )
    assert done.returncode == -9
    deadline = time.monotonic() + 5
    while processes(tmp_path) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not processes(tmp_path)
