"""Postal addresses: a street with its number or its name, a postcode with its town, a building and a flat.

French, Belgian, Swiss, Québec, British and American forms. Sources: La Poste's norm NF Z10-011, Royal Mail's postcode areas,
Canada Post's and USPS's addressing guides. A town alone is no address.
"""

import re
from collections.abc import Iterator

from doctocbot.guard.findings import Passage, spans, spans_of_figures
from doctocbot.guard.vocabulary import ORDINARY, TOWNS, bare, is_clinical, is_medicine, is_ordinary

_NUMBER = (
    r"(?<![\w/.,+\-])[0-9]{1,4}(?: ?(?i:bis|ter|quater)\b| ?[A-Da-d]\b)?(?: ?[\-/] ?[0-9]{1,4})?,?\s{0,2}"
)
_LINK = r"(?:de la |de l'|des |du |de |d'|la |le |les |l'|au |aux )?"
_TOWN = r"(?:(?i:(?:la|le|les|saint|sainte|st|ste) )?[^\W\d_]{2,25}(?:-[^\W\d_]{1,25}){0,5}(?:[ '](?:(?:de|du|des|la|le|les|sur|sous|en|d|l)[ '])?[A-Z][^\W\d_\-]{1,25}){0,3})"
# A number and one of these is a street, whatever follows.
_STREET = (
    r"(?:rue|r\.|avenue|boulevard|blvd|bld|boul\.|impasse|imp\.|quai|square|sq\.?|chemin|chem\.|allees?|route|rte\.?|venelle|ruelle"
    r"|faubourg|fbg|fg|lotissement|lot\.|chaussee|hameau|esplanade|sentier|lieu[ \-]dit|montee|rond[ \-]point|rang)"
)
# These mean other things too: a name with a capital follows.
_SOMETIMES = r"(?:r|av\.?|ave\.?|bd\.?|bvd|place|pl\.?|cours|passage|residence|cite|villa|clos|cour|traverse|voie|promenade|ch\.|all\.|mail|parvis|domaine|res\.)"
# How a street's name goes on: words with a capital, or a last one in small letters.
_ON = (
    r"(?:[ '\-](?:(?:de|du|des|la|le|les|l|d|sur|sous|en|et|aux?)[ '\-]){0,2}[A-Z][^\W\d_.]{0,25}){0,4}"
    r"(?: [a-z\-]{3,20}(?=\s{0,2}(?:,|$|\n|[0-9]{5})))?"
)
_NUMBERED = re.compile(
    rf"{_NUMBER}(?i:{_STREET})\s{{0,2}}(?i:{_LINK})(?:[0-9]{{1,2}}(?:er)? [a-zA-Z]{{3,9}}(?: [0-9]{{4}})?|[^\W\d_][^\W\d_.]{{0,25}}\.?{_ON})"
)
_NUMBERED_SOMETIMES = re.compile(
    rf"{_NUMBER}(?i:{_SOMETIMES})\s{{1,2}}(?i:{_LINK})(?P<first>[A-Z][^\W\d_]{{2,25}}){_ON}"
)
_UNNUMBERED = re.compile(
    r"(?<![\w\-])(?<!est )(?<!suis )(?<!etait )(?<!ete )(?<!sont )"
    r"(?i:rue|avenue|boulevard|blvd|impasse|quai|allee|chaussee|faubourg|venelle|ruelle|chemin|lieu[ \-]dit|lotissement|hameau)"
    rf"\s{{1,2}}(?i:{_LINK})(?=[A-Z])(?P<first>[^\W\d_]{{3,25}}){_ON}(?:,? [0-9]{{1,4}}(?![0-9/.%]| [A-Z]))?"
)
_OF_A_DAY = re.compile(
    r"\b(?:rue|avenue|place|boulevard|bd|av\.?|square) du [0-9]{1,2}(?:er)? (?:[a-zA-Z]{3,9})(?: [0-9]{4})?(?!\w)",
    re.IGNORECASE,
)
_GERMAN = re.compile(r"\b[A-Z][a-z]{2,25}(?:strasse|gasse|weg|platz|straat|laan) [0-9]{1,4}\b")
_FLAT = re.compile(
    r"\b(?:bat(?:iment|\.)?|esc(?:alier|\.)?|hall|tour) ?[A-Z0-9]{1,3}\b,? ?(?:[0-9]{1,2}(?:er|e|eme) (?:etage|et\.?),? ?)?"
    r"(?:appartement|appt?\.?|apt\.?|porte|logement|esc(?:alier|\.)?) ?(?:n° ?)?[A-Z]?[0-9]{1,4}\b|\b(?:bp|po box|p\.o\. box|cs) [0-9]{2,6}\b(?= ?,| [0-9]{5}|$)"
    r"|\b(?:appartement|appt\.?|apt\.?|flat) ?(?:n° ?|no\.? ?|#)?[0-9]{1,4}[A-Z]?\b",
    re.IGNORECASE,
)
_FRENCH_TOWN = re.compile(
    rf"(?<![\w.,/+\-])(?:F-?)?(?P<code>(?:0[1-9]|[1-8][0-9]|9[0-8])[0-9]{{3}}),?\s{{1,2}}(?P<town>{_TOWN})(?: (?i:cedex)(?: [0-9]{{1,2}})?)?"
)
_SHORT_TOWN = re.compile(
    rf"(?<![\w.,/+\-])(?:(?P<country>(?:B|CH|L)-? ?))?(?P<code>[1-9][0-9]{{3}}),? (?P<town>{_TOWN})"
)
_TOWN_CODE = re.compile(rf"(?<!\w)(?P<town>{_TOWN}) ?[(,] ?(?P<code>[0-9]{{5}})\b")
_POSTCODE_SAID = re.compile(
    r"\b(?:code postal|cp|postcode|zip(?: code)?|post code)[ :=]{1,3}(?P<id>[0-9]{4,5}|[A-Z]{1,2}[0-9][A-Z0-9]? ?[0-9][A-Z]{2})\b",
    re.IGNORECASE,
)

# Royal Mail's areas; the letters C, I, K, M, O and V never stand in the second half.
_AREA = (
    r"(?:A[BL]|B[ABDHLNRST]?|C[ABFHMORTVW]|D[ADEGHLNTY]|E[CHNX]?|F[KY]|G[LUY]?|H[ADGPRSUX]|I[GMPV]|JE|K[ATWY]|L[ADELNSU]?|M[EKL]?"
    r"|N[EGNPRW]?|O[LX]|P[AEHLOR]|R[GHM]|S[AEGKLMNOPRSTWY]?|T[ADFNQRSW]|UB|W[ACDFNRSV]?|YO|ZE)"
)
_BRITISH_CODE = re.compile(
    rf"(?<![\w.\-]){_AREA}[0-9][0-9A-HJKMNPR-Y]? (?![0-9](?:TH|ND|RD|ST|NG|HR|YR|PG|PT|DL)\b)[0-9][ABD-HJLNP-UW-Z]{{2}}(?!\w)"
)
_CANADIAN_CODE = re.compile(
    r"(?<![\w.\-])(?!T[0-9]N|G[0-9]P)[ABCEGHJ-NPRSTVXY][0-9][ABCEGHJ-NPRSTV-Z] [0-9][ABCEGHJ-NPRSTV-Z][0-9](?!\w)"
)
_STATE = r"(?:A[KLRZ]|C[AOT]|D[CE]|FL|GA|HI|I[ADLN]|K[SY]|LA|M[ADEINOST]|N[CDEHJMVY]|O[HKR]|PA|RI|S[CD]|T[NX]|UT|V[AT]|W[AIVY])"
_AMERICAN_CODE = re.compile(rf"\b[A-Z][a-z]{{2,20}},? {_STATE},? [0-9]{{5}}(?:-[0-9]{{4}})?\b")
_ROAD = (
    r"(?:Street|St|Tce|Cl|Dve|Pde|Road|Rd|Avenue|Ave|Lane|Ln|Drive|Close|Court|Ct|Crescent|Cres|Gardens|Gdns|Grove|Terrace|Place|Square|Sq|Way|Walk|Mews|Hill"
    r"|Park|Row|Rise|Boulevard|Blvd|Parkway|Pkwy|Highway|Hwy|Circle|Trail|Parade|Wharf|Parc|Heights|Mount|Green)"
)
_BEFORE_ROAD = (
    r"(?:(?:Flat|Apt|Apartment|Unit|Suite|Room) ?[0-9]{1,4}[A-Za-z]?,? )?(?<![\w/.])[0-9]{1,5}[A-Da-d]?,? "
)
_ENGLISH = re.compile(
    rf"{_BEFORE_ROAD}(?P<first>(?:[A-Z][\w'.]{{1,20}} ){{1,3}}){_ROAD}\b\.?(?:, [A-Z][a-z]{{2,20}})?"
)
_ENGLISH_SMALL = re.compile(
    rf"(?i:{_BEFORE_ROAD})(?P<first>[a-z'.]{{2,20}} (?:[a-z'.]{{2,20}} )?)(?:street|road|avenue|lane|crescent|terrace|rd|gardens|close)\b(?! to\b)"
)
_SHOUTED = re.compile(
    rf"{_BEFORE_ROAD}(?P<first>(?:[A-Z'.]{{2,20}} ){{1,2}})(?:STREET|ROAD|AVENUE|LANE|CRESCENT|TERRACE|DRIVE|CLOSE|GARDENS)\b"
)
# What is counted in thousands in a laboratory's report.
_COUNTED = frozenset(
    """
    lymphocytes leucocytes leucos lympho neutrophiles neutro plaquettes hemoglobine eosinophiles monocytes
    copies units unites pas globules hematies reticulocytes ui dont soit puis chez patients cas pour dans
    par avec sans habitants naissances femmes hommes deces personnes euros cellules polynucleaires elements
    colonies germes chute baisse hausse vs contre stable
    """.split()
)


_STREET_WORDS = frozenset(
    """
    rue r avenue boulevard blvd bld boul impasse imp quai square sq chemin chem allee allees route rte
    venelle ruelle faubourg fbg fg lotissement lot chaussee hameau esplanade sentier lieu lieudit montee
    rond rang av ave bd bvd place pl cours passage residence cite villa clos cour traverse voie promenade ch
    all mail parvis domaine res
    """.split()
)
_ROAD_WORDS = frozenset(word.lower() for word in re.findall(r"[A-Za-z]{2,}", _ROAD)) | frozenset(
    ["terrace", "rd", "gardens"]
)
_FLAT_WORDS = frozenset(
    """
    bat batiment esc escalier hall tour bp po p cs appartement appt apt flat
    """.split()
)
_CODE_WORDS = frozenset(["code", "cp", "postcode", "zip", "post"])
_FIVE_FIGURES = re.compile(r"[0-9]{5}(?![0-9])")
_CODE_END = re.compile(r"[0-9][A-Z]{2}(?!\w)|[0-9][A-Z][0-9](?!\w)")


def streets(passage: Passage) -> Iterator[tuple[int, int]]:
    """Find streets, the forms that say most first; spans may overlap. Before dates: rue du 8 mai 1945."""
    if passage.has(_STREET_WORDS):
        yield from spans_of_figures(_NUMBERED, passage, _is_street)
        yield from spans_of_figures(_NUMBERED_SOMETIMES, passage, _is_named_elsewhere)
        yield from spans(_UNNUMBERED, passage.text, _is_named)
        yield from spans(_OF_A_DAY, passage.text)
    if passage.has(_ROAD_WORDS):
        for pattern in (_ENGLISH, _ENGLISH_SMALL, _SHOUTED):
            yield from spans(pattern, passage.text, _is_named)
    if any(end in passage.text for end in ("strasse", "gasse", "weg", "platz", "straat", "laan")):
        yield from spans(_GERMAN, passage.text)


def towns(passage: Passage) -> Iterator[tuple[int, int]]:
    """Find postcodes with their towns, buildings and flats, and streets without a number; spans may overlap."""
    text, has = passage.text, passage.has
    if not passage.starts:
        if has(_STREET_WORDS):
            yield from spans(_UNNUMBERED, text, _is_named)
        return
    yield from spans_of_figures(_FRENCH_TOWN, passage, _is_town)
    if has(TOWNS) or has(_SAINT_WORDS):
        yield from spans(_SHORT_TOWN, text, _is_short_town)
    if _FIVE_FIGURES.search(text):
        yield from spans(_TOWN_CODE, text, _is_known_town)
        yield from spans(_AMERICAN_CODE, text)
    if _CODE_END.search(text):
        yield from spans(_BRITISH_CODE, text)
        yield from spans(_CANADIAN_CODE, text)
    if has(_CODE_WORDS):
        yield from spans(_POSTCODE_SAID, text)
    if has(_FLAT_WORDS):
        yield from spans(_FLAT, text)


_SAINT_WORDS = frozenset(["saint", "sainte"])


def _is_named_elsewhere(match: re.Match[str]) -> bool:
    """As `_is_named`, but no acuity: 3/10 AV OG."""
    return "/" not in match[0].split(" ")[0] and _is_named(match)


def _is_street(match: re.Match[str]) -> bool:
    return not re.search(
        r"(?:accident|mise|points?) (?:de|en) ?$", match.string[max(0, match.start() - 12) : match.start()]
    )


def _is_named(match: re.Match[str]) -> bool:
    words = [bare(word) for word in match["first"].split()]
    return bool(words) and not (words[0] in ORDINARY or is_medicine(words[0]))


def _is_town(match: re.Match[str]) -> bool:
    first = re.split(r"[ ']", match["town"])[0]
    word = bare(first)
    if word in TOWNS or bare(match["town"].replace(" ", "-")) in TOWNS:
        return True
    if (
        match["code"].endswith("00")
        or len(word) < 3
        or word in _COUNTED
        or is_ordinary(word)
        or is_clinical(word)
    ):
        return first.lower() in ("saint", "st", "ste", "sainte") and first[0].isupper()
    return first[0].isupper() and (not first.isupper() or len(first) > 5)


def _is_short_town(match: re.Match[str]) -> bool:
    first = bare(re.split(r"[ ']", match["town"])[0])
    is_year = 1950 <= int(match["code"]) <= 2035 and not match["country"]
    return first in TOWNS and not is_year and match["town"][0].isupper()


def _is_known_town(match: re.Match[str]) -> bool:
    return (bare(match["town"].split(" ")[-1]) in TOWNS and match["code"][2:] != "000") or bare(
        match["town"]
    ) in TOWNS
