"""Parse a PNG into what makes its picture and the names of what else stands in it, and inflate its scanlines.

Source: PNG third edition (W3C, 2025), sections 5 (chunks), 10 (compression), 11 (chunk types).
"""

import struct
import zlib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

import deflate

from doctocbot.images import embedded, exif
from doctocbot.images.formats import png_writer
from doctocbot.images.formats.png_writer import Header
from doctocbot.images.model import MAX_PIXELS, RefusalReason, RefusedError, Removed

_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_DEPTHS = {0: (1, 2, 4, 8, 16), 2: (8, 16), 3: (1, 2, 4, 8), 4: (8, 16), 6: (8, 16)}
# A length of more dots to the metre than this is none: it spells something.
_MOST_DOTS = 1_000_000
_TEXTS = frozenset((b"tEXt", b"zTXt", b"iTXt"))
_COLOUR = frozenset((b"gAMA", b"cHRM", b"sRGB", b"cICP", b"iCCP"))
_ANIMATION = frozenset((b"acTL", b"fcTL", b"fdAT"))
_MAX_CHUNKS = 65536
_MAX_PROFILE = 4 * 1024 * 1024
_PIECE = 1 << 16


@dataclass(slots=True)
class Parsed:
    """The coded picture, as it stands in the file, and what was found around it.

    `packed` are the IDAT bodies. `profile_changes` tells that the profile cannot be written again just as it is.
    """

    header: Header
    palette: bytes = b""
    transparency: bytes = b""
    packed: list[bytes] = field(default_factory=list)
    icc: bytes = b""
    profile_changes: bool = False
    colour: dict[bytes, bytes] = field(default_factory=dict)
    orientation: int = 1
    removed: Counter[Removed] = field(default_factory=Counter)
    harmless: set[bytes] = field(default_factory=set)


def parse(data: bytes) -> Parsed:
    """Take a file apart; raises RefusedError where it is damaged, cut, moving, or more than one can be sure of."""
    chunks = _chunks(data)
    name, body, end = next(chunks)
    if name != b"IHDR" or len(body) != 13:
        raise RefusedError(RefusalReason.DAMAGED)
    parsed = Parsed(_header(body))
    previous = b"IHDR"
    for name, body, end in chunks:  # noqa: B007 - the last one is asked for below
        if name == b"IDAT" and parsed.packed and previous != b"IDAT":
            raise RefusedError(RefusalReason.DAMAGED)
        _take_chunk(parsed, name, body)
        previous = name
    if end < len(data):
        parsed.removed[Removed.TRAILER] += 1
    if not parsed.packed:
        raise RefusedError(RefusalReason.TRUNCATED)
    _check_palette(parsed)
    return parsed


def _chunks(data: bytes) -> Iterator[tuple[bytes, bytes, int]]:
    at = len(_SIGNATURE)
    for _ in range(_MAX_CHUNKS):
        if at + 12 > len(data):
            raise RefusedError(RefusalReason.TRUNCATED)
        length, name = struct.unpack_from(">I4s", data, at)
        end = at + 12 + length
        if end > len(data):
            raise RefusedError(RefusalReason.TRUNCATED)
        body = data[at + 8 : end - 4]
        if deflate.crc32(body, deflate.crc32(name)).to_bytes(4, "big") != data[end - 4 : end]:
            raise RefusedError(RefusalReason.DAMAGED)
        yield name, body, end
        if name == b"IEND":
            return
        at = end
    raise RefusedError(RefusalReason.DAMAGED)


def _header(body: bytes) -> Header:
    width, height, depth, kind, compression, filtering, interlace = struct.unpack(">IIBBBBB", body)
    if not width or not height or depth not in _DEPTHS.get(kind, ()):
        raise RefusedError(RefusalReason.DAMAGED)
    if compression or filtering or interlace > 1:
        raise RefusedError(RefusalReason.DAMAGED)
    if width * height > MAX_PIXELS:
        raise RefusedError(RefusalReason.TOO_MANY_PIXELS)
    return Header(width, height, depth, kind, interlaced=bool(interlace))


def _take_chunk(parsed: Parsed, name: bytes, body: bytes) -> None:
    if name == b"IDAT":
        parsed.packed.append(body)
    elif name in (b"PLTE", b"tRNS"):
        if parsed.packed or (parsed.palette if name == b"PLTE" else parsed.transparency):
            raise RefusedError(RefusalReason.DAMAGED)
        if name == b"PLTE":
            parsed.palette = body
        else:
            parsed.transparency = body
    elif name in _COLOUR:
        _take_colour(parsed, name, body)
    elif name in _ANIMATION:
        raise RefusedError(RefusalReason.ANIMATED)
    elif name == b"IEND":
        parsed.removed[Removed.OTHER] += bool(body)
    else:
        _take_metadata(parsed, name, body)


def _take_colour(parsed: Parsed, name: bytes, body: bytes) -> None:
    """Keep the first chunk of each name, which is the one that readers go by."""
    if name in parsed.colour or (name == b"iCCP" and parsed.icc):
        parsed.removed[Removed.PROFILE if name == b"iCCP" else Removed.OTHER] += 1
    elif name == b"iCCP":
        parsed.icc = _profile(parsed, body)
    else:
        parsed.colour[name] = body


def _take_metadata(parsed: Parsed, name: bytes, body: bytes) -> None:
    if name not in parsed.harmless and _is_harmless(parsed.header, name, body):
        parsed.harmless.add(name)
        return
    if name[0] & 0x20 == 0:
        # A critical chunk that is unknown may change what the picture looks like.
        raise RefusedError(RefusalReason.UNSUPPORTED_VARIANT)
    if name == b"eXIf":
        parsed.orientation = exif.orientation(body)
        parsed.removed.update(exif.kinds(body))
    elif name in _TEXTS:
        parsed.removed.update(embedded.chunk_kinds(body))
    elif name == b"tIME":
        parsed.removed[Removed.DATE] += 1
    else:
        parsed.removed[Removed.OTHER] += 1


def _is_harmless(header: Header, name: bytes, body: bytes) -> bool:
    """Whether a chunk says nothing about anybody though it is not needed: it is dropped without a word, once."""
    indexed, samples = header.kind == png_writer.INDEXED, png_writer.CHANNELS[header.kind]
    see_through = header.kind in (png_writer.GREY_ALPHA, png_writer.RGB_ALPHA)
    if name == b"pHYs":
        dots = [int.from_bytes(body[at : at + 4], "big") for at in (0, 4)]
        return len(body) == 9 and max(dots) <= _MOST_DOTS and body[8] <= 1
    if name == b"bKGD":
        size = 1 if indexed else 2
        levels = [int.from_bytes(body[at : at + size], "big") for at in range(0, len(body), size)]
        return len(body) == size * (samples - see_through) and max(levels) < 1 << header.depth
    if name == b"sBIT":
        depth = 8 if indexed else header.depth
        return len(body) == (3 if indexed else samples) and 0 < min(body) <= max(body) <= depth
    return False


def _profile(parsed: Parsed, body: bytes) -> bytes:
    name, _, packed = body.partition(b"\x00")
    parsed.profile_changes |= name != png_writer.PROFILE_NAME
    unpacker = zlib.decompressobj()
    try:
        icc = unpacker.decompress(packed[1:], _MAX_PROFILE)
    except zlib.error:
        icc = b""
    if not unpacker.eof or unpacker.unused_data:
        parsed.profile_changes = True
    return icc if unpacker.eof else b""


def _check_palette(parsed: Parsed) -> None:
    header, transparent = parsed.header, len(parsed.transparency)
    entries, rest = divmod(len(parsed.palette), 3)
    if rest or entries > 256:
        raise RefusedError(RefusalReason.DAMAGED)
    if header.kind == png_writer.INDEXED:
        if not entries or entries > 1 << header.depth or transparent > entries:
            raise RefusedError(RefusalReason.DAMAGED)
    else:
        if parsed.palette:
            # A suggested palette: no part of the picture, room for 768 bytes of anything.
            parsed.removed[Removed.OTHER] += 1
        expected = {png_writer.GREY: 2, png_writer.RGB: 6}.get(header.kind, 0)
        if transparent not in (0, expected):
            raise RefusedError(RefusalReason.DAMAGED)


def inflated(parsed: Parsed) -> bytearray:
    """Inflate the scanlines, exactly as many bytes as the header announces; raises RefusedError if there are fewer."""
    announced = parsed.header.scanline_bytes()
    packed = memoryview(b"".join(parsed.packed))
    rows, unpacker, start = bytearray(), zlib.decompressobj(), 0
    try:
        while start < len(packed) and not unpacker.eof and len(rows) <= announced:
            rest: bytes | memoryview = packed[start : start + _PIECE]
            start += _PIECE
            while rest and len(rows) <= announced:
                rows += unpacker.decompress(rest, announced + 1 - len(rows))
                rest = unpacker.unconsumed_tail
    except zlib.error as error:
        raise RefusedError(RefusalReason.DAMAGED) from error
    if len(rows) < announced or (len(rows) == announced and not unpacker.eof):
        raise RefusedError(RefusalReason.TRUNCATED)
    if len(rows) > announced or unpacker.unused_data or start < len(packed):
        parsed.removed[Removed.TRAILER] += 1
        del rows[announced:]
    return rows
