"""GIF: the indices and palette of a still picture, exactly, as PNG. Source: GIF89a specification."""

from dataclasses import dataclass, field

from doctocbot.images import pixels
from doctocbot.images.formats import png_writer
from doctocbot.images.model import MAX_PIXELS, Candidate, Outcome, RefusalReason, RefusedError, Removed

_EXTENSION, _IMAGE, _TRAILER = 0x21, 0x2C, 0x3B
_COMMENT, _PLAIN_TEXT, _APPLICATION, _GRAPHIC_CONTROL = 0xFE, 0x01, 0xFF, 0xF9


@dataclass(slots=True)
class _Walk:
    data: bytes
    at: int = 0
    images: int = 0
    removed: set[Removed] = field(default_factory=set)

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
    removed = _walk(data)
    output = png_writer.encode(pixels.load(data, "image/gif"))
    return Candidate(output, "image/png", Outcome.LOSSLESS, removed)


def _walk(data: bytes) -> frozenset[Removed]:
    walk = _Walk(data)
    screen = walk.take(13)
    width, height = int.from_bytes(screen[6:8], "little"), int.from_bytes(screen[8:10], "little")
    if not width or not height:
        raise RefusedError(RefusalReason.DAMAGED)
    if width * height > MAX_PIXELS:
        raise RefusedError(RefusalReason.TOO_MANY_PIXELS)
    _skip_palette(walk, screen[10])
    while (kind := walk.take(1)[0]) != _TRAILER:
        if kind == _EXTENSION:
            _take_extension(walk)
        elif kind == _IMAGE:
            _take_image(walk, width, height)
        else:
            raise RefusedError(RefusalReason.DAMAGED)
    if not walk.images:
        raise RefusedError(RefusalReason.TRUNCATED)
    if walk.at < len(data):
        walk.removed.add(Removed.TRAILER)
    return frozenset(walk.removed)


def _skip_palette(walk: _Walk, flags: int) -> None:
    if flags & 0x80:
        walk.take(3 << ((flags & 7) + 1))


def _take_image(walk: _Walk, width: int, height: int) -> None:
    walk.images += 1
    if walk.images > 1:
        raise RefusedError(RefusalReason.ANIMATED)
    place = walk.take(9)
    frame = tuple(int.from_bytes(place[at : at + 2], "little") for at in (0, 2, 4, 6))
    if frame != (0, 0, width, height):
        # What lies outside the frame is up to the viewer: there is no one picture to be exact about.
        raise RefusedError(RefusalReason.UNSUPPORTED_VARIANT)
    _skip_palette(walk, place[8])
    walk.take(1)
    walk.take_sub_blocks()


def _take_extension(walk: _Walk) -> None:
    label = walk.take(1)[0]
    body = walk.take_sub_blocks()
    if label in (_COMMENT, _PLAIN_TEXT):
        walk.removed.add(Removed.TEXT)
    elif label == _APPLICATION:
        if body[:11] not in (b"NETSCAPE2.0", b"ANIMEXTS1.0") or len(body) > 14:
            walk.removed.add(Removed.TEXT if body.startswith(b"XMP Data") else Removed.OTHER)
    elif label != _GRAPHIC_CONTROL or len(body) != 4:
        walk.removed.add(Removed.OTHER)
