"""The wrong answers of a question: never two that mean the same, never the right one in other words."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from doctocbot.cases.sameness import sameness
from doctocbot.cases.synonyms import SYNONYMS
from doctocbot.guard import find_identifiers
from doctocbot.quiz.distractors import LONGEST_CHOICE, chosen, means_same
from doctocbot.quiz.free_words import says
from doctocbot.quiz.model import Option

WORDS = st.one_of(
    st.sampled_from([name for names in SYNONYMS for name in names]),
    st.sampled_from(
        ["rougeole", "Rougeole ?", "la rougeole", "rougeolle", "rubéole", "syndrome de Gianotti-Crosti", "hépatite",
         "gianotti crosti", "hépatite A", "hépatite B", "Mme Dupont a la gale", "x" * 160, "🦠", "", "?", "A\nB"]
    ),
)  # fmt: skip


def candidates(*texts: str) -> list[Option]:
    """Opinions in their order."""
    return [Option(text, is_right=False) for text in texts]


@given(WORDS, st.lists(WORDS, max_size=12), st.lists(WORDS, max_size=2))
def test_no_two_choices_mean_the_same(right: str, opinions: list[str], never: list[str]) -> None:
    """Nor does any mean what must not be asked beside it; there are four at most, short, and they name nobody."""
    found = chosen(right, never, candidates(*opinions), "fr")
    assert len(found) <= 4
    for one, other in itertools.combinations([right, *(option.text for option in found)], 2):
        assert sameness(one) != sameness(other)
        assert not says(one, other)
        assert not says(other, one)
    for option in found:
        assert not option.is_right
        assert 0 < len(option.text) <= LONGEST_CHOICE
        assert "\n" not in option.text
        assert find_identifiers(option.text) == []
        assert not any(means_same(option.text, other) for other in never)


def test_the_first_opinions_come_first() -> None:
    """Those of the thread stand before those of other cases; four are enough."""
    opinions = ["rubéole", "roséole", "varicelle", "scarlatine", "gale"]
    found = chosen("rougeole", [], candidates(*opinions), "fr")
    assert [option.text for option in found] == opinions[:4]


@pytest.mark.parametrize(
    "opinion",
    [
        "Rougeole ?",
        "rougeolle",
        "une rougeole",
        "rougeole confirmée par PCR",
        "plutôt une rougeole",
        "pas une rougeole",
        "chez Mme Dupont, la gale",
        "gale vue au CHU de Lyon",
        "gale, rappeler le 06 12 34 56 78",
        "?",
        "🤔",
        "   ",
    ],
)
def test_what_is_no_wrong_answer_is_left_out(opinion: str) -> None:
    """The right one in other words, part of it or more than it, what names anybody, and what says nothing."""
    assert chosen("rougeole", [], candidates(opinion), "fr") == []


def test_half_of_the_right_answer_is_no_wrong_one() -> None:
    """Whoever says "hépatite" is not wrong beside "hépatite A"."""
    found = chosen("hépatite A", [], candidates("hépatite", "hépatite B"), "fr")
    assert [option.text for option in found] == ["hépatite B"]


def test_what_the_author_goes_by_is_never_a_wrong_answer() -> None:
    """An opinion marked as kept, though the outcome is worded otherwise."""
    found = chosen("dermatose bénigne", ["Gianotti-Crosti"], candidates("gianotti crosti", "gale"), "fr")
    assert [option.text for option in found] == ["gale"]


def test_a_choice_is_short_and_without_a_date() -> None:
    """An answer of a paragraph is told by its first line."""
    found = chosen("rougeole", [], candidates("gale vue en mars 2019\nà traiter", "y" * 300), "fr")
    assert [option.text for option in found] == ["gale vue", "y" * (LONGEST_CHOICE - 1) + "…"]
