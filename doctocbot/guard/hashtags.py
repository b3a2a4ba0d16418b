"""What identifies within a hashtag, where letters, figures and names are written without spaces."""

import re
from collections.abc import Iterator

from doctocbot.guard.findings import Passage

_HASHTAG = re.compile(r"#[^\s#]{1,200}")
_FEWEST_FIGURES = 6
"""A date, a telephone or a record number; `#G3P2` and `#2026` are none."""
_TITLED = re.compile(
    r"#(?:(?:mme|mlle|mrs|madame|monsieur)[._-]\w+|(?:Mme|Mlle|Mr|Mrs|Madame|Monsieur)(?=[A-Z])\w+)"
)


def numbered_tags(passage: Passage) -> Iterator[tuple[int, int]]:
    """Hashtags with as many figures as a date or a number of a person has."""
    for match in _HASHTAG.finditer(passage.text):
        if sum(map(str.isdigit, match[0])) >= _FEWEST_FIGURES:
            yield match.start() + 1, match.end()


def named_tags(passage: Passage) -> Iterator[tuple[int, int]]:
    """Hashtags made of a title and a name: `#MmeDupont`."""
    for match in _TITLED.finditer(passage.text):
        yield match.start() + 1, match.end()
