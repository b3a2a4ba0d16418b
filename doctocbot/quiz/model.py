"""What a question is, and one that was asked in a room: plain facts and pure rules.

Question   what can be asked again and again, of a closed case or of a bank
Quiz       a question as it was asked in a room, with its choices in the order shown
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

LETTERS = "ABCDE"
"""One right answer and up to four distractors."""


class QuestionKind(StrEnum):
    """How a question is answered; stored by these names."""

    ONE = "one"
    """One best answer."""
    SEVERAL = "several"
    """Several right answers, all of which have to be named; in words, since Element's polls take one vote only."""
    FREE = "free"
    """In the person's own words."""


class Part(StrEnum):
    """What somebody can write themselves in a question made from a case; stored by these names."""

    STEM = "stem"
    CHOICES = "choices"
    EXPLANATION = "explanation"


@dataclass(frozen=True, slots=True)
class Option:
    """One thing that can be answered, and why it is right or why not; of a question in free words what is accepted."""

    text: str
    is_right: bool
    why: str = ""


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked. It is made from the case `case_id`, or stands in a bank under `bank_key`.

    `language` is that of a bank's question; one made from a case speaks its room's. `own` are the parts that
    somebody has written themselves: the others follow the case.
    """

    id: int
    kind: QuestionKind
    stem: str
    options: tuple[Option, ...]
    explanation: str = ""
    case_id: int | None = None
    bank_key: str | None = None
    language: str | None = None
    tags: tuple[str, ...] = ()
    references: tuple[str, ...] = ()
    own: frozenset[Part] = frozenset()

    @property
    def right(self) -> tuple[Option, ...]:
        """The right answers, the first one as it is told."""
        return tuple(option for option in self.options if option.is_right)


@dataclass(frozen=True, slots=True)
class Choice:
    """One answer as it is shown; the letter is what people type and the id in the poll."""

    letter: str
    text: str
    is_right: bool
    why: str = ""

    @property
    def line(self) -> str:
        """How it stands among the others."""
        return f"{self.letter}. {self.text}"


@dataclass(frozen=True, slots=True)
class Quiz:
    """A question asked in a room; times in ms since 1970. Without a case it came from a bank.

    `key` is what the outbox keys of all that is said about it begin with, made of what asked for it.
    """

    id: int
    key: str
    room_id: str
    question_id: int
    case_id: int | None
    kind: QuestionKind
    asked_by: str
    asked_at: int
    ends_at: int
    ended_at: int | None
    choices: tuple[Choice, ...]

    def open_at(self, moment: int) -> bool:
        """Whether an answer sent at this moment counts."""
        return self.ended_at is None and moment <= self.ends_at

    @property
    def stem_key(self) -> str:
        """The outbox key of the question in words."""
        return f"{self.key}stem"

    @property
    def poll_key(self) -> str:
        """The outbox key of the poll, where it has one."""
        return f"{self.key}poll"

    @property
    def root_key(self) -> str:
        """The outbox key of the message in whose thread the result stands."""
        return self.poll_key if self.kind is QuestionKind.ONE else self.stem_key


def distribution(choices: Iterable[Choice], given: Mapping[str, str]) -> list[tuple[Choice, int]]:
    """How many people named each choice; `given` holds the letter or letters of each voter."""
    answers = list(given.values())
    return [(choice, sum(choice.letter in answer for answer in answers)) for choice in choices]
