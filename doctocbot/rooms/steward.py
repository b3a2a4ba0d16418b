"""The steward: answers invitations, and watches that every served room stays closed."""

import time
from collections.abc import Callable, Iterable
from typing import Protocol

import structlog

from doctocbot.chat.rendering import Document
from doctocbot.chat.wording import Wording, wording
from doctocbot.matrix import Outbox, Outgoing, RoomState
from doctocbot.matrix.errors import Forbidden, MatrixError, NotFound, RateLimited, TokenRevoked, Unreachable
from doctocbot.rooms import admission, direct, settings
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
        self._to_leave: set[str] = set()
        self._farewells: set[str] = set()

    async def answer_invitations(self) -> None:
        """Accept what an allowed person invites us to, decline the rest; one that fails now is tried again later."""
        rows: list[Row] = await self._database.run(lambda tx: tx.rows(_INVITATIONS))
        for row in rows:
            allowed = admission.may_invite(row["inviter"], self._allowed) or (
                bool(row["direct"]) and await self._database.run(self._chats.may_call, row["inviter"])
            )
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
                log.info("invitation answered", room=row["room_id"], accepted=allowed)
            await self._database.run(_forget_invitation, row["room_id"], answered=allowed)

    def judge(self, tx: Transaction, room_ids: Iterable[str]) -> None:
        """Look at rooms whose state has changed: serve them, or say once why not and be silent.

        What must not be served is noted in the transaction that writes the events; the leaving comes afterwards.
        """
        found = [room for room_id in room_ids if (room := self._doors.room(room_id)) is not None]
        # Direct chats after the rooms, for whose members they are.
        for room in sorted(found, key=lambda room: len(room.members), reverse=True):
            if self._note(tx, room, admission.problems(room, self._doors.room)):
                self._to_leave.add(room.room_id)

    async def leave(self) -> None:
        """Leave the rooms in which nothing may be said, and the chats of strangers, once they are told."""
        while self._to_leave:
            room_id = self._to_leave.pop()
            await self._leave(room_id, wording(self._language).say("room.leave-unencrypted"))
        for room_id in tuple(self._farewells):
            if not await self._database.run(self._outbox.has_work, room_id):
                self._farewells.discard(room_id)
                await self._leave(room_id, None)

    def _note(self, tx: Transaction, room: RoomState, found: list[Problem]) -> bool:
        """Keep what was found; returns whether the bot should leave, because nothing is encrypted."""
        first_look = settings.known_problems(tx, room.room_id) is None
        before, now = settings.note_problems(tx, room.room_id, found)
        if now != before or first_look:
            log.info("room inspected", room=room.room_id, served=now, problems=[str(each) for each in found])
        if Problem.NOT_ENCRYPTED in found:
            return True
        if self._chats.look(tx, room, first=first_look):
            if first_look and self._is_strangers(tx, room.room_id):
                self._farewells.add(room.room_id)
            return False
        if not now and (before or first_look) and room.encrypted:
            words = settings.wording_of(tx, room.room_id, self._language)
            self._outbox.put(tx, _explanation(room.room_id, found, words))
        return False

    def _is_strangers(self, tx: Transaction, room_id: str) -> bool:
        """Greet a stranger in a new direct chat; those who may found rooms are waited for instead of left."""
        person = direct.partner(tx, room_id)
        if person is None or admission.may_invite(person, self._allowed):
            return False
        return self._chats.greet_stranger(tx, room_id)

    async def _leave(self, room_id: str, reason: str | None) -> None:
        try:
            await self._doors.leave(room_id, reason)
        except MatrixError as error:
            log.warning("could not leave a room", room=room_id, code=error.code)
        await self._database.run(
            lambda tx: tx.execute("DELETE FROM room WHERE room_id = :room", room=room_id)
        )


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


def _forget_invitation(tx: Transaction, room_id: str, *, answered: bool) -> None:
    tx.execute("DELETE FROM invitation WHERE room_id = :room", room=room_id)
    if not answered:
        direct.forget_invitation(tx, room_id)
