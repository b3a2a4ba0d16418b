"""Where in a picture something names somebody, and what a word of `!mask` means there."""

import pytest

from doctocbot.images.box import Box
from doctocbot.images.naming import Sign
from doctocbot.images.reading import Line
from doctocbot.images.spots import ALL_TEXT, Place, boxes_for, identifying, place_of

SIZE = (900, 600)


@pytest.mark.parametrize(
    ("label", "value", "sign"),
    [
        ("Nom :", "Bernadette", Sign.NAME),
        ("DDN", "12/03", Sign.DATE),
        ("N° dossier:", "A 42 17", Sign.NUMBER),
    ],
)
def test_a_value_is_known_by_the_label_beside_it(label: str, value: str, sign: Sign) -> None:
    """A form prints a label apart from its value: the value is pointed at, wherever it would say nothing alone."""
    lines = [Line(label, Box(10, 10, 80, 20), 1.0), Line(value, Box(120, 12, 150, 20), 1.0)]
    assert [(spot.box, set(spot.signs)) for spot in identifying(lines, SIZE)] == [(lines[1].box, {sign})]
    below = [lines[0], Line(value, Box(120, 300, 150, 20), 1.0)]
    assert identifying(below, SIZE) == []


def test_places_are_the_ninths_of_a_picture() -> None:
    """Each ninth has its name, also for boxes that reach beyond the edge."""
    for index, place in enumerate(Place):
        assert place_of(Box(300 * (index % 3) + 100, 200 * (index // 3) + 80, 60, 30), SIZE) is place
    assert place_of(Box(-50, -50, 20, 20), SIZE) is Place.TOP_LEFT
    assert place_of(Box(890, 590, 60, 60), SIZE) is Place.BOTTOM_RIGHT


def test_a_word_says_which_boxes_are_meant() -> None:
    """A place means its spots, or where there are none all its lines; `all-text` means every line; others nothing."""
    name, pace, foot = Box(10, 10, 200, 20), Box(10, 60, 200, 20), Box(700, 560, 190, 24)
    lines = [Line("DUPONT Marie", name, 1.0), Line("FC 72 bpm", pace, 1.0), Line("25 mm/s", foot, 1.0)]
    spots = identifying(lines, SIZE)
    assert boxes_for("top-left", lines, spots, SIZE) == [name.grown(5)]
    assert boxes_for("bottom-right", lines, spots, SIZE) == [Box(694, 554, 202, 36)]
    assert boxes_for(ALL_TEXT, lines, spots, SIZE) == [name.grown(5), pace.grown(5), Box(694, 554, 202, 36)]
    assert boxes_for("middle", lines, spots, SIZE) == []
    assert boxes_for("everything", lines, spots, SIZE) == []
