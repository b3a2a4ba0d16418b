"""Read what is about to leave a second time, and refuse it unless it is the same picture and nothing more."""

import hashlib
import io
from collections.abc import Iterator

import numpy as np
from PIL import Image, ImageCms

from doctocbot.images import deep, jpeg_check, pixels, png_check, structure
from doctocbot.images.model import LEAST_DECIBELS, Candidate, Outcome
from doctocbot.images.pixels import Picture
from doctocbot.images.structure import require

_MOST_COLOUR_LEVELS = 2
_ORIENTATION = 0x0112
_ALLOWED_INFO = frozenset(
    (
        *("jfif", "jfif_version", "jfif_unit", "jfif_density", "adobe", "adobe_transform", "progressive"),
        *("progression", "exif", "icc_profile", "gamma", "srgb", "chromaticity", "transparency", "interlace"),
        *("loop", "background", "timestamp", "duration", "dpi"),
    )
)


def verify(original: bytes, mimetype: str, candidate: Candidate) -> Picture:
    """Return the candidate's decoded picture, upright, if it proves clean and true; raises RefusedError if not.

    Lossless candidates must equal the original pixel by pixel, as shown: the colour of a pixel that is fully
    transparent is not, and must be black. Re-encoded ones must reach 42 dB against the original. A JPEG whose
    coefficients were carried over comes scaled down to about a thumbnail.
    """
    coded = None
    if candidate.mimetype == "image/png":
        coded = png_check.read_clean(candidate.data)
    elif candidate.mimetype == "image/jpeg":
        jpeg_check.require_clean(candidate.data)
    else:
        structure.walk_webp(candidate.data)
    carried_over = jpeg_check.is_carried_over(mimetype, candidate)
    if carried_over:
        output = jpeg_check.read_copy(original, candidate.data)
    else:
        output = pixels.load(candidate.data, candidate.mimetype)
    require(output.info.keys() <= _ALLOWED_INFO)
    require(_is_deep(coded) or not pixels.hides_colour(output))
    shown = output.getexif().get(_ORIENTATION, 1) if candidate.mimetype == "image/jpeg" else 1
    require(shown == (1 if candidate.baked else candidate.orientation))
    if carried_over:
        _require_same_profile(pixels.opened(original, mimetype), candidate)
    elif coded is None or not _has_same_code(original, mimetype, candidate, coded):
        _require_same_picture(original, mimetype, candidate, output, deep_output=_is_deep(coded))
    return output if candidate.baked else pixels.upright(output, candidate.orientation)


def _is_deep(coded: png_check.Coded | None) -> bool:
    return coded is not None and coded.depth == 16


def _has_same_code(original: bytes, mimetype: str, candidate: Candidate, coded: png_check.Coded) -> bool:
    """Whether a PNG carries over header, transparency and scanlines of a PNG: equal ones need no decoding."""
    if mimetype != "image/png" or candidate.outcome is not Outcome.LOSSLESS or candidate.orientation != 1:
        return False
    before = png_check.read_coded(original)
    same = (before.header, before.transparency, before.scanlines) == (
        coded.header,
        coded.transparency,
        coded.scanlines,
    )
    if not same or coded.header[9] == 3:
        return False
    if coded.depth == 16 and coded.has_alpha:
        _require_no_deep_hidden_colour(deep.samples(candidate.data, "image/png"))
    _require_same_profile(pixels.opened(original, mimetype), candidate)
    return True


def _require_same_picture(
    original: bytes, mimetype: str, candidate: Candidate, output: Picture, deep_output: bool
) -> None:
    if candidate.outcome is Outcome.LOSSLESS and deep_output:
        _require_equal_deep(original, mimetype, candidate)
        _require_same_profile(pixels.opened(original, mimetype), candidate)
        return
    reference = _reference(original, mimetype, candidate)
    require(reference.size == output.size)
    if candidate.outcome is Outcome.LOSSLESS:
        _require_equal(reference, output)
    else:
        require(pixels.decibels(reference, output) >= LEAST_DECIBELS)


def _reference(original: bytes, mimetype: str, candidate: Candidate) -> Picture:
    """Give the original as the output must show it: as its format module decoded it, or decoded here."""
    if candidate.reference is not None:
        _require_same_profile(candidate.reference, candidate)
        return candidate.reference
    reference = pixels.load(original, mimetype)
    _require_same_profile(reference, candidate)
    if candidate.srgb:
        reference = pixels.srgb(reference, reference.info["icc_profile"])
    return pixels.upright(reference, candidate.orientation) if candidate.baked else reference


def _require_equal(reference: Picture, output: Picture) -> None:
    plain = reference.mode == output.mode and reference.mode in ("1", "L", "RGB", "CMYK")
    see_through = {"transparency"} & {*reference.info, *output.info}
    mode = reference.mode if plain and not see_through else "RGBA"
    require(_digest(reference, mode) == _digest(output, mode))


def _require_equal_deep(original: bytes, mimetype: str, candidate: Candidate) -> None:
    """Compare samples of 16 bits, which Pillow shows the high bytes of."""
    output = deep.samples(candidate.data, "image/png")
    _require_no_deep_hidden_colour(output)
    reference = deep.without_hidden_colour(deep.samples(original, mimetype))
    require(bool(np.array_equal(deep.upright(reference, candidate.orientation), output)))
    if mimetype == "image/png":
        before, after = png_check.read_coded(original), png_check.read_coded(candidate.data)
        require(after.transparency in (b"", before.transparency))


def _require_no_deep_hidden_colour(levels: deep.Samples) -> None:
    require(bool(np.array_equal(deep.without_hidden_colour(levels), levels)))


def _digest(picture: Picture, mode: str) -> bytes:
    digest = hashlib.sha256()
    for strip in _as_shown(picture, mode):
        digest.update(strip)
    return digest.digest()


def _as_shown(picture: Picture, mode: str) -> Iterator[bytes]:
    for strip in pixels.strips(picture, mode):
        if mode != "RGBA":
            yield strip
            continue
        samples = np.frombuffer(strip, np.uint8).reshape(-1, 4)
        yield (samples * (samples[:, 3:] != 0)).tobytes()


def _require_same_profile(reference: Picture, candidate: Candidate) -> None:
    """Let no output show its colours by another profile than the original's, but for what rounding does."""
    output = pixels.opened(candidate.data, candidate.mimetype)
    before, after = reference.info.get("icc_profile"), output.info.get("icc_profile")
    if candidate.srgb:
        require(not after)
        return
    if not after or before == after:
        return
    require(bool(before))
    grey = reference.mode in ("1", "L", "LA") or reference.mode.startswith("I")
    swatch = _swatch("L" if grey else "RGB")
    difference = np.abs(_in_srgb(swatch, before or b"") - _in_srgb(swatch, after))
    require(int(difference.max()) <= _MOST_COLOUR_LEVELS)


def _swatch(mode: str) -> Picture:
    if mode == "L":
        return Image.frombytes("L", (256, 1), bytes(range(256)))
    levels = np.linspace(0, 255, 16).astype(np.uint8)
    cube = np.stack(np.meshgrid(levels, levels, levels), axis=-1).reshape(64, 64, 3)
    return Image.frombytes("RGB", (64, 64), cube.tobytes())


def _in_srgb(swatch: Picture, icc: bytes) -> "np.ndarray[tuple[int, ...], np.dtype[np.int16]]":
    try:
        source = ImageCms.getOpenProfile(io.BytesIO(icc))
        turned = ImageCms.profileToProfile(swatch, source, ImageCms.createProfile("sRGB"), outputMode="RGB")
    except (ImageCms.PyCMSError, OSError, ValueError):
        turned = None
    require(turned is not None)
    return np.asarray(turned, np.int16)
