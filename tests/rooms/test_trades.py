"""What clinicians say of their own trade, as they type it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from doctocbot.chat.wording import LANGUAGES, wording
from doctocbot.rooms.specialties import SPECIALTIES
from doctocbot.rooms.trades import TRADES, Calling, by_count, counted_as, read_calling


def student(trade: str, specialty: str = "") -> Calling:
    """Somebody who studies for a trade."""
    return Calling(trade, specialty, student=True)


DOCTORS: list[tuple[str, ...]] = [
    ("general-practice", "médecin généraliste", "MG", "Généraliste", "medecin generaliste", "GP", "médecin traitant",
     "Médecin  Généraliste remplaçante", "je suis médecin généraliste", "general practitioner"),
    ("dermatology", "dermato", "dermatologue", "médecin dermatologue", "Dr dermato", "dermatologist"),
    ("cardiology", "chef de clinique en cardiologie", "CARDIOLOGUE", "cardiologue libérale"),
    ("emergency-medicine", "urgentiste", "PH urgences", "médecin urgentiste"),
    ("geriatrics", "médecin coordonnateur en EHPAD", "gériatre"),
    ("sports-medicine", "médecin du sport"),
    ("surgery", "chirurgienne", "surgeon"),
    ("orthopaedics", "chirurgien orthopédiste", "orthopédiste"),
    ("plastic-surgery", "chirurgien plastique"),
    ("laboratory", "biologiste médical", "médecin biologiste"),
    ("", "médecin", "Docteur", "doctoresse", "doctor", "un médecin"),
]  # fmt: skip
OTHERS: list[tuple[Calling, tuple[str, ...]]] = [
    (Calling("pharmacist"), ("pharmacien", "Pharmacienne", "pharmacien d'officine adjoint", "docteur en pharmacie")),
    (Calling("pharmacist", "laboratory"), ("pharmacien biologiste", "pharmacienne biologiste")),
    (Calling("pharmacy-technician"), ("préparatrice en pharmacie",)),
    (Calling("nurse"), ("infirmier", "infirmière libérale", "IDE", "I.D.E.L.", "nurse", "infirmière diplômée d’État")),
    (Calling("nurse", "anaesthesia"), ("IADE", "infirmière anesthésiste")),
    (Calling("nurse", "paediatrics"), ("puéricultrice",)),
    (Calling("advanced-nurse"), ("IPA", "infirmière en pratique avancée", "advanced practice nurse")),
    (Calling("care-assistant"), ("aide-soignante", "aide soignant")),
    (Calling("midwife"), ("sage-femme", "sage femme", "midwife", "SF")),
    (Calling("dentist"), ("dentiste", "chirurgienne-dentiste", "dentist")),
    (Calling("physiotherapist"), ("kiné", "kinésithérapeute", "masseur-kinésithérapeute", "MKDE", "physio")),
    (Calling("physiotherapist", "sports-medicine"), ("kiné du sport",)),
    (Calling("speech-therapist"), ("orthophoniste",)),
    (Calling("podiatrist"), ("podologue", "pédicure-podologue")),
    (Calling("psychologist"), ("psychologue",)),
    (Calling("dietitian"), ("diététicienne",)),
    (Calling("radiographer"), ("manip radio",)),
    (Calling("social-worker"), ("assistante sociale",)),
    (Calling("veterinarian"), ("vétérinaire", "docteur vétérinaire")),
    (Calling("resident"), ("interne", "Interne des hôpitaux", "docteur junior", "FFI")),
    (Calling("resident", "dermatology"), ("interne en dermato", "interne de dermatologie", "dermatology registrar")),
    (Calling("resident", "internal-medicine"), ("interne en médecine interne",)),
    (Calling("resident", "pharmacy"), ("interne en pharmacie",)),
    (student("doctor"), ("étudiant en médecine", "étudiante en médecine 4e année", "externe", "DFASM2",
     "externe en médecine", "medical student", "carabin", "étudiant en 3ème année de médecine")),
    (student("doctor"), ("2e année de médecine", "première année de médecine", "deuxième année médecine",
     "6e année de médecine", "4e année médecine", "3rd year medicine", "second year medical", "je suis en médecine",
     "Je suis en 2ème année de médecine", "médecin en formation", "final year medical student")),
    (student("nurse"), ("3e année de soins infirmiers", "je suis en soins infirmiers", "infirmière 2e année")),
    (student("pharmacist"), ("en 4ème année de pharmacie", "je suis en pharmacie")),
    (student("physiotherapist"), ("je suis en kiné", "2e année de kiné")),
    (Calling("resident"), ("interne 3e année", "interne en médecine", "interne de 2e année en médecine")),
    (Calling("doctor"), ("docteur en médecine", "doctor of medicine", "médecin en ville")),
    (Calling("nurse"), ("infirmière en libéral", "infirmier diplômé en soins infirmiers")),
    (student("nurse"), ("étudiante infirmière", "ESI", "élève infirmier", "nursing student",
     "étudiant en soins infirmiers")),
    (student("pharmacist"), ("étudiante en pharmacie", "externe en pharmacie", "pharmacy student")),
    (student("midwife"), ("étudiante sage-femme",)),
    (student("physiotherapist"), ("étudiant kiné",)),
]  # fmt: skip
READ: list[tuple[Calling, str]] = [
    *((Calling("doctor", name), word) for name, *words in DOCTORS for word in words),
    *((calling, word) for calling, words in OTHERS for word in words),
]


@pytest.mark.parametrize(("calling", "typed"), READ, ids=[typed for _, typed in READ])
def test_a_trade_is_understood_by_the_names_that_people_give_it(calling: Calling, typed: str) -> None:
    """French and English, in both genders, short and long, with what people add to it."""
    assert read_calling(typed) == calling


@pytest.mark.parametrize(
    "typed",
    ["", "!", "patient", "médecine", "medicine", "année 3 médecine", "femme de médecin", "fils d'infirmière",
     "ancien médecin", "médecin et avocat", "grossesse", "secrétaire médicale", "généraliste à Lyon", "étudiant",
     "student", "sport", "médicaments", "spécialiste", "infirmière sage-femme", "étudiant interne",
     "interne pharmacien infirmier", "1234"],
)  # fmt: skip
def test_what_says_no_trade_or_two_is_not_guessed(typed: str) -> None:
    """A word that is not known makes the whole unknown; a student studies something."""
    assert read_calling(typed) is None


@given(st.text(max_size=60))
def test_whatever_is_typed_is_a_known_trade_or_none(typed: str) -> None:
    """It never raises, and never keeps a word of the person's."""
    calling = read_calling(typed)
    assert calling is None or calling.trade in TRADES
    assert calling is None or calling.specialty in {"", *SPECIALTIES}


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("trade", TRADES)
def test_what_is_shown_is_understood(trade: str, language: str) -> None:
    """Whoever copies the name that the bot shows means the same."""
    assert read_calling(wording(language).say(f"trade.{trade}")) == Calling(trade)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("specialty", SPECIALTIES)
def test_every_specialty_has_a_short_name(specialty: str, language: str) -> None:
    """By which doctors are counted on a card."""
    assert len(wording(language).say(f"specialty-short.{specialty}")) <= 22


@pytest.mark.parametrize(
    ("calling", "name"),
    [
        (Calling("doctor", "dermatology"), "dermatology"),
        (Calling("doctor"), "doctor"),
        (Calling("nurse", "anaesthesia"), "nurse"),
        (Calling("resident", "dermatology"), "resident"),
        (student("doctor", "dermatology"), "student"),
        (student("nurse"), "student"),
    ],
)
def test_doctors_are_counted_by_specialty_and_students_together(calling: Calling, name: str) -> None:
    """Others by their trade."""
    assert counted_as(calling) == name


def test_counts_are_added_up_and_students_come_last() -> None:
    """The most frequent first."""
    counts = [("nurse", 1), ("student", 9), ("dermatology", 2), ("nurse", 2)]
    assert by_count(counts) == [("nurse", 3), ("dermatology", 2), ("student", 9)]
