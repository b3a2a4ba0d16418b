"""Exact ages that single somebody out: over 89 years, or under one month.

Source of the upper bound: HIPAA's safe harbour (45 CFR 164.514(b)(2)(i)(C)). "Plus de 90 ans" is no exact age; "J12" and "12 jours" are
ages only where the words say so: post-operative days and courses are written alike.
"""

import re
from collections.abc import Iterator

from doctocbot.guard.findings import Passage, spans, spans_of_figures, spans_of_words

_OVER_89 = r"(?:9[0-9]|1[01][0-9])"
_OLD = re.compile(
    rf"(?<![0-9])(?<![0-9][.,/])(?P<id>{_OVER_89} ?(?:-? ?ans?(?!\w)|[\- ]?years?\b(?:[\- ]?olds?\b)?|[\- ]?yrs?\b"
    r"|[\- ]?y\.?/?o\b\.?|y\b|[\- ]y(?= ?[,.;/(]| [fm]\b)| printemps\b|/12 de 12))",
    re.IGNORECASE,
)
_OLD_BY_WORD = re.compile(
    rf"\b(?:agee?s?(?: de)?|aged?|age (?:is|of))\b[ :=]{{0,3}}(?P<id>{_OVER_89})(?![0-9%]|[.,/\-][0-9])(?! ?(?:%|mo|m\b|mois|sem|j\b))",
    re.IGNORECASE,
)
_OLD_BY_SEX = re.compile(
    rf"(?:\b(?:femme|homme|patiente?|dame|monsieur|madame|mamie|papy|papi|lady|gentleman|man|woman|male|female)[ ,:(]{{1,3}}"
    rf"(?P<a>{_OVER_89})(?=[,.;)\n]|$| (?:with|avec|pour|sous|en|atcd|chute|hta)\b)"
    rf"|(?:^|\n|\b(?:a|an|our|this|pt|frail) )(?P<b>{_OVER_89}) ?[mf]\b(?! ?(?:[°0-9]|temp|deg|fever))|(?<!\w)[hf][ /]?(?P<c>{_OVER_89})(?= ?(?:,|ehpad|chute)))",
    re.IGNORECASE,
)
_ONES_FR = r"(?:dix(?:[ \-](?:sept|huit|neuf))?|onze|douze|treize|quatorze|quinze|seize)"
_ONES_EN = r"(?:one|two|three|four|five|six|seven|eight|nine)"
_OLD_IN_WORDS = re.compile(
    rf"\b(?P<id>(?:quatre[ \-]vingts?[ \-]{_ONES_FR}|(?:nonante|cent)(?:[ \-](?:et[ \-])?(?:une?|deux|trois|quatre|cinq|six|sept|huit|neuf))?)"
    rf" ans\b|(?:ninety[ \-]{_ONES_EN}|(?:one|a) hundred(?:[ \-]and[ \-]{_ONES_EN})?[ \-]years?)\b(?! ?(?:%|per ?cent|mg|ml|units?))|ninety[ \-]years?[ \-]olds?)",
    re.IGNORECASE,
)
_BOUND = re.compile(
    r"(?:[<>≥≤=]|\b(?:plus|moins|au-dela|partir|pres|risque a) (?:de|a)|\b(?:over|under|above|below|than|least|after|before|beyond|up to|depuis|pendant"
    r"|il y a|apres|avant|jusqu'a|d'ici|les|aux|des|for|survie a|until|vie de|vie|durant|sur|in|tous les|every)|[0-9] ?(?:-|a|et|to|and)) ?$",
    re.IGNORECASE,
)
_OR_MORE = re.compile(
    r" ?(?:\+|(?:et|ou|and|or) (?:plus|over|more|older|above|au-dela)|ago\b|plus tard|later|de (?:suivi|recul|survie|mariage|tabac)|of (?:follow|age or))",
    re.IGNORECASE,
)

_NUMBER_WORDS = {
    word: number
    for number, words in enumerate(
        [
            "un une one premier first",
            "deux two deuxieme second",
            "trois three troisieme third",
            "quatre four",
            "cinq five",
            "six",
            "sept seven",
            "huit eight",
            "neuf nine",
            "dix ten",
            "onze eleven",
            "douze twelve",
            "treize thirteen",
            "quatorze fourteen",
            "quinze fifteen",
        ],
        start=1,
    )
    for word in words.split()
}
_COUNT = rf"(?P<n>[0-9]{{1,3}}|{'|'.join(sorted(_NUMBER_WORDS, key=len, reverse=True))})"
_UNIT = r"(?P<u>j(?:ours?|rs?)?|d(?:ays?)?|h(?:eures?|rs?|ours?)?|sem(?:aines?)?|w(?:eeks?|ks?)?)"
_NEWBORN = (
    r"(?:nouveaux?[ \-]nee?s?|n[ \-]?nee?|nn|bb|bebe|nourrisson(?:ne)?|nrs|neonat(?:e|al)|newborn|baby|infant|prema(?:turee?)?s?"
    r"|fillette|garcon|fille|enfant|petite?|fils|jum(?:eau|elle)s?|girl|boy|child)"
)
_BETWEEN = r"(?:,? {0,2}(?:(?:[aà]gee?|agee?|age|aged|vue?|ne|nee|terme|a|at|de|of|est|is|now|a terme|eutrophe|garcon|fille|boy|girl|[mf]) )|[ ,:(]){0,5}"
_OF_LIFE = re.compile(
    rf"(?<![\w.,/])(?P<id>(?:(?:[jhd]|jour|day|heure|dol|semaine|s) ?(?P<m>[0-9]{{1,3}})|{_COUNT}(?:er|e|eme|st|nd|rd|th)?[ \-]?{_UNIT})"
    r" (?:de (?:vie|naissance)|of (?:life|age)))\b(?! (?:commune|conjugale))",
    re.IGNORECASE,
)
_DAY_OF_LIFE = re.compile(r"\bdol ?#?[0-9]{1,2}\b", re.IGNORECASE)
_SO_OLD = re.compile(
    rf"(?<![\w.,/])(?P<id>{_COUNT}[ \-]?{_UNIT}[ \-]olds?)\b(?! (?:rash|wound|fracture|burn|lesion|injury|bruise|infarct|stroke|clot|graft|suture|scar|ulcer|bite|blood))",
    re.IGNORECASE,
)
_FRACTION_OLD = re.compile(r"(?<![\w.,/])(?P<id>[0-9]{1,2}/(?:7|52))[ \-]old", re.IGNORECASE)
_NEWBORN_OF = re.compile(
    rf"\b{_NEWBORN}{_BETWEEN}(?P<id>{_COUNT} ?{_UNIT})\b(?! ?(?:d'|de (?!vie)|post|of))", re.IGNORECASE
)
_SHORT_OLD = re.compile(r"(?<![\w.,/])(?P<id>(?P<n>[0-9]{1,2}) ?(?P<u>d|w|wk)/?o)\b", re.IGNORECASE)
_BEFORE_NEWBORN = re.compile(
    rf"(?<![\w.,/])(?P<id>{_COUNT}[ \-]?{_UNIT}),? (?:old )?(?=(?:neonate|newborn|nouveau[ \-]ne))",
    re.IGNORECASE,
)
_IS_SO_OLD = re.compile(
    rf"\b(?:il|elle|he|she) (?:a|n'a que|is|is only) (?P<id>{_COUNT} ?{_UNIT})(?= ?(?:[,.;!?)\n]|old|$))",
    re.IGNORECASE,
)
_NEWBORN_AT = re.compile(
    r"\b(?:nouveaux?[ \-]nee?s?|nne|nn|bebe|bb|neonate|newborn) ?,?(?: (?:a|de|vu a|at))? (?P<id>(?:J|DOL|day) ?(?P<m>[0-9]{1,2}))\b(?! ?(?:d'|de (?!vie)|post|of))",
    re.IGNORECASE,
)
_AGED = re.compile(
    rf"\b(?:agee?s? (?:de |d')|age[ :=]{{1,3}}|aged )(?P<id>{_COUNT} ?{_UNIT})\b", re.IGNORECASE
)
_BORN_AGO = re.compile(rf"\bnee? il y a (?P<id>{_COUNT} ?{_UNIT})\b", re.IGNORECASE)
_BORN_BEFORE = re.compile(rf"\bborn (?P<id>{_COUNT} ?{_UNIT})\b(?= ago)", re.IGNORECASE)
_DAYS_IN = {"j": 1.0, "d": 1.0, "h": 1 / 24, "s": 7.0, "w": 7.0}
_MOST_DAYS = 30


_YEAR_WORDS = frozenset(["ans", "an", "year", "years", "yr", "yrs", "y", "yo", "o", "printemps"])
_AGE_WORDS = frozenset(["age", "agee", "ages", "agees", "aged", "agé"])
_SEX_WORDS = frozenset(
    """
    femme homme patient patiente dame monsieur madame mamie papy papi lady gentleman man woman male female a
    an our this pt frail f h m
    """.split()
)
_WORDED = frozenset(["quatre", "nonante", "cent", "ninety", "hundred"])
_LIFE_WORDS = frozenset(["vie", "life", "age", "naissance"])
_NEWBORN_WORDS = frozenset(
    """
    nouveau nouveaux n nne nn bb bebe nourrisson nourrissonne nrs neonate neonatal newborn baby infant prema
    premas premature prematuree prematures fillette garcon fille enfant petit petite fils jumeau jumeaux
    jumelle jumelles girl boy child
    """.split()
)


def ages(passage: Passage) -> Iterator[tuple[int, int]]:
    """Find exact ages of 90 years and more, and of less than a month; spans may overlap."""
    yield from _of_the_old(passage)
    yield from _of_newborns(passage)


def _of_the_old(passage: Passage) -> Iterator[tuple[int, int]]:
    text, has = passage.text, passage.has
    if has(_YEAR_WORDS):
        yield from spans_of_figures(_OLD, passage, _is_exact)
    if has(_SEX_WORDS) and _NINETIES.search(text):
        for match in _OLD_BY_SEX.finditer(text):
            yield next(match.span(name) for name in "abc" if match[name])
    if has(_WORDED):
        yield from spans(_OLD_IN_WORDS, text, _is_exact)
    if has(_AGE_WORDS):
        yield from spans(_OLD_BY_WORD, text, _is_exact)
    if _NINETIES.search(text):
        yield from spans(_IS_OVER_89, text)


def _of_newborns(passage: Passage) -> Iterator[tuple[int, int]]:
    text, has = passage.text, passage.has
    if has(_AGE_WORDS):
        yield from spans(_AGED, text, _is_under_a_month)
    if has(_LIFE_WORDS):
        yield from spans(_OF_LIFE, text, _is_under_a_month)
    if has(_OLDS):
        yield from spans(_SO_OLD, text, _is_under_a_month)
        yield from spans(_FRACTION_OLD, text)
    if has(_NEWBORN_WORDS):
        yield from spans_of_words(_NEWBORN_OF, passage, _NEWBORN_WORDS, _is_under_a_month)
        yield from spans_of_words(_NEWBORN_AT, passage, _NEWBORN_WORDS, _is_under_a_month)
        yield from spans(_BEFORE_NEWBORN, text, _is_under_a_month)
    if has(_BORN_WORDS):
        yield from spans(_BORN_AGO, text, _is_under_a_month)
        yield from spans(_BORN_BEFORE, text, _is_under_a_month)
    if has(_PRONOUNS):
        yield from spans_of_words(_IS_SO_OLD, passage, _PRONOUNS, _is_under_a_month)
    if has(_SHORT_WORDS):
        yield from spans_of_figures(_SHORT_OLD, passage, _is_under_a_month)
    if has(_DOL):
        yield from spans(_DAY_OF_LIFE, text)


_NINETIES = re.compile(r"9[0-9](?![0-9])|1[01][0-9](?![0-9])")
_IS_OVER_89 = re.compile(
    rf"(?:\b(?:she|he|pt|patient|mum|dad|mamie|papy|nan|gran)(?:'s| is| est| a) |^|\n)(?P<id>{_OVER_89})(?=,? (?:vit|lives|autonome|ehpad|lady|man|femme|homme|and lives)| ?\.$)",
    re.IGNORECASE,
)
_PRONOUNS = frozenset(
    """
    il elle he she pt patient mum dad mamie papy nan gran vit lives autonome ehpad lady man femme homme
    """.split()
)
_SHORT_WORDS = frozenset(["do", "wo", "wko", "d", "w", "wk", "o"])
_OLDS = frozenset(("old", "olds"))
_BORN_WORDS = frozenset(("ne", "nee", "born"))
_DOL = frozenset(("dol",))


def _is_exact(match: re.Match[str]) -> bool:
    before = match.string[max(0, match.start("id") - 12) : match.start("id")]
    return not _BOUND.search(before) and not _OR_MORE.match(match.string, match.end())


def _is_under_a_month(match: re.Match[str]) -> bool:
    found = match.groupdict()
    if found.get("m"):
        in_hours, in_weeks = found["id"][0] in "hH", found["id"][0] in "sS"
        return int(found["m"]) <= (_MOST_DAYS * 24 if in_hours else 4 if in_weeks else _MOST_DAYS)
    number = _NUMBER_WORDS.get(match["n"].lower()) or int(match["n"])
    return number * _DAYS_IN[match["u"][0].lower()] <= _MOST_DAYS
