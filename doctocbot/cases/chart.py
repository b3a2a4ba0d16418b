"""A small chart as a picture: bars drawn from numbers and a few words of ours, nothing of anybody's. Pure.

It stands on a light ground of its own, so that it reads the same in a light and in a dark client, and is wide enough
for its words to be read on a phone.
"""

import functools
import io
import unicodedata
from dataclasses import dataclass

from PIL import Image, ImageDraw, ImageFont

_WIDTH = 720
_MARGIN = 28
_TITLE, _BARS, _LABELS, _GAP = 44, 150, 40, 26
_GROUND, _INK, _QUIET, _BAR, _LINE = "#f7f8fa", "#1b2530", "#5b6875", "#2f7d8c", "#c9d0d6"
_COLOURS = 32

_STROKES = {
    "\u0301": ((-0.04, -0.10, 0.10, -0.24),),
    "\u0300": ((0.04, -0.10, -0.10, -0.24),),
    "\u0302": ((-0.13, -0.10, 0.0, -0.23), (0.0, -0.23, 0.13, -0.10)),
}
"""Accents as lines from the middle of the letter's top, in sizes of the font."""


@dataclass(frozen=True, slots=True)
class Panel:
    """A row of bars under a title; each bar with its label.

    `highest` is the number that would fill the height, where the highest bar does not.
    """

    title: str
    bars: tuple[tuple[str, int], ...]
    highest: int | None = None


def draw(panels: tuple[Panel, ...]) -> tuple[bytes, tuple[int, int]]:
    """The panels one above the other as a PNG without any metadata, and its width and height in pixels."""
    each = _TITLE + _BARS + _LABELS
    height = 2 * _MARGIN + len(panels) * each + (len(panels) - 1) * _GAP
    picture = Image.new("RGB", (_WIDTH, height), _GROUND)
    canvas = ImageDraw.Draw(picture)
    for number, panel in enumerate(panels):
        _panel(canvas, panel, _MARGIN + number * (each + _GAP))
    encoded = io.BytesIO()
    picture.quantize(_COLOURS, Image.Quantize.FASTOCTREE).save(encoded, "PNG")
    return encoded.getvalue(), picture.size


def _panel(canvas: ImageDraw.ImageDraw, panel: Panel, top: int) -> None:
    _write(canvas, (_MARGIN, top + 24), panel.title, 26, _INK)
    floor = top + _TITLE + _BARS
    step = (_WIDTH - 2 * _MARGIN) / len(panel.bars)
    most = panel.highest or max((count for _, count in panel.bars), default=0) or 1
    for number, (label, count) in enumerate(panel.bars):
        middle = _MARGIN + step * (number + 0.5)
        # Room is left above the highest bar for its number.
        up = floor - round((_BARS - 34) * count / most)
        if count:
            canvas.rounded_rectangle(
                (middle - step * 0.3, min(up, floor - 3), middle + step * 0.3, floor), 4, _BAR
            )
        _write(canvas, (middle, up - 6), str(count), 24, _INK if count else _QUIET, centred=True)
        _write(canvas, (middle, floor + 28), label, 22, _QUIET, centred=True)
    canvas.line((_MARGIN, floor, _WIDTH - _MARGIN, floor), _LINE, 2)


@functools.cache
def _font(size: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    # Pillow unpacks it anew at every call.
    return ImageFont.load_default(size)


def _write(
    canvas: ImageDraw.ImageDraw,
    at: tuple[float, float],
    text: str,
    size: int,
    colour: str,
    *,
    centred: bool = False,
) -> None:
    """Write on a base line. Pillow's own font has no accents: they are drawn above their letters."""
    font = _font(size)
    decomposed = unicodedata.normalize("NFD", text)
    bare = "".join(char for char in decomposed if not unicodedata.combining(char))
    left, line = at[0] - (font.getlength(bare) / 2 if centred else 0), at[1]
    canvas.text((left, line), bare, colour, font, anchor="ls")
    written = ""
    for char in decomposed:
        if not unicodedata.combining(char):
            written += char
            continue
        box = font.getbbox(written[-1:], anchor="ls")
        middle = left + font.getlength(written[:-1]) + (box[0] + box[2]) / 2
        for x, y, to_x, to_y in _STROKES.get(char, ()):
            ends = (
                middle + x * size,
                line + box[1] + y * size,
                middle + to_x * size,
                line + box[1] + to_y * size,
            )
            canvas.line(ends, colour, max(size // 11, 1))
