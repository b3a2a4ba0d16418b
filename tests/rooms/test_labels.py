"""Labels in words."""

import pytest

from doctocbot.chat.wording import wording
from doctocbot.rooms.labels import Grounds, Label, label_words, spelled_by_trade

FRENCH = wording("fr")
CONFIRMED, DECLARED, SPONSORED = Grounds.CONFIRMED, Grounds.DECLARED, Grounds.SPONSORED


def doctor(specialty: str, grounds: Grounds = CONFIRMED) -> Label:
    """A doctor."""
    return Label("doctor", specialty, student=False, grounds=grounds)


PHARMACIST = Label("pharmacist", "", student=False, grounds=CONFIRMED)
STUDENT = Label("nurse", "", student=True, grounds=CONFIRMED)


@pytest.mark.parametrize(
    ("counts", "said"),
    [
        (
            {doctor("general-practice"): 3, doctor("dermatology"): 2, PHARMACIST: 1},
            "MG 3, dermato 2, pharmacien 1",
        ),
        ({doctor("dermatology"): 1, None: 4}, "dermato 1, sans étiquette 4"),
        ({doctor("dermatology"): 1, STUDENT: 2, None: 1}, "dermato 1, étudiant 2, sans étiquette 1"),
        (
            {doctor("dermatology"): 2, doctor("dermatology", DECLARED): 1, PHARMACIST: 1},
            "dermato 3, pharmacien 1 · 1 sur déclaration",
        ),
        ({doctor("dermatology", SPONSORED): 1}, "dermato 1"),
        ({doctor(""): 1}, "médecin 1"),
        ({None: 4}, ""),
        ({}, ""),
    ],
)
def test_answers_are_counted_by_trade(counts: dict[Label | None, int], said: str) -> None:
    """As on the design's card; who has no label only where others have one."""
    assert spelled_by_trade(counts, FRENCH) == said


def test_many_trades_are_cut_short() -> None:
    """A card is read on a phone."""
    names = ("cardiology", "dermatology", "ent", "urology", "oncology", "surgery", "genetics", "allergy")
    said = spelled_by_trade({doctor(name): 9 - number for number, name in enumerate(names)}, FRENCH)
    assert said.endswith("chirurgie 4, autres 5")


@pytest.mark.parametrize(
    ("label", "said"),
    [
        (doctor("dermatology", DECLARED), "médecin, dermatologie · déclaré"),
        (PHARMACIST, "pharmacien · confirmé"),
        (STUDENT, "étudiant (infirmier) · confirmé"),
        (None, "sans étiquette"),
    ],
)
def test_a_label_is_shown_with_the_word_on_which_it_is_borne(label: Label | None, said: str) -> None:
    """Declared, confirmed, or vouched for."""
    assert label_words(label, FRENCH) == said
