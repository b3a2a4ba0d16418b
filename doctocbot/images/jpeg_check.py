"""Read a JPEG that is about to leave, and prove that it is the same coded picture and nothing more.

Nothing here is shared with `formats.jpeg` and what it writes with, but the decoder. Equal samples of every component,
at its own sampling and before any conversion of colours, under equal colour markers, are equal pixels in every viewer:
so planes are compared, which are half the size of pixels. Source: ITU-T T.81 annex B, JFIF 1.02.
"""

import re
from collections.abc import Iterator

import numpy as np
from PIL import Image

from doctocbot.images import icc_check, pixels, turbo
from doctocbot.images.model import THUMBNAIL_SIDE, Candidate, Outcome, RefusalReason, RefusedError
from doctocbot.images.structure import require

# Colour marker, orientation, profile, quantisation, frame, and then tables and codes: of one scan or, finer and finer,
# of many. Each marker once and in this order, or not at all.
_ORDER = re.compile(rb"[\xe0\xee]\xe1?\xe2*\xdb{1,4}(?:[\xc0\xc1]\xc4+\xda|\xc2(?:\xc4*\xda)+)\xd9")
_JFIF = b"JFIF\0\1\1\0\0\1\0\1\0\0"
_ADOBE = re.compile(rb"Adobe\0\x64\0\0\0\0[\x00\x02]")
_TURN = re.compile(rb"Exif\0\0MM\0\x2a\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0[\x02-\x08]\0{6}")
_APP0, _APP1, _APP2, _APP14, _DHT, _EOI, _SOS, _DQT = 0xE0, 0xE1, 0xE2, 0xEE, 0xC4, 0xD9, 0xDA, 0xDB
# What planes can be averaged down to by a whole number is thumbnail enough; if smaller, it is made from a larger one.
_LEAST_PREVIEW_SIDE = THUMBNAIL_SIDE * 4 // 5
# The library's colour models (TJCS).
_PREVIEW_MODES = {0: "RGB", 1: "YCbCr", 2: "L"}
_INKS = (3, 4)
# No restart stands between codes, only stuffed bytes.
_END_OF_CODES = re.compile(rb"\xff[^\x00]")

_Segment = tuple[int, bytes]


def is_carried_over(mimetype: str, candidate: Candidate) -> bool:
    """Whether a candidate claims to hold the very coefficients of a JPEG."""
    return mimetype == candidate.mimetype == "image/jpeg" and candidate.outcome is Outcome.LOSSLESS


def require_clean(data: bytes) -> None:
    """Raise RefusedError unless a JPEG consists of what its one picture needs, laid out in the one way allowed."""
    segments = list(_segments(data))
    require(_ORDER.fullmatch(bytes(marker for marker, _ in segments)) is not None)
    bodies: dict[int, list[bytes]] = {}
    for marker, body in segments:
        bodies.setdefault(marker, []).append(body)
    require(all(body == _JFIF for body in bodies.get(_APP0, ())))
    require(all(_ADOBE.fullmatch(body) for body in bodies.get(_APP14, ())))
    require(all(_TURN.fullmatch(body) for body in bodies.get(_APP1, ())))
    _require_neutral_profile(bodies.get(_APP2, []))
    frame = next(body for marker, body in segments if marker in (0xC0, 0xC1, 0xC2))
    _require_plain_frame(frame, bodies[_DQT])
    _require_used_tables(segments, frame[5])


def read_copy(original: bytes, copy: bytes) -> pixels.Picture:
    """Return what the copy shows, scaled down if larger than a thumbnail (to 640 pixels or more), with its `info`.

    Raises RefusedError unless every sample of the copy, read strictly, is what viewers read in the original.
    """
    picture = pixels.opened(copy, "image/jpeg")
    info = dict(picture.info)
    try:
        before, after = turbo.decode(original, strict=False), turbo.decode(copy)
    except turbo.TurboError as error:
        raise RefusedError(RefusalReason.UNVERIFIED) from error
    require(_layout(before) == _layout(after))
    require(all(np.array_equal(*planes) for planes in zip(before.planes, after.planes, strict=True)))
    if before.model in _INKS:
        # The marker tells whether inks are inverted; the decoder's colour model does not.
        require(("adobe" in pixels.opened(original, "image/jpeg").info) == ("adobe" in info))
    shown = _preview(after) or pixels.loaded(picture)
    shown.info = info
    return shown


def _preview(decoded: turbo.Decoded) -> pixels.Picture | None:
    """Average the planes down to about a thumbnail; None where they are small or of unusual kinds."""
    if decoded.model not in _PREVIEW_MODES or decoded.planes[0].ndim != 2:
        return None
    (tall, wide), width, height = decoded.planes[0].shape, decoded.width, decoded.height
    # How many samples of the first component there are to one of each other: 1, 2 or 4 across and down.
    factors = [(wide // plane.shape[1], tall // plane.shape[0]) for plane in decoded.planes]
    scale = _preview_scale(max(width, height), max(map(max, factors)))
    if scale < 2:
        return None
    channels = [
        Image.frombuffer("L", plane.shape[::-1], plane, "raw", "L", 0, 1).reduce(
            (scale // across, scale // down)
        )
        for plane, (across, down) in zip(decoded.planes, factors, strict=True)
    ]
    picture = Image.merge(_PREVIEW_MODES[decoded.model], channels)
    picture = picture.convert("RGB") if picture.mode == "YCbCr" else picture
    return picture.crop((0, 0, -(-width // scale), -(-height // scale)))


def _preview_scale(longest: int, coarsest: int) -> int:
    """Choose by how much to scale down: a multiple of the coarsest sampling, less than 2 for a small picture."""
    scale = -(-longest // (THUMBNAIL_SIDE * coarsest)) * coarsest
    return scale if longest >= scale * _LEAST_PREVIEW_SIDE else scale - coarsest


def _layout(decoded: turbo.Decoded) -> tuple[object, ...]:
    shapes = [plane.shape for plane in decoded.planes]
    return decoded.width, decoded.height, decoded.model, decoded.sampling, shapes


def _segments(data: bytes) -> Iterator[_Segment]:
    require(data.startswith(b"\xff\xd8"))
    at = 2
    while True:
        require(data[at : at + 1] == b"\xff" and at + 2 <= len(data))
        marker = data[at + 1]
        if marker == _EOI:
            require(at + 2 == len(data))
            yield _EOI, b""
            return
        end = at + 2 + int.from_bytes(data[at + 2 : at + 4], "big")
        require(at + 4 <= end <= len(data))
        yield marker, data[at + 4 : end]
        at = end
        if marker == _SOS:
            follower = _END_OF_CODES.search(data, at)
            at = follower.start() if follower else len(data)


def _require_neutral_profile(pieces: list[bytes]) -> None:
    for number, piece in enumerate(pieces, start=1):
        require(piece.startswith(b"ICC_PROFILE\0" + bytes((number, len(pieces)))))
    if pieces:
        icc_check.require_neutral(b"".join(piece[14:] for piece in pieces))


def _require_plain_frame(frame: bytes, tables: list[bytes]) -> None:
    """Let components be numbered from 1, and quantisation tables stand in the order in which they are used."""
    count = frame[5] if len(frame) > 5 else 0
    require(frame[:1] == b"\x08" and count in (1, 3, 4) and len(frame) == 6 + 3 * count)
    require(frame[6::3] == bytes(range(1, count + 1)))
    require(count > 1 or frame[7] == 0x11)
    used = list(dict.fromkeys(frame[8::3]))
    require(used == list(range(len(tables))))
    for slot, table in enumerate(tables):
        wide = len(table) == 129
        require(table[0] == slot + 16 * wide and len(table) in (65, 129))
        steps = [int.from_bytes(table[at : at + 1 + wide], "big") for at in range(1, len(table), 1 + wide)]
        require(0 not in steps)


def _require_used_tables(segments: list[_Segment], components: int) -> None:
    """Let each Huffman table be used by the very scan that it stands before."""
    sequential = any(marker in (0xC0, 0xC1) for marker, _ in segments)
    fresh: set[int] = set()
    for marker, body in segments:
        if marker == _DHT:
            for table in _huffman_tables(body):
                require(table not in fresh)
                fresh.add(table)
        elif marker == _SOS:
            count = body[0]
            require(len(body) == 4 + 2 * count)
            numbers = body[1 : 1 + 2 * count : 2]
            require(list(numbers) == sorted(set(numbers)) and numbers[-1] <= components)
            if sequential:
                require(count == components and body[-3:] == b"\0\x3f\0")
            require(fresh <= _used_tables(body[2 : 2 + 2 * count : 2], *body[-3:]))
            fresh.clear()


def _huffman_tables(body: bytes) -> Iterator[int]:
    at = 0
    while at < len(body):
        yield body[at]
        at += 17 + sum(body[at + 1 : at + 17])
    require(at == len(body) > 0)


def _used_tables(selectors: bytes, first: int, last: int, bits: int) -> set[int]:
    finer = bits >> 4 > 0
    direct = {selector >> 4 for selector in selectors} if first == 0 and not finer else set()
    return direct | ({0x10 | selector & 15 for selector in selectors} if last else set())
