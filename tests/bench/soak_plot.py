"""The looks of a soak as a picture for docs/: three panels over the events, each from zero."""

import io
from collections.abc import Mapping, Sequence
from typing import Any

from PIL import Image, ImageDraw, ImageFont

_WIDTH, _PANEL, _MARGIN, _LEFT, _GAP = 960, 190, 26, 78, 46
_GROUND, _INK, _QUIET, _LINE = "#f7f8fa", "#1b2530", "#5b6875", "#d4dae0"
_COLOURS = ("#2f7d8c", "#c06a2b", "#7a5ca8")
_PANELS = (
    ("MB resident", ("memory",)),
    ("open files, threads", ("files", "threads")),
    ("MB on disk", ("database", "crypto", "journals")),
)
_STEPS = 4


def plot(looks: Sequence[Mapping[str, Any]]) -> bytes:
    """Memory, open files and threads, and what lies on disk, as a PNG without metadata."""
    height = 2 * _MARGIN + len(_PANELS) * _PANEL + (len(_PANELS) - 1) * _GAP + 26
    picture = Image.new("RGB", (_WIDTH, height), _GROUND)
    canvas = ImageDraw.Draw(picture)
    for number, (title, names) in enumerate(_PANELS):
        _panel(canvas, _MARGIN + number * (_PANEL + _GAP), title, names, looks)
    most = looks[-1]["events"]
    for step in range(_STEPS + 1):
        across = _LEFT + (_WIDTH - _LEFT - _MARGIN) * step / _STEPS
        last = step == _STEPS
        words = f"{most * step // _STEPS:,}" + (" events" if last else "")
        _write(canvas, (across, height - 12), words, _QUIET, "rs" if last else "ms")
    encoded = io.BytesIO()
    picture.quantize(32, Image.Quantize.FASTOCTREE).save(encoded, "PNG")
    return encoded.getvalue()


def _panel(
    canvas: ImageDraw.ImageDraw,
    top: int,
    title: str,
    names: Sequence[str],
    looks: Sequence[Mapping[str, Any]],
) -> None:
    floor, ceiling = top + _PANEL, top + 34
    highest = _round_up(max(float(look[name]) for look in looks for name in names))
    _write(canvas, (_LEFT, top + 14), title, _INK, "ls")
    for step in range(_STEPS + 1):
        height = floor - (floor - ceiling) * step / _STEPS
        canvas.line((_LEFT, height, _WIDTH - _MARGIN, height), _LINE)
        _write(canvas, (_LEFT - 8, height), f"{highest * step / _STEPS:g}", _QUIET, "rm")
    label = _WIDTH - _MARGIN
    for name, colour in reversed(list(zip(names, _COLOURS, strict=False))):
        if len(names) > 1:
            _write(canvas, (label, top + 14), name, colour, "rs")
            label -= round(_font().getlength(name)) + 18
        canvas.line(
            [_place(look, name, looks[-1], highest, floor, ceiling) for look in looks], colour, 3, "curve"
        )


def _place(
    look: Mapping[str, Any], name: str, last: Mapping[str, Any], highest: float, floor: int, ceiling: int
) -> tuple[float, float]:
    across = _LEFT + (_WIDTH - _LEFT - _MARGIN) * look["events"] / last["events"]
    return across, floor - (floor - ceiling) * float(look[name]) / highest


def _round_up(value: float) -> float:
    """The next number that four steps divide well."""
    size = 1.0
    while size * 10 <= value:
        size *= 10
    return next(size * step for step in (1, 1.2, 1.6, 2, 2.4, 3.2, 4, 6, 8, 10) if size * step >= value)


def _font() -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    return ImageFont.load_default(16)


def _write(canvas: ImageDraw.ImageDraw, at: tuple[float, float], text: str, colour: str, anchor: str) -> None:
    canvas.text(at, text, colour, _font(), anchor=anchor)
