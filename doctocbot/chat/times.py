"""Times as people type them: lengths, spans of the day by the clock on the wall, and turning something off. Pure."""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from doctocbot.chat.parsing import fold

MINUTE_MS = 60_000
OFF = "off"
_LAST = int(datetime(9999, 1, 1, tzinfo=UTC).timestamp() * 1000)
_OFF = frozenset(("off", "non", "no", "jamais", "never", "aucun", "aucune", "0", "fin", "stop"))


def by_the_clock(at: int, zone: ZoneInfo) -> datetime:
    """A moment (ms since 1970) by the clock on the wall.

    Never raises: servers send any number as a time, and what lies outside of the calendar counts as its edge.
    """
    return datetime.fromtimestamp(min(max(at, 0), _LAST) / 1000, zone)


@dataclass(frozen=True, slots=True)
class QuietHours:
    """A span of every day in which nobody is called, by the clock on the wall; over midnight where it ends earlier."""

    start: time
    end: time

    def after(self, at: int, zone: ZoneInfo) -> int:
        """The moment itself, or the end of the quiet hours in which it falls."""
        local = by_the_clock(at, zone)
        clock = local.time()
        over_midnight = self.end < self.start
        inside = clock >= self.start or clock < self.end if over_midnight else self.start <= clock < self.end
        if not inside:
            return at
        day = local.date() + timedelta(days=1 if over_midnight and clock >= self.start else 0)
        # In the hour that a clock set back shows twice, the end that is still to come.
        ends = (datetime.combine(day, self.end, zone).replace(fold=showing) for showing in (0, 1))
        moments = (int(end.timestamp() * 1000) for end in ends)
        return next((moment for moment in moments if moment > at), at)

    def between(self, begin: int, end: int, zone: ZoneInfo) -> int:
        """How much of the time between two moments (ms) is quiet."""
        first, last = (by_the_clock(at, zone).date() for at in (begin, end))
        nights = (self._on(first + timedelta(days=day), zone) for day in range(-1, (last - first).days + 1))
        return sum(max(0, min(end, night[1]) - max(begin, night[0])) for night in nights)

    def _on(self, day: date, zone: ZoneInfo) -> tuple[int, int]:
        """The quiet hours that begin on a day."""
        ends_on = day + timedelta(days=1 if self.end < self.start else 0)
        start, end = datetime.combine(day, self.start, zone), datetime.combine(ends_on, self.end, zone)
        return int(start.timestamp() * 1000), int(end.timestamp() * 1000)

    def __str__(self) -> str:
        return f"{self.start:%H:%M}-{self.end:%H:%M}"


_CLOCK = r"(\d{1,2})(?:\s?[h:.]\s?(\d{2})?)?"
_SPAN = re.compile(rf"(?:de )?{_CLOCK}\s?(?:-|–|a|to|/|>)\s?{_CLOCK}")


def read_quiet_hours(words: str) -> QuietHours | None:
    """Read `22-7`, `21:00-07:00`, `22h à 7h30`; None for what is none, an empty span among it."""
    match = _SPAN.fullmatch(fold(words))
    if match is None:
        return None
    try:
        start, end = (time(int(match[at]), int(match[at + 1] or 0)) for at in (1, 3))
    except ValueError:
        return None
    return None if start == end else QuietHours(start, end)


_LENGTH = re.compile(
    r"(?:(?P<weeks>\d{1,2}) ?(?:sem|semaines?|w|weeks?))? ?(?:(?P<days>\d{1,3}) ?(?:j|jours?|d|days?))?"
    r" ?(?:(?P<hours>\d{1,3}) ?(?:h|heures?|hours?|hrs?))?"
    r" ?(?:(?P<minutes>\d{1,4}) ?(?:m|mn|min|mins|minutes?)?)?"
)


_NUMBERS = {
    word: number
    for number, words in enumerate(
        (
            "un une one a an",
            "deux two",
            "trois three",
            "quatre four",
            "cinq five",
            "six",
            "sept seven",
            "huit eight",
        ),
        start=1,
    )
    for word in words.split()
}
_SPELLED = re.compile(rf"\b(?:{'|'.join(_NUMBERS)})\b")


def read_length(words: str) -> int | None:
    """Read a length of time as people type it (`8h`, `1 h 30`, `une heure`) as ms; None for a bare number too."""
    folded = _SPELLED.sub(lambda word: str(_NUMBERS[word[0]]), fold(words))
    match = _LENGTH.fullmatch(folded)
    if match is None or not folded or folded.isdecimal():
        return None
    weeks, days, hours, minutes = (int(match[part] or 0) for part in ("weeks", "days", "hours", "minutes"))
    return (((weeks * 7 + days) * 24 + hours) * 60 + minutes) * MINUTE_MS


def is_off(words: str) -> bool:
    """Whether somebody turns something off."""
    return fold(words) in _OFF


def read_minutes_option(words: str) -> str | None:
    """Read a room's setting of minutes as it is kept: `20`, or `off`; at most a day."""
    if is_off(words):
        return OFF
    length = read_length(f"{words} min" if words.strip().isdecimal() else words)
    return str(length // MINUTE_MS) if length and length <= 24 * 60 * MINUTE_MS else None


_DAYS = re.compile(r"([0-9]{1,4})(?: ?(?:j|jours?|d|days?))?")
LEAST_DAYS, MOST_DAYS = 30, 3650


def read_days_option(words: str) -> str | None:
    """Read a room's setting of days as it is kept: `365`, or `off`; from a month to ten years."""
    if is_off(words):
        return OFF
    match = _DAYS.fullmatch(fold(words).strip())
    return str(int(match[1])) if match and LEAST_DAYS <= int(match[1]) <= MOST_DAYS else None


def read_quiet_option(words: str) -> str | None:
    """Read a room's quiet hours as they are kept: `22:00-07:00`, or `off`."""
    if is_off(words):
        return OFF
    found = read_quiet_hours(words)
    return str(found) if found else None
