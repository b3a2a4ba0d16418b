"""When a past case is like a new one: pure rules over the terms of both.

Two cases are alike when they share words that few cases hold: every second case has a cough and a fever, and that says
nothing.
"""

import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from doctocbot.cases.terms import terms

LEAST_RARE = 2
"""How many rare terms two cases share at the least to be alike."""

_LEAST_SHARED = 3
_LEAST_OVERLAP = 0.3
_RARE_IN = 5
_RARE_SHARE = 0.04

_HASHTAG = re.compile(r"#[\w-]+")
_IN_EVERY_CASE = frozenset(
    terms(
        "homme femme patient patiente monsieur madame mr mme enfant fille garçon nourrisson bébé adolescent étudiante"
        " adulte âgé an mois semaine jour heure minute matin soir nuit hier aujourd'hui depuis après avant pendant"
        " sans antécédent atcd connu notable particulier vu voit vient ce cas question avis idée piste diagnostic"
        " diag traitement traiter ttt bilan examen clinique conduite cat tenir faire fait feriez prise charge penser"
        " pensez merci confrère bonjour svp docteur existe faut recommandation récent normal banal peu bien très trop"
        " tout même aussi comme chez si quel quelle comment pourquoi combien première fois autre encore déjà toujours"
        " droit gauche côté douleur fièvre"
        " woman man male female boy girl child baby old year month week day hour ago since after before without past"
        " history known presents presenting advice opinion idea thought diagnosis treatment please thanks help any"
        " would could should do does did normal left right side pain fever some more very just also no seen"
    )
)


@dataclass(frozen=True, slots=True)
class Rarity:
    """In how many of so many cases each term stands."""

    cases: int
    holding: Mapping[str, int]

    def weight(self, term: str) -> float:
        """How much it says that two cases share a term (inverse document frequency)."""
        return math.log(1 + max(self.cases, 1) / (1 + self.holding.get(term, 0)))

    def is_rare(self, term: str) -> bool:
        """Whether only few cases hold it."""
        return self.holding.get(term, 0) <= max(_RARE_IN, self.cases * _RARE_SHARE)


def telling(text: str) -> frozenset[str]:
    """The terms of a text that may tell one case from another; hashtags say what a case is about in general."""
    return telling_among(terms(_HASHTAG.sub(" ", text)))


def telling_among(found: Iterable[str]) -> frozenset[str]:
    """Those of these terms that may tell one case from another: no numbers, and none that stand in every case."""
    return frozenset(
        term for term in found if len(term) > 2 and not term[0].isdecimal() and term not in _IN_EVERY_CASE
    )


def likeness(new: frozenset[str], old: frozenset[str], rarity: Rarity) -> float:
    """How like a past case is to a new one by their telling terms, from 0 (not enough to speak of) to 1.

    The weight of what they share, as a part of the shorter of both.
    """
    shared = new & old
    if len(shared) < _LEAST_SHARED or sum(map(rarity.is_rare, shared)) < LEAST_RARE:
        return 0.0
    weight = sum(map(rarity.weight, new))
    shorter = weight * min(1.0, len(old) / len(new))
    overlap = min(sum(map(rarity.weight, shared)) / shorter, 1.0)
    return overlap if overlap >= _LEAST_OVERLAP else 0.0
