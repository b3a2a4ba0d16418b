"""What happens because time passes: each feature is asked once a second what is due by now."""

import asyncio
import itertools
import time
from collections.abc import Awaitable, Callable, Sequence

import structlog

from doctocbot.chat.rendering import Document, Person
from doctocbot.chat.replies import At, Conversation, Ticker, World
from doctocbot.matrix import Event, Outgoing, inbox
from doctocbot.matrix.quietlog import place_of
from doctocbot.rooms import direct, moderators
from doctocbot.store import Database, NotNow, Transaction, tidying

log = structlog.get_logger(__name__)

_TICK = 1.0
_TIDY_EVERY = 60  # ticks
_UNREADABLE_AFTER_MS = 60_000
_WEEK_MS = 7 * 24 * 3_600_000


class Clock:
    """Looks once a second for what is due; all dates stand in the database, so that a restart misses none."""

    def __init__(
        self,
        database: Database,
        world: World,
        tickers: Sequence[Ticker],
        effects: Callable[[], Awaitable[None]],
    ) -> None:
        self._database = database
        self._world = world
        self._tickers = (*tickers, tell_unreadable)
        self._effects = effects
        self.failing: dict[int, str] = {}
        """Where each ticker that failed when it was asked last did so, by its place in the sequence."""

    async def run(self) -> None:
        """Tick until cancelled."""
        for ticks in itertools.count():
            now = int(time.time() * 1000)
            if await self._database.run(self.tick, now):
                await self._effects()
            if ticks % _TIDY_EVERY == 0:
                await self.tidy(now)
            await asyncio.sleep(_TICK)

    async def tidy(self, now: int) -> None:
        """Have what was erased leave the journal, and from time to time (`store.tidying`) every page of the file."""
        due = await self._database.run(_begin_rewriting, now)
        try:
            if due:
                await self._database.rewrite()
                await self._database.run(tidying.done)
            await self._database.fold()
        except Exception as error:  # noqa: BLE001 - a full disk must not silence the bot
            log.error("the file could not be tidied", kind=type(error).__name__, where=place_of(error))

    def tick(self, tx: Transaction, now: int) -> bool:
        """Do what is due at `now` (ms); returns whether anything was."""
        due = sum([self._attempt(tx, now, number) for number in range(len(self._tickers))])
        inbox.give_up_waiting(tx, now)
        return self._world.outbox.release_due(tx) or bool(due)

    def _attempt(self, tx: Transaction, now: int, number: int) -> int:
        """Ask one feature what is due; one that raises has done nothing, and the next second it is asked again."""
        try:
            with tx.attempt():
                done = self._tickers[number](tx, now, self._world.conversation)
        except NotNow:
            raise
        except Exception as error:  # noqa: BLE001 - one feature that fails must not silence all the others
            where = place_of(error)
            if self.failing.get(number) != where:
                # Once, not every second.
                log.error("what was due failed", kind=type(error).__name__, where=where)
                self.failing[number] = where
            return 0
        self.failing.pop(number, None)
        return done


def _begin_rewriting(tx: Transaction, now: int) -> bool:
    if not tidying.is_due(tx, now):
        return False
    tidying.begin(tx, now)
    return True


def tell_unreadable(tx: Transaction, now: int, at: At) -> int:
    """Tell the sender of an event that cannot be decrypted, once for all events under the same key."""
    rows = tx.rows(_UNREADABLE, before=now - _UNREADABLE_AFTER_MS)
    for row in rows:
        moment = Event(row["event_id"], row["room_id"], row["sender"], "m.room.encrypted", row["sent_at"])
        c = at(tx, moment)
        document = Document().line(*c.wording.spans("undecryptable"))
        told = Outgoing(
            key=f"{row['event_id']}:undecryptable",
            room_id=row["room_id"],
            content=document.content("m.notice"),
            reply_to=row["event_id"],
        )
        c.send([told])
        _tell_moderators(c, row["sender"])
        tx.execute(_TOLD, session=row["session_id"], sender=row["sender"])
    return len(rows)


def _tell_moderators(c: Conversation, sender: str) -> None:
    """Tell them once a week for each person and room: a phone that gives no keys is mended by talking to its owner."""
    if direct.partner(c.tx, c.room.room_id) is not None or not c.room.is_member(sender):
        return
    week = c.now // _WEEK_MS
    person = Person(c.room.display_name(sender), sender)
    moderators.tell(
        c,
        c.room,
        "unreadable",
        lambda wording: Document().line(*wording.spans("undecryptable.moderators", person=person)),
        cause=f"unreadable:{c.outbox.pseudonym(sender)}:{c.room.room_id}:{week}",
    )


_UNREADABLE = (
    "SELECT min(seq), inbox.* FROM inbox JOIN room USING (room_id) WHERE state = 'waiting'"
    " AND received_at <= :before AND room.served GROUP BY session_id, sender HAVING max(told) = 0"
)
_TOLD = "UPDATE inbox SET told = 1 WHERE state = 'waiting' AND session_id = :session AND sender = :sender"
