"""What cleaning a picture costs, complete with proof and sandbox, beside the tools that only cut metadata away.

Processor time throughout: of a tool, that of its process; of ours, that of the bot's process and of all its workers.
The tools take turns on the same files. The burst is the other question: does the bot answer meanwhile?
"""

import asyncio
import itertools
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from statistics import median, quantiles
from time import perf_counter, process_time
from typing import Any

from doctocbot.images import CleanImage, Limits, Refusal, ScrubWorkers, scrub, wire
from doctocbot.images.formats import jpeg, jpeg_segments, png, png_chunks
from doctocbot.images.verify import verify
from doctocbot.store import Database, Transaction, derive_key
from tests.bench.shots import Shot, phone_photo, scan

_TICK = 1 / os.sysconf("SC_CLK_TCK")
_REPEATS = 3  # pictures of ours to one reading of the kernel's clock, which ticks every 10 ms
_PEOPLE, _PHOTOS_EACH = 10, 4
_CALM = 5.0  # seconds of listening to the command loop before the burst
_STEP = 0.01  # seconds between two commands
_CHECKOUT = Path(__file__).resolve().parents[2]

Tool = Callable[[Path, Path], list[str]]
TOOLS: dict[str, Tool] = {
    "exiftool": lambda source, target: ["exiftool", "-q", "-all=", "-o", str(target), str(source)],
    "mat2": lambda source, _: ["mat2", str(source)],
    "jpegtran": lambda source, target: ["jpegtran", "-copy", "none", "-outfile", str(target), str(source)],
}
"""Each writes a copy and leaves the original alone; mat2 chooses the name of its copy itself."""


class NotCleaned(Exception):
    """A picture was refused, or a tool failed: its time would mean nothing."""


@dataclass(slots=True)
class Scrubbing:
    """What was measured, in seconds of the processor (the burst: of the clock) and bytes.

    `seconds` is by picture and tool, one for each round; `steps` by picture and step, of one cleaning in this
    process; the waits are those of a command for the database thread, idle and during the burst.
    """

    bytes: dict[str, int] = field(default_factory=dict)
    seconds: dict[str, dict[str, list[float]]] = field(default_factory=dict)
    steps: dict[str, dict[str, float]] = field(default_factory=dict)
    missing: list[str] = field(default_factory=list)
    worker_peak: int = 0
    burst_seconds: float = 0.0
    idle: list[float] = field(default_factory=list)
    busy: list[float] = field(default_factory=list)

    def ratio(self, picture: str, tool: str) -> float | None:
        """Our median processor time for a picture to a tool's; None without that tool."""
        taken = self.seconds[picture]
        return median(taken["doctocbot"]) / median(taken[tool]) if tool in taken else None

    def as_json(self) -> dict[str, Any]:
        """All figures but the single waits, and those that follow from them."""
        ratios = {
            picture: {tool: self.ratio(picture, tool) for tool in taken if tool != "doctocbot"}
            for picture, taken in self.seconds.items()
        }
        waits = {name: _spread(getattr(self, name)) for name in ("idle", "busy")}
        return asdict(self) | waits | {"ratios": ratios}


def _spread(seconds: list[float]) -> dict[str, float]:
    cuts = quantiles(seconds, n=20) if len(seconds) > 1 else seconds * 19
    return {"median": median(seconds), "p95": cuts[18]}


async def scrubbing(
    rounds: int,
    progress: Callable[[int], None] = lambda _: None,
    shots: tuple[Shot, ...] | None = None,
    calm: float = _CALM,
) -> Scrubbing:
    """Clean each picture so many times by each tool that is there, in turn, and then forty in one burst."""
    shots = shots or (phone_photo(), scan())
    measured = Scrubbing(missing=[tool for tool in TOOLS if shutil.which(tool) is None])
    with tempfile.TemporaryDirectory() as name:
        async with ScrubWorkers(1) as workers:
            for number, shot in enumerate(shots):
                await _compare(shot, rounds, workers, Path(name), measured)
                progress((number + 1) * rounds)
        measured.worker_peak = _worker_peak(shots[0].data, Path(name))
        await _burst(shots[0].data, Path(name), calm, measured)
    return measured


# -- side by side


async def _compare(
    shot: Shot, rounds: int, workers: ScrubWorkers, directory: Path, measured: Scrubbing
) -> None:
    measured.bytes[shot.name] = len(shot.data)
    measured.steps[shot.name] = _steps(shot)
    taken = measured.seconds.setdefault(shot.name, {"doctocbot": []})
    # The first one warms each side up.
    for number in range(-1, rounds):
        seconds = {"doctocbot": await _ours(shot.data, workers)}
        for tool, command in TOOLS.items():
            if tool not in measured.missing and (tool != "jpegtran" or shot.suffix == ".jpg"):
                seconds[tool] = _theirs(command, shot, directory)
        for tool, each in seconds.items() if number >= 0 else ():
            taken.setdefault(tool, []).append(each)


async def _ours(data: bytes, workers: ScrubWorkers) -> float:
    before = process_time() + _of_children()
    for _ in range(_REPEATS):
        _cleaned(await workers.scrub(data))
    return (process_time() + _of_children() - before) / _REPEATS


def _of_children() -> float:
    """Processor time of every process under this one, and of those that they have outlived."""
    ticks, family = 0, {os.getpid()}
    for entry in sorted(Path("/proc").glob("[0-9]*"), key=lambda each: int(each.name)):
        try:
            fields = (entry / "stat").read_text(encoding="ascii").rpartition(") ")[2].split()
        except OSError:
            continue
        if int(fields[1]) in family:
            family.add(int(entry.name))
            ticks += sum(int(each) for each in fields[11:15])
    return ticks * _TICK


def _theirs(command: Tool, shot: Shot, directory: Path) -> float:
    with tempfile.TemporaryDirectory(dir=directory) as name:
        source, target = Path(name, f"in{shot.suffix}"), Path(name, f"out{shot.suffix}")
        source.write_bytes(shot.data)
        quiet = subprocess.DEVNULL
        process = subprocess.Popen(command(source, target), stdout=quiet, stderr=quiet)
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode or len(list(Path(name).iterdir())) != 2:
            raise NotCleaned(process.args)
    return used.ru_utime + used.ru_stime


def _steps(shot: Shot) -> dict[str, float]:
    """Where the time goes, measured in this process, once warm; what the sandbox adds is the rest."""
    parse = jpeg_segments.parse if shot.suffix == ".jpg" else png_chunks.parse
    clean = jpeg.clean if shot.suffix == ".jpg" else png.clean
    _cleaned(scrub(shot.data))
    marks = [process_time()]
    parse(shot.data)
    marks.append(process_time())
    candidate = clean(shot.data)
    marks.append(process_time())
    verify(shot.data, candidate.mimetype, candidate)
    marks.append(process_time())
    _cleaned(scrub(shot.data))
    marks.append(process_time())
    parsing, cleaning, proving, whole = (after - before for before, after in itertools.pairwise(marks))
    return {
        "parse": parsing,
        "write anew": cleaning - parsing,
        "prove": proving,
        "thumbnail": max(whole - cleaning - proving, 0.0),
        "all": whole,
    }


def _cleaned(answer: CleanImage | Refusal) -> CleanImage:
    if isinstance(answer, Refusal):
        raise NotCleaned(answer.reason)
    return answer


_LAUNCHER = """
import os, subprocess, sys
with open(sys.argv[1], "rb") as frame:
    worker = subprocess.Popen(sys.argv[2:], stdin=frame, stdout=subprocess.PIPE)
answered = len(worker.stdout.read())
_, status, used = os.wait4(worker.pid, 0)
print(answered, status, used.ru_maxrss)
"""


def _worker_peak(data: bytes, directory: Path) -> int:
    """The most memory (bytes) that a worker and its child had while they cleaned one picture.

    A launcher of its own starts it: the kernel counts what a process was before it became another, and this one is
    large.
    """
    limits, frame = Limits(), directory / "frame"
    frame.write_bytes(len(data).to_bytes(wire.LENGTH_BYTES, "big") + data)
    words = (limits.memory, limits.cpu_seconds, int(limits.wall_seconds))
    worker = (sys.executable, "-m", "doctocbot.images.worker", *(str(each) for each in words))
    done = subprocess.run(
        [sys.executable, "-c", _LAUNCHER, str(frame), *worker], cwd=_CHECKOUT, capture_output=True, check=True
    )
    answered, status, kilobytes = (int(each) for each in done.stdout.split())
    if status or answered < len(data) // 2:
        raise NotCleaned(worker)
    return kilobytes * 1024


# -- a burst


async def _burst(data: bytes, directory: Path, calm: float, measured: Scrubbing) -> None:
    """Ten people send four photographs each at once; the command loop is listened to before and meanwhile."""
    async with _database(directory) as database, ScrubWorkers() as workers:
        listening = asyncio.create_task(_listen(database, measured.idle))
        await asyncio.sleep(calm)
        await _ended(listening)
        listening = asyncio.create_task(_listen(database, measured.busy))
        begin = perf_counter()
        answers = await asyncio.gather(*(workers.scrub(data) for _ in range(_PEOPLE * _PHOTOS_EACH)))
        measured.burst_seconds = perf_counter() - begin
        await _ended(listening)
    for answer in answers:
        _cleaned(answer)


async def _listen(database: Database, waits: list[float]) -> None:
    """Do what a command does, over and over: hop through the database thread, and note how long that took."""
    while True:
        begin = perf_counter()
        await database.run(_command)
        waits.append(perf_counter() - begin)
        await asyncio.sleep(_STEP)


def _command(tx: Transaction) -> None:
    tx.value("SELECT count(*) FROM medical_case")
    tx.value("SELECT count(*) FROM outbox WHERE state != 'sent'")


async def _ended(task: "asyncio.Task[None]") -> None:
    task.cancel()
    await asyncio.wait([task])


@asynccontextmanager
async def _database(directory: Path) -> AsyncIterator[Database]:
    key = derive_key("a secret for the bench alone, which protects nothing", "database")
    database = await Database.open(directory / "burst.db", key)
    try:
        yield database
    finally:
        await database.close()
