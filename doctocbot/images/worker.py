"""The process in which pictures are decoded: a warm template that forks one short-lived child per picture.

The template never touches a picture. Each child gets limits of its own, answers one picture and ends, so that nothing
a hostile file does reaches the next picture. Frames come in on standard input and go out on standard output; the end
of the input ends the process. Linux and other Unix systems only.
"""

import ctypes
import gc
import importlib
import os
import resource
import signal
import sys
from collections.abc import Callable
from typing import BinaryIO

from PIL import Image

from doctocbot.images import wire
from doctocbot.images.model import CleanImage, Refusal, RefusalReason
from doctocbot.images.scrubber import scrub

READY = b"ready"
_CLOCKS = (signal.SIGXCPU, signal.SIGALRM)
# What Pillow would otherwise load anew in every child, at the first picture of its kind.
_READERS = ("Jpeg", "Png", "WebP", "Gif", "Bmp", "Tiff", "Avif")
_PR_SET_PDEATHSIG = 1

Scrubber = Callable[[bytes], CleanImage | Refusal]


def main(arguments: list[str]) -> None:
    """Serve pictures until the input ends; arguments are bytes of memory, seconds of CPU, seconds of wall clock."""
    memory, cpu_seconds, wall_seconds = (int(argument) for argument in arguments)
    serve(scrub, memory, cpu_seconds, wall_seconds)


def serve(scrubber: Scrubber, memory: int, cpu_seconds: int, wall_seconds: int) -> None:
    """Answer each picture that comes in from a child forked for it, and report a child that died."""
    # Control-C in a terminal reaches the whole group: ending is the bot's to decide, by closing the input.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _die_with_parent()
    for name in _READERS:
        importlib.import_module(f"PIL.{name}ImagePlugin")
    Image.preinit()
    gc.freeze()
    source, sink = sys.stdin.buffer, sys.stdout.buffer
    _write_frame(sink, READY)
    while (picture := _read_frame(source)) is not None:
        child = os.fork()
        if child == 0:
            _answer_and_exit(scrubber, picture, memory, cpu_seconds, wall_seconds)
        del picture
        _, status = os.waitpid(child, 0)
        if status != 0:
            # Part of an answer may be in the pipe already: end here, so that the bot starts afresh.
            os._exit(
                wire.OUT_OF_TIME if os.WIFSIGNALED(status) and os.WTERMSIG(status) in _CLOCKS else wire.DIED
            )


def _answer_and_exit(
    scrubber: Scrubber, picture: bytes, memory: int, cpu_seconds: int, wall_seconds: int
) -> None:
    status = 1
    try:
        _die_with_parent()
        resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
        resource.setrlimit(resource.RLIMIT_CPU, (cpu_seconds, cpu_seconds + 1))
        resource.setrlimit(resource.RLIMIT_NOFILE, (16, 16))
        resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        # A backstop for the bot's own clock, handled by the kernel even while C code is running.
        signal.setitimer(signal.ITIMER_REAL, wall_seconds)
        try:
            answer = scrubber(picture)
        except MemoryError:
            answer = Refusal(RefusalReason.TOO_MANY_PIXELS)
        for frame in wire.encode(answer):
            _write_frame(sys.stdout.buffer, frame)
        status = 0
    finally:
        # Not sys.exit: nothing that the template had open or registered is this child's to finish.
        os._exit(status)


def _read_frame(source: BinaryIO) -> bytes | None:
    length = source.read(wire.LENGTH_BYTES)
    if len(length) < wire.LENGTH_BYTES:
        return None
    body = source.read(int.from_bytes(length, "big"))
    return body if len(body) == int.from_bytes(length, "big") else None


def _write_frame(sink: BinaryIO, body: bytes) -> None:
    sink.write(len(body).to_bytes(wire.LENGTH_BYTES, "big"))
    sink.write(body)
    sink.flush()


def _die_with_parent() -> None:
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


if __name__ == "__main__":
    main(sys.argv[1:])
