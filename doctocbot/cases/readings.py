"""What was read in a picture of a draft, kept as places and signs: the words themselves are never written down."""

import json
from collections.abc import Sequence
from dataclasses import astuple, dataclass, replace
from typing import Self

from doctocbot.images.box import Box
from doctocbot.images.reading import Line
from doctocbot.images.spots import Place, Sign, Spot, boxes_for, identifying

_MOST, _LONGEST = 200, 200


@dataclass(frozen=True, slots=True)
class Reading:
    """Where words stand in a picture of so many columns and rows, and which of them look like identifiers."""

    size: tuple[int, int]
    lines: tuple[Box, ...] = ()
    spots: tuple[Spot, ...] = ()

    @classmethod
    def of(cls, lines: Sequence[Line], size: tuple[int, int]) -> Self:
        """What was read, without the words; of what an untrusted process says, only as much as any print holds."""
        lines = [replace(line, text=line.text[:_LONGEST]) for line in lines[:_MOST]]
        return cls(size, tuple(line.box for line in lines), tuple(identifying(lines, size)))

    def boxes(self, target: str) -> list[Box]:
        """What a word of `!mask` means: all text, or a place; empty where nothing stands there."""
        return boxes_for(target, [Line("", box, 0.0) for box in self.lines], self.spots, self.size)

    def to_json(self) -> str:
        """The form in which a draft keeps it."""
        spots = [[sorted(spot.signs), astuple(spot.box), spot.place] for spot in self.spots]
        return json.dumps([self.size, [astuple(box) for box in self.lines], spots], separators=(",", ":"))

    @classmethod
    def from_json(cls, stored: str) -> Self:
        """What `to_json` wrote."""
        size, lines, spots = json.loads(stored)
        return cls(
            (size[0], size[1]),
            tuple(Box(*box) for box in lines),
            tuple(Spot(frozenset(map(Sign, signs)), Box(*box), Place(place)) for signs, box, place in spots),
        )
