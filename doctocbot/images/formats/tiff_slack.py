"""Account for the bytes and tags of a TIFF: words can stand in all that makes no part of the picture.

Source: TIFF 6.0 sections 2 to 8, 15, 21 and 22; TIFF Technical Note 2 (JPEG).
"""

import zlib
from collections import Counter
from collections.abc import Sequence

from doctocbot.images import exif
from doctocbot.images.model import Removed

_WIDTH, _HEIGHT, _BITS, _COMPRESSION, _ORIENTATION, _SAMPLES, _ROWS = 256, 257, 258, 259, 274, 277, 278
_PLANES, _EXTRA, _TILE_WIDTH, _TILE_HEIGHT, _PROFILE = 284, 338, 322, 323, 34675
_UNPACKED, _DEFLATE, _SEPARATE = 1, (8, 32946), 2
_ANY = 1 << 20
# The tags that make the picture, each with how many values it can have there; and those that are named elsewhere.
_PICTURE = {
    **dict.fromkeys((254, 255, _WIDTH, _HEIGHT, _COMPRESSION, 262, 263, 266, _SAMPLES, _ROWS), 1),
    **dict.fromkeys((282, 283, _PLANES, 292, 293, 296, 317, _TILE_WIDTH, _TILE_HEIGHT, 531), 1),
    **dict.fromkeys((_BITS, _EXTRA, 280, 281, 339), 5),
    **dict.fromkeys((273, 279, 324, 325), _ANY),
    **dict.fromkeys((297, 318, 530), 2),
    **dict.fromkeys((319, 532), 6),
    320: 3 * 256,
    347: _ANY,
    529: 3,
    _ORIENTATION: 1,
    _PROFILE: _ANY,
}


def kinds(data: bytes, pieces: Sequence[tuple[int, int]], bands: int) -> Counter[Removed]:
    """Count what the tags tell of, and whatever but zeros stands where no tag, strip or tile has its place.

    `pieces` are the strips or tiles as start and length, `bands` the samples of a pixel that come out.
    """
    picture = {tag for tag, count in exif.tags(data).items() if count <= _PICTURE.get(tag, -1)}
    found = exif.kinds_of_entries(data, silent=picture)
    samples = (exif.numbers(data, _SAMPLES) or (1,))[0]
    found[Removed.OTHER] += samples > bands or _has_slack(data, pieces)
    spans = [(0, 8), *exif.directory_spans(data), *((start, start + length) for start, length in pieces)]
    covered, gaps = 0, False
    for start, end in sorted(spans):
        gaps = gaps or any(data[covered:start])
        covered = max(covered, end)
    found[Removed.OTHER] += gaps
    found[Removed.TRAILER] += any(data[covered:])
    return found


def _has_slack(data: bytes, pieces: Sequence[tuple[int, int]]) -> bool:
    """Whether there are more strips or tiles, or longer ones, than the picture takes."""
    width, height, per_pixel, columns, rows = _layout(data)
    count = -(-width // columns) * -(-height // rows)
    samples = (exif.numbers(data, _SAMPLES) or (1,))[0]
    planes = samples if exif.numbers(data, _PLANES) == (_SEPARATE,) else 1
    if len(pieces) > count * planes:
        return True
    compression = (exif.numbers(data, _COMPRESSION) or (_UNPACKED,))[0]
    if compression == _UNPACKED:
        most = -(-columns * per_pixel // planes // 8) * rows
        return any(length > most for _, length in pieces)
    return compression in _DEFLATE and any(_goes_on(data[start : start + length]) for start, length in pieces)


def _layout(data: bytes) -> tuple[int, int, int, int, int]:
    """Give width, height, bits of a pixel, and columns and rows of a strip or tile."""
    (width,), (height,) = exif.numbers(data, _WIDTH), exif.numbers(data, _HEIGHT)
    bits = sum(exif.numbers(data, _BITS)) or 1
    columns, rows = exif.numbers(data, _TILE_WIDTH), exif.numbers(data, _TILE_HEIGHT)
    if columns and rows:
        return width, height, bits, max(1, columns[0]), max(1, rows[0])
    return width, height, bits, width, max(1, min(height, (exif.numbers(data, _ROWS) or (height,))[0]))


def _goes_on(packed: bytes) -> bool:
    unpacker = zlib.decompressobj()
    rest = packed
    while rest and not unpacker.eof:
        unpacker.decompress(rest, 1 << 20)
        rest = unpacker.unconsumed_tail
    return any(unpacker.unused_data)
