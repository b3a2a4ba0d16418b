"""Putting a whole new set of files in the place of the old one, so that a crash leaves either the one or the other.

NAME.partial   the new files are being made: a crash throws them away
NAME           they are complete: from this moment they are the data, and whoever opens the directory moves them up
"""

import os
import shutil
from collections.abc import Sequence
from pathlib import Path

_READY = "rekeyed"
_PARTIAL = f"{_READY}.partial"
_LOGS = ("-wal", "-shm")


def begin_replacing(directory: Path) -> Path:
    """A fresh, private folder inside the directory, for the new files."""
    partial = directory / _PARTIAL
    shutil.rmtree(partial, ignore_errors=True)
    partial.mkdir(mode=0o700)
    return partial


def commit_replacing(directory: Path) -> None:
    """Make the new files the ones that count, and move them up; the old ones must be closed."""
    partial = directory / _PARTIAL
    for file in partial.iterdir():
        _flush(file)
    _flush(partial)
    partial.rename(directory / _READY)
    _flush(directory)
    finish_replacing(directory)


def finish_replacing(directory: Path) -> None:
    """Move up new files that are complete, and throw away such as are not; does nothing in the usual case.

    Whoever calls it holds the directory alone.
    """
    shutil.rmtree(directory / _PARTIAL, ignore_errors=True)
    ready = directory / _READY
    if not ready.is_dir():
        return
    for file in sorted(ready.iterdir()):
        if file.name.endswith(_LOGS):
            file.unlink()
            continue
        # The journals belong to the old file: the new one must never be read through them.
        for log in _LOGS:
            (directory / (file.name + log)).unlink(missing_ok=True)
        file.replace(directory / file.name)
    _flush(directory)
    ready.rmdir()
    _flush(directory)


def is_unfinished(directory: Path) -> bool:
    """Whether new files wait to be moved up."""
    return (directory / _READY).is_dir()


def flush_all(files: Sequence[Path]) -> None:
    """Have files and their folders on the disk, whatever happens to the power."""
    for each in (*files, *{file.parent for file in files}):
        _flush(each)


def _flush(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
