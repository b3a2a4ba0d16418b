"""Specialties by all the names that clinicians give them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from doctocbot.chat.wording import LANGUAGES, wording
from doctocbot.rooms.specialties import SPECIALTIES, canonical, is_specialty, names_in

SAME = [
    ("dermatology", "dermato", "Dermatologie", "#dermato", "dermatology", "DERM", "dermatologue"),
    ("cardiology", "cardio", "cardiologie", "Cardiology", "cardiologue"),
    ("paediatrics", "pédiatrie", "pediatrie", "pédia", "PEDIATRICS", "paediatrics", "pédiatre"),
    ("ent", "ORL", "ENT", "o.r.l.", "oto-rhino", "otorhino"),
    ("gynaecology", "gynéco", "gyneco", "gynécologie", "gynecology", "obstétrique"),
    (
        "general-practice",
        "MG",
        "médecine générale",
        "médecine-générale",
        "GP",
        "généraliste",
        "MédecineGénérale",
    ),
    ("pharmacy", "pharmacie", "pharmacien", "pharmacy", "pharma"),
    ("physiotherapy", "kiné", "kine", "kinésithérapeute", "physio", "MK"),
    ("dentistry", "dentiste", "dentist", "odonto", "chirurgien-dentiste"),
    ("nursing", "IDE", "infirmier", "infirmière", "nurse", "IDEL"),
    ("ophthalmology", "ophtalmo", "ophta", "ophthalmology"),
    ("psychiatry", "psy", "psychiatrie", "psychiatry"),
    ("emergency-medicine", "urgences", "médecine d'urgence", "médecine d’urgence", "ER"),
    ("gastroenterology", "gastro", "gastro-entérologie", "HGE"),
    ("infectious-diseases", "infectio", "maladies infectieuses", "infectious diseases"),
]


@pytest.mark.parametrize(("specialty", "typed"), [(name, word) for name, *words in SAME for word in words])
def test_all_names_are_one_specialty(specialty: str, typed: str) -> None:
    """French or English, whole or short, with or without accents, hyphens and the hashtag."""
    assert canonical(typed) == specialty
    assert names_in(typed) == (specialty,)


def test_many_specialties_are_known() -> None:
    """A room has every trade."""
    assert len(SPECIALTIES) >= 30
    assert all(canonical(name) == name and is_specialty(name) for name in SPECIALTIES)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("specialty", SPECIALTIES)
def test_what_is_shown_is_understood(specialty: str, language: str) -> None:
    """Whoever copies the name that the bot shows means the same."""
    shown = wording(language).say(f"specialty.{specialty}")
    assert names_in(shown) == (specialty,)


@pytest.mark.parametrize(
    ("typed", "names"),
    [
        ("dermato, cardio", ("dermatology", "cardiology")),
        ("dermato cardio ORL", ("dermatology", "cardiology", "ent")),
        ("dermato et cardio", ("dermatology", "cardiology")),
        ("la médecine du sport et les urgences", ("sports-medicine", "emergency-medicine")),
        ("plaies et cicatrisation", ("nursing",)),
        ("#ecg", ("ecg",)),
        ("ECG brûlure", ("ecg", "brulure")),
        ("peau-noire", ("peaunoire",)),
        ("dermato, Dermatologie, skin", ("dermatology",)),
        ("médecine", ("medecine",)),
        ("", ()),
        ("  , ; ", ()),
        ("!?", ()),
        ("et la", ()),
    ],
)
def test_a_line_of_names_is_taken_apart(typed: str, names: tuple[str, ...]) -> None:
    """The longest known name counts; a word that is none is a tag; what only joins words says nothing."""
    assert names_in(typed) == names


@given(st.text(max_size=80))
def test_names_are_canonical(typed: str) -> None:
    """Whatever is typed: each name once, none empty, none changed by being read again, nothing but letters in a tag."""
    found = names_in(typed)
    assert len(set(found)) == len(found)
    for name in found:
        assert name
        assert canonical(name) == name
        assert is_specialty(name) or name.replace("-", "").isalnum()
