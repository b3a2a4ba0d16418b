"""Dates in a case, of every precision that places it in time: days, months of a year, years, hours of an appointment.

Pure. A month alone, a weekday alone, "J3", "depuis 3 ans" and a value such as "PNN à 2000/mm3" are none.
"""

import re
from collections.abc import Iterator

from doctocbot.guard import Kind, find_identifiers
from doctocbot.guard.reading import read

_MONTH = (
    r"(?:janv(?:ier)?|january|jan|fevr?(?:ier)?|february|feb|mars|march|mar|avr(?:il)?|april|apr|mai|may"
    r"|juin|june|jun"
    r"|juil(?:let)?|july|jul|aout|august|aug|sept(?:embre|ember)?|sep|oct(?:obre|ober)?|nov(?:embre|ember)?"
    r"|dec(?:embre|ember)?)(?![^\W\d_])(?:\.(?= ?(?-i:[0-9a-z,])))?"
)
_WEEKDAY = (
    r"(?:lundi|mardi|mercredi|jeudi|vendredi|samedi|dimanche|(?:mon|tues|wednes|thurs|fri|satur|sun)day"
    r"|(?:lun|mer|jeu|ven|sam|dim|mon|tue|wed|thu|fri|sat|sun)\.)"
)
_NUMBER = r"(?:0?[1-9]|[12][0-9]|3[01])"
_DAY = rf"{_NUMBER} ?(?:er|e|st|nd|rd|th)?"
_YEAR = r"(?:19|20)[0-9]{2}"
_MEASURED = (
    r"(?! ?(?:[µμmkcd]?g|[mcdµ]?l|ui|iu|u|mui|mmol|mmhg|%|gouttes?|unites?|units?|cps?|cp|cm|mm|m|kcal|cal|g"
    r"|gy|ms|hz"
    r"|elements?|el|copies|fois|x|ans?|mois|jours?|j|semaines?|sem|sa|h|heures?|min(?:utes?)?|metres?|years?"
    r"|months?"
    r"|weeks?|days?|hours?|times|seances?|cures?)(?![^\W\d_]))(?! ?[/°])"
)
_PART = (
    r"(?! ?(?:moyens?|inf\w*|sup\w*|dist\w*|prox\w*|ext\w*|int\w*|ant\w*|post\w*|lat\w*|med\w*|des?|du|d'|of"
    r"|lower|upper"
    r"|middle)\b)"
)
_CLOCK = r"(?: ?(?:,|a|at|vers|@))? ?[0-2]?[0-9] ?(?:h|:|heures?) ?(?:[0-5][0-9])?(?: ?[ap]\.?m\.?)?(?!\w)"

_PATTERNS = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        # lundi 12 mars 2024, du 3 au 12 mars, 12th of March
        rf"(?<![\w.,/])(?:{_WEEKDAY},? )?(?:the )?(?:{_DAY} ?(?:au|a|et|-|to|and|,"
        rf"|/) ?)?{_DAY}[ .\-/]{{0,2}}(?:of )?{_MONTH}"
        rf"(?![^\W\d_])(?! (?:be|have|need|not|also|help|cause)\b)(?:[ ,.\-/]{{0,2}}(?:{_YEAR}"
        rf"|'?[0-9]{{2}}(?![0-9]){_MEASURED}))?(?:{_CLOCK})?",
        # March 12, 2024
        rf"(?<!\w)(?:{_WEEKDAY},? )?{_MONTH} (?:the )?{_DAY}(?![0-9.,]*[0-9])(?![^\W\d_])"
        rf"{_MEASURED}(?:,? ?{_YEAR})?(?:{_CLOCK})?",
        rf"(?<!\w){_MONTH}[ ./\-]{{0,2}}(?:de |of )?{_YEAR}(?![0-9])",
        rf"\b(?:en|depuis|in|since|fin|debut|mi-?|early|late) (?P<id>{_MONTH} '?[0-9]{{2}})(?!\w"
        rf"|[.,/][0-9]){_MEASURED}",
        rf"(?<![\w./,])(?:0?[1-9]|1[0-2])[/\-.]{_YEAR}(?![0-9])",
        rf"(?<![\w./,]){_YEAR}[/\-](?:0[1-9]|1[0-2])(?![0-9])",
        # le 12/03, on 3/14; a fraction of a bone is none
        rf"\b(?:le|du|au|ce|depuis|on|since|from|until|dated"
        rf"|{_WEEKDAY}),? (?P<id>(?:{_WEEKDAY},? )?{_NUMBER}[/.\-]{_NUMBER}(?![0-9/])(?![.,][0-9])"
        rf"{_MEASURED}{_PART}(?:{_CLOCK})?)",
        rf"(?<![\w/])(?P<id>{_WEEKDAY},? {_DAY}(?![\w/]|[.,][0-9]){_MEASURED}(?:{_CLOCK})?)",
        # 12/03 : at the beginning of a line, as in a course
        r"(?:^|\n)[ \-•*]{0,3}(?P<id>[0-3][0-9]/[01][0-9])(?= ?[:\-–])",
        # the years of events, and from when to when
        rf"(?<![\w.,/+\-])(?<!\ba )(?<![=<>≥≤] )(?<![=<>≥≤]){_YEAR}(?: ?(?:-|/|a|to|et|and) ?(?:{_YEAR}"
        rf"|[0-9]{{2}}(?![0-9])))?"
        rf"(?!\w|[.,/][0-9]| ?[0-9]{{3}}(?![0-9])){_MEASURED}",
        rf"\b(?:jusqu'a|until|up to) (?P<id>{_YEAR})(?!\w|[.,/][0-9]){_MEASURED}",
        r"\b(?:en|depuis|in|since|fin|debut) (?P<id>'?[0-9]{2})(?= ?(?:[,;.)]|$|\n|pour\b|puis\b|avec\b|et\b"
        r"|for\b|with\b|then\b))(?![.,][0-9])",
        # feast days
        r"(?<![\w\-])(?:(?:le )?(?:jour|soir|nuit|veille|lendemain|reveillon|week-?end|lundi|dimanche) (?:de |d'|du )"
        r"(?:la )?)?(?:noel|paques|pentecote|toussaint|(?:la )?saint[ -](?:sylvestre|valentin)|nouvel an|1er de l'an"
        r"|jour de l'an|mardi gras|halloween|(?:christmas|new year'?s?|easter)(?: (?:day|eve|sunday|monday))?"
        r"|thanksgiving|boxing day)(?![\w\-])",
        # hours of appointments
        rf"\b(?:rdv|rendez-vous|appointments?|appt|convoque\w{{0,2}})(?: [^\s\d]{{1,12}}){{0,3}}(?P<id>{_CLOCK})",
    )
)


# What is measured in such numbers: leucocytes 2000 are no year.
_VALUE_BEFORE = re.compile(
    r"\b(?:gb|gr|pnn|pn|wbc|leucocytes|lymphocytes|plaquettes|plq|platelets|cd4|b-?hcg|hcg|bnp|nt-?pro ?bnp|cpk|ck|alat"
    r"|asat|tgo|tgp|ggt|gamma ?gt|ldh|lipas\w{1,4}|ferritine?|d-?dim[a-z]{2,4}|troponine?|psa|crp|debit|diurese|poids"
    r"|weight) ?[:=]? ?$",
    re.IGNORECASE,
)


def moments(text: str) -> list[tuple[int, int]]:
    """Where dates stand in a text; in order, those that touch or overlap as one."""
    plain = read(text)
    found = [(finding.start, finding.end) for finding in find_identifiers(text) if finding.kind is Kind.DATE]
    found += [plain.span(*span) for span in _spans(plain.text)]
    joined: list[tuple[int, int]] = []
    for start, end in sorted(found):
        if joined and start <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
        else:
            joined.append((start, end))
    return joined


def _spans(text: str) -> Iterator[tuple[int, int]]:
    for pattern in _PATTERNS:
        group: int | str = "id" if "id" in pattern.groupindex else 0
        for match in pattern.finditer(text):
            if not _VALUE_BEFORE.search(text[max(0, match.start() - 20) : match.start()]):
                yield match.span(group)
