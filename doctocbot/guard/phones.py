"""Phone numbers as people in France, Belgium, Switzerland, Canada and the United Kingdom write them.

A number is known by how its figures are grouped, by a country code, or by a word that announces it: ten figures in a
row are also a laboratory's order number. Source: ITU-T E.123 and E.164, the numbering plans of the countries named; which
country codes exist, from the library phonenumbers (its matcher passes over numbers that lack a figure, and costs a
millisecond for each country it is asked about).
"""

import re
from collections.abc import Iterator

from phonenumbers import COUNTRY_CODE_TO_REGION_CODE

from doctocbot.guard.findings import Passage, spans, spans_of_figures

_GAP = r"(?: {0,2}[./\-_] {0,2}|\s{1,2})"
# A number may be glued to the word before it.
_BEFORE = r"(?:(?<![\w+])|(?<=[a-z]{2}))(?<![0-9][.,])"
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
    + rf"|0[1-9][0-9]{{8}}|0[127][0-9]{{9}}|0[67](?:{_GAP}?[0-9]){{8}}|0[1-7](?:{_GAP}[0-9]{{2}}){{3}}{_GAP}[0-9]{{3}}"
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
    r"(?:[2-9]|(?<=\) )|(?<=\)))[0-9]{2,3}(?<=[0-9]{3})[ .\-][0-9]{4}" + _AFTER
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
_ANNOUNCER = (
    r"\b(?:tel(?:ephone)?s?|tph|phone|portable|port\.?|mobile|mob|gsm|natel|handy|fax|telecopie|cell|call|whatsapp|wa|sms|appeler|appelez|rappeler"
    r"|joindre|joignable|contact|text|ring|rang|dial|page me|reach|fixe|domicile|numero|num|secretariat|standard|landline|bleep|hotline)\b\.?"
)
_ANNOUNCED = re.compile(
    _ANNOUNCER
    + r"(?: (?:n°|au|at|on|is|number|no|me|numero|him|her|them))?[ .:=]{0,4}"
    + rf"(?P<id>\(?\+?[0-9](?:{_GAP}?[()]{{0,2}}[0-9]){{6,14}})(?!\w)",
    re.IGNORECASE,
)
# Somebody stands between: "tel de l'épouse : 06 12 34 56 7".
_ANNOUNCED_OF = re.compile(
    _ANNOUNCER
    + rf"(?:[ ,:(]{{1,2}}[^\W\d_]['\w\-]{{0,14}}){{1,4}}[ :=.,)]{{1,3}}(?P<id>[(+]?[0O](?:{_GAP}?[0-9O]){{6,12}})(?!\w)",
    re.IGNORECASE,
)
_LETTER_FOR_ZERO = re.compile(rf"(?<![\w+])[oO][1-9](?:{_GAP}?[0-9oO]{{2}}){{4}}(?!\w)")
_EXTENSION = re.compile(
    r"\b(?:dect|bip|beep|bleep|poste|ext(?:ension)?|pager)(?: (?:n°|no|number|is))?[ .:]{1,3}(?P<id>[0-9]{4,6}|[0-9]{2}[ .][0-9]{2,3}(?:[ .][0-9]{2})?)(?!\w|[.,/%][0-9]| ?(?:%|/|h\b|min\b|m?g\b|ml\b|ui\b|j\b|ans\b|fois\b))",
    re.IGNORECASE,
)


_ANNOUNCER_WORDS = frozenset(
    """
    tel tels telephone telephones tph phone portable port mobile mob gsm natel handy fax telecopie cell call
    whatsapp wa sms appeler appelez rappeler joindre joignable contact text ring rang dial page reach fixe
    domicile numero num secretariat standard landline bleep hotline
    """.split()
)
_EXTENSION_WORDS = frozenset(["dect", "bip", "beep", "bleep", "poste", "ext", "extension", "pager"])


def phones(passage: Passage) -> Iterator[tuple[int, int]]:
    """Find phone numbers, the forms that say most first; spans may overlap."""
    text = passage.text
    if "+" in text or "00" in text:
        for pattern in (_NINE_AFTER_CODE, _BELGIAN, _AMERICAN_CODED):
            yield from spans(pattern, text)
        yield from spans(_ANY_COUNTRY, text, _is_callable)
    yield from spans_of_figures(_NATIONAL, passage)
    if _FOUR_LAST.search(text):
        yield from spans(_AMERICAN, text)
    if passage.has(_ANNOUNCER_WORDS):
        yield from spans(_ANNOUNCED, text)
        yield from spans(_ANNOUNCED_OF, text)
    if passage.has(_O):
        yield from spans(_LETTER_FOR_ZERO, text)
    if passage.has(_EXTENSION_WORDS):
        yield from spans(_EXTENSION, text)


_O = frozenset("o")
_FOUR_LAST = re.compile(r"[0-9]{3}[ .\-][0-9]{4}(?![0-9])")


def _is_callable(match: re.Match[str]) -> bool:
    # E.164 allows fifteen figures in all; numbers of fewer than eight are no subscriber's. Whether a number could be
    # dialled is not asked: one that lacks a figure is still somebody's.
    figures = match["code"] + "".join(character for character in match["rest"] if character.isdigit())
    is_country = any(int(figures[:length]) in COUNTRY_CODE_TO_REGION_CODE for length in (1, 2, 3))
    return is_country and 8 <= len(figures) <= 15


_MESSENGER = re.compile(r"(?:wa\.me/|whatsapp\.com/send/?\?phone=)\+?[0-9]{6,15}", re.IGNORECASE)


def messengers(passage: Passage) -> Iterator[tuple[int, int]]:
    """Links of a messenger that hold somebody's number."""
    yield from spans(_MESSENGER, passage.text)
