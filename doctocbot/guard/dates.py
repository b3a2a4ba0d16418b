"""Full dates: a day, a month and a year, in figures or with the month in words, in French or English.

A day and month alone, a month and year, a year, an age, a visual acuity or a dose is no full date. A year of two
figures is believed only where little else can be meant.
"""

import re
from collections.abc import Iterator

from doctocbot.guard.findings import Passage, spans, spans_of_figures

_YEARS = range(1850, 2200)
# Laws are public.
_LAW = re.compile(
    r"\b(?:arrete|decret|loi|circulaire|instruction|ordonnance n\S{1,12}|directive|act|beh|jo|jorf) (?:n\S{1,14} )?(?:du|of) $",
    re.IGNORECASE,
)
_LIVED = range(1900, 2036)

_MONTH = (
    r"(?:janv(?:ier)?|jan(?:uary)?|fevr?(?:ier)?|fervrier|feb(?:ruary)?|mars|mar(?:ch)?|avr(?:il)?|apr(?:il)?|mai|may"
    r"|juin|june?|juil(?:l?et)?|jul[ly]?y?|jui|aout|aou|aug(?:ust)?|sept?(?:emb?(?:re|er))?|oct(?:ob(?:re|er))?"
    r"|nov(?:emb?(?:re|er))?|dec(?:emb?(?:re|er))?)\.?"
)
_DAY = r"(?P<d>[0-9]{1,2})(?: ?er|e|eme|st|nd|rd|th)?"
_YEAR = r"(?P<y>[0-9]{4})"
_UNIT = r"(?! {0,2}(?:[µμmkcd]?g|[mcd]?l|ui|iu|u|mui|mmol|mmhg|%|gouttes?|unites?|units?|cps?|cp)\b)"

_BORN = (
    r"(?:\bne(?:\(e\)|e)? ?(?:le|:)?|\bd\.?d\.?n\.?|\bdn|\bd\.?o\.?b\.?|\bdate (?:de )?naiss(?:ance|\.)?|\bnaiss(?:ance|\.)?|\bdate of birth"
    r"|\bbirth ?(?:date|day)|\bborn(?: on)?)[ :.=]{0,4}"
)
_BEFORE = r"(?:(?<![\w+])|(?<=[A-Za-z]{2}))"
_BAR = r"\s?[/.\-_\\,]{1,2}\s?"

# 12/03/1947, 12.3.1947, 12 - 03 - 1947, 12/03 1947; also 12 03 1947. Either of the first two may be the month.
_FIGURES = re.compile(
    _BEFORE
    + rf"(?P<d>[0-9]{{1,2}})(?:{_BAR}(?P<m>[0-9]{{1,2}})(?:{_BAR}|\s)|\s(?P<m2>[0-9]{{2}})\s)"
    + _YEAR
    + r"(?![0-9])"
)
_ROMAN = re.compile(
    r"(?<!\w)(?P<d>[0-9]{1,2})[/.\- ]{1,2}(?:X(?:I{1,2})?|IX|IV|VI{0,3}|I{1,3})[/.\- ]{1,2}"
    + _YEAR
    + r"(?![0-9])"
)
_TOGETHER = re.compile(
    r"(?<![\w.,/+\-])(?P<y>(?:19|20)[0-9]{2})(?P<m>0[1-9]|1[0-2])(?P<d>0[1-9]|[12][0-9]|3[01])(?![\w]|[.,/][0-9])"
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
    _BEFORE
    + _DAY
    + r"[\s,./\-]{0,3}(?:of )?"
    + _MONTH
    + r"[\s,./\-]{0,3}(?:"
    + _YEAR
    + r"|'[0-9]{2})(?![0-9])",
    re.IGNORECASE,
)
# "le 12 mars 24", where a day is announced: "12 mai 25" may be a dose.
_WORDS_SHORT = re.compile(
    r"\b(?:le|du|au|on|since|dated?|nee?|depuis|lundi|mardi|mercredi|jeudi|vendredi|samedi|dimanche|(?:mon|tues|wednes|thurs|fri|satur|sun)day)"
    r"[ ,:]{1,2}(?P<id>"
    + _DAY
    + "[ ./-]"
    + _MONTH
    + r"[ ./-][0-9]{2})(?![\w/])(?! ?(?:h|%|ans|jours|heures)\b)"
    + _UNIT,
    re.IGNORECASE,
)
_DAY_IN_WORDS = re.compile(
    r"\b(?:premier|deux|trois|quatre|cinq|six|sept|huit|neuf|dix(?:[ \-](?:sept|huit|neuf))?|onze|douze|treize|quatorze|quinze|seize"
    r"|vingt(?:[ \-](?:et[ \-]un|deux|trois|quatre|cinq|six|sept|huit|neuf))?|trente(?:[ \-]et[ \-]un)?) "
    + _MONTH
    + r" (?:"
    + _YEAR
    + r"|(?:mille neuf cent|deux mille)(?:[ \-](?:et|cent|vingts?|trente|quarante|cinquante|soixante|quatre|dix|onze|douze|treize|quatorze|quinze|seize"
    r"|une?|deux|trois|cinq|six|sept|huit|neuf)){0,6})(?![0-9])"
    r"|\b(?:(?:twenty|thirty)[ \-])?(?:first|second|third|fourth|fifth|sixth|seventh|eighth|ninth|tenth|eleventh|twelfth|thirteenth|fourteenth|fifteenth"
    r"|sixteenth|seventeenth|eighteenth|nineteenth|twentieth|thirtieth) (?:of )?"
    + _MONTH
    + r",? (?:[0-9]{4}|(?:nineteen|twenty)[ \-][a-z]{3,9})",
    re.IGNORECASE,
)
# 12-MAR-47, as devices print it.
_WORDS_SHORT_YEAR = re.compile(
    r"(?<!\w)(?P<d>[0-9]{1,2})(?P<s>-?)" + _MONTH + r"(?P=s)[0-9]{2}(?!\w)", re.IGNORECASE
)
_MONTH_FIRST = re.compile(
    r"(?<!\w)" + _MONTH + r"[ .\-]?" + _DAY + r"(?:, ?|[ /\-])(?:" + _YEAR + r"|'[0-9]{2})" + r"(?![0-9])",
    re.IGNORECASE,
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


_BIRTH_WORDS = frozenset(
    """
    ne nee ddn dn d dob date naissance naiss birth birthdate birthday born
    """.split()
)
_MONTHS_BEGIN = frozenset(
    """
    jan fev feb fer mar avr apr mai may jui jun jul aou aug sep oct nov dec
    """.split()
)


def dates(passage: Passage) -> Iterator[tuple[int, int]]:
    """Find full dates, the forms that say most first; spans may overlap."""
    if any(word[:3] in _MONTHS_BEGIN for word in passage.words):
        yield from spans(_DAY_IN_WORDS, passage.text)
        yield from spans_of_figures(_WORDS, passage, _is_plausible)
        yield from spans(_MONTH_FIRST, passage.text, _is_plausible)
        yield from spans_of_figures(_YEAR_FIRST, passage, _is_plausible)
        yield from spans(_WORDS_SHORT, passage.text, _is_day)
        yield from spans_of_figures(_WORDS_SHORT_YEAR, passage, _is_day)
    for pattern in (_ISO, _ROMAN, _TOGETHER):
        yield from spans_of_figures(pattern, passage, _is_plausible)
    yield from spans_of_figures(_FIGURES, passage, _is_plausible_as_written)
    if passage.has(_BIRTH_WORDS):
        yield from spans(_ANNOUNCED, passage.text)
    yield from spans_of_figures(_SHORT_YEAR, passage, _is_plausible_with_short_year)


def _is_day(match: re.Match[str]) -> bool:
    return 1 <= int(match["d"]) <= 31


def _is_plausible(match: re.Match[str]) -> bool:
    found = match.groupdict()
    if _LAW.search(match.string[max(0, match.start() - 40) : match.start()]):
        return False
    if found["y"] and int(found["y"]) not in (_LIVED if match.re is _TOGETHER else _YEARS):
        return False
    month = found.get("m") or found.get("m2")
    return _are_day_and_month(match["d"], month) if month else _is_day(match)


def _is_plausible_as_written(match: re.Match[str]) -> bool:
    """Marks that differ, or commas, are slips of the hand: they are believed for years that people live in."""
    marks = re.sub(r"[0-9\s]", "", match[0])
    alike = len(marks) < 2 or (marks[0] == marks[1] and len(marks) == 2 and marks[0] in "/.-")
    return (
        _is_plausible(match)
        and (alike or int(match["y"]) in _LIVED)
        and not _NO_DATE_BEFORE.search(match.string[max(0, match.start() - 14) : match.start()])
    )


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
