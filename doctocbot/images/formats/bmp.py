"""BMP: the same pixels as PNG. Source: Microsoft BITMAPFILEHEADER, BITMAPV5HEADER."""

import struct

from doctocbot.images import pixels
from doctocbot.images.formats import png_writer
from doctocbot.images.model import Candidate, Outcome, RefusalReason, RefusedError, Removed

_PROFILES = (b"DEBM", b"KNIL")
_UNCOMPRESSED = (0, 3)


def clean(data: bytes) -> Candidate:
    """Propose the same pixels as PNG; raises RefusedError where they cannot be read whole."""
    removed: set[Removed] = set()
    (header_size,) = struct.unpack_from("<I", data, 14)
    if header_size >= 40:
        if len(data) < 14 + header_size:
            raise RefusedError(RefusalReason.TRUNCATED)
        if struct.unpack_from("<I", data, 30)[0] not in _UNCOMPRESSED:
            # Run-length pictures may end early and nobody can tell a cut one from a whole one.
            raise RefusedError(RefusalReason.UNSUPPORTED_VARIANT)
        if header_size == 124 and data[70:74] in _PROFILES:
            removed.add(Removed.PROFILE)
    picture = pixels.load(data, "image/bmp")
    (bits,) = struct.unpack_from("<H", data, 24 if header_size == 12 else 28)
    (start,) = struct.unpack_from("<I", data, 10)
    if start + (picture.width * bits + 31) // 32 * 4 * picture.height < len(data):
        removed.add(Removed.TRAILER)
    return Candidate(png_writer.encode(picture), "image/png", Outcome.LOSSLESS, frozenset(removed))
