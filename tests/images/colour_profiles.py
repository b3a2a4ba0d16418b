"""Colour profiles made from numbers, with the owner, monitor, serial and date that calibration leaves in them.

Source: ICC.1:2022 sections 7 and 10; the primaries are those of Display P3 and Adobe RGB, adapted to D50.
"""

import struct
from collections.abc import Mapping
from functools import cache

import numpy as np

from tests.images.metadata import NAME, SERIAL

_D50 = (0.9642, 1.0, 0.8249)
_DISPLAY_P3 = ((0.51512, 0.24120, -0.00105), (0.29198, 0.69225, 0.04189), (0.15710, 0.06657, 0.78407))
_ADOBE_RGB = ((0.60974, 0.31111, 0.01947), (0.20528, 0.62567, 0.06087), (0.14919, 0.06322, 0.74457))
_GRID = 17


def display_p3() -> bytes:
    """A version 4 profile of a wide display, with parametric curves and texts in UTF-16."""
    return _matrix_profile(_DISPLAY_P3, _srgb_curve(), version=4)


def adobe_rgb() -> bytes:
    """A version 2 profile with a plain gamma and texts in ASCII."""
    return _matrix_profile(_ADOBE_RGB, b"curv" + struct.pack(">4xIH2x", 1, 0x0233), version=2)


def grey_gamma() -> bytes:
    """A grey profile of gamma 1.8."""
    tags = _words(2) | {b"wtpt": _xyz(_D50), b"kTRC": b"curv" + struct.pack(">4xIH2x", 1, 0x01CD)}
    return assemble(tags, b"GRAY", 2)


@cache
def lookup_table() -> bytes:
    """A calibrated monitor's profile that says its colours by a table (`mft2`) instead of primaries."""
    levels = np.linspace(0, 1, _GRID)
    cube = np.stack(np.meshgrid(levels, levels, levels, indexing="ij"), axis=-1).reshape(-1, 3)
    lab = _lab(np.power(cube, 2.0) @ np.array(_DISPLAY_P3))
    scaled = np.stack([lab[:, 0] * 652.8, (lab[:, 1] + 128) * 256, (lab[:, 2] + 128) * 256], axis=-1)
    table = b"mft2" + struct.pack(">4x4B9i2H", 3, 3, _GRID, 0, *_identity(), 2, 2)
    table += struct.pack(">6H", *(0, 65535) * 3) + scaled.round().clip(0, 65535).astype(">u2").tobytes()
    table += struct.pack(">6H", *(0, 65535) * 3)
    return assemble(_words(2) | {b"wtpt": _xyz(_D50), b"A2B0": table}, b"RGB ", 2, connection=b"Lab ")


def assemble(tags: Mapping[bytes, bytes], space: bytes, version: int, connection: bytes = b"XYZ ") -> bytes:
    """Lay a profile out under a header that holds a serial, a date and a profile id as well."""
    table, body, start = struct.pack(">I", len(tags)), b"", 132 + 12 * len(tags)
    for name, data in tags.items():
        table += struct.pack(">4sII", name, start + len(body), len(data))
        body += data + bytes(-len(data) % 4)
    header = struct.pack(
        ">I4s4s4s4s4s6H4s4sI4s4sQI12s4s16s28x",
        *(start + len(body), b"KRT1", bytes((version, 0x20, 0, 0)), b"mntr", space, connection),
        *(2026, 10, 3, 9, 12, 44, b"acsp", b"APPL", 0, b"KRT1", b"0042", 0, 0),
        *(_xyz(_D50)[8:], b"KRT1", SERIAL.encode()),
    )
    return header + table + body


def _matrix_profile(primaries: tuple[tuple[float, ...], ...], curve: bytes, version: int) -> bytes:
    names = (b"rXYZ", b"gXYZ", b"bXYZ")
    tags = _words(version) | {b"wtpt": _xyz(_D50)}
    tags |= {name: _xyz(primary) for name, primary in zip(names, primaries, strict=True)}
    return assemble(tags | dict.fromkeys((b"rTRC", b"gTRC", b"bTRC"), curve), b"RGB ", version)


def _words(version: int) -> dict[bytes, bytes]:
    texts = {b"desc": NAME, b"dmnd": NAME, b"dmdd": SERIAL, b"cprt": NAME}
    tags = {name: _text(words, version, plain=name == b"cprt") for name, words in texts.items()}
    return tags | {
        b"ownr": b"text\0\0\0\0" + NAME.encode() + b"\0",
        b"mmod": b"mmod" + bytes(4) + SERIAL.encode(),
    }


def _text(words: str, version: int, *, plain: bool) -> bytes:
    if version == 4:
        utf16 = words.encode("utf-16-be")
        return struct.pack(">4s4xII2s2sII", b"mluc", 1, 12, b"en", b"US", len(utf16), 28) + utf16
    ascii_words = words.encode() + b"\0"
    if plain:
        return b"text\0\0\0\0" + ascii_words
    return struct.pack(">4s4xI", b"desc", len(ascii_words)) + ascii_words + bytes(78)


def _xyz(numbers: tuple[float, ...]) -> bytes:
    return b"XYZ " + struct.pack(">4x3i", *(round(number * 65536) for number in numbers))


def _srgb_curve() -> bytes:
    numbers = (2.4, 1 / 1.055, 0.055 / 1.055, 1 / 12.92, 0.04045)
    return b"para" + struct.pack(">4xH2x5i", 3, *(round(number * 65536) for number in numbers))


def _identity() -> tuple[int, ...]:
    return tuple(65536 * (place % 4 == 0) for place in range(9))


def _lab(
    xyz: "np.ndarray[tuple[int, ...], np.dtype[np.float64]]",
) -> "np.ndarray[tuple[int, ...], np.dtype[np.float64]]":
    share = np.cbrt(np.maximum(xyz / np.array(_D50), 0.008856))
    return np.stack(
        [116 * share[:, 1] - 16, 500 * (share[:, 0] - share[:, 1]), 200 * (share[:, 1] - share[:, 2])],
        axis=-1,
    )
