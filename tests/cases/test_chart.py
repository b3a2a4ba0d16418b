"""The chart is a small picture made of numbers and our own words."""

import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from doctocbot.cases.chart import Panel, draw
from doctocbot.images import CleanImage, scrub

DAYS = Panel("Réponses par jour", tuple(zip(("lun.", "mar.", "mer."), (3, 0, 9), strict=True)))


def pixels(data: bytes) -> Image.Image:
    """The picture as anybody's viewer shows it."""
    return Image.open(io.BytesIO(data)).convert("RGB")


def heights(picture: Image.Image, bars: int) -> list[int]:
    """How many pixels of the bars' colour stand in the middle of each bar."""
    step = (picture.width - 56) / bars
    columns = [round(28 + step * (number + 0.5)) for number in range(bars)]
    whole = range(picture.height)
    return [sum(_is_bar(picture.getpixel((column, row))) for row in whole) for column in columns]


def _is_bar(colour: object) -> bool:
    return isinstance(colour, tuple) and colour[2] > colour[0] + 50


def test_bars_are_as_high_as_their_numbers() -> None:
    """Nothing for nothing."""
    low, none, high = heights(pixels(draw((DAYS,))[0]), 3)
    assert none == 0 < low < high
    assert low / high == pytest.approx(3 / 9, abs=0.05)


def test_the_real_scrubber_finds_nothing_to_take_out() -> None:
    """What is posted without being cleaned would come through the cleaning without loss."""
    data, size = draw((DAYS, DAYS))
    clean = scrub(data)
    assert isinstance(clean, CleanImage)
    assert (clean.outcome.value, dict(clean.removed)) == ("clean-lossless", {})
    assert (clean.width, clean.height) == size
    assert pixels(clean.data).tobytes() == pixels(data).tobytes()


def test_it_is_small_and_stands_on_a_light_ground_of_its_own() -> None:
    """So that it reads the same on a dark screen, and loads on a phone."""
    data, (width, height) = draw((DAYS, DAYS))
    assert len(data) < 20_000
    assert width <= 800
    assert height < width
    shown = pixels(data)
    for corner in ((0, 0), (width - 1, height - 1)):
        colour = shown.getpixel(corner)
        assert isinstance(colour, tuple)
        assert min(colour) > 240


def test_accents_are_drawn() -> None:
    """Pillow's own font has none, and would draw boxes."""
    with_accent, without = (draw((Panel(title, (("lun.", 1),)),))[0] for title in ("délai", "delai"))
    one, other = pixels(with_accent), pixels(without)
    differing = [
        (x, y) for y in range(80) for x in range(200) if one.getpixel((x, y)) != other.getpixel((x, y))
    ]
    assert 10 < len(differing) < 120, "a stroke, and the rest is the same"


@settings(max_examples=25, deadline=None)
@given(st.lists(st.integers(0, 10**6), min_size=1, max_size=7))
def test_any_numbers_can_be_drawn(counts: list[int]) -> None:
    """None, one or a million."""
    panel = Panel("x", tuple((str(number), count) for number, count in enumerate(counts)))
    picture = pixels(draw((panel,))[0])
    assert [bool(height) for height in heights(picture, len(counts))] == [count > 0 for count in counts]
