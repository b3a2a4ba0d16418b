"""A flood by one member is delayed, never dropped: others are served meanwhile, and in the end all has been handled."""

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from doctocbot.matrix import REDACTION, Event, Outbox, Outgoing
from doctocbot.matrix.inbox import receive
from doctocbot.matrix.turns import FEW, MOST, PACE_MS, UNHURRIED, Turn, next_turn
from doctocbot.rooms.settings import note_problems
from doctocbot.store import Database, Transaction
from tests.desk import LEA, MARC, NORA, OTHER_ROOM, ROOM
from tests.fakes.wiping import wipe

pytest_plugins = ["tests.desk_fixtures"]

NOW = 1_795_420_800_000
PEOPLE = (LEA, MARC, NORA)
OUTBOX = Outbox("a secret")


def said(number: int, who: str, at: int = NOW, room: str = ROOM, **place: Any) -> Event:
    """One event; `under` is what it answers or edits or reacts to, `redacts` what it takes back."""
    content: dict[str, Any] = {"msgtype": place.get("msgtype", "m.text"), "body": str(number)}
    type_ = place.get("type", "m.room.message")
    if place.get("under") is not None:
        relation = {"rel_type": place.get("how", "m.thread"), "event_id": place["under"]}
        content |= {"m.relates_to": relation, "m.new_content": {"body": "new"}}
    redacts = place.get("redacts")
    if redacts:
        type_ = REDACTION
    return Event(f"${number}", room, who, type_, at, content, encrypted=not redacts, redacts=redacts)


def flood(count: int, who: str = LEA, first: int = 0, room: str = ROOM) -> list[Event]:
    """So many messages in as many milliseconds."""
    return [said(first + n, who, NOW + n, room) for n in range(count)]


async def take(database: Database, now: int = NOW, room: str = ROOM) -> list[str]:
    """Whose turn it is: the events, marked as handled."""

    def work(tx: Transaction) -> list[str]:
        turn = next_turn(tx, room, now)
        return [_finish(tx, row["event"]) for row in turn.rows]

    return await database.run(work)


async def all_turns(database: Database, now: int = NOW) -> list[str]:
    """Everything, turn after turn, while nothing waits to be sent."""
    order: list[str] = []
    while turn := await take(database, now):
        order += turn
    return order


def _finish(tx: Transaction, stored: str) -> str:
    event = Event.from_json(stored)
    tx.execute("UPDATE inbox SET state = 'done', event = NULL WHERE event_id = :id", id=event.event_id)
    return event.event_id


def names(events: Iterable[Event]) -> list[str]:
    """Their ids."""
    return [event.event_id for event in events]


@pytest.fixture
async def served(database: Database) -> Database:
    """A database in which the rooms are served."""
    for room in (ROOM, OTHER_ROOM):
        await database.run(note_problems, room, [])
    return database


def answer(key: str, room: str) -> Outgoing:
    """Something that the bot says."""
    return Outgoing(key=key, room_id=room, type="m.room.message", content={"body": "…"})


def unsent(count: int, room: str = ROOM) -> Any:
    """Messages that wait to be sent."""

    def work(tx: Transaction) -> None:
        for number in range(count):
            OUTBOX.put(tx, answer(f"reply:{number}", room))

    return work


async def test_what_is_said_now_and_then_is_handled_in_its_order(served: Database) -> None:
    """Ten messages in a minute are no hurry, nor are a hundred in two hours."""
    slow = [said(n, LEA, NOW + n * 70_000) for n in range(100)]
    quick = [said(100 + n, MARC, NOW + 7_000_000 + n) for n in range(UNHURRIED)]
    await served.run(receive, [*slow, *quick], NOW + 7_200_000)
    assert await take(served, NOW + 7_000_000) == names(slow)
    assert await take(served, NOW + 7_000_000) == names(quick)


async def test_others_go_before_who_hurries(served: Database) -> None:
    """The first ten keep their place; what is beyond waits for everybody else, a few at a time, and all is handled."""
    hurried = flood(40)
    others = [said(100 + n, MARC, NOW + 50) for n in range(3)]
    await served.run(receive, [*hurried, *others], NOW)
    assert await take(served) == names([*hurried[:UNHURRIED], *others])
    assert await take(served) == names(hurried[UNHURRIED : UNHURRIED + FEW])
    late = said(200, NORA, NOW + 60)
    await served.run(receive, [late], NOW)
    assert await take(served) == names([late])
    assert await all_turns(served) == names(hurried[UNHURRIED + FEW :])


async def test_who_hurries_waits_until_the_room_has_little_to_send(served: Database) -> None:
    """Otherwise the answers to everybody else would queue behind theirs."""
    await served.run(receive, flood(30), NOW)
    assert len(await take(served)) == UNHURRIED
    await served.run(unsent(FEW))
    assert await served.run(next_turn, ROOM, NOW) == Turn([], puts_off=True)
    await served.run(receive, [said(100, MARC)], NOW)
    assert await take(served) == ["$100"]
    await served.run(lambda tx: tx.execute("DELETE FROM outbox WHERE seq = (SELECT min(seq) FROM outbox)"))
    assert len(await take(served)) == FEW


async def test_what_is_held_back_or_meant_for_later_holds_nobody_up(served: Database) -> None:
    """It is not sent now, however little else there is."""
    await served.run(receive, flood(30), NOW)
    await take(served)
    await served.run(unsent(FEW))
    await served.run(lambda tx: tx.execute("UPDATE outbox SET not_before = 9999999999999"))
    assert len(await take(served)) == FEW
    await served.run(lambda tx: tx.execute("UPDATE outbox SET not_before = 0"))
    await served.run(lambda tx: tx.execute("UPDATE room SET served = 0"))
    assert len(await take(served)) == FEW


async def test_each_room_has_turns_of_its_own(served: Database) -> None:
    """Who floods two rooms holds up neither, and what waits to be sent in one does not hold up the other."""
    await served.run(receive, [*flood(30), *flood(30, first=100, room=OTHER_ROOM)], NOW)
    assert len(await take(served)) == len(await take(served, room=OTHER_ROOM)) == UNHURRIED
    await served.run(unsent(FEW))
    assert await take(served) == []
    assert len(await take(served, room=OTHER_ROOM)) == FEW


async def test_an_outage_changes_no_order(served: Database) -> None:
    """A quarter of an hour later nothing of it is too early: the moderator's word comes before who it lets in."""
    hurried = flood(60)
    then = said(100, MARC, NOW + 1000)
    await served.run(receive, [*hurried, then], NOW)
    assert await all_turns(served, NOW + 900_000) == names([*hurried, then])


async def test_whoever_slows_down_keeps_their_own_order(served: Database) -> None:
    """What they say a minute later is in no hurry, and comes after what was."""
    hurried, later = flood(30), said(100, LEA, NOW + 70_000)
    await served.run(receive, [*hurried, later], NOW + 70_000)
    assert await all_turns(served, NOW + 70_000) == names([*hurried, later])


@pytest.mark.parametrize("how", ["m.thread", "m.annotation", "m.replace", "m.reference"])
async def test_an_answer_waits_for_what_it_answers_and_holds_up_nothing_else(
    served: Database, how: str
) -> None:
    """A colleague answers the flooder, somebody answers the colleague, and the colleague commands all the same."""
    hurried = flood(30)
    reply = said(100, MARC, under="$25", how=how)
    further = said(101, NORA, under="$100", how=how)
    command = said(102, MARC)
    await served.run(receive, [*hurried, reply, further, command], NOW)
    assert await take(served) == names([*hurried[:UNHURRIED], command])
    assert await all_turns(served) == names([*hurried[UNHURRIED:], reply, further])


async def test_a_redaction_never_waits_except_for_a_file(served: Database) -> None:
    """What moderators take out of a flood is taken out at once; of a picture the bot has to learn where it lies."""
    hurried = [*flood(20), said(20, LEA, NOW + 20, msgtype="m.image")]
    taken_out = [said(100 + n, MARC, redacts=f"${n}") for n in (15, 16, 20)]
    await served.run(receive, [*hurried, *taken_out], NOW)
    assert await take(served) == names([*hurried[:UNHURRIED], *taken_out[:2]])
    assert (await all_turns(served))[-1] == taken_out[2].event_id


async def test_a_hundred_redactions_in_a_minute_are_no_hurry(served: Database) -> None:
    """They are the moderators' answer to a flood."""
    redactions = [said(n, MARC, NOW + n, redacts=f"$old{n}") for n in range(100)]
    await served.run(receive, redactions, NOW)
    assert await take(served) == names(redactions)


async def test_nothing_is_too_early_for_longer_than_ten_minutes(served: Database) -> None:
    """However much it was."""
    await served.run(receive, [*flood(400), said(500, MARC, NOW + 900)], NOW)
    assert len(await take(served, NOW + MOST * PACE_MS + 20_000)) == 100


# -- any interleaving


@dataclass
class Ward:
    """A room as a run of things that happen; `expected` is what was ever said, `taken` what was handled, in order."""

    database: Database
    now: int = NOW
    expected: list[Event] = field(default_factory=list)
    taken: list[str] = field(default_factory=list)

    async def say(self, who: str, pause: int, under: int | None, how: str) -> None:
        """Somebody says something after a pause (ms), perhaps under something said before, perhaps to take it back."""
        self.now += pause
        target = self.expected[under % len(self.expected)].event_id if under and self.expected else None
        place: dict[str, Any] = {"redacts": target} if how == "redacts" else {"under": target, "how": how}
        event = said(len(self.expected), who, self.now, **place)
        self.expected.append(event)
        await self.database.run(receive, [event], self.now)

    async def flood(self, who: str, count: int) -> None:
        """Somebody says so many things in as many milliseconds."""
        for _ in range(count):
            await self.say(who, 1, None, "")

    async def handle(self, turns: int, answers: int) -> None:
        """Some turns are handled, each row with so many answers; what is redacted is never handled after it."""
        for _ in range(turns):
            turn = await self.database.run(next_turn, ROOM, self.now)
            for row in turn.rows:
                event = Event.from_json(row["event"])
                self.taken.append(event.event_id)
                await self.database.run(self._handle, event, answers)

    def _handle(self, tx: Transaction, event: Event, answers: int) -> None:
        for gone in filter(None, (event.event_id, event.redacts)):
            tx.execute("UPDATE inbox SET state = 'done', event = NULL WHERE event_id = :id", id=gone)
        for number in range(answers):
            OUTBOX.put(tx, answer(f"{event.event_id}:{number}", ROOM))

    async def send(self) -> None:
        """All that waits to be sent is sent."""
        await self.database.run(lambda tx: tx.execute("UPDATE outbox SET state = 'sent', spec = NULL"))


_SAYS = st.tuples(
    st.just("say"),
    st.sampled_from(PEOPLE),
    st.sampled_from((1, 5, 2_000, 30_000, 70_000)),
    st.none() | st.integers(1, 200),
    st.sampled_from(("m.thread", "m.annotation", "m.replace", "redacts")),
)
_FLOODS = st.tuples(st.just("flood"), st.sampled_from(PEOPLE[:2]), st.integers(8, 20))
_HANDLES = st.tuples(st.just("handle"), st.integers(1, 3), st.integers(0, 3))
_SENDS = st.tuples(st.just("send"))


@pytest.mark.slow
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=100, deadline=None)
@given(st.lists(_SAYS | _FLOODS | _SAYS | _HANDLES | _SENDS, min_size=5, max_size=40))
def test_any_interleaving_handles_everything_once_and_in_order(
    encrypted_database: Database, happens: list[tuple[Any, ...]]
) -> None:
    """Nothing is lost or doubled, nothing precedes what it stands under, nobody's own order changes."""

    async def run() -> Ward:
        await encrypted_database.run(wipe)
        await encrypted_database.run(note_problems, ROOM, [])
        ward = Ward(encrypted_database)
        for what, *how in happens:
            await getattr(ward, what)(*how)
        # In the end everybody is silent and everything is sent.
        for _ in range(len(ward.expected)):
            await ward.send()
            await ward.handle(1, 1)
        return ward

    ward = asyncio.run(run())
    events = {event.event_id: event for event in ward.expected}
    redacted = {event.redacts for event in ward.expected if event.redacts}
    assert len(ward.taken) == len(set(ward.taken))
    assert set(events) - set(ward.taken) <= redacted
    place = {event_id: number for number, event_id in enumerate(ward.taken)}
    for event in (events[event_id] for event_id in ward.taken):
        if event.related_id in place:
            assert place[event.related_id] < place[event.event_id]
    for who in PEOPLE:
        own = [
            place[event.event_id]
            for event in ward.expected
            if _keeps_order(event, who) and event.event_id in place
        ]
        assert own == sorted(own)


def _keeps_order(event: Event, who: str) -> bool:
    """What stands alone: redactions never wait, and what answers another may have to."""
    return event.sender == who and event.type != REDACTION and event.related_id is None
