"""A quiz as a native poll."""

from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from doctocbot.cases.model import Case, CaseState
from doctocbot.chat.wording import wording
from doctocbot.quiz.model import Quiz, make_choices
from doctocbot.quiz.poll import POLL_RESPONSE, POLL_START, poll_content, poll_vote


@pytest.mark.parametrize(
    ("content", "letter"),
    [
        ({POLL_RESPONSE: {"answers": ["B"]}}, "B"),
        ({"m.poll.response": {"answers": ["B"]}}, "B"),
        ({"m.selections": ["B"]}, "B"),
        ({POLL_RESPONSE: {"answers": []}}, None),
        ({POLL_RESPONSE: {"answers": [1]}}, None),
        ({POLL_RESPONSE: {"answers": "B"}}, None),
        ({POLL_RESPONSE: []}, None),
        ({POLL_RESPONSE: None}, None),
        ({"m.selections": "B"}, None),
        ({"m.selections": []}, None),
        ({}, None),
    ],
)
def test_a_vote_is_read_under_either_name(content: Mapping[str, Any], letter: str | None) -> None:
    """Element writes the unstable name, others the stable one; a spoilt vote is none."""
    assert poll_vote(content) == letter


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=8,
)


@given(st.dictionaries(st.sampled_from([POLL_RESPONSE, "m.poll.response", "m.selections"]), JSON))
def test_no_content_makes_it_raise(content: dict[str, Any]) -> None:
    """Votes are written by strangers."""
    assert isinstance(poll_vote(content), str | None)


def question(text: str) -> str:
    """The question that is asked about a case with these words."""
    case = Case(1, "!room", "@lea:clinic.example", "$1", CaseState.CLOSED, None, (), text, 0, "rubéole")
    quiz = Quiz(1, "!room", 1, "@lea:clinic.example", 0, None, make_choices("rubéole", ["rougeole"], "seed"))
    asked: str = poll_content(quiz, case, wording("fr"), 15)[POLL_START]["question"]["body"]
    return asked.partition("\n")[2]


@pytest.mark.parametrize(
    ("text", "stem"),
    [
        ("Enfant fébrile", "Enfant fébrile"),
        ("Enfant fébrile #dermato", "Enfant fébrile"),
        ("Enfant fébrile #dermato #pédiatrie\n#médico-légal \n", "Enfant fébrile"),
        ("Enfant #dermato fébrile #pédiatrie", "Enfant #dermato fébrile"),
    ],
)
def test_hashtags_at_the_end_are_no_part_of_the_question(text: str, stem: str) -> None:
    """They would give it away; those among the words are words."""
    assert question(text) == stem


@pytest.mark.parametrize(
    "text", ["#a" * 30_000 + "!", "#a " * 20_000 + "!", "#a " * 20_000, " " * 60_000 + "!"]
)
def test_a_question_of_sixty_kilobytes_of_hashtags_is_made(text: str) -> None:
    """In one pass: anybody may type this, and the whole bot would stand still meanwhile."""
    assert len(question(text)) < 1_300
