"""Filter the rows of a PNG for deflation: for each row the filter whose bytes are smallest, as the standard advises.

Source: PNG third edition (W3C, 2025), sections 9.2 (filter types) and 12.7 (choosing one).
"""

import numpy as np
from numpy.typing import NDArray

Rows = NDArray[np.uint8]

_STRIP_BYTES = 1 << 20


def unfiltered(rows: Rows) -> bytes:
    """Give rows (height, bytes a row) with filter 0, which suits few colours best."""
    output = np.zeros((rows.shape[0], rows.shape[1] + 1), np.uint8)
    output[:, 1:] = rows
    return output.tobytes()


def filtered(rows: Rows, pixel_bytes: int, kinds: Rows | None = None) -> bytes:
    """Give rows (height, bytes a row) filtered, each by its best filter, or by the one in `kinds` (0-4 a row).

    `pixel_bytes` is at least 1.
    """
    output = np.empty((rows.shape[0], rows.shape[1] + 1), np.uint8)
    height = max(1, _STRIP_BYTES // max(1, rows.shape[1]))
    for top in range(0, rows.shape[0], height):
        strip = rows[top : top + height]
        above = np.zeros_like(strip)
        above[1:] = strip[:-1]
        if top:
            above[0] = rows[top - 1]
        wanted = None if kinds is None else kinds[top : top + height]
        _filter_strip(strip, above, pixel_bytes, wanted, output[top : top + height])
    return output.tobytes()


def _filter_strip(strip: Rows, above: Rows, pixel_bytes: int, wanted: Rows | None, output: Rows) -> None:
    left, upper_left = _shifted(strip, pixel_bytes), _shifted(above, pixel_bytes)
    average = ((left.astype(np.uint16) + above) >> 1).astype(np.uint8)
    predictions = (np.zeros_like(strip), left, above, average, _paeth(left, above, upper_left))
    least = np.full(strip.shape[0], np.iinfo(np.int64).max)
    for kind, prediction in enumerate(predictions):
        difference = strip - prediction
        if wanted is None:
            cost = np.minimum(difference, np.negative(difference)).sum(axis=1, dtype=np.int64)
            better = cost < least
            least[better] = cost[better]
        else:
            better = wanted == kind
        output[better, 0] = kind
        output[better, 1:] = difference[better]


def _shifted(rows: Rows, pixel_bytes: int) -> Rows:
    moved = np.zeros_like(rows)
    moved[:, pixel_bytes:] = rows[:, :-pixel_bytes]
    return moved


def _paeth(left: Rows, above: Rows, upper_left: Rows) -> Rows:
    a, b, c = (rows.astype(np.int16) for rows in (left, above, upper_left))
    from_left, from_above, from_both = np.abs(b - c), np.abs(a - c), np.abs(a + b - 2 * c)
    nearest = np.where((from_left <= from_above) & (from_left <= from_both), left, above)
    return np.where((from_both < from_left) & (from_both < from_above), upper_left, nearest).astype(np.uint8)
