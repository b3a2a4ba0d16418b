"""PNG: keep the filtered scanlines, bit depth and palette, and write every chunk anew.

Where the scanlines cannot be carried over as they are (a picture to be turned, or bits of padding at the end of each
row), the samples are written again at the depth they had. Source: PNG third edition (W3C, 2025), sections 5, 7, 8, 11.
"""

import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field

from doctocbot.images import embedded, exif, pixels, profile
from doctocbot.images.formats import png_writer
from doctocbot.images.formats.png_writer import Header
from doctocbot.images.model import (
    MAX_PIXELS,
    Candidate,
    Outcome,
    RefusalReason,
    RefusedError,
    Removed,
)

_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_DEPTHS = {0: (1, 2, 4, 8, 16), 2: (8, 16), 3: (1, 2, 4, 8), 4: (8, 16), 6: (8, 16)}
# Chunks that say nothing about anybody but are not needed either: dropped without a word, if no longer than this.
_HARMLESS = {b"pHYs": 9, b"bKGD": 6, b"sBIT": 4, b"hIST": 512}
_TEXTS = frozenset((b"tEXt", b"zTXt", b"iTXt"))
_ANIMATION = frozenset((b"acTL", b"fcTL", b"fdAT"))
_MAX_CHUNKS = 65536
_MAX_PROFILE = 4 * 1024 * 1024
_PIECE = 1 << 20
_MOST_GROWTH = 1.15


@dataclass(slots=True)
class _Parsed:
    header: Header
    palette: bytes = b""
    transparency: bytes = b""
    packed: list[bytes] = field(default_factory=list)
    icc: bytes = b""
    colour: dict[bytes, bytes] = field(default_factory=dict)
    orientation: int = 1
    removed: set[Removed] = field(default_factory=set)


def clean(data: bytes) -> Candidate:
    """Propose the same pixels at the same depth without anything else; raises RefusedError where it cannot."""
    parsed = _parse(data)
    colour = _colour_chunks(parsed)
    if colour is None:
        return _converted(data, parsed)
    header = parsed.header
    if parsed.orientation == 1 and header.depth >= 8 and header.kind != png_writer.INDEXED:
        packed = _packed_again(parsed)
        output = png_writer.assemble(header, packed, b"", parsed.transparency, colour)
        return Candidate(output, "image/png", Outcome.LOSSLESS, frozenset(parsed.removed))
    _read_through(_inflated(parsed))
    output = _rewritten(data, parsed, colour)
    if parsed.orientation != 1:
        parsed.removed.add(Removed.ORIENTATION)
    return Candidate(output, "image/png", Outcome.LOSSLESS, frozenset(parsed.removed), parsed.orientation)


def _rewritten(data: bytes, parsed: _Parsed, colour: list[tuple[bytes, bytes]]) -> bytes:
    header = parsed.header
    if header.depth == 16 and header.kind != png_writer.GREY:
        # Pillow would open these samples as 8-bit without a word.
        raise RefusedError(RefusalReason.UNSUPPORTED_VARIANT)
    picture = pixels.upright(pixels.load(data, "image/png"), parsed.orientation)
    palette, transparency = parsed.palette, parsed.transparency
    if header.kind == png_writer.INDEXED:
        palette, transparency = png_writer.used_palette(picture, palette, transparency)
    turned = Header(picture.width, picture.height, header.depth, header.kind, interlaced=False)
    packed = png_writer.packed_rows_of(picture, turned)
    return png_writer.assemble(turned, packed, palette, transparency, colour)


def _converted(data: bytes, parsed: _Parsed) -> Candidate:
    if parsed.header.depth == 16:
        raise RefusedError(RefusalReason.UNSUPPORTED_VARIANT)
    _read_through(_inflated(parsed))
    picture = pixels.srgb(pixels.load(data, "image/png"), parsed.icc)
    output = png_writer.encode(pixels.upright(picture, parsed.orientation))
    removed = frozenset(parsed.removed)
    return Candidate(output, "image/png", Outcome.REENCODED, removed, parsed.orientation, srgb=True)


def _chunks(data: bytes) -> Iterator[tuple[bytes, bytes, int]]:
    at = len(_SIGNATURE)
    for _ in range(_MAX_CHUNKS):
        if at + 12 > len(data):
            raise RefusedError(RefusalReason.TRUNCATED)
        length, name = struct.unpack_from(">I4s", data, at)
        end = at + 12 + length
        if end > len(data):
            raise RefusedError(RefusalReason.TRUNCATED)
        body = data[at + 8 : at + 8 + length]
        if zlib.crc32(name + body).to_bytes(4, "big") != data[end - 4 : end]:
            raise RefusedError(RefusalReason.DAMAGED)
        yield name, body, end
        if name == b"IEND":
            return
        at = end
    raise RefusedError(RefusalReason.DAMAGED)


def _parse(data: bytes) -> _Parsed:
    chunks = _chunks(data)
    name, body, end = next(chunks)
    if name != b"IHDR" or len(body) != 13:
        raise RefusedError(RefusalReason.DAMAGED)
    parsed = _Parsed(_header(body))
    previous = b"IHDR"
    for name, body, end in chunks:  # noqa: B007 - the last one is asked for below
        if name == b"IDAT" and parsed.packed and previous != b"IDAT":
            raise RefusedError(RefusalReason.DAMAGED)
        _take_chunk(parsed, name, body)
        previous = name
    if end < len(data):
        parsed.removed.add(Removed.TRAILER)
    if not parsed.packed:
        raise RefusedError(RefusalReason.TRUNCATED)
    _check_palette(parsed)
    return parsed


def _header(body: bytes) -> Header:
    width, height, depth, kind, compression, filtering, interlace = struct.unpack(">IIBBBBB", body)
    if not width or not height or depth not in _DEPTHS.get(kind, ()):
        raise RefusedError(RefusalReason.DAMAGED)
    if compression or filtering or interlace > 1:
        raise RefusedError(RefusalReason.DAMAGED)
    if width * height > MAX_PIXELS:
        raise RefusedError(RefusalReason.TOO_MANY_PIXELS)
    return Header(width, height, depth, kind, interlaced=bool(interlace))


def _take_chunk(parsed: _Parsed, name: bytes, body: bytes) -> None:
    if name == b"IDAT":
        parsed.packed.append(body)
    elif name == b"PLTE":
        if parsed.packed or parsed.palette:
            raise RefusedError(RefusalReason.DAMAGED)
        parsed.palette = body
    elif name == b"tRNS":
        if parsed.packed or parsed.transparency:
            raise RefusedError(RefusalReason.DAMAGED)
        parsed.transparency = body
    elif name in (b"gAMA", b"cHRM", b"sRGB", b"cICP"):
        parsed.colour.setdefault(name, body)
    elif name == b"iCCP":
        parsed.icc = parsed.icc or _profile(parsed, body)
    elif name in _ANIMATION:
        raise RefusedError(RefusalReason.ANIMATED)
    elif name != b"IEND":
        _take_metadata(parsed, name, body)


def _take_metadata(parsed: _Parsed, name: bytes, body: bytes) -> None:
    if len(body) <= _HARMLESS.get(name, -1):
        return
    if name[0] & 0x20 == 0:
        # A critical chunk that is unknown may change what the picture looks like.
        raise RefusedError(RefusalReason.UNSUPPORTED_VARIANT)
    if name == b"eXIf":
        parsed.orientation = exif.orientation(body)
        parsed.removed |= exif.kinds(body)
    elif name in _TEXTS:
        parsed.removed |= embedded.xmp_kinds(body)
    elif name == b"tIME":
        parsed.removed.add(Removed.DATE)
    else:
        parsed.removed.add(Removed.OTHER)


def _profile(parsed: _Parsed, body: bytes) -> bytes:
    name, _, packed = body.partition(b"\x00")
    if name != png_writer.PROFILE_NAME:
        parsed.removed.add(Removed.PROFILE)
    unpacker = zlib.decompressobj()
    try:
        icc = unpacker.decompress(packed[1:], _MAX_PROFILE)
    except zlib.error:
        icc = b""
    if not unpacker.eof or unpacker.unused_data:
        parsed.removed.add(Removed.PROFILE)
    return icc if unpacker.eof else b""


def _check_palette(parsed: _Parsed) -> None:
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
            parsed.removed.add(Removed.OTHER)
        expected = {png_writer.GREY: 2, png_writer.RGB: 6}.get(header.kind, 0)
        if transparent not in (0, expected):
            raise RefusedError(RefusalReason.DAMAGED)


def _packed_again(parsed: _Parsed) -> bytes:
    """Deflate the scanlines anew, or keep a stream that was packed much harder and holds nothing else."""
    packed = png_writer.deflated(_inflated(parsed))
    original = b"".join(parsed.packed)
    if Removed.TRAILER in parsed.removed or len(packed) <= _MOST_GROWTH * len(original):
        return packed
    return original


def _inflated(parsed: _Parsed) -> Iterator[bytes]:
    """Give out the scanlines in pieces, exactly as many bytes as the header announces, or raise RefusedError."""
    missing = parsed.header.scanline_bytes()
    unpacker = zlib.decompressobj()
    rest = b"".join(parsed.packed)
    try:
        while missing and (rest or not unpacker.eof):
            piece = unpacker.decompress(rest, min(_PIECE, missing))
            if not piece and not unpacker.unconsumed_tail:
                break
            missing -= len(piece)
            rest = unpacker.unconsumed_tail
            yield piece
        more = unpacker.decompress(rest, 1)
    except zlib.error as error:
        raise RefusedError(RefusalReason.DAMAGED) from error
    if missing or not (unpacker.eof or more):
        raise RefusedError(RefusalReason.TRUNCATED)
    if more or unpacker.unused_data:
        parsed.removed.add(Removed.TRAILER)


def _read_through(rows: Iterator[bytes]) -> None:
    """Read scanlines only to know that they are all there and that nothing follows them."""
    for _ in rows:
        pass


def _colour_chunks(parsed: _Parsed) -> list[tuple[bytes, bytes]] | None:
    """Build the colour chunks to write, or None where the picture must be turned to sRGB."""
    colour = {name: body for name, body in parsed.colour.items() if png_writer.allowed_colour(name, body)}
    if colour.keys() != parsed.colour.keys():
        parsed.removed.add(Removed.OTHER)
    if b"cICP" in colour:
        colour = {b"cICP": colour[b"cICP"]}
    elif parsed.icc:
        grey = parsed.header.kind in (png_writer.GREY, png_writer.GREY_ALPHA)
        space = b"GRAY" if grey else b"RGB "
        rebuilt = profile.rebuild(parsed.icc, space)
        if rebuilt != parsed.icc:
            parsed.removed.add(Removed.PROFILE)
        if rebuilt is not None:
            return [(b"iCCP", png_writer.profile_chunk(rebuilt))]
        if profile.usable(parsed.icc, space):
            return None
    elif b"sRGB" in colour:
        colour = {b"sRGB": colour[b"sRGB"]}
    return sorted(colour.items())
