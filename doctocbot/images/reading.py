"""Read the words inside a picture, in a process of its own, so that their author can be shown what they give away.

Needs the optional extra (`pip install doctocbot[ocr]`); without it nothing is read and nothing else changes. A picture
in which no words were found may still show some: this is a hint, never a proof.
"""

import asyncio
import contextlib
import importlib.util
import json
import os
import signal
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

import doctocbot
from doctocbot.images.box import Box
from doctocbot.images.pool import Limits
from doctocbot.images.wire import ENDED

LENGTH_BYTES = 8
# The engines whose models come inside their wheels, the one that reads better first.
ENGINES = ("rapidocr_onnxruntime", "rapidocr")
_MOST_ANSWER = 4 * 1024 * 1024
_MOST_LINES = 2000
_MOST_LETTERS = 1000
_IDLE_SECONDS = 300.0
# Twelve megapixels of dense text took 0.84 GB, and 1.65 GB of address space with libraries and models.
_LIMITS = Limits(memory=2 * 1024**3, cpu_seconds=15, wall_seconds=10.0)


@dataclass(frozen=True, slots=True)
class Line:
    """Words that stand in one line, where, in pixels of the picture as shown, and how sure the engine is (0 to 1)."""

    text: str
    box: Box
    score: float


class Reader:
    """Reads one picture at a time in a process that starts when it is first needed and ends when it has idled.

    An async context manager. The process inherits no environment and opens no connection; whatever a picture does to
    it, at worst that picture is not read.
    """

    def __init__(
        self,
        limits: Limits | None = None,
        idle_seconds: float = _IDLE_SECONDS,
        program: Sequence[str] = ("-m", "doctocbot.images.reading_worker"),
    ) -> None:
        """Prepare a reader; `program` is what Python runs in its process (tests plant hostile ones)."""
        self._limits = limits or _LIMITS
        self._idle_seconds = idle_seconds
        self._program = tuple(program)
        self._turn = asyncio.Lock()
        self._process: asyncio.subprocess.Process | None = None
        self._idling: asyncio.TimerHandle | None = None
        self._ending: set[asyncio.Task[None]] = set()
        self._broken = False

    @property
    def available(self) -> bool:
        """Whether there is an engine to read with, as far as is known before it has been started."""
        return not self._broken and any(importlib.util.find_spec(name) for name in ENGINES)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        async with self._turn:
            await self._stop()
        await asyncio.gather(*self._ending, return_exceptions=True)

    async def read(self, data: bytes) -> list[Line] | None:
        """Read the lines of one clean picture, from the top; None where nobody can tell.

        That is without the extra, after 10 seconds (counted from its turn), and where the picture ended the process.
        """
        if not self.available:
            return None
        async with self._turn:
            if self._idling is not None:
                self._idling.cancel()
            answered = False
            try:
                async with asyncio.timeout(self._limits.wall_seconds):
                    lines = _lines(await self._exchange(data))
                answered = True
            except (TimeoutError, OSError, EOFError, ValueError):
                return None
            finally:
                # Also where the caller was cancelled: what the process would answer next belongs to nobody.
                if not answered:
                    await asyncio.shield(self._stop())
            self._idling = asyncio.get_running_loop().call_later(self._idle_seconds, self._idled)
            return lines

    async def _exchange(self, data: bytes) -> bytes:
        if self._process is None or self._process.returncode is not None:
            await self._start()
        process = self._process
        if process is None or process.stdin is None:
            raise EOFError
        process.stdin.write(len(data).to_bytes(LENGTH_BYTES, "big"))
        process.stdin.write(data)
        await process.stdin.drain()
        answer = await self._frame()
        # Before the child that answered is gone, it is nobody else's turn (see `pool`).
        if process.stderr is None or await process.stderr.readexactly(len(ENDED)) != ENDED:
            raise EOFError
        return answer

    async def _start(self) -> None:
        await self._stop()
        limits = (self._limits.memory, self._limits.cpu_seconds, int(self._limits.wall_seconds) + 1)
        self._process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-P",
            *self._program,
            *(str(limit) for limit in limits),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            env=_environment(),
            start_new_session=True,
        )
        try:
            await self._frame()
        except EOFError:
            # The engine is there and does not start: a library of the system is missing. It will not come by itself.
            self._broken = True
            raise

    async def _frame(self) -> bytes:
        if self._process is None or self._process.stdout is None:
            raise EOFError
        length = int.from_bytes(await self._process.stdout.readexactly(LENGTH_BYTES), "big")
        if length > _MOST_ANSWER:
            raise ValueError("an answer longer than any picture has words")
        return await self._process.stdout.readexactly(length)

    def _idled(self) -> None:
        task = asyncio.create_task(self._stop_if_idle())
        self._ending.add(task)
        task.add_done_callback(self._ending.discard)

    async def _stop_if_idle(self) -> None:
        if not self._turn.locked():
            async with self._turn:
                await self._stop()

    async def _stop(self) -> None:
        process, self._process = self._process, None
        if self._idling is not None:
            self._idling.cancel()
        if process is None or process.stdin is None or process.stdout is None:
            return
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.stdin.close()
        with contextlib.suppress(OSError):
            while await process.stdout.read(1 << 16):
                pass
        await process.wait()


def _lines(answer: bytes) -> list[Line]:
    """Read an answer without trusting it; raises ValueError unless it is one."""
    found = json.loads(answer)
    if not isinstance(found, list) or len(found) > _MOST_LINES:
        raise ValueError("no list of lines")
    return [_line(entry) for entry in found]


def _line(entry: object) -> Line:
    match entry:
        case [str(text), int(left), int(top), int(width), int(height), float(score)]:
            letters = "".join(letter if letter.isprintable() else " " for letter in text[:_MOST_LETTERS])
            return Line(letters, Box(left, top, width, height), score)
    raise ValueError("no line")


def _environment() -> dict[str, str]:
    root = str(Path(doctocbot.__file__).resolve().parent.parent)
    paths = [root, *(path for path in sys.path if path and path != root)]
    return {"PYTHONPATH": os.pathsep.join(paths), "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}
