"""Some days of a room's life in figures: what the studies of #DocTocToc count. Pure."""

from collections import Counter
from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from itertools import pairwise
from statistics import median
from zoneinfo import ZoneInfo

from doctocbot.cases.model import Kind
from doctocbot.chat.times import by_the_clock
from doctocbot.rooms.labels import Label
from doctocbot.rooms.specialties import canonical, is_specialty

_MINUTE_MS = 60_000
DELAYS = (5 * _MINUTE_MS, 15 * _MINUTE_MS, 60 * _MINUTE_MS, 240 * _MINUTE_MS)
"""The borders (ms) between the delays of a first answer that are counted together."""


@dataclass(frozen=True, slots=True)
class Period:
    """Whole days by the clock of a time zone, from the first to the last, both counted."""

    first: date
    last: date
    zone: ZoneInfo

    @classmethod
    def up_to(cls, at: int, days: int, zone: ZoneInfo) -> "Period":
        """The day of a moment (ms since 1970) and those before it, so many in all."""
        today = by_the_clock(at, zone).date()
        return cls(today - timedelta(days=days - 1), today, zone)

    @classmethod
    def week_before(cls, day: date, zone: ZoneInfo) -> "Period":
        """The seven days before a day."""
        return cls(day - timedelta(days=7), day - timedelta(days=1), zone)

    @property
    def days(self) -> list[date]:
        """All its days."""
        return [self.first + timedelta(days=number) for number in range((self.last - self.first).days + 1)]

    @property
    def begin(self) -> int:
        """When it begins, in ms since 1970."""
        return self._midnight(self.first)

    @property
    def end(self) -> int:
        """The first moment after it, in ms since 1970."""
        return self._midnight(self.last + timedelta(days=1))

    def day_of(self, at: int) -> date:
        """The day on which a moment (ms since 1970) falls."""
        return by_the_clock(at, self.zone).date()

    def _midnight(self, day: date) -> int:
        return int(datetime.combine(day, time(), self.zone).timestamp() * 1000)


@dataclass(frozen=True, slots=True)
class Asked:
    """A case of the period: what it was about, when (ms since 1970) its answers came, and how it stands."""

    id: int
    kind: Kind | None
    tags: tuple[str, ...]
    opened_at: int
    answered_at: tuple[int, ...] = ()
    consensual: bool = False
    unanswered: bool = False
    """Whether it counts as such still, also when only questions came."""


@dataclass(frozen=True, slots=True)
class Figures:
    """The cases that were opened in a period, counted."""

    period: Period
    cases: Sequence[Asked]
    by_trade: Mapping[Label | None, int] = field(default_factory=dict)
    """How many answers came from people of each label; None are those without one."""

    @property
    def opened(self) -> int:
        """How many there are."""
        return len(self.cases)

    @property
    def answered(self) -> int:
        """How many of them got an answer."""
        return len(self._delays())

    @property
    def consensual(self) -> int:
        """How many of them have an opinion with consensus."""
        return sum(case.consensual for case in self.cases)

    @property
    def median_delay(self) -> int | None:
        """The median time (ms) to the first answer of those that got one."""
        delays = self._delays()
        return int(median(delays)) if delays else None

    @property
    def unanswered(self) -> list[int]:
        """Those that are unanswered still, newest first."""
        return sorted((case.id for case in self.cases if case.unanswered), reverse=True)

    @property
    def kinds(self) -> list[tuple[Kind | None, int]]:
        """How many of each kind, the most frequent first, those of no kind last."""
        counted = Counter(case.kind for case in self.cases)
        return sorted(counted.items(), key=lambda each: (each[0] is None, -each[1], each[0] or ""))

    def tags(self, most: int) -> list[tuple[str, int]]:
        """How many of each specialty, whatever its tag was, and of each other tag, the most frequent first."""
        counted = Counter(name for case in self.cases for name in dict.fromkeys(map(_subject, case.tags)))
        return sorted(counted.items(), key=lambda each: (-each[1], each[0]))[:most]

    def tagged(self, names: Container[str]) -> list[int]:
        """The cases that are counted under any of these names."""
        return [case.id for case in self.cases if any(_subject(tag) in names for tag in case.tags)]

    def answers_by_day(self) -> list[int]:
        """How many answers came on each day of the period."""
        every = (at for case in self.cases for at in case.answered_at)
        counted = Counter(map(self.period.day_of, every))
        return [counted[day] for day in self.period.days]

    def by_delay(self) -> list[int]:
        """How many cases were first answered within each of the `DELAYS`, how many later, how many never."""
        delays = self._delays()
        within = [sum(low <= delay < high for delay in delays) for low, high in pairwise((0, *DELAYS))]
        return [*within, sum(delay >= DELAYS[-1] for delay in delays), self.opened - len(delays)]

    def share(self, part: int) -> int:
        """A part of the cases in percent."""
        return round(100 * part / self.opened) if self.opened else 0

    def _delays(self) -> list[int]:
        return [
            max(min(case.answered_at) - case.opened_at, 0)
            for case in self.cases
            if case.answered_at and not case.unanswered
        ]


def spelled(counts: Iterable[tuple[str, int]]) -> str:
    """Counts as people read them: `diagnostic 3, traitement 1`."""
    return ", ".join(f"{name} {count}" for name, count in counts)


def _subject(tag: str) -> str:
    named = canonical(tag)
    return named if is_specialty(named) else tag
