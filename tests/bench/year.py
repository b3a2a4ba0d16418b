"""A year of #DocTocToc in a few rooms: who says what, and after what; the same for the same seed.

The numbers come from the studies (DESIGN section 1): 3,859 cases in 2018, 7.7 answers on average, none for one case in
ten. A colleague answers a case only when its card stands in the room, so time is cut into *spells*: what is said in
one spell answers cases of earlier ones.
"""

import math
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import zip_longest
from random import Random

from tests.bench import phrases

YEAR_OF_MESSAGES = 34_000
_CASES = 3_859 / YEAR_OF_MESSAGES
_ANSWERS_PER_CASE = 7.7
_UNANSWERED = 0.1
_PROPOSED = 1 / 12  # of the answers are a `!avis`: few type a command between two patients
_NAMED = 1 / 12  # of the answers are opinions all the same, and become ones when somebody votes on them
_PLAIN_REPLIES = 1 / 8  # of the answers are replies to the card outside the thread
_VOTED_ON = 1 / 3  # of the opinions; one to three people tap a thumb
_CLOSINGS = 0.5  # of what is neither case nor answer
_ROOMS = (0.5, 0.25, 0.15, 0.1)  # shares of all that is said
_SPELLS_TO_ANSWER = 2  # the bot, which takes in the next spell meanwhile, need not wait for its own cards
_FILLED = 0.85  # how full the timeline of the busiest room is, on average
_PEOPLE = 40


class Kind(StrEnum):
    """What is said; all but a vote is an encrypted message."""

    CASE = "case"
    ANSWER = "answer"
    REPLY = "reply"
    OPINION = "opinion"
    CLOSING = "closing"
    TALK = "talk"
    VOTE = "vote"


ANSWERS = (Kind.ANSWER, Kind.REPLY, Kind.OPINION)
"""What counts as an answer to a case."""


@dataclass(frozen=True, slots=True)
class Said:
    """One thing said: `case` counts the cases of its room from 1, `target` is the number of what a vote is for.

    `moment` is in spells since the beginning of the year.
    """

    number: int
    room: int
    person: int
    moment: float
    kind: Kind
    text: str = ""
    case: int | None = None
    target: int | None = None


@dataclass(frozen=True, slots=True)
class Year:
    """All that is said, as the server hands it out: one sequence for each answer to a sync, each a list per room."""

    syncs: Sequence[Sequence[Sequence[Said]]]
    spells: int

    @property
    def rooms(self) -> int:
        """How many rooms it happens in."""
        return len(_ROOMS)

    @property
    def people(self) -> int:
        """How many clinicians there are, all of them in every room."""
        return _PEOPLE

    def __iter__(self) -> Iterator[Said]:
        return (said for sync in self.syncs for timeline in sync for said in timeline)

    def count(self, *kinds: Kind) -> int:
        """How much of these kinds is said."""
        return sum(said.kind in kinds for said in self)

    def stretches(self, messages: int) -> Iterator[Sequence[Sequence[Sequence[Said]]]]:
        """The syncs in runs that bring about that many messages each."""
        run: list[Sequence[Sequence[Said]]] = []
        for sync in self.syncs:
            run.append(sync)
            if (
                sum(each.kind is not Kind.VOTE for part in run for timeline in part for each in timeline)
                >= messages
            ):
                yield run
                run = []
        if run:
            yield run


def imagine(messages: int = YEAR_OF_MESSAGES, timeline: int = 200, seed: int = 2018) -> Year:
    """A year of that many messages, in timelines of at most `timeline` events; votes come on top of the messages."""
    random = Random(seed)  # noqa: S311  nothing secret: it has to be the same every time
    spells = max(math.ceil(messages * _ROOMS[0] / (timeline * _FILLED)), 1)
    said = _Talk(random, spells).of(messages)
    rooms = [
        _timelines([each for each in said if each.room == room], timeline) for room in range(len(_ROOMS))
    ]
    return Year(list(zip_longest(*rooms, fillvalue=())), spells)


def _timelines(said: list[Said], most: int) -> list[list[Said]]:
    """What is said in one room, cut where a spell ends or a timeline is full."""
    cut: list[list[Said]] = []
    for each in sorted(said, key=lambda said: said.moment):
        if not cut or len(cut[-1]) == most or math.floor(cut[-1][-1].moment) != math.floor(each.moment):
            cut.append([])
        cut[-1].append(each)
    return cut


class _Talk:
    """Draws what is said; numbers run in the order of drawing, not of time."""

    def __init__(self, random: Random, spells: int) -> None:
        self._random = random
        self._spells = spells
        self._said: list[Said] = []
        self._about: defaultdict[tuple[int, int], list[Said]] = defaultdict(list)
        self._activity = [1 / (1 + person / 8) for person in range(_PEOPLE)]
        self._opened = [0] * len(_ROOMS)

    def of(self, messages: int) -> list[Said]:
        """Cases, their answers and votes, and what else makes up that many messages."""
        count = max(round(messages * _CASES), 1)
        cases = [self._case((each + self._random.random()) * self._spells / count) for each in range(count)]
        # Some cases draw many answers, most a few.
        interest = [
            0.0 if self._random.random() < _UNANSWERED else 0.4 + self._random.expovariate(1.0) for _ in cases
        ]
        for case in self._random.choices(cases, interest, k=round(count * _ANSWERS_PER_CASE)):
            self._answer(case)
        rest = messages - count - round(count * _ANSWERS_PER_CASE)
        closings = round(rest * _CLOSINGS)
        for case in self._random.sample(cases, min(closings, count)):
            after = max(said.moment for said in self._about[case.room, case.case or 0]) + 1
            self._add(case.room, case.person, after, Kind.CLOSING, phrases.closing(self._random), case.case)
        for _ in range(rest - min(closings, count)):
            moment = self._random.random() * self._spells
            self._add(self._room(), self._somebody(), moment, Kind.TALK, phrases.talk(self._random))
        return self._said

    def _case(self, moment: float) -> Said:
        room = self._room()
        self._opened[room] += 1
        return self._add(
            room, self._somebody(), moment, Kind.CASE, phrases.case(self._random), self._opened[room]
        )

    def _answer(self, case: Said) -> None:
        drawn = self._random.random()
        kind = (
            Kind.OPINION if drawn < _PROPOSED else Kind.REPLY if drawn > 1 - _PLAIN_REPLIES else Kind.ANSWER
        )
        is_opinion = drawn < _PROPOSED + _NAMED
        text = phrases.opinion(self._random) if kind is Kind.OPINION else phrases.answer(self._random)
        moment = math.floor(case.moment) + _SPELLS_TO_ANSWER + self._random.expovariate(2.0)
        answer = self._add(case.room, self._somebody(case.person), moment, kind, text, case.case)
        if is_opinion and self._random.random() < _VOTED_ON:
            self._votes(answer)

    def _votes(self, answer: Said) -> None:
        for _ in range(self._random.randint(1, 3)):
            thumb = "👍" if self._random.random() < 0.85 else "👎"
            moment = answer.moment + self._random.expovariate(4.0)
            voter = self._somebody(answer.person)
            self._add(answer.room, voter, moment, Kind.VOTE, thumb, answer.case, answer.number)

    def _add(
        self,
        room: int,
        person: int,
        moment: float,
        kind: Kind,
        text: str,
        case: int | None = None,
        target: int | None = None,
    ) -> Said:
        said = Said(len(self._said), room, person, moment, kind, text, case, target)
        self._said.append(said)
        self._about[room, case or 0].append(said)
        return said

    def _room(self) -> int:
        return self._random.choices(range(len(_ROOMS)), _ROOMS)[0]

    def _somebody(self, but: int | None = None) -> int:
        while True:
            person = self._random.choices(range(_PEOPLE), self._activity)[0]
            if person != but:
                return person
