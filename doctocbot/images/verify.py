"""Read what is about to leave a second time, and refuse it unless it is the same picture and nothing more."""

import hashlib
import io

import numpy as np
from PIL import Image, ImageCms

from doctocbot.images import pixels, structure
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

    Lossless candidates must equal the original pixel by pixel; re-encoded ones must reach 42 dB against it.
    """
    structure.walk(candidate.data, candidate.mimetype)
    output = pixels.load(candidate.data, candidate.mimetype)
    require(output.info.keys() <= _ALLOWED_INFO)
    shown = output.getexif().get(_ORIENTATION, 1) if candidate.mimetype == "image/jpeg" else 1
    require(shown == (1 if candidate.baked else candidate.orientation))
    reference = pixels.load(original, mimetype)
    _require_same_colours(reference, output, candidate)
    if candidate.srgb:
        reference = pixels.srgb(reference, reference.info["icc_profile"])
    if candidate.baked:
        reference = pixels.upright(reference, candidate.orientation)
    require(reference.size == output.size)
    if candidate.outcome is Outcome.LOSSLESS:
        _require_equal(reference, output)
        if mimetype == candidate.mimetype == "image/png":
            _require_equal_depth(original, candidate)
    else:
        require(pixels.decibels(reference, output) >= LEAST_DECIBELS)
    return output if candidate.baked else pixels.upright(output, candidate.orientation)


def _require_equal(reference: Picture, output: Picture) -> None:
    mode = reference.mode if reference.mode == output.mode and reference.mode != "P" else "RGBA"
    if reference.mode.startswith("I") or output.mode.startswith("I"):
        require(reference.mode[:4] == output.mode[:4] == "I;16")
        mode = "I;16"
    if mode == reference.mode:
        require(reference.info.get("transparency") == output.info.get("transparency"))
    require(_digest(reference, mode) == _digest(output, mode))


def _require_equal_depth(original: bytes, candidate: Candidate) -> None:
    before, after = structure.png_samples(original), structure.png_samples(candidate.data)
    if before[0][8] == 16:
        # Pillow compares the high bytes alone; a turned 16-bit picture is grey, which it reads whole.
        require(after[0][8] == 16)
        require(before == after or (candidate.orientation != 1 and before[0][9] == 0))


def _digest(picture: Picture, mode: str) -> bytes:
    digest = hashlib.sha256()
    for strip in pixels.strips(picture, mode):
        digest.update(strip)
    return digest.digest()


def _require_same_colours(reference: Picture, output: Picture, candidate: Candidate) -> None:
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
