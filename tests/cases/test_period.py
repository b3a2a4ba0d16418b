"""Days by the clock on the wall, and what happened on them, counted."""

from datetime import date, datetime
from statistics import median
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from doctocbot.cases.model import Kind
from doctocbot.cases.period import DELAYS, Asked, Figures, Period

PARIS = ZoneInfo("Europe/Paris")
MINUTE = 60_000


def at(year: int, month: int, day: int, hour: int = 0, minute: int = 0) -> int:
    """A moment in Paris, in ms."""
    return int(datetime(year, month, day, hour, minute, tzinfo=PARIS).timestamp() * 1000)


def test_a_day_begins_at_midnight_where_the_clinicians_live() -> None:
    """Half past midnight in Paris is the evening before in UTC."""
    period = Period.up_to(at(2026, 11, 24, 0, 30), 7, PARIS)
    assert (period.first, period.last) == (date(2026, 11, 18), date(2026, 11, 24))
    assert period.begin == at(2026, 11, 18)
    assert period.day_of(at(2026, 11, 24, 0, 30)) == date(2026, 11, 24)


def test_a_week_in_which_the_clocks_change_is_whole() -> None:
    """It has an hour more."""
    period = Period.week_before(date(2026, 10, 26), PARIS)
    assert [day.isoformat() for day in period.days][::6] == ["2026-10-19", "2026-10-25"]
    assert period.end - period.begin == (7 * 24 + 1) * 60 * MINUTE


WEEK = Period(date(2026, 11, 16), date(2026, 11, 22), PARIS)
MONDAY = at(2026, 11, 16, 9)


def case(number: int, *delays: int, consensual: bool = False, unanswered: bool = False) -> Asked:
    """A case of Monday morning, answered after so many minutes."""
    answered = tuple(MONDAY + minutes * MINUTE for minutes in delays)
    return Asked(number, None, (), MONDAY, answered, consensual, unanswered)


def test_what_the_studies_count_is_counted() -> None:
    """Answered, consensual, the median delay, what is unanswered still."""
    counted = Figures(
        WEEK, [case(1, 4, 90), case(2, 300, 10, consensual=True), case(3, 24 * 60), case(4, unanswered=True)]
    )
    assert (counted.opened, counted.answered, counted.share(counted.answered)) == (4, 3, 75)
    assert counted.consensual == 1
    assert counted.median_delay == 10 * MINUTE
    assert counted.unanswered == [4]
    assert counted.answers_by_day() == [4, 1, 0, 0, 0, 0, 0]
    assert counted.by_delay() == [1, 1, 0, 0, 1, 1]


def test_a_case_that_still_waits_has_no_first_answer() -> None:
    """What came were questions."""
    counted = Figures(WEEK, [case(1, 4, unanswered=True)])
    assert (counted.answered, counted.median_delay, counted.by_delay()[-1]) == (0, None, 1)


def test_kinds_and_tags_stand_in_the_order_of_their_numbers() -> None:
    """Cases of no kind last."""
    about = [
        (Kind.DIAGNOSIS, ("dermato",)),
        (None, ("ecg", "dermato")),
        (None, ()),
        (None, ()),
        (Kind.TREATMENT, ()),
    ]
    counted = Figures(WEEK, [Asked(n, kind, tags, MONDAY) for n, (kind, tags) in enumerate(about)])
    assert counted.kinds == [(Kind.DIAGNOSIS, 1), (Kind.TREATMENT, 1), (None, 3)]
    assert counted.tags(1) == [("dermatology", 2)]
    assert counted.tagged({"dermatology"}) == [0, 1]
    assert counted.tagged({"ecg"}) == [1]


@pytest.mark.parametrize("at", [9_007_199_254_740_991, 2**62, -(2**62)])
def test_a_senseless_time_falls_on_no_day_of_the_period(at: int) -> None:
    """Servers send any number; it counts as an answer and on no day."""
    counted = Figures(WEEK, [Asked(1, None, (), MONDAY, (at,))])
    assert sum(counted.answers_by_day()) == 0
    assert counted.answered == 1
    assert Period.up_to(at, 7, PARIS).days


def test_nothing_is_counted_of_nothing() -> None:
    """No division by it either."""
    counted = Figures(WEEK, [])
    assert (counted.opened, counted.share(0), counted.median_delay, sum(counted.by_delay())) == (
        0,
        0,
        None,
        0,
    )


@given(st.lists(st.lists(st.integers(-5, 10_000), max_size=4), max_size=20))
def test_every_case_stands_at_one_delay(answered: list[list[int]]) -> None:
    """And the median is that of the first answers."""
    counted = Figures(WEEK, [case(number, *minutes) for number, minutes in enumerate(answered)])
    first = [max(min(minutes), 0) * MINUTE for minutes in answered if minutes]
    assert sum(counted.by_delay()) == len(answered)
    assert counted.median_delay == (int(median(first)) if first else None)
    assert counted.by_delay()[0] == sum(delay < DELAYS[0] for delay in first)


@pytest.mark.parametrize(("part", "whole", "share"), [(1, 3, 33), (2, 3, 67), (3, 3, 100), (0, 3, 0)])
def test_shares_are_rounded(part: int, whole: int, share: int) -> None:
    """To whole percents."""
    assert Figures(WEEK, [case(number) for number in range(whole)]).share(part) == share
