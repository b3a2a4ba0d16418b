"""The pure rules about cases."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from doctocbot.cases.model import (
    Certainty,
    Kind,
    is_call,
    kind_and_tags,
    opinion_line,
    outcome_and_certainty,
    references_in,
)


@pytest.mark.parametrize(
    ("text", "kind", "tags"),
    [
        ("Enfant de 3 ans", None, ()),
        ("#dermato #pédiatrie éruption", None, ("dermato", "pédiatrie")),
        ("#Dermato #dermato", None, ("dermato",)),
        ("#DocTocToc #admin arrêt de travail", Kind.ADMINISTRATIVE, ()),
        ("#traitement #ecg", Kind.TREATMENT, ("ecg",)),
        ("#diag", Kind.DIAGNOSIS, ()),
        ("#Diagnostic", Kind.DIAGNOSIS, ()),
        ("#médico-légal", Kind.MEDICO_LEGAL, ()),
        ("#medicolegal", Kind.MEDICO_LEGAL, ()),
        ("#biblio", Kind.SOURCE, ()),
        ("#autre", Kind.OTHER, ()),
        ("#diag #traitement", Kind.DIAGNOSIS, ()),
        ("quel traitement ?", None, ()),
        ("cas #12 et #3e", None, ()),
        ("https://x.org/#page et a#b", None, ()),
        ("##double", None, ()),
        ("(#ecg), #radio.", None, ("ecg", "radio")),
        ("#DocsTocToc #DOCTOCTOC", None, ()),
        ("#médecine-générale", None, ("médecine-générale",)),
    ],
)
def test_kind_and_tags_are_said_by_hashtags_and_never_guessed(
    text: str, kind: Kind | None, tags: tuple[str, ...]
) -> None:
    """A word is no tag, and a number is the number of a case."""
    assert kind_and_tags(text) == (kind, tags)


def test_tags_are_few_and_short() -> None:
    """A card stays one line."""
    _, tags = kind_and_tags(" ".join(f"#tag{chr(97 + n)}" for n in range(26)) + " #" + "x" * 500)
    assert len(tags) <= 10
    assert len(kind_and_tags("#" + "x" * 500)[1][0]) <= 40


@pytest.mark.parametrize(
    ("text", "called"),
    [
        ("#DocTocToc enfant de 3 ans", True),
        ("#doctoctoc enfant", True),
        ("#DocsTocToc enfant", True),
        ("Bonjour #DOCTOCTOC, une question", True),
        ("(#DocTocToc)", True),
        ("#DocTocTocs", False),
        ("#DocTocToc-archives", False),
        ("DocTocToc", False),
        ("https://x.org/#DocTocToc", False),
        ("a#DocTocToc", False),
        ("#docstoctocs", False),
        ("> #DocTocToc enfant de 3 ans\n\nJe me souviens de ce cas", False),
        ("> citation\nEt moi : #DocTocToc enfant", True),
    ],
)
def test_the_old_habit_is_a_call(text: str, called: bool) -> None:
    """#DocTocToc or #DocsTocToc as a word of one's own, not in an address or a quotation."""
    assert is_call(text) is called


@pytest.mark.parametrize(
    ("text", "addresses"),
    [
        ("voir https://www.has-sante.fr/x.", ["https://www.has-sante.fr/x"]),
        ("(https://x.org/a)", ["https://x.org/a"]),
        ("https://x.org/a_(b)", ["https://x.org/a_(b)"]),
        ("<https://x.org/a>", ["https://x.org/a"]),
        ("« https://x.org/a »", ["https://x.org/a"]),
        ("doi:10.1000/xyz123", ["https://doi.org/10.1000/xyz123"]),
        ("DOI: 10.1000/xyz123.", ["https://doi.org/10.1000/xyz123"]),
        ("10.1136/bmj.b2700", ["https://doi.org/10.1136/bmj.b2700"]),
        ("https://doi.org/10.1136/bmj.b2700", ["https://doi.org/10.1136/bmj.b2700"]),
        ("https://doi.org/10.1/x et 10.1000/x", ["https://doi.org/10.1/x", "https://doi.org/10.1000/x"]),
        ("PMID 12345678", ["https://pubmed.ncbi.nlm.nih.gov/12345678/"]),
        ("pmid:1234567", ["https://pubmed.ncbi.nlm.nih.gov/1234567/"]),
        ("PMID: 1234567 puis https://x.org", ["https://pubmed.ncbi.nlm.nih.gov/1234567/", "https://x.org"]),
        ("https://x.org https://x.org", ["https://x.org"]),
        ("rougeole", []),
        ("10.5 mg/kg", []),
        ("tension 10.9/6", []),
        ("http://", []),
        ("https://…", []),
        ("https://matrix.to/#/!a/$b", []),
        ("javascript:alert(1)", []),
        ("www.has-sante.fr", []),
    ],
)
def test_references_are_links_dois_and_pmids(text: str, addresses: list[str]) -> None:
    """Each once, in their order, without the punctuation around them."""
    assert references_in(text) == addresses


@given(st.text())
def test_references_are_always_web_addresses(text: str) -> None:
    """Whatever is typed."""
    for address in [
        *references_in(text),
        *references_in(f"https://{text}"),
        *references_in(f"10.1000/{text}"),
    ]:
        assert address.startswith(("https://", "http://", "HTTP"))
        assert not any(char.isspace() for char in address)


@pytest.mark.parametrize(
    ("words", "certainty", "outcome"),
    [
        ("probable rougeole", Certainty.PROBABLE, "rougeole"),
        ("Probable : rougeole", Certainty.PROBABLE, "rougeole"),
        ("possible rougeole", Certainty.POSSIBLE, "rougeole"),
        ("certain rougeole", Certainty.CERTAIN, "rougeole"),
        ("certaine rougeole", Certainty.CERTAIN, "rougeole"),
        ("quasi certain rougeole", Certainty.ALMOST_CERTAIN, "rougeole"),
        ("quasi-certain rougeole", Certainty.ALMOST_CERTAIN, "rougeole"),
        ("Presque certain syndrome de Gianotti-Crosti", Certainty.ALMOST_CERTAIN, "syndrome de Gianotti-Crosti"),
        ("almost certain measles", Certainty.ALMOST_CERTAIN, "measles"),
        ("almost-certain measles", Certainty.ALMOST_CERTAIN, "measles"),
        ("likely measles", Certainty.PROBABLE, "measles"),
        ("certain, rougeole", Certainty.CERTAIN, "rougeole"),
        ("rougeole", None, "rougeole"),
        ("rougeole probable", None, "rougeole probable"),
        ("quasi rougeole", None, "quasi rougeole"),
        ("probablement rougeole", None, "probablement rougeole"),
        ("probable", Certainty.PROBABLE, ""),
        ("quasi certain", Certainty.ALMOST_CERTAIN, ""),
        ("", None, ""),
        ("  ", None, ""),
        ("certain a b c d", Certainty.CERTAIN, "a b c d"),
    ],
)  # fmt: skip
def test_an_outcome_may_begin_with_its_certainty(
    words: str, certainty: Certainty | None, outcome: str
) -> None:
    """In one word or two, with or without a colon after it."""
    assert outcome_and_certainty(words) == (certainty, outcome)


@given(st.text())
def test_no_outcome_makes_it_raise(words: str) -> None:
    """And nothing is lost of what has no certainty before it."""
    certainty, outcome = outcome_and_certainty(words)
    if certainty is None:
        assert outcome == words.strip()


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("rougeole", "rougeole"),
        ("\n\n rougeole \ncar fièvre", "rougeole"),
        ("", ""),
        (" \n ", ""),
    ],
)
def test_an_opinion_is_listed_by_its_first_line(text: str, line: str) -> None:
    """The rest stands in the thread."""
    assert opinion_line(text) == line


@given(st.text(min_size=100))
def test_an_opinion_line_is_short(text: str) -> None:
    """However long the answer."""
    assert len(opinion_line(text)) <= 160
    assert "\n" not in opinion_line(text)
