"""Numbers that belong to one person: social security, national registers, and the file numbers of hospitals.

Long numbers are everywhere in medicine, so each is believed for a reason: its check digit, its shape with a plausible
month and department, or a word that announces it.
"""

import re
from collections.abc import Iterator

from doctocbot.guard.findings import spans

# Source: INSEE, numéro d'inscription au répertoire: sex, year, month, department, commune, order, key.
_NIR = re.compile(
    r"(?<![\w+])(?P<body>(?P<sex>[1-478])(?P<s>[ .\-]?)[0-9]{2}[ .\-]?(?P<month>[0-9]{2})"
    r"[ .\-]?(?P<department>[0-9]{2}|2[ABab])[ .\-]?[0-9]{3}[ .\-]?[0-9]{3})(?:[ .\-/]{0,3}(?P<key>[0-9]{2}))?(?!\w)"
)
_BORN_IN_MONTH = frozenset((*range(1, 13), 20, *range(30, 43)))
# Source: NHS Data Dictionary, NHS number: ten figures, modulus 11.
_NHS = re.compile(r"(?<![\w+])[0-9]{3}[ \-][0-9]{3}[ \-][0-9]{4}(?!\w)")
_NHS_ANNOUNCED = re.compile(r"\bnhs(?: number| no\.?| n°)?[ :.#]{0,4}(?P<id>[0-9]{10})(?!\w)", re.IGNORECASE)
# Source: Swiss AVS number (756, then EAN-13 check digit).
_AVS = re.compile(r"(?<!\w)756[ .]?[0-9]{4}[ .]?[0-9]{4}[ .]?[0-9]{2}(?!\w)")
# Source: Belgian national register number: birth date, order, key modulo 97 (with a 2 before it from 2000 on).
_BELGIAN = re.compile(r"(?<!\w)[0-9]{2}\.[0-9]{2}\.[0-9]{2}[ \-][0-9]{3}[ .\-][0-9]{2}(?!\w)")
# Source: RAMQ, numéro d'assurance maladie: four letters, year, month (plus 50 for women), day, two figures.
_RAMQ = re.compile(r"(?<!\w)[A-Z]{4} ?[0-9]{2}(?P<month>[0-9]{2}) ?(?P<day>[0-9]{2})[0-9]{2}(?!\w)")

_FILE_WORDS = (
    r"(?:\bipp|\bnda|\bnip|\biep|\bndos|\bmrn|\bins|\bpid|\bpat(?:ient)?[ .\-]?id|\bpatient (?:number|no\.?|n°)"
    r"|\bmedical record(?: number| no\.?| n°)?|\bhospital (?:number|no\.?)|\baccession(?: number| no\.?| n°)?"
    r"|\b(?:n°|no\.?|num[eé]\u0301?ro) ?(?:de |d')?"
    r"(?:dossier|s[eé]\u0301?jour|patient|examen|admission|s[eé]\u0301?cu(?:rit[eé]\u0301?)?)"
    r"|\bn° (?:ipp|nda)|\b(?:dossier|s[eé]\u0301?jour|admission|examen)(?: (?:n°|no\.?|num[eé]\u0301?ro)| ?#)?)"
)
_FILE_NUMBER = re.compile(
    _FILE_WORDS + r" {0,2}(?:(?:n°|no\.?|number|is|est|[:=#]) {0,2}){0,2}"
    r"(?P<id>[A-Z]{0,3}[\-/ ]?[0-9](?:[ \-/.]?[0-9]){4,17})(?!\w)(?![.,][0-9])"
    r"(?! {0,2}(?:[µμmkcd]?g|[mcd]?l|ui|iu|u|%|patients?|cas|cases)\b)",
    re.IGNORECASE,
)


def nirs(text: str) -> Iterator[tuple[int, int]]:
    """Find French social security numbers: with a right key, or of the right shape without one."""
    return spans(_NIR, text, _is_nir)


def national_numbers(text: str) -> Iterator[tuple[int, int]]:
    """Find British, Swiss, Belgian and Québec numbers by their check digits (the last by its birth date)."""
    yield from spans(_AVS, text, _is_avs)
    yield from spans(_BELGIAN, text, _is_belgian)
    yield from spans(_NHS, text, _is_nhs)
    yield from spans(_NHS_ANNOUNCED, text)
    yield from spans(_RAMQ, text, _is_ramq)


def file_numbers(text: str) -> Iterator[tuple[int, int]]:
    """Find the numbers of patients, stays and records, only where a word announces one."""
    return spans(_FILE_NUMBER, text)


def _figures(match: re.Match[str]) -> list[int]:
    return [int(character) for character in match[0] if character.isdigit()]


def _is_nir(match: re.Match[str]) -> bool:
    body = match["body"].upper().replace("2A", "19").replace("2B", "18")
    number = int("".join(character for character in body if character.isdigit()))
    if match["key"] and int(match["key"]) == 97 - number % 97:
        return True
    in_groups = bool(match["s"])
    return (
        match["sex"] in "12"
        and int(match["month"]) in _BORN_IN_MONTH
        and match["department"] != "00"
        and (in_groups or not match["key"])
    )


def _is_nhs(match: re.Match[str]) -> bool:
    figures = _figures(match)
    check = 11 - sum(weight * figure for weight, figure in zip(range(10, 1, -1), figures, strict=False)) % 11
    return check % 11 == figures[9] and check != 10


def _is_avs(match: re.Match[str]) -> bool:
    figures = _figures(match)
    return sum(figure * (3 if place % 2 else 1) for place, figure in enumerate(figures)) % 10 == 0


def _is_belgian(match: re.Match[str]) -> bool:
    figures = "".join(map(str, _figures(match)))
    number, key = int(figures[:9]), int(figures[9:])
    return key in (97 - number % 97, 97 - (2_000_000_000 + number) % 97)


def _is_ramq(match: re.Match[str]) -> bool:
    return (int(match["month"]) % 50) in range(1, 13) and int(match["day"]) in range(1, 32)
