"""HEIC: decoded and re-encoded as JPEG at quality 95 (PNG with alpha), upright and in sRGB.

Which way up the picture is, and how it is cropped, stand in boxes (`irot`, `imir`, `clap`) that the decoder obeys; an
orientation in EXIF repeats them for information only (ISO/IEC 23008-12 annex A) and must not turn the picture again.
Samples of 10 or 12 bits become 8. Auxiliary pictures (depth, mattes, gain maps) and thumbnails are not decoded.
"""

from collections import Counter
from collections.abc import Mapping
from typing import Any

import pillow_heif

from doctocbot.images import embedded, exif, pixels, profile
from doctocbot.images.formats import isobmff, jpeg, png_writer
from doctocbot.images.model import (
    MAX_PIXELS,
    Candidate,
    Outcome,
    RefusalReason,
    RefusedError,
    Removals,
    Removed,
)

# Every thread of the decoder would reserve an arena of address space, of which a worker has one gibibyte.
pillow_heif.options.DECODE_THREADS = 0

_CODINGS = frozenset((b"hvc1", b"grid", b"iden"))
_BT709, _DISPLAY_P3, _UNSPECIFIED = 1, 12, 2
# Transfer curves that are shown as sRGB is: BT.709 and its kin, sRGB itself, unspecified (H.273 table 3).
_PLAIN_TRANSFERS = frozenset((1, 2, 6, 13, 14, 15))
_PLAIN_PRIMARIES = frozenset((_BT709, _UNSPECIFIED, 5, 6))


def clean(data: bytes) -> Candidate:
    """Propose a JPEG of the one picture inside; raises RefusedError for sequences, several pictures and HDR."""
    still = isobmff.inspect(data)
    if still.coding not in _CODINGS:
        raise RefusedError(RefusalReason.UNSUPPORTED_VARIANT)
    picture, info = _decoded(data)
    removed = still.removed + metadata_kinds(info)
    return reencoded(picture, bytes(info.get("icc_profile") or b""), still, removed)


def metadata_kinds(info: Mapping[Any, Any]) -> Counter[Removed]:
    """Count what stands in the EXIF and XMP that a reader found, and their colour profile."""
    removed: Counter[Removed] = Counter()
    block = info.get("exif")
    if isinstance(block, bytes) and block:
        # Past whatever offset and `Exif` head stand before the TIFF block.
        starts = [at for at in (block.find(b"II*\0", 0, 16), block.find(b"MM\0*", 0, 16)) if at >= 0]
        found = exif.kinds_of_entries(block[min(starts) :] if starts else b"")
        removed.update(found or {Removed.OTHER: 1})
    packet = info.get("xmp")
    if isinstance(packet, bytes) and packet:
        removed.update(embedded.xmp_kinds(packet))
    if info.get("icc_profile"):
        removed[Removed.PROFILE] += 1
    return removed


def reencoded(
    picture: pixels.Picture, icc: bytes, still: isobmff.Still, removed: Counter[Removed]
) -> Candidate:
    """Propose an upright picture as JPEG, or as PNG with alpha, its colours turned to sRGB."""
    if not profile.usable(icc, b"RGB "):
        icc = nclx_profile(still.nclx)
    if icc:
        picture = pixels.srgb(picture, icc)
    picture = pixels.bare(picture)
    if picture.mode == "RGBA" and picture.getchannel("A").getextrema() == (255, 255):
        picture = picture.convert("RGB")
    alpha = picture.mode == "RGBA"
    if alpha:
        picture = pixels.without_hidden_colour(picture)
    output = png_writer.encode(picture) if alpha else jpeg.encode_faithfully(picture)
    mimetype = "image/png" if alpha else "image/jpeg"
    return Candidate(output, mimetype, Outcome.REENCODED, Removals(removed), srgb=True, reference=picture)


def nclx_profile(nclx: tuple[int, int, int] | None) -> bytes:
    """Build the profile that H.273 code points stand for, empty for sRGB; raises RefusedError for HDR."""
    primaries, transfer, _ = nclx or (_BT709, 13, 0)
    if transfer not in _PLAIN_TRANSFERS:
        raise RefusedError(RefusalReason.UNSUPPORTED_VARIANT)
    if primaries in _PLAIN_PRIMARIES:
        return b""
    if primaries == _DISPLAY_P3:
        return profile.display_p3()
    raise RefusedError(RefusalReason.UNSUPPORTED_VARIANT)


def _decoded(data: bytes) -> tuple[pixels.Picture, dict[Any, Any]]:
    try:
        image = pillow_heif.open_heif(data, convert_hdr_to_8bit=True)
        if image.size[0] * image.size[1] > MAX_PIXELS:
            raise RefusedError(RefusalReason.TOO_MANY_PIXELS)
        picture: pixels.Picture = image.to_pillow()
    except pixels.DECODE_ERRORS as error:
        cut = isinstance(error, EOFError) or "end" in str(error).lower()
        raise RefusedError(RefusalReason.TRUNCATED if cut else RefusalReason.DAMAGED) from error
    info = dict(image.info)
    picture.info = {}
    if picture.mode in ("RGBa", "La"):
        picture = picture.convert("RGBA")
    elif picture.mode not in ("L", "RGB", "RGBA"):
        picture = picture.convert("RGBA" if picture.mode == "LA" else "RGB")
    return picture, info
