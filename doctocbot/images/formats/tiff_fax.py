"""Prove that a fax page was read whole: its reader paints what it cannot make out white, and says nothing.

Group 4 leaves an encoder no choice, so the rows that were read, encoded again, must give the codes that stand in the
file. Group 3 leaves choices (fill bits, ends of lines) and cannot be proved so. Source: ITU-T T.6 section 2.2.4, TIFF
6.0 section 11.
"""

import io

from PIL import Image, ImageChops

from doctocbot.images import exif, pixels
from doctocbot.images.model import RefusalReason, RefusedError

GROUP_4 = 4
_OFFSETS, _LENGTHS, _ROWS, _PHOTOMETRIC, _FILL_ORDER = 273, 279, 278, 262, 266
_WHITE_IS_ZERO, _LOW_BIT_FIRST = 0, 2
# Two end-of-line codes close the codes of a strip, then bits fill the last byte up: these are not compared.
_CLOSING = 4
# Turns that are not their own opposites.
_BACK = {6: 8, 8: 6}
_MIRRORED = bytes(int(f"{value:08b}"[::-1], 2) for value in range(256))


def require_whole(data: bytes, picture: Image.Image, strips: list[tuple[int, int]]) -> None:
    """Raise RefusedError unless the strips of a Group 4 page code just the rows of the picture read from them."""
    # The reader has turned the picture upright already.
    turn = exif.orientation(data)
    picture = pixels.upright(picture, _BACK.get(turn, turn))
    height = min((*exif.numbers(data, _ROWS), picture.height)[0], picture.height)
    if picture.mode != "1" or not height or -(-picture.height // height) != len(strips):
        raise RefusedError(RefusalReason.UNSUPPORTED_VARIANT)
    # The writer that is asked for codes takes zero for black.
    negative = exif.numbers(data, _PHOTOMETRIC) == (_WHITE_IS_ZERO,)
    for number, (start, length) in enumerate(strips):
        codes = data[start : start + length]
        if exif.numbers(data, _FILL_ORDER) == (_LOW_BIT_FIRST,):
            codes = codes.translate(_MIRRORED)
        top = number * height
        rows = picture.crop((0, top, picture.width, min(top + height, picture.height)))
        expected = _codes(ImageChops.invert(rows) if negative else rows)
        if codes[: len(expected) - _CLOSING] != expected[:-_CLOSING]:
            raise RefusedError(RefusalReason.DAMAGED)


def _codes(rows: Image.Image) -> bytes:
    buffer = io.BytesIO()
    rows.info = {}
    rows.save(buffer, "TIFF", compression="group4", tiffinfo={_ROWS: rows.height})
    page = buffer.getvalue()
    (start,), (length,) = exif.numbers(page, _OFFSETS), exif.numbers(page, _LENGTHS)
    return page[start : start + length]
