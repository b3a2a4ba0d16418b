"""A text as the rules read it: bare letters, plain spaces, dashes and figures, nothing invisible.

People write with accents or without, in figures of other scripts, with spaces that do not break and marks of direction
pasted along with a number. Every rule reads the plain text; places are counted back in the words as they were written.
"""

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

_ONE_FOR_ONE = {
    **dict.fromkeys(map(ord, "\t\u2028\u2029"), " "),
    **dict.fromkeys(map(ord, "’‘ʼ´`"), "'"),
    ord("º"): "°",
    ord("\n"): "\n",
    ord("\r"): "\n",
    ord("·"): ".",
    ord("‧"): ".",
}


def _spelled(letter: str) -> str | None:
    """One plain character for this one, or None where it is none that one sees."""
    if known := _ONE_FOR_ONE.get(ord(letter)):
        return known
    category = unicodedata.category(letter)
    if category in ("Mn", "Cf"):
        return None
    if category == "Zs":
        return " "
    if category == "Pd" or letter == "\u2212":
        return "-"
    if category == "Nd":
        return str(unicodedata.digit(letter))
    if category[0] in "LPS":
        bare = [one for one in unicodedata.normalize("NFKD", letter) if not unicodedata.combining(one)]
        if len(bare) == 1:
            return bare[0]
    return letter


class _Table(dict[int, str | None]):
    """What `str.translate` asks; letters of rare scripts are worked out each time, so that it never grows."""

    def __missing__(self, code: int) -> str | None:
        return _spelled(chr(code))


_TABLE = _Table({code: _spelled(chr(code)) for code in (*range(0x250), *range(0x2000, 0x2070))})


@dataclass(frozen=True, slots=True)
class Plain:
    """A text in plain characters; `places` are theirs in the original, None where they are the same."""

    text: str
    original: str
    places: Sequence[int] | None

    def span(self, start: int, end: int) -> tuple[int, int]:
        """Where `text[start:end]` stands in the original, with the accents that follow its last letter."""
        if self.places is None:
            return start, end
        last = self.places[end - 1] + 1
        while last < len(self.original) and unicodedata.combining(self.original[last]):
            last += 1
        return self.places[start], last


def read(text: str) -> Plain:
    """Spell a text plainly."""
    if text.isascii() and "\t" not in text and "\r" not in text and "`" not in text:
        return Plain(text, text, None)
    plain = text.translate(_TABLE)
    if len(plain) == len(text):
        return Plain(plain, text, None)
    places = [place for place, letter in enumerate(text) if _TABLE[ord(letter)] is not None]
    return Plain(plain, text, places)
