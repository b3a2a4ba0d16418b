"""A bank of questions as a file: taken whole or not at all, every fault with its line."""

import pytest

from doctocbot.librarian import EXAMPLES, example
from doctocbot.quiz.bank import Bank, read
from doctocbot.quiz.model import QuestionKind

GOOD = """\
bank: essai
language: fr
questions:
  - id: un
    kind: one
    tags: [dermato]
    stem: Enfant, éruption des joues. Quel diagnostic ?
    choices:
      - text: Mégalérythème
        right: true
      - text: Rougeole
        why: Il y aurait de la fièvre.
    explanation: Les joues seules.
    references: [https://www.has-sante.fr/x]
  - id: deux
    kind: free
    stem: Quel traitement d'abord ?
    accepted: [adrénaline, épinéphrine]
    references: ["pmid: 12345678", "doi:10.1000/xyz"]
"""


def faults(text: str) -> list[tuple[int, str]]:
    """The lines of a file in which something is wrong, and what."""
    return [(fault.line, fault.what) for fault in read(text).faults]


def test_a_good_bank_is_read() -> None:
    """With the sources as addresses, and the order as written."""
    bank = read(GOOD)
    assert bank.faults == ()
    first, second = bank.questions
    assert (first.key, first.kind, first.language, first.tags) == (
        "essai/un",
        QuestionKind.ONE,
        "fr",
        ("dermato",),
    )
    assert [(option.text, option.is_right) for option in first.options] == [
        ("Mégalérythème", True),
        ("Rougeole", False),
    ]
    assert first.options[1].why == "Il y aurait de la fièvre."
    assert second.kind is QuestionKind.FREE
    assert second.references == ("https://pubmed.ncbi.nlm.nih.gov/12345678/", "https://doi.org/10.1000/xyz")


@pytest.mark.parametrize("language", EXAMPLES)
def test_the_banks_that_come_along_are_good(language: str) -> None:
    """Several kinds, each question with a source, at least one with a picture."""
    bank = read(example(language).read_text(encoding="utf-8"))
    assert bank.faults == ()
    assert {question.kind for question in bank.questions} == set(QuestionKind)
    assert all(question.references and question.explanation for question in bank.questions)
    assert any(question.pictures for question in bank.questions)


@pytest.mark.parametrize(
    ("before", "after", "line", "what"),
    [
        ("language: fr", "language: de", 2, "language"),
        ("language: fr\n", "", 1, "missing"),
        ("bank: essai", "bank: Mon Essai", 1, "id"),
        ("    kind: one", "    kind: best", 5, "kind"),
        ("    kind: one", "    kind: free", 9, "not-of-kind"),
        ("        right: true\n", "", 9, "right-one"),
        ("        why: Il y aurait de la fièvre.", "        right: true", 9, "right-one"),
        ("        right: true", "        right: yes", 10, "yes-or-no"),
        ("- text: Rougeole", "- text: mégalérythème", 11, "same-choice"),
        ("    explanation: Les joues seules.", "    explication: Les joues seules.", 13, "unknown"),
        ("    explanation: Les joues seules.", "    stem: Encore", 13, "twice"),
        ("    references: [https://www.has-sante.fr/x]\n", "", 4, "missing"),
        ("https://www.has-sante.fr/x", "javascript:alert(1)", 14, "reference"),
        ("https://www.has-sante.fr/x", "", 14, "too-few"),
        ("  - id: deux", "  - id: un", 15, "same-id"),
        ("accepted: [adrénaline, épinéphrine]", "accepted: []", 18, "too-few"),
        ("tags: [dermato]", "tags: dermato", 6, "no-list"),
        ("tags: [dermato]", 'tags: ["deux mots"]', 6, "tag"),
        ("Enfant, éruption", "Madame Dupont née le 12/03/1947, éruption", 7, "identifies"),
        ("éruption des joues", "é" * 1_300, 7, "too-long"),
        ("    explanation: Les joues seules.", "    pictures: [{file: ../x.png, words: x}]", 13, "outside"),
        ("    explanation: Les joues seules.", "    pictures: [{file: x.png}]", 13, "missing"),
        ("    explanation: Les joues seules.", '    explanation: ""', 13, "no-words"),
        ("    explanation: Les joues seules.", "    explanation: [a]", 13, "no-text"),
        ("      - text: Rougeole\n        why: Il y aurait de la fièvre.", "      - Rougeole", 11, "no-mapping"),
        ("bank: essai", "bank: &x essai\nother: *x", 2, "alias"),
        ("bank: essai", 'bank: "essai', 1, "no-yaml"),
    ],
)  # fmt: skip
def test_a_fault_is_told_with_its_line(before: str, after: str, line: int, what: str) -> None:
    """Whatever else is wrong besides."""
    assert before in GOOD
    found = faults(GOOD.replace(before, after, 1))
    if what == "no-yaml":
        assert [each for _, each in found] == ["no-yaml"]
    else:
        assert (line, what) in found


def test_all_faults_are_told_at_once() -> None:
    """Whoever mends a file wants to see the whole of it."""
    text = (
        GOOD.replace("language: fr", "language: de")
        .replace("kind: one", "kind: x")
        .replace("[adrénaline", '[""')
    )
    assert len({line for line, _ in faults(text)}) >= 3


@pytest.mark.parametrize(
    "text", ["", "# nothing", "- a\n- b", "just words", "[" * 5_000, "a: " + "é" * 2_000_001]
)
def test_what_is_no_bank_is_refused(text: str) -> None:
    """Without a crash, and with something to say."""
    bank = read(text)
    assert bank.faults
    assert isinstance(bank, Bank)
