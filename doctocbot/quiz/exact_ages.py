"""Exact ages in the words of a case, in figures and in words, and what a question says instead. Pure.

How long something lasts or lasted ("depuis 3 ans", "3-year history", "fumeur 20 PA", "J3") is no age.
"""

import re
from collections.abc import Iterator

from doctocbot.guard.reading import Plain
from doctocbot.quiz.age_bands import OLD, Band, band_of

_WORDS_FROM_ONE = (
    "un une one", "deux two", "trois three", "quatre four", "cinq five", "six", "sept seven", "huit eight",
    "neuf nine", "dix ten", "onze eleven", "douze twelve", "treize thirteen", "quatorze fourteen", "quinze fifteen",
    "seize sixteen", "seventeen", "eighteen", "nineteen",
)  # fmt: skip
_ONES = {word: number for number, words in enumerate(_WORDS_FROM_ONE, start=1) for word in words.split()}
_TENS = {
    "vingt": 20, "vingts": 20, "twenty": 20, "trente": 30, "thirty": 30, "quarante": 40, "forty": 40,
    "cinquante": 50, "fifty": 50, "soixante": 60, "sixty": 60, "septante": 70, "seventy": 70, "huitante": 80,
    "octante": 80, "eighty": 80, "nonante": 90, "ninety": 90, "cent": 100, "hundred": 100,
}  # fmt: skip
_NUMBER_WORD = rf"(?:{'|'.join(sorted({**_ONES, **_TENS}, key=len, reverse=True))})"
_COUNT = rf"(?:[0-9]{{1,3}}(?:[.,][0-9])?|{_NUMBER_WORD}(?:[ -](?:(?:et|and)[ -])?{_NUMBER_WORD}){{0,3}})"


def _number(words: str) -> float:
    """What a count says, in figures or in words."""
    if words[0].isdigit():
        return float(words.replace(",", "."))
    total, before = 0, ""
    for word in re.findall(r"[a-z]+", words.lower()):
        if word in ("vingt", "vingts") and before == "quatre":
            total += 76
        elif word == "hundred" and before == "one":
            total += 99
        else:
            total += _ONES.get(word) or _TENS.get(word, 0)
        before = word
    return float(total)


_PERSON = (
    r"(?:femmes?|hommes?|patiente?s?|dames?|monsieur|madame|mme|mr|filles?|fillettes?|garcon(?:net)?s?"
    r"|enfants?|bebes?|bb"
    r"|nourrisson(?:ne)?s?|nouveau[ -]nee?s?|ados?|adolescente?s?|jeune(?: (?:femme|homme|fille|patiente?))?"
    r"|meres?|peres?"
    r"|soeurs?|freres?|fils|jum(?:eau|elle)x?s?|petite?|wom[ae]n|m[ae]n|females?|males?|girls?|boys?|child(?:ren)?"
    r"|infants?|baby|babies|toddlers?|lady|gentleman|pt|sons?|daughters?|mother|father|sister|brother|twins?"
    r"|neonates?"
    r"|newborns?|teen(?:ager)?s?|prematuree?)"
)
_BESIDE = (
    r"(?: (?:eutrophe|saine?|vaccinee?|unique|enceinte|masculin|feminin|nee? a terme|de sexe [a-z]+"
    r"|previously well|healthy))?"
)
_PERSON_BEFORE = re.compile(
    rf"(?:\b{_PERSON}{_BESIDE}|\[…\]),?[ :(]{{0,3}}(?:(?:agee?s? (?:de )?|vue? (?:a )?|aged |of |de |d'"
    rf"|a (?:l'age de )?|at ))?$"
    r"|\b(?:agee?s?|age|aged|l'age|has turned) ?(?:de |d'|of |is |[:=] ?)?$",
    re.IGNORECASE,
)
_LASTS_BEFORE = re.compile(
    r"\b(?:depuis|pendant|durant|il y a|y a|avait|sur|en|dans|d'ici|apres|avant|tou(?:te)?s les|tou(?:te)?s"
    r"|chaque|suivie?s?"
    r"|suivi|duree|evolu\w{0,6}|recul|survie|mortalite|risque|controle|recidive|rechute|reevaluation"
    r"|pronostic|tabac\w{0,5}"
    r"|fumeu\w{1,3}|traite\w{0,5}|ttt|chimio\w{0,8}|prise|garantie|premiere?s|dernieres?|derniers|il ya"
    r"|quelques|for|past|last|over"
    r"|after|before|since|within|every|in|during|until|next|x|ago|about|of|menopause\w?|mariee?s?)"
    r"(?: (?:de|a|d'|les|ces|the|past|last|about|environ|pres de|plus de|moins de|au moins|more than"
    r"|at least|~|presque|deja"
    r"|around|over|almost|de ca)){0,3} ?~?$"
    r"|\b(?:plus|moins|au[- ]dela|partir|apres|avant|pres) (?:de|d'|des) ?$|[<>≤≥~] ?$|\b(?:over|under|above"
    r"|below|than) $",
    re.IGNORECASE,
)
_LASTS_AFTER = re.compile(
    r" ?(?:ago\b|later\b|earlier\b|history\b|plus (?:tard|tot)\b|auparavant\b|apres\b|avant\b|before\b"
    r"|after\b|(?:de |d')\w"
    r"|passes\b|consecutif)",
    re.IGNORECASE,
)
_SINCE_AFTER = re.compile(r" ?(?:apres|avant|after|before|plus tard)\b", re.IGNORECASE)
_OR_MORE = re.compile(
    r" ?(?:\+|et (?:plus|moins)\b|and (?:over|older|above|under|younger)\b|or (?:more|over|older)\b"
    r"|ou (?:plus|moins)\b)",
    re.IGNORECASE,
)
_RANGE_BEFORE = re.compile(
    r"(?:[0-9] ?(?:a|ou|to|or|-) ?|entre [0-9]+ et |between [0-9]+ and )$", re.IGNORECASE
)
_BETWEEN = re.compile(r"\b(?:entre|between) $", re.IGNORECASE)
_SENTENCE_START = re.compile(r"(?:^|\n|[.!?:(] ?)[*\-•]? ?$")
_ENDS = re.compile(r" ?(?:[,.;:)/\n]|$|[fmgh]\b)", re.IGNORECASE)

_APART = r"(?<![\w.,/\-])"
_YEARS = re.compile(
    rf"{_APART}(?:(?P<first>[0-9]{{1,2}}) (?:et|ou|and) )?(?P<n>{_COUNT})[ -]?(?P<u>ans?)(?!\w)"
    r"(?:,? (?:et )?(?:demie?|1/2|[0-9]{1,2} mois))?",
    re.IGNORECASE,
)
_SMALLER = re.compile(
    rf"{_APART}(?P<n>{_COUNT}) ?(?P<u>mois|semaines?|sem|jours?|j|h|heures?|months?|weeks?|days?|years?"
    rf"|yrs?)(?![\w\-])"
    r"(?P<life> (?:de vie|of (?:life|age)))?(?: et demie?)?",
    re.IGNORECASE,
)
_EN_UNIT = r"(?P<u>year|yr|month|mth|week|wk|day|hour)s?"
_OLD_BY_WORD = re.compile(
    rf"(?P<art>\ban? )?{_APART}(?P<n>{_COUNT})[ -]?{_EN_UNIT}(?P<join>[ -])olds?(?!\w)"
    r"(?! (?:rash|wound|fracture|burn|lesion|injury|bruise|scar|ulcer|clot|graft|suture|stroke|infarct)\b)",
    re.IGNORECASE,
)
_SHORT = re.compile(
    rf"(?P<art>\ban? )?{_APART}(?P<n>[0-9]{{1,3}}(?:[.,][0-9])?) ?-?(?P<u>y|m|w|d)(?:[ /.]?o\b|rs? ?/?o\b)\.?",
    re.IGNORECASE,
)
_AGED = re.compile(
    rf"\b(?P<key>agee?s? de |agee?s? |l'age de |age of |age ?[:=] ?|age "
    rf"|aged )(?P<n>{_COUNT})(?![\w.,/\-]*[0-9])(?!\w| ?%)"
    r"(?! ?(?:ans?|mois|sem|semaines?|jours?|j|y|yo|years?|yrs?|months?|weeks?|days?)\b)(?! ?(?:\+|-|(?:a|to"
    r"|and|or|et|ou)\b))",
    re.IGNORECASE,
)
_YEARS_SHORT = re.compile(rf"{_APART}(?P<n>[0-9]{{1,3}})(?P<u> ?y| ?yrs?|a)(?![\w\-'])", re.IGNORECASE)
_BY_SEX = re.compile(
    r"(?:(?:^|\n|[.;:(] ?|\b(?:a|an|our|this|pt|patiente?|enfant) )"
    r"(?P<sex>[HFMG♂♀])[ /,]{0,2}(?P<n>[0-9]{1,3})(?= ?(?:[,.;:)/\n]|$))"
    rf"|{_APART}(?P<m>[0-9]{{1,3}}) ?/?(?P<sex2>[MFH♂♀])(?![\w/°'\-]))"
)
_NTH_YEAR = re.compile(
    r"\b(?:(?:dans|en) )?sa (?P<n>[0-9]{1,3}) ?(?:e|eme|ieme|ere|er) annee(?!\w| (?:de|d'|en|post|apres)\b)"
    r"|\b(?:in )?(?:his|her|their) (?P<en>[0-9]{1,3})(?:st|nd|rd|th) year(?!\w| (?:of|in|as|at)\b)",
    re.IGNORECASE,
)
_NARROW = re.compile(
    r"\b(?P<word>entre|between) (?P<low>[0-9]{1,3}) (?:et|and) (?P<high>[0-9]{1,3}) ?(?:ans|years)"
    r"(?: of age\b)?(?!\w)",
    re.IGNORECASE,
)
_GROWN = 18
_NARROWEST = 10
"""From eighteen on, two ages nearer to each other than this tell more than a band does; others are a rule's."""
_PERSON_A = re.compile(
    rf"\b{_PERSON}\.?[ ,:(]{{1,3}}(?P<n>[0-9]{{1,3}})(?P<u> a)(?!\w| ?[0-9])", re.IGNORECASE
)
_SEX_BEFORE = re.compile(r"(?:^|[\s(])[HFMG♂♀][ ,]{0,2}$")
_PERSON_BARE = re.compile(
    rf"\b(?:{_PERSON}[ ,:(]{{1,3}}|(?:she|he|il|elle)(?: is|'s| a) )(?P<n>[0-9]{{1,3}})"
    r"(?= ?(?:[,.;)\n]|$))(?![.,][0-9])",
    re.IGNORECASE,
)


def exact_ages(plain: Plain, language: str) -> list[tuple[int, int, str]]:
    """Where exact ages stand in the original words, and what is said instead; in order, none inside another.

    Each speaks the language of its own words, or `language` where these tell nothing.
    """
    taken: list[tuple[int, int, str]] = []
    for start, end, said in _found(plain, language):
        if not any(start < other_end and other_start < end for other_start, other_end, _ in taken):
            taken.append((start, end, said))
    return sorted((*plain.span(start, end), said) for start, end, said in taken)


def _found(plain: Plain, language: str) -> Iterator[tuple[int, int, str]]:
    """All readings as ages, the surest first; they may overlap."""
    text = plain.text
    for pattern in (_OLD_BY_WORD, _SHORT):
        yield from (
            _old(match) for match in pattern.finditer(text) if not _RANGE_BEFORE.search(_before(match))
        )
    yield from (_in_years(plain, match) for match in _YEARS.finditer(text) if _is_age_in_years(text, match))
    yield from (_in_small_units(match) for match in _SMALLER.finditer(text) if _is_age(text, match))
    for match in _AGED.finditer(text):
        said = band_of(_number(match["n"]), "y").told(_language_of(match["key"], language))
        yield match.start("n"), match.end("n"), said
    for match in _YEARS_SHORT.finditer(text):
        is_french, before = match["u"].lower() == "a", _before(match)
        begins = is_french and (_SEX_BEFORE.search(before) or _begins_with_age(match))
        if _PERSON_BEFORE.search(before) or begins or not (is_french or _LASTS_BEFORE.search(before)):
            yield *match.span(), _band(match["n"], "y").told("fr" if is_french else "en")
    yield from _beside_the_sex(text, language)
    yield from _told_otherwise(text, language)
    for match in _PERSON_BARE.finditer(text):
        said = band_of(float(match["n"]), "y").told(_language_of(match[0], language))
        yield match.start("n"), match.end("n"), said


def _told_otherwise(text: str, language: str) -> Iterator[tuple[int, int, str]]:
    """ "dans sa 72e année", "in her 45th year", "entre 34 et 36 ans", "Pt 34 a"."""
    for match in _NTH_YEAR.finditer(text):
        nth, is_french = int(match["n"] or match["en"]), match["n"] is not None
        # "her 2nd year medical school" is no age.
        if nth >= _GROWN or _ENDS.match(text, match.end()):
            yield *match.span(), band_of(max(nth - 1, 0), "y").told("fr" if is_french else "en")
    for match in _NARROW.finditer(text):
        low, high = int(match["low"]), int(match["high"])
        first, last = band_of(low, "y"), band_of(max(low, high), "y")
        tells_more = low > first.low or last.high is None or high < last.high
        if low >= _GROWN and high - low < _NARROWEST and tells_more:
            said = Band(first.low, last.high, "year").told("fr" if match["word"].lower() == "entre" else "en")
            yield *match.span(), said
    for match in _PERSON_A.finditer(text):
        end = match.end() if _ENDS.match(text, match.end()) else match.end("n")
        yield match.start("n"), end, band_of(float(match["n"]), "y").told("fr")


def _begins_with_age(match: re.Match[str]) -> bool:
    """Whether "45a" begins a text: below that, "2a." numbers a list."""
    starts = _SENTENCE_START.search(_before(match)) and _ENDS.match(match.string, match.end())
    return bool(starts) and int(match["n"]) >= _GROWN


def _before(match: re.Match[str]) -> str:
    return match.string[max(0, match.start() - 60) : match.start()]


def _in_small_units(match: re.Match[str]) -> tuple[int, int, str]:
    """An age in months, weeks, days or English years, with the "d'" before it."""
    unit = match["u"].lower()
    is_french = unit in ("mois", "sem", "j", "h") or unit.startswith(("semaine", "jour", "heure"))
    said = _band(match["n"], match["u"]).told("fr" if is_french else "en")
    if _before(match)[-2:].lower() == "d'":
        return match.start() - 2, match.end(), f"de {said}"
    return *match.span(), said


def _beside_the_sex(text: str, language: str) -> Iterator[tuple[int, int, str]]:
    """ "F34", "H 45,", "34F"."""
    for match in _BY_SEX.finditer(text):
        group = "n" if match["n"] else "m"
        if group == "m" and not _is_plausible_before_sex(match):
            continue
        said = band_of(float(match[group]), "y").told(language)
        if text[match.start(group) - 1 : match.start(group)].isalpha():
            said = f" {said}"
        yield match.start(group), match.end(group), f"{said} " if group == "m" else said


def _language_of(key: str, language: str) -> str:
    """The language of the words before an age, where they have one."""
    word = key.lower()
    if word.startswith(("agee", "ages", "l'age")):
        return "fr"
    return "en" if word.startswith(("aged", "age of", "she", "he ", "he'")) else language


def _is_plausible_before_sex(match: re.Match[str]) -> bool:
    """Whether "34F" is an age: "101 F" is a fever, "24 H" a day."""
    return int(match["m"]) < OLD + 5 and match["sex2"] != "H"


def _band(count: str, unit: str) -> Band:
    first = unit[0].lower()
    letter = {"a": "y", "s": "w", "j": "d"}.get(first, first)
    return band_of(_number(count), letter)


def _old(match: re.Match[str]) -> tuple[int, int, str]:
    """ "a 34-year-old", "8 months old", "34yo"."""
    band = _band(match["n"], match["u"])
    if match.groupdict().get("join") == " " and not match["art"]:
        return *match.span(), band.told("en") if band.high is None and band.unit else f"{band.told('en')} old"
    said = band.told("en", adjective=True)
    if match["art"]:
        article = "an" if said.startswith(("8", "11", "18", "over")) else "a"
        said = f"{article.capitalize() if match['art'][0].isupper() else article} {said}"
    return *match.span(), said


def _in_years(plain: Plain, match: re.Match[str]) -> tuple[int, int, str]:
    """A French age in years, or two ("3 et 5 ans"), with the words before it that have to change along with it."""
    text, band = plain.text, _band(match["n"], "y")
    said, start = band.told("fr"), match.start()
    if match["first"]:
        return start, match.end(), f"{_band(match['first'], 'y').told('fr')} et {said}"
    before = text[:start]
    if before[-2:].lower() == "d'":
        return start - 2, match.end(), f"de {said}"
    at = start - 2
    if before[-2:].lower() == "a " and not before[-3:-2].isalnum() and band.high is not None and band.unit:
        place, _ = plain.span(at, at + 1)
        if plain.original[place] in "àÀ":
            return at, match.end(), f"entre {band.low} et {band.high} {said.split()[-1]}"
    return start, match.end(), said


def _is_age_in_years(text: str, match: re.Match[str]) -> bool:
    before = _before(match)
    if _RANGE_BEFORE.search(before) or _BETWEEN.search(before) or _OR_MORE.match(text, match.end()):
        return False
    if _PERSON_BEFORE.search(before):
        return before.endswith("de ") or not _SINCE_AFTER.match(text, match.end())
    if match["u"].lower() == "an" and not _SENTENCE_START.search(before):
        return False
    return not (_LASTS_BEFORE.search(before) or _LASTS_AFTER.match(text, match.end()))


def _is_age(text: str, match: re.Match[str]) -> bool:
    """Whether months, weeks, days or English years are somebody's age: beside a person, of life, or at a beginning."""
    before = _before(match)
    if _RANGE_BEFORE.search(before) or _OR_MORE.match(text, match.end()):
        return False
    if match["life"] or _PERSON_BEFORE.search(before):
        return match["life"] is not None or not _LASTS_AFTER.match(text, match.end())
    is_short = match["u"].lower() in ("j", "h") or match["u"].lower().startswith(("heure", "jour", "day"))
    return not is_short and bool(_SENTENCE_START.search(before) and _ENDS.match(text, match.end()))
