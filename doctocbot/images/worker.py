"""The process in which pictures are decoded: a warm template that forks one short-lived child per picture.

The template never reads a byte of a picture. Each child gets limits of its own, can open, call and start nothing,
answers one picture and ends, so that nothing a hostile file does reaches the next picture or the bot. Frames come in on
standard input and go out on standard output; the end of the input ends the process. Linux and other Unix systems only.
"""

import codecs
import ctypes
import gc
import importlib
import os
import signal
import sys
from collections.abc import Callable
from typing import BinaryIO

from PIL import Image

from doctocbot.images import confine, turbo, wire
from doctocbot.images.model import CleanImage, Refusal, RefusalReason
from doctocbot.images.scrubber import scrub

READY = b"ready"
_CLOCKS = (signal.SIGXCPU, signal.SIGALRM)
# Parameters of mallopt in the GNU C library, and bytes: what is no larger than the one comes from the heap, and so much
# stays there that the samples of a photograph find room where its coefficients were.
_TRIM_THRESHOLD, _MAP_THRESHOLD = -1, -3
_MAPPED, _KEPT = 32 << 20, 256 << 20
# How far behind the bot, which answers people meanwhile; on a machine that is busy, still a quarter of a core.
_PATIENCE = 5
# What Pillow would otherwise load in a child, at the first picture of its kind.
_READERS = ("Jpeg", "Png", "WebP", "Gif", "Bmp", "Tiff", "Avif")
_CODECS = ("ascii", "latin-1", "utf-8", "utf-16", "utf-16-be", "utf-16-le")

Scrubber = Callable[[bytes], CleanImage | Refusal]


def main(arguments: list[str]) -> None:
    """Serve pictures until the input ends; arguments are bytes of memory, seconds of CPU, seconds of wall clock."""
    memory, cpu_seconds, wall_seconds = (int(argument) for argument in arguments)
    serve(scrub, memory, cpu_seconds, wall_seconds)


def serve(scrubber: Scrubber, memory: int, cpu_seconds: int, wall_seconds: int) -> None:
    """Answer each picture that comes in from a child forked for it, and report a child that died."""
    # Control-C in a terminal reaches the whole group: ending is the bot's to decide, by closing the input.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    confine.die_with_parent(signal.SIGKILL)
    os.nice(_PATIENCE)
    ends = own_third_pipe()
    _warm_up()
    sink = sys.stdout.buffer
    _write_frame(sink, READY)
    while (length := _read_length()) is not None:
        child = os.fork()
        if child == 0:
            os.close(ends)
            _answer_and_exit(scrubber, length, memory, cpu_seconds, wall_seconds)
        _, status = os.waitpid(child, 0)
        if status != 0:
            # Part of an answer may be in the pipe already: end here, so that the bot starts afresh.
            os._exit(
                wire.OUT_OF_TIME if os.WIFSIGNALED(status) and os.WTERMSIG(status) in _CLOCKS else wire.DIED
            )
        os.write(ends, wire.ENDED)


def own_third_pipe() -> int:
    """Keep standard error for saying that a child has ended, and let whatever else is written there go nowhere."""
    ends = os.dup(2)
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 2)
    os.close(nowhere)
    return ends


def _warm_up() -> None:
    """Load all that a picture may need: a child can open no file, and should not have to."""
    for name in _READERS:
        importlib.import_module(f"PIL.{name}ImagePlugin")
    Image.preinit()
    for name in _CODECS:
        codecs.lookup(name)
    turbo.prepare()
    gc.freeze()


def _answer_and_exit(
    scrubber: Scrubber, length: int, memory: int, cpu_seconds: int, wall_seconds: int
) -> None:
    status = 1
    try:
        confine.die_with_parent(signal.SIGKILL)
        confine.limit(memory, cpu_seconds)
        # A backstop for the bot's own clock, handled by the kernel even while C code is running.
        signal.setitimer(signal.ITIMER_REAL, wall_seconds)
        confine.seal()
        _keep_memory()
        try:
            picture = _read_exactly(length)
            # What comes next on this pipe is somebody else's picture.
            os.close(0)
            answer = scrubber(picture)
        except MemoryError:
            answer = Refusal(RefusalReason.TOO_MANY_PIXELS)
        for frame in wire.encode(answer):
            _write_frame(sys.stdout.buffer, frame)
        status = 0
    finally:
        # Not sys.exit: nothing that the template had open or registered is this child's to finish.
        os._exit(status)


def _keep_memory() -> None:
    """Have the C library use memory again that was freed: the kernel clears each page before it gives it out."""
    library = ctypes.CDLL(None)
    if hasattr(library, "mallopt"):
        library.mallopt(_MAP_THRESHOLD, _MAPPED)
        library.mallopt(_TRIM_THRESHOLD, _KEPT)


def _read_length() -> int | None:
    """Read how long the next picture is, and no byte of it; None where none comes."""
    # What a buffer took in beyond that, every later child would inherit.
    length = os.read(sys.stdin.fileno(), wire.LENGTH_BYTES)
    return int.from_bytes(length, "big") if len(length) == wire.LENGTH_BYTES else None


def _read_exactly(length: int) -> bytes:
    body = sys.stdin.buffer.read(length)
    if len(body) < length:
        raise EOFError
    return body


def _write_frame(sink: BinaryIO, body: bytes) -> None:
    sink.write(len(body).to_bytes(wire.LENGTH_BYTES, "big"))
    sink.write(body)
    sink.flush()


if __name__ == "__main__":
    main(sys.argv[1:])
