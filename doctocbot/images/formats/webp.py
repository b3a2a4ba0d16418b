"""WebP: exact pixels as lossless WebP where the original is lossless, else JPEG at quality 95 (PNG with alpha).

Source: RFC 9649, sections 2.3 to 2.7 (container), 3.4 (VP8L header); RFC 6386 section 9.1 (VP8 frame header).
"""

import io
import struct
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

from doctocbot.images import embedded, exif, pixels, profile
from doctocbot.images.formats import jpeg, png_writer
from doctocbot.images.model import (
    MAX_PIXELS,
    Candidate,
    Outcome,
    RefusalReason,
    RefusedError,
    Removals,
    Removed,
)

_MOST_FILLING = 6
_MOST_DECODED_TWICE = 16_000_000


@dataclass(slots=True)
class _Parsed:
    canvas: tuple[int, int] = (0, 0)
    lossless: bool = False
    frames: int = 0
    icc: bytes = b""
    alpha: bool = False
    coded: tuple[bytes, bytes] = (b"", b"")
    orientation: int = 1
    removed: Counter[Removed] = field(default_factory=Counter)


def clean(data: bytes) -> Candidate:
    """Propose the same pixels without anything else; raises RefusedError for animations and damaged files."""
    parsed = _parse(data)
    picture = pixels.load(data, "image/webp")
    if picture.size != parsed.canvas:
        raise RefusedError(RefusalReason.DAMAGED)
    if parsed.orientation != 1:
        parsed.removed[Removed.ORIENTATION] += 1
    if _goes_on(parsed):
        parsed.removed[Removed.OTHER] += 1
    if pixels.hides_colour(picture):
        parsed.removed[Removed.OTHER] += 1
        picture = pixels.without_hidden_colour(picture)
    picture = pixels.upright(picture, parsed.orientation)
    rebuilt = _rebuilt_profile(parsed)
    if parsed.lossless and rebuilt is not None:
        output, removed = _encode(picture, rebuilt), Removals(parsed.removed)
        return Candidate(output, "image/webp", Outcome.LOSSLESS, removed, parsed.orientation)
    return _encoded_again(picture, parsed)


def _encoded_again(picture: pixels.Picture, parsed: _Parsed) -> Candidate:
    picture = pixels.bare(pixels.srgb(picture, parsed.icc) if parsed.icc else picture)
    removed = Removals(parsed.removed)
    if parsed.lossless:
        output, mimetype = _encode(picture, b""), "image/webp"
    elif picture.mode == "RGBA":
        output, mimetype = png_writer.encode(picture), "image/png"
    else:
        output, mimetype = jpeg.encode_faithfully(picture), "image/jpeg"
    return Candidate(output, mimetype, Outcome.REENCODED, removed, srgb=bool(parsed.icc), reference=picture)


def _encode(picture: pixels.Picture, icc: bytes) -> bytes:
    buffer = io.BytesIO()
    # Effort 1 of 6: an archive of 12 megapixels takes seconds at most. With `exact`, colours under transparency stay
    # the black that they were turned to.
    pixels.bare(picture).save(
        buffer, "WEBP", lossless=True, exact=True, quality=50, method=1, icc_profile=icc, exif=b"", xmp=b""
    )
    return buffer.getvalue()


def _rebuilt_profile(parsed: _Parsed) -> bytes | None:
    if not parsed.icc:
        return b""
    if not profile.usable(parsed.icc, b"RGB "):
        parsed.icc = b""
        parsed.removed[Removed.PROFILE] += 1
        return b""
    rebuilt = profile.rebuild(parsed.icc, b"RGB ")
    if rebuilt != parsed.icc:
        parsed.removed[Removed.PROFILE] += 1
    return rebuilt


def _chunks(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    at, end = 12, 8 + int.from_bytes(data[4:8], "little")
    if end > len(data):
        raise RefusedError(RefusalReason.TRUNCATED)
    while at + 8 <= end:
        name, size = struct.unpack_from("<4sI", data, at)
        if at + 8 + size > end:
            raise RefusedError(RefusalReason.TRUNCATED)
        yield name, data[at + 8 : at + 8 + size]
        at += 8 + size + (size & 1)


def _parse(data: bytes) -> _Parsed:
    parsed = _Parsed()
    for name, body in _chunks(data):
        _take_chunk(parsed, name, body)
    if parsed.frames != 1:
        raise RefusedError(RefusalReason.DAMAGED if parsed.frames else RefusalReason.TRUNCATED)
    if 8 + int.from_bytes(data[4:8], "little") < len(data):
        parsed.removed[Removed.TRAILER] += 1
    return parsed


def _take_chunk(parsed: _Parsed, name: bytes, body: bytes) -> None:
    if name in (b"VP8 ", b"VP8L", b"VP8X"):
        _take_frame(parsed, name, body)
    elif name in (b"ANIM", b"ANMF"):
        raise RefusedError(RefusalReason.ANIMATED)
    elif name == b"ICCP":
        if parsed.icc:
            parsed.removed[Removed.PROFILE] += 1
        parsed.icc = parsed.icc or body
    elif name == b"EXIF":
        block = body.removeprefix(b"Exif\x00\x00")
        parsed.orientation = exif.orientation(block)
        parsed.removed.update(exif.kinds(block))
    elif name == b"XMP ":
        parsed.removed.update(embedded.xmp_kinds(body))
    elif name != b"ALPH" or parsed.alpha:
        parsed.removed[Removed.OTHER] += 1
    else:
        parsed.alpha = True


def _goes_on(parsed: _Parsed) -> bool:
    """Whether the codes of the picture are whole without their last bytes, so that these may say anything.

    Encoders fill up to four bytes. Of pictures that take long to decode a second time this is not asked.
    """
    if parsed.canvas[0] * parsed.canvas[1] > _MOST_DECODED_TWICE:
        return False
    name, body = parsed.coded
    body = body[:-_MOST_FILLING]
    body += bytes(len(body) % 2)
    chunk = name + struct.pack("<I", len(body)) + body
    try:
        pixels.load(b"RIFF" + struct.pack("<I", 4 + len(chunk)) + b"WEBP" + chunk, "image/webp")
    except RefusedError:
        return False
    return True


def _take_frame(parsed: _Parsed, name: bytes, body: bytes) -> None:
    if len(body) < 10:
        raise RefusedError(RefusalReason.TRUNCATED)
    if name == b"VP8X":
        width = int.from_bytes(body[4:7], "little") + 1
        height = int.from_bytes(body[7:10], "little") + 1
        if body[0] & 0x02:
            raise RefusedError(RefusalReason.ANIMATED)
        if any(body[1:4]) or len(body) > 10:
            parsed.removed[Removed.OTHER] += 1
    elif name == b"VP8L":
        bits = int.from_bytes(body[1:5], "little")
        width, height = (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    else:
        width = int.from_bytes(body[6:8], "little") & 0x3FFF
        height = int.from_bytes(body[8:10], "little") & 0x3FFF
    if parsed.canvas not in ((0, 0), (width, height)):
        raise RefusedError(RefusalReason.DAMAGED)
    parsed.canvas = width, height
    if name != b"VP8X":
        parsed.frames += 1
        parsed.lossless = name == b"VP8L"
        parsed.coded = name, body
    if width * height > MAX_PIXELS:
        raise RefusedError(RefusalReason.TOO_MANY_PIXELS)
