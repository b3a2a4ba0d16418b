"""The bands that a question tells instead of exact ages."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from doctocbot.quiz.age_bands import OLD, band_of


@given(st.integers(2, 89))
def test_every_age_in_years_lies_in_its_band_and_is_not_told(years: int) -> None:
    """At least two years wide for a child, three from school age on, ten for a grown-up."""
    band = band_of(years, "y")
    assert band.high is not None
    assert band.unit == "year"
    assert band.low <= years <= band.high
    assert band.high - band.low + 1 >= (10 if years >= 18 else 3 if years >= 6 else 2)


@given(st.integers(1, 23))
def test_every_age_in_months_lies_in_its_band(months: int) -> None:
    """A month or two, then by the quarter, the half and the whole of the first two years."""
    band = band_of(months, "m")
    assert band.high is not None
    assert band.low <= months <= band.high
    assert band.unit == "month"
    assert band.low < band.high


@given(st.floats(0.1, 120), st.floats(0.1, 120))
def test_the_older_is_never_in_a_younger_band(one: float, other: float) -> None:
    """Bands follow each other without a gap, in whatever unit an age is given."""

    def begins(years: float) -> float:
        band = band_of(years, "y")
        return band.low / 12 if band.unit == "month" else band.low

    younger, older = sorted((one, other))
    assert begins(younger) <= begins(older)


@pytest.mark.parametrize(
    ("count", "unit", "french", "english", "adjective"),
    [
        (3, "h", "moins d'un mois", "less than a month", "newborn"),
        (30, "d", "moins d'un mois", "less than a month", "newborn"),
        (4, "w", "moins d'un mois", "less than a month", "newborn"),
        (1, "m", "1 à 2 mois", "1 to 2 months", "1-to-2-month-old"),
        (6, "w", "1 à 2 mois", "1 to 2 months", "1-to-2-month-old"),
        (11, "m", "6 à 11 mois", "6 to 11 months", "6-to-11-month-old"),
        (1, "y", "12 à 23 mois", "12 to 23 months", "12-to-23-month-old"),
        (2.5, "y", "2 à 3 ans", "2 to 3 years", "2-to-3-year-old"),
        (17, "y", "15 à 17 ans", "15 to 17 years", "15-to-17-year-old"),
        (18, "y", "18 à 29 ans", "18 to 29 years", "18-to-29-year-old"),
        (34, "y", "30 à 39 ans", "30 to 39 years", "30-to-39-year-old"),
        (89, "y", "80 à 89 ans", "80 to 89 years", "80-to-89-year-old"),
        (OLD, "y", "90 ans et plus", "90 years and over", "over-89-year-old"),
        (104, "y", "90 ans et plus", "90 years and over", "over-89-year-old"),
    ],
)
def test_a_band_is_told_in_both_languages(
    count: float, unit: str, french: str, english: str, adjective: str
) -> None:
    """As a noun, and in English as an adjective."""
    band = band_of(count, unit)
    assert (band.told("fr"), band.told("en"), band.told("en", adjective=True)) == (french, english, adjective)
