"""How far the guard reaches, counted on lines that somebody else wrote, of which a third was kept aside all along."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from doctocbot.guard import Finding, find_identifiers
from tests.conftest import Show

SET = Path(__file__).parent / "labelled"
PARTS = {"seen": SET, "kept aside": SET / "aside"}
LANGUAGES = ("fr", "en")

CHECKABLE = ("nir", "phone", "mail", "date", "file-number")
"""To be found in 95 of 100 cases."""

OTHERS = ("national-number", "address", "name", "place", "age", "file-name")
"""To be found in 85 of 100 cases."""

_MARK = re.compile(r"⟦([a-z-]+)\|([^⟧]+)⟧")
# What the lines call otherwise than the guard, and what is told of a likely name by saying more than was asked.
_FOUND_AS = {"place": {"place-of-care"}, "likely-name": {"likely-name", "name"}}


@dataclass(frozen=True)
class Line:
    """A line as somebody would type it, and what in it identifies: kind, begin and end."""

    text: str
    marks: tuple[tuple[str, int, int], ...]


@dataclass
class Reach:
    """What was found of a set of lines."""

    marked: Counter[str] = field(default_factory=Counter)
    found: Counter[str] = field(default_factory=Counter)
    clean: int = 0
    flagged: int = 0
    asked: int = 0

    def recall(self, kinds: Iterable[str]) -> float:
        """The share of what is marked as one of these kinds that was found."""
        kinds = list(kinds)
        return sum(self.found[kind] for kind in kinds) / sum(self.marked[kind] for kind in kinds)

    def __add__(self, other: "Reach") -> "Reach":
        return Reach(
            self.marked + other.marked,
            self.found + other.found,
            self.clean + other.clean,
            self.flagged + other.flagged,
            self.asked + other.asked,
        )


def read(text: str) -> Line:
    """A line of the set: `Rappeler le ⟦phone|06 12 34 56 78⟧`."""
    marks, plain, at = [], "", 0
    for match in _MARK.finditer(text):
        plain += text[at : match.start()]
        marks.append((match[1], len(plain), len(plain) + len(match[2])))
        plain += match[2]
        at = match.end()
    return Line(plain + text[at:], tuple(marks))


def lines(part: str, language: str) -> Iterator[Line]:
    """The lines of one part in one language."""
    text = (PARTS[part] / f"{language}.txt").read_text(encoding="utf-8")
    return (read(line) for line in text.splitlines() if line.strip())


def is_found(mark: tuple[str, int, int], findings: Iterable[Finding]) -> bool:
    """Whether a finding of the same kind overlaps what is marked."""
    kind, start, end = mark
    kinds = _FOUND_AS.get(kind, {kind})
    return any(each.kind in kinds and each.start < end and start < each.end for each in findings)


def reach(part: str, language: str) -> Reach:
    """Count one part in one language."""
    total = Reach()
    for line in lines(part, language):
        findings = find_identifiers(line.text)
        for mark in line.marks:
            total.marked[mark[0]] += 1
            total.found[mark[0]] += is_found(mark, findings)
        if not line.marks:
            total.clean += 1
            total.flagged += any(not each.kind.asks_only for each in findings)
            total.asked += any(each.kind.asks_only for each in findings)
    return total


COUNTED = {part: {language: reach(part, language) for language in LANGUAGES} for part in PARTS}


def test_the_set_is_large_enough() -> None:
    """At least 200 French and 60 English lines, half of them clean."""
    for language, least in (("fr", 200), ("en", 60)):
        everything = [line for part in PARTS for line in lines(part, language)]
        assert len(everything) >= least
        assert 0.4 <= sum(not line.marks for line in everything) / len(everything) <= 0.6


@pytest.mark.parametrize("kind", [*CHECKABLE, *OTHERS])
def test_each_kind_is_found(kind: str) -> None:
    """Over all lines and both languages, as often as was promised for it."""
    total = sum((COUNTED[part][language] for part in PARTS for language in LANGUAGES), Reach())
    assert total.marked[kind] >= 15
    assert total.recall([kind]) >= (0.95 if kind in CHECKABLE else 0.85)


@pytest.mark.parametrize("part", PARTS)
def test_a_part_is_reached_by_itself(part: str) -> None:
    """A third has a handful of lines of each kind: they are counted together."""
    total = sum(COUNTED[part].values(), Reach())
    assert total.recall(CHECKABLE) >= 0.95
    assert total.recall(OTHERS) >= 0.85


@pytest.mark.parametrize("part", PARTS)
@pytest.mark.parametrize("language", LANGUAGES)
def test_clinical_lines_are_left_alone(part: str, language: str) -> None:
    """At most three clean lines in a hundred are held back, those that are merely asked about included."""
    counted = COUNTED[part][language]
    assert counted.flagged + counted.asked <= 0.03 * counted.clean


@pytest.mark.parametrize("part", PARTS)
def test_the_figures_are_shown(part: str, show: Show) -> None:
    """For whoever reads the output of the tests."""
    counted = COUNTED[part]
    columns = [*CHECKABLE, *OTHERS, "likely-name"]
    rows = [
        f"{kind:16}" + "".join(f"{each.found[kind]:>6}/{each.marked[kind]}" for each in counted.values())
        for kind in columns
    ]
    clean = "".join(f"{each.flagged + each.asked:>6}/{each.clean}" for each in counted.values())
    header = f"{'found/marked':16}" + "".join(f"{language:>8}" for language in counted)
    show(f"the guard's reach, lines {part}", [header, *rows, f"{'clean, flagged':16}{clean}"])
    assert all(sum(each.marked.values()) for each in counted.values())
