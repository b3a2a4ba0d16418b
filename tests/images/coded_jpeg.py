"""A JPEG coder of a few lines, which writes what no ordinary encoder would: any sampling, numbering, scan or table."""

import io
import struct
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from PIL import Image

from tests.images.metadata import jpeg_segment

JFIF = jpeg_segment(0xE0, b"JFIF\0\1\1\0\0\1\0\1\0\0")
EOI = b"\xff\xd9"


def adobe(transform: int) -> bytes:
    """Adobe's marker, which tells what three or four components mean."""
    return jpeg_segment(0xEE, b"Adobe\0\x64\0\0\0\0" + bytes((transform,)))


def quantisation(slot: int, steps: Sequence[int], wide: bool = False) -> bytes:
    """A segment with one quantisation table of 64 steps."""
    body = struct.pack(">64H" if wide else ">64B", *steps)
    return jpeg_segment(0xDB, bytes((wide << 4 | slot,)) + body)


def standard_huffman() -> dict[int, bytes]:
    """The tables of T.81 annex K by class and slot (0x00, 0x10, 0x01, 0x11), as any unoptimised JPEG has them."""
    buffer = io.BytesIO()
    Image.new("RGB", (8, 8)).save(buffer, "JPEG")
    data, found, at = buffer.getvalue(), dict[int, bytes](), 2
    while data[at + 1] != 0xDA:
        end = at + 2 + int.from_bytes(data[at + 2 : at + 4], "big")
        if data[at + 1] == 0xC4:
            found[data[at + 4]] = data[at + 5 : end]
        at = end
    return found


HUFFMAN = standard_huffman()


def huffman(kind_and_slot: int, table: bytes) -> bytes:
    """A segment with one Huffman table."""
    return jpeg_segment(0xC4, bytes((kind_and_slot,)) + table)


def _codes(table: bytes) -> dict[int, str]:
    codes, code, at = dict[int, str](), 0, 16
    for length in range(1, 17):
        for _ in range(table[length - 1]):
            codes[table[at]] = f"{code:0{length}b}"
            code, at = code + 1, at + 1
        code <<= 1
    return codes


_DC_CODES, _AC_CODES = _codes(HUFFMAN[0x00]), _codes(HUFFMAN[0x10])


@dataclass(frozen=True)
class Part:
    """One component: its number, sampling factors and quantisation slot."""

    number: int
    across: int = 1
    down: int = 1
    slot: int = 0


@dataclass(frozen=True)
class Coded:
    """A sequential JPEG in pieces, to be put together in unusual ways; all parts use the first Huffman tables."""

    parts: Sequence[Part] = (Part(1, 2, 2), Part(2), Part(3))
    width: int = 40
    height: int = 24
    marker: int = 0xC0
    restart: int = 0
    tables: bytes = field(
        default=quantisation(0, [3] * 64) + huffman(0x00, HUFFMAN[0x00]) + huffman(0x10, HUFFMAN[0x10])
    )
    seed: int = 1

    def frame(self) -> bytes:
        """The frame header."""
        body = struct.pack(">BHHB", 8, self.height, self.width, len(self.parts))
        body += b"".join(bytes((part.number, part.across << 4 | part.down, part.slot)) for part in self.parts)
        return jpeg_segment(self.marker, body)

    def scan(self, *places: int, parameters: bytes = b"\x00\x3f\x00", selectors: int = 0) -> bytes:
        """A scan of some components, interleaved if there are several."""
        head = b"".join(bytes((self.parts[place].number, selectors)) for place in places)
        return jpeg_segment(0xDA, bytes((len(places),)) + head + parameters) + self.codes(*places)

    def codes(self, *places: int) -> bytes:
        """The codes of a scan without its header."""
        bits, packed, restarts = list[str](), b"", 0
        last = dict.fromkeys(places, 0)
        units = self._units(places)
        for number, unit in enumerate(units):
            if self.restart and number and number % self.restart == 0:
                packed += _packed("".join(bits)) + bytes((0xFF, 0xD0 + restarts % 8))
                bits, restarts, last = [], restarts + 1, dict.fromkeys(places, 0)
            for place, row, column in unit:
                block = self.block(place, row, column)
                bits.append(_block_bits(block, last[place]))
                last[place] = block[0]
        return packed + _packed("".join(bits))

    def block(self, place: int, row: int, column: int) -> list[int]:
        """The coefficients of one block in zigzag order: a bright or dark level and a little texture."""
        level = np.random.default_rng((self.seed, place, row, column))
        block = [0] * 64
        block[0] = int(level.integers(-120, 120))
        for at in level.integers(1, 64, 5):
            block[int(at)] = int(level.integers(-9, 10))
        return block

    def _units(self, places: Sequence[int]) -> list[list[tuple[int, int, int]]]:
        most_across, most_down = (
            max(part.across for part in self.parts),
            max(part.down for part in self.parts),
        )
        if len(places) == 1:
            part = self.parts[places[0]]
            wide = _up(_up(self.width * part.across, most_across), 8)
            high = _up(_up(self.height * part.down, most_down), 8)
            return [[(places[0], row, column)] for row in range(high) for column in range(wide)]
        wide, high = _up(self.width, 8 * most_across), _up(self.height, 8 * most_down)
        return [
            [
                (place, row * self.parts[place].down + inner, column * self.parts[place].across + aside)
                for place in places
                for inner in range(self.parts[place].down)
                for aside in range(self.parts[place].across)
            ]
            for row in range(high)
            for column in range(wide)
        ]

    def interval(self) -> bytes:
        """The segment that announces restarts, if there are any."""
        return jpeg_segment(0xDD, struct.pack(">H", self.restart)) if self.restart else b""

    def picture(self, *before: bytes, scans: Sequence[Sequence[int]] | None = None) -> bytes:
        """The whole file, with segments of one's own right after its start."""
        scans = scans if scans is not None else [range(len(self.parts))]
        coded = b"".join(self.scan(*places) for places in scans)
        return b"\xff\xd8" + b"".join(before) + self.tables + self.frame() + self.interval() + coded + EOI


def _block_bits(block: Sequence[int], last: int) -> str:
    difference = block[0] - last
    bits = _DC_CODES[abs(difference).bit_length()] + _magnitude(difference)
    run = 0
    for level in block[1:]:
        if level == 0:
            run += 1
            continue
        while run > 15:
            bits, run = bits + _AC_CODES[0xF0], run - 16
        bits += _AC_CODES[run << 4 | abs(level).bit_length()] + _magnitude(level)
        run = 0
    return bits + (_AC_CODES[0] if run else "")


def _magnitude(level: int) -> str:
    size = abs(level).bit_length()
    return f"{level if level > 0 else level + (1 << size) - 1:0{size}b}" if size else ""


def _packed(bits: str) -> bytes:
    bits += "1" * (-len(bits) % 8)
    return int(bits or "0", 2).to_bytes(len(bits) // 8, "big").replace(b"\xff", b"\xff\0")


def _up(number: int, divisor: int) -> int:
    return -(-number // divisor)
