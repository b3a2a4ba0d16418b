"""When a past case is like a new one: vignettes as clinicians write them, and which of them are alike."""

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from doctocbot.cases.likeness import Rarity, likeness, telling

PAST = {
    "gianotti": "Enfant de 3 ans, éruption papuleuse des joues, des fesses et des genoux depuis 10 jours, symétrique,"
    " après une rhinopharyngite. Pas de prurit. #dermato Gianotti-Crosti",
    "virose": "Femme 34 ans, toux et fièvre depuis 5 jours, auscultation normale. Antibio ? virose",
    "pneumonie": "Homme 67 ans, toux, fièvre 39, crépitants base droite, CRP 180. Amoxicilline ? pneumopathie",
    "lithium": "Patient de 45 ans sous lithium, tremblement fin des extrémités, TSH 8. Que faire ? hypothyroïdie",
    "annulaire": "Lésion annulaire du dos de la main, bord infiltré, pas de desquamation #dermato granulome annulaire",
    "ferritine": "Femme 52 ans, ferritine 780, CST 32%, échographie stéatose. Bilan ? hépatosidérose dysmétabolique",
    "paludisme": "Homme 30 ans, retour du Cameroun il y a 12 jours, fièvre 40, céphalées, thrombopénie. paludisme",
    "varicelle": "Arrêt de travail pour assistante maternelle dont l'enfant a la varicelle, possible ? non",
    "ongles": "Onycholyse de 4 ongles après doxycycline, patiente exposée au soleil. photo-onycholyse",
    "vertiges": "Vertiges positionnels depuis 3 jours, nystagmus à Dix-Hallpike à droite, 70 ans. VPPB",
    "cholestase": "Femme enceinte 24 SA, prurit palmoplantaire nocturne, acides biliaires à 45. cholestase gravidique",
    "mains-pieds": "Éruption vésiculeuse mains pieds bouche, enfant de 2 ans, fièvre. syndrome pieds-mains-bouche",
    "plaie": "Plaie du genou chute de vélo il y a 8 heures, suture ou colle ? suture",
    "zona": "Zona ophtalmique chez une femme de 80 ans, J4, aciclovir dose si DFG 35 ? valaciclovir adapté",
}
TERMS = {name: telling(text) for name, text in PAST.items()}
HOLDING = Counter(term for found in TERMS.values() for term in found)
SMALL_ROOM = Rarity(len(PAST), HOLDING)
# In a year of a large room the words of every week are common, the others stay rare.
_COMMON_WORDS = "toux éruption prurit lésion TSH CRP échographie antibio arrêt travail plaie genou"
COMMON = dict.fromkeys(telling(_COMMON_WORDS), 200)
YEAR = Rarity(3_859, HOLDING | COMMON)


@pytest.mark.parametrize("rarity", [SMALL_ROOM, YEAR], ids=["a small room", "a year of a large one"])
@pytest.mark.parametrize(
    ("new", "like"),
    [
        ("toux fièvre", None),
        ("Toux et fièvre depuis 3 jours chez une femme de 40 ans, que faire ?", None),
        ("Toux, fièvre depuis 3 jours, antibio ? #dermato", None),
        (
            "Garçon de 4 ans : papules des joues et des fesses, symétriques, après une rhinopharyngite",
            "gianotti",
        ),
        ("Éruption papuleuse joues + fesses chez une enfant de 2 ans", "gianotti"),
        ("Enfant 5 ans, éruption prurigineuse du tronc depuis hier, fièvre", None),
        ("Lithium depuis 10 ans, tremblement des extrémités et prise de poids, TSH 12", "lithium"),
        ("Patient de 45 ans, TSH 6, que faire ?", None),
        ("Fièvre au retour du Sénégal, thrombopénie 90000, céphalées. Paludisme ?", "paludisme"),
        ("Ongles décollés après doxycycline et soleil : onycholyse, que proposer ?", "ongles"),
        ("Grossesse 30 SA, prurit palmoplantaire surtout nocturne, acides biliaires 60", "cholestase"),
        ("Prurit chez une femme enceinte", None),
        ("Ferritine à 900, CST normal, stéatose à l'échographie, bilan ?", "ferritine"),
        ("Plaie du cuir chevelu, colle ou agrafes ?", None),
        ("Vertiges rotatoires brefs, nystagmus au Dix-Hallpike gauche", "vertiges"),
        ("Arrêt de travail pour burn out, durée initiale ?", None),
        ("Femme 80 ans, zona thoracique, aciclovir, DFG 30, quelle dose ?", "zona"),
        ("#dermato #diagnostic", None),
        ("", None),
    ],
)
def test_only_what_shares_telling_words_is_alike(new: str, like: str | None, rarity: Rarity) -> None:
    """What every second case holds, ages, hashtags and politeness bring nobody together."""
    found = {name for name, old in TERMS.items() if likeness(telling(new), old, rarity) > 0}
    assert found == ({like} if like else set())


def test_the_most_alike_comes_first() -> None:
    """The more of the telling words, the more alike."""
    new = telling("éruption papuleuse des joues, des fesses et des genoux, symétrique")
    less = new - telling("joues genoux") | telling("prurit cuisses trois")
    assert likeness(new, new, YEAR) == 1 > likeness(new, less, YEAR) > 0


SETS = st.frozensets(st.from_regex(r"[a-z]{3,8}", fullmatch=True), max_size=12)


@given(SETS, SETS, st.integers(0, 5_000))
def test_likeness_is_a_share_and_never_without_common_words(
    new: frozenset[str], old: frozenset[str], cases: int
) -> None:
    """Between 0 and 1 whatever the texts, and 0 with fewer than three shared terms."""
    found = likeness(new, old, Rarity(cases, {}))
    assert 0 <= found <= 1
    assert found == 0 or len(new & old) >= 3
