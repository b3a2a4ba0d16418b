"""When a question is asked again: spaced repetition by FSRS, as the `fsrs` package computes it.

Source: the Free Spaced Repetition Scheduler, version 6, with its published default parameters; asked again when nine in
ten are expected to remember. Chance has no part in it, and all times are UTC, so that the same answers give the same
dates anywhere and after any restart.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from enum import IntEnum

from fsrs import Card, Rating, Scheduler

_SCHEDULER = Scheduler(desired_retention=0.9, enable_fuzzing=False)


class Grade(IntEnum):
    """How well somebody remembered; the numbers are those of the package."""

    AGAIN = 1
    HARD = 2
    GOOD = 3
    EASY = 4


@dataclass(frozen=True, slots=True)
class Memory:
    """What is known of somebody's memory of one question: the package's card as JSON, and when it is due (ms)."""

    card: str
    due_at: int


def reviewed(before: str | None, grade: Grade, at: int) -> Memory:
    """The memory after a review at a time (ms since 1970); `before` is the card so far, None for a new question.

    A review that seems to be before the last one, by two clocks that differ, counts as at the same moment.
    """
    moment = datetime.fromtimestamp(at / 1000, UTC)
    card = Card.from_json(before) if before is not None else Card(card_id=0, due=moment)
    if card.last_review is not None:
        moment = max(moment, card.last_review)
    after, _ = _SCHEDULER.review_card(card, Rating(grade), moment)
    return Memory(after.to_json(), round(after.due.timestamp() * 1000))


def recall(card: str, at: int) -> float:
    """How likely it is that somebody remembers at a time (ms since 1970), from 0 to 1."""
    return _SCHEDULER.get_card_retrievability(Card.from_json(card), datetime.fromtimestamp(at / 1000, UTC))
