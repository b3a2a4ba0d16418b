"""The vocabulary of the guard: what kind of identifier stands where in a text."""

import re
from collections.abc import Callable, Iterator, Sequence
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
