"""When a question comes back: exactly when the fsrs package says, whatever happens in between."""

import json
import os
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from fsrs import Card, Rating, Scheduler
from hypothesis import given
from hypothesis import strategies as st

from doctocbot.quiz.scheduling import Grade, recall, reviewed

_HISTORIES = json.loads((Path(__file__).parent / "review_histories.json").read_text(encoding="utf-8"))
_START = datetime(2026, 3, 28, 22, 30, tzinfo=UTC)  # the night before clocks go forward in Paris


def played(reviews: list[tuple[int, int]]) -> list[int]:
    """When the question is due (ms) after each review: a grade so many minutes after the one before."""
    due, card, moment = [], None, _START
    for minutes, grade in reviews:
        moment += timedelta(minutes=minutes)
        memory = reviewed(card, Grade(grade), int(moment.timestamp() * 1000))
        # As it comes back from the database, after a restart.
        card = str(json.loads(json.dumps({"card": memory.card}))["card"])
        due.append(memory.due_at)
    return due


def by_the_package(reviews: list[tuple[int, int]]) -> list[int]:
    """The same by the package alone, one card in memory."""
    scheduler = Scheduler(desired_retention=0.9, enable_fuzzing=False)
    due, card, moment = [], Card(card_id=1, due=_START), _START
    for minutes, grade in reviews:
        moment += timedelta(minutes=minutes)
        card, _ = scheduler.review_card(card, Rating(grade), moment)
        due.append(round(card.due.timestamp() * 1000))
    return due


@pytest.mark.parametrize("history", _HISTORIES, ids=lambda each: each["name"])
def test_intervals_are_those_recorded(history: dict[str, object]) -> None:
    """A student's year, a beginner's evening, somebody who forgets: as the package said when they were recorded."""
    reviews = [(minutes, grade) for minutes, grade in history["reviews"]]  # type: ignore[attr-defined]
    assert played(reviews) == history["due"]


@given(st.lists(st.tuples(st.integers(1, 60 * 24 * 200), st.integers(1, 4)), min_size=1, max_size=12))
def test_intervals_are_those_of_the_package(reviews: list[tuple[int, int]]) -> None:
    """For any history, though ours is written down and read again after each review."""
    assert played(reviews) == by_the_package(reviews)


@pytest.fixture(params=["Pacific/Auckland", "America/Montreal", "Europe/Paris"])
def zone(request: pytest.FixtureRequest) -> Iterator[str]:
    """A machine that stands elsewhere."""
    before = os.environ.get("TZ")
    os.environ["TZ"] = request.param
    time.tzset()
    yield request.param
    if before is None:
        del os.environ["TZ"]
    else:
        os.environ["TZ"] = before
    time.tzset()


def test_the_place_of_the_machine_makes_no_difference(zone: str) -> None:
    """Nor does the night in which clocks change."""
    for history in _HISTORIES:
        assert played([tuple(each) for each in history["reviews"]]) == history["due"], zone


def test_recall_falls_with_time() -> None:
    """To nine in ten when the question is due again."""
    at = int(_START.timestamp() * 1000)
    memory = reviewed(None, Grade.EASY, at)
    assert recall(memory.card, at + 60_000) > recall(memory.card, memory.due_at)
    assert abs(recall(memory.card, memory.due_at) - 0.9) < 0.02
