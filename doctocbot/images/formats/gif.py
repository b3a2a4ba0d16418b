"""GIF: the indices and palette of a still picture, exactly, as PNG; transparent where its frame leaves the screen bare.

Source: GIF89a specification sections 17 to 27.
"""

import struct
from collections import Counter
from dataclasses import dataclass, field

import numpy as np
from PIL import Image

from doctocbot.images import pixels
from doctocbot.images.formats import gif_codes, png_writer
from doctocbot.images.model import (
    MAX_PIXELS,
    Candidate,
    Outcome,
    RefusalReason,
    RefusedError,
    Removals,
    Removed,
)

_MIMETYPE = "image/gif"
_EXTENSION, _IMAGE, _TRAILER = 0x21, 0x2C, 0x3B
_COMMENT, _PLAIN_TEXT, _APPLICATION, _GRAPHIC_CONTROL = 0xFE, 0x01, 0xFF, 0xF9
_LOOPS = (b"NETSCAPE2.0", b"ANIMEXTS1.0")


@dataclass(slots=True)
class _Walk:
    """What has been read so far; `place` is left, top, width and height of the frame, `frame` where it begins."""

    data: bytes
    at: int = 0
    frame: int = 0
    place: tuple[int, int, int, int] = (0, 0, 0, 0)
    screen: tuple[int, int] = (0, 0)
    palette: bytes = b""
    control: bytes = b""
    removed: Counter[Removed] = field(default_factory=Counter)

    def take(self, count: int) -> bytes:
        piece = self.data[self.at : self.at + count]
        if len(piece) < count:
            raise RefusedError(RefusalReason.TRUNCATED)
        self.at += count
        return piece

    def take_sub_blocks(self) -> bytes:
        pieces = []
        while (size := self.take(1)[0]) != 0:
            pieces.append(self.take(size))
        return b"".join(pieces)


def clean(data: bytes) -> Candidate:
    """Propose the same pixels as PNG; raises RefusedError for animations and what cannot be read whole."""
    walk = _walk(data)
    left, top, width, height = walk.place
    if left + width > walk.screen[0] or top + height > walk.screen[1]:
        # Some viewers widen the screen and others cut the frame: there is no one picture to be exact about.
        raise RefusedError(RefusalReason.UNSUPPORTED_VARIANT)
    if walk.place == (0, 0, *walk.screen):
        picture = pixels.load(data, _MIMETYPE)
        if png_writer.hides_in_palette(picture):
            walk.removed[Removed.OTHER] += 1
        output = png_writer.encode(picture)
        return Candidate(output, "image/png", Outcome.LOSSLESS, Removals(walk.removed))
    return _on_a_bare_screen(walk)


def _on_a_bare_screen(walk: _Walk) -> Candidate:
    """Propose a frame that is smaller than its screen; browsers show the rest as transparent."""
    left, top, width, height = walk.place
    frame = pixels.load(_frame_alone(walk), _MIMETYPE)
    shown = Image.new("RGBA", walk.screen)
    shown.paste(frame.convert("RGBA"), (left, top))
    if png_writer.hides_in_palette(frame):
        walk.removed[Removed.OTHER] += 1
    removed = Removals(walk.removed)
    palette = b"".join(bytes((level,) * 3) for level in range(256))
    if frame.mode == "P":
        palette = bytes(frame.getpalette("RGB") or ()).ljust(768, b"\0")
    clear = frame.info.get("transparency")
    if not isinstance(clear, int):
        clear = next((index for index, count in enumerate(frame.histogram()) if not count), None)
    if clear is None or frame.mode not in ("L", "P"):
        return Candidate(png_writer.encode(shown), "image/png", Outcome.LOSSLESS, removed, reference=shown)
    indices = np.full((walk.screen[1], walk.screen[0]), clear, np.uint8)
    indices[top : top + height, left : left + width] = np.asarray(frame)
    alpha = b"\xff" * clear + b"\0"
    output = png_writer.encode_indexed(Image.fromarray(indices), palette, alpha, [])
    return Candidate(output, "image/png", Outcome.LOSSLESS, removed, reference=shown)


def _frame_alone(walk: _Walk) -> bytes:
    """Write a GIF whose screen is no larger than its frame, so that its reader has nothing to fill up."""
    place = struct.pack("<4H", 0, 0, *walk.place[2:])
    head = (
        walk.data[:6] + struct.pack("<2H", *walk.place[2:]) + walk.data[10:13] + walk.palette + walk.control
    )
    return head + b"\x2c" + place + walk.data[walk.frame + 8 : walk.at]


def _walk(data: bytes) -> _Walk:
    walk = _Walk(data)
    screen = walk.take(13)
    width, height = struct.unpack_from("<2H", screen, 6)
    walk.screen = width, height
    if not width or not height:
        raise RefusedError(RefusalReason.DAMAGED)
    if width * height > MAX_PIXELS:
        raise RefusedError(RefusalReason.TOO_MANY_PIXELS)
    walk.palette = _take_palette(walk, screen[10])
    while (kind := walk.take(1)[0]) != _TRAILER:
        if kind == _EXTENSION:
            _take_extension(walk)
        elif kind == _IMAGE:
            _take_image(walk)
        else:
            raise RefusedError(RefusalReason.DAMAGED)
    if not walk.frame:
        raise RefusedError(RefusalReason.TRUNCATED)
    if walk.at < len(data):
        walk.removed[Removed.TRAILER] += 1
    return walk


def _take_palette(walk: _Walk, flags: int) -> bytes:
    return walk.take(3 << ((flags & 7) + 1)) if flags & 0x80 else b""


def _take_image(walk: _Walk) -> None:
    if walk.frame:
        raise RefusedError(RefusalReason.ANIMATED)
    walk.frame = walk.at
    head = walk.take(9)
    left, top, width, height = struct.unpack_from("<4H", head)
    walk.place = left, top, width, height
    if not width or not height:
        raise RefusedError(RefusalReason.DAMAGED)
    palette = _take_palette(walk, head[8])
    if not palette and not walk.palette:
        raise RefusedError(RefusalReason.UNSUPPORTED_VARIANT)
    if palette and walk.palette not in (b"", palette) and any(walk.palette):
        # A palette for the screen that its only frame has no use for.
        walk.removed[Removed.OTHER] += 1
    least = walk.take(1)[0]
    codes = walk.take_sub_blocks()
    if gif_codes.codes_end(codes, least) < len(codes):
        walk.removed[Removed.OTHER] += 1


def _take_extension(walk: _Walk) -> None:
    start = walk.at - 1
    label = walk.take(1)[0]
    body = walk.take_sub_blocks()
    if label in (_COMMENT, _PLAIN_TEXT):
        walk.removed[Removed.TEXT] += 1
    elif label == _APPLICATION:
        if body[:11] not in _LOOPS or len(body) > 14:
            walk.removed[Removed.TEXT if body.startswith(b"XMP Data") else Removed.OTHER] += 1
    elif label != _GRAPHIC_CONTROL or len(body) != 4:
        walk.removed[Removed.OTHER] += 1
    elif not walk.frame:
        walk.control = walk.data[start : walk.at]
