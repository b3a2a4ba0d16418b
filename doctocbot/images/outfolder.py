"""The folder that clean copies go to: every file in it is whole, and nothing that stood there is ever replaced."""

import contextlib
import errno
import os
import secrets
import sys
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Self

from doctocbot.images.model import EXTENSIONS

_EXTENSIONS = tuple(EXTENSIONS.values())
_MODE = 0o600
_LONGEST_STEM = 200  # bytes; file systems take 255 with number and extension
# A file without a name, which is gone when the process ends before it gets one. Linux alone has it, some file systems
# of Linux have not; opening the folder itself to write, as is tried without it, fails.
_NAMELESS = os.O_TMPFILE if sys.platform == "linux" and Path("/proc/self/fd").is_dir() else 0
_NO_SUCH_WAY = frozenset((errno.EOPNOTSUPP, errno.EISDIR, errno.EINVAL))


class OutFolder:
    """Held open while it is written to, so that nobody can put another folder in its place meanwhile."""

    def __init__(self, path: Path) -> None:
        """Make the folder if it is missing; raises OSError if it cannot be made or is a symbolic link."""
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._path = path
        try:
            self._handle = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
        except NotADirectoryError as error:
            # What Linux says of a link that is not to be followed.
            raise OSError(errno.ELOOP, os.strerror(errno.ELOOP), str(path)) from error

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        os.close(self._handle)

    def write(self, data: bytes, stems: Iterator[str], extension: str) -> Path:
        """Put a file under the first of these names that is free; raises OSError, with the folder in it, if it cannot.

        No other picture has the same name but for its extension: image-2.png beside another's image-2.jpg would be
        mistaken for it.
        """
        try:
            with self._written(data) as source:
                for stem in map(_short, stems):
                    if not self._taken(stem) and self._placed(source, f"{stem}.{extension}"):
                        return self._path / f"{stem}.{extension}"
        except OSError as error:
            raise OSError(error.errno, error.strerror, str(self._path)) from error
        raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), str(self._path))

    @contextlib.contextmanager
    def _written(self, data: bytes) -> Iterator[str]:
        """A whole file without a name of its own, or with a hidden one that goes in the end; gives a path to it."""
        name = ""
        try:
            handle = os.open(".", _NAMELESS | os.O_WRONLY, _MODE, dir_fd=self._handle)
        except OSError as error:
            if error.errno not in _NO_SUCH_WAY:
                raise
            name = f".scrub-{secrets.token_hex(8)}"
            handle = os.open(name, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _MODE, dir_fd=self._handle)
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(data)
                file.flush()
                os.fsync(handle)
                yield name or f"/proc/self/fd/{handle}"
        finally:
            if name:
                with contextlib.suppress(FileNotFoundError):
                    os.unlink(name, dir_fd=self._handle)

    def _taken(self, stem: str) -> bool:
        return any(self._exists(f"{stem}.{extension}") for extension in _EXTENSIONS)

    def _exists(self, name: str) -> bool:
        try:
            os.stat(name, dir_fd=self._handle, follow_symlinks=False)
        except FileNotFoundError:
            return False
        return True

    def _placed(self, source: str, name: str) -> bool:
        """Give the file its name, unless there is such a file already."""
        try:
            os.link(source, name, src_dir_fd=self._handle, dst_dir_fd=self._handle, follow_symlinks=True)
        except FileExistsError:
            return False
        except OSError as error:
            if source.startswith("/") or error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EROFS):
                raise
            return self._moved(source, name)
        return True

    def _moved(self, source: str, name: str) -> bool:
        # No hard links here (a memory stick): claim the name first, then put the whole file under it.
        try:
            claim = os.open(name, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _MODE, dir_fd=self._handle)
        except FileExistsError:
            return False
        os.close(claim)
        os.replace(source, name, src_dir_fd=self._handle, dst_dir_fd=self._handle)
        return True


def _short(stem: str) -> str:
    return os.fsdecode(os.fsencode(stem)[:_LONGEST_STEM])
