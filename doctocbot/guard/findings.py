"""The vocabulary of the guard: what kind of identifier stands where in a text."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeAlias

Accepts: TypeAlias = Callable[[re.Match[str]], bool]


class Kind(StrEnum):
    """A kind of identifier; sentences stand in the catalogues as `guard.kind.<kind>`."""

    PHONE = "phone"
    MAIL = "mail"
    DATE = "date"
    NIR = "nir"
    NATIONAL_NUMBER = "national-number"
    FILE_NUMBER = "file-number"
    ADDRESS = "address"
    NAME = "name"
    LIKELY_NAME = "likely-name"
    PLACE_OF_CARE = "place-of-care"
    AGE = "age"
    FILE_NAME = "file-name"

    @property
    def asks_only(self) -> bool:
        """Whether a finding of this kind may only ask the author, and never block or mask.

        A word that looks like a name with no title before it may as well be a drug or an eponym.
        """
        return self is Kind.LIKELY_NAME


@dataclass(frozen=True, slots=True, order=True)
class Finding:
    """An identifier at `text[start:end]`."""

    start: int
    end: int
    kind: Kind


def masked(text: str, findings: Sequence[Finding], by: str = "[…]") -> str:
    """Put `by` in the place of every finding; `findings` are in order and do not overlap."""
    pieces, at = [], 0
    for finding in findings:
        pieces += [text[at : finding.start], by]
        at = finding.end
    return "".join([*pieces, text[at:]])


@dataclass(frozen=True, slots=True)
class Passage:
    """A plain text with what lets a rule pass over it quickly.

    `words` are its words in small letters, each with the places where it begins; `starts` the places where a row of
    figures begins, or the bracket before one.
    """

    text: str
    words: Mapping[str, Sequence[int]]
    starts: tuple[int, ...]

    @classmethod
    def of(cls, text: str) -> "Passage":
        """Look through a plain text once."""
        starts = []
        for row in _FIGURES.finditer(text):
            starts += [row.start(), row.start() + 1] if row[0][0] == "(" else [row.start()]
        words: dict[str, list[int]] = {}
        for word in _LETTERS.finditer(text):
            words.setdefault(word[0].lower(), []).append(word.start())
        return cls(text, words, tuple(starts))

    def has(self, words: frozenset[str]) -> bool:
        """Whether one of these words stands in the text."""
        return not words.isdisjoint(self.words)

    def beginnings(self, words: frozenset[str]) -> list[int]:
        """The places where one of these words begins, in order."""
        return sorted(start for word in words.intersection(self.words) for start in self.words[word])


_FIGURES = re.compile(r"\(?[0-9]+")
_LETTERS = re.compile(r"[^\W\d_]+")


def spans(pattern: re.Pattern[str], text: str, accepts: Accepts | None = None) -> Iterator[tuple[int, int]]:
    """Find where a pattern stands and is accepted; what was not accepted hides nothing that begins inside it.

    The span is the pattern's group `id` where it has one, else the whole match. Every repetition in a pattern is
    bounded, so that a search takes a time in proportion to the text, whatever it says.
    """
    group: int | str = "id" if "id" in pattern.groupindex else 0
    at = 0
    while (match := pattern.search(text, at)) is not None:
        if accepts is None or accepts(match):
            yield match.span(group)
            at = max(match.end(), at + 1)
        else:
            at = match.start() + 1


def spans_of_figures(
    pattern: re.Pattern[str], passage: Passage, accepts: Accepts | None = None
) -> Iterator[tuple[int, int]]:
    """As `spans`, for a pattern that begins with a figure: it is tried only where a row of figures begins."""
    return _spans_at(pattern, passage.text, passage.starts, accepts)


def spans_of_words(
    pattern: re.Pattern[str], passage: Passage, words: frozenset[str], accepts: Accepts | None = None
) -> Iterator[tuple[int, int]]:
    """As `spans`, for a pattern that begins with one of these words: it is tried only where one begins."""
    return _spans_at(pattern, passage.text, passage.beginnings(words), accepts)


def _spans_at(
    pattern: re.Pattern[str], text: str, starts: Iterable[int], accepts: Accepts | None
) -> Iterator[tuple[int, int]]:
    group: int | str = "id" if "id" in pattern.groupindex else 0
    at = 0
    for start in starts:
        if start < at or (match := pattern.match(text, start)) is None:
            continue
        if accepts is None or accepts(match):
            yield match.span(group)
            at = match.end()
