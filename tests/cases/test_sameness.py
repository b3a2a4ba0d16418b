"""Opinions that are one, and opinions that must never be made one."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from doctocbot.cases.sameness import respells, sameness, surely_says
from doctocbot.cases.synonyms import SYNONYMS

SPELT_OTHERWISE = [
    ("rougeole", "Rougeole"),
    ("rougeole", " rougeole "),
    ("rougeole", "rougeole."),
    ("rougeole", "Rougeole !"),
    ("rougeole", "rougeole ?"),
    ("rougeole", "« rougeole »"),
    ("éruption", "eruption"),
    ("ÉRYTHÈME POLYMORPHE", "érythème polymorphe"),
    ("oedème de Quincke", "Œdème de Quincke"),
    ("nævus", "Naevus"),
    ("Gianotti-Crosti", "gianotti crosti"),
    ("Gianotti-Crosti", "Gianotti‑Crosti"),
    ("TSH > 10", "tsh  >  10"),
    ("TSH>10", "TSH > 10"),
    ("AVC / AIT", "AVC/AIT"),
    ("5 %", "5%"),
    ("post-partum", "postpartum"),
    ("anti histaminique", "antihistaminique"),
    ("gastro-entérite", "gastroentérite"),
    ("hypo-kaliémie", "hypokaliémie"),
    ("atteinte cardio-vasculaire", "atteinte cardiovasculaire"),
]

IN_THE_PLURAL = [
    ("verrue", "verrues"),
    ("verrues planes", "verrue plane"),
    ("antihistaminiques", "anti-histaminique"),
    ("métastases hépatiques", "métastase hépatique"),
    ("canaux carpiens", "canal carpien"),
    ("anneaux vasculaires", "anneau vasculaire"),
    ("genoux", "genou"),
    ("AVCs", "AVC"),
    ("kidney stones", "kidney stone"),
    ("allergies", "allergy"),
    ("rashes", "rash"),
    ("abscesses", "abscess"),
    ("masses", "masse"),
    ("taches", "tache"),
]

OF_ONE_NAME = [
    ("Gianotti-Crosti", "syndrome de Gianotti-Crosti"),
    ("Gianotti-Crosti", "Le syndrome de  Gianotti - Crosti."),
    ("Gianotti-Crosti", "SYNDROME DE GIANOTTI CROSTI"),
    ("Gianotti-Crosti", "Gianotti-Crosti syndrome"),
    ("Lyme", "maladie de Lyme"),
    ("Lyme", "la maladie de Lyme"),
    ("Lyme", "Lyme disease"),
    ("Crohn", "Crohn's disease"),
    ("charbon", "maladie du charbon"),
    ("Alzheimer", "maladie d'Alzheimer"),
    ("Alzheimer", "Maladie d’Alzheimer"),
    ("jambes sans repos", "syndrome des jambes sans repos"),
    ("intestin irritable", "syndrome de l'intestin irritable"),
    ("Guillain-Barré", "syndrome de Guillain Barre"),
    ("syndrome de Cushing", "Cushing's syndrome"),
    ("maladie de Cushing", "Cushing's disease"),
]

SYNONYMOUS = [
    ("IDM", "infarctus du myocarde"),
    ("AVC", "stroke"),
    ("accident vasculaire cérébral", "Stroke"),
    ("GEU", "Grossesse extra utérine"),
    ("BPCO", "COPD"),
    ("HTA", "hypertension artérielle"),
    ("HTA pulmonaire", "hypertension artérielle pulmonaire"),
    ("zona", "herpès zoster"),
    ("zona ophtalmique", "herpès zoster ophtalmique"),
    ("IDM inférieur", "infarctus du myocarde inférieur"),
    ("pas d'IDM", "pas d'infarctus du myocarde"),
    ("AINS", "anti-inflammatoires non stéroïdiens"),
    ("maladie de Horton", "artérite à cellules géantes"),
    ("Basedow", "Graves’ disease"),
    ("diabète de type 2", "DT2"),
    ("hand, foot and mouth disease", "pieds-mains-bouche"),
    ("maladie de Lyme", "borréliose de Lyme"),
    ("scanner", "TDM"),
]

DIFFERENT = [
    ("hypothyroïdie", "hyperthyroïdie"),
    ("hypokaliémie", "hyperkaliémie"),
    ("hypo-kaliémie", "hyper-kaliémie"),
    ("hépatite A", "hépatite B"),
    ("diabète de type 1", "diabète de type 2"),
    ("DT1", "DT2"),
    ("rougeole", "rubéole"),
    ("rubella", "rougeole"),
    ("zona", "varicelle"),
    ("zona", "zona ophtalmique"),
    ("zona", "pas de zona"),
    ("zona", "zona ou varicelle"),
    ("herpès", "herpès zoster"),
    ("varicelle", "varicelle maligne"),
    ("antibiotiques", "pas d'antibiotiques"),
    ("traitement", "pas de traitement"),
    ("fracture", "no fracture"),
    ("avec fièvre", "sans fièvre"),
    ("infarctus antérieur", "infarctus inférieur"),
    ("infarctus du myocarde", "infarctus cérébral"),
    ("AVC", "AIT"),
    ("AVC ischémique", "AVC hémorragique"),
    ("HTA", "HTAP"),
    ("HTA", "HTIC"),
    ("canal carpien droit", "canal carpien gauche"),
    ("right ear", "left ear"),
    ("œdème sus-glottique", "œdème sous-glottique"),
    ("hématome sous-dural", "hématome extradural"),
    ("bras", "bra"),
    ("os", "o"),
    ("corps étranger", "corp étranger"),
    ("AINS", "Ain"),
    ("CRPS", "CRP"),
    ("SAOS", "SAO"),
    ("goutte", "gouttes auriculaires"),
    ("goutte", "gouttes"),
    ("amoxicilline 1 g", "amoxicilline 2 g"),
    ("amoxicilline", "amoxicilline + acide clavulanique"),
    ("0,5 mg", "5 mg"),
    (".5 mg de colchicine", "5 mg de colchicine"),
    ("1.5 mg", "15 mg"),
    ("1,5 mg", "1 5 mg"),
    ("0,05 mg", "0,5 mg"),
    ("TSH > 10", "TSH < 10"),
    ("TSH ≥ 10", "TSH ≤ 10"),
    ("TSH > 10", "TSH ≥ 10"),
    ("↑ TSH", "↓ TSH"),
    ("K+ à 6", "K à 6"),
    ("verre de +2", "verre de 2"),
    ("verre de -2", "verre de 2"),
    ("verre de -2", "verre de +2"),
    ("Rh-", "Rh"),
    ("Rh - ?", "Rh"),
    ("Rh -", "Rh +"),
    ("ANCA (-)", "ANCA"),
    ("ANCA (–)", "ANCA"),
    ("ANCA (-)", "ANCA (+)"),
    ("sérologie Lyme (-)", "sérologie Lyme"),
    ("TDR -, antibiotique", "TDR, antibiotique"),
    ("vitamine B1", "vitamine B12"),
    ("maladie", "syndrome"),
    ("maladie de Lyme", "maladie de Crohn"),
    ("syndrome de Cushing", "maladie de Cushing"),
    ("syndrome de Raynaud", "maladie de Raynaud"),
    ("fatigue chronique", "syndrome de fatigue chronique"),
    ("metabolic syndrome", "metabolic disease"),
    ("syndrome métabolique", "maladie métabolique"),
    ("maladie grave", "Graves' disease"),
    ("grave", "Graves' disease"),
    ("céphalée de Horton", "maladie de Horton"),
    ("syndrome de Gougerot-Sjögren", "syndrome de Guillain-Barré"),
    ("a typical pneumonia", "atypical pneumonia"),
    ("stade I", "stade II"),
    ("T3", "T4"),
    ("L4-L5", "L5-S1"),
    ("grossesse", "grossesse extra-utérine"),
    ("insuffisance rénale aiguë", "insuffisance rénale chronique"),
    ("insuffisance cardiaque", "insuffisance rénale"),
    ("5 %", "5"),
    ("10/5", "105"),
    ("1-5", "15"),
    ("🦠", "🐝"),
    ("?", "!"),
]


@pytest.mark.parametrize(("one", "other"), [*SPELT_OTHERWISE, *IN_THE_PLURAL, *OF_ONE_NAME, *SYNONYMOUS])
def test_one_opinion_in_two_wordings_is_one(one: str, other: str) -> None:
    """Nobody between two patients types a diagnosis as the colleague did."""
    assert sameness(one) == sameness(other)


@pytest.mark.parametrize(("one", "other"), DIFFERENT)
def test_two_opinions_are_never_made_one(one: str, other: str) -> None:
    """Merging them would show agreement where there is none."""
    assert sameness(one) != sameness(other)


@pytest.mark.parametrize("names", SYNONYMS, ids=lambda names: str(names[0]))
def test_all_names_of_one_thing_are_one(names: tuple[str, ...]) -> None:
    """Each line of the table, in capitals as well."""
    assert len({sameness(name) for name in names} | {sameness(name.upper()) for name in names}) == 1


def test_no_two_lines_of_the_table_are_one_thing() -> None:
    """A name that stood in two lines would merge two diseases."""
    assert len({sameness(names[0]) for names in SYNONYMS}) == len(SYNONYMS) >= 40


@given(st.text())
def test_sameness_forgives_case_and_spacing_whatever_is_proposed(text: str) -> None:
    """And never fails."""
    assert sameness(text) == sameness(f"  {text}\n")


@given(
    st.text(alphabet="abcdeimnorstu", min_size=4), st.sampled_from(["pas de ", "no ", "hypo", "sous-", "2 "])
)
def test_a_word_that_changes_the_meaning_is_never_dropped(text: str, before: str) -> None:
    """Whatever stands behind it."""
    assert sameness(before + text) != sameness(text)


@pytest.mark.parametrize(
    ("outcome", "opinion", "same"),
    [
        ("rubéole", "Rubéole !", True),
        ("rubéole confirmée", "rubéole", True),
        ("rubéole (sérologie)", "rubéole", True),
        ("rubéole, confirmée par sérologie", "rubéole", True),
        ("IDM confirmé à l'IRM", "infarctus du myocarde", True),
        ("syndrome de Gianotti-Crosti, biopsie", "Gianotti Crosti", True),
        ("rubéole non confirmée", "rubéole", False),
        ("rubéole à confirmer", "rubéole", False),
        ("pas de rubéole", "rubéole", False),
        ("rubéole éliminée", "rubéole", False),
        ("rubéole ou rougeole", "rubéole", False),
        ("rubéole, puis rougeole", "rubéole", False),
        ("rubéole congénitale", "rubéole", False),
        ("zona ophtalmique", "zona", False),
        ("zona", "zona ophtalmique", False),
        ("confirmé par biopsie", "rubéole", False),
        ("rubéole : sérologie négative", "rubéole", False),
        ("rubéole", "", False),
    ],
)
def test_an_outcome_says_the_same_only_if_all_else_is_how_it_was_confirmed(
    outcome: str, opinion: str, same: bool
) -> None:
    """A word that could deny or change it is enough to leave an opinion unmarked."""
    assert surely_says(outcome, opinion) is same


MENDED = [
    ("gianoti-crosti", "Gianotti-Crosti"),
    ("syndrome de gianoti", "syndrome de Gianotti"),
    ("Gianoti crosti je pense", "Gianotti crosti je pense."),
    ("zonna", "zona"),
    ("psoriazis", "psoriasis"),
    ("eryhteme polymorfe", "érythème polymorphe"),
    ("pytiriasis rosé", "pityriasis rosé"),
    ("éruptoin", "éruption"),
    ("tirroïdite", "thyroïdite"),
    ("herpès zooster", "herpès zoster"),
]

OTHER_WORDS = [
    ("arthrite", "arthrose"),
    ("arthrite", "artérite"),
    ("névrite", "néphrite"),
    ("kératite", "kératose"),
    ("fibrome", "fibrose"),
    ("myome", "myxome"),
    ("dysphagie", "dysphasie"),
    ("rougeole", "roséole"),
    ("prednisone", "prednisolone"),
    ("urétrite", "urétérite"),
    ("trachéotomie", "trachéostomie"),
    ("hypothyroïdie", "hyperthyroïdie"),
    ("susclaviculaire", "sousclaviculaire"),
    ("typique", "atypique"),
    ("hépatite A", "hépatite B"),
    ("stade I", "stade II"),
    ("diabète de type 1", "diabète de type 2"),
    ("0,05 mg", "0,5 mg"),
    ("L4-L5", "L5-L4"),
    ("pas de zona", "zona"),
    ("zona", "zona ophtalmique"),
    ("ANCA (-)", "ANCA (+)"),
    ("sus", "sous"),
    ("IDM", "DIM"),
    ("trisomie XVII", "trisomie XVIII"),
    ("nerf XXIV", "nerf XXVI"),
]


@pytest.mark.parametrize(("before", "after"), MENDED)
def test_a_mistake_in_spelling_is_mended(before: str, after: str) -> None:
    """Doubled and mute letters, letters of one sound, neighbours that have changed places."""
    assert sameness(before) != sameness(after)
    assert respells(sameness(before), after)


@pytest.mark.parametrize(("before", "after"), [*OTHER_WORDS, *DIFFERENT])
def test_another_thing_is_never_taken_for_a_mended_spelling(before: str, after: str) -> None:
    """However near the letters: votes would stand under words that nobody has voted for."""
    assert not respells(sameness(before), after)
    assert not respells(sameness(after), before)
