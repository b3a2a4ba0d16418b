"""Scrub files from the command line: read with care, write once, never over anything, nothing half-written."""

import asyncio
import contextlib
import itertools
import os
import stat
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import ParamSpec, TypeVar

from doctocbot.images.model import MAX_BYTES, CleanImage, Outcome, Refusal, RefusalReason, Removals
from doctocbot.images.outfolder import OutFolder
from doctocbot.images.pool import ScrubWorkers
from doctocbot.images.sniff import sniff

_IN_FLIGHT = 2
P = ParamSpec("P")
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class FileResult:
    """What became of one input: `format` is a MIME type (of the output, else of the input), `size` bytes written."""

    input: Path
    output: Path | None
    outcome: Outcome
    reason: RefusalReason | None
    removed: Removals
    format: str | None
    size: int | None


def files_under(inputs: Sequence[Path], out: Path) -> list[Path]:
    """Name the files to scrub: those given, and all under the folders given but not under `out`, in order.

    Links and folders that cannot be read are named too, so that their refusal is seen; none is followed.
    """
    return [file for path in inputs for file in _walk(path, out.resolve())]


async def scrub_files(
    files: Sequence[Path], out: Path, keep_names: bool = False, workers: ScrubWorkers | None = None
) -> AsyncIterator[FileResult]:
    """Scrub files into `out` (made if missing), in order; yields one result each.

    Outputs are called image-1.jpg and so on, or after their inputs with `keep_names`. Symbolic links are refused, not
    followed. Raises OSError where `out` is one, or cannot be written.
    """
    neutral = (f"image-{number}" for number in itertools.count(1))
    async with contextlib.AsyncExitStack() as stack:
        folder = stack.enter_context(await asyncio.to_thread(OutFolder, out))
        pool = workers if workers is not None else await stack.enter_async_context(ScrubWorkers(_IN_FLIGHT))
        pending: list[asyncio.Task[tuple[CleanImage | Refusal, str | None]]] = []
        stack.push_async_callback(_cancel_all, pending)
        for index, path in enumerate(files):
            while len(pending) <= _IN_FLIGHT and index + len(pending) < len(files):
                pending.append(asyncio.create_task(_scrubbed(files[index + len(pending)], pool)))
            answer, mimetype = await pending.pop(0)
            names = _names_like(path) if keep_names else neutral
            yield await _to_its_end(_result, path, answer, mimetype, folder, names)


def _names_like(path: Path) -> Iterator[str]:
    yield path.stem
    yield from (f"{path.stem}-{number}" for number in itertools.count(2))


async def _cancel_all(tasks: "list[asyncio.Task[tuple[CleanImage | Refusal, str | None]]]") -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


async def _to_its_end(function: Callable[P, T], *arguments: P.args, **named: P.kwargs) -> T:
    """Run in a thread, and wait for it even when cancelled: the folder must not be closed under its hands."""
    task = asyncio.ensure_future(asyncio.to_thread(function, *arguments, **named))
    try:
        return await asyncio.shield(task)
    finally:
        await asyncio.wait([task])


def _walk(path: Path, taken: Path) -> Iterator[Path]:
    if not _is_folder(path):
        yield path
        return
    closed: list[OSError] = []
    for folder, folders, names in os.walk(path, onerror=closed.append, followlinks=False):
        # A link to a folder is listed among the folders: name it, so that its refusal is seen.
        within = [Path(folder, name) for name in sorted(folders) if _is_folder(Path(folder, name))]
        others = {*names, *folders} - {each.name for each in within}
        folders[:] = [each.name for each in within if each.resolve() != taken]
        yield from (Path(folder, name) for name in sorted(others))
    yield from (Path(error.filename) for error in closed)


def _is_folder(path: Path) -> bool:
    """Whether it is a folder itself, not a link to one."""
    try:
        return stat.S_ISDIR(path.lstat().st_mode)
    except OSError:
        return False


async def _scrubbed(path: Path, workers: ScrubWorkers) -> tuple[CleanImage | Refusal, str | None]:
    content = await asyncio.to_thread(_read, path)
    if isinstance(content, Refusal):
        return content, None
    return await workers.scrub(content), sniff(content)


def _read(path: Path) -> bytes | Refusal:
    try:
        if path.is_symlink():
            return Refusal(RefusalReason.LINK)
        # O_NONBLOCK: a named pipe must not keep us waiting for a writer that never comes.
        handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
        with os.fdopen(handle, "rb") as file:
            if not stat.S_ISREG(os.fstat(handle).st_mode):
                return Refusal(RefusalReason.UNREADABLE)
            content = file.read(MAX_BYTES + 1)
    except OSError:
        return Refusal(RefusalReason.UNREADABLE)
    return content if len(content) <= MAX_BYTES else Refusal(RefusalReason.TOO_LARGE)


def _result(
    path: Path, answer: CleanImage | Refusal, mimetype: str | None, folder: OutFolder, names: Iterator[str]
) -> FileResult:
    if isinstance(answer, Refusal):
        return FileResult(path, None, Outcome.REFUSED, answer.reason, Removals(), mimetype, None)
    written = folder.write(answer.data, names, answer.extension)
    return FileResult(path, written, answer.outcome, None, answer.removed, answer.mimetype, len(answer.data))
