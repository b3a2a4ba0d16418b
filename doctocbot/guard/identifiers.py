"""Find identifiers in a text, each part of it counted once, in a time in proportion to its length."""

import re
from collections.abc import Callable, Iterator
from typing import TypeAlias

from doctocbot.guard.dates import dates
from doctocbot.guard.findings import Finding, Kind
from doctocbot.guard.mails import mails
from doctocbot.guard.numbers import file_numbers, national_numbers, nirs
from doctocbot.guard.phones import phones

# One for one, so that places in the folded text are places in the original.
_FOLDED = {
    **{ord(space): " " for space in "\t\u00a0\u2002\u2003\u2007\u2008\u2009\u202f\u3000"},
    **{ord(dash): "-" for dash in "\u2010\u2011\u2012\u2013\u2014\u2212\uff0d"},
    **{zero + figure: str(figure) for zero in (0xFF10, 0x0660, 0x06F0) for figure in range(10)},
    ord("\uff0b"): "+",
    ord("\uff20"): "@",
    ord("\uff0e"): ".",
    ord("’"): "'",
    ord("º"): "°",
}
# What names a publication, a trial, a book or a clinician in a public register is no patient's.
_PUBLIC = re.compile(
    r"\b10\.[0-9]{4,9}/\S{1,200}"
    r"|\bhttps?://(?!wa\.me/)\S{1,500}"
    r"|\b(?:pmid|pmcid|pmc|isbn(?:-1[03])?|issn|rpps|adeli|finess|siret|siren|nct|eudract|orcid|doi|arxiv)"
    r"\b[ :.#n°]{0,4}[0-9][0-9X .\-/]{2,20}",
    re.IGNORECASE,
)
# Stands in for what was found: belongs to no pattern.
_GONE = "\ufffc"
_MOST_ROUNDS = 4

_Finder: TypeAlias = Callable[[str], Iterator[tuple[int, int]]]
# What says most comes first: what it takes is not read a second time as something else.
_FINDERS: tuple[tuple[Kind, _Finder], ...] = (
    (Kind.NIR, nirs),
    (Kind.NATIONAL_NUMBER, national_numbers),
    (Kind.FILE_NUMBER, file_numbers),
    (Kind.DATE, dates),
    (Kind.PHONE, phones),
)


def find_identifiers(text: str) -> list[Finding]:
    """Find phones, mails, full dates and personal numbers, so that their author can be asked about them.

    Places count characters of `text`. Findings never overlap and come in order. Names, addresses, ages and years
    alone are not looked for.
    """
    rest = text.translate(_FOLDED)
    found = _found(Kind.MAIL, mails, rest)
    rest = _PUBLIC.sub(lambda match: _GONE * len(match[0]), _without(rest, found))
    for _ in range(_MOST_ROUNDS):
        before = len(found)
        for kind, finder in _FINDERS:
            more = _found(kind, finder, rest)
            rest = _without(rest, more)
            found += more
        if len(found) == before:
            break
        # What stood against a neighbour may be an identifier of its own now that the neighbour is gone.
    return sorted(found)


def _found(kind: Kind, finder: _Finder, text: str) -> list[Finding]:
    taken, kept = bytearray(len(text)), []
    for start, end in finder(text):
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
