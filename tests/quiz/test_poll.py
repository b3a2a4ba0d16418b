"""A quiz as a native poll."""

import pytest

from doctocbot.cases.model import Case, CaseState
from doctocbot.chat.poll import POLL_START
from doctocbot.chat.wording import wording
from doctocbot.quiz.model import Quiz, make_choices
from doctocbot.quiz.poll import quiz_poll


def question(text: str) -> str:
    """The question that is asked about a case with these words."""
    case = Case(1, "!room", "@lea:clinic.example", "$1", CaseState.CLOSED, None, (), text, 0, "rubéole")
    quiz = Quiz(1, "!room", 1, "@lea:clinic.example", 0, None, make_choices("rubéole", ["rougeole"], "seed"))
    asked: str = quiz_poll(quiz, case, wording("fr"), 15)[POLL_START]["question"]["body"]
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
