"""What identifies within hashtags and links, where there is no space around it."""

import pytest

from doctocbot.cases.model import references_in
from doctocbot.guard import find_identifiers


@pytest.mark.parametrize(
    "text",
    [
        "#tel0612345678",
        "#né_le_12-03-1947",
        "#ipp8001234567",
        "#mme-dupont",
        "#MmeDupont",
        "#Monsieur_Durand",
        "voir https://wa.me/33612345678",
        "voir https://api.whatsapp.com/send?phone=33612345678",
        "https://drive.example/dossier?tel=0612345678&ddn=12/03/1947",
        "https://x.example/mme.dupont/0612345678",
        "doi:10.1234/x,Mme Dupont",
    ],
)
def test_it_is_found(text: str) -> None:
    """Numbers, dates and names after a title."""
    assert find_identifiers(text)


@pytest.mark.parametrize(
    "text",
    [
        "#G3P2 #dermato #covid19 #2026 #mmr #mg #mra",
        "https://www.sciencedirect.com/science/article/pii/S0140673620301835",
        "https://pubmed.ncbi.nlm.nih.gov/?term=asthma+2020&sort=date",
        "https://www.cfp.ca/content/55/7/716#page12",
        "https://doi.org/10.1016/S0140-6736(20)30183-5",
        "doi:10.1001/jama.2013.281053",
    ],
)
def test_tags_and_sources_stay(text: str) -> None:
    """Nothing in them is a patient's."""
    assert find_identifiers(text) == []


def test_a_messenger_is_no_source() -> None:
    """It leads to a person."""
    assert references_in("https://wa.me/33612345678 https://t.me/lea https://matrix.to/#/@lea:b.org") == []
