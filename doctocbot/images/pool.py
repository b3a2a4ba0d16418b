"""The bot's side of the sandbox: a few warm workers, one picture at a time each, killed for certain when they hang."""

import asyncio
import contextlib
import os
import signal
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

import doctocbot
from doctocbot.images import wire
from doctocbot.images.model import MAX_BYTES, CleanImage, Refusal, RefusalReason
from doctocbot.images.wire import OUT_OF_TIME

_PIECE = 256 * 1024
_START_SECONDS = 30.0
_LAST_WORDS_SECONDS = 1.0
_MODULE = "doctocbot.images.worker"


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
            # Cancelled half way: what the worker would answer next belongs to nobody.
            if not answered:
                await self._discard(worker)
            self._idle.put_nowait(worker if answered else None)
        return answer

    async def _ask(self, worker: "_Worker", data: bytes) -> CleanImage | Refusal:
        try:
            async with asyncio.timeout(self._limits.wall_seconds):
                return await worker.exchange(data)
        except TimeoutError:
            await self._stop(worker)
            return Refusal(RefusalReason.TIMED_OUT)
        except (asyncio.IncompleteReadError, OSError, wire.BrokenAnswerError):
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
    """One warm process and the two pipes to it."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        if process.stdin is None or process.stdout is None:
            raise RuntimeError("a worker needs both its pipes")
        self._process = process
        self._input = process.stdin
        self._output = process.stdout
        self._reading = asyncio.Lock()

    @classmethod
    async def start(cls, program: Sequence[str]) -> "_Worker":
        """Start a process and wait until it has everything loaded; raises OSError if it cannot be started."""
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-P",
            *program,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
            env=_environment(),
            start_new_session=True,
            limit=_PIECE,
        )
        worker = cls(process)
        try:
            async with asyncio.timeout(_START_SECONDS):
                await worker._frame()
        except (TimeoutError, asyncio.IncompleteReadError) as error:
            await worker.stop()
            raise OSError("the picture worker did not start") from error
        except BaseException:
            await worker.stop()
            raise
        return worker

    @property
    def alive(self) -> bool:
        return self._process.returncode is None

    async def exchange(self, data: bytes) -> CleanImage | Refusal:
        """Send one picture and read its answer; raises IncompleteReadError or OSError if the process ends."""
        self._input.write(len(data).to_bytes(wire.LENGTH_BYTES, "big"))
        view = memoryview(data)
        for at in range(0, len(data), _PIECE):
            # Piece by piece: a picture is up to 40 MB, and the loop has other things to do.
            self._input.write(view[at : at + _PIECE])
            await self._input.drain()
        await self._input.drain()
        head = await self._frame(wire.MAX_HEAD)
        rest = [await self._frame() for _ in range(wire.frames_to_follow(head))]
        return wire.decode(head, *rest)

    async def ended_out_of_time(self) -> bool:
        """Whether the process ended by itself because a picture used up its time."""
        try:
            async with asyncio.timeout(_LAST_WORDS_SECONDS):
                return await self._process.wait() == OUT_OF_TIME
        except TimeoutError:
            return False

    async def stop(self) -> None:
        """Kill the process and all it started, and wait until it is gone."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._input.close()
        with contextlib.suppress(OSError):
            # Read to the end, so that the pipe is closed when this returns.
            async with self._reading:
                while await self._output.read(_PIECE):
                    pass
        await self._process.wait()

    async def _frame(self, most: int = wire.MAX_ANSWER) -> bytes:
        async with self._reading:
            length = int.from_bytes(await self._output.readexactly(wire.LENGTH_BYTES), "big")
            if length > most:
                raise wire.BrokenAnswerError
            body = bytearray()
            while len(body) < length:
                piece = await self._output.read(min(_PIECE, length - len(body)))
                if not piece:
                    raise asyncio.IncompleteReadError(b"", length)
                body += piece
        return bytes(body)


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
