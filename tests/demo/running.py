"""A demo that runs beside the test, watched from outside."""

import asyncio
import os
import re
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

PATIENCE = 300.0  # seconds; a run takes about 20, five times that on a busy machine
COMMAND = (sys.executable, "-m", "doctocbot.demo")
ENVIRONMENT: Mapping[str, str] = {**os.environ, "COLUMNS": "80", "PYTHONIOENCODING": "utf-8"}


class Running:
    """A demo that runs beside the test."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self.process = process
        self.transcript = ""

    async def prints(self, pattern: str) -> re.Match[str]:
        """Wait for a line that holds this; AssertionError with the whole transcript if it never comes."""
        assert self.process.stdout is not None
        while (found := re.search(pattern, self.transcript)) is None:
            line = await self.process.stdout.readline()
            assert line, self.transcript
            self.transcript += line.decode().replace("\u00a0", " ")
        return found

    async def ends(self) -> int:
        """Read to the end and return the exit status."""
        assert self.process.stdout is not None
        self.transcript += (await self.process.stdout.read()).decode().replace("\u00a0", " ")
        return await self.process.wait()


@asynccontextmanager
async def demo(directory: Path, *options: str, **environment: str) -> AsyncIterator[Running]:
    """Run `make demo` with these options for the length of the block, its runs in this directory."""
    process = await asyncio.create_subprocess_exec(
        *COMMAND,
        "--directory",
        str(directory),
        *options,
        env={**ENVIRONMENT, **environment},
        # A worker's own is the line over which it is given its tests.
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    try:
        async with asyncio.timeout(PATIENCE):
            yield Running(process)
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


def broken(words: str) -> str:
    """A pattern for words that may stand on two lines: paths are as long as the place where the tests run."""
    return r"\W*".join(map(re.escape, words))


def one_line(text: str) -> str:
    """The transcript without its layout: bars, frames, line breaks and typographic spaces."""
    return " ".join(re.sub(r"[┊│▏─╭╮╰╯\u00a0\u202f]", " ", text).split())
