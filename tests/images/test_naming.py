"""What a line of words in a picture gives away."""

import pytest

from doctocbot.images.naming import Sign, signs

NAMING: tuple[tuple[str, set[Sign]], ...] = (
    ("Nom: LEFEBVRE William", {Sign.NAME}),
    ("Nom LEFEBVRE", {Sign.NAME}),
    ("NomLEFEBVRE", {Sign.NAME}),
    ("Prénom : Zoé", {Sign.NAME}),
    ("patient: dupont", {Sign.NAME}),
    ("KOWALSKI^AHMED", {Sign.NAME}),
    ("KOWALSKI~AHMED", {Sign.NAME}),
    ("GARCIAΛNOEMIE", {Sign.NAME}),
    ("DUPONT Marie", {Sign.NAME}),
    ("Marie DUPONT", {Sign.NAME}),
    ("Hélène Martin", {Sign.NAME}),
    ("GARCIACHANTAL", {Sign.NAME}),
    ("OKONKwO William", {Sign.NAME}),
    ("VAN DEN BERG Thomas, 67 ans", {Sign.NAME}),
    ("Mme Benali, 67 ans, HTA", {Sign.NAME}),
    ("MmeBenali", {Sign.NAME}),
    ("M. Tremblay", {Sign.NAME}),
    ("Mr Smith, BP 120/80", {Sign.NAME}),
    ("Dr Benali", {Sign.CLINICIAN}),
    ("Docteur Martinez", {Sign.CLINICIAN}),
    ("Pr. Kowalski", {Sign.CLINICIAN}),
    ("CHU de Lille", {Sign.HOSPITAL}),
    ("CHUde Lille", {Sign.HOSPITAL}),
    ("Hôpital Bichat", {Sign.HOSPITAL}),
    ("HopitalSaint-Louis", {Sign.HOSPITAL}),
    ("CliniqueduParc", {Sign.HOSPITAL}),
    ("Leeds Hospital", {Sign.HOSPITAL}),
    ("13/12/202414:05:33", {Sign.DATE}),
    ("Né(e)le:19/05/1966", {Sign.DATE}),
    ("76357369907/12/1958", {Sign.DATE}),
    ("346044540", {Sign.NUMBER}),
    ("IPP845544204", {Sign.NUMBER}),
    ("ID: 346044540", {Sign.NUMBER}),
    ("Son fils : 06 36 83 20 47", {Sign.PHONE}),
    ("Son fils:06 60 689738", {Sign.PHONE}),
    ("a.b@chu-lille.fr", {Sign.MAIL}),
)
PLAIN = (
    *("FC 72 bpm PR 164 ms QRS 92 ms QTc 431 ms", "25 mm/s 10 mm/mV 0.05-150 Hz", "TE 85 TR 4500 SL 4.0 mm"),
    *(
        "Hémoglobine",
        "12.3 g/dL",
        "12.0 - 16.0",
        "TA 120/80, SpO2 94% en AA, FC 98",
        "MI 1.2 TIs 0.8",
        "20:30",
    ),
    *(
        "ELECTROCARDIOGRAMME",
        "SINUS RHYTHM",
        "COMPTE RENDU",
        "COUPE SAGITTALE",
        "examen clinique normal",
        "V1",
    ),
    *(
        "Laboratoire de biologie médicale",
        "Bonsoir, un avis pour une patiente",
        "W 400 L 40 Z 1.0",
        "EDTA 4 mL",
    ),
    *(
        "patiente hospitalisée depuis 3 j",
        "Leucocytes 7.4 G/L",
        "PR QRS",
        "Fraction d'éjection 55 %",
        "10 cm",
        "",
    ),
)


@pytest.mark.parametrize(("text", "expected"), NAMING)
def test_lines_that_name_somebody_are_known_by_their_manner(text: str, expected: set[Sign]) -> None:
    """Names, clinicians, hospitals, dates and numbers are known as prints write them and engines read them."""
    assert expected <= signs(text)


@pytest.mark.parametrize("text", PLAIN)
def test_lines_of_measurements_are_left_alone(text: str) -> None:
    """What a device prints about itself and about the body is not pointed at."""
    assert signs(text) == set()
