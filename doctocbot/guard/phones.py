"""Phone numbers as people in France, Belgium, Switzerland, Canada and the United Kingdom write them.

A number is known by how its figures are grouped, by a country code, or by a word that announces it: ten figures in a
row are also a laboratory's order number. Source: ITU-T E.123 and E.164, the numbering plans of the countries named.
"""

import re
from collections.abc import Iterator

from doctocbot.guard.findings import spans

_GAP = r"(?: {0,2}[./\-] {0,2}| {1,2})"
_BEFORE = r"(?<![\w+])(?<![0-9][.,])"
_AFTER = r"(?!\w)(?![.,][0-9])"

# How many figures stand together, the leading zero included.
_GROUPINGS = (
    *((2, 2, 2, 2, 2), (4, 2, 2, 2), (4, 3, 3), (2, 4, 4), (2, 8), (4, 6), (1, 3, 3, 3), (1, 1, 2, 2, 2, 2)),
    *((3, 3, 2, 2), (3, 7), (3, 3, 4), (5, 6), (5, 3, 3), (3, 4, 4), (4, 3, 4)),
)


def _grouped(grouping: tuple[int, ...]) -> str:
    first, *rest = (f"[0-9]{{{count}}}" for count in grouping)
    return _GAP.join([first, *rest])


_NATIONAL = re.compile(
    _BEFORE
    + r"(?:\(0\) ?)?(?=0[ ./\-]{0,3}[1-9]|(?<=\(0\))|(?<=\(0\) ))(?:"
    + "|".join(_grouped(grouping) for grouping in _GROUPINGS)
    + r"|0[1-9][0-9]{8}|0[127][0-9]{9}"
    + rf"|0[2349]{_GAP}[0-9]{{3}}{_GAP}[0-9]{{2}}{_GAP}[0-9]{{2}}"
    + rf"|0[15678][0-9]{_GAP}[0-9]{{2}}{_GAP}[0-9]{{2}}{_GAP}[0-9]{{2}}"
    + ")"
    + _AFTER
)
_INTERNATIONAL = r"(?:(?<!\+)\(?\+ ?|(?<!\w)\(?00 ?)"
_NINE_AFTER_CODE = re.compile(
    _INTERNATIONAL + rf"(?:33|41)\)?{_GAP}?(?:\(0\)|0(?=[1-9]))? ?[1-9](?:{_GAP}?[0-9]){{8}}" + r"(?!\w)"
)
_BELGIAN = re.compile(_INTERNATIONAL + rf"32\)?{_GAP}?(?:\(0\))? ?[1-9](?:{_GAP}?[0-9]){{7,8}}" + r"(?!\w)")
_AMERICAN = re.compile(
    rf"(?<![\w+])(?:(?:\+ ?|00 ?)?1{_GAP}?)?"
    r"(?:\([2-9][0-9]{2}\) ?|[2-9][0-9]{2}[.\-]|[2-9][0-9]{2} (?=[0-9]{3}-))"
    r"[2-9][0-9]{2}[ .\-][0-9]{4}" + _AFTER
)
_AMERICAN_CODED = re.compile(
    rf"(?:(?<!\+)\+ ?|(?<!\w)00 ?)1{_GAP}?[2-9][0-9]{{2}}{_GAP}?[0-9]{{3}}{_GAP}?[0-9]{{4}}(?!\w)"
)
# The figures behind any other country code: an optional single one, then groups of two or more.
_ANY_COUNTRY = re.compile(
    _INTERNATIONAL
    + rf"(?P<code>[2-9][0-9]{{1,2}})\)?{_GAP}?(?:\(0\) ?)?"
    + rf"(?P<rest>(?:[0-9]{_GAP})?[0-9]{{2,12}}(?:{_GAP}[0-9]{{2,8}}){{0,5}})(?!\w)"
)
_ANNOUNCED = re.compile(
    r"\b(?:t[eé]\u0301?l(?:[eé]\u0301?phone)?|phone|portable|mobile|gsm|fax|cell|call|whatsapp|sms|appeler|appelez"
    r"|joindre|contact)"
    r"(?: (?:n°|au|at|on|is|number|no|me|numero|numéro))?\b[ .:=]{0,4}"
    rf"(?P<id>\(?[0-9](?:{_GAP}?\)?[0-9]){{6,14}})(?!\w)",
    re.IGNORECASE,
)


def phones(text: str) -> Iterator[tuple[int, int]]:
    """Find phone numbers, the forms that say most first; spans may overlap."""
    for pattern in (_NINE_AFTER_CODE, _BELGIAN, _AMERICAN_CODED):
        yield from spans(pattern, text)
    yield from spans(_ANY_COUNTRY, text, _is_callable)
    for pattern in (_NATIONAL, _AMERICAN, _ANNOUNCED):
        yield from spans(pattern, text)


def _is_callable(match: re.Match[str]) -> bool:
    # E.164 allows fifteen figures in all; numbers of fewer than eight are no subscriber's.
    figures = match["code"] + "".join(character for character in match["rest"] if character.isdigit())
    return 8 <= len(figures) <= 15
