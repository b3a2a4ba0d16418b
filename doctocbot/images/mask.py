"""Blank rectangles of a clean picture for good, and leave all the rest of it exactly as it was.

JPEG: the blocks that a box touches lose every coefficient, those outside keep theirs bit for bit; a box grows to whole
coding units (16 x 16 pixels where colours are stored at half the size), so that no colour of what is hidden reaches
beyond it. Other formats are blanked pixel by pixel and leave as PNG. What is blanked turns a mid grey.
"""

from collections.abc import Callable, Sequence
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from doctocbot.images import deep, pixels, turbo
from doctocbot.images.box import Box
from doctocbot.images.formats import jpeg, jpeg_segments, png, png_chunks, png_writer
from doctocbot.images.formats.jpeg_frame import Frame
from doctocbot.images.formats.png_chunks import Parsed
from doctocbot.images.model import Outcome, RefusalReason, RefusedError
from doctocbot.images.sniff import sniff
from doctocbot.images.turbo import BlockRow

_BLOCK = 8
_MID_GREY = 128
_MOST_ENTRIES = 256
_WITH_ALPHA = (png_writer.GREY_ALPHA, png_writer.RGB_ALPHA)
_WITH_COLOUR = (png_writer.RGB, png_writer.RGB_ALPHA)

_Colour: TypeAlias = list[tuple[bytes, bytes]]


def mask(data: bytes, boxes: Sequence[Box]) -> bytes:
    """Blank boxes of a picture that `scrub` gave out, and give a picture that `scrub` would give out unchanged.

    Boxes are in pixels of the picture as it is shown; what of them lies outside it is ignored. Raises ValueError where
    a box lies outside altogether, RefusedError for what is no clean picture. Decodes in this process: the bot calls it
    through `mask_in_sandbox`.
    """
    mimetype = sniff(data) or ""
    if mimetype not in _MASKS:
        raise RefusedError(RefusalReason.UNSUPPORTED_VARIANT)
    return _MASKS[mimetype](data, boxes)


def _inside(boxes: Sequence[Box], size: tuple[int, int]) -> list[Box]:
    inside = [part for box in boxes if (part := box.within(size)) is not None]
    if len(inside) < len(boxes) or not boxes:
        raise ValueError("a box lies outside the picture")
    return inside


def _masked_jpeg(data: bytes, boxes: Sequence[Box]) -> bytes:
    parsed = jpeg_segments.parse(data)
    frame, orientation = parsed.frame, parsed.orientation or 1
    if frame is None:
        raise RefusedError(RefusalReason.DAMAGED)
    shown = (frame.width, frame.height) if orientation < 5 else (frame.height, frame.width)
    stored = [_as_stored(box, orientation, shown) for box in _inside(boxes, shown)]
    try:
        blanked = turbo.transform(data, filter=_blanker(frame, stored))
    except turbo.TurboError as error:
        raise RefusedError(RefusalReason.DAMAGED) from error
    candidate = jpeg.clean(data[: _tables_start(data)] + blanked[_tables_start(blanked) :])
    if candidate.outcome is not Outcome.LOSSLESS:
        raise RefusedError(RefusalReason.UNVERIFIED)
    return candidate.data


def _as_stored(box: Box, orientation: int, shown: tuple[int, int]) -> Box:
    """Find where a box of the shown picture lies before the picture is turned by its EXIF orientation."""
    left, top, width, height = box.left, box.top, box.width, box.height
    if orientation in (2, 3, 6, 7):
        left = shown[0] - box.right
    if orientation in (3, 4, 7, 8):
        top = shown[1] - box.bottom
    return Box(left, top, width, height) if orientation < 5 else Box(top, left, height, width)


def _blanker(frame: Frame, boxes: Sequence[Box]) -> turbo.CoefficientFilter:
    alone = len(frame.components) == 1
    samplings = [(1, 1) if alone else divmod(component.sampling, 16) for component in frame.components]
    most_across, most_down = (max(sampling) for sampling in zip(*samplings, strict=True))
    unit_width, unit_height = _BLOCK * most_across, _BLOCK * most_down
    units = [
        (
            box.left // unit_width,
            -(-box.right // unit_width),
            box.top // unit_height,
            -(-box.bottom // unit_height),
        )
        for box in boxes
    ]

    def blank(row: BlockRow, coefficients: NDArray[np.int16]) -> None:
        across, down = samplings[row.component]
        for first, last, upper, lower in units:
            if upper * down <= row.top // _BLOCK < lower * down:
                coefficients[first * across : last * across] = 0

    return blank


def _tables_start(data: bytes) -> int:
    at = 2
    while 0xE0 <= data[at + 1] <= 0xEF:
        at += 2 + int.from_bytes(data[at + 2 : at + 4], "big")
    return at


def _masked_png(data: bytes, boxes: Sequence[Box]) -> bytes:
    parsed = png_chunks.parse(data)
    inside = _inside(boxes, (parsed.header.width, parsed.header.height))
    colour = sorted(parsed.colour.items())
    if parsed.icc:
        colour.append((b"iCCP", png_writer.profile_chunk(parsed.icc)))
    if parsed.header.depth == 16:
        output = _blanked_deep(data, parsed, inside, colour)
    elif parsed.header.kind == png_writer.INDEXED:
        output = _blanked_indices(data, parsed, inside, colour)
    else:
        output = _blanked_samples(data, parsed, inside, colour)
    # The scrubber's own words for what is no longer seen: a transparent colour, an entry of the palette.
    return png.clean(output).data


def _blanked_deep(data: bytes, parsed: Parsed, boxes: Sequence[Box], colour: _Colour) -> bytes:
    levels = deep.samples(data, "image/png")
    fill = _opaque_grey(parsed, 0x8000)
    for box in boxes:
        levels[box.top : box.bottom, box.left : box.right] = fill
    return png_writer.encode_deep(levels, colour, parsed.transparency)


def _opaque_grey(parsed: Parsed, level: int) -> list[int]:
    """Give the samples of a grey of this level (or the next one down, where that very grey means transparency)."""
    key = {
        int.from_bytes(parsed.transparency[at : at + 2], "big")
        for at in range(0, len(parsed.transparency), 2)
    }
    level -= key == {level}
    alpha = [(1 << parsed.header.depth) - 1] if parsed.header.kind in _WITH_ALPHA else []
    return [level] * (3 if parsed.header.kind in _WITH_COLOUR else 1) + alpha


def _blanked_samples(data: bytes, parsed: Parsed, boxes: Sequence[Box], colour: _Colour) -> bytes:
    picture = pixels.load(data, "image/png")
    depth = parsed.header.depth
    # Pillow spreads levels of fewer bits over the whole range.
    spread = 255 // ((1 << depth) - 1)
    fill = tuple(min(255, level * spread) for level in _opaque_grey(parsed, 1 << depth - 1))
    for box in boxes:
        picture.paste(fill if len(fill) > 1 else fill[0], (box.left, box.top, box.right, box.bottom))
    header = png_writer.Header(picture.width, picture.height, depth, parsed.header.kind, interlaced=False)
    packed = png_writer.packed_rows_of(picture, header)
    return png_writer.assemble(header, packed, b"", parsed.transparency, colour)


def _blanked_indices(data: bytes, parsed: Parsed, boxes: Sequence[Box], colour: _Colour) -> bytes:
    picture = pixels.load(data, "image/png")
    palette, index = _with_grey(parsed.palette, parsed.transparency)
    for box in boxes:
        picture.paste(index, (box.left, box.top, box.right, box.bottom))
    return png_writer.encode_indexed(picture, palette, parsed.transparency, colour)


def _with_grey(palette: bytes, transparency: bytes) -> tuple[bytes, int]:
    """Add a grey to a palette, or find in a full one the opaque colour (if any is) that is nearest to it."""
    entries = len(palette) // 3
    if entries < _MOST_ENTRIES:
        return palette + bytes((_MID_GREY,)) * 3, entries

    def distance(entry: int) -> tuple[int, int]:
        alpha = transparency[entry] if entry < len(transparency) else 255
        return 255 - alpha, sum(abs(level - _MID_GREY) for level in palette[3 * entry : 3 * entry + 3])

    return palette, min(range(entries), key=distance)


def _masked_webp(data: bytes, boxes: Sequence[Box]) -> bytes:
    picture = pixels.load(data, "image/webp")
    fill = (_MID_GREY, _MID_GREY, _MID_GREY, 255)[: len(picture.getbands())]
    for box in _inside(boxes, picture.size):
        picture.paste(fill, (box.left, box.top, box.right, box.bottom))
    return png.clean(png_writer.encode(picture, bytes(picture.info.get("icc_profile") or b""))).data


_MASKS: dict[str, Callable[[bytes, Sequence[Box]], bytes]] = {
    "image/jpeg": _masked_jpeg,
    "image/png": _masked_png,
    "image/webp": _masked_webp,
}
