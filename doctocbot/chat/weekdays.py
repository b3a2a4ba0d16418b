"""A moment of every week, as moderators type it: `lundi 8h`, `Friday 17:30`. Pure."""

import re
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from doctocbot.chat.parsing import fold
from doctocbot.chat.times import OFF, by_the_clock, is_off

_NAMES = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_FRENCH = ("lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche")
_NUMBERS = {name: number % 7 for number, name in enumerate(_NAMES + _FRENCH)} | {
    name[:3]: number % 7 for number, name in enumerate(_NAMES + _FRENCH)
}
_MOMENT = re.compile(
    r"(?:le |les |tous les |chaque |on |every )?(?P<day>[a-z]{3,}?)s?\.?,?"
    r"(?:\s(?:a |at |vers )?(?P<hour>\d{1,2})(?:\s?[h:.]\s?(?P<minute>\d{2})?)?)?"
)
_USUAL_HOUR = 8


@dataclass(frozen=True, slots=True)
class WeeklyMoment:
    """A day of the week (Monday is 0) and a time by the clock on the wall."""

    weekday: int
    clock: time

    def last(self, at: int, zone: ZoneInfo) -> datetime:
        """The latest such moment that is not after `at` (ms since 1970)."""
        local = by_the_clock(at, zone)
        day = local.date() - timedelta(days=(local.weekday() - self.weekday) % 7)
        moment = datetime.combine(day, self.clock, zone)
        if moment.timestamp() * 1000 > at:
            moment = datetime.combine(day - timedelta(days=7), self.clock, zone)
        return moment

    def __str__(self) -> str:
        return f"{_NAMES[self.weekday]} {self.clock:%H:%M}"


def read_weekly(words: str) -> WeeklyMoment | None:
    """Read a day of the week, in French or English, and the time, eight o'clock where there is none."""
    match = _MOMENT.fullmatch(fold(words))
    weekday = _NUMBERS.get(match["day"]) if match else None
    if match is None or weekday is None:
        return None
    try:
        return WeeklyMoment(weekday, time(int(match["hour"] or _USUAL_HOUR), int(match["minute"] or 0)))
    except ValueError:
        return None


def read_weekly_option(words: str) -> str | None:
    """Read a room's weekly moment as it is kept: `monday 08:00`, or `off`."""
    if is_off(words):
        return OFF
    found = read_weekly(words)
    return str(found) if found else None
