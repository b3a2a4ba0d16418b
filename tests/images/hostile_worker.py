"""A picture worker that has been taken over: what its picture says first is what it does."""

import contextlib
import os
import socket
import sys
import time
from collections.abc import Callable
from pathlib import Path

from doctocbot.images import wire
from doctocbot.images.model import CleanImage, Refusal, RefusalReason
from doctocbot.images.scrubber import scrub
from doctocbot.images.worker import serve

REACHES: dict[bytes, Callable[[], object]] = {
    b"a file": lambda: Path("/etc/passwd").read_bytes(),
    b"the network": socket.socket,
    b"a program": lambda: os.execv("/bin/true", ["true"]),  # noqa: S606 - it must fail
    b"a process of its own": os.fork,
    b"a session of its own": os.setsid,
    b"another process": lambda: os.kill(os.getppid(), 0),
}


def obey(picture: bytes) -> CleanImage | Refusal:
    """Do what a decoder with a hole in it could be made to do."""
    order, _, argument = picture.partition(b" ")
    if order in ACTS:
        ACTS[order]()
    if order == b"spin":
        while True:
            pass
    if order == b"eat":
        return Refusal(RefusalReason.EMPTY if bytearray(4 * 1024**3) else RefusalReason.DAMAGED)
    if order == b"babble":
        os.write(1, b"\0\0\0\0\0\0\0\x04oops" * 3)
        os.abort()
    if order == b"write":
        # Only reached words: the limit on file sizes must stop this.
        Path(os.fsdecode(argument)).write_bytes(b"the picture in clear")
    if order == b"reach":
        return _reach(REACHES[argument])
    if order == b"tell" and os.environ.get(argument.decode()):
        return Refusal(RefusalReason.DOCUMENT)
    return scrub(picture)


def _stay() -> None:
    """Answer, and live on to read what comes next and to answer for it."""
    for frame in wire.encode(Refusal(RefusalReason.VECTOR)):
        os.write(1, len(frame).to_bytes(wire.LENGTH_BYTES, "big") + frame)
    with contextlib.suppress(OSError):
        os.read(0, 1)
    time.sleep(600)


ACTS: dict[bytes, Callable[[], object]] = {
    b"crash": os.abort,
    b"sleep": lambda: time.sleep(600),
    b"stay": _stay,
}


def _reach(attempt: Callable[[], object]) -> Refusal:
    try:
        attempt()
    except PermissionError:
        return Refusal(RefusalReason.LINK)
    return Refusal(RefusalReason.DOCUMENT)


if __name__ == "__main__":
    serve(obey, *(int(word) for word in sys.argv[1:]))
