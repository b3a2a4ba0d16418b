"""Read from EXIF the two things the scrubber needs: which way up the picture is, and how much it gives away.

Nothing read here is ever written; the only EXIF that leaves is `minimal`, made from one number.
Source: Exif 2.32 (CIPA DC-008), TIFF 6.0 section 2.
"""

import struct
from collections import Counter
from collections.abc import Container, Iterator
from dataclasses import dataclass

from doctocbot.images.model import Removed

_ORIENTATION = 0x0112
_GPS_IFD = 0x8825
_EXIF_IFD = 0x8769
_SHORT, _LONG = 3, 4
# Bytes, shorts and longs, signed or not: readers take an orientation in any of them.
_WHOLE_NUMBERS = frozenset((1, 3, 4, 6, 8, 9))
_SIZES = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8, 13: 4}
_MAX_ENTRIES = 512

_KINDS: dict[int, Removed] = {
    **dict.fromkeys((0x0132, 0x9003, 0x9004, 0x9010, 0x9011, 0x9012, 0x9290, 0x9291, 0x9292), Removed.DATE),
    **dict.fromkeys((0x010F, 0x0110, 0x0131, 0x013C, 0x927C, 0xA431, 0xA432, 0xA433), Removed.DEVICE),
    **dict.fromkeys((0xA434, 0xA435, 0xC614, 0xC62F, 0x9C00), Removed.DEVICE),
    **dict.fromkeys((0x013B, 0x8298, 0xA430, 0x9C9D), Removed.NAME),
    **dict.fromkeys((0x010D, 0x010E, 0x011D, 0x9286, 0x9C9B, 0x9C9C, 0x9C9E, 0x9C9F), Removed.TEXT),
    **dict.fromkeys((0xA420, 0x02BC, 0x83BB, 0x8649, 0x800D, 0xA480), Removed.TEXT),
    # GeoTIFF: scale, tie points, transformation, and the keys that say where on earth that is.
    **dict.fromkeys((0x830E, 0x8482, 0x85D8, 0x87AF, 0x87B0, 0x87B1), Removed.PLACE),
}
# When the satellites were heard; all else that stands among coordinates belongs to the place.
_GPS_KINDS = dict.fromkeys((0x0007, 0x001D), Removed.DATE)
# Tags that point at a directory: the kinds of the tags there, and that of all others.
_DIRECTORIES = {_EXIF_IFD: (_KINDS, Removed.OTHER), _GPS_IFD: (_GPS_KINDS, Removed.PLACE)}


@dataclass(frozen=True, slots=True)
class _Entry:
    tag: int
    kind: int
    count: int
    value: bytes


def minimal(orientation: int) -> bytes:
    """Build the one EXIF block that may leave: a single orientation entry, or nothing for an upright picture."""
    if orientation == 1:
        return b""
    entry = struct.pack(">HHIHH", _ORIENTATION, _SHORT, 1, orientation, 0)
    return b"MM\x00*\x00\x00\x00\x08\x00\x01" + entry + b"\x00\x00\x00\x00"


def orientation(tiff: bytes) -> int:
    """Read the orientation (1-8) from a TIFF block; 1 where it is missing, damaged or out of range."""
    for entry in _first_directory(tiff):
        if entry.tag == _ORIENTATION and entry.kind in _WHOLE_NUMBERS and entry.count == 1:
            number = int.from_bytes(entry.value, "big" if tiff[:2] == b"MM" else "little")
            return number if 1 <= number <= 8 else 1
    return 1


def kinds(tiff: bytes) -> Counter[Removed]:
    """Count what a TIFF block holds by kind; empty only for a block that `minimal` itself would write."""
    if tiff == minimal(orientation(tiff)):
        return Counter()
    return kinds_of_entries(tiff) or Counter({Removed.OTHER: 1})


def kinds_of_entries(tiff: bytes, silent: Container[int] = (_ORIENTATION,)) -> Counter[Removed]:
    """Count the entries of a TIFF block (or of a whole TIFF file) by kind, and its thumbnail; may be empty.

    Each entry counts once, as other where its tag has no kind, and not at all where its tag is in `silent`. An entry
    that points at a directory counts as what stands there, or as one where nothing does that was not counted before.
    """
    found: Counter[Removed] = Counter()
    counted = {_whole_number(tiff, tiff[4:8])}
    for entry in _first_directory(tiff):
        if entry.tag in _DIRECTORIES:
            known, rest = _DIRECTORIES[entry.tag]
            offset = _whole_number(tiff, entry.value)
            inner = [] if offset in counted else list(_directory(tiff, offset))
            found.update([known.get(each.tag, rest) for each in inner] or [rest])
            counted.add(offset)
        elif entry.tag not in silent:
            found[_KINDS.get(entry.tag, Removed.OTHER)] += 1
    if has_second_directory(tiff):
        found[Removed.THUMBNAIL] += 1
    return found


def numbers(tiff: bytes, tag: int, most: int = 16) -> tuple[int, ...]:
    """Read the whole numbers of one entry of the first directory, or nothing where there are none or too many."""
    order = _order(tiff)
    for entry in _first_directory(tiff):
        if entry.tag == tag and order is not None and entry.kind in (_SHORT, _LONG) and entry.count <= most:
            size = entry.count * _SIZES[entry.kind]
            at = int.from_bytes(entry.value, "little" if order == "<" else "big")
            value = entry.value if size <= 4 else tiff[at : at + size]
            if len(value) == size:
                return struct.unpack(f"{order}{entry.count}{'H' if entry.kind == _SHORT else 'I'}", value)
    return ()


def octets(tiff: bytes, tag: int) -> bytes:
    """Read the bytes of one entry of the first directory, or nothing where there are none."""
    for entry in _first_directory(tiff):
        if entry.tag == tag and _SIZES.get(entry.kind) == 1:
            at = int.from_bytes(entry.value, "big" if tiff[:2] == b"MM" else "little")
            return entry.value if entry.count <= 4 else tiff[at : at + entry.count]
    return b""


def has_tag(tiff: bytes, tag: int) -> bool:
    """Whether the first directory has an entry of this tag."""
    return any(entry.tag == tag for entry in _first_directory(tiff))


def tags(tiff: bytes) -> dict[int, int]:
    """Give the tags of the first directory, each with how many values it has in all."""
    found: dict[int, int] = {}
    for entry in _first_directory(tiff):
        found[entry.tag] = found.get(entry.tag, 0) + entry.count
    return found


def directory_spans(tiff: bytes) -> list[tuple[int, int]]:
    """List where directories stand and where the values stand that have no room in them, as start and end."""
    order = _order(tiff)
    if order is None or len(tiff) < 8:
        return []
    starts = [_whole_number(tiff, tiff[4:8])]
    starts += [_whole_number(tiff, each.value) for each in _first_directory(tiff) if each.tag in _DIRECTORIES]
    spans: list[tuple[int, int]] = []
    for start in starts:
        entries = list(_directory(tiff, start))
        spans.append((start, start + 2 + 12 * len(entries) + 4))
        for entry in entries:
            size = entry.count * _SIZES.get(entry.kind, 4)
            if size > 4:
                at = _whole_number(tiff, entry.value)
                spans.append((at, at + size))
    return spans


def has_second_directory(tiff: bytes) -> bool:
    """Whether a directory follows the first: in EXIF a thumbnail, in a TIFF file another page."""
    return _second_directory_offset(tiff) != 0


def _whole_number(tiff: bytes, octets: bytes) -> int:
    return int.from_bytes(octets, "big" if tiff[:2] == b"MM" else "little")


def _order(tiff: bytes) -> str | None:
    return {b"II*\x00": "<", b"MM\x00*": ">"}.get(tiff[:4])


def _first_directory(tiff: bytes) -> Iterator[_Entry]:
    order = _order(tiff)
    if order is None or len(tiff) < 8:
        return iter(())
    return _directory(tiff, struct.unpack_from(order + "I", tiff, 4)[0])


def _directory(tiff: bytes, offset: int) -> Iterator[_Entry]:
    order = _order(tiff)
    if order is None or offset + 2 > len(tiff):
        return
    (count,) = struct.unpack_from(order + "H", tiff, offset)
    for index in range(min(count, _MAX_ENTRIES)):
        at = offset + 2 + 12 * index
        if at + 12 > len(tiff):
            return
        tag, kind, number = struct.unpack_from(order + "HHI", tiff, at)
        size = min(_SIZES.get(kind, 4) * number, 4)
        yield _Entry(tag, kind, number, tiff[at + 8 : at + 8 + size])


def _second_directory_offset(tiff: bytes) -> int:
    order = _order(tiff)
    if order is None or len(tiff) < 8:
        return 0
    (offset,) = struct.unpack_from(order + "I", tiff, 4)
    if offset + 2 > len(tiff):
        return 0
    (count,) = struct.unpack_from(order + "H", tiff, offset)
    at = offset + 2 + 12 * count
    if at + 4 > len(tiff):
        return 0
    return int(struct.unpack_from(order + "I", tiff, at)[0])
