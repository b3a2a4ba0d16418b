"""Answers in own words: slips of the hand count as right, another meaning never."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from doctocbot.cases.sameness import sameness
from doctocbot.cases.synonyms import SYNONYMS
from doctocbot.quiz.free_words import says

NAMES = st.sampled_from([name for names in SYNONYMS for name in names])


@pytest.mark.parametrize(
    ("answer", "accepted"),
    [
        ("rougeole", "rougeole"),
        ("ROUGEOLE !", "rougeole"),
        ("une rougeole", "rougeole"),
        ("c'est la rougeole", "rougeole"),
        ("rougeolle", "rougeole"),
        ("rougole", "rougeole"),
        ("rouegole", "rougeole"),
        ("Gianotti Crosti", "syndrome de Gianotti-Crosti"),
        ("le syndrome de Giannoti-Crosti", "syndrome de Gianotti-Crosti"),
        ("hipertension", "hypertension"),
        ("hypertention", "hypertension"),
        ("hyperthiroidie", "hyperthyroïdie"),
        ("arthrit", "arthrite"),
        ("apendicite", "appendicite"),
        ("pneumoni", "pneumonie"),
        ("péricadrite", "péricardite"),
        ("feochromocytome", "phéochromocytome"),
        ("tachicardie", "tachycardie"),
        ("entorse cheville", "entorse de la cheville"),
        ("infarctu du miocarde", "infarctus du myocarde"),
        ("IDM", "infarctus du myocarde"),
        ("pulmonary embolism", "embolie pulmonaire"),
        ("embolie pulmonair", "embolie pulmonaire"),
        ("pulmonary embolysm", "embolie pulmonaire"),
        ("diabete type 2", "diabète de type 2"),
        ("diabète de type II", "diabète de type 2"),
        ("hepatite a", "hépatite A"),
        ("coliques néphrétiques", "colique néphrétique"),
        ("insuffisance rénale aiguë", "insuffisance rénale aigue"),
        ("a stroke", "stroke"),
        ("the appendicitis", "appendicitis"),
        ("apendicitis", "appendicitis"),
        ("pyloric stenosys", "pyloric stenosis"),
        ("diverticulosys", "diverticulosis"),
        ("neumonia", "neumonia"),
        ("hemangioma", "haemangioma"),
    ],
)
def test_what_means_the_same_is_right(answer: str, accepted: str) -> None:
    """In other spelling, with a slip or two in a long word, by another listed name, with an article more or less."""
    assert says(answer, accepted)


@pytest.mark.parametrize(
    ("answer", "accepted"),
    [
        # the shorter inside the longer, and the longer for the shorter
        ("tension", "hypertension"),
        ("hypertension", "tension"),
        ("asthme", "asthme cardiaque"),
        ("asthme cardiaque", "asthme"),
        ("rupture", "rupture de la rate"),
        ("arthrite", "polyarthrite"),
        ("polyarthrite", "arthrite"),
        ("A", "hépatite A"),
        ("hépatite", "hépatite A"),
        ("embolie", "embolie pulmonaire"),
        # beginnings
        ("hypotension", "hypertension"),
        ("hypotention", "hypertension"),
        ("hypothyroïdie", "hyperthyroïdie"),
        ("hypothiroidie", "hyperthyroïdie"),
        ("hipotriglycéridémie", "hypertriglycéridémie"),
        ("hyponatrémie", "hypernatrémie"),
        ("hypokaliemie", "hyperkaliémie"),
        ("hyperkaliemie", "hypercalcémie"),
        ("tachycardie", "bradycardie"),
        ("endocardite", "péricardite"),
        ("myocardite", "endocardite"),
        ("atypique", "typique"),
        ("monoarthrite", "oligoarthrite"),
        ("hypotension", "hypertention"),
        ("hyperglycemia", "hypoglycemia"),
        # endings
        ("arthrose", "arthrite"),
        ("arthroze", "arthrite"),
        ("arthrosis", "arthritis"),
        ("kératose", "kératite"),
        ("pneumonite", "pneumonie"),
        ("meningiome", "méningite"),
        ("thrombocytose", "thrombocytopénie"),
        ("leucopénie", "leucémie"),
        ("spondylolyse", "spondylolisthésis"),
        ("lymphangite", "lymphangiome"),
        ("diverticulitis", "diverticulosis"),
        ("hématurie", "hématémèse"),
        # words that resemble each other
        ("rubéole", "rougeole"),
        ("roséole", "rubéole"),
        ("névrose", "nécrose"),
        ("mycose", "myose"),
        ("colite", "coxite"),
        ("dysphasie", "dysphagie"),
        ("urétrite", "urétérite"),
        ("neuropathie", "néphropathie"),
        ("cholécystectomie", "colectomie"),
        ("zone", "zona"),
        ("angor", "angine"),
        ("otite", "ostéite"),
        ("ileum", "ilium"),
        ("peroneal nerve", "perineal nerve"),
        ("variole", "varicelle"),
        # negations, sides, numbers
        ("pas de rougeole", "rougeole"),
        ("no fracture", "fracture"),
        ("fracture", "pas de fracture"),
        ("fracture de la cheville gauche", "fracture de la cheville droite"),
        ("left hip fracture", "right hip fracture"),
        ("diabète de type 1", "diabète de type 2"),
        ("diabète de type I", "diabète de type 2"),
        ("hépatite B", "hépatite A"),
        ("stade 3", "stade 4"),
        ("12", "13"),
        ("", "rougeole"),
        ("???", "rougeole"),
        ("🦠", "rougeole"),
    ],
)
def test_what_means_something_else_is_wrong(answer: str, accepted: str) -> None:
    """However near it is written."""
    assert not says(answer, accepted)


@given(NAMES)
def test_every_name_says_itself(name: str) -> None:
    """Also shouted, without accents, and with an article before it."""
    assert says(name, name)
    assert says(name.upper(), name)
    assert says(f"un {name}", name)


@given(NAMES, NAMES)
def test_one_listed_thing_is_never_another(one: str, other: str) -> None:
    """Two names of the lists say the same only where they are on one line."""
    if sameness(one) != sameness(other):
        together = any({one, other} <= set(names) for names in SYNONYMS)
        assert says(one, other) is together


@given(NAMES, st.data())
def test_a_number_that_differs_is_another_thing(name: str, data: st.DataObject) -> None:
    """Type 1 is not type 2, whatever of it."""
    one, other = data.draw(st.lists(st.integers(0, 99), min_size=2, max_size=2, unique=True))
    assert not says(f"{name} {one}", f"{name} {other}")


@given(st.text(max_size=60), NAMES)
def test_nothing_typed_makes_it_raise(answer: str, accepted: str) -> None:
    """It is right or wrong."""
    assert says(answer, accepted) in (True, False)


@given(NAMES, st.sampled_from(["pas de", "sans", "no", "not a", "jamais de"]))
def test_what_is_denied_is_not_said(name: str, denial: str) -> None:
    """A negation before the right words makes them wrong."""
    assert not says(f"{denial} {name}", name)
