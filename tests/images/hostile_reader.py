"""A reading process that has been taken over: what its picture says first is what it does."""

import os
import sys
import time

from doctocbot.images import reading_worker
from doctocbot.images.reading_worker import Found


def obey(picture: bytes) -> list[Found]:
    """Do what an engine with a hole in it could be made to do, or read one plain line."""
    order, _, argument = picture.partition(b" ")
    if order == b"crash":
        os.abort()
    if order == b"sleep":
        time.sleep(600)
    if order == b"spin":
        while True:
            pass
    if order == b"babble":
        os.write(3, b"\0\0\0\0\0\0\0\x04oops" * 3)
    if order == b"flood":
        os.write(3, b"\xff" * 64)
    if order == b"eat":
        bytearray(8 * 1024**3)
    if order == b"tell" and os.environ.get(argument.decode()):
        return [("an environment", 1, 2, 3, 4, 1.0)]
    return [("Nom\0: DUPONT", 1, 2, 30, 4, 0.9), ("faint", 1, 9, 30, 4, 0.1)]


if __name__ == "__main__":
    reading_worker.serve(lambda: obey, *(int(word) for word in sys.argv[1:]))
