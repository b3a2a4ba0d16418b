"""The pure rules of quizzes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from doctocbot.cases.sameness import sameness
from doctocbot.quiz.model import LETTERS, Choice, chosen, distribution, make_choices

WORDS = st.sampled_from(
    ["rougeole", "Rougeole", "la rougeole", "rubéole", "syndrome de Gianotti-Crosti", "gianotti crosti",
     "hépatite A", "hépatite B", "A", "B", "x" * 160, "🦠"]
)  # fmt: skip


@given(WORDS, st.lists(WORDS, max_size=9), st.text(max_size=5))
def test_choices_are_one_right_answer_and_distractors_that_mean_something_else(
    outcome: str, opinions: list[str], seed: str
) -> None:
    """Never two of the same meaning, never more than five, and the right one among them whatever the order."""
    choices = make_choices(outcome, opinions, seed)
    assert [choice.text for choice in choices if choice.is_right] == [outcome]
    assert len({sameness(choice.text) for choice in choices}) == len(choices) <= len(LETTERS)
    assert [choice.letter for choice in choices] == list(LETTERS[: len(choices)])
    assert {choice.text for choice in choices} <= {outcome, *opinions}


@given(st.lists(WORDS, min_size=1, max_size=9), st.text(max_size=5))
def test_the_same_question_is_asked_again_after_a_crash(opinions: list[str], seed: str) -> None:
    """The order comes from the cause, not from chance."""
    assert make_choices("rougeole", opinions, seed) == make_choices("rougeole", opinions, seed)


def test_the_order_tells_nothing() -> None:
    """Over many questions the right answer stands everywhere."""
    opinions = ["rubéole", "roséole", "varicelle", "Gianotti-Crosti"]
    places = {
        next(choice.letter for choice in make_choices("rougeole", opinions, f"seed {n}") if choice.is_right)
        for n in range(200)
    }
    assert places == set(LETTERS)


def test_without_another_opinion_there_is_nothing_to_choose() -> None:
    """The outcome in another spelling is no distractor."""
    assert len(make_choices("Gianotti-Crosti", ["syndrome de gianotti crosti"], "seed")) == 1


CHOICES = (
    Choice("A", "rubéole", is_right=False),
    Choice("B", "syndrome de Gianotti-Crosti", is_right=True),
    Choice("C", "hépatite A", is_right=False),
)


@pytest.mark.parametrize(
    ("words", "letter"),
    [
        ("B", "B"),
        ("b", "B"),
        (" b) ", "B"),
        ("B.", "B"),
        ("b :", "B"),
        ("Gianotti-Crosti", "B"),
        ("gianotti crosti", "B"),
        ("Rubeole", "A"),
        ("hépatite A", "C"),
        ("D", None),
        ("AB", None),
        ("", None),
        ("  ", None),
        (".", None),
        ("la B", None),
    ],
)
def test_an_answer_is_given_by_its_letter_or_its_words(words: str, letter: str | None) -> None:
    """As people write it."""
    found = chosen(words, CHOICES)
    assert (found.letter if found else None) == letter


def test_a_letter_is_the_letter_of_a_choice_before_it_is_a_word() -> None:
    """Between hepatitis types, `B` is the choice that is called B."""
    choices = (Choice("A", "B", is_right=True), Choice("B", "A", is_right=False))
    found = chosen("B", choices)
    assert found is not None
    assert found.letter == "B"


@given(st.text())
def test_no_answer_makes_it_raise(words: str) -> None:
    """Whatever is typed, it is a choice or none."""
    assert chosen(words, CHOICES) in (None, *CHOICES)


def test_every_vote_is_in_the_distribution() -> None:
    """Choices that nobody took are shown with nought."""
    votes = {"a": "B", "b": "B", "c": "A"}
    assert [count for _, count in distribution(CHOICES, votes)] == [1, 2, 0]
