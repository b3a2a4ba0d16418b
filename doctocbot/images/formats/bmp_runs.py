"""Run-length codes of BMP, read only to know that they paint every pixel once and then say so.

Source: Microsoft, "Bitmap Compression" (BI_RLE8, BI_RLE4).
"""

from doctocbot.images.model import RefusalReason, RefusedError

_END_OF_LINE, _END_OF_BITMAP, _DELTA = 0, 1, 2


def require_whole(codes: bytes, width: int, height: int, bits: int) -> int:
    """Count the bytes of the codes of a picture of 8 or 4 bits a pixel.

    Raises RefusedError where they end early, or leave pixels that each viewer paints in a colour of its own choice.
    """
    at, column, rows = 0, 0, 0
    while at + 2 <= len(codes):
        count, value = codes[at], codes[at + 1]
        at += 2
        if count:
            column += count
        elif value > _DELTA:
            column += value
            at += (value * bits + 15) // 16 * 2
        elif value == _DELTA:
            raise RefusedError(RefusalReason.UNSUPPORTED_VARIANT)
        elif value == _END_OF_LINE or column:
            # Some writers fill lines up to whole words; every viewer cuts what is too much.
            _require_full(column >= width)
            column, rows = 0, rows + 1
        if not count and value == _END_OF_BITMAP:
            _require_full(rows == height)
            return at
        _require_full(rows <= height)
    raise RefusedError(RefusalReason.TRUNCATED)


def _require_full(condition: bool) -> None:
    if not condition:
        raise RefusedError(RefusalReason.UNSUPPORTED_VARIANT)
