"""TIFF: the same samples as PNG, for one page of grey, palette or RGB at up to 16 bits.

What TIFF can hold and PNG cannot (CMYK) is turned to sRGB; what was coded with loss (JPEG) is encoded as JPEG
again.
Source: TIFF 6.0 sections 2 to 8, 13 to 16 and 18; TIFF Technical Note 2 (JPEG).
"""

from collections import Counter

from doctocbot.images import deep, exif, pixels, profile, turbo
from doctocbot.images.formats import jpeg, png_writer, tiff_fax, tiff_slack
from doctocbot.images.model import (
    MAX_PIXELS,
    Candidate,
    Outcome,
    RefusalReason,
    RefusedError,
    Removals,
    Removed,
)

_MIMETYPE = "image/tiff"
_WIDTH, _HEIGHT, _BITS, _COMPRESSION, _PHOTOMETRIC, _SAMPLE_FORMAT = 256, 257, 258, 259, 262, 339
_EXTRA_SAMPLES, _PREMULTIPLIED = 338, 1
_STRIPS, _TILES, _JPEG_TABLES = (273, 279), (324, 325), 347
_SUB_DIRECTORIES, _DNG_VERSION = 330, 50706
_MAX_PIECES = 1 << 20
_WHITE_IS_ZERO, _BLACK_IS_ZERO, _RGB, _PALETTE, _CMYK, _YCBCR = 0, 1, 2, 3, 5, 6
_DEPTHS = {
    **dict.fromkeys((_WHITE_IS_ZERO, _BLACK_IS_ZERO), ((1,), (2,), (4,), (8,), (8, 8), (16,))),
    _RGB: ((8,) * 3, (8,) * 4, (16,) * 3, (16,) * 4),
    _PALETTE: ((1,), (2,), (4,), (8,)),
    _CMYK: ((8,) * 4,),
    _YCBCR: ((8,) * 3,),
}
_JPEG = 7
# None, fax of group 4, LZW, the two names of Deflate, PackBits.
_LOSSLESS = frozenset((1, tiff_fax.GROUP_4, 5, 8, 32946, 32773))
_SPACES = {"CMYK": b"CMYK", **dict.fromkeys(("RGB", "RGBA", "P"), b"RGB ")}


def clean(data: bytes) -> Candidate:
    """Propose the same samples as PNG; raises RefusedError for several pages and what no reader here gives whole."""
    _require_one_plain_page(data)
    compression = (exif.numbers(data, _COMPRESSION) or (1,))[0]
    removed: Counter[Removed] = Counter()
    if exif.orientation(data) != 1:
        # The reader turns a TIFF by itself as it decodes.
        removed[Removed.ORIENTATION] += 1
    if compression == _JPEG:
        _require_flawless_jpeg(data)
    picture = pixels.load(data, _MIMETYPE)
    removed.update(tiff_slack.kinds(data, _pieces(data), len(picture.getbands())))
    if compression == tiff_fax.GROUP_4:
        tiff_fax.require_whole(data, picture, _pieces(data))
    icc = picture.info.get("icc_profile") or b""
    if icc:
        removed[Removed.PROFILE] += 1
    space = _SPACES.get(picture.mode, b"GRAY")
    icc = icc if icc and profile.usable(icc, space) else b""
    rebuilt = profile.rebuild(icc, space) if icc else b""
    if compression == _JPEG or picture.mode in ("CMYK", "YCbCr") or rebuilt is None:
        return _encoded_again(picture, icc, removed, as_jpeg=compression == _JPEG)
    if pixels.hides_colour(picture) or png_writer.hides_in_palette(picture):
        removed[Removed.OTHER] += 1
    colour = [(b"iCCP", png_writer.profile_chunk(rebuilt))] if rebuilt else []
    if set(exif.numbers(data, _BITS)) == {16}:
        levels = deep.without_hidden_colour(deep.samples(data, _MIMETYPE))
        output = png_writer.encode_deep(levels, colour)
    else:
        output = png_writer.encode(picture, rebuilt)
    return Candidate(output, "image/png", Outcome.LOSSLESS, Removals(removed))


def _encoded_again(
    picture: pixels.Picture, icc: bytes, removed: Counter[Removed], as_jpeg: bool
) -> Candidate:
    if picture.mode.startswith("I"):
        # The colour engine at hand takes and gives 8 bits.
        raise RefusedError(RefusalReason.UNSUPPORTED_VARIANT)
    if picture.mode == "YCbCr" or (picture.mode == "CMYK" and not icc):
        picture = picture.convert("RGB")
    picture = pixels.bare(pixels.srgb(picture, icc) if icc else picture)
    output = jpeg.encode_faithfully(picture) if as_jpeg else png_writer.encode(picture)
    mimetype = "image/jpeg" if as_jpeg else "image/png"
    removed_kinds = Removals(removed)
    return Candidate(output, mimetype, Outcome.REENCODED, removed_kinds, srgb=True, reference=picture)


def _require_one_plain_page(data: bytes) -> None:
    if data[2:4] not in (b"*\x00", b"\x00*"):
        raise RefusedError(RefusalReason.UNSUPPORTED_VARIANT)
    size = exif.numbers(data, _WIDTH) + exif.numbers(data, _HEIGHT)
    if len(size) != 2 or 0 in size:
        raise RefusedError(RefusalReason.DAMAGED)
    if size[0] * size[1] > MAX_PIXELS:
        raise RefusedError(RefusalReason.TOO_MANY_PIXELS)
    if exif.numbers(data, _SUB_DIRECTORIES) or exif.has_tag(data, _DNG_VERSION):
        # Raw photographs keep the picture elsewhere and show a small one here.
        raise RefusedError(RefusalReason.UNSUPPORTED_VARIANT)
    if exif.has_second_directory(data):
        raise RefusedError(RefusalReason.SEVERAL_PAGES)
    _require_known_samples(data)
    for start, length in _pieces(data):
        if not length or start + length > len(data):
            raise RefusedError(RefusalReason.TRUNCATED)


def _require_known_samples(data: bytes) -> None:
    bits = exif.numbers(data, _BITS) or (1,)
    if bits == (1,) and exif.has_tag(data, _BITS) and not exif.numbers(data, _BITS):
        raise RefusedError(RefusalReason.TRUNCATED)
    photometric = (*exif.numbers(data, _PHOTOMETRIC), -1)[0]
    compression = (exif.numbers(data, _COMPRESSION) or (1,))[0]
    whole = set(exif.numbers(data, _SAMPLE_FORMAT)) <= {1}
    coded = compression in _LOSSLESS if photometric != _YCBCR else compression == _JPEG
    if compression == _JPEG and photometric in (_BLACK_IS_ZERO, _RGB) and set(bits) == {8}:
        coded = True
    if photometric == _WHITE_IS_ZERO and bits == (16,) and data[:2] == b"MM":
        # The one order of bytes in which the reader does not know this depth.
        coded = False
    if _PREMULTIPLIED in exif.numbers(data, _EXTRA_SAMPLES):
        # Colours that were multiplied by their alpha cannot be divided again exactly.
        coded = False
    if not whole or not coded or bits not in _DEPTHS.get(photometric, ()):
        raise RefusedError(RefusalReason.UNSUPPORTED_VARIANT)


def _pieces(data: bytes) -> list[tuple[int, int]]:
    """List the strips or tiles, each by its place and length; raises RefusedError where that is not told."""
    for offsets, lengths in (_STRIPS, _TILES):
        starts = exif.numbers(data, offsets, _MAX_PIECES)
        sizes = exif.numbers(data, lengths, _MAX_PIECES)
        if starts and len(starts) == len(sizes):
            return list(zip(starts, sizes, strict=True))
    raise RefusedError(RefusalReason.DAMAGED)


def _require_flawless_jpeg(data: bytes) -> None:
    """Decode every strip or tile with a reader that stops at the first warning: libtiff paints over what is missing."""
    tables = exif.octets(data, _JPEG_TABLES)
    for start, length in _pieces(data):
        piece = data[start : start + length]
        if tables:
            piece = tables[:-2] + piece[2:]
        try:
            turbo.decode(piece)
        except turbo.TurboError as error:
            raise RefusedError(
                RefusalReason.TRUNCATED if error.truncated else RefusalReason.DAMAGED
            ) from error
