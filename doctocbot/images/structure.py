"""Walk an output file and object to every byte that has no business there.

Written against the specifications a second time, on purpose: nothing here is shared with the writers in `formats`.
"""

import hashlib
import io
import zlib
from collections.abc import Callable

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


def walk(data: bytes, mimetype: str) -> None:
    """Raise RefusedError unless the output holds only what its type needs, up to its last byte."""
    _WALKS[mimetype](data)


def _walk_jpeg(data: bytes) -> None:
    reader = _Reader(data)
    reader.expect(b"\xff\xd8\xff")
    application = reader.take(1)
    body = reader.take(reader.number(2) - 2)
    if application == b"\xe0":
        require(body == b"JFIF\0\1\1\0\0\1\0\1\0\0")
    else:
        require(application == b"\xee" and len(body) == 12)
        require(body[:11] == b"Adobe\0\x64\0\0\0\0" and body[11] <= 2)
    icc, last_piece, seen_table, scans = b"", 0, False, 0
    while True:
        reader.expect(b"\xff")
        marker = reader.take(1)[0]
        if marker == 0xD9:
            break
        body = reader.take(reader.number(2) - 2)
        if marker in (0xE1, 0xE2):
            require(not seen_table)
            if marker == 0xE1:
                require(not icc and _is_minimal_exif(body))
            else:
                last_piece += 1
                require(body[:12] == b"ICC_PROFILE\0" and body[12] == last_piece <= body[13])
                icc += body[14:]
            continue
        seen_table = True
        require(_jpeg_table_is_exact(marker, body))
        if marker == 0xDA:
            scans += 1
            _skip_codes(reader, data)
    require(reader.left == 0 and scans > 0)
    if icc:
        icc_check.require_neutral(icc)


def _is_minimal_exif(body: bytes) -> bool:
    head, tail = b"Exif\0\0MM\0\x2a\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0", b"\0\0\0\0\0\0"
    return len(body) == 32 and body[:25] == head and body[26:] == tail and 2 <= body[25] <= 8


def _jpeg_table_is_exact(marker: int, body: bytes) -> bool:
    at = 0
    if marker == 0xDB:
        while at < len(body):
            at += 129 if body[at] & 0xF0 else 65
    elif marker == 0xC4:
        while at < len(body):
            at += 17 + sum(body[at + 1 : at + 17])
    elif marker in (0xC0, 0xC1, 0xC2):
        at = 6 + 3 * body[5]
    elif marker == 0xDA:
        at = 4 + 2 * body[0]
    elif marker == 0xDD:
        at = 2
    return at == len(body) > 0


def _skip_codes(reader: _Reader, data: bytes) -> None:
    start = at = len(data) - reader.left
    while True:
        at = data.find(b"\xff", at)
        require(0 <= at < len(data) - 1)
        if data[at + 1] and data[at + 1] & 0xF8 != 0xD0:
            break
        at += 2
    reader.take(at - start)


_PNG_ORDER = (b"cHRM", b"cICP", b"gAMA", b"iCCP", b"sRGB", b"PLTE", b"tRNS", b"IDAT", b"IEND")
_PNG_SIZES = {b"cHRM": 32, b"cICP": 4, b"gAMA": 4, b"sRGB": 1, b"IEND": 0}
_COLOUR_SAMPLES = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}


def _walk_png(data: bytes) -> None:
    reader = _Reader(data)
    reader.expect(b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR")
    header = reader.take(13)
    require(zlib.crc32(b"IHDR" + header) == reader.number(4))
    inflater, rows, last = zlib.decompressobj(), 0, -1
    while last != len(_PNG_ORDER) - 1:
        size, name = reader.number(4), reader.take(4)
        body = reader.take(size)
        require(zlib.crc32(name + body) == reader.number(4))
        require(name in _PNG_ORDER and _PNG_SIZES.get(name, size) == size)
        place = _PNG_ORDER.index(name)
        require(place > last or (place == last and name == b"IDAT"))
        last = place
        if name == b"IDAT":
            require(not inflater.eof)
            rows += _inflated_size(inflater, body)
        elif name == b"PLTE":
            require(header[9] == 3 and size <= 3 << header[8])
        elif name == b"iCCP":
            require(body[:5] == b"icc\0\0")
            icc_check.require_neutral(_unpacked(body[5:]))
    require(reader.left == 0 and inflater.eof and not inflater.unused_data)
    require(rows == _png_row_bytes(header))


def _inflated_size(inflater: "zlib._Decompress", body: bytes) -> int:
    total = 0
    while body and not inflater.eof:
        total += len(inflater.decompress(body, 1 << 20))
        body = inflater.unconsumed_tail
    while not inflater.eof and (more := inflater.decompress(b"", 1 << 20)):
        total += len(more)
    return total


def _unpacked(packed: bytes) -> bytes:
    inflater = zlib.decompressobj()
    plain = inflater.decompress(packed, 1 << 20)
    require(inflater.eof and not inflater.unused_data)
    return plain


def _png_row_bytes(header: bytes) -> int:
    width, height = int.from_bytes(header[:4], "big"), int.from_bytes(header[4:8], "big")
    bits = header[8] * _COLOUR_SAMPLES[header[9]]
    if not header[12]:
        return height * (1 + (width * bits + 7) // 8)
    total = 0
    for x, y, dx, dy in zip(
        (0, 4, 0, 2, 0, 1, 0),
        (0, 0, 4, 0, 2, 0, 1),
        b"\x08\x08\x04\x04\x02\x02\x01",
        b"\x08\x08\x08\x04\x04\x02\x02",
        strict=True,
    ):
        columns, lines = len(range(x, width, dx)), len(range(y, height, dy))
        total += lines * (1 + (columns * bits + 7) // 8) if columns else 0
    return total


def png_samples(data: bytes) -> tuple[bytes, bytes]:
    """Read a PNG's header and a digest of its inflated scanlines, at full depth: what no 8-bit reader can compare."""
    at, header, inflater, digest = 8, b"", zlib.decompressobj(), hashlib.sha256()
    expected = None
    while at < len(data):
        size, name = int.from_bytes(data[at : at + 4], "big"), data[at + 4 : at + 8]
        body = data[at + 8 : at + 8 + size]
        at += size + 12
        if name == b"IHDR":
            header, expected = body, _png_row_bytes(body)
        while name == b"IDAT" and body and expected:
            piece = inflater.decompress(body, min(1 << 20, expected))
            expected -= len(piece)
            digest.update(piece)
            body = inflater.unconsumed_tail
        if name == b"IEND":
            break
    require(not expected)
    return header, digest.digest()


def _walk_webp(data: bytes) -> None:
    reader = _Reader(data)
    reader.expect(b"RIFF")
    require(reader.number(4, "little") == len(data) - 8)
    reader.expect(b"WEBP")
    names = []
    while reader.left:
        name, size = reader.take(4), reader.number(4, "little")
        body = reader.take(size)
        if size % 2:
            reader.expect(b"\0")
        names.append(name)
        if name == b"VP8X":
            # Only the flags for a profile (0x20) and for alpha (0x10) may be set.
            require(size == 10 and not body[0] & ~0x30 and body[1:4] == b"\0\0\0")
        elif name == b"ICCP":
            icc_check.require_neutral(body)
    require(names in ([b"VP8L"], [b"VP8X", b"VP8L"], [b"VP8X", b"ICCP", b"VP8L"]))


_WALKS: dict[str, Callable[[bytes], None]] = {
    "image/jpeg": _walk_jpeg,
    "image/png": _walk_png,
    "image/webp": _walk_webp,
}
