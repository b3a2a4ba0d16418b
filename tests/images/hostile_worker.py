"""A picture worker that has been taken over: what its picture says first is what it does."""

import os
import sys
import time
from pathlib import Path

from doctocbot.images.model import CleanImage, Refusal, RefusalReason
from doctocbot.images.scrubber import scrub
from doctocbot.images.worker import serve


def obey(picture: bytes) -> CleanImage | Refusal:
    """Do what a decoder with a hole in it could be made to do."""
    order, _, argument = picture.partition(b" ")
    if order == b"crash":
        os.abort()
    if order == b"spin":
        while True:
            pass
    if order == b"sleep":
        time.sleep(600)
    if order == b"eat":
        return Refusal(RefusalReason.EMPTY if bytearray(4 * 1024**3) else RefusalReason.DAMAGED)
    if order == b"babble":
        os.write(1, b"\0\0\0\0\0\0\0\x04oops" * 3)
        os.abort()
    if order == b"write":
        # Only reached words: the limit on file sizes must stop this.
        Path(os.fsdecode(argument)).write_bytes(b"the picture in clear")
    if order == b"tell" and os.environ.get(argument.decode()):
        return Refusal(RefusalReason.DOCUMENT)
    return scrub(picture)


if __name__ == "__main__":
    serve(obey, *(int(word) for word in sys.argv[1:]))
