"""Scrub files from the command line: read with care, write once, never over anything, nothing half-written."""

import asyncio
import contextlib
import itertools
import os
import stat
import tempfile
from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from doctocbot.images.model import EXTENSIONS, MAX_BYTES, CleanImage, Outcome, Refusal, RefusalReason, Removed
from doctocbot.images.pool import ScrubWorkers
from doctocbot.images.sniff import sniff

_IN_FLIGHT = 2
_EXTENSIONS = tuple(EXTENSIONS.values())


@dataclass(frozen=True, slots=True)
class FileResult:
    """What became of one input: `format` is a MIME type (of the output, else of the input), `size` bytes written."""

    input: Path
    output: Path | None
    outcome: Outcome
    reason: RefusalReason | None
    removed: frozenset[Removed]
    format: str | None
    size: int | None


async def scrub_files(
    inputs: Sequence[Path], out: Path, keep_names: bool = False, workers: ScrubWorkers | None = None
) -> AsyncIterator[FileResult]:
    """Scrub files, and all files under directories, into `out` (made if missing), in order; yields one result each.

    Outputs are called image-1.jpg and so on, or after their inputs with `keep_names`. Symbolic links are refused, not
    followed. Raises OSError where `out` cannot be written.
    """
    await asyncio.to_thread(out.mkdir, parents=True, exist_ok=True)
    paths = await asyncio.to_thread(lambda: list(_walk(inputs, out)))
    neutral = (f"image-{number}" for number in itertools.count(1))
    async with contextlib.AsyncExitStack() as stack:
        pool = workers if workers is not None else await stack.enter_async_context(ScrubWorkers(_IN_FLIGHT))
        pending: list[asyncio.Task[tuple[CleanImage | Refusal, str | None]]] = []
        stack.push_async_callback(_cancel_all, pending)
        for index, path in enumerate(paths):
            while len(pending) <= _IN_FLIGHT and index + len(pending) < len(paths):
                pending.append(asyncio.create_task(_scrubbed(paths[index + len(pending)], pool)))
            answer, mimetype = await pending.pop(0)
            names = _names_like(path) if keep_names else neutral
            yield await asyncio.to_thread(_result, path, answer, mimetype, out, names)


def _names_like(path: Path) -> Iterator[str]:
    yield path.stem
    yield from (f"{path.stem}-{number}" for number in itertools.count(2))


async def _cancel_all(tasks: "list[asyncio.Task[tuple[CleanImage | Refusal, str | None]]]") -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


def _walk(inputs: Sequence[Path], out: Path) -> Iterator[Path]:
    taken = out.resolve()
    for path in inputs:
        if path.is_dir() and not path.is_symlink():
            for folder, folders, names in os.walk(path, followlinks=False):
                # A link to a folder is listed among the folders: name it, so that its refusal is seen.
                links = [name for name in folders if Path(folder, name).is_symlink()]
                folders[:] = sorted(
                    name for name in folders if name not in links and Path(folder, name).resolve() != taken
                )
                yield from (Path(folder, name) for name in sorted([*names, *links]))
        else:
            yield path


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
    path: Path, answer: CleanImage | Refusal, mimetype: str | None, out: Path, names: Iterator[str]
) -> FileResult:
    if isinstance(answer, Refusal):
        return FileResult(path, None, Outcome.REFUSED, answer.reason, frozenset(), mimetype, None)
    written = _write(answer.data, out, names, answer.extension)
    return FileResult(path, written, answer.outcome, None, answer.removed, answer.mimetype, len(answer.data))


def _write(data: bytes, out: Path, names: Iterator[str], extension: str) -> Path:
    handle, temporary = tempfile.mkstemp(prefix=".scrub-", dir=out)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(handle)
        # One number, one picture: image-2.png beside another's image-2.jpg would be mistaken for it.
        free = (
            name for name in names if not any((out / f"{name}.{other}").exists() for other in _EXTENSIONS)
        )
        targets = (out / f"{name}.{extension}" for name in free)
        return next(target for target in targets if _place(temporary, target))
    finally:
        with contextlib.suppress(FileNotFoundError):
            Path(temporary).unlink()


def _place(temporary: str, target: Path) -> bool:
    try:
        os.link(temporary, target)
    except FileExistsError:
        return False
    except OSError:
        # No hard links here (a memory stick): claim the name first, then put the whole file under it.
        try:
            os.close(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
        except FileExistsError:
            return False
        Path(temporary).replace(target)
    return True
