"""Read a profile that is about to leave, and object to anything in it that is not a number.

Nothing here is shared with `profile`, which wrote it. Source: ICC.1:2022 sections 7 and 10.
"""

import itertools

from doctocbot.images.model import RefusalReason, RefusedError

_FIXED_HEADER = {
    4: b"\0\0\0\0",
    12: b"mntr",
    20: b"XYZ \x07\xd0\0\x01\0\x01" + bytes(6) + b"acsp" + bytes(27),
    68: b"\0\0\xf6\xd6\0\x01\0\0\0\0\xd3\x2d" + bytes(48),
}
_TYPES = {
    **dict.fromkeys((b"rXYZ", b"gXYZ", b"bXYZ", b"wtpt"), (b"XYZ ",)),
    **dict.fromkeys((b"rTRC", b"gTRC", b"bTRC", b"kTRC"), (b"curv", b"para")),
    b"chad": (b"sf32",),
    b"desc": (b"desc", b"mluc"),
    b"cprt": (b"text", b"mluc"),
}
_TEXTS = (
    b"text\0\0\0\0clean\0",
    b"desc\0\0\0\0\0\0\0\x06clean" + bytes(79),
    b"mluc\0\0\0\0\0\0\0\x01\0\0\0\x0cenUS\0\0\0\x0a\0\0\0\x1c\0c\0l\0e\0a\0n",
)


def require_neutral(icc: bytes) -> None:
    """Raise RefusedError unless the profile holds numbers and our own neutral words alone."""
    if not _is_neutral(icc):
        raise RefusedError(RefusalReason.UNVERIFIED)


def _is_neutral(icc: bytes) -> bool:
    if len(icc) < 132 or int.from_bytes(icc[:4], "big") != len(icc):
        return False
    if any(icc[at : at + len(literal)] != literal for at, literal in _FIXED_HEADER.items()):
        return False
    if icc[8:12] not in (b"\x02\x10\0\0", b"\x04\x20\0\0") or icc[67] > 3:
        return False
    count = int.from_bytes(icc[128:132], "big")
    covered = {(0, 132 + 12 * count)}
    for at in range(132, 132 + 12 * min(count, 20), 12):
        offset, size = (
            int.from_bytes(icc[at + 4 : at + 8], "big"),
            int.from_bytes(icc[at + 8 : at + 12], "big"),
        )
        if not _tag_is_neutral(icc[at : at + 4], icc[offset : offset + size]):
            return False
        covered.add((offset, offset + size))
    return _covers(sorted(covered), icc)


def _covers(spans: list[tuple[int, int]], icc: bytes) -> bool:
    for (_, end), (start, _) in itertools.pairwise([*spans, (len(icc), len(icc))]):
        if not 0 <= start - end <= 3 or any(icc[end:start]):
            return False
    return True


def _tag_is_neutral(name: bytes, tag: bytes) -> bool:
    kind = tag[:4]
    if kind not in _TYPES.get(name, ()) or any(tag[4:8]):
        return False
    if kind in (b"text", b"desc", b"mluc"):
        return tag in _TEXTS
    if kind == b"curv":
        points = [int.from_bytes(tag[at : at + 2], "big") for at in range(12, len(tag), 2)]
        return len(points) == int.from_bytes(tag[8:12], "big") and points == sorted(points)
    start = 12 if kind == b"para" else 8
    numbers = [int.from_bytes(tag[at : at + 4], "big", signed=True) for at in range(start, len(tag), 4)]
    expected = {b"XYZ ": 3, b"sf32": 9, b"para": (1, 3, 4, 5, 7)[tag[9] % 5]}[kind]
    return len(numbers) == expected and all(abs(number) <= 16 << 16 for number in numbers)
