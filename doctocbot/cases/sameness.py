"""When two opinions say the same thing: pure rules that forgive spelling and never a difference in meaning.

    words as typed -> case, accents, punctuation -> "syndrome de" -> plurals -> synonyms -> one string to compare

Every rule errs on the side of two opinions where a clinician might see one: the card then shows two lines, whereas a
merge that was wrong shows an agreement that nobody has voiced.
"""

import re
from collections.abc import Iterator

from doctocbot.cases.synonyms import SYNONYMS
from doctocbot.chat.parsing import fold

_MEANS_NOTHING = re.compile(r"[\s\-‐‑‒–—'’‘´`\"«»“”„()\[\]{}_*;:!?…·•]+")
_OWNERS_S = re.compile(r"(?<=\w)['’](?:s(?!\w)|(?=\s))")
_MINUS = re.compile(
    r"(?<![^\s(])[-–](?=\d)|(?<=\w)\s?[-–](?=\s*[,;)\]]|[\s?!.]*$)|(?<=[(\[])\s?[-‐‑‒–—](?=\s?[)\]])"
)
_TIGHT = re.compile(r"\s*([/+<>=≤≥%])\s*")

_GENERIC_START = re.compile(
    r"(?:l[ea]s? |l |un |une |the |a )?(syndrome|maladie|disease) (?:de la |de l |des |de |du |d |of )"
)
_GENERIC_END = re.compile(r"(?<=\w) (syndrome|disease)$")
_IS_ADJECTIVE = re.compile(r"(?:ic|al|ary|ar|ous|ive)$")
# What is no more itself without the word before it: Cushing's disease is one cause of his syndrome, and tiredness that
# lasts is no chronic fatigue syndrome.
_WORD_MATTERS = frozenset((
    "cushing", "raynaud", "fatigue chronique", "chronic fatigue", "detresse respiratoire aigue",
    "respiratory distress", "acute respiratory distress", "graves",
))  # fmt: skip

_BOUND = frozenset((
    "anti", "auto", "broncho", "cardio", "extra", "gastro", "hemi", "hyper", "hypo", "inter", "intra", "macro",
    "micro", "naso", "para", "peri", "poly", "post", "pre", "pseudo", "retro",
))  # fmt: skip
"""Beginnings of words that are written apart, with a hyphen or together, and are no words themselves."""

_NO_PLURALS = frozenset((
    "abces", "acces", "aids", "ains", "anus", "bras", "corps", "cours", "deces", "dens", "exces", "fois",
    "gens", "gouttes", "gros", "lens", "melas", "mers", "mods", "moins", "mois", "pandas", "pans", "pars",
    "pertes", "pims", "plus", "poids", "pots", "pouls", "pres", "regles", "repos", "sans", "saos", "sars",
    "sens", "sids", "sous", "temps", "tips", "tous", "vers",
))  # fmt: skip
_SHORTEST_PLURAL = 4
_VOWEL = re.compile(r"[aeiouy]")


def sameness(opinion: str) -> str:
    """What two opinions have in common when they mean the same: equal strings are one opinion.

    Case, accents, hyphens, apostrophes, spacing, the punctuation of sentences, simple plurals, a leading "syndrome de"
    or "maladie de" (or its English counterparts) and listed synonyms make no difference; everything else does, down to
    a decimal point.
    """
    words = _normal(opinion)
    return _WHOLE.get(" ".join(words)) or " ".join(_with_synonyms(words))


def surely_says(outcome: str, opinion: str) -> bool:
    """Whether an outcome says the same as an opinion and, beyond that, only how it was confirmed."""
    meant, told = sameness(opinion).split(), sameness(outcome).replace(",", " ").split()
    return bool(meant) and told[: len(meant)] == meant and set(told[len(meant) :]) <= _HOW_CONFIRMED


def respells(before: str, opinion: str) -> bool:
    """Whether an opinion is, in other letters only, what another was; `before` is the sameness of that one.

    Letters that are mute, doubled, alike in sound or have changed places: nothing that could make arthritis of
    arthrosis or a right of a wrong one. A mistake that is not recognised costs a second vote.
    """
    return any(
        _are_respelt(before.split(), now.split()) for now in (sameness(opinion), " ".join(_normal(opinion)))
    )


def _are_respelt(before: list[str], after: list[str]) -> bool:
    return len(before) == len(after) and all(
        one == other or _sound(one) == _sound(other) or _changed_places(one, other)
        for one, other in zip(before, after, strict=True)
    )


_SOUNDS = (("ph", "f"), ("oe", "e"), ("ae", "e"), ("h", ""), ("y", "i"), ("qu", "c"), ("k", "c"), ("z", "s"))
_RESPELT = re.compile(r"(?![ivxlcdm]+\Z)[^\W\d_]{4,}\Z")
"""A word that is long enough to be known in spite of a mistake, and no Roman number."""


def _sound(word: str) -> str:
    """A long word as it sounds, roughly; a short one, a number or a sign as it is."""
    if not _RESPELT.match(word):
        return word
    for letters, sound in _SOUNDS:
        word = word.replace(letters, sound)
    return re.sub(r"(.)\1+", r"\1", word)


def _changed_places(one: str, other: str) -> bool:
    """Whether two neighbours have changed places in a long word, behind its first letter."""
    if len(one) != len(other) or not (_RESPELT.match(one) and _RESPELT.match(other)):
        return False
    differ = [at for at, (a, b) in enumerate(zip(one, other, strict=True)) if a != b]
    if len(differ) != 2 or differ[0] == 0 or differ[1] != differ[0] + 1:
        return False
    return one[differ[0]] == other[differ[1]] and one[differ[1]] == other[differ[0]]


def _normal(text: str) -> list[str]:
    """The words of an opinion as they count, before synonyms."""
    folded = fold(text)
    bare = _MINUS.sub("−", _OWNERS_S.sub(" ", folded))
    bare = _TIGHT.sub(r"\1", _MEANS_NOTHING.sub(" ", bare)).strip().rstrip(" .,")
    return list(_words(_without_generic(bare) or bare or folded))


def _without_generic(bare: str) -> str:
    """The name without "syndrome de" before it or "disease" after it, unless that makes it another thing."""
    found = _GENERIC_START.match(bare)
    rest = bare[found.end() :] if found else bare
    if found is None:
        found = _GENERIC_END.search(bare)
        rest = bare[: found.start()] if found else bare
        if found is None or _IS_ADJECTIVE.search(rest):
            return bare
    if rest in _WORD_MATTERS:
        return f"{'syndrome' if found[1] == 'syndrome' else 'disease'} of {rest}"
    return rest


def _words(bare: str) -> Iterator[str]:
    """The words, each in the singular, those that are written apart or together put together."""
    pending = ""
    for word in bare.split():
        if word in _BOUND:
            pending += word
            continue
        yield pending + _singular(word)
        pending = ""
    if pending:
        yield pending


def _singular(word: str) -> str:
    """A word without the plural's ending; not a form that anybody writes, but one that both numbers share."""
    if len(word) < _SHORTEST_PLURAL or not word.isalpha() or word in _NO_PLURALS or not _VOWEL.search(word):
        return word
    if word.endswith("eaux") or word in ("genoux", "poux"):
        return word[:-1]
    if word.endswith("aux") and len(word) > _SHORTEST_PLURAL + 1:
        return f"{word[:-3]}al"
    if word.endswith("s") and not word.endswith("ss"):
        word = word[:-1]
    if len(word) > _SHORTEST_PLURAL and word.endswith("ie"):
        return f"{word[:-2]}y"
    if len(word) > _SHORTEST_PLURAL and word.endswith(("sse", "she", "che", "xe")):
        return word[:-1]
    return word


def _with_synonyms(words: list[str]) -> Iterator[str]:
    """The words, the longest listed name at each place in the form of its line's first."""
    at = 0
    while at < len(words):
        for length in range(min(_LONGEST, len(words) - at), 0, -1):
            known = _INSIDE.get(" ".join(words[at : at + length]))
            if known is not None:
                yield known
                at += length
                break
        else:
            yield words[at]
            at += 1


_HAS_GENERIC = re.compile(r"^(?:maladie|syndrome) d|(?:disease|syndrome)$")


def _tables() -> tuple[dict[str, str], dict[str, str]]:
    """What a name means as a whole opinion, and what it means inside one.

    A name that has lost its "maladie de" counts only as a whole: Horton's headache is not his arteritis.
    """
    whole: dict[str, str] = {}
    inside: dict[str, str] = {}
    for names in SYNONYMS:
        first = " ".join(_normal(names[0]))
        for name in names:
            normal = " ".join(_normal(name))
            whole[normal] = first
            if not _HAS_GENERIC.search(fold(name)):
                inside[normal] = first
    return whole, inside


_WHOLE, _INSIDE = _tables()
_LONGEST = max(len(name.split()) for name in _INSIDE)

_HOW_CONFIRMED = frozenset(
    word
    for name in (
        "confirmé", "confirmée", "confirmed", "prouvé", "prouvée", "proven", "par", "à", "au", "la", "le", "l", "un",
        "une", "by", "on", "the", "biopsie", "biopsy", "culture", "échographie", "ultrasound", "endoscopie", "ECG",
        "histologie", "histology", "IRM", "PCR", "radiographie", "scanner", "sérologie", "serology",
    )
    for word in sameness(name).split()
)  # fmt: skip
