"""Pixels of a BMP whose samples are told by bit masks, more of which exist than the usual reader knows.

Source: Microsoft, BITMAPINFOHEADER and BITMAPV4HEADER (BI_BITFIELDS, BI_ALPHABITFIELDS).
"""

import struct

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from doctocbot.images.model import RefusalReason, RefusedError

_MASKS = 54
_WITH_ALPHA = 56


def decode(data: bytes, start: int, width: int, height: int, bits: int, has_alpha: bool) -> Image.Image:
    """Decode rows of 16 or 32 bits a pixel that begin at `start`; a positive height counts from the foot.

    Samples are scaled to 8 bits and rounded, as browsers do. Raises RefusedError for masks that make no sense.
    """
    if bits not in (16, 32) or len(data) < _MASKS + 16:
        raise RefusedError(RefusalReason.UNSUPPORTED_VARIANT)
    masks = struct.unpack_from("<4I" if has_alpha else "<3I", data, _MASKS)
    words = (width * bits + 31) // 32 * 32 // bits
    kind = "<u2" if bits == 16 else "<u4"
    pixels = np.frombuffer(data, kind, words * abs(height), start).reshape(abs(height), words)[:, :width]
    pixels = pixels[::-1] if height > 0 else pixels
    if has_alpha and not masks[3]:
        masks = masks[:3]
    return Image.fromarray(np.stack([_samples(pixels, mask) for mask in masks], axis=-1))


def has_alpha_mask(header_size: int) -> bool:
    """Whether a header of this size has room for the mask of a fourth sample."""
    return header_size >= _WITH_ALPHA


def _samples(pixels: NDArray[np.unsignedinteger], mask: int) -> NDArray[np.uint8]:
    shift = (mask & -mask).bit_length() - 1
    most = mask >> shift if mask else 0
    if most & (most + 1):
        raise RefusedError(RefusalReason.UNSUPPORTED_VARIANT)
    if not most:
        return np.zeros(pixels.shape, np.uint8)
    levels = (pixels.astype(np.uint64) & mask) >> shift
    return ((levels * 255 + most // 2) // most).astype(np.uint8)
