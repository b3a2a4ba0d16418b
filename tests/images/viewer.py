"""Readers for the tests, which share nothing with the scrubber's: pixels as a viewer shows them, and what is hidden."""

import io
import re
import struct
import zlib

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageCms

from tests.images.manifest import turned

_ORIENTATION = 0x0112
_CHANNELS = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}


def as_a_viewer_shows(data: bytes) -> Image.Image:
    """The picture the right way up, as EXIF in a JPEG has it."""
    picture = Image.open(io.BytesIO(data))
    turn = picture.getexif().get(_ORIENTATION, 1) if picture.format in ("JPEG", "MPO") else 1
    return turned(picture, turn)


def pixels_of(picture: Image.Image) -> NDArray[np.uint8]:
    """What one sees: the samples, and nothing of the colours where the picture is wholly transparent."""
    if picture.mode.startswith("I"):
        return np.asarray(picture).astype(np.uint16).view(np.uint8)
    if picture.mode == "CMYK":
        return np.asarray(picture)
    levels = np.array(picture.convert("RGBA"))
    levels[levels[..., 3] == 0] = 0
    return levels


def in_srgb(picture: Image.Image) -> Image.Image:
    """The picture as a colour-managed viewer shows it."""
    icc = picture.info.get("icc_profile")
    alpha = "A" in picture.mode
    flat = picture.convert("RGBA" if alpha else "RGB") if picture.mode in ("P", "1") or alpha else picture
    if not icc:
        return flat.convert("RGBA" if alpha else "RGB")
    try:
        source = ImageCms.getOpenProfile(io.BytesIO(icc))
        target, mode = ImageCms.createProfile("sRGB"), "RGBA" if alpha else "RGB"
        shown = ImageCms.profileToProfile(flat, source, target, ImageCms.Intent.RELATIVE_COLORIMETRIC, mode)
    except (ImageCms.PyCMSError, OSError):
        # A viewer passes over a profile that it cannot use.
        shown = flat.convert("RGB")
    assert shown is not None
    return shown


def levels_apart(before: Image.Image, after: Image.Image) -> NDArray[np.int16]:
    """How far two pictures are apart in each sample, where anything is to be seen."""
    first, second = (pixels_of(each.convert("RGBA")).astype(np.int16) for each in (before, after))
    apart: NDArray[np.int16] = np.abs(first - second)
    return apart


def decibels(before: Image.Image, after: Image.Image) -> float:
    """The peak signal-to-noise ratio of two pictures, over their colours."""
    squares = np.square(levels_apart(before, after)[..., :3].astype(np.float64)).mean()
    return 100.0 if squares == 0 else float(10 * np.log10(255**2 / squares))


def inflated(data: bytes) -> bytes:
    """Whatever is deflated anywhere in a file."""
    found = b""
    for start in (match.start() for match in re.finditer(rb"\x78[\x01\x5e\x9c\xda]", data)):
        inflater = zlib.decompressobj()
        try:
            found += inflater.decompress(data[start:], 1 << 20)
        except zlib.error:
            continue
    return found


def png_samples(data: bytes) -> NDArray[np.uint16]:
    """All samples of a PNG that is not interlaced, unfiltered, at full depth: (height, width, channels)."""
    width, height, depth, kind = struct.unpack_from(">IIBB", data, 16)
    packed, at = b"", 8
    while at < len(data):
        size, name = struct.unpack_from(">I4s", data, at)
        packed += data[at + 8 : at + 8 + size] if name == b"IDAT" else b""
        at += size + 12
    step = max(1, depth * _CHANNELS[kind] // 8)
    rows = _unfiltered(zlib.decompress(packed), height, step)
    if depth == 16:
        return rows.reshape(height, width, -1, 2).astype(np.uint16) @ np.array([256, 1], np.uint16)
    assert depth == 8
    return rows.reshape(height, width, -1).astype(np.uint16)


def _unfiltered(packed: bytes, height: int, step: int) -> NDArray[np.uint8]:
    """Undo the five filters of PNG (ISO 15948 section 9), sample by sample."""
    stride = len(packed) // height
    rows = np.zeros((height, stride - 1), np.uint8)
    above = [0] * (stride - 1)
    for line in range(height):
        kind, *row = packed[line * stride : (line + 1) * stride]
        for at in range(stride - 1):
            left, up = row[at - step] if at >= step else 0, above[at]
            corner = above[at - step] if at >= step else 0
            row[at] = (row[at] + _predicted(kind, left, up, corner)) & 0xFF
        rows[line] = row
        above = row
    return rows


def _predicted(kind: int, left: int, up: int, corner: int) -> int:
    if kind < 4:
        return (0, left, up, (left + up) // 2)[kind]
    guess = left + up - corner
    return min((left, up, corner), key=lambda each: abs(guess - each))
