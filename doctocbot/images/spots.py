"""Where in a picture its words name somebody: spots for the author to look at, and to blank by a word. Pure."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from doctocbot.images.box import Box
from doctocbot.images.naming import Sign, signs, without_accents
from doctocbot.images.reading import Line

__all__ = ["ALL_TEXT", "Place", "Sign", "Spot", "boxes_for", "identifying", "place_of"]


class Place(StrEnum):
    """Which ninth of a picture the middle of a spot lies in; the values are what an author types."""

    TOP_LEFT = "top-left"
    TOP = "top"
    TOP_RIGHT = "top-right"
    LEFT = "left"
    MIDDLE = "middle"
    RIGHT = "right"
    BOTTOM_LEFT = "bottom-left"
    BOTTOM = "bottom"
    BOTTOM_RIGHT = "bottom-right"


ALL_TEXT = "all-text"


@dataclass(frozen=True, slots=True)
class Spot:
    """A line that looks as if it named somebody: what it looks like, where it stands."""

    signs: frozenset[Sign]
    box: Box
    place: Place


# How far, in heights of the line, a value may stand from its label.
_REACH = 15


def identifying(lines: Sequence[Line], size: tuple[int, int]) -> list[Spot]:
    """Point at the lines that look as if they named somebody, from the top; `size` is the picture's, as shown."""
    spots = []
    for line in lines:
        found = signs(line.text) | _sign_of_label_before(line, lines)
        if found:
            spots.append(Spot(frozenset(found), line.box, place_of(line.box, size)))
    return spots


def place_of(box: Box, size: tuple[int, int]) -> Place:
    """Name the ninth of a picture in which the middle of a box lies."""
    column = min(2, max(0, 3 * (2 * box.left + box.width) // (2 * size[0])))
    row = min(2, max(0, 3 * (2 * box.top + box.height) // (2 * size[1])))
    return tuple(Place)[3 * row + column]


def boxes_for(target: str, lines: Sequence[Line], spots: Sequence[Spot], size: tuple[int, int]) -> list[Box]:
    """Say which boxes a word means: `all-text` every line, a place the spots there, else all lines there.

    A margin goes around each, for letters reach beyond the box an engine draws. Empty where nothing stands there, or
    where the word is none of ours.
    """
    if target == ALL_TEXT:
        chosen = [line.box for line in lines]
    elif target in tuple(Place):
        chosen = [spot.box for spot in spots if spot.place == target]
        chosen = chosen or [line.box for line in lines if place_of(line.box, size) == target]
    else:
        chosen = []
    grown = (box.grown(max(3, box.height // 4)).within(size) for box in chosen)
    return [box for box in grown if box is not None]


def _sign_of_label_before(line: Line, lines: Sequence[Line]) -> set[Sign]:
    """Look for a bare label to the left of a line: a form prints it apart from its value."""
    for other in lines:
        beside = abs(other.box.top - line.box.top) < line.box.height * 0.6
        gap = line.box.left - other.box.right
        if other is not line and beside and -5 <= gap < _REACH * line.box.height:
            label = without_accents(other.text).strip(" :.").lower()
            if label in _LABELS and re.search(r"[A-Za-z0-9]{2}", line.text):
                return {_LABELS[label]}
    return set()


_LABELS = {
    **dict.fromkeys(
        ("nom", "prenom", "nom prenom", "patient", "patiente", "name", "patient name"), Sign.NAME
    ),
    **dict.fromkeys(
        ("ddn", "dob", "ne le", "nee le", "ne(e) le", "date de naissance", "date of birth"), Sign.DATE
    ),
    **dict.fromkeys(("ipp", "nda", "id", "patient id", "mrn", "n° dossier", "dossier"), Sign.NUMBER),
}
