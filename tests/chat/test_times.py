"""Lengths of time and quiet hours, as people type them."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from doctocbot.chat.times import (
    MINUTE_MS,
    QuietHours,
    by_the_clock,
    is_off,
    read_days_option,
    read_length,
    read_minutes_option,
    read_quiet_hours,
    read_quiet_option,
)

PARIS = ZoneInfo("Europe/Paris")
HOUR = 60 * MINUTE_MS


@pytest.mark.parametrize(
    ("typed", "minutes"),
    [
        ("8h", 480),
        ("8 h", 480),
        ("8 heures", 480),
        ("30 min", 30),
        ("30mn", 30),
        ("30m", 30),
        ("1h30", 90),
        ("1 h 30 min", 90),
        ("2 j", 2880),
        ("2d", 2880),
        ("2 jours", 2880),
        ("1 day", 1440),
        ("1 j 12 h", 2160),
        ("8\u00a0H", 480),
        ("huit heures", 480),
        ("une heure", 60),
        ("a day", 1440),
        ("1 semaine", 7 * 1440),
        ("2 weeks", 14 * 1440),
    ],
)
def test_a_length_is_read(typed: str, minutes: int) -> None:
    """In French and English, with or without spaces."""
    assert read_length(typed) == minutes * MINUTE_MS


@pytest.mark.parametrize("typed", ["", "8", "h", "8h demain", "-8h", "8 s", "1.5h", "off"])
def test_what_is_no_length_is_none(typed: str) -> None:
    """A bare number neither: it could be hours or minutes."""
    assert read_length(typed) is None


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("22-7", "22:00-07:00"),
        ("21:00-07:00", "21:00-07:00"),
        ("22h-7h30", "22:00-07:30"),
        ("22h à 7h", "22:00-07:00"),
        ("de 22 h à 7 h", "22:00-07:00"),
        ("12:30 – 14:00", "12:30-14:00"),
        ("0-6", "00:00-06:00"),
        ("OFF", "off"),
        ("non", "off"),
    ],
)
def test_quiet_hours_are_kept_in_one_form(typed: str, kept: str) -> None:
    """And that form is read again as the same."""
    assert read_quiet_option(typed) == kept
    assert read_quiet_option(kept) == kept


@pytest.mark.parametrize("typed", ["", "22", "22-22", "25-7", "22:75-7", "nuit", "22-7-8", "7:00"])
def test_what_are_no_quiet_hours_is_none(typed: str) -> None:
    """An empty span neither: it could mean always or never."""
    assert read_quiet_option(typed) is None


@pytest.mark.parametrize(
    ("typed", "kept"),
    [("20", "20"), ("20 min", "20"), ("1h", "60"), ("1 h 30", "90"), ("0", "off"), ("off", "off")],
)
def test_minutes_are_kept_as_a_number(typed: str, kept: str) -> None:
    """With the unit or without."""
    assert read_minutes_option(typed) == kept


@pytest.mark.parametrize("typed", ["", "-5", "2 j", "vingt", "1441", "5.5", "٣٠ x"])
def test_minutes_have_bounds(typed: str) -> None:
    """A day at most."""
    assert read_minutes_option(typed) is None


def test_off_has_several_names() -> None:
    """And an ordinary word is none."""
    assert is_off("Off")
    assert is_off("NON")
    assert not is_off("officine")


def at(year: int, month: int, day: int, hour: int, minute: int = 0, *, second_time: bool = False) -> int:
    """A moment by the clock on the wall in Paris; `second_time` in the hour that is shown twice."""
    local = datetime(year, month, day, hour, minute, tzinfo=PARIS, fold=int(second_time))
    return int(local.timestamp() * 1000)


NIGHT = QuietHours(*(datetime(2026, 1, 1, hour, tzinfo=UTC).time() for hour in (21, 7)))


@pytest.mark.parametrize(
    ("moment", "until"),
    [
        (at(2026, 11, 23, 20, 59), at(2026, 11, 23, 20, 59)),
        (at(2026, 11, 23, 21, 0), at(2026, 11, 24, 7, 0)),
        (at(2026, 11, 24, 2, 0), at(2026, 11, 24, 7, 0)),
        (at(2026, 11, 24, 6, 59), at(2026, 11, 24, 7, 0)),
        (at(2026, 11, 24, 7, 0), at(2026, 11, 24, 7, 0)),
        # The night that is an hour longer, and the one that is an hour shorter.
        (at(2026, 10, 24, 23, 0), at(2026, 10, 25, 7, 0)),
        (at(2026, 10, 25, 2, 30, second_time=True), at(2026, 10, 25, 7, 0)),
        (at(2026, 3, 28, 23, 0), at(2026, 3, 29, 7, 0)),
    ],
)
def test_quiet_hours_end_by_the_clock_on_the_wall(moment: int, until: int) -> None:
    """Summer or winter."""
    assert NIGHT.after(moment, PARIS) == until


def test_the_nights_when_the_clock_changes_have_other_lengths() -> None:
    """Eleven hours, and nine: nobody is rung up at six because of it."""
    assert NIGHT.after(at(2026, 10, 24, 21), PARIS) - at(2026, 10, 24, 21) == 11 * HOUR
    assert NIGHT.after(at(2026, 3, 28, 21), PARIS) - at(2026, 3, 28, 21) == 9 * HOUR


def test_quiet_time_between_two_moments_is_counted() -> None:
    """From whole nights and parts of them."""
    assert NIGHT.between(at(2026, 11, 23, 17, 15), at(2026, 11, 24, 7, 30), PARIS) == 10 * HOUR
    assert NIGHT.between(at(2026, 11, 23, 23), at(2026, 11, 24, 2), PARIS) == 3 * HOUR
    assert NIGHT.between(at(2026, 11, 24, 2), at(2026, 11, 26, 2), PARIS) == 20 * HOUR
    assert NIGHT.between(at(2026, 11, 24, 8), at(2026, 11, 24, 20), PARIS) == 0


@given(st.integers(-(2**63), 2**63 - 1))
def test_any_number_is_a_time(moment: int) -> None:
    """Servers send what they like; nothing is raised, and quiet hours never end before the moment itself."""
    assert NIGHT.after(moment, PARIS) >= moment
    assert by_the_clock(moment, PARIS).year in range(1970, 10_000)


MINUTES = st.integers(0, 24 * 60 - 1).map(lambda n: (datetime(2026, 1, 1) + timedelta(minutes=n)).time())  # noqa: DTZ001


@given(
    MINUTES,
    MINUTES,
    st.integers(1_700_000_000, 1_900_000_000),
    st.sampled_from(["Europe/Paris", "America/Montreal", "Indian/Reunion", "Pacific/Noumea"]),
)
def test_after_quiet_hours_it_is_not_quiet(start: time, end: time, seconds: int, zone: str) -> None:
    """Wherever the clinicians live: what is put off is put off once, to later, by little more than the span itself."""
    hours = read_quiet_hours(f"{start:%H:%M}-{end:%H:%M}")
    # Whoever is quiet for all but an hour or two may lose those in the night when the clock leaps.
    assume(hours is not None and _minutes(hours) <= 20 * 60)
    assert hours is not None
    moment = seconds * 1000
    later = hours.after(moment, ZoneInfo(zone))
    assert moment <= later <= moment + _minutes(hours) * MINUTE_MS + 2 * HOUR
    assert hours.after(later, ZoneInfo(zone)) == later


def _minutes(hours: QuietHours) -> int:
    """How long quiet hours last on an ordinary day."""
    start, end = (each.hour * 60 + each.minute for each in (hours.start, hours.end))
    return (end - start) % (24 * 60)


@pytest.mark.parametrize(
    ("words", "kept"),
    [
        ("365", "365"), ("90 jours", "90"), ("90j", "90"), ("30 days", "30"), ("3650 d", "3650"), (" 60 Jours ", "60"),
        ("off", "off"), ("jamais", "off"), ("non", "off"), ("29", None), ("3651", None), ("1 an", None), ("", None),
        ("-90", None), ("9 0", None), ("90 jours ouvrés", None), ("99999", None),
    ],
)  # fmt: skip
def test_how_long_cases_are_kept_is_read_as_people_type_it(words: str, kept: str | None) -> None:
    """From a month to ten years, or for ever."""
    assert read_days_option(words) == kept
