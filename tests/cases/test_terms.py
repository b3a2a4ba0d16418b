"""What counts as the same word when somebody searches."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from doctocbot.cases.terms import sought, terms


@pytest.mark.parametrize(
    "group",
    [
        "éruption Éruptions ERUPTION eruptions",
        "œdème oedeme Œdèmes OEDÈMES",
        "biopsie biopsies biopsy Biopsies",
        "diabète diabetes Diabète",
        "allergie allergies allergy",
        "genou genoux Genoux",
        "vaginal vaginaux VAGINAUX",
        "anneau anneaux",
        "masse masses mass",
        "rash rashes",
        "fe\u0301brile fébrile febriles",
        "abcès abces",
    ],
)
def test_forms_of_a_word_are_one_term(group: str) -> None:
    """Case, accents sent either way, simple plurals in both languages."""
    assert len({tuple(terms(word)) for word in group.split()}) == 1


@pytest.mark.parametrize(
    "pair",
    [
        "toux tous",
        "taux tal",
        "dose dos",
        "gaz gal",
        "yeux yeu",
        "stress stres",
        "bile bil",
        "T3 T4",
        "maux mal",
    ],
)
def test_other_words_stay_apart(pair: str) -> None:
    """What is cut must not make one word of two."""
    one, other = pair.split()
    assert sought(one) != sought(other)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("L'enfant, d’un an : jusqu'à 39° qu´il a", "enfant 39"),
        ("patient's rash", "patient rash"),
        ("Gianotti-Crosti", "gianotti crosti"),
        ("vitamine D, hépatite C", "vitamin d hepatit c"),
        ("suspicion de LES chez elle", "suspicion les chez"),
        ("TA 18/10 à sa sortie", "ta 18 10 sorti"),
        ("FEMME DE 30 ANS", "femm 30 ans"),
        ("TSH à 0,02", "tsh 0 02"),
        ("😀 --- *** « » ()", ""),
        ("½ comprimé", "1 2 comprim"),
    ],
)
def test_articles_and_elisions_go_and_acronyms_stay(text: str, expected: str) -> None:
    """LES is lupus when it is written so; in a text all in capitals, it is an article."""
    assert terms(text) == expected.split()


def test_somebody_who_looks_for_an_article_alone_is_taken_at_their_word() -> None:
    """`!find les` may be about lupus."""
    assert sought("les") == ["les"]
    assert sought("les joues") == ["joue"]
    assert sought("joues joue JOUE") == ["joue"]
    assert sought("") == []


@given(st.text())
def test_a_text_is_always_found_by_its_own_words(text: str) -> None:
    """Whatever is typed, the terms are plain words, and reading them in capitals or twice changes none."""
    found = terms(text)
    assert all(term and not any(char.isspace() or char in "\"'*():^-+" for char in term) for term in found)
    assert set(sought(text)) >= set(found)
    assert terms(f"{text} {text}") == found + found


@given(st.lists(st.from_regex(r"[a-z]{4,12}", fullmatch=True), min_size=1, max_size=8))
def test_a_plural_s_makes_no_difference(words: list[str]) -> None:
    """To any word that does not end in one already."""
    words = [word for word in words if word[-1] not in "sxy"]
    kept = [word for word in words if terms(word)]
    assert terms(" ".join(f"{word}s" for word in kept)) == terms(" ".join(kept))
