"""The stem of a question: the case without what places or names anybody, and still good to read."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from doctocbot.guard import find_identifiers
from doctocbot.quiz.vignette import vignette

FRENCH_MONTHS = (
    "janvier", "février", "mars", "avril", "mai", "juin", "juillet", "août", "septembre", "octobre", "novembre",
    "décembre",
)  # fmt: skip
ENGLISH_MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
    "December",
)  # fmt: skip
GIVEN = ("Marie", "Jean", "Fatima", "Nicolas", "Capucine", "Sophie", "Thomas", "Aurélie")
FAMILY = ("Dupont", "Lefebvre", "Martin", "Nguyen", "Benali", "Garnier", "Rousseau", "O'Connor")


@pytest.mark.parametrize(
    ("text", "stem"),
    [
        ("Femme de 34 ans, toux depuis 3 ans", "Femme de 30 à 39 ans, toux depuis 3 ans"),
        ("homme de 60 ans d'origine malienne", "homme de 60 à 69 ans d'origine malienne"),
        ("Patiente de 34 ans", "Patiente de 30 à 39 ans"),
        ("Patiente 34a", "Patiente 30 à 39 ans"),
        ("trente-quatre ans, cadre", "30 à 39 ans, cadre"),
        ("homme de quatre-vingt-deux ans", "homme de 80 à 89 ans"),
        ("femme de 94 ans", "femme de 90 ans et plus"),
        ("H 45 ans, IDM à 45 ans", "H 40 à 49 ans, IDM entre 40 et 49 ans"),
        ("F34, céphalées", "F 30 à 39 ans, céphalées"),
        ("patient, 72, dyspnée", "patient, 70 à 79 ans, dyspnée"),
        ("âgée de 18 ans", "âgée de 18 à 29 ans"),
        ("garçon de 16 ans", "garçon de 15 à 17 ans"),
        ("Enfant de 3 ans et demi, fièvre de 3 jours", "Enfant de 2 à 3 ans, fièvre de 3 jours"),
        ("enfants de 3 et 5 ans", "enfants de 2 à 3 ans et 4 à 5 ans"),
        ("fille d'un an", "fille de 12 à 23 mois"),
        ("Nourrisson, 4 mois, fièvre", "Nourrisson, 3 à 5 mois, fièvre"),
        ("18 mois, éruption", "12 à 23 mois, éruption"),
        ("bébé de 6 semaines, né à 38 SA", "bébé de 1 à 2 mois, né à 38 SA"),
        ("nouveau-né de 5 jours", "nouveau-né de moins d'un mois"),
        ("15 jours de vie, ictère", "moins d'un mois, ictère"),
        ("A 34-year-old woman", "A 30-to-39-year-old woman"),
        ("an 8 year old boy", "a 6-to-8-year-old boy"),
        ("a 12-year-old", "a 12-to-14-year-old"),
        ("A thirty-four-year-old man", "A 30-to-39-year-old man"),
        ("5-day-old boy", "newborn boy"),
        ("3 months old infant", "3 to 5 months old infant"),
        ("woman, 34 years, cough", "woman, 30 to 39 years, cough"),
        ("M. X., 75 ans, maçon", "M. X., 70 à 79 ans, maçon"),
        ("58 ans, fumeur", "50 à 59 ans, fumeur"),
        ("père décédé à 60 ans", "père décédé entre 60 et 69 ans"),
        ("boy aged 7", "boy aged 6 to 8 years"),
        ("Patiente dans sa 72e année, toux", "Patiente 70 à 79 ans, toux"),
        ("in her 45th year, cough", "40 to 49 years, cough"),
        ("Pt 34 a, dyspnée", "Pt 30 à 39 ans, dyspnée"),
        ("patiente 34 a dyspnée", "patiente 30 à 39 ans a dyspnée"),
        ("45a, toux", "40 à 49 ans, toux"),
        ("H 45a toux", "H 40 à 49 ans toux"),
        ("72 ans depuis hier, toux", "70 à 79 ans depuis hier, toux"),
        ("fêtera ses 80 ans demain", "fêtera ses 80 à 89 ans demain"),
        ("entre 34 et 36 ans, toux", "30 à 39 ans, toux"),
        ("patiente entre 38 et 41 ans", "patiente 30 à 49 ans"),
    ],
)
def test_an_exact_age_becomes_a_band(text: str, stem: str) -> None:
    """A decade for grown-ups, as narrow as a child's development asks for."""
    assert vignette(text, "fr" if "aged" not in text else "en") == stem


@pytest.mark.parametrize(
    "text",
    [
        "toux depuis 3 ans",
        "IDM il y a 2 ans",
        "fumeur 20 PA",
        "5 mg pendant 10 jours",
        "J3 post-opératoire",
        "grossesse de 8 mois",
        "traitement 6 mois",
        "2 ans après la chirurgie",
        "survie à 5 ans",
        "ménopausée depuis 4 ans",
        "enfants de moins de 5 ans",
        "entre 30 et 39 ans",
        "sa 3e année de traitement",
        "her 2nd year medical school",
        "dépistage entre 50 et 74 ans",
        "in his 3rd year of treatment",
        "stade 2a",
        "traité 3 a",
        "G2P1, 34 SA + 3",
        "a 3-year history of cough",
        "for 10 years",
        "5 days ago",
        "PNN à 2000/mm3, TA 12/8, acuité 3/10, EVA 7/10",
        "2000 mg de X, 1500 UI, 2050 kcal",
        "fracture du 1/3 distal du radius",
        "GB 2000, BHCG 2034",
        "patient 3 ans après greffe",
        "12-day-old rash",
        "prise à 8h et à 20h",
        "Glasgow 15, critères de Boston",
        "maladie de Crohn, Gianotti-Crosti",
        "fièvre depuis lundi, retour de Guyane",
        "dose doublée en mars",
        "T 38,5, SpO2 94 %, FC 120",
        "virage de 12 à 34 kg",
        "3 mm, puis 5 mm",
    ],
)
def test_what_lasts_or_measures_stays(text: str) -> None:
    """Durations, doses, days of treatment and values are medicine."""
    assert vignette(text, "fr") == text


@pytest.mark.parametrize(
    ("text", "stem"),
    [
        ("Vue le 12/03/2024 pour toux", "Vue pour toux"),
        ("Vu ce 12.03 pour toux", "Vu pour toux"),
        ("Chute le jour de Noël, plaie", "Chute, plaie"),
        ("Fièvre depuis le réveillon de la Saint-Sylvestre, frissons", "Fièvre, frissons"),
        ("Pain since Christmas Day, worse", "Pain, worse"),
        ("Le 12 mars 2024, patiente vue", "Patiente vue"),
        ("Patient (né en 1964), adressé", "Patient, adressé"),
        ("tabac sevré en 2015, IDM en mars 2019.", "tabac sevré, IDM."),
        ("scanner du 12/03 : normal. RDV lundi 12 à 14h30.", "scanner : normal. RDV."),
        ("contrôle du 3 au 12 mars", "contrôle"),
        ("appendicite (2012), HTA", "appendicite, HTA"),
        ("ATCD : 2019 : appendicectomie ; 2020 : IDM.", "ATCD : appendicectomie ; IDM."),
        ("DDR le 3 janvier. Mari sain.", "DDR. Mari sain."),
        ("vaccin en 12/2021, rappel 2022-05", "vaccin, rappel"),
        ("opéré en 98, va bien", "opéré, va bien"),
        ("12/03 : admission\n13/03 : scanner", "admission\nscanner"),
        ("Seen on March 12, 2024 with a rash", "Seen with a rash"),
        ("MI in 2015, T2DM", "MI, T2DM"),
        ("trip in May 2023 to Guyana", "trip to Guyana"),
        ("suivi entre mars 2015 et juin 2016 ici", "suivi ici"),
        ("dans la nuit du 12 au 13 mars", "dans la nuit"),
        ("Dupuytren opéré depuis l'été 2021", "Dupuytren opéré"),
    ],
)
def test_a_date_goes_with_the_words_around_it(text: str, stem: str) -> None:
    """What is left reads as if it had never been there."""
    assert vignette(text, "fr") == stem


@pytest.mark.parametrize(
    ("text", "gone", "left"),
    [
        ("Mme Dupont, toux", "Dupont", "toux"),
        ("Capucine, 4 ans, purpura", "Capucine", "4 à 5 ans, purpura"),
        ("Le patient (M. Paul Lefebvre) tousse", "Lefebvre", "tousse"),
        ("adressée au CHU de Lyon pour avis", "Lyon", "pour avis"),
        ("habite Paris, tousse", "Paris", "tousse"),
        ("vit à Saint-Denis (93200).", "Saint-Denis", "vit à […]."),
        ("photo IMG_1234.jpg ci-dessous", "IMG_1234", "ci-dessous"),
        ("tel 06 12 34 56 78 le soir", "06 12", "le soir"),
        ("patiente de Nice, toux", "Nice", "toux"),
        ("seen at the Royal Infirmary for cough", "Infirmary", "for cough"),
        ("lives in London, cough", "London", "cough"),
    ],
)
def test_names_and_places_leave_a_gap(text: str, gone: str, left: str) -> None:
    """The rest stays."""
    stem = vignette(text, "fr")
    assert gone not in stem
    assert left in stem


@pytest.mark.parametrize(
    ("text", "stem"),
    [
        ("éruption #dermato #photo", "éruption"),
        ("#dermato éruption", "#dermato éruption"),
        ("Enfant, éruption.\n\nQuel diagnostic ?\n#pédiatrie", "Enfant, éruption.\n\nQuel diagnostic ?"),
        ("#dermato", "#dermato"),
        ("", ""),
    ],
)
def test_the_last_hashtags_are_no_part_of_the_question(text: str, stem: str) -> None:
    """They sort cases; one inside a sentence is a word."""
    assert vignette(text, "fr") == stem


# -- whatever is written

_day, _month, _year = st.integers(1, 28), st.integers(1, 12), st.integers(1930, 2026)
DATES = st.one_of(
    st.builds("{:02d}/{:02d}/{}".format, _day, _month, _year),
    st.builds("{}.{}.{}".format, _day, _month, _year),
    st.builds("{2}-{1:02d}-{0:02d}".format, _day, _month, _year),
    st.builds("{} {} {}".format, _day, st.sampled_from(FRENCH_MONTHS), _year),
    st.builds("{} {}".format, _day, st.sampled_from(FRENCH_MONTHS)),
    st.builds("{} {}".format, st.sampled_from(FRENCH_MONTHS), _year),
    st.builds("{} {}, {}".format, st.sampled_from(ENGLISH_MONTHS), _day, _year),
    st.builds("{} {} {}".format, _day, st.sampled_from(ENGLISH_MONTHS), _year),
    st.builds("{:02d}/{}".format, _month, _year),
    st.builds("lundi {} {}".format, _day, st.sampled_from(FRENCH_MONTHS)),
    st.builds("{}".format, _year),
)
NAMES = st.builds("{} {}".format, st.sampled_from(GIVEN), st.sampled_from(FAMILY))
_age = st.integers(1, 110)
AGES = st.one_of(
    st.builds("{} ans".format, st.integers(2, 110)),
    st.builds("{}ans".format, st.integers(2, 110)),
    st.builds("{}-year-old".format, _age),
    st.builds("{} years old".format, _age),
    st.builds("{} yo".format, _age),
    st.builds("{} mois".format, st.integers(1, 23)),
    st.builds("{}-month-old".format, st.integers(1, 23)),
    st.builds("{} semaines".format, st.integers(1, 12)),
)
SYMPTOMS = (
    "toux",
    "fièvre à 39",
    "éruption depuis 3 jours",
    "rash for 3 days",
    "TA 12/8",
    "sous 5 mg",
    "douleurs",
)
WRITTEN = (
    "Patient de {age}, {symptom}, vu le {date}.",
    "Mme {name}, {age}, {symptom} depuis le {date}",
    "{date} : {symptom}\nFemme de {age} ({name})",
    "Enfant {name} {age} ; {symptom} en {date} ; suite",
    "Homme, {age}, {symptom}, opéré en {date} par le Dr {name}. Avis ?",
)


@st.composite
def cases(draw: st.DrawFn) -> tuple[str, str, str, str]:
    """The words of a case, and the age, the date and the full name in it."""
    template = draw(st.sampled_from(WRITTEN))
    age, date, name = draw(AGES), draw(DATES), draw(NAMES)
    return (
        template.format(age=age, date=date, name=name, symptom=draw(st.sampled_from(SYMPTOMS))),
        age,
        date,
        name,
    )


@given(cases(), st.sampled_from(["fr", "en"]))
def test_a_stem_never_holds_a_date_a_full_name_or_an_exact_age(
    case: tuple[str, str, str, str], language: str
) -> None:
    """However it is written, and with what around it."""
    text, age, date, name = case
    stem = vignette(text, language)
    assert name.split()[1] not in stem
    assert date not in stem
    assert not re.search(r"(?<!\d)(?:19|20)\d{2}(?!\d)", stem)
    assert age not in re.sub(r"\d+ (?:à|to|et) \d+ |\d+-to-\d+-|90 ans et plus|over-89-year-old", "", stem)
    assert find_identifiers(stem) == []


@given(cases(), st.sampled_from(["fr", "en"]))
def test_a_stem_is_clean_to_read(case: tuple[str, str, str, str], language: str) -> None:
    """No gap tells that something went: no double spaces, no empty brackets, no stray commas."""
    stem = vignette(case[0], language)
    assert not re.search(r"  |\(\s*\)|,\s*,| ,|^[,;:]|\s$|[\ue000\ue001]", stem)


@given(st.text(max_size=200), st.sampled_from(["fr", "en"]))
def test_nothing_written_makes_it_raise_or_grow_without_end(text: str, language: str) -> None:
    """Any words give a stem, and what is one already stays what it is."""
    stem = vignette(text, language)
    assert len(stem) <= 2 * len(text) + 20
    assert find_identifiers(stem) == []


@given(cases(), st.sampled_from(["fr", "en"]))
def test_a_stem_stays_what_it_is(case: tuple[str, str, str, str], language: str) -> None:
    """A moderator who types it again changes nothing."""
    stem = vignette(case[0], language)
    assert vignette(stem, language) == stem
