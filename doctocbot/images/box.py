"""Rectangles of a picture as it is shown, the right way up: where a word stands, what is to be blanked."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle in whole pixels, counted from the top left corner of the picture as it is shown."""

    left: int
    top: int
    width: int
    height: int

    @property
    def right(self) -> int:
        """The first column that is not in the box any more."""
        return self.left + self.width

    @property
    def bottom(self) -> int:
        """The first row that is not in the box any more."""
        return self.top + self.height

    def grown(self, by: int) -> "Box":
        """The box with a margin of so many pixels on every side."""
        return Box(self.left - by, self.top - by, self.width + 2 * by, self.height + 2 * by)

    def within(self, size: tuple[int, int]) -> "Box | None":
        """The part of the box that lies in a picture of so many columns and rows, if any does."""
        left, top = max(0, self.left), max(0, self.top)
        width, height = min(size[0], self.right) - left, min(size[1], self.bottom) - top
        return Box(left, top, width, height) if width > 0 and height > 0 else None
