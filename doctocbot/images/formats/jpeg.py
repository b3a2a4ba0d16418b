"""JPEG: keep the coded picture, coefficient by coefficient, and write everything around it anew.

The segments are parsed strictly, the picture alone is handed to a lossless transcoder (so that slack between codes,
unused tables and marker tails go), and the header is rebuilt from three facts: orientation, colour model, profile.
Source: ITU-T T.81 annex B, JFIF 1.02, Exif 2.32 section 4.5, ICC.1:2022 annex B.4.
"""

import struct
from dataclasses import dataclass, field

import mozjpeg_lossless_optimization as mozjpeg  # type: ignore[import-untyped]
import simplejpeg  # type: ignore[import-untyped]

from doctocbot.images import embedded, exif, pixels, profile
from doctocbot.images.model import (
    LEAST_DECIBELS,
    MAX_PIXELS,
    Candidate,
    Outcome,
    RefusalReason,
    RefusedError,
    Removed,
)

# Quality 95 is near enough for photographs; noise and screens may need more to reach the floor.
_QUALITIES = (95, 98, 100)

_SOI, _EOI, _SOS, _DNL = 0xD8, 0xD9, 0xDA, 0xDC
_TABLES = frozenset((0xC4, 0xDB, 0xDD))
_FRAMES = frozenset((0xC0, 0xC1, 0xC2))
_FRAMES_UNREAD = frozenset((0xC3, 0xC5, 0xC6, 0xC7, 0xC9, 0xCA, 0xCB, 0xCD, 0xCE, 0xCF))
_STANDALONE = frozenset((0x01, *range(0xD0, 0xD8)))
_APP0, _APP1, _APP2, _APP13, _APP14, _APP15, _COM = 0xE0, 0xE1, 0xE2, 0xED, 0xEE, 0xEF, 0xFE
_JFIF = b"\xff\xe0\x00\x10JFIF\x00\x01\x01\x00\x00\x01\x00\x01\x00\x00"
_EXIF = b"Exif\x00\x00"
_XMP = b"http://ns.adobe.com/xap/1.0/\x00"
_XMP_EXTENSION = b"http://ns.adobe.com/xmp/extension/\x00"
_ICC = b"ICC_PROFILE\x00"
_ADOBE = b"Adobe"
_MAX_SEGMENTS = 4096
_MAX_SCANS = 256


@dataclass(slots=True)
class _Parsed:
    """The coded picture (`core`, a JPEG of its own) and what stood around it."""

    core: bytearray = field(default_factory=lambda: bytearray(b"\xff\xd8"))
    width: int = 0
    height: int = 0
    components: int = 0
    scans: int = 0
    orientation: int | None = None
    adobe: int | None = None
    icc: dict[int, bytes] = field(default_factory=dict)
    removed: set[Removed] = field(default_factory=set)


def clean(data: bytes) -> Candidate:
    """Propose the same coded picture without anything else; raises RefusedError where it cannot be read whole."""
    parsed = _parse(data)
    icc = b"".join(parsed.icc[number] for number in sorted(parsed.icc))
    space = {1: b"GRAY", 3: b"RGB ", 4: b"CMYK"}[parsed.components]
    rebuilt: bytes | None = b""
    if icc and profile.usable(icc, space):
        rebuilt = profile.rebuild(icc, space)
    if icc != rebuilt:
        parsed.removed.add(Removed.PROFILE)
    orientation = parsed.orientation or 1
    core = bytes(parsed.core)
    _require_flawless(core, parsed.components)
    if rebuilt is None:
        picture = pixels.srgb(pixels.load(data, "image/jpeg"), icc)
        output = encode_faithfully(pixels.upright(picture, orientation))
        return Candidate(
            output, "image/jpeg", Outcome.REENCODED, frozenset(parsed.removed), orientation, srgb=True
        )
    output = _carry_over(core, orientation, rebuilt)
    removed = frozenset(parsed.removed)
    return Candidate(output, "image/jpeg", Outcome.LOSSLESS, removed, orientation, baked=False)


def encode_faithfully(picture: pixels.Picture) -> bytes:
    """Encode at quality 95, 4:4:4, or at the next one up where that would not reach 42 dB."""
    for quality in _QUALITIES:
        coded = pixels.jpeg(picture, quality)
        if pixels.decibels(picture, pixels.load(coded, "image/jpeg")) >= LEAST_DECIBELS:
            return _carry_over(coded, 1, b"")
    raise RefusedError(RefusalReason.UNVERIFIED)


def encode(picture: pixels.Picture, quality: int) -> bytes:
    """Encode upright sRGB or grey pixels at 4:4:4, in the very form that `clean` would leave alone."""
    return _carry_over(pixels.jpeg(picture, quality), 1, b"")


def _require_flawless(core: bytes, components: int) -> None:
    # Pillow paints grey over what is missing and says nothing; this reader fails on the first warning.
    try:
        simplejpeg.decode_jpeg(core, colorspace={1: "GRAY", 3: "RGB", 4: "CMYK"}[components], strict=True)
    except ValueError as error:
        words = str(error).lower()
        cut = "premature end" in words or "empty" in words
        raise RefusedError(RefusalReason.TRUNCATED if cut else RefusalReason.DAMAGED) from error


def _carry_over(core: bytes, orientation: int, icc: bytes) -> bytes:
    try:
        transcoded: bytes = mozjpeg.optimize(core, copy=mozjpeg.COPY_MARKERS.NONE)
    except ValueError as error:
        raise RefusedError(RefusalReason.DAMAGED) from error
    return _with_header(transcoded, orientation, icc)


def _with_header(transcoded: bytes, orientation: int, icc: bytes) -> bytes:
    at, adobe = 2, b""
    while transcoded[at + 1] in range(_APP0, _APP15 + 1):
        end = at + 2 + int.from_bytes(transcoded[at + 2 : at + 4], "big")
        if transcoded[at + 1] == _APP14:
            adobe = _adobe(transcoded[at + 15])
        at = end
    block = exif.minimal(orientation)
    segments = [adobe or _JFIF]
    if block:
        segments.append(_segment(_APP1, _EXIF + block))
    pieces = [icc[start : start + 65000] for start in range(0, len(icc), 65000)]
    segments += [
        _segment(_APP2, _ICC + bytes((number, len(pieces))) + piece)
        for number, piece in enumerate(pieces, start=1)
    ]
    return b"\xff\xd8" + b"".join(segments) + transcoded[at:]


def _segment(marker: int, payload: bytes) -> bytes:
    return struct.pack(">BBH", 0xFF, marker, len(payload) + 2) + payload


def _adobe(transform: int) -> bytes:
    return _segment(_APP14, struct.pack(">5sHHHB", _ADOBE, 100, 0, 0, transform))


def _parse(data: bytes) -> _Parsed:
    parsed = _Parsed()
    at = 2
    for _ in range(_MAX_SEGMENTS):
        marker, at = _next_marker(data, at)
        if marker == _EOI:
            return _finish(parsed, data, at)
        length = int.from_bytes(data[at : at + 2], "big")
        if at + 2 > len(data) or at + length > len(data):
            raise RefusedError(RefusalReason.TRUNCATED)
        if length < 2 or marker in _STANDALONE or marker in (_SOI, _DNL):
            raise RefusedError(RefusalReason.DAMAGED)
        _take_segment(parsed, marker, data[at + 2 : at + length])
        at += length
        if marker == _SOS:
            parsed.scans += 1
            end = _scan_end(data, at)
            parsed.core += data[at:end]
            at = end
    raise RefusedError(RefusalReason.DAMAGED)


def _next_marker(data: bytes, at: int) -> tuple[int, int]:
    if at + 2 > len(data):
        raise RefusedError(RefusalReason.TRUNCATED)
    if data[at] != 0xFF:
        raise RefusedError(RefusalReason.DAMAGED)
    while at < len(data) and data[at] == 0xFF:
        at += 1
    if at >= len(data):
        raise RefusedError(RefusalReason.TRUNCATED)
    return data[at], at + 1


def _scan_end(data: bytes, at: int) -> int:
    while True:
        at = data.find(b"\xff", at)
        if at == -1 or at + 1 >= len(data):
            raise RefusedError(RefusalReason.TRUNCATED)
        follower = data[at + 1]
        if follower != 0x00 and not 0xD0 <= follower <= 0xD7:
            return at
        at += 2


def _finish(parsed: _Parsed, data: bytes, end: int) -> _Parsed:
    if not parsed.scans:
        raise RefusedError(RefusalReason.TRUNCATED)
    parsed.core += b"\xff\xd9"
    if end < len(data):
        parsed.removed.add(Removed.TRAILER)
    return parsed


def _take_segment(parsed: _Parsed, marker: int, payload: bytes) -> None:
    if marker in _FRAMES_UNREAD:
        raise RefusedError(RefusalReason.UNSUPPORTED_VARIANT)
    if marker in _FRAMES:
        _take_frame(parsed, payload)
    if marker in _FRAMES or marker in _TABLES or marker == _SOS:
        if marker == _SOS and (not parsed.width or parsed.scans >= _MAX_SCANS):
            raise RefusedError(RefusalReason.DAMAGED)
        parsed.core += _segment(marker, payload)
    elif marker == _APP14 and payload.startswith(_ADOBE) and len(payload) >= 12:
        _take_adobe(parsed, payload)
    elif marker == _APP0:
        _take_app0(parsed, payload)
    else:
        _take_metadata(parsed, marker, payload)


def _take_frame(parsed: _Parsed, payload: bytes) -> None:
    if parsed.width or len(payload) < 6:
        raise RefusedError(RefusalReason.DAMAGED)
    precision, parsed.height, parsed.width, parsed.components = struct.unpack_from(">BHHB", payload)
    if precision != 8:
        raise RefusedError(RefusalReason.UNSUPPORTED_VARIANT)
    if not parsed.width or not parsed.height or parsed.components not in (1, 3, 4):
        raise RefusedError(RefusalReason.DAMAGED)
    if parsed.width * parsed.height > MAX_PIXELS:
        raise RefusedError(RefusalReason.TOO_MANY_PIXELS)


def _take_adobe(parsed: _Parsed, payload: bytes) -> None:
    if parsed.adobe is None:
        parsed.adobe = payload[11]
        parsed.core += _adobe(payload[11])
    if len(payload) > 12:
        parsed.removed.add(Removed.OTHER)


def _take_app0(parsed: _Parsed, payload: bytes) -> None:
    if payload.startswith(b"JFIF\x00") and len(payload) == 14:
        if len(parsed.core) == 2:
            parsed.core += _JFIF
        return
    if payload.startswith(b"JFIF\x00") and len(parsed.core) == 2:
        parsed.core += _JFIF
    is_thumbnail = payload.startswith((b"JFIF\x00", b"JFXX\x00"))
    parsed.removed.add(Removed.THUMBNAIL if is_thumbnail else Removed.OTHER)


def _take_metadata(parsed: _Parsed, marker: int, payload: bytes) -> None:
    if marker == _APP1 and payload.startswith(_EXIF):
        block = payload[len(_EXIF) :]
        if parsed.orientation is None:
            parsed.orientation = exif.orientation(block)
        parsed.removed |= exif.kinds(block)
    elif marker == _APP2 and payload.startswith(_ICC) and len(payload) > 14:
        parsed.icc.setdefault(payload[12], payload[14:])
    elif marker == _APP1 and payload.startswith((_XMP, _XMP_EXTENSION)):
        parsed.removed |= embedded.xmp_kinds(payload)
    elif marker == _APP2 and payload.startswith(b"MPF\x00"):
        parsed.removed.add(Removed.THUMBNAIL)
    elif marker == _APP13:
        parsed.removed |= embedded.iptc_kinds(payload)
    elif marker == _COM:
        parsed.removed.add(Removed.TEXT)
    elif not _APP0 <= marker <= _APP15:
        # No decoder passes over the reserved markers, so no viewer would show this.
        raise RefusedError(RefusalReason.DAMAGED)
    else:
        parsed.removed.add(Removed.OTHER)
