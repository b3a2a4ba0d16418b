"""Rebuild a colour profile from its numbers, so that no owner, monitor, date or serial survives in it.

Only profiles that are wholly described by primaries and tone curves can be rebuilt; for the others the picture itself
is turned to sRGB. Source: ICC.1:2022 sections 7 (header, tag table), 8 (required tags), 10 (tag types).
"""

import io
import itertools
import struct
from dataclasses import dataclass

from PIL import Image, ImageCms

_PRIMARIES = (b"rXYZ", b"gXYZ", b"bXYZ")
_CURVES = {b"RGB ": (b"rTRC", b"gTRC", b"bTRC"), b"GRAY": (b"kTRC",)}
_LOOKUP_TABLES = frozenset((b"A2B0", b"A2B1", b"A2B2", b"D2B0", b"D2B1", b"D2B2"))
_CLASSES = (b"mntr", b"scnr", b"spac")
_D50 = bytes.fromhex("0000f6d6000100000000d32d")
_NEUTRAL_TEXT = "clean"
_PARAMETERS = {0: 1, 1: 3, 2: 4, 3: 5, 4: 7}
_MAX_CURVE_POINTS = 4096
_MAX_TAGS = 100


@dataclass(frozen=True, slots=True)
class _Profile:
    space: bytes
    major: int
    intent: int
    tags: dict[bytes, bytes]


def rebuild(icc: bytes, space: bytes) -> bytes | None:
    """Build a profile with the same colours and nothing else in it, or None where numbers alone do not tell them.

    `space` is the colour space of the picture's pixels, `b"RGB "` or `b"GRAY"`.
    """
    profile = _parse(icc)
    if profile is None or profile.space != space or space not in _CURVES:
        return None
    if _LOOKUP_TABLES & profile.tags.keys():
        return None
    numbers = _numeric_tags(profile)
    return None if numbers is None else _assemble(profile, numbers)


def usable(icc: bytes, space: bytes) -> bool:
    """Whether a colour engine could apply the profile to pixels of this space; viewers ignore one that is not."""
    if icc[16:20] != space or icc[36:40] != b"acsp":
        return False
    try:
        ImageCms.getOpenProfile(io.BytesIO(icc))
    except (ImageCms.PyCMSError, OSError, ValueError, TypeError):
        return False
    return True


def display_p3() -> bytes:
    """Build the profile of Display P3, which HEIC and AVIF may name by number (H.273) instead of embedding it."""
    primaries = {
        b"rXYZ": (33759, 15807, -69),
        b"gXYZ": (19135, 45367, 2745),
        b"bXYZ": (10296, 4363, 51385),
    }
    curve = struct.pack(">4s4xH2x5i", b"para", 3, 157286, 62119, 3417, 5072, 2651)
    numbers = {name: struct.pack(">4s4x3i", b"XYZ ", *xyz) for name, xyz in primaries.items()}
    numbers[b"wtpt"] = b"XYZ \x00\x00\x00\x00" + _D50
    numbers |= dict.fromkeys(_CURVES[b"RGB "], curve)
    return _assemble(_Profile(b"RGB ", 4, 0, {}), numbers)


def to_srgb(picture: Image.Image, icc: bytes) -> Image.Image | None:
    """Turn the picture's colours to sRGB by its profile, or None where the colour engine cannot."""
    target = "RGBA" if picture.mode == "RGBA" else "RGB"
    try:
        source = ImageCms.getOpenProfile(io.BytesIO(icc))
        intent = ImageCms.Intent.RELATIVE_COLORIMETRIC
        return ImageCms.profileToProfile(
            picture, source, ImageCms.createProfile("sRGB"), renderingIntent=intent, outputMode=target
        )
    except (ImageCms.PyCMSError, OSError, ValueError):
        return None


def _parse(icc: bytes) -> _Profile | None:
    if len(icc) < 132 or icc[36:40] != b"acsp" or icc[12:16] not in _CLASSES:
        return None
    if icc[8] not in (2, 4) or icc[20:24] not in (b"XYZ ", b"Lab "):
        return None
    if icc[20:24] == b"Lab " and icc[16:20] != b"GRAY":
        return None
    intent, count = struct.unpack_from(">I", icc, 64)[0], struct.unpack_from(">I", icc, 128)[0]
    if count > _MAX_TAGS or 132 + 12 * count > len(icc):
        return None
    tags: dict[bytes, bytes] = {}
    for index in range(count):
        name, offset, size = struct.unpack_from(">4sII", icc, 132 + 12 * index)
        if offset + size > len(icc):
            return None
        tags.setdefault(name, icc[offset : offset + size])
    return _Profile(icc[16:20], icc[8], intent & 3, tags)


def _numeric_tags(profile: _Profile) -> dict[bytes, bytes] | None:
    tags: dict[bytes, bytes | None] = {}
    if profile.space == b"RGB ":
        tags.update({name: _xyz(profile.tags.get(name, b"")) for name in _PRIMARIES})
    tags[b"wtpt"] = _xyz(profile.tags.get(b"wtpt", b"")) or b"XYZ \x00\x00\x00\x00" + _D50
    tags.update({name: _curve(profile.tags.get(name, b"")) for name in _CURVES[profile.space]})
    if profile.major == 4 and b"chad" in profile.tags:
        tags[b"chad"] = _matrix(profile.tags[b"chad"])
    known = {name: data for name, data in tags.items() if data is not None}
    return known if len(known) == len(tags) else None


def _small(numbers: tuple[int, ...], limit: int) -> bool:
    # An s15Fixed16 within a few units leaves no room for words in its high bytes.
    return all(abs(number) <= limit << 16 for number in numbers)


def _xyz(tag: bytes) -> bytes | None:
    if len(tag) < 20 or tag[:4] != b"XYZ ":
        return None
    numbers = struct.unpack_from(">3i", tag, 8)
    return struct.pack(">4s4x3i", b"XYZ ", *numbers) if _small(numbers, 3) else None


def _matrix(tag: bytes) -> bytes | None:
    if len(tag) < 44 or tag[:4] != b"sf32":
        return None
    numbers = struct.unpack_from(">9i", tag, 8)
    return struct.pack(">4s4x9i", b"sf32", *numbers) if _small(numbers, 3) else None


def _curve(tag: bytes) -> bytes | None:
    if tag[:4] == b"curv" and len(tag) >= 12:
        (count,) = struct.unpack_from(">I", tag, 8)
        if count > _MAX_CURVE_POINTS or len(tag) < 12 + 2 * count:
            return None
        points = struct.unpack_from(f">{count}H", tag, 12)
        if any(left > right for left, right in itertools.pairwise(points)):
            return None
        return struct.pack(f">4s4xI{count}H", b"curv", count, *points)
    if tag[:4] == b"para" and len(tag) >= 12:
        (function,) = struct.unpack_from(">H", tag, 8)
        count = _PARAMETERS.get(function, 0)
        if not count or len(tag) < 12 + 4 * count:
            return None
        numbers = struct.unpack_from(f">{count}i", tag, 12)
        return struct.pack(f">4s4xH2x{count}i", b"para", function, *numbers) if _small(numbers, 16) else None
    return None


def _text_tags(major: int) -> dict[bytes, bytes]:
    if major == 4:
        words = _NEUTRAL_TEXT.encode("utf-16-be")
        text = struct.pack(">4s4xII2s2sII", b"mluc", 1, 12, b"en", b"US", len(words), 28) + words
        return {b"desc": text, b"cprt": text}
    ascii_words = _NEUTRAL_TEXT.encode("ascii") + b"\x00"
    description = struct.pack(">4s4xI", b"desc", len(ascii_words)) + ascii_words + bytes(4 + 4 + 2 + 1 + 67)
    return {b"desc": description, b"cprt": b"text\x00\x00\x00\x00" + ascii_words}


def _assemble(profile: _Profile, numbers: dict[bytes, bytes]) -> bytes:
    tags = {**_text_tags(profile.major), **numbers}
    body = b""
    table = struct.pack(">I", len(tags))
    start = 132 + 12 * len(tags)
    placed: dict[bytes, int] = {}
    for name, data in tags.items():
        if data not in placed:
            placed[data] = start + len(body)
            body += data + bytes(-len(data) % 4)
        table += struct.pack(">4sII", name, placed[data], len(data))
    version = b"\x04\x20\x00\x00" if profile.major == 4 else b"\x02\x10\x00\x00"
    header = struct.pack(
        ">I4x4s4s4s4s12s4s24xI12s48x",
        start + len(body),
        version,
        b"mntr",
        profile.space,
        b"XYZ ",
        struct.pack(">6H", 2000, 1, 1, 0, 0, 0),
        b"acsp",
        profile.intent,
        _D50,
    )
    return header + table + body
