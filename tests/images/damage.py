"""Damage of every kind, drawn from a seed: to the bytes, and within segments and chunks with mended checksums."""

import random
import struct
import zlib
from collections.abc import Callable, Sequence

_PNG, _JPEG, _RIFF = b"\x89PNG\r\n\x1a\n", b"\xff\xd8", b"RIFF"


def damaged(seed: int, originals: Sequence[bytes]) -> bytes:
    """One of the originals with bytes flipped, cut out or spliced in; every other one keeps its checksums right."""
    chance = random.Random(seed)  # noqa: S311 - reproducible, not secret
    data = chance.choice(originals)
    for _ in range(chance.randint(1, 4)):
        if not data:
            break
        other = chance.choice(originals)
        data = _within(data, other, chance) if seed % 2 else _anywhere(data, other, chance)
    return data


def _anywhere(data: bytes, other: bytes, chance: random.Random) -> bytes:
    """Bytes anywhere in the file, whatever they are."""
    at = chance.randrange(len(data))
    match chance.randrange(4):
        case 0:
            return data[:at] + bytes((data[at] ^ 1 << chance.randrange(8),)) + data[at + 1 :]
        case 1:
            return data[:at] + data[at + chance.randrange(1, 64) :]
        case 2:
            start = chance.randrange(max(len(other), 1))
            return data[:at] + other[start : start + chance.randrange(1, 256)] + data[at:]
        case _:
            return data[: max(at, 12)]


def _within(data: bytes, other: bytes, chance: random.Random) -> bytes:
    """The insides of one part of a file whose parts have lengths and checksums, which fit again afterwards."""
    for magic, split, join in _KINDS:
        if data.startswith(magic):
            parts = split(data)
            if not parts:
                return data
            more = split(other) if other.startswith(magic) else parts
            return join(_rearranged(parts, more or parts, chance))
    return _anywhere(data, other, chance)


Parts = list[tuple[bytes, bytes]]
"""The parts of a file, each with its name and its body; what cannot be split is the body of a part without a name."""


def _rearranged(parts: Parts, more: Parts, chance: random.Random) -> Parts:
    at = chance.randrange(len(parts))
    name, body = parts[at]
    match chance.randrange(6):
        case 0 if body:
            where = chance.randrange(len(body))
            flipped = body[:where] + bytes((body[where] ^ 1 << chance.randrange(8),)) + body[where + 1 :]
            return [*parts[:at], (name, flipped), *parts[at + 1 :]]
        case 1:
            return [*parts[:at], (name, body[: chance.randrange(len(body) + 1)]), *parts[at + 1 :]]
        case 2:
            return [*parts[:at], (name, body + chance.randbytes(chance.randrange(1, 40))), *parts[at + 1 :]]
        case 3:
            return [*parts[:at], chance.choice(more), *parts[at:]]
        case 4:
            return [*parts[:at], *parts[at + 1 :]]
        case _:
            there = chance.randrange(len(parts))
            parts[at], parts[there] = parts[there], parts[at]
            return parts


def _png_parts(data: bytes) -> Parts:
    parts, at = [], len(_PNG)
    while at + 12 <= len(data):
        size, name = struct.unpack_from(">I4s", data, at)
        parts.append((name, data[at + 8 : at + 8 + size]))
        at += 12 + size
    return parts


def _png_of(parts: Parts) -> bytes:
    chunks = (
        struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))
        for name, body in parts
    )
    return _PNG + b"".join(chunks)


def _jpeg_parts(data: bytes) -> Parts:
    parts, at = [], 2
    while at + 4 <= len(data) and data[at] == 0xFF and data[at + 1] != 0xDA:
        size = int.from_bytes(data[at + 2 : at + 4], "big")
        parts.append((data[at : at + 2], data[at + 4 : at + 2 + size]))
        at += 2 + max(size, 2)
    return [*parts, (b"", data[at:])]


def _jpeg_of(parts: Parts) -> bytes:
    segments = (
        name + struct.pack(">H", min(len(body) + 2, 65_535)) + body[:65_533] if name else body
        for name, body in parts
    )
    return _JPEG + b"".join(segments)


def _riff_parts(data: bytes) -> Parts:
    parts, at = [], 12
    while at + 8 <= len(data):
        name, size = struct.unpack_from("<4sI", data, at)
        parts.append((name, data[at + 8 : at + 8 + size]))
        at += 8 + size + size % 2
    return parts


def _riff_of(parts: Parts) -> bytes:
    chunks = (name + struct.pack("<I", len(body)) + body + b"\0" * (len(body) % 2) for name, body in parts)
    body = b"WEBP" + b"".join(chunks)
    return _RIFF + struct.pack("<I", len(body)) + body


_KINDS: tuple[tuple[bytes, Callable[[bytes], Parts], Callable[[Parts], bytes]], ...] = (
    (_PNG, _png_parts, _png_of),
    (_JPEG, _jpeg_parts, _jpeg_of),
    (_RIFF, _riff_parts, _riff_of),
)
