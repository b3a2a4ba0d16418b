"""The bands of age that a question tells instead of exact ages: narrow for children, decades for grown-ups. Pure."""

from dataclasses import dataclass

_FROM_MONTHS = ((1, 2), (3, 5), (6, 11), (12, 23))
_FROM_YEARS = (
    *((2, 3), (4, 5), (6, 8), (9, 11), (12, 14), (15, 17), (18, 29)),
    *((decade, decade + 9) for decade in range(30, 90, 10)),
)
_NEWBORN_DAYS, _MONTH_DAYS, _YEAR_MONTHS = 30, 30.44, 12

OLD = 90
"""From this age on nothing tells how old (HIPAA's safe harbour, 45 CFR 164.514(b)(2)(i)(C))."""


@dataclass(frozen=True, slots=True)
class Band:
    """Ages that are told alike, both ends included; with neither unit a newborn's, without an end that of the old."""

    low: int
    high: int | None
    unit: str

    def told(self, language: str, *, adjective: bool = False) -> str:
        """ "30 à 39 ans", "30 to 39 years", or "30-to-39-year-old" where an adjective is needed."""
        if language == "fr":
            return self._in_french()
        if not self.unit:
            return "newborn" if adjective else "less than a month"
        if self.high is None:
            return "over-89-year-old" if adjective else "90 years and over"
        if adjective:
            return f"{self.low}-to-{self.high}-{self.unit}-old"
        return f"{self.low} to {self.high} {self.unit}s"

    def _in_french(self) -> str:
        if not self.unit:
            return "moins d'un mois"
        if self.high is None:
            return "90 ans et plus"
        return f"{self.low} à {self.high} {'ans' if self.unit == 'year' else 'mois'}"


def band_of(count: float, unit: str) -> Band:
    """The band of an age given in hours, days, weeks, months or years (`h`, `d`, `w`, `m`, `y`)."""
    days = count * {"h": 1 / 24, "d": 1.0, "w": 7.0, "m": _MONTH_DAYS, "y": _MONTH_DAYS * _YEAR_MONTHS}[unit]
    if days <= _NEWBORN_DAYS:
        return Band(0, None, "")
    months = count if unit == "m" else count * _YEAR_MONTHS if unit == "y" else days / _MONTH_DAYS
    for low, high in _FROM_MONTHS:
        if months < high + 1:
            return Band(low, high, "month")
    for low, high in _FROM_YEARS:
        if months < (high + 1) * _YEAR_MONTHS:
            return Band(low, high, "year")
    return Band(OLD, None, "year")
