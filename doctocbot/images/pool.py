"""The bot's side of the sandbox: a few warm workers, one picture at a time each, killed for certain when they hang."""

import asyncio
import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self, TypeVar

import doctocbot
from doctocbot.images import wire
from doctocbot.images.model import MAX_BYTES, CleanImage, Refusal, RefusalReason
from doctocbot.images.wire import OUT_OF_TIME

# What a pipe may hold at most, where nobody has changed the kernel's limit.
_PIPE = 1 << 20
_START_SECONDS = 30.0
_LAST_WORDS_SECONDS = 1.0
_MODULE = "doctocbot.images.worker"

_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Limits:
    """What one picture may cost: bytes of address space, seconds of CPU, seconds by the clock on the wall."""

    memory: int = 1024**3
    cpu_seconds: int = 20
    wall_seconds: float = 30.0


class ScrubWorkers:
    """Scrub pictures in separate processes, so that a malformed one can at worst end the process it is in.

    An async context manager. A worker that dies answers for the picture it had, and only for that one; it is replaced,
    and the picture is not tried again. Workers inherit none of the bot's environment, and so none of its secrets.
    """

    def __init__(
        self, count: int = 2, limits: Limits | None = None, program: Sequence[str] = ("-m", _MODULE)
    ) -> None:
        """Prepare `count` workers; `program` is what Python runs in them (tests plant hostile ones)."""
        self._count = count
        self._limits = limits or Limits()
        self._program = tuple(program)
        self._idle: asyncio.LifoQueue[_Worker | None] = asyncio.LifoQueue()
        self._running: set[_Worker] = set()
        self._closed = True

    async def __aenter__(self) -> Self:
        self._closed = False
        started = await asyncio.gather(*(self._start() for _ in range(self._count)), return_exceptions=True)
        for worker in started:
            if isinstance(worker, BaseException):
                await self.__aexit__(None, None, None)
                raise worker
            self._idle.put_nowait(worker)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._closed = True
        await asyncio.gather(*(self._stop(worker) for worker in tuple(self._running)))

    async def scrub(self, data: bytes) -> CleanImage | Refusal:
        """Scrub one picture in a worker of its own; waits for a free one, never blocks the event loop."""
        if len(data) > MAX_BYTES:
            return Refusal(RefusalReason.TOO_LARGE)
        if self._closed:
            raise RuntimeError("ScrubWorkers is not open")
        worker = await self._idle.get()
        answered = False
        try:
            worker = await self._living(worker)
            answer = await self._ask(worker, data)
            answered = True
        except OSError:
            answer = Refusal(RefusalReason.WORKER_DIED)
        finally:
            try:
                # Cancelled half way: what the worker would answer next belongs to nobody.
                if not answered:
                    await self._discard(worker)
            finally:
                # Also when cancelled once more: the place of a worker is never lost.
                self._idle.put_nowait(worker if answered else None)
        return answer

    async def _ask(self, worker: "_Worker", data: bytes) -> CleanImage | Refusal:
        try:
            async with asyncio.timeout(self._limits.wall_seconds):
                return await worker.exchange(data)
        except TimeoutError:
            await self._stop(worker)
            return Refusal(RefusalReason.TIMED_OUT)
        except (EOFError, OSError, wire.BrokenAnswerError):
            out_of_time = await worker.ended_out_of_time()
            await self._stop(worker)
            return Refusal(RefusalReason.TIMED_OUT if out_of_time else RefusalReason.WORKER_DIED)

    async def _living(self, worker: "_Worker | None") -> "_Worker":
        if worker is not None and worker.alive:
            return worker
        await self._discard(worker)
        if self._closed:
            raise RuntimeError("ScrubWorkers is not open")
        return await self._start()

    async def _start(self) -> "_Worker":
        limits = self._limits
        arguments = (limits.memory, limits.cpu_seconds, int(limits.wall_seconds) + 1)
        worker = await _Worker.start((*self._program, *(str(argument) for argument in arguments)))
        self._running.add(worker)
        if self._closed:
            await self._stop(worker)
            raise RuntimeError("ScrubWorkers is not open")
        return worker

    async def _discard(self, worker: "_Worker | None") -> None:
        if worker is not None:
            await asyncio.shield(self._stop(worker))

    async def _stop(self, worker: "_Worker") -> None:
        await worker.stop()
        self._running.discard(worker)


class _Worker:
    """One warm process, the pipes to it, and a thread that waits at them.

    A picture goes in and an answer comes out; that the child which answered is gone comes on a pipe of its own, which
    no child holds: before that, no other picture is sent. In a thread a whole picture passes in a few system calls, is
    copied once, and costs the event loop nothing.
    """

    def __init__(self, program: Sequence[str]) -> None:
        """Start a process; raises OSError if that cannot be done."""
        self._process = subprocess.Popen(  # noqa: S603 - our own module, or a test's
            (sys.executable, "-P", *program),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=_environment(),
            start_new_session=True,
            pipesize=_PIPE,
        )
        if self._process.stdin is None or self._process.stdout is None or self._process.stderr is None:
            raise RuntimeError("a worker needs its pipes")
        self._input = self._process.stdin
        self._output = self._process.stdout
        self._ends = self._process.stderr
        self._thread = ThreadPoolExecutor(1, "picture-worker")
        self._stopping = asyncio.Lock()

    @classmethod
    async def start(cls, program: Sequence[str]) -> "_Worker":
        """Start a process and wait until it has everything loaded; raises OSError if it cannot be started."""
        worker = cls(program)
        try:
            async with asyncio.timeout(_START_SECONDS):
                await worker._in_thread(worker._frame)
        except (TimeoutError, EOFError) as error:
            await worker.stop()
            raise OSError("the picture worker did not start") from error
        except BaseException:
            await worker.stop()
            raise
        return worker

    @property
    def alive(self) -> bool:
        return self._process.poll() is None

    async def exchange(self, data: bytes) -> CleanImage | Refusal:
        """Send one picture and read its answer; raises EOFError or OSError if the process ends."""
        return await self._in_thread(lambda: self._exchanged(data))

    async def ended_out_of_time(self) -> bool:
        """Whether the process ended by itself because a picture used up its time."""
        try:
            return await self._in_thread(lambda: self._process.wait(_LAST_WORDS_SECONDS)) == OUT_OF_TIME
        except subprocess.TimeoutExpired:
            return False

    async def stop(self) -> None:
        """Kill the process and all it started, and wait until it is gone."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        async with self._stopping:
            if not self._output.closed:
                # After what the thread is still at, which ends with the process.
                await self._in_thread(self._close)
                self._thread.shutdown(wait=False)

    async def _in_thread(self, function: Callable[[], _T]) -> _T:
        return await asyncio.get_running_loop().run_in_executor(self._thread, function)

    def _exchanged(self, data: bytes) -> CleanImage | Refusal:
        self._input.write(len(data).to_bytes(wire.LENGTH_BYTES, "big"))
        self._input.write(data)
        self._input.flush()
        head = self._frame(wire.MAX_HEAD)
        rest = [self._frame() for _ in range(wire.frames_to_follow(head))]
        if self._ends.read(len(wire.ENDED)) != wire.ENDED:
            raise EOFError
        return wire.decode(head, *rest)

    def _frame(self, most: int = wire.MAX_ANSWER) -> bytes:
        length = int.from_bytes(self._exactly(wire.LENGTH_BYTES), "big")
        if length > most:
            raise wire.BrokenAnswerError
        return self._exactly(length)

    def _exactly(self, length: int) -> bytes:
        body = self._output.read(length)
        if len(body) < length:
            raise EOFError
        return body

    def _close(self) -> None:
        with contextlib.suppress(OSError):
            self._input.close()
        # To the end, which comes when all that the process started is gone too.
        while self._output.read(_PIPE):
            pass
        self._process.wait()
        self._output.close()
        self._ends.close()


def _environment() -> dict[str, str]:
    """Tell the worker where modules are, and nothing else."""
    root = str(Path(doctocbot.__file__).resolve().parent.parent)
    paths = [root, *(path for path in sys.path if path and path != root)]
    return {
        "PYTHONPATH": os.pathsep.join(paths),
        # Threads of a numerics library would each reserve address space that the limit counts.
        "OPENBLAS_NUM_THREADS": "1",
        "OMP_NUM_THREADS": "1",
        # Large pages, where the kernel has them: a fifth of a photograph's time went into touching small ones.
        "GLIBC_TUNABLES": "glibc.malloc.hugetlb=1",
    }
