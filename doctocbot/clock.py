"""What happens because time passes: questions end, drafts are shown, people learn that a message could not be read."""

import asyncio
import time
from collections.abc import Awaitable, Callable

from doctocbot.cases import pictures
from doctocbot.cases.intake import Intake
from doctocbot.chat.rendering import Document
from doctocbot.chat.replies import Conversation
from doctocbot.matrix import Event, Outgoing, RoomState, inbox
from doctocbot.quiz.desk import QuizDesk
from doctocbot.reception import Reception
from doctocbot.store import Database, Transaction

_TICK = 1.0
_UNREADABLE_AFTER_MS = 60_000


class Clock:
    """Looks once a second for what is due; all dates stand in the database, so that a restart misses none."""

    def __init__(
        self,
        database: Database,
        reception: Reception,
        quizzes: QuizDesk,
        intake: Intake,
        room: Callable[[str], RoomState | None],
        effects: Callable[[], Awaitable[None]],
    ) -> None:
        self._database = database
        self._reception = reception
        self._quizzes = quizzes
        self._intake = intake
        self._room = room
        self._effects = effects

    async def run(self) -> None:
        """Tick until cancelled."""
        while True:
            if await self._database.run(self.tick, int(time.time() * 1000)):
                await self._effects()
            await asyncio.sleep(_TICK)

    def tick(self, tx: Transaction, now: int) -> bool:
        """Do what is due at `now` (ms); returns whether anything was."""
        due = self._quizzes.end_overdue(tx, now, self._at) + self._intake.tick(tx, now, self._at)
        pictures.expire_loose(tx, now)
        inbox.give_up_waiting(tx, now)
        waited = self._reception.outbox.has_waited(tx)
        return bool(due + self._tell_unreadable(tx, now)) or waited

    def _at(self, tx: Transaction, event: Event) -> Conversation:
        return self._reception.conversation(tx, event, self._state(event.room_id))

    def _state(self, room_id: str) -> RoomState:
        return self._room(room_id) or RoomState(room_id)

    def _tell_unreadable(self, tx: Transaction, now: int) -> int:
        """Tell the sender of an event that cannot be decrypted, once for all events under the same key."""
        rows = tx.rows(_UNREADABLE, before=now - _UNREADABLE_AFTER_MS)
        for row in rows:
            moment = Event(row["event_id"], row["room_id"], row["sender"], "m.room.encrypted", row["sent_at"])
            c = self._reception.conversation(tx, moment, self._state(row["room_id"]))
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
