"""All sixteen bits of PNG and TIFF samples, out of a reader that gives eight at a time.

Pillow opens colours of 16 bits as 8 without a word, but it unpacks either byte of a sample by the byte order it is
told: told both orders in turn, it gives the high bytes and the low ones. Source: PNG third edition section 7.1
(samples are big-endian), TIFF 6.0 section 2; Pillow's unpackers `RGB;16B` and `RGB;16L`.
"""

from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFile, TiffImagePlugin

from doctocbot.images import pixels
from doctocbot.images.model import RefusalReason, RefusedError

Samples: TypeAlias = NDArray[np.uint16]

_SWAPPED = {
    "RGB;16B": "RGB;16L",
    "RGB;16L": "RGB;16B",
    "RGBA;16B": "RGBA;16L",
    "RGBA;16L": "RGBA;16B",
    "RGB;16N": "RGB;16B",
    "RGBA;16N": "RGBA;16B",
}
_PHOTOMETRIC, _WHITE_IS_ZERO = 262, 0
# Grey with alpha has one unpacker only: its four bytes a pixel are read as they stand.
_GREY_ALPHA, _FOUR_BYTES = "LA;16B", "RGBA"


def samples(data: bytes, mimetype: str) -> Samples:
    """Decode a PNG or TIFF of 16 bits whole; gives (height, width, channels), as stored, not turned.

    Raises RefusedError for other depths and for what cannot be read whole.
    """
    high = pixels.opened(data, mimetype)
    rawmodes = {_rawmode(tile.args) for tile in high.tile}
    rawmode = rawmodes.pop() if len(rawmodes) == 1 else ""
    if rawmode.startswith("I;16"):
        grey: Samples = np.asarray(pixels.load(data, mimetype)).astype(np.uint16)[:, :, None]
        if _is_negative(high):
            np.invert(grey, out=grey)
        return grey
    if rawmode == _GREY_ALPHA:
        octets: Samples = np.asarray(_loaded(high, _FOUR_BYTES)).astype(np.uint16)
        octets[:, :, ::2] <<= 8
        return octets[:, :, ::2] | octets[:, :, 1::2]
    if rawmode not in _SWAPPED:
        raise RefusedError(RefusalReason.UNSUPPORTED_VARIANT)
    whole = np.asarray(_loaded(high, rawmode)).astype(np.uint16)
    del high
    whole <<= 8
    whole |= np.asarray(_loaded(pixels.opened(data, mimetype), _SWAPPED[rawmode]))
    return whole


def upright(levels: Samples, orientation: int) -> Samples:
    """Turn samples the right way up by an EXIF orientation (1-8)."""
    if orientation >= 5:
        levels = levels.swapaxes(0, 1)
    # What is left to do once rows and columns stand where they should: mirror left and right, top and bottom.
    across = orientation in (2, 3, 6, 7)
    down = orientation in (3, 4, 7, 8)
    return levels[:: -1 if down else 1, :: -1 if across else 1]


def hides_colour(levels: Samples) -> bool:
    """Whether a fully transparent pixel has a colour other than black."""
    if levels.shape[2] not in (2, 4):
        return False
    return bool(((levels[:, :, -1:] == 0) & (levels[:, :, :-1] != 0)).any())


def without_hidden_colour(levels: Samples) -> Samples:
    """Blacken the colour of fully transparent pixels, as `pixels.without_hidden_colour` does for 8 bits."""
    if levels.shape[2] not in (2, 4):
        return levels
    shown: Samples = (levels[:, :, -1:] != 0).astype(np.uint16)
    return levels * shown


def _rawmode(arguments: object) -> str:
    return str(arguments[0] if isinstance(arguments, tuple) else arguments)


def _is_negative(picture: Image.Image) -> bool:
    # Pillow inverts such a TIFF at every depth but this.
    tags = picture.tag_v2 if isinstance(picture, TiffImagePlugin.TiffImageFile) else {}
    return bool(tags.get(_PHOTOMETRIC, 1) == _WHITE_IS_ZERO)


def _loaded(picture: ImageFile.ImageFile, rawmode: str) -> Image.Image:
    picture.tile = [
        tile._replace(args=(rawmode, *tile.args[1:]) if isinstance(tile.args, tuple) else rawmode)
        for tile in picture.tile
    ]
    return pixels.loaded(picture)
