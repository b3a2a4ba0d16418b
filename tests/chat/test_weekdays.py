"""A moment of the week as people type it."""

from datetime import datetime, time
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from doctocbot.chat.weekdays import WeeklyMoment, read_weekly, read_weekly_option

PARIS = ZoneInfo("Europe/Paris")


@pytest.mark.parametrize(
    ("words", "kept"),
    [
        ("monday 8:00", "monday 08:00"),
        ("Lundi 8h", "monday 08:00"),
        ("lundi", "monday 08:00"),
        ("le lundi à 8h30", "monday 08:30"),
        ("tous les mardis 18 h", "tuesday 18:00"),
        ("mer. 7h", "wednesday 07:00"),
        ("jeu 12:15", "thursday 12:15"),
        ("Fridays at 17.30", "friday 17:30"),
        ("SAMEDI 9", "saturday 09:00"),
        ("every sunday 0:00", "sunday 00:00"),
        ("off", "off"),
        ("non", "off"),
        ("", None),
        ("8h", None),
        ("lundi 25h", None),
        ("lundi 8h75", None),
        ("lun di 8h", None),
        ("lundimanche", None),
        ("monday 8:00 and friday", None),
    ],
)
def test_days_and_times_are_read_in_both_languages(words: str, kept: str | None) -> None:
    """What is kept is always in one form; what is none is no value."""
    assert read_weekly_option(words) == kept


@given(st.integers(0, 6), st.times().map(lambda clock: clock.replace(second=0, microsecond=0)))
def test_what_is_kept_is_read_again(weekday: int, clock: time) -> None:
    """As the same moment."""
    moment = WeeklyMoment(weekday, clock)
    assert read_weekly(str(moment)) == moment


@given(st.integers(0, 6), st.times().map(lambda clock: clock.replace(second=0, microsecond=0)),
       st.integers(1_600_000_000_000, 2_000_000_000_000))  # fmt: skip
def test_the_last_moment_is_less_than_eight_days_ago(weekday: int, clock: time, at: int) -> None:
    """On its day of the week, by the clock of the zone, also where the clocks change."""
    last = WeeklyMoment(weekday, clock).last(at, PARIS)
    assert (last.weekday(), last.time().replace(tzinfo=None)) == (weekday, clock)
    assert 0 <= at - last.timestamp() * 1000 < (7 * 24 + 1) * 3_600_000


def test_the_moment_itself_has_come() -> None:
    """And a millisecond before, it was the one of the week before."""
    monday = datetime(2026, 11, 23, 8, tzinfo=PARIS)
    at = int(monday.timestamp() * 1000)
    assert WeeklyMoment(0, time(8)).last(at, PARIS) == monday
    assert WeeklyMoment(0, time(8)).last(at - 1, PARIS) == datetime(2026, 11, 16, 8, tzinfo=PARIS)
