"""Lay out the quantisation tables of a JPEG in one way only, blanking the steps that no coefficient is multiplied with.

The transcoders keep the slots that the original had its tables in, a table twice that was there twice, and all of 64
steps, of which a picture of few details uses few: the others show nowhere and could hold anything.
Source: ITU-T T.81 sections A.3.4 to A.3.6, B.2.2, B.2.4.1.
"""

import struct

import numpy as np
from numpy.typing import NDArray

from doctocbot.images.formats.jpeg_segments import DQT, FRAMES, segment
from doctocbot.images.turbo import BlockRow

_BASELINE, _EXTENDED = 0xC0, 0xC1
_UNUSED_STEP = 1


def _zigzag_place(at: int) -> tuple[int, int]:
    row, column = divmod(at, 8)
    return row + column, row if (row + column) % 2 else column


# Tables list frequencies from low to high, in diagonals; coefficients lie in rows.
_ZIGZAG = np.array(sorted(range(64), key=_zigzag_place))


class Frequencies:
    """Which frequencies the components of a picture use, noted while its coefficients pass by."""

    def __init__(self) -> None:
        # For each component a row of blocks, in which stay the bits of all that passed by.
        self._bits = [np.zeros((1, 8, 8), np.int16) for _ in range(4)]

    def note(self, row: BlockRow, blocks: NDArray[np.int16]) -> None:
        """Take in one row of blocks, as a `turbo.CoefficientFilter`; changes nothing."""
        self._bits[row.component] = self._bits[row.component] | blocks

    def used_by(self, components: list[int]) -> NDArray[np.bool_]:
        """Tell of 64 steps in the order of a table which are used by any of the components."""
        blocks = np.concatenate([self._bits[component].reshape(-1, 64) for component in components])
        used: NDArray[np.bool_] = np.any(blocks[:, _ZIGZAG], axis=0)
        return used


def settled(carried: bytes, frequencies: Frequencies) -> bytes:
    """Give what follows the application segments of a transcoded JPEG, with its tables in the order of their use."""
    at, tables = 2, dict[int, tuple[int, ...]]()
    while carried[at + 1] not in FRAMES:
        end = at + 2 + int.from_bytes(carried[at + 2 : at + 4], "big")
        if carried[at + 1] == DQT:
            tables |= _tables(carried[at + 4 : end])
        at = end
    frame = bytearray(carried[at : at + 2 + int.from_bytes(carried[at + 2 : at + 4], "big")])
    steps = _needed_steps([tables[slot] for slot in frame[12::3]], frequencies)
    used = list(dict.fromkeys(steps))
    frame[12::3] = bytes(used.index(table) for table in steps)
    if frame[1] in (_BASELINE, _EXTENDED):
        # Only large steps set the one apart from the other.
        frame[1] = _EXTENDED if any(max(table) > 255 for table in used) else _BASELINE
    laid_out = [segment(DQT, _laid_out(slot, table)) for slot, table in enumerate(used)]
    return b"".join((*laid_out, frame, memoryview(carried)[at + len(frame) :]))


def _needed_steps(tables: list[tuple[int, ...]], frequencies: Frequencies) -> list[tuple[int, ...]]:
    """Blank what none of the components that have a table in common uses."""
    needed = []
    for table in tables:
        sharing = [component for component, other in enumerate(tables) if other == table]
        used = frequencies.used_by(sharing)
        needed.append(tuple(np.where(used, table, _UNUSED_STEP).tolist()))
    return needed


def _tables(payload: bytes) -> dict[int, tuple[int, ...]]:
    found, at = dict[int, tuple[int, ...]](), 0
    while at < len(payload):
        wide, slot = payload[at] >> 4, payload[at] & 15
        found[slot] = struct.unpack_from(">64H" if wide else ">64B", payload, at + 1)
        at += 1 + 64 * (wide + 1)
    return found


def _laid_out(slot: int, steps: tuple[int, ...]) -> bytes:
    wide = max(steps) > 255
    return bytes((wide << 4 | slot,)) + struct.pack(">64H" if wide else ">64B", *steps)
