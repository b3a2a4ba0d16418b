"""Full dates: a day, a month and a year, in figures or with the month in words, in French or English.

A day and month alone, a month and year, a year, an age, a visual acuity or a dose is no full date. A year of two
figures is believed only where little else can be meant.
"""

import re
from collections.abc import Iterator

from doctocbot.guard.findings import spans

_YEARS = range(1850, 2200)

_MONTH = (
    r"(?:janv(?:ier)?|jan(?:uary)?|f[eé]\u0301?vr?(?:ier)?|feb(?:ruary)?|mars|mar(?:ch)?|avr(?:il)?|apr(?:il)?|mai|may"
    r"|juin|june?|juil(?:let)?|july?|ao[uû]\u0302?t|aug(?:ust)?|sept?(?:emb(?:re|er))?|oct(?:ob(?:re|er))?"
    r"|nov(?:emb(?:re|er))?|d[eé]\u0301?c(?:emb(?:re|er))?)\.?"
)
_DAY = r"(?P<d>[0-9]{1,2})(?:er|e|st|nd|rd|th)?"
_YEAR = r"(?P<y>[0-9]{4})"
_UNIT = r"(?! {0,2}(?:[µμmkcd]?g|[mcd]?l|ui|iu|u|mui|mmol|mmhg|%|gouttes?|unit[eé]s?|units?|cps?|cp)\b)"

_BORN = (
    r"(?:\bn[eé]\u0301?(?:\(e\)|e)? le|\bddn|\bdn|\bdob|\bdate de naissance|\bnaissance|\bdate of birth"
    r"|\bbirth ?date|\bborn(?: on)?)[ :.=]{0,4}"
)

# 12/03/1947, 12.3.1947, 12 - 03 - 1947; also 12 03 1947. Either of the first two may be the month.
_FIGURES = re.compile(
    r"(?<![\w+])(?P<d>[0-9]{1,2})(?: ?(?P<s>[/.\-]) ?(?P<m>[0-9]{1,2}) ?(?P=s) ?| (?P<m2>[0-9]{2}) )"
    + _YEAR
    + r"(?![0-9])"
)
# 12/03/47, 12.3.47, 12-03-47; doses are written 10-8-12, sections 1.2.10.
_SHORT_YEAR = re.compile(
    r"(?<!\w)(?P<d>[0-9]{1,2})(?P<s>[/.\-])(?P<m>[0-9]{1,2})(?P=s)[0-9]{2}(?!(?P=s)?[0-9])(?!\w)" + _UNIT,
    re.IGNORECASE,
)
_ISO = re.compile(
    r"(?<!\w)(?P<y>[0-9]{4})(?P<s>[/.\-])(?P<m>[0-9]{1,2})(?P=s)(?P<d>[0-9]{1,2})(?![0-9])(?!(?P=s)[0-9]{1,3}\b)"
)
_WORDS = re.compile(
    r"(?<!\w)"
    + _DAY
    + r"[ ,./\-]{0,3}(?:of )?"
    + _MONTH
    + r"[ ,./\-]{0,3}(?:"
    + _YEAR
    + r"|'[0-9]{2})(?![0-9])",
    re.IGNORECASE,
)
# 12-MAR-47, as devices print it.
_WORDS_SHORT_YEAR = re.compile(
    r"(?<!\w)(?P<d>[0-9]{1,2})(?P<s>-?)" + _MONTH + r"(?P=s)[0-9]{2}(?!\w)", re.IGNORECASE
)
_MONTH_FIRST = re.compile(
    r"(?<!\w)" + _MONTH + r" ?" + _DAY + r"(?:, ?| )" + _YEAR + r"(?![0-9])", re.IGNORECASE
)
_YEAR_FIRST = re.compile(
    r"(?<!\w)" + _YEAR + r"[ \-]" + _MONTH + r"[ \-]" + _DAY + r"(?![0-9])", re.IGNORECASE
)
# Only where a birth is announced: 12031947, 19470312, 120347, 12 03 47, 12 mars 47.
_ANNOUNCED = re.compile(
    _BORN
    + r"(?P<id>[0-9]{8}|[0-9]{6}|[0-9]{1,2}[ /.\-][0-9]{1,2}[ /.\-][0-9]{2}|[0-9]{1,2}(?:er)? "
    + _MONTH
    + r" [0-9]{2})(?![0-9])",
    re.IGNORECASE,
)
# Versions, paragraphs, enzymes, scores, and doses of insulin through the day.
_NO_DATE_BEFORE = re.compile(
    r"(?:\bv|\bversion|\brelease|\bsection|\bchap(?:itre|ter|\.)?|§|\bart(?:icle|\.)?|\bec|\bscore"
    r"|\binsulin[ae]?|\bhumalog|\bnovorapid|\bapidra|\blispro|\baspart) ?$",
    re.IGNORECASE,
)


def dates(text: str) -> Iterator[tuple[int, int]]:
    """Find full dates, the forms that say most first; spans may overlap."""
    for pattern in (_WORDS, _MONTH_FIRST, _YEAR_FIRST, _ISO, _FIGURES):
        yield from spans(pattern, text, _is_plausible)
    yield from spans(_WORDS_SHORT_YEAR, text, _is_day)
    yield from spans(_ANNOUNCED, text)
    yield from spans(_SHORT_YEAR, text, _is_plausible_with_short_year)


def _is_day(match: re.Match[str]) -> bool:
    return 1 <= int(match["d"]) <= 31


def _is_plausible(match: re.Match[str]) -> bool:
    found = match.groupdict()
    if found["y"] and int(found["y"]) not in _YEARS:
        return False
    month = found.get("m") or found.get("m2")
    return _are_day_and_month(match["d"], month) if month else _is_day(match)


def _is_plausible_with_short_year(match: re.Match[str]) -> bool:
    padded = len(match["d"]) == len(match["m"]) == 2
    if match["s"] == "-" and not padded:
        return False
    before = match.string[max(0, match.start() - 14) : match.start()]
    if before.endswith(match["s"]) and before[-2:-1].isdigit():
        return False
    return _are_day_and_month(match["d"], match["m"]) and not _NO_DATE_BEFORE.search(before)


def _are_day_and_month(first: str, second: str) -> bool:
    smaller, larger = sorted((int(first), int(second)))
    return 1 <= smaller <= 12 and 1 <= larger <= 31
