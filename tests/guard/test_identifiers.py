import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from doctocbot.guard import Finding, Kind, find_identifiers, masked

# What stands between ⟦ and ⟧ is to be found, with the kinds in order; nothing else is.
FOUND: tuple[tuple[str, str], ...] = (
    ("Rappeler le ⟦06 12 34 56 78⟧ avant midi.", "phone"),
    ("⟦0612345678⟧", "phone"),
    ("Tel ⟦06.12.34.56.78⟧.", "phone"),
    ("portable: ⟦06-12-34-56-78⟧, merci", "phone"),
    ("fixe ⟦01-23-45-67-89⟧", "phone"),
    ("⟦06/12/34/56/78⟧ (fille)", "phone"),
    ("joignable au ⟦06\u00a012\u00a034\u00a056\u00a078⟧", "phone"),
    ("joignable au ⟦06\u202f12\u202f34\u202f56\u202f78⟧", "phone"),
    ("collé du carnet : \u202a⟦+33 6 12 34 56 78⟧\u202c", "phone"),
    ("⟦+33612345678⟧", "phone"),
    ("⟦+33 (0)6 12 34 56 78⟧", "phone"),
    ("⟦+33 (0) 6 12 34 56 78⟧", "phone"),
    ("⟦0033 6 12 34 56 78⟧", "phone"),
    ("⟦0033612345678⟧", "phone"),
    ("⟦+33-6-12-34-56-78⟧", "phone"),
    ("wa.me : ⟦+33 6 12345678⟧", "phone"),
    ("ligne directe ⟦0 825 123 456⟧", "phone"),
    ("⟦0800 123 456⟧ (numéro vert)", "phone"),
    ("sa mère ⟦0612 34 56 78⟧", "phone"),
    ("tél ⟦06 12 34 56 78⟧ ou ⟦07 11 22 33 44⟧", "phone phone"),
    ("⟦06 12 34 56 78⟧/⟦07 11 22 33 44⟧", "phone phone"),
    ("Handy ⟦079 123 45 67⟧ (Suisse)", "phone"),
    ("⟦+41 79 123 45 67⟧", "phone"),
    ("⟦+41 (0)22 372 33 11⟧", "phone"),
    ("⟦0041791234567⟧", "phone"),
    ("⟦022 372 33 11⟧", "phone"),
    ("gsm ⟦0470/12.34.56⟧", "phone"),
    ("⟦0470 12 34 56⟧ à Liège", "phone"),
    ("⟦+32 470 12 34 56⟧", "phone"),
    ("⟦+32 2 123 45 67⟧", "phone"),
    ("⟦02 123 45 67⟧ (Bruxelles)", "phone"),
    ("⟦065 12 34 56⟧ (Mons)", "phone"),
    ("Call ⟦514-555-1234⟧ after 5 pm", "phone"),
    ("⟦(514) 555-1234⟧", "phone"),
    ("⟦514.555.1234⟧", "phone"),
    ("⟦1-800-555-1234⟧", "phone"),
    ("⟦+1 514 555 1234⟧", "phone"),
    ("⟦+1 (514) 555-1234⟧", "phone"),
    ("⟦514 555-1234⟧ (Montréal)", "phone"),
    ("phone: ⟦514 555 1234⟧", "phone"),
    ("mobile ⟦07700 900123⟧", "phone"),
    ("⟦020 7946 0958⟧", "phone"),
    ("⟦+44 7700 900123⟧", "phone"),
    ("⟦+49 30 123456⟧", "phone"),
    ("⟦+352 621 123 456⟧", "phone"),
    ("⟦+212 6 12 34 56 78⟧", "phone"),
    ("⟦+39 06 1234 5678⟧", "phone"),
    ("tél. ⟦12345678⟧", "phone"),
    ("téléphone: ⟦0123 4567 89⟧", "phone"),
    ("⟦06 12 34 56 78⟧", "phone"),
    ("en chiffres larges ⟦０６１２３４５６７８⟧", "phone"),
    ("écrire à ⟦marie.dupont@hopital.fr⟧", "mail"),
    ("<⟦m.dupont+avis@chu-lille.fr⟧>", "mail"),
    ("mailto:⟦j_martin@example.co.uk⟧", "mail"),
    ("⟦DUPONT.MARIE@ORANGE.FR⟧;⟦x@y.ca⟧", "mail mail"),
    ("⟦marie.dupont (at) hopital.fr⟧", "mail"),
    ("⟦marie[at]hopital.fr⟧", "mail"),
    ("⟦élodie@hôpital.fr⟧", "mail"),
    ("Mail ⟦a.b@c.fr⟧, tél ⟦0612345678⟧", "mail phone"),
    ("https://x.example/?to=⟦a.b@c.fr⟧", "mail"),
    ("Mme D, née le ⟦12/03/1947⟧, HTA", "date"),
    ("⟦12/3/1947⟧", "date"),
    ("⟦12.03.1947⟧", "date"),
    ("⟦12.3.47⟧", "date"),
    ("⟦12/03/47⟧", "date"),
    ("vu le ⟦12-03-1947⟧.", "date"),
    ("vu le ⟦12-03-47⟧.", "date"),
    ("⟦12 / 03 / 1947⟧", "date"),
    ("⟦12 03 1947⟧", "date"),
    ("⟦12–03–1947⟧", "date"),
    ("⟦1947-03-12⟧", "date"),
    ("⟦1947/03/12⟧", "date"),
    ("scanner ⟦2024-03-12⟧T10:42", "date"),
    ("du ⟦12/03/2020⟧-⟦15/03/2020⟧", "date date"),
    ("IRM du ⟦3/12/2023⟧ et du ⟦12.01.2024⟧", "date date"),
    ("⟦12 mars 1947⟧", "date"),
    ("née le ⟦1er janvier 1980⟧ à Lyon", "date"),
    ("le mardi ⟦12 août 2024⟧", "date"),
    ("le ⟦12 aout 2024⟧", "date"),
    ("le ⟦3 fe\u0301vrier 1999⟧", "date"),
    ("le ⟦3 févr. 1999⟧", "date"),
    ("le ⟦3 déc. 2003⟧", "date"),
    ("opéré le ⟦2 SEPTEMBRE 2011⟧", "date"),
    ("born on ⟦March 12, 1947⟧ in Leeds", "date"),
    ("⟦March 12th, 1947⟧", "date"),
    ("⟦Mar 12 1947⟧", "date"),
    ("seen ⟦12 March 1947⟧", "date"),
    ("the ⟦12th of March 1947⟧", "date"),
    ("⟦12-MAR-1947⟧", "date"),
    ("⟦12-MAR-47⟧ 10:42", "date"),
    ("⟦12MAR1947⟧", "date"),
    ("⟦1947-MAR-12⟧", "date"),
    ("DDN ⟦12031947⟧", "date"),
    ("DDN : ⟦12/03/47⟧", "date"),
    ("DOB ⟦19470312⟧", "date"),
    ("née le ⟦12 mars 47⟧", "date"),
    ("né(e) le ⟦12 03 47⟧", "date"),
    ("DOB: ⟦03/12/1947⟧ (US order ⟦03/25/1947⟧)", "date date"),
    ("M. X ⟦12/03/1947⟧ 76 ans ⟦06 12 34 56 78⟧", "date phone"),
    ("NIR ⟦1 47 03 75 123 456 60⟧", "nir"),
    ("⟦147037512345660⟧", "nir"),
    ("sécu ⟦2 84 05 2A 004 123 55⟧", "nir"),
    ("⟦2 84 05 2B 004 123⟧", "nir"),
    ("⟦1470375123456⟧", "nir"),
    ("⟦1 47 03 75 123 456⟧", "nir"),
    ("⟦1.47.03.75.123.456⟧", "nir"),
    ("typo in the key ⟦1 47 03 75 123 456 11⟧", "nir"),
    ("⟦147037512345611⟧", "nir"),
    ("typo in the key ⟦756.9217.0769.84⟧", "national-number"),
    ("typo in the key ⟦85.07.30-033.29⟧", "national-number"),
    ("NHS number ⟦943 476 5919⟧", "national-number"),
    ("NHS No: ⟦9434765919⟧", "national-number"),
    ("AVS ⟦756.9217.0769.85⟧", "national-number"),
    ("⟦7569217076985⟧", "national-number"),
    ("registre national ⟦85.07.30-033.28⟧", "national-number"),
    ("RAMQ ⟦TREM 4753 1215⟧", "national-number"),
    ("IPP : ⟦80012345⟧", "file-number"),
    ("IPP n° ⟦8001234567⟧", "file-number"),
    ("NDA ⟦123456789⟧", "file-number"),
    ("dossier n° ⟦2024-12345⟧", "file-number"),
    ("n° de dossier : ⟦AB 123456⟧", "file-number"),
    ("MRN ⟦1234567⟧", "file-number"),
    ("Patient ID: ⟦A1234567⟧", "file-number"),
    ("Accession number ⟦20240312001⟧", "file-number"),
    ("séjour ⟦123456⟧ en cours", "file-number"),
)

NOT_FOUND: tuple[str, ...] = (
    "",
    "AV 10/12 OD, 8/10 OG",
    "10/10, 10/10 P2",
    "Augmentin 500/125 x3/j",
    "1/2 cp matin et soir",
    "TA 120/80, FC 72",
    "TA 135/85 puis 120/80/65 de moyenne",
    "depuis 2012",
    "en mars 1947",
    "mai 68",
    "le 12 mars",
    "March 12",
    "née en 1947, 76 ans",
    "72 ans, 68 kg, 172 cm",
    "34+5 SA",
    "semaine 12/40",
    "S12 2024",
    "03/2024",
    "2024-03",
    "SpO2 98% FiO2 0.21 PEEP 5",
    "12 345 678 plaquettes",
    "plaquettes 250 000/mm3, GB 12 500",
    "leucocytes 1 234 567 890",
    "Hb 12.3 g/dL, VGM 89, CRP 147",
    "Na 140 K 4.2 Cl 103 HCO3 24 urée 5.6 créat 78",
    "0.5 0.8 1.2 3.4 5.6",
    "0,5 - 0,8 - 1,2",
    "OD +3.50 (-2.25 à 90°) add +2.50",
    "OG -1.25 180 6.10 12 15",
    "+12 345 678 copies",
    "Humalog 10-8-12 UI",
    "insuline 10-10-12",
    "Humalog 10-08-12 UI matin midi soir",
    "Lévothyrox 75 1-0-0",
    "1-1-1 pendant 7 jours",
    "PMID 31234567",
    "PMID: 20101112",
    "RPPS 10101234567",
    "RPPS : 0612345678",
    "https://pubmed.ncbi.nlm.nih.gov/31234567/",
    "https://example.org/2012/03/12/etude",
    "doi:10.1016/j.jacc.2012.05.010",
    "10.1001/0612345678",
    "10.1056/NEJMoa2034577",
    "NCT01234567",
    "ISBN 0198526636",
    "ISBN 978-2-07-036822-8",
    "EudraCT 2012-001234-12",
    "ISSN 0028-4793",
    "ORCID 0000-0002-1825-0097",
    "CIP 3400930000003",
    "code ATC A10BA02, CIM I21.0",
    "IPP 40 mg le matin",
    "sous IPP depuis 2019",
    "IPP 20mg x2",
    "IPP double dose 80 mg",
    "NM_000123.4:c.1521_1523del",
    "chr7:117199644",
    "EC 3.4.21",
    "EC 1.14.13.39",
    "version 2.10.15",
    "v1.2.10",
    "§ 3.2.10",
    "192.168.1.12",
    "T2N1M0 grade 2/3",
    "score 4/6/10 non",
    "Glasgow 15 (4-5-6)",
    "le 15, le 18, le 112, le 3114",
    "dossier complet, 3 examens",
    "examen du 12/03",
    "examen clinique 37.2 120/80",
    "séjour de 12 jours",
    "dose cumulée 12 mg/kg/j",
    "DFG 45 ml/min/1,73m2",
    "amoxicilline 1g x 3 /j 7 j",
    "QTc 440 ms, PR 160, QRS 90",
    "IRM 1.5 T TE 30 TR 2500",
    "120/80 14/12/",
    "@dr.martin:example.org",
    "#cas-12:example.org",
    "FR @ 15/min",
    "3@4.5",
    "x@localhost",
    "1700000000000",
    "1612345678901",
    "250 300 4500",
    "943 476 5918",
    "code 12345",
    "lot AB1234",
    "5 12 18",
    "may 10 units, mar 20",
    "12 mai 2500 mL",
    "31/31/1947",
    "0/0/1947",
    "12/03/3047",
    "13/13/14",
    "score de Wells 4.5",
    "HbA1c 7.2% (55 mmol/mol)",
    "08:30 - 09:45",
)


def _split(marked: str) -> tuple[str, list[tuple[int, int]]]:
    text, places = "", []
    for piece in marked.split("⟦"):
        inside, bracket, rest = piece.partition("⟧")
        if bracket:
            places.append((len(text), len(text) + len(inside)))
        text += inside + rest
    return text, places


def test_the_tables_are_large_enough_to_mean_something() -> None:
    """There are at least sixty phrases each way, and no phrase twice."""
    assert min(len(FOUND), len(NOT_FOUND)) >= 60
    assert len({*(phrase for phrase, _ in FOUND), *NOT_FOUND}) == len(FOUND) + len(NOT_FOUND)


@pytest.mark.parametrize(("marked", "kinds"), FOUND)
def test_identifiers_are_found_where_they_stand(marked: str, kinds: str) -> None:
    """Each identifier of a phrase is found whole, by its kind, and nothing beside it is."""
    text, places = _split(marked)
    found = find_identifiers(text)
    assert [text[finding.start : finding.end] for finding in found] == [text[a:b] for a, b in places]
    assert [(finding.start, finding.end) for finding in found] == places
    assert [finding.kind.value for finding in found] == kinds.split()


@pytest.mark.parametrize("phrase", NOT_FOUND)
def test_clinical_figures_are_left_alone(phrase: str) -> None:
    """Doses, acuities, pressures, results, versions and public numbers are no identifiers."""
    assert [phrase[finding.start : finding.end] for finding in find_identifiers(phrase)] == []


def test_what_is_masked_is_gone() -> None:
    """Masking puts one mark in the place of each identifier and keeps every other character."""
    text = "Mme D, née le 12/03/1947, tél 06 12 34 56 78, vue ce jour"
    assert masked(text, find_identifiers(text)) == "Mme D, née le […], tél […], vue ce jour"
    assert masked(text, find_identifiers(text), by="###") == "Mme D, née le ###, tél ###, vue ce jour"
    assert masked(text, []) == text


@given(
    st.sampled_from("12"), st.integers(0, 99), st.integers(1, 12), st.integers(1, 95), st.integers(0, 999_999)
)
def test_every_social_security_number_with_its_key_is_found(
    sex: str, year: int, month: int, department: int, order: int
) -> None:
    """A number with the key that its figures call for is found, in one piece and in groups."""
    groups = [
        sex,
        f"{year:02}",
        f"{month:02}",
        f"{department:02}",
        f"{order // 1000:03}",
        f"{order % 1000:03}",
    ]
    groups.append(f"{97 - int(''.join(groups)) % 97:02}")
    for text in ("".join(groups), " ".join(groups)):
        assert find_identifiers(text) == [Finding(0, len(text), Kind.NIR)]


_PIECES = st.sampled_from(
    [
        *(
            " ",
            " ",
            ".",
            ",",
            "/",
            "-",
            "(",
            ")",
            "+",
            "@",
            "né le ",
            "tél ",
            "IPP ",
            "ans",
            "mg",
            "[at]",
            "\n",
            "\u00a0",
        ),
        *(
            "0",
            "1",
            "2",
            "12",
            "03",
            "47",
            "1947",
            "06",
            "33",
            "756",
            "a",
            "mars",
            "March",
            "x.fr",
            "https://",
            "10.1000/",
        ),
        *(
            "06 12 34 56 78",
            "12/03/1947",
            "a.b@c.fr",
            "147037512345660",
            "12 mars 1947",
            "+33 6 12 34 56 78",
            "é",
            "𝟘",
        ),
    ]
)
_TEXTS = st.one_of(st.text(max_size=200), st.lists(_PIECES, max_size=40).map("".join))


@given(_TEXTS)
def test_findings_are_in_order_inside_the_text_and_apart(text: str) -> None:
    """Whatever is written, nothing is raised, and findings never overlap nor leave the text."""
    at = 0
    for finding in find_identifiers(text):
        assert isinstance(finding, Finding)
        assert at <= finding.start < finding.end <= len(text)
        at = finding.end


@given(_TEXTS)
def test_a_masked_text_has_nothing_left_to_mask(text: str) -> None:
    """Looking again through a masked text finds nothing, so masking twice changes nothing."""
    once = masked(text, find_identifiers(text))
    again = find_identifiers(once)
    assert [once[finding.start : finding.end] for finding in again] == []


@pytest.mark.slow
@pytest.mark.parametrize(
    "piece",
    [
        *(
            "0",
            "0 ",
            "1 ",
            "1-",
            " ",
            "a",
            "@",
            "a@",
            "a.",
            "a@a.",
            "12/",
            "12/03/",
            "06 12 34 56 7 ",
            "06 12 34 56 78",
        ),
        *(
            "+33 ",
            "+33 6 1 2 3 ",
            "(0) ",
            "12 mars ",
            "tel ",
            "tel 1 ",
            "IPP 1 ",
            "n° ",
            "né le ",
            "http://",
            "10.1000/",
        ),
        *("1 47 03 75 ", "756.", "12/03/1947", "é", "\u00a0", "\n", "[at]"),
    ],
)
def test_a_hostile_text_costs_no_more_than_its_length(piece: str) -> None:
    """A hundred thousand characters of anything are read in far less time than a doctor would notice."""
    text = (piece * (100_000 // len(piece) + 1))[:100_000]
    started = time.process_time()
    find_identifiers(text)
    # Measured: at most 0.3 s; a pattern that backtracks takes minutes.
    assert time.process_time() - started < 2
