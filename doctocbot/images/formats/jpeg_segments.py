"""Read the segments of a JPEG strictly: the coded picture by itself, and what stood around it.

Source: ITU-T T.81 annex B, JFIF 1.02, Exif 2.32 section 4.5, ICC.1:2022 annex B.4; for what decoders make of colours
that no marker names, libjpeg (default_decompress_parms).
"""

import re
import struct
from collections import Counter
from dataclasses import dataclass, field
from enum import Enum

from doctocbot.images import embedded, exif
from doctocbot.images.formats.jpeg_frame import Frame, Tables
from doctocbot.images.model import RefusalReason, RefusedError, Removed

APP0, APP1, APP2, APP13, APP14, APP15 = 0xE0, 0xE1, 0xE2, 0xED, 0xEE, 0xEF
SOS, DQT, DHT, DRI = 0xDA, 0xDB, 0xC4, 0xDD
EXIF, ICC = b"Exif\x00\x00", b"ICC_PROFILE\x00"
_SOI, _EOI, _DNL, _COM = 0xD8, 0xD9, 0xDC, 0xFE
FRAMES = frozenset((0xC0, 0xC1, 0xC2))
# Lossless, hierarchical, JPEG-LS; and arithmetic, whose codes never run out: nobody can tell a cut one from a whole.
_FRAMES_UNREAD = frozenset((0xC3, 0xC5, 0xC6, 0xC7, 0xC9, 0xCA, 0xCB, 0xCD, 0xCE, 0xCF, 0xF7))
_STANDALONE = frozenset((0x01, *range(0xD0, 0xD8)))
_JFIF, _JFXX, _ADOBE, _MPF = b"JFIF\x00", b"JFXX\x00", b"Adobe", b"MPF\x00"
_XMP, _EXTENDED_XMP = b"http://ns.adobe.com/xap/1.0/\x00", b"http://ns.adobe.com/xmp/extension/\x00"
# Before each part of a packet that is too long for one segment: a digest, the length of the whole, the part's place.
_EXTENDED_HEAD = len(_EXTENDED_XMP) + 32 + 4 + 4
_JFIF_BYTES, _ADOBE_BYTES = 14, 12
_MOST_ADOBE, _MOST_DENSITY = 101, 9600
_MAX_SEGMENTS = 4096
_MAX_SCANS = 256
# Codes end at a marker that is neither a stuffed byte nor a restart.
_END_OF_CODES = re.compile(rb"\xff[^\x00\xd0-\xd7]")
_NO_FILL = re.compile(rb"[^\xff]")
# One restart too many is a habit of some encoders; any number of them could spell words.
_STRAY_RESTARTS = re.compile(rb"(?:\xff[\xd0-\xd7]){2}\Z")


class Colour(Enum):
    """What the samples mean."""

    GREY = "grey"
    YCBCR = "YCbCr"
    RGB = "RGB"
    # Adobe's two kinds hold inverted inks, and viewers know it; four inks of which no marker speaks are not inverted.
    ADOBE_CMYK = "Adobe CMYK"
    ADOBE_YCCK = "Adobe YCCK"
    CMYK = "CMYK"


_TRANSFORMS = {Colour.RGB: 0, Colour.ADOBE_CMYK: 0, Colour.ADOBE_YCCK: 2}
SPACES = {
    Colour.GREY: b"GRAY",
    Colour.YCBCR: b"RGB ",
    Colour.RGB: b"RGB ",
    Colour.ADOBE_CMYK: b"CMYK",
    Colour.ADOBE_YCCK: b"CMYK",
    Colour.CMYK: b"CMYK",
}


@dataclass(slots=True)
class Parsed:
    """A JPEG taken apart; complete once `parse` returns it."""

    frame: Frame | None = None
    tables: Tables = field(default_factory=Tables)
    coded: bytearray = field(default_factory=bytearray)
    scans: int = 0
    jfif: bool = False
    adobe: int | None = None
    headers: set[int] = field(default_factory=set)
    restarts_waiting: bool = False
    orientation: int | None = None
    pieces: dict[int, tuple[int, bytes]] = field(default_factory=dict)
    extended_xmp: list[bytes] = field(default_factory=list)
    removed: Counter[Removed] = field(default_factory=Counter)

    @property
    def progressive(self) -> bool:
        """Whether the picture comes in ever finer scans."""
        return self.frame is not None and self.frame.progressive

    def colour(self) -> Colour:
        """Tell what the samples mean by the rules that decoders share: JFIF, then Adobe, then component numbers."""
        numbers = self.frame.numbers if self.frame else ()
        if len(numbers) == 1:
            return Colour.GREY
        if len(numbers) == 3:
            adobe_rgb = self.adobe == 0 or (self.adobe is None and numbers == tuple(b"RGB"))
            return Colour.RGB if adobe_rgb and not self.jfif else Colour.YCBCR
        if self.adobe is None:
            return Colour.CMYK
        return Colour.ADOBE_CMYK if self.adobe == 0 else Colour.ADOBE_YCCK

    def core(self) -> bytes:
        """The coded picture as a JPEG of its own, with the one marker that tells its colours."""
        return b"\xff\xd8" + colour_segment(self.colour()) + self.coded + b"\xff\xd9"

    def profile(self) -> bytes:
        """The colour profile, put together; nothing where a piece is missing, for then viewers ignore it too."""
        count = len(self.pieces)
        if any(self.pieces.get(number, (0, b""))[0] != count for number in range(1, count + 1)):
            return b""
        return b"".join(self.pieces[number][1] for number in range(1, count + 1))


def segment(marker: int, payload: bytes) -> bytes:
    """Lay a segment out: its marker, its length, its payload."""
    return struct.pack(">BBH", 0xFF, marker, len(payload) + 2) + payload


def colour_segment(colour: Colour) -> bytes:
    """Lay out the one segment that tells decoders what the samples mean, always of the same bytes."""
    if colour in _TRANSFORMS:
        return segment(APP14, struct.pack(">5sHHHB", _ADOBE, 100, 0, 0, _TRANSFORMS[colour]))
    return segment(APP0, _JFIF + b"\x01\x01\x00\x00\x01\x00\x01\x00\x00")


def parse(data: bytes) -> Parsed:
    """Take a JPEG apart up to its end marker; raises RefusedError for whatever the standard has no place for."""
    parsed = Parsed()
    at = 2
    for _ in range(_MAX_SEGMENTS):
        marker, at = _next_marker(data, at)
        if marker == _EOI:
            return _finished(parsed, trailer=at < len(data))
        if marker in _STANDALONE or marker in (_SOI, _DNL):
            raise RefusedError(RefusalReason.DAMAGED)
        length = int.from_bytes(data[at : at + 2], "big")
        if at + 2 > len(data) or at + length > len(data):
            raise RefusedError(RefusalReason.TRUNCATED)
        if length < 2:
            raise RefusedError(RefusalReason.DAMAGED)
        payload = data[at + 2 : at + length]
        at += length
        if marker == SOS:
            end = _END_OF_CODES.search(data, at)
            if end is None:
                raise RefusedError(RefusalReason.TRUNCATED)
            _take_scan(parsed, payload, memoryview(data)[at : end.start()])
            at = end.start()
        else:
            _take_segment(parsed, marker, payload)
    raise RefusedError(RefusalReason.DAMAGED)


def _next_marker(data: bytes, at: int) -> tuple[int, int]:
    if at + 2 > len(data):
        raise RefusedError(RefusalReason.TRUNCATED)
    if data[at] != 0xFF:
        raise RefusedError(RefusalReason.DAMAGED)
    # Any number of fill bytes may stand before a marker.
    marker = _NO_FILL.search(data, at)
    if marker is None:
        raise RefusedError(RefusalReason.TRUNCATED)
    return data[marker.start()], marker.end()


def _finished(parsed: Parsed, trailer: bool) -> Parsed:
    if parsed.frame is None or not parsed.scans:
        raise RefusedError(RefusalReason.TRUNCATED)
    parsed.frame.require_whole()
    if parsed.extended_xmp:
        parsed.removed.update(embedded.xmp_kinds(b"".join(parsed.extended_xmp)))
    if trailer:
        parsed.removed[Removed.TRAILER] += 1
    if parsed.tables.some_unused or not parsed.frame.honest():
        parsed.removed[Removed.OTHER] += 1
    return parsed


def _take_scan(parsed: Parsed, payload: bytes, codes: memoryview) -> None:
    if parsed.frame is None or parsed.scans >= _MAX_SCANS or _STRAY_RESTARTS.search(codes[-4:]):
        raise RefusedError(RefusalReason.DAMAGED)
    parsed.scans += 1
    parsed.restarts_waiting = False
    parsed.coded += segment(SOS, parsed.frame.take_scan(payload, parsed.tables))
    parsed.coded += codes


def _take_segment(parsed: Parsed, marker: int, payload: bytes) -> None:
    if marker in _FRAMES_UNREAD:
        raise RefusedError(RefusalReason.UNSUPPORTED_VARIANT)
    if marker in FRAMES:
        if parsed.frame is not None:
            raise RefusedError(RefusalReason.DAMAGED)
        parsed.frame = Frame.parse(marker, payload)
        parsed.coded += segment(marker, parsed.frame.payload())
    elif marker in (DQT, DHT, DRI):
        _take_table(parsed, marker, payload)
    elif marker == APP0:
        _take_app0(parsed, payload)
    elif marker == APP14 and payload.startswith(_ADOBE) and len(payload) >= _ADOBE_BYTES:
        _take_adobe(parsed, payload)
    else:
        _take_metadata(parsed, marker, payload)


def _take_table(parsed: Parsed, marker: int, payload: bytes) -> None:
    if marker == DQT:
        parsed.tables.take_quantisation(payload)
    elif marker == DHT:
        parsed.tables.take_huffman(payload)
    elif len(payload) != 2:
        raise RefusedError(RefusalReason.DAMAGED)
    else:
        if parsed.restarts_waiting:
            # Of two intervals before one scan the first counts for nothing.
            parsed.removed[Removed.OTHER] += 1
        parsed.restarts_waiting = True
    parsed.coded += segment(marker, payload)


def _take_app0(parsed: Parsed, payload: bytes) -> None:
    if payload.startswith(_JFIF) and len(payload) >= _JFIF_BYTES:
        # Decoders have made up their minds on colours when the first scan comes.
        parsed.jfif |= not parsed.scans
        if len(payload) == _JFIF_BYTES:
            if not _is_plain_header(parsed, APP0, payload):
                parsed.removed[Removed.OTHER] += 1
            return
    is_thumbnail = payload.startswith((_JFIF, _JFXX))
    parsed.removed[Removed.THUMBNAIL if is_thumbnail else Removed.OTHER] += 1


def _take_adobe(parsed: Parsed, payload: bytes) -> None:
    if not parsed.scans:
        parsed.adobe = payload[11]
    if len(payload) > _ADOBE_BYTES or not _is_plain_header(parsed, APP14, payload):
        parsed.removed[Removed.OTHER] += 1


def _is_plain_header(parsed: Parsed, marker: int, payload: bytes) -> bool:
    """Whether a JFIF or Adobe header is the first of its kind and holds numbers that encoders write, not letters."""
    first = marker not in parsed.headers
    parsed.headers.add(marker)
    if marker == APP14:
        version, *flags = struct.unpack_from(">3H", payload, 5)
        return first and version <= _MOST_ADOBE and not any(flag & 0x3FFF for flag in flags)
    major, minor, unit, *density = struct.unpack_from(">3B2H", payload, 5)
    plain = major <= 1 and minor <= 2 and unit <= 2 and max(density) <= _MOST_DENSITY
    return first and plain and not any(payload[12:14])


def _take_metadata(parsed: Parsed, marker: int, payload: bytes) -> None:
    if marker == APP1 and payload.startswith(EXIF):
        _take_exif(parsed, payload[len(EXIF) :])
    elif marker == APP2 and payload.startswith(ICC) and len(payload) > 14:
        _take_profile_piece(parsed, payload)
    elif marker == APP1 and payload.startswith(_XMP):
        parsed.removed.update(embedded.xmp_kinds(payload))
    elif marker == APP1 and payload.startswith(_EXTENDED_XMP):
        parsed.extended_xmp.append(payload[_EXTENDED_HEAD:])
    elif marker == APP2 and payload.startswith(_MPF):
        parsed.removed[Removed.THUMBNAIL] += 1
    elif marker == APP13:
        parsed.removed.update(embedded.iptc_kinds(payload))
    elif marker == _COM:
        parsed.removed[Removed.TEXT] += 1
    elif not APP0 <= marker <= APP15:
        # No decoder passes over the reserved markers, so no viewer would show this.
        raise RefusedError(RefusalReason.DAMAGED)
    else:
        parsed.removed[Removed.OTHER] += 1


def _take_exif(parsed: Parsed, block: bytes) -> None:
    found = exif.kinds(block)
    if parsed.scans:
        # Viewers have stopped reading by then: not even an orientation is of any use.
        found = found or Counter({Removed.OTHER: 1})
    elif parsed.orientation is None:
        parsed.orientation = exif.orientation(block)
    parsed.removed.update(found)


def _take_profile_piece(parsed: Parsed, payload: bytes) -> None:
    number, count = payload[12:14]
    if number in parsed.pieces or parsed.scans:
        parsed.removed[Removed.PROFILE] += 1
    else:
        parsed.pieces[number] = count, payload[14:]
