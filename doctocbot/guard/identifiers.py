"""Find identifiers in a text, each part of it counted once, in a time in proportion to its length."""

import re
from collections.abc import Callable, Iterator
from typing import TypeAlias

from doctocbot.guard.addresses import streets, towns
from doctocbot.guard.ages import ages
from doctocbot.guard.dates import dates
from doctocbot.guard.filenames import file_names
from doctocbot.guard.findings import Finding, Kind, Passage
from doctocbot.guard.hashtags import named_tags, numbered_tags
from doctocbot.guard.likely import likely_names
from doctocbot.guard.mails import mails
from doctocbot.guard.numbers import file_numbers, national_numbers, nirs
from doctocbot.guard.phones import messengers, phones
from doctocbot.guard.places import places
from doctocbot.guard.reading import read
from doctocbot.guard.titles import titled_names

# What names a publication, a trial, a book or a clinician in a public register is no patient's.
_PUBLIC = re.compile(
    r"\b10\.[0-9]{4,9}/[^\s,]{1,200}"
    # What is asked of a site is somebody's own words; where it stands is not, but for a telephone number.
    r"|\bhttps?://(?!wa\.me/)(?:(?!(?<![0-9])0[67][0-9]{8}(?![0-9]))[^\s?#]){1,500}"
    r"|\b(?:pmid|pmcid|pmc|isbn(?:-1[03])?|issn|rpps|adeli|finess|siret|siren|nct|eudract|orcid|doi|arxiv)"
    r"\b[ :.#n°]{0,4}[0-9][0-9X .\-/]{2,20}",
    re.IGNORECASE,
)
# Stands in for what was found: belongs to no pattern.
_GONE = "\ufffc"
_MOST_ROUNDS = 4

_Finder: TypeAlias = Callable[[Passage], Iterator[tuple[int, int]]]
# What says most comes first: what it takes is not read a second time as something else.
_FIRST_FINDERS: tuple[tuple[Kind, _Finder], ...] = (
    (Kind.MAIL, mails),
    (Kind.PHONE, messengers),
    (Kind.FILE_NAME, file_names),
    (Kind.FILE_NUMBER, numbered_tags),
    (Kind.NAME, named_tags),
)
_NUMBER_FINDERS: tuple[tuple[Kind, _Finder], ...] = (
    (Kind.NIR, nirs),
    (Kind.NATIONAL_NUMBER, national_numbers),
    (Kind.ADDRESS, streets),
    (Kind.FILE_NUMBER, file_numbers),
    (Kind.DATE, dates),
    (Kind.PHONE, phones),
)
_WORD_FINDERS: tuple[tuple[Kind, _Finder], ...] = (
    (Kind.ADDRESS, towns),
    (Kind.PLACE_OF_CARE, places),
    (Kind.AGE, ages),
    (Kind.NAME, titled_names),
    (Kind.LIKELY_NAME, likely_names),
)


def find_identifiers(text: str) -> list[Finding]:
    """Find what may name or single out a patient, so that the author can be asked about it.

    Places count characters of `text`. Findings never overlap and come in order.
    """
    plain = read(text)
    passage, found = Passage.of(plain.text), list[Finding]()
    for _ in range(_MOST_ROUNDS):
        before = len(found)
        for kind, finder in _FIRST_FINDERS:
            passage = _take(kind, finder, passage, found)
        passage = _without_public(passage)
        for kind, finder in (*(_NUMBER_FINDERS if passage.starts else ()), *_WORD_FINDERS):
            passage = _take(kind, finder, passage, found)
        if len(found) == before:
            break
        # What stood against a neighbour may be an identifier of its own now that the neighbour is gone.
    return sorted(Finding(*plain.span(finding.start, finding.end), finding.kind) for finding in found)


def _take(kind: Kind, finder: _Finder, passage: Passage, found: list[Finding]) -> Passage:
    """Add what a finder finds, and return the passage without it: the same one where it finds nothing."""
    more = _found(kind, finder, passage)
    found += more
    return Passage.of(_without(passage.text, more)) if more else passage


def _without_public(passage: Passage) -> Passage:
    text = _PUBLIC.sub(lambda match: _GONE * len(match[0]), passage.text)
    return passage if text == passage.text else Passage.of(text)


def _found(kind: Kind, finder: _Finder, passage: Passage) -> list[Finding]:
    taken, kept = bytearray(len(passage.text)), []
    for start, end in finder(passage):
        if not any(taken[start:end]):
            taken[start:end] = b"\x01" * (end - start)
            kept.append(Finding(start, end, kind))
    return sorted(kept)


def _without(text: str, findings: list[Finding]) -> str:
    pieces, at = [], 0
    for finding in findings:
        pieces += [text[at : finding.start], _GONE * (finding.end - finding.start)]
        at = finding.end
    return "".join([*pieces, text[at:]])
