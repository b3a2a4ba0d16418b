"""How a text is spelled before it is looked at: what people put around words hides nothing in them."""

import pytest

from doctocbot.guard import find_identifiers
from doctocbot.guard.reading import read

HIDDEN = (
    ("Mme **Dupont** tousse", "Dupont"),
    ("Mme « Dupont » tousse", "Dupont"),
    ("Mme «\u00a0Dupont\u00a0»", "Dupont"),
    ('Mme "Dupont"', "Dupont"),
    ("Mme “Dupont”", "Dupont"),
    ("Mme _Dupont_", "Dupont"),
    ("Mme `Dupont`", "Dupont"),
    ("M\\. Durand", "Durand"),
    ("Mme\x85Dupont", "Dupont"),
    ("au ~~06 12 34 56 78~~", "06 12 34 56 78"),
    ("au 06\\.12\\.34\\.56\\.78", "06\\.12\\.34\\.56\\.78"),
    ("au 06•12•34•56•78", "06•12•34•56•78"),
    ("au 06\x0b12\x0b34\x0b56\x0b78", "06\x0b12\x0b34\x0b56\x0b78"),
    ("né le 12⁄03⁄1987", "12⁄03⁄1987"),
    ("scan IMG_2034_Dupont.jpg", "IMG_2034_Dupont.jpg"),
    ("écrire à jean_dupont@orange.fr", "jean_dupont@orange.fr"),
)


@pytest.mark.parametrize(("text", "words"), HIDDEN)
def test_what_stands_in_marks_is_found_in_its_place(text: str, words: str) -> None:
    """Bold, quoted, struck out, with another separator: the same words, and nothing more."""
    assert words in {text[found.start : found.end] for found in find_identifiers(text)}


@pytest.mark.parametrize(
    "text", ["TA 12*8", "5 à 10 mg/kg", "« tout va bien »", "~30 min", "l`enfant tousse", "G3_P2"]
)
def test_marks_make_nothing_of_clinical_words(text: str) -> None:
    """Nothing is found in them."""
    assert find_identifiers(text) == []


def test_places_are_those_of_the_original() -> None:
    """Whatever was left out before them."""
    plain = read("**Le** « 12 » _avril_")
    assert plain.text == "Le 12 avril"
    start = plain.text.index("avril")
    assert plain.span(start, start + 5) == (15, 20)
