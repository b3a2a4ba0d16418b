"""Read PNGs a second time: strictly what is about to leave, and of an original only what makes its picture.

Written against the specification on its own: nothing here is shared with the writer, and the streams are inflated by
another library than the one that deflated them. Source: PNG third edition (W3C, 2025), sections 5, 7, 8, 11.
"""

import hashlib
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from doctocbot.images import icc_check
from doctocbot.images.model import RefusalReason, RefusedError

_ORDER = (b"cHRM", b"cICP", b"gAMA", b"iCCP", b"sRGB", b"PLTE", b"tRNS", b"IDAT", b"IEND")
_SIZES = {b"cHRM": 32, b"cICP": 4, b"gAMA": 4, b"sRGB": 1, b"IEND": 0}
_SAMPLES = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}
_PIECE = 1 << 16
_MOST_INFLATED = 1 << 20


@dataclass(frozen=True, slots=True)
class Coded:
    """What makes the picture: equal headers, palettes, transparencies and scanlines show equal pixels.

    `header` is the body of IHDR, `scanlines` a digest of the inflated, filtered rows.
    """

    header: bytes
    palette: bytes
    transparency: bytes
    scanlines: bytes

    @property
    def depth(self) -> int:
        return self.header[8]

    @property
    def has_alpha(self) -> bool:
        return self.header[9] in (4, 6)


def read_clean(data: bytes) -> Coded:
    """Read an output; raises RefusedError unless it holds only what a picture needs, up to its last byte."""
    _require(data[:16] == b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR")
    parts: dict[bytes, list[bytes]] = {}
    last = -1
    at = 8
    for name, body, end in _chunks(data):
        at = end
        if name == b"IHDR":
            _require(last == -1 and b"IHDR" not in parts)
        else:
            _require(name in _ORDER and _SIZES.get(name, len(body)) == len(body))
            place = _ORDER.index(name)
            _require(place > last or (place == last and name == b"IDAT"))
            last = place
        parts.setdefault(name, []).append(body)
    _require(at == len(data) and last == len(_ORDER) - 1)
    coded = _coded(parts, exact=True)
    _require_neutral_tables(coded)
    if b"iCCP" in parts:
        _require(parts[b"iCCP"][0][:5] == b"icc\0\0")
        icc_check.require_neutral(_unpacked(parts[b"iCCP"][0][5:]))
    return coded


def read_coded(data: bytes) -> Coded:
    """Read of an original what makes its picture, whatever else stands in it; raises RefusedError if it is cut."""
    parts: dict[bytes, list[bytes]] = {}
    for name, body, _ in _chunks(data):
        if name in (b"IHDR", b"PLTE", b"tRNS", b"IDAT"):
            parts.setdefault(name, []).append(body)
    return _coded(parts, exact=False)


def _require(condition: bool) -> None:
    if not condition:
        raise RefusedError(RefusalReason.UNVERIFIED)


def _chunks(data: bytes) -> Iterator[tuple[bytes, bytes, int]]:
    at, name = 8, b""
    while name != b"IEND":
        _require(at + 12 <= len(data))
        end = at + 12 + int.from_bytes(data[at : at + 4], "big")
        _require(end <= len(data))
        name, body = data[at + 4 : at + 8], data[at + 8 : end - 4]
        _require(zlib.crc32(body, zlib.crc32(name)) == int.from_bytes(data[end - 4 : end], "big"))
        yield name, body, end
        at = end


def _coded(parts: dict[bytes, list[bytes]], exact: bool) -> Coded:
    header = parts.get(b"IHDR", [b""])[0]
    _require(len(header) == 13 and header[9] in _SAMPLES)
    digest, missing = hashlib.sha256(), scanline_bytes(header)
    inflater = zlib.decompressobj()
    for piece in _inflated(inflater, parts.get(b"IDAT", ())):
        _require(not exact or len(piece) <= missing)
        digest.update(piece[:missing])
        missing -= min(len(piece), missing)
        if not missing and not exact:
            break
    _require(not missing)
    _require(not exact or (inflater.eof and not inflater.unused_data))
    palette, transparency = (b"".join(parts.get(name, ())) for name in (b"PLTE", b"tRNS"))
    return Coded(header, palette, transparency, digest.digest())


def _inflated(inflater: "zlib._Decompress", bodies: Iterable[bytes]) -> Iterator[bytes]:
    for body in bodies:
        view = memoryview(body)
        for start in range(0, len(view), _PIECE):
            _require(not inflater.eof)
            rest: bytes | memoryview = view[start : start + _PIECE]
            while rest:
                piece = inflater.decompress(rest, _MOST_INFLATED)
                rest = inflater.unconsumed_tail
                yield piece
    while not inflater.eof and (piece := inflater.decompress(b"", _MOST_INFLATED)):
        yield piece


def _require_neutral_tables(coded: Coded) -> None:
    kind, palette, transparency = coded.header[9], coded.palette, coded.transparency
    if kind == 3:
        _require(0 < len(palette) <= 3 << coded.depth and len(palette) % 3 == 0)
        _require(len(transparency) <= len(palette) // 3 and not transparency.endswith(b"\xff"))
        invisible = [index for index, alpha in enumerate(transparency) if alpha == 0]
        _require(not any(any(palette[3 * index : 3 * index + 3]) for index in invisible))
    else:
        _require(not palette and len(transparency) in (0, {0: 2, 2: 6}.get(kind, 0)))
        levels = [int.from_bytes(transparency[at : at + 2], "big") for at in range(0, len(transparency), 2)]
        _require(all(level < 1 << coded.depth for level in levels))


def _unpacked(packed: bytes) -> bytes:
    inflater = zlib.decompressobj()
    plain = inflater.decompress(packed, 1 << 20)
    _require(inflater.eof and not inflater.unused_data)
    return plain


def scanline_bytes(header: bytes) -> int:
    """Count the bytes of all filtered rows that an IHDR announces, interlaced or not."""
    width, height = int.from_bytes(header[:4], "big"), int.from_bytes(header[4:8], "big")
    bits = header[8] * _SAMPLES[header[9]]
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
