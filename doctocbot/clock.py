"""What happens because time passes: each feature is asked once a second what is due by now."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence

from doctocbot.chat.rendering import Document
from doctocbot.chat.replies import At, Ticker, World
from doctocbot.matrix import Event, Outgoing, inbox
from doctocbot.store import Database, Transaction

_TICK = 1.0
_UNREADABLE_AFTER_MS = 60_000


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

    async def run(self) -> None:
        """Tick until cancelled."""
        while True:
            if await self._database.run(self.tick, int(time.time() * 1000)):
                await self._effects()
            await asyncio.sleep(_TICK)

    def tick(self, tx: Transaction, now: int) -> bool:
        """Do what is due at `now` (ms); returns whether anything was."""
        due = sum(ticker(tx, now, self._world.conversation) for ticker in self._tickers)
        inbox.give_up_waiting(tx, now)
        return self._world.outbox.release_due(tx) or bool(due)


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
        tx.execute(_TOLD, session=row["session_id"], sender=row["sender"])
    return len(rows)


_UNREADABLE = (
    "SELECT min(seq), inbox.* FROM inbox JOIN room USING (room_id) WHERE state = 'waiting'"
    " AND received_at <= :before AND room.served GROUP BY session_id, sender HAVING max(told) = 0"
)
_TOLD = "UPDATE inbox SET told = 1 WHERE state = 'waiting' AND session_id = :session AND sender = :sender"
