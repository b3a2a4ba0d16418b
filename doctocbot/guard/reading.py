"""A text as the rules read it: bare letters, plain spaces, dashes and figures, nothing invisible.

People write with accents or without, in figures of other scripts, with spaces that do not break and marks of direction
pasted along with a number. Every rule reads the plain text; places are counted back in the words as they were written.
"""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

_ONE_FOR_ONE = {
    **dict.fromkeys(map(ord, "\t\u2028\u2029"), " "),
    **dict.fromkeys(map(ord, "\x0b\x0c\x85"), "\n"),
    **dict.fromkeys(map(ord, "⁄∕"), "/"),
    ord("•"): ".",
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


_MARKUP = re.compile(
    r"""[*~"“”„]|[«‹]\s?|\s?[»›]|(?<!\w)[_`]+|[_`]+(?!\w)|\\(?=[^\w\s])|\r(?=\n)""",
)
"""What people put around words to make them bold or to quote them: Element shows the words alone."""

_PLAIN = re.compile(r"[^\t\r\x0b\x0c`]*\Z")

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
    markup = {place for found in _MARKUP.finditer(text) for place in range(*found.span())}
    if not markup and text.isascii() and _PLAIN.match(text):
        return Plain(text, text, None)
    plain = text.translate(_TABLE)
    if not markup and len(plain) == len(text):
        return Plain(plain, text, None)
    spelled = [
        (place, bare)
        for place, letter in enumerate(text)
        if place not in markup and (bare := _TABLE[ord(letter)]) is not None
    ]
    return Plain("".join(bare for _, bare in spelled), text, [place for place, _ in spelled])
