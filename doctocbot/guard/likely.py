"""Names without a title, as far as lists and capitals tell them: they ask the author and never block.

A given name with a capital, a given and a family name side by side in any writing, an initial before a family name. Medicines,
eponyms ("maladie de Crohn", "Gianotti-Crosti"), saints and authors ("Smith et al.") do not count. Rare names go unnoticed.
"""

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from doctocbot.guard.findings import Passage
from doctocbot.guard.vocabulary import (
    EPONYMS,
    GIVEN,
    SURE_GIVEN,
    SURE_SURNAMES,
    SURNAMES,
    bare,
    is_clinical,
    is_ordinary,
)

_WORD = re.compile(
    r"(?<![\w@#'.\-])(?:[DdLlOoNn]')?[^\W\d_]{1,25}(?:-[^\W\d_]{1,25}){0,3}(?:'[A-Za-z]{2,20})?(?![\w@])"
)
_INITIAL_AND_NAME = re.compile(
    r"(?<![\w.\-])[A-Z]\.(?: ?-?[A-Z]\.)? ?(?P<name>[A-Z][^\W\d_]{2,20}(?:-[^\W\d_]{2,20})?)(?!\w)"
)
# "Maladie de", "signe du", "test of": the name behind is an eponym.
_EPONYMIC = re.compile(
    r"\b(?:maladie|mal|syndr?ome|sd|sdr|signe|test|score|man(?:oe|œ)uvre|classification|echelle|criteres?|operation|intervention|technique|fracture|hernie|sonde|canal"
    r"|tumeur|anemie|reaction|loi|index|indice|purpura|phenomene|triade|tetrade|anneau|points?|n(?:oe|œ)ud|angine|ligament|fascia|glandes?|kyste|neurinome|arc|angle|incidence|cliche|coloration|bacille|disque|collier|attelle|methode|regle"
    r"|formule|equation|schema|protocole|stade|grade|questionnaire|grille|inventaire|arthrite|thyroidite|gangrene|pied|main|doigt|rayon|foramen|corps|cellules?|espace|cul-de-sac|ulcere|sarcome|lymphome|erytheme|vertige|essai|etude|rapport"
    r"|disease|sign|sd|law|rule|saint|st|ste|sainte|san|santa|dr|prix|hopital|institut|fondation)\.? (?:de la |de |d'|du |des |of |)(?:[^\W\d_]{2,15}[\- ])?$",
    re.IGNORECASE,
)
_EPONYMIC_AFTER = re.compile(
    r"(?:'s?)? (?:disease|syndrome|sign|palsy|test|score|fracture|procedure|criteria|classification|scale|reflex|law|rule|nodes?|contracture|hernia|ulcer|thyroiditis|chorea"
    r"|lymphoma|sarcoma|tumou?r|catheter|needle|tube|et al|and colleagues|trial|study|stage|grade|index|formula|point|manoeuvre|maneuver|splint|frame|negatif|negative?|positif|positive|\+|neg|pos)\b"
    r"| ?(?:et (?:al|coll)\b|\(?(?:19|20)[0-9]{2}\b)",
    re.IGNORECASE,
)
_PREPOSITION_OF_EPONYM = re.compile(r"\b(?:de|d'|du|des|of) ?$", re.IGNORECASE)
_AGE_BEHIND = re.compile(
    r",? \(?[0-9]{1,2} ?(?:ans|mois|yo|y/o|years? old|months? old|semaines|jours)\b", re.IGNORECASE
)
_NO_INITIAL = frozenset("aiy")


class _Token(NamedTuple):
    start: int
    end: int
    written: str
    word: str

    @property
    def is_capital(self) -> bool:
        return self.written[0].isupper()


def likely_names(passage: Passage) -> Iterator[tuple[int, int]]:
    """Find what looks like a person's name with no title before it, each with its neighbours."""
    text = passage.text
    tokens = [_Token(match.start(), match.end(), match[0], bare(match[0])) for match in _WORD.finditer(text)]
    for index, token in enumerate(tokens):
        if token.word in GIVEN or token.word in SURE_SURNAMES:
            before, after = _neighbours(text, tokens, index)
            if (span := _name_around(text, before, token, after)) is not None:
                yield span
    for match in _INITIAL_AND_NAME.finditer(text):
        word = bare(match["name"])
        if word in SURNAMES and not is_clinical(word) and not _EPONYMIC_AFTER.match(text, match.end()):
            yield match.span()


def _neighbours(text: str, tokens: Sequence[_Token], index: int) -> tuple[_Token | None, _Token | None]:
    token = tokens[index]
    before = tokens[index - 1] if index and text[tokens[index - 1].end : token.start] in (" ", ", ") else None
    after = (
        tokens[index + 1]
        if index + 1 < len(tokens) and text[token.end : tokens[index + 1].start] == " "
        else None
    )
    if (
        before is not None
        and text[before.end : token.start] == ", "
        and not (before.written.isupper() and before.word in SURNAMES)
    ):
        before = None
    return before, after


def _name_around(
    text: str, before: _Token | None, token: _Token, after: _Token | None
) -> tuple[int, int] | None:
    if _is_eponym_here(text, token):
        return None
    if token.word in GIVEN:
        if after is not None and _goes_with(token, after):
            return token.start, after.end
        if before is not None and _goes_with(token, before) and len(before.word) > 1:
            return before.start, token.end
    is_person = _stands_alone(text, token) or _is_aged(text, token)
    return (token.start, token.end) if is_person else None


def _goes_with(given: _Token, other: _Token) -> bool:
    """Whether a word beside a given name is a family name or its initial."""
    if len(other.word) == 1:
        is_initial = other.word not in _NO_INITIAL and given.word in SURE_GIVEN
        return is_initial and (other.is_capital or not given.is_capital)
    sure = given.word in SURE_GIVEN and given.word not in EPONYMS
    if not given.is_capital or not other.is_capital:
        # In small letters, or one of the two: both have to be known, one of them to mean nothing else.
        return (
            other.word in SURNAMES
            and not is_clinical(other.word)
            and (other.word in SURE_SURNAMES or (sure and not is_ordinary(given.word)))
        )
    if is_clinical(other.word) or is_ordinary(other.word) or other.word in _NOT_BESIDE:
        return False
    if other.word in SURNAMES:
        return True
    return sure and len(other.word) >= 3 and not (other.written.isupper() and len(other.word) < 5)


def _stands_alone(text: str, token: _Token) -> bool:
    if len(token.word) < 3:
        return False
    if not token.is_capital:
        begins = token.start == 0 or text[token.start - 1] == "\n"
        return begins and len(token.word) > 4 and token.word in SURE_GIVEN and not is_ordinary(token.word)
    if token.written.isupper() and len(token.word) < 5:
        return False
    if token.word in SURE_GIVEN:
        return token.word not in EPONYMS or not _PREPOSITION_OF_EPONYM.search(
            text[max(0, token.start - 4) : token.start]
        )
    return token.word in SURE_SURNAMES and not _starts_a_sentence(text, token.start)


def _is_aged(text: str, token: _Token) -> bool:
    """ "Capucine, 4 ans", "rose 3 mois" : even a doubtful name beside an age is somebody's."""
    if not token.is_capital and (token.word not in SURE_GIVEN or is_ordinary(token.word)):
        return False
    return token.word in GIVEN and _AGE_BEHIND.match(text, token.end) is not None


def _starts_a_sentence(text: str, start: int) -> bool:
    return re.search(r"(?:^|[.!?:\n] ?)$", text[max(0, start - 2) : start]) is not None


def _is_eponym_here(text: str, token: _Token) -> bool:
    return (
        _EPONYMIC.search(text[max(0, token.start - 40) : token.start]) is not None
        or _EPONYMIC_AFTER.match(text, token.end) is not None
        or ("-" in token.word and is_clinical(token.word))
    )


_NOT_BESIDE = frozenset(
    """
    disease syndrome sign positif negatif score test stade type grade classe ct irm us ivg
    """.split()
)
