"""What a quiz is: pure rules for its choices, its votes and its result."""

import hashlib
import hmac
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from doctocbot.cases.sameness import sameness
from doctocbot.chat.parsing import fold

LETTERS = "ABCDE"
"""One right answer and up to four distractors."""


@dataclass(frozen=True, slots=True)
class Choice:
    """One answer that can be given; the letter is what people type and the id in the poll."""

    letter: str
    text: str
    is_right: bool


@dataclass(frozen=True, slots=True)
class Quiz:
    """A question asked in a room; times in ms since 1970."""

    id: int
    room_id: str
    case_id: int
    asked_by: str
    ends_at: int
    ended_at: int | None
    choices: tuple[Choice, ...]

    def open_at(self, moment: int) -> bool:
        """Whether an answer sent at this moment counts."""
        return self.ended_at is None and moment <= self.ends_at

    @property
    def poll_key(self) -> str:
        """The outbox key of the poll."""
        return f"quiz:{self.id}:poll"

    @property
    def right(self) -> Choice:
        """The right answer."""
        return next(choice for choice in self.choices if choice.is_right)


def make_choices(outcome: str, opinions: Iterable[str], seed: str) -> tuple[Choice, ...]:
    """The outcome and distractors from the opinions really given, in an order that tells nothing.

    No two choices mean the same. The order comes from a keyed hash of `seed`, so that asking again after a crash
    gives the same question. Fewer than two choices mean that no question can be made.
    """
    texts = {sameness(outcome): outcome}
    for opinion in opinions:
        texts.setdefault(sameness(opinion), opinion)
    kept = list(texts.values())[: len(LETTERS)]
    kept.sort(key=lambda text: hmac.new(seed.encode(), text.encode(), hashlib.sha256).digest())
    return tuple(Choice(letter, text, text == outcome) for letter, text in zip(LETTERS, kept, strict=False))


def chosen(words: str, choices: Sequence[Choice]) -> Choice | None:
    """The choice that somebody means by `B`, `b)` or its words; None when it is none of them."""
    bare = fold(words).strip(" .):")
    by_letter = next((choice for choice in choices if bare == choice.letter.casefold()), None)
    if by_letter is not None or not bare:
        return by_letter
    return next((choice for choice in choices if sameness(words) == sameness(choice.text)), None)


def distribution(choices: Iterable[Choice], votes: Mapping[str, str]) -> list[tuple[Choice, int]]:
    """How many people gave each answer; `votes` holds the letter of each voter."""
    given = list(votes.values())
    return [(choice, given.count(choice.letter)) for choice in choices]
