"""TIFF: the same samples as PNG, for one page of 1, 8 or 16-bit grey, or 8-bit colour. Source: TIFF 6.0."""

from doctocbot.images import exif, pixels, profile
from doctocbot.images.formats import png_writer
from doctocbot.images.model import MAX_PIXELS, Candidate, Outcome, RefusalReason, RefusedError, Removed

_WIDTH, _HEIGHT, _BITS, _PHOTOMETRIC, _SUB_DIRECTORIES, _SAMPLE_FORMAT = 256, 257, 258, 262, 330, 339
_ICC = 34675
_BLACK_IS_ZERO = 1


def clean(data: bytes) -> Candidate:
    """Propose the same samples as PNG; raises RefusedError for several pages and depths that would be lost."""
    _require_one_plain_page(data)
    removed = set(exif.kinds_named(data))
    if exif.orientation(data) != 1:
        # The reader turns a TIFF by itself as it decodes.
        removed.add(Removed.ORIENTATION)
    picture = pixels.load(data, "image/tiff")
    icc = picture.info.get("icc_profile") or b""
    space = b"RGB " if picture.mode in ("RGB", "RGBA", "P") else b"GRAY"
    rebuilt: bytes | None = b""
    if icc:
        removed.add(Removed.PROFILE)
        rebuilt = profile.rebuild(icc, space) if profile.usable(icc, space) else b""
    if rebuilt is None:
        output = png_writer.encode(pixels.srgb(picture, icc))
        return Candidate(output, "image/png", Outcome.REENCODED, frozenset(removed), srgb=True)
    output = png_writer.encode(picture, rebuilt)
    return Candidate(output, "image/png", Outcome.LOSSLESS, frozenset(removed))


def _require_one_plain_page(data: bytes) -> None:
    if data[2:4] not in (b"*\x00", b"\x00*"):
        raise RefusedError(RefusalReason.UNSUPPORTED_VARIANT)
    size = exif.numbers(data, _WIDTH) + exif.numbers(data, _HEIGHT)
    if len(size) != 2 or 0 in size:
        raise RefusedError(RefusalReason.DAMAGED)
    if size[0] * size[1] > MAX_PIXELS:
        raise RefusedError(RefusalReason.TOO_MANY_PIXELS)
    if exif.numbers(data, _SUB_DIRECTORIES):
        # Raw photographs keep the picture elsewhere and show a small one here.
        raise RefusedError(RefusalReason.UNSUPPORTED_VARIANT)
    if exif.has_second_directory(data):
        raise RefusedError(RefusalReason.SEVERAL_PAGES)
    bits = exif.numbers(data, _BITS) or (1,)
    grey16 = bits == (16,) and exif.numbers(data, _PHOTOMETRIC) == (_BLACK_IS_ZERO,)
    whole = set(exif.numbers(data, _SAMPLE_FORMAT)) <= {1}
    if not whole or not (set(bits) == {8} or bits == (1,) or grey16):
        raise RefusedError(RefusalReason.UNSUPPORTED_VARIANT)
