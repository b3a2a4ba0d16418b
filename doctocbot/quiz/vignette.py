"""The words of a case as a question shows them: without dates, places, names and file names, with ages in bands.

    words -> without the hashtags at their end -> ages, dates, identifiers replaced -> read once more -> tidied

Pure. What places the patient in time goes without a trace where the sentence stands without it; what names somebody or
somewhere leaves `[…]`. It is read again until nothing is found: what has lost a neighbour may be found only then.
"""

import re
from collections.abc import Iterator

from doctocbot.guard import Kind, find_identifiers
from doctocbot.guard.reading import read
from doctocbot.guard.vocabulary import GIVEN, SURNAMES, TOWNS, bare
from doctocbot.quiz.age_bands import OLD, band_of
from doctocbot.quiz.exact_ages import exact_ages
from doctocbot.quiz.moments import moments

_MOST_ROUNDS = 6
_GONE = "[…]"
# A date that is gone, and a capital that went with it, until the words around are tidied; nobody types them.
_DATE, _CAPITAL = "\ue000", "\ue001"


def vignette(text: str, language: str) -> str:
    """The stem of a question made from the words of a case; `language` is that of ages whose own words tell none."""
    told = _without_last_tags(re.sub(f"[{_DATE}{_CAPITAL}]", "", text))
    for _ in range(_MOST_ROUNDS):
        before, told = told, _tidied(_replaced(told, language))
        if told == before:
            break
    first = next((letter for letter in text if letter.isalnum()), "")
    return told[:1].upper() + told[1:] if first.isupper() else told


def _without_last_tags(text: str) -> str:
    """The words of a case without the hashtags at their end, which are no part of the question."""
    tags = 0
    for word in reversed(text.split()):
        if not word.startswith("#"):
            break
        tags += 1
    words = text.rstrip().rsplit(None, tags)[0].rstrip() if tags else text
    return text if words.startswith("#") and " " not in words else words


def _replaced(text: str, language: str) -> str:
    """The words with something else in the place of all that is found in them once."""
    found = [*exact_ages(read(text), language)]
    found += [(start, end, _DATE) for start, end in moments(text)]
    for finding in find_identifiers(text):
        if finding.kind is Kind.AGE:
            found.append((finding.start, finding.end, _age(text[finding.start : finding.end], language)))
        elif finding.kind in (Kind.NAME, Kind.LIKELY_NAME):
            found.append((*_whole_name(text, finding.start, finding.end), _GONE))
        elif finding.kind is not Kind.DATE:
            found.append((finding.start, finding.end, _GONE))
    found += [(start, end, _GONE) for start, end in (*_towns(text), *_full_names(text))]
    pieces, at = [], 0
    for start, end, said in _apart(found):
        pieces += [text[at:start], said]
        at = end + (text[end : end + 1] == ")" and "(" in text[start:end] and ")" not in text[start:end])
    return "".join([*pieces, text[at:]])


_NAME_AFTER = re.compile(r"(?: (?:d[eu]s?|la|le|el|ben|van|von|d['’]))? ?[A-ZÀ-Þ][\w'’\-]{2,}")
_NAME_BEFORE = re.compile(r"(?<=[\w,] )[A-ZÀ-Þ][\w'’\-]{2,} $")


def _whole_name(text: str, start: int, end: int) -> tuple[int, int]:
    """A name with the one beside it, should the guard know only half of it: nobody reads the other half either."""
    after = _NAME_AFTER.match(text, end)
    before = _NAME_BEFORE.search(text, max(0, start - 30), start)
    return before.start() if before else start, after.end() if after else end


_TWO_CAPITALS = re.compile(r"(?<![\w\-])(?P<first>[A-Z][\w\-]{2,20}) (?=(?P<second>[A-Z][\w'\-]{2,20}))")


def _full_names(text: str) -> Iterator[tuple[int, int]]:
    """A given name before a family name, though each alone may be a flower or an eponym."""
    plain = read(text)
    for match in _TWO_CAPITALS.finditer(plain.text):
        is_name = bare(match["first"]) in GIVEN and bare(match["second"]) in SURNAMES
        if is_name and not _CRITERIA_BEFORE.search(plain.text[: match.start()][-30:]):
            yield plain.span(match.start(), match.end("second"))


def _age(words: str, language: str) -> str:
    """The band of an age that only the guard has seen: of the very old, or of a newborn."""
    is_old = any(int(figures) >= OLD for figures in re.findall(r"[0-9]+", read(words).text)) or re.search(
        r"nonante|cent|vingt|ninety|hundred", words, re.IGNORECASE
    )
    return band_of(OLD if is_old else 0, "y").told(language)


def _apart(found: list[tuple[int, int, str]]) -> Iterator[tuple[int, int, str]]:
    """What was found, one after the other: where two readings overlap, both go for the one that hides more."""
    together: list[tuple[int, int, str]] = []
    for start, end, said in sorted(found, key=lambda each: each[:2]):
        if not together or start >= together[-1][1]:
            together.append((start, end, said))
            continue
        first_start, first_end, first_said = together[-1]
        both = (first_said, said)
        hides = _GONE if _GONE in both else _DATE if _DATE in both else first_said
        together[-1] = (first_start, max(end, first_end), hides)
    yield from together


_TOWN = re.compile(r"(?<![\w\-'#])(?:(?P<of>[dl]')?)(?P<name>[A-Z][\w]{2,20}(?:-[\w]{1,20}){0,4})(?![\w\-])")
_PLACE_BEFORE = re.compile(
    r"(?:\b(?:a|de|depuis|vers|sur|pres de|habite\w*|region|banlieue|in|at|from|near|to|around|chu|ch"
    r"|hopital) |\bd')$",
    re.IGNORECASE,
)
_CRITERIA_BEFORE = re.compile(
    r"\b(?:scores?|criteres?|classification|echelle|syndrome|maladie|test|consensus|signe|index|fievre|virus"
    r"|grade|stade)"
    r" (?:de |d'|of )?$",
    re.IGNORECASE,
)
# Names of towns that are words or scores as well: they need a word for a place before them.
_WORDS_TOO = frozenset((
    "gap", "menton", "marche", "sens", "orange", "bulle", "grasse", "reading", "bath", "cork", "lens", "hull", "jette",
    "moulins", "tours", "vire", "dole", "stoke", "valence", "nice", "derby", "romans", "boston", "provins", "preston",
    "mons", "glasgow", "mende", "toul", "sion", "lourdes", "chatou", "bron", "huy", "ath", "albi", "agen",
))  # fmt: skip


def _towns(text: str) -> Iterator[tuple[int, int]]:
    """Towns that the guard knows, by a capital letter; those that mean something else too beside "à", "de", "in"."""
    plain = read(text)
    for match in _TOWN.finditer(plain.text):
        name, before = bare(match["name"]), plain.text[: match.start("name")][-30:]
        if name not in TOWNS or _CRITERIA_BEFORE.search(before):
            continue
        if name not in _WORDS_TOO or _PLACE_BEFORE.search(before):
            yield plain.span(*match.span("name"))


_PREPOSITION = (
    r"(?:(?:depuis|avant|après|apres|jusqu['’]|vers|courant|fin|début|debut|mi-|mid-|since|from|until|till"
    r"|before|after|late"
    r"|early|by|dated?|datée?|entre|between|en date|date)[\s\-]?)?"
    r"(?:(?:the|le|les|du|au|aux|à|en|on|in|of|de|des|d['’]|dès|ce|l['’]année|the year|l['’]été|l['’]hiver"
    r"|l['’]automne"
    r"|le printemps|printemps|été|hiver|automne|spring|summer|autumn|winter)(?:\s|(?<=['’])))?"
)
_DATES_TOGETHER = re.compile(
    rf"{_DATE}(?:\s?(?:[-–/,]|et|and|au|à|a|to|puis|ou|or)?\s?{_DATE})+", re.IGNORECASE
)
_BIRTH = re.compile(
    rf",?\s?\b(?:née?s?|ne|born|ddn|dob)(?:\(e\))?\s?:?\s?(?:le|un|en|on|in)?\s?{_DATE}"
    r"(?!\s?(?:à|a|at|par|by|pré)\b)",
    re.IGNORECASE,
)
_DATE_BETWEEN = re.compile(rf"\b(?:entre|between|from|du|de)\s{_DATE}", re.IGNORECASE)
_DATE_WITH_WORDS = re.compile(rf"(?:(?<!\w){_PREPOSITION})?{_DATE}", re.IGNORECASE)
_TIDYING: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(pattern), by)
    for pattern, by in (
        (r"\[…\](?:[\s,]{0,3}\[…\])+", _GONE),
        (r"\(\s*(?:\[…\])?[\s,;:–-]*\)", ""),
        (r"(?<=\()\s*[,;:]\s*", ""),
        (r"[^\S\n]{2,}", " "),
        (r"[^\S\n]+(?=[,.)](?!\w))", ""),
        (r"(?<=\()[^\S\n]+", ""),
        (r",(?:\s*,)+", ","),
        (r":(?:\s*:)+(?=\s)", ":"),
        (r",\s*(?=[.;:](?:\s|\Z))", ""),
        (r"(?:(?<=;) ?|(?<=\.) )[,:](?=\s)", ""),
        (r"(?m)^[^\S\n]*[,;:.–][^\S\n]*(?=\S)", ""),
        (r"(?m)^[^\S\n]+|[^\S\n]+$", ""),
        (r"(?m)(?<=\S)[^\S\n]*[,:]$", ""),
        (r"\n{3,}", "\n\n"),
    )
)


def _dropped(match: re.Match[str]) -> str:
    """Nothing, or at the beginning of a sentence the wish that the next word have its capital."""
    starts = re.search(r"(?:^|[.!?\n])\s*$", match.string[max(0, match.start() - 4) : match.start()])
    return _CAPITAL if starts and match[0][0].isupper() else ""


def _tidied(text: str) -> str:
    """The words without what a date leaves behind: the word before it, empty brackets, spaces and commas too many."""
    if _DATE in text:
        text = _DATE_BETWEEN.sub(_DATE, _DATES_TOGETHER.sub(_DATE, text))
        text = _DATE_WITH_WORDS.sub(_dropped, _BIRTH.sub("", text))
        text = re.sub(rf"{_CAPITAL}[\s,;:]*(\w?)", lambda match: match[1].upper(), text)
    for pattern, by in _TIDYING:
        text = pattern.sub(by, text)
    return text.strip()
