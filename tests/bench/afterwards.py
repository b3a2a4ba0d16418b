"""How quickly the bot answers with a whole year behind it: one thing said after the other, and what follows from it.

The year has been replayed; now each event reaches the inbox alone, and the clock stops when all that follows from it
at once has been sent to a server that takes no time. So this is the bot's own time: handling, drawing, encrypting
nothing, committing. Edits of cards that are bundled for later are not waited for.
"""

import itertools
import statistics
from collections import defaultdict
from dataclasses import dataclass, field
from random import Random
from time import perf_counter
from typing import Any

from doctocbot.cases import search
from doctocbot.matrix import Event
from doctocbot.store import Transaction
from tests.bench import phrases
from tests.bench.people import SERVER
from tests.bench.tapedbot import TapedBot

_KINDS = ("case", "answer", "opinion", "vote", "find", "find rare", "summary of one", "summary of the week")
_FINDS = (
    "éruption joues", "toux sèche", "mollet vol D-dimères", "nystagmus", "ferritine échographie", "onycholyse ongles",
    "psoriasis", "TSH euthyroïdienne", "lésions annulaires dos", "Gianotti", "#cardio", "femme enceinte",
)  # fmt: skip
_RARE = ("xanthochromie", "leptospirose égoutier", "drépanocytose", "morsure vipère")


@dataclass(slots=True)
class Afterwards:
    """What was measured: seconds from an event to its effects by kind, and the size of things after the year."""

    seconds: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    events: int = 0
    card_edits: int = 0
    database_bytes: int = 0

    def as_json(self) -> dict[str, Any]:
        """Median and 95th percentile in ms by kind, and the rest."""
        return {
            "ms": {
                kind: {
                    "n": len(times),
                    "median": round(1000 * statistics.median(times), 2),
                    "p95": round(1000 * statistics.quantiles(times, n=20)[-1], 2),
                }
                for kind, times in self.seconds.items()
            },
            "card_edits_per_event": round(self.card_edits / self.events, 3),
            "database_mb": round(self.database_bytes / 1e6, 1),
        }


async def measure_afterwards(bot: TapedBot, people: list[str], rounds: int) -> Afterwards:
    """Say `rounds` things of each kind, one after the other, in the room where most is said."""
    measured = Afterwards()
    measured.events, measured.card_edits, measured.database_bytes = await bot.database.run(_sizes)
    # Half a minute after the year all of it can be found.
    while await bot.database.run(_catch_up):
        pass
    speaker = _Speaker(bot, people)
    await speaker.look()
    for _ in range(rounds):
        for kind in _KINDS:
            event = speaker.next(kind)
            begin = perf_counter()
            await bot.hear(event)
            measured.seconds[kind].append(perf_counter() - begin)
            await speaker.note(kind, event)
    everyday = ("case", "answer", "opinion", "vote")
    measured.seconds["any of the first four"] = [t for kind in everyday for t in measured.seconds[kind]]
    return measured


class _Speaker:
    """Somebody who says things about the latest cases."""

    def __init__(self, bot: TapedBot, people: list[str]) -> None:
        self._bot = bot
        self._people = people
        self._random = Random(31)  # noqa: S311  nothing secret
        self._numbers = itertools.count(1)
        self._room = ""
        self._cards: list[tuple[int, str]] = []
        self._answers: list[str] = []
        self._now = 0

    async def look(self) -> None:
        """Learn the room's latest open cases and what was answered to them."""
        self._room, self._cards, self._answers, self._now = await self._bot.database.run(_latest)

    def next(self, kind: str) -> Event:
        """The next thing of a kind, a minute after the one before."""
        self._now += 60_000
        content: dict[str, Any]
        case, card = self._random.choice(self._cards[-50:])
        match kind:
            case "vote":
                answer = self._random.choice(self._answers[-100:])
                content = {"m.relates_to": {"rel_type": "m.annotation", "event_id": answer, "key": "👍"}}
                return self._event("m.reaction", content, encrypted=False)
            case "case":
                return self._said(f"!cas {phrases.question(self._random)}")
            case "answer":
                return self._said(phrases.answer(self._random), card)
            case "opinion":
                return self._said(f"!avis {self._random.choice(phrases.OPINIONS)}", card)
            case "find":
                return self._said(f"!chercher {self._random.choice(_FINDS)}")
            case "find rare":
                return self._said(f"!chercher {self._random.choice(_RARE)}")
            case "summary of one":
                return self._said(f"!résumé #{case}")
            case _:
                return self._said("!résumé semaine")

    async def note(self, kind: str, event: Event) -> None:
        """Let later votes be for answers that stand there now."""
        if kind in ("answer", "opinion"):
            self._answers.append(event.event_id)
        if kind == "case":
            self._cards = (await self._bot.database.run(_latest))[1]

    def _said(self, text: str, thread: str | None = None) -> Event:
        content: dict[str, Any] = {"msgtype": "m.text", "body": text}
        if thread:
            content["m.relates_to"] = {"rel_type": "m.thread", "event_id": thread, "is_falling_back": True}
        return self._event("m.room.message", content, encrypted=True)

    def _event(self, type_: str, content: dict[str, Any], *, encrypted: bool) -> Event:
        return Event(
            event_id=f"$afterwards-{next(self._numbers)}:{SERVER}",
            room_id=self._room,
            sender=self._random.choice(self._people),
            type=type_,
            sent_at=self._now,
            content=content,
            encrypted=encrypted,
            verified=encrypted,
        )


def _catch_up(tx: Transaction) -> bool:
    search.catch_up(tx)
    return tx.value("SELECT 1 FROM unindexed") is not None


def _latest(tx: Transaction) -> tuple[str, list[tuple[int, str]], list[str], int]:
    room: str = tx.value("SELECT room_id FROM medical_case GROUP BY room_id ORDER BY count(*) DESC LIMIT 1")
    cards = tx.rows(
        "SELECT medical_case.id, outbox.event_id FROM medical_case JOIN outbox ON key = 'case:' || medical_case.id"
        " || ':card' WHERE medical_case.room_id = :room AND medical_case.state = 'open' ORDER BY medical_case.id",
        room=room,
    )
    answers = tx.rows(
        "SELECT event_id FROM answer JOIN medical_case ON medical_case.id = case_id WHERE room_id = :room"
        " AND state = 'open' ORDER BY sent_at",
        room=room,
    )
    last: int = tx.value("SELECT max(sent_at) FROM inbox")
    return room, [(row["id"], row["event_id"]) for row in cards], [row["event_id"] for row in answers], last


def _sizes(tx: Transaction) -> tuple[int, int, int]:
    events: int = tx.value("SELECT count(*) FROM inbox")
    edits: int = tx.value("SELECT count(*) FROM outbox WHERE renders = 'card' AND state = 'sent'")
    pages: int = tx.value("SELECT page_count * page_size FROM pragma_page_count, pragma_page_size")
    return events, edits, pages
