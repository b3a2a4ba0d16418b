"""The steward: answers invitations, and watches that every served room stays closed."""

import time
from collections.abc import Callable, Iterable
from typing import Protocol

import structlog

from doctocbot.chat.rendering import Document
from doctocbot.chat.wording import Wording, wording
from doctocbot.matrix import Outbox, Outgoing, RoomState, inbox
from doctocbot.matrix.errors import Forbidden, MatrixError, NotFound, RateLimited, TokenRevoked, Unreachable
from doctocbot.rooms import admission, direct, private, settings
from doctocbot.rooms.admission import Problem
from doctocbot.rooms.chats import DirectChats
from doctocbot.store import Database, Row, Transaction

log = structlog.get_logger(__name__)


class Doors(Protocol):
    """Going in and out of rooms."""

    async def join(self, room_id: str) -> None:
        """Accept an invitation."""
        ...

    async def leave(self, room_id: str, reason: str | None = None) -> None:
        """Leave, or decline an invitation."""
        ...

    async def open_chat(self, user_id: str) -> str:
        """Open a direct chat with somebody."""
        ...

    def room(self, room_id: str) -> RoomState | None:
        """The present state of a joined room."""
        ...


class Steward:
    """Decides which rooms are served (DESIGN section 7); `allowed_inviters` as in the configuration."""

    def __init__(
        self,
        database: Database,
        outbox: Outbox,
        doors: Doors,
        *,
        allowed_inviters: Iterable[str],
        language: str,
        chats: DirectChats,
    ) -> None:
        self._database = database
        self._outbox = outbox
        self._doors = doors
        self._allowed = tuple(allowed_inviters)
        self._language = language
        self._chats = chats

    async def answer_invitations(self) -> None:
        """Accept what an allowed person invites us to, decline the rest; one that fails now is tried again later."""
        rows: list[Row] = await self._database.run(lambda tx: tx.rows(_INVITATIONS))
        for row in rows:
            allowed = await self._database.run(self._may_come, row)
            joined = False
            try:
                await (self._doors.join(row["room_id"]) if allowed else self._doors.leave(row["room_id"]))
            except (Unreachable, RateLimited) as error:
                log.warning("an invitation waits", room=row["room_id"], code=error.code)
                continue
            except TokenRevoked:
                raise
            except (Forbidden, NotFound) as error:
                log.info("an invitation was withdrawn", room=row["room_id"], code=error.code)
            except MatrixError as error:
                log.warning("an invitation cannot be answered", room=row["room_id"], code=error.code)
            else:
                joined = allowed
                log.info("invitation answered", room=row["room_id"], accepted=allowed)
            await self._database.run(self._answered, row, joined=joined)

    def _may_come(self, tx: Transaction, row: Row) -> bool:
        """Whether an invitation is accepted. Before the joining it is noted when that is for a direct chat alone."""
        invited = admission.may_invite(row["inviter"], self._allowed)
        called = not invited and bool(row["direct"]) and self._chats.may_call(tx, row["inviter"])
        direct.note_answer(tx, row["room_id"], called=called)
        return invited or called

    def _answered(self, tx: Transaction, row: Row, *, joined: bool) -> None:
        tx.execute("DELETE FROM invitation WHERE room_id = :room", room=row["room_id"])
        if not joined:
            direct.forget_invitation(tx, row["room_id"])
        elif not admission.may_invite(row["inviter"], self._allowed):
            self._chats.came(tx, row["inviter"])

    async def open_chats(self) -> None:
        """Open a direct chat with everybody to whom something is to be said in private and who has none.

        Whether one was opened before a crash is seen in the rooms that the bot is in, before this is called.
        """
        for user in await self._database.run(private.awaited):
            try:
                room_id = await self._doors.open_chat(user)
            except TokenRevoked:
                raise
            except MatrixError as error:
                log.warning("a direct chat could not be opened", code=error.code)
                continue
            await self._database.run(direct.note_opened, user, room_id, time.time_ns() // 1_000_000)

    def judge(self, tx: Transaction, room_ids: Iterable[str], gone: Iterable[str] = ()) -> None:
        """Look at rooms whose state has changed: serve them, or say once why not and be silent.

        What must not be served is noted in the transaction that writes the events; the leaving comes afterwards.
        `gone` are the rooms that the bot is in no more.
        """
        self._chats.gone(tx, gone)
        found = [room for room_id in room_ids if (room := self._doors.room(room_id)) is not None]
        # Direct chats after the rooms, for whose members they are.
        for room in sorted(found, key=lambda room: len(room.members), reverse=True):
            self._note(tx, room, admission.problems(room, self._doors.room))

    async def leave(self) -> None:
        """Leave the rooms that are to be left; one where that fails now is tried again later."""
        for room_id, reason in await self._database.run(self._ready_to_leave):
            await self._leave(room_id, reason)

    def _ready_to_leave(self, tx: Transaction) -> list[tuple[str, str | None]]:
        """Rooms with the reason: unencrypted ones at once, others when all is handled and said there."""
        unheard = set(inbox.rooms_with_work(tx))
        unencrypted = wording(self._language).say("room.leave-unencrypted")
        ready: list[tuple[str, str | None]] = []
        for room_id in settings.to_be_left(tx):
            if Problem.NOT_ENCRYPTED in (settings.known_problems(tx, room_id) or "").split():
                ready.append((room_id, unencrypted))
            elif room_id not in unheard and not self._outbox.has_work(tx, room_id):
                ready.append((room_id, None))
        return ready

    def _note(self, tx: Transaction, room: RoomState, found: list[Problem]) -> None:
        """Keep what was found, and what follows from it."""
        first_look = settings.known_problems(tx, room.room_id) is None
        before, now = settings.note_problems(tx, room.room_id, found)
        if now != before or first_look:
            log.info("room inspected", room=room.room_id, served=now, problems=[str(each) for each in found])
        if Problem.NOT_ENCRYPTED in found:
            settings.leave_soon(tx, room.room_id)
        elif self._chats.look(tx, room, first=first_look):
            if first_look and self._is_strangers(tx, room.room_id):
                settings.leave_soon(tx, room.room_id)
        elif not now and (before or first_look) and room.encrypted:
            words = settings.wording_of(tx, room.room_id, self._language)
            self._outbox.put(tx, _explanation(room.room_id, found, words))

    def _is_strangers(self, tx: Transaction, room_id: str) -> bool:
        """Greet a stranger in a new direct chat; those who may found rooms are waited for instead of left."""
        person = direct.partner(tx, room_id)
        if person is None or admission.may_invite(person, self._allowed):
            return False
        return self._chats.greet_stranger(tx, room_id)

    async def _leave(self, room_id: str, reason: str | None) -> None:
        try:
            await self._doors.leave(room_id, reason)
        except (Forbidden, NotFound) as error:
            log.info("a room to be left was gone", room=room_id, code=error.code)
        except MatrixError as error:
            log.warning("could not leave a room", room=room_id, code=error.code)
            return
        await self._database.run(self._left, room_id)

    def _left(self, tx: Transaction, room_id: str) -> None:
        self._chats.gone(tx, [room_id])
        direct.forget_invitation(tx, room_id)
        settings.forget(tx, room_id)


def restricted(rooms: Iterable[str], room: Callable[[str], RoomState | None]) -> set[str]:
    """The rooms that depend on others: they have to be looked at again when any room changes."""
    return {room_id for room_id in rooms if (state := room(room_id)) is not None and state.allowed_rooms}


def _explanation(room_id: str, found: list[Problem], words: Wording) -> Outgoing:
    document = Document().line(*words.spans("room.not-served"))
    document.items(words.spans(f"room.problem.{problem}") for problem in found)
    document.line(*words.spans("room.not-served-until"))
    return Outgoing(
        key=f"room:{room_id}:not-served:{time.time_ns()}",
        room_id=room_id,
        content=document.content("m.notice"),
        even_unserved=True,
    )


_INVITATIONS = (
    "SELECT invitation.*, direct_invitation.room_id IS NOT NULL AS direct FROM invitation"
    " LEFT JOIN direct_invitation USING (room_id)"
)
