"""How a question fares that a whole congress answers at once: every vote counted, one result, and how soon it comes.

The bot's own encrypted database, inbox, desk, clock and outbox in real time; the homeserver is a fake at our own
interface, so neither Synapse nor decryption is in the figures (`latency` and `replay` have those).
"""

import asyncio
import tempfile
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from random import Random
from typing import Any

from doctocbot.chat.poll import POLL_RESPONSE
from doctocbot.clock import Clock
from doctocbot.store import Database, derive_key
from tests.desk import BOT, LEA, MARC, NORA, PAUL, ROOM, Desk
from tests.fakes.gateway import Sent
from tests.fakes.roomstates import closed_room
from tests.quiz.asking import asked

_CHANGE = 5
"""One voter in so many changes their mind."""
_PATIENCE = 30.0  # seconds


@dataclass(frozen=True, slots=True)
class Voting:
    """Votes in which each voter counts once, and seconds from the end of the question until its result was sent."""

    voters: int
    votes: int
    seconds: float
    lost: int
    results: int
    result_after: float

    def as_json(self) -> dict[str, Any]:
        """As it is printed."""
        return asdict(self)


async def voting(voters: int, seconds: float, progress: Callable[[int], None] = lambda _: None) -> Voting:
    """Ask one question, have so many people vote on it within so many seconds, and wait for its result."""
    people = [f"@voter-{number}:clinic.example" for number in range(voters)]
    async with _desk(people) as desk:
        poll, letters = await asked(desk)
        ends_at = _now() + int(seconds * 1000)
        await desk.database.run(lambda tx: tx.execute("UPDATE quiz SET ends_at = :at", at=ends_at))
        chosen, votes = await _vote(desk, poll.event_id, [*letters.values()], people, seconds, progress)
        told = await _result(desk, poll.event_id)
        after = (_now() - ends_at) / 1000
        await asyncio.sleep(2)
        kept = await desk.database.run(lambda tx: tx.rows("SELECT voter, given FROM quiz_answer"))
        counted = {row["voter"]: row["given"] for row in kept}
        shown = Counter(chosen.values())
        lost = sum(counted.get(voter) != letter for voter, letter in chosen.items())
        lost += sum(f". {text} — {shown[letter]}" not in told.body for text, letter in letters.items())
        return Voting(voters, votes, seconds, lost, len(_results(desk, poll.event_id)), round(after, 3))


async def _vote(
    desk: Desk,
    poll: str,
    letters: list[str],
    people: list[str],
    seconds: float,
    progress: Callable[[int], None],
) -> tuple[dict[str, str], int]:
    """Have everybody vote at some moment, the last one just before the end; returns what each has chosen at last."""
    random = Random(2018)  # noqa: S311  nothing secret: it has to be the same every time
    again = people[::_CHANGE]
    order = random.sample([*people, *again], len(people) + len(again))
    begin, chosen = time.monotonic(), dict[str, str]()
    for number, voter in enumerate(order, start=1):
        await asyncio.sleep(max(0.0, begin + 0.98 * seconds * number / len(order) - time.monotonic()))
        chosen[voter] = random.choice(letters)
        desk.now = _now() - 1_000
        relation = {"rel_type": "m.reference", "event_id": poll}
        content = {POLL_RESPONSE: {"answers": [chosen[voter]]}, "m.relates_to": relation}
        await desk.arrive(desk.event(voter, POLL_RESPONSE, content))
        await desk.handle()
        progress(number)
    return chosen, len(order)


async def _result(desk: Desk, poll: str) -> Sent:
    async with asyncio.timeout(_PATIENCE):
        while not _results(desk, poll):  # noqa: ASYNC110 (the fake has nothing to wait on)
            await asyncio.sleep(0.01)
    return _results(desk, poll)[0]


def _results(desk: Desk, poll: str) -> list[Sent]:
    return [event for event in desk.gateway.visible() if event.thread == poll]


@asynccontextmanager
async def _desk(people: list[str]) -> AsyncIterator[Desk]:
    """A served room full of people, and the bot's clock running."""
    with tempfile.TemporaryDirectory() as directory:
        key = derive_key("a secret for the bench alone", "database")
        database = await Database.open(Path(directory) / "doctocbot.db", key)
        desk = Desk(database)
        await desk.open_room()
        members = (BOT, LEA, MARC, NORA, PAUL, *people)
        desk.gateway.rooms[ROOM] = closed_room(ROOM, members=members, levels={BOT: 50})
        desk.now = _now() - 60_000

        async def send() -> None:
            for room in await database.run(desk.outbox.rooms_with_work):
                await desk.sender.drain(room)

        clock = asyncio.create_task(Clock(database, desk.world, desk.features.tickers, send).run())
        try:
            yield desk
        finally:
            clock.cancel()
            with suppress(asyncio.CancelledError):
                await clock
            await database.close()


def _now() -> int:
    return int(time.time() * 1000)
