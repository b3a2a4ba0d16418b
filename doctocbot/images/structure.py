"""Walk a WebP that is about to leave and object to every byte that has no business there.

Written against the specification a second time, on purpose: nothing here is shared with the writers in `formats`. What
lies within the coded picture comes from its encoder alone, which was given pixels and nothing else.
Source: RFC 9649 sections 2 and 3.
"""

import io

from doctocbot.images import icc_check
from doctocbot.images.model import RefusalReason, RefusedError


class _Reader:
    """A file read forwards, once; running out of bytes is an objection."""

    def __init__(self, data: bytes) -> None:
        self._stream = io.BytesIO(data)
        self._left = len(data)

    def take(self, count: int) -> bytes:
        require(0 <= count <= self._left)
        self._left -= count
        return self._stream.read(count)

    def number(self, size: int, order: str = "big") -> int:
        return int.from_bytes(self.take(size), "big" if order == "big" else "little")

    def expect(self, literal: bytes) -> None:
        require(self.take(len(literal)) == literal)

    @property
    def left(self) -> int:
        return self._left


def require(condition: bool) -> None:
    """Object to the output unless the condition holds."""
    if not condition:
        raise RefusedError(RefusalReason.UNVERIFIED)


def walk_webp(data: bytes) -> None:
    """Raise RefusedError unless a WebP holds one lossless picture and at most its profile, up to its last byte."""
    reader = _Reader(data)
    reader.expect(b"RIFF")
    require(reader.number(4, "little") == len(data) - 8)
    reader.expect(b"WEBP")
    chunks: dict[bytes, bytes] = {}
    while reader.left:
        name, size = reader.take(4), reader.number(4, "little")
        require(name not in chunks)
        chunks[name] = reader.take(size)
        if size % 2:
            reader.expect(b"\0")
    require(tuple(chunks) in ((b"VP8L",), (b"VP8X", b"VP8L"), (b"VP8X", b"ICCP", b"VP8L")))
    picture = chunks[b"VP8L"]
    # One byte of signature, 14 bits of width, 14 of height, one that tells of alpha, three of version (RFC 9649, 3.4).
    bits = int.from_bytes(picture[1:5], "little")
    require(len(picture) > 5 and picture[0] == 0x2F and bits >> 29 == 0)
    if b"VP8X" in chunks:
        flags = (0x20 if b"ICCP" in chunks else 0) | (0x10 if bits >> 28 & 1 else 0)
        canvas = (bits & 0x3FFF).to_bytes(3, "little") + (bits >> 14 & 0x3FFF).to_bytes(3, "little")
        require(chunks[b"VP8X"] == bytes((flags, 0, 0, 0)) + canvas)
    if b"ICCP" in chunks:
        icc_check.require_neutral(chunks[b"ICCP"])
