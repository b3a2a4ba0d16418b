"""BMP: the same pixels as PNG. Source: Microsoft BITMAPFILEHEADER to BITMAPV5HEADER, OS/2 1.x and 2.x headers."""

import struct
from collections import Counter
from dataclasses import dataclass

from doctocbot.images import pixels, profile
from doctocbot.images.formats import bmp_layout, bmp_masks, bmp_runs, png_writer
from doctocbot.images.model import (
    MAX_PIXELS,
    Candidate,
    Outcome,
    RefusalReason,
    RefusedError,
    Removals,
    Removed,
)

_MIMETYPE = "image/bmp"
_OS2_FIRST, _OS2_SECOND, _V5 = 12, 64, 124
_RGB, _RLE8, _RLE4, _BITFIELDS, _ALPHA_BITFIELDS = 0, 1, 2, 3, 6
_RUN_BITS = {_RLE8: 8, _RLE4: 4}
_EMBEDDED, _LINKED = b"DEBM", b"KNIL"


@dataclass(frozen=True, slots=True)
class _Layout:
    """What the headers say: where pixels start and end, how many, how deep and how coded they are."""

    header_size: int
    start: int
    width: int
    height: int
    bits: int
    compression: int

    def end(self, data: bytes) -> int:
        if self.compression in _RUN_BITS:
            if self.start % 2:
                # The reader counts whole words from the beginning of the file, most others from that of the codes.
                raise RefusedError(RefusalReason.UNSUPPORTED_VARIANT)
            codes = data[self.start :]
            return self.start + bmp_runs.require_whole(codes, self.width, self.height, self.bits)
        return self.start + (self.width * self.bits + 31) // 32 * 4 * abs(self.height)


def clean(data: bytes) -> Candidate:
    """Propose the same pixels as PNG; raises RefusedError where they cannot be read whole."""
    layout = _layout(data)
    end = layout.end(data)
    if end > len(data):
        raise RefusedError(RefusalReason.TRUNCATED)
    picture, reference = _decoded(data, layout)
    removed: Counter[Removed] = Counter()
    if bmp_layout.hides(data, layout.header_size, layout.start, layout.bits, layout.compression):
        removed[Removed.OTHER] += 1
    icc, icc_start, icc_end = _profile(data, removed)
    if any(data[end:icc_start]):
        removed[Removed.OTHER] += 1
    if max(end, icc_end) < len(data):
        removed[Removed.TRAILER] += 1
    if pixels.hides_colour(picture) or png_writer.hides_in_palette(picture):
        removed[Removed.OTHER] += 1
    usable = bool(icc) and profile.usable(icc, b"RGB " if picture.mode in ("RGB", "RGBA", "P") else b"GRAY")
    rebuilt = profile.rebuild(icc, icc[16:20]) if usable else b""
    kinds = Removals(removed)
    if rebuilt is None:
        shown = pixels.without_hidden_colour(pixels.bare(pixels.srgb(picture, icc)))
        output = png_writer.encode(shown)
        return Candidate(output, "image/png", Outcome.REENCODED, kinds, srgb=True, reference=shown)
    if rebuilt:
        # The second reader knows nothing of profiles in a BMP: it is told which one the original had.
        picture.info["icc_profile"] = icc
        reference = picture
    return Candidate(
        png_writer.encode(picture, rebuilt), "image/png", Outcome.LOSSLESS, kinds, reference=reference
    )


def _decoded(data: bytes, layout: _Layout) -> tuple[pixels.Picture, pixels.Picture | None]:
    """Decode the pixels, and give them a second time where no other reader can check them."""
    if layout.compression not in (_BITFIELDS, _ALPHA_BITFIELDS):
        return pixels.load(data, _MIMETYPE), None
    alpha = layout.compression == _ALPHA_BITFIELDS or bmp_masks.has_alpha_mask(layout.header_size)
    picture = bmp_masks.decode(data, layout.start, layout.width, layout.height, layout.bits, alpha)
    return picture, picture


def _layout(data: bytes) -> _Layout:
    start, header_size = struct.unpack_from("<II", data, 10)
    if len(data) < 14 + header_size:
        raise RefusedError(RefusalReason.TRUNCATED)
    if header_size == _OS2_FIRST:
        width, height, _, bits = struct.unpack_from("<4H", data, 18)
        compression = _RGB
    else:
        width, height, _, bits, compression = struct.unpack_from("<iiHHI", data, 18)
    _require_known(header_size, compression, bits)
    if width <= 0 or not height:
        raise RefusedError(RefusalReason.DAMAGED)
    if width * abs(height) > MAX_PIXELS:
        raise RefusedError(RefusalReason.TOO_MANY_PIXELS)
    return _Layout(header_size, start, width, height, bits, compression)


def _require_known(header_size: int, compression: int, bits: int) -> None:
    known = compression in (_RGB, _BITFIELDS, _ALPHA_BITFIELDS) or _RUN_BITS.get(compression) == bits
    if header_size == _OS2_SECOND and compression == _BITFIELDS:
        # The number means a fax code there.
        known = False
    if not known:
        raise RefusedError(RefusalReason.UNSUPPORTED_VARIANT)


def _profile(data: bytes, removed: Counter[Removed]) -> tuple[bytes, int, int]:
    """Give the embedded profile, where it begins and where it ends; what is linked instead is the name of a file."""
    if struct.unpack_from("<I", data, 14)[0] != _V5 or data[70:74] not in (_EMBEDDED, _LINKED):
        return b"", 0, 0
    removed[Removed.PROFILE] += 1
    start, size = struct.unpack_from("<II", data, 14 + 112)
    end = 14 + start + size
    icc = data[14 + start : end] if data[70:74] == _EMBEDDED else b""
    return icc, 14 + start, min(end, len(data))
