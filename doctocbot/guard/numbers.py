"""Numbers that belong to one person: social security, national registers, and the file numbers of hospitals.

Long numbers are everywhere in medicine, so each is believed for a reason: its check digits (python-stdnum), its shape with a
plausible month and department, or a word that announces it. A number typed by hand often fails its check digits: where
its shape or a word tells enough, it is shown all the same.
"""

import re
from collections.abc import Iterator

from stdnum.be import nn
from stdnum.fr import nir
from stdnum.gb import nhs
from stdnum.us import ssn

from doctocbot.guard.findings import Passage, spans, spans_of_figures, spans_of_words

_S = r"[ .\-/_]{0,2}"
_SIGN = r"(?: {0,2}(?:n°|no\.?|num\.?|numero|number|nr\.?|is|est|[:=#]) ?){0,3} {0,2}"

# Source: INSEE, numéro d'inscription au répertoire: sex, year, month, department, commune, order, key.
_NIR = re.compile(
    rf"(?:(?<![\w+.,])|(?<=[a-z]{{2}}))(?P<sex>[1-478]){_S}[0-9]{{2}}{_S}(?P<month>[0-9]{{2}}){_S}(?P<department>[0-9]{{2}}|2[ABab])"
    rf"{_S}[0-9]{{3}}{_S}[0-9]{{3}}(?:[ .\-/]{{0,3}}(?:cle ?:? ?)?(?P<key>[0-9]{{2}}))?(?!\w)"
)
# With a right key, the figures may be grouped as they come.
_NIR_ANYHOW = re.compile(
    r"(?<![\w+.,])[1-478](?:[ .\-/]{0,2}[0-9]){5}(?:[ .\-/]{0,2}[0-9AB])(?:[ .\-/]{0,2}[0-9]){8}(?!\w)"
)
_NIR_ANNOUNCED = re.compile(
    r"\b(?:nir|secu(?:rite)?(?: sociale)?|n° ?ss|nss|no ss|num ss|numero ss|carte vitale|vitale|immatriculation|ins(?:ee)?|social security|secu no)\b"
    rf"(?: (?:assure|patiente?|c|c'est|mere|pere|number|no|num))?{_SIGN}(?P<id>[0-9](?:[ .\-/]{{0,2}}[0-9AB]){{7,17}})(?!\w)",
    re.IGNORECASE,
)
_BORN_IN_MONTH = frozenset((*range(1, 13), 20, *range(30, 43)))
# Source: NHS Data Dictionary, NHS number: ten figures, modulus 11.
_NHS = re.compile(r"(?<![\w+.,])[0-9]{3}(?P<s>[ \-.])[0-9]{3}(?P=s)[0-9]{4}(?!\w|[.,][0-9])")
_ANNOUNCED = re.compile(
    r"\b(?:nhs|chi|h&c|hcn|ohip|health (?:card|insurance)|medicare|medicaid|sin|nas|ssn|pps|pps no|nino|ni number|national insurance|niss|nn|registre national|numero national|n° national"
    r"|rijksregister|avs|ahv|oasi|n°avs|ramq|nam|assurance[ \-]maladie|carte (?:soleil|europeenne|d'identite)|cni|passeport|passport|permis|titre de sejour|ame|beneficiaire|insured)\b"
    rf"(?: (?:card|number|no|id|suisse|belge))?{_SIGN}(?P<id>(?:[A-Z]{{1,4}} ?)?[0-9](?:[ .\-/]{{0,2}}[0-9]){{5,13}}[A-Z]{{0,2}})(?!\w|[.,/][0-9])"
    r"(?! ?(?:mg|ml|µg|ug|ui|iu|%))",
    re.IGNORECASE,
)
# Source: Swiss AVS number: 756, then nine figures and an EAN-13 check digit. Nothing else that people write begins so.
_AVS = re.compile(r"(?<!\w)756[ .\-]?[0-9]{4}[ .\-]?[0-9]{4}[ .\-]?[0-9]{2}(?!\w)")
# Source: Belgian national register number: birth date, order, key modulo 97 (with a 2 before it from 2000 on).
_BELGIAN = re.compile(r"(?<![\w.,])[0-9]{2}\.[0-9]{2}\.[0-9]{2}[ \-./][0-9]{3}[ .\-][0-9]{2}(?!\w)")
_BELGIAN_CLOSE = re.compile(
    r"(?<![\w+.,])[0-9]{2}[ .\-]?(?:0[0-9]|1[0-2])[ .\-]?[0-3][0-9][ .\-/]?[0-9]{3}[ .\-]?[0-9]{2}(?!\w)"
)
# Source: RAMQ, numéro d'assurance maladie: four letters, year, month (plus 50 for women), day, two figures.
_RAMQ = re.compile(
    r"(?<!\w)[A-Za-z]{4}[ \-]?[0-9]{2}(?P<month>[0-9]{2})[ \-]?(?P<day>[0-9]{2})[0-9]{2}(?!\w)"
)
# Source: HMRC NIM39110, national insurance number; SSA, social security number.
_NINO = re.compile(
    r"(?<!\w)(?!BG|GB|NK|KN|TN|NT|ZZ)[A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z] ?(?:[0-9]{2} ?){3}[A-D](?!\w)"
)
_FOUR_FIGURES = re.compile(r"[0-9]{4}[ \-]?[0-9]{4}(?![0-9])")
_NINO_END = re.compile(r"[0-9]{2} ?[0-9]{2} ?[A-D](?!\w)")
_SSN = re.compile(r"(?<![\w.\-])[0-9]{3}-[0-9]{2}-[0-9]{4}(?![\w\-])")

# Words that announce nothing but a number.
_RECORD = (
    r"(?:i\.?p\.?p|nda|nip|iep|ndos|mrn|m\.r\.n|urn|crn|hrn|pid|dmp|id ?pat(?:ient)?|pat(?:ient)?[ .\-]?id|patient (?:number|no\.?|n°|#)|num(?:ero)? (?:de )?patient|medical record|health record"
    r"|hosp(?:ital)? (?:number|no\.?|num|id)|unit (?:number|no\.?)|accession|acc no|acct|account|chart|encounter|csn|specimen|sample|lab (?:no|number|id|ref)|fin|visit (?:no|number|id)|record (?:no|number|id)|matricule|n° ipp|n° nda)"
)
# Words that mean other things too: a sign or a long number has to follow.
_FILE = (
    r"(?:dossiers?|sejour|examen|admission|venue|passage|hospitalisation|prelevement|echantillon|demande|compte[ \-]rendu|cr|bon|etiquette|code[ \-]barres?|bracelet|adherent|mutuelle|assure|anapath|anatomopath\w{0,6}|labo"
    r"|reference|ref|episode|file|case|folder|barcode|request|order|report|record|referral|claim|policy|numero|n°|dossier patient|image|scan|acte)"
)
_QUALIFIER = r"(?: (?:patient|patiente|medical|labo|interne|hopital|clinique|de|du|d'|la|le|l'|dossier|sejour|patho|anapath|examen|exam|ref|reference|hospitalisation|venue|prelevement|hosp|imagerie|radio|irm|pacs)){0,3}"
# Capitals may stand within: 24H01234, S24/006712, A0098 7712.
_ID = r"(?-i:(?P<id>(?:[A-Za-z]{1,4}[\-/.]?|[A-Z]{1,4} )?[0-9](?:[ \-/._]?[0-9]|[\-/.]?[A-Z](?![a-z])){2,17}))(?!\w)(?![.,][0-9])"
_NO_UNIT = r"(?! {0,2}(?:[µμmkcd]?g|[mcd]?l|ui|iu|u|%|patients?|cas|cases|fois|mois|jours?|j|ans|h|min|semaines?|sem|g/l|mm|cm|euros?|€|x)\b)"
_RECORD_NUMBER = re.compile(
    rf"(?<![\w\-])(?P<word>{_RECORD}){_QUALIFIER}(?P<sign>{_SIGN}){_ID}{_NO_UNIT}", re.IGNORECASE
)
_FILE_NUMBER = re.compile(
    rf"(?<![\w\-])(?P<word>{_FILE}){_QUALIFIER}(?P<sign>{_SIGN}){_ID}{_NO_UNIT}", re.IGNORECASE
)
_DATE_OR_PHONE = re.compile(
    r"[0-9]{1,2}[/.\-][0-9]{1,2}[/.\-](?:[0-9]{2}|[0-9]{4})|(?:19|20)[0-9]{2}[/.\-][0-9]{1,2}[/.\-][0-9]{1,2}|0[1-9](?:[ .\-]?[0-9]{2}){4}|[0-9]{1,2} [0-9]{2} [0-9]{4}"
)


_NIR_WORDS = frozenset(
    ["nir", "secu", "securite", "ss", "nss", "vitale", "immatriculation", "ins", "insee", "social"]
)
_ANNOUNCING_WORDS = frozenset(
    """
    nhs chi h hcn ohip health medicare medicaid sin nas ssn pps nino ni national niss nn registre numero
    rijksregister avs ahv oasi ramq nam assurance carte cni passeport passport permis titre ame beneficiaire
    insured
    """.split()
)
_RECORD_WORDS = frozenset(
    """
    ipp i nda nip iep ndos mrn m urn crn hrn pid dmp id idpat idpatient pat patid patient num numero medical
    health hosp hospital unit accession acc acct account chart encounter csn specimen sample lab fin visit
    record matricule n
    """.split()
)
_FILE_WORDS = frozenset(re.findall(r"[a-z]{2,}", _FILE)) | frozenset(
    ["dossiers", "n", "code", "codebarres", "compte", "coderendu", "anatomopathologie", "anatomopath"]
)


def nirs(passage: Passage) -> Iterator[tuple[int, int]]:
    """Find French social security numbers: with a right key, or of the right shape without one, or announced."""
    yield from spans_of_figures(_NIR, passage, _is_nir)
    yield from spans_of_figures(
        _NIR_ANYHOW, passage, lambda match: nir.is_valid(match[0].translate(_NO_MARKS))
    )
    if passage.has(_NIR_WORDS):
        yield from spans(
            _NIR_ANNOUNCED, passage.text, lambda match: not _DATE_OR_PHONE.fullmatch(match["id"])
        )


def national_numbers(passage: Passage) -> Iterator[tuple[int, int]]:
    """Find British, Irish, Swiss, Belgian, Québec and American numbers by check digits, shape or announcement."""
    yield from spans_of_figures(_AVS, passage)
    yield from spans_of_figures(_BELGIAN, passage, _is_birth_date_first)
    yield from spans_of_figures(
        _BELGIAN_CLOSE, passage, lambda match: nn.is_valid(match[0].translate(_NO_MARKS))
    )
    yield from spans_of_figures(_NHS, passage, lambda match: nhs.is_valid(match[0].translate(_NO_MARKS)))
    yield from spans_of_figures(_SSN, passage, lambda match: ssn.is_valid(match[0]))
    if _FOUR_FIGURES.search(passage.text):
        yield from spans(_RAMQ, passage.text, _is_ramq)
    if _NINO_END.search(passage.text):
        yield from spans(_NINO, passage.text)
    if passage.has(_ANNOUNCING_WORDS):
        yield from spans(_ANNOUNCED, passage.text, lambda match: not _DATE_OR_PHONE.fullmatch(match["id"]))


def file_numbers(passage: Passage) -> Iterator[tuple[int, int]]:
    """Find the numbers of patients, stays and records, only where a word announces one."""
    yield from spans_of_words(
        _RECORD_NUMBER, passage, _RECORD_WORDS, lambda match: _is_file_number(match, least=4)
    )
    yield from spans_of_words(
        _FILE_NUMBER,
        passage,
        _FILE_WORDS,
        lambda match: _is_file_number(match, least=4 if _has_sign(match) else 5),
    )


_NO_MARKS = {ord(mark): None for mark in " .-/_"}


def _has_sign(match: re.Match[str]) -> bool:
    return bool(match["sign"].strip())


def _is_file_number(match: re.Match[str], least: int) -> bool:
    written = match["id"]
    if _DATE_OR_PHONE.fullmatch(written) and not _has_sign(match):
        return False
    if re.fullmatch(r"(?:19|20)[0-9]{2}", written) and not _has_sign(match):
        return False
    groups = re.findall(r"[0-9]+", written)
    # A dose is written 40 1-0-0: short groups of different lengths.
    together = max(map(len, groups)) >= 3 or (len(groups) >= 3 and {len(group) for group in groups} == {2})
    letters = sum(letter.isalpha() for letter in written)
    if match.re is _FILE_NUMBER and not _has_sign(match) and not letters and max(map(len, groups)) < 4:
        return False
    return (
        together
        and sum(map(len, groups)) >= least
        and letters <= 6
        and re.search(r"[a-zA-Z]{5}", written) is None
    )


def _is_nir(match: re.Match[str]) -> bool:
    digits = match[0].translate(_NO_MARKS).upper().replace("CLE", "").replace(":", "")
    if match["key"] and nir.is_valid(digits):
        return True
    return match["sex"] in "12" and int(match["month"]) in _BORN_IN_MONTH and match["department"] != "00"


def _is_birth_date_first(match: re.Match[str]) -> bool:
    _, month, day = match[0][:8].split(".")
    return int(month) <= 12 and int(day) <= 31


def _is_ramq(match: re.Match[str]) -> bool:
    return (int(match["month"]) % 50) in range(1, 13) and int(match["day"]) in range(1, 32)
