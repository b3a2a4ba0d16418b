"""The steward: answers invitations, follows to rooms that replace others, opens direct chats, and leaves."""

import asyncio
import random
import time
from collections.abc import Callable, Iterable, Sequence
from typing import Protocol

import structlog

from doctocbot.chat.replies import World
from doctocbot.matrix import RoomState, inbox
from doctocbot.matrix.errors import Forbidden, MatrixError, NotFound, RateLimited, TokenRevoked, Unreachable
from doctocbot.rooms import admission, admittance, direct, private, settings, upgrade
from doctocbot.rooms.admission import Problem
from doctocbot.rooms.chats import DirectChats
from doctocbot.rooms.watch import RoomWatch
from doctocbot.store import Database, Row, Transaction

log = structlog.get_logger(__name__)

_CHATS_AT_ONCE = 5
_INVITATIONS_AT_ONCE = 5
_PATIENCE = 30.0
"""For how many seconds the homeserver may take to go in or out of a room, with others' servers to ask."""
_LONGEST_WAIT = 3_600.0


class Doors(Protocol):
    """Going in and out of rooms."""

    async def join(self, room_id: str, via: str | None = None) -> None:
        """Accept an invitation, or join a room that lets us in; `via` is a server that knows it."""
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


class _Wait:
    """How long an invitation that could not be answered is left alone: a minute, and twice as long each time."""

    def __init__(self) -> None:
        self.seconds = 0.0
        self._until = 0.0

    def longer(self) -> None:
        """It has failed once more."""
        self.seconds = min(self.seconds * 2 or 60.0, _LONGEST_WAIT)
        self._until = time.monotonic() + self.seconds

    @property
    def over(self) -> bool:
        """Whether it may be tried again."""
        return time.monotonic() >= self._until


class Steward:
    """Goes in and out of rooms as `watch` decides (DESIGN section 7); `allowed_inviters` as in the configuration."""

    def __init__(
        self,
        database: Database,
        world: World,
        doors: Doors,
        watch: RoomWatch,
        *,
        allowed_inviters: Iterable[str],
        chats: DirectChats,
    ) -> None:
        self._database = database
        self._world = world
        self._doors = doors
        self._watch = watch
        self._allowed = tuple(allowed_inviters)
        self._chats = chats
        self._knocked: set[str] = set()
        self._failed: dict[str, _Wait] = {}

    async def answer_invitations(self) -> None:
        """Accept what an allowed person invites us to, decline the rest; one that fails now is tried again later.

        A few of either kind at a time, side by side, and none that takes long: whoever wants may invite the bot, to
        servers that never answer.
        """
        welcome, declined = await self._database.run(self._due)
        try:
            async with asyncio.TaskGroup() as group:
                for row in (*_some(welcome), *_some(declined)):
                    group.create_task(self._answer(row), name=f"invitation {row['room_id']}")
        except ExceptionGroup as errors:
            revoked, _ = errors.split(TokenRevoked)
            raise revoked.exceptions[0] if revoked is not None else errors from errors

    def _due(self, tx: Transaction) -> tuple[list[Row], list[Row]]:
        """The invitations to answer now: those of people who may bring the bot into rooms, and the others."""
        rows = tx.rows(_INVITATIONS)
        self._failed = {
            row["room_id"]: self._failed[row["room_id"]] for row in rows if row["room_id"] in self._failed
        }
        due = [row for row in rows if row["room_id"] not in self._failed or self._failed[row["room_id"]].over]
        welcome = [row for row in due if admission.may_invite(row["inviter"], self._allowed)]
        return welcome, [row for row in due if row not in welcome]

    async def _answer(self, row: Row) -> None:
        room_id = row["room_id"]
        allowed = await self._database.run(self._may_come, row)
        joined = False
        try:
            async with asyncio.timeout(_PATIENCE):
                await (self._doors.join(room_id) if allowed else self._doors.leave(room_id))
        except (Unreachable, RateLimited, TimeoutError) as error:
            wait = self._failed.setdefault(room_id, _Wait())
            wait.longer()
            log.warning("an invitation waits", room=room_id, kind=type(error).__name__, seconds=wait.seconds)
            return
        except TokenRevoked:
            raise
        except (Forbidden, NotFound) as error:
            log.info("an invitation was withdrawn", room=room_id, code=error.code)
        except MatrixError as error:
            log.warning("an invitation cannot be answered", room=room_id, code=error.code)
        else:
            joined = allowed
            log.info("invitation answered", room=room_id, accepted=allowed)
        await self._database.run(self._answered, row, joined=joined)

    def _may_come(self, tx: Transaction, row: Row) -> bool:
        """Whether an invitation is accepted. Before the joining it is noted when that is for a direct chat alone."""
        denied = admittance.lists(tx, admittance.EVERYWHERE).bar(row["inviter"]) is not None
        invited = not denied and admission.may_invite(row["inviter"], self._allowed)
        invited = invited or row["room_id"] in self._replacements(tx).values()
        called = not invited and bool(row["direct"]) and self._chats.may_call(tx, row["inviter"])
        direct.note_answer(tx, row["room_id"], called=called)
        return invited or called

    def _answered(self, tx: Transaction, row: Row, *, joined: bool) -> None:
        # By somebody else it is another invitation, which came meanwhile.
        tx.execute(
            "DELETE FROM invitation WHERE room_id = :room AND inviter = :inviter",
            room=row["room_id"],
            inviter=row["inviter"],
        )
        if not joined:
            direct.forget_invitation(tx, row["room_id"])
        elif not admission.may_invite(row["inviter"], self._allowed):
            self._chats.came(tx, row["inviter"])

    def _replacements(self, tx: Transaction) -> dict[str, str]:
        """The rooms that replace one of ours and to which the bot has not followed yet, by the old ones."""
        states = (self._doors.room(room_id) for room_id in upgrade.left_behind(tx))
        return {room.room_id: room.replacement for room in states if room is not None and room.replacement}

    async def follow_replaced_rooms(self) -> None:
        """Go into the rooms that replace others, where they let us in; elsewhere the bot waits for its invitation.

        Whoever replaced the old room had the power for it there, and may as well have invited the bot.
        """
        for old, new in (await self._database.run(self._replacements)).items():
            room = self._doors.room(old)
            if room is None or new in self._knocked or self._doors.room(new) is not None:
                continue
            try:
                await self._doors.join(new, (room.replacer or "").partition(":")[2] or None)
            except (Unreachable, RateLimited) as error:
                log.warning("the room that replaces another cannot be entered now", room=old, code=error.code)
                continue
            except TokenRevoked:
                raise
            except MatrixError as error:
                log.info("the room that replaces another waits for an invitation", room=old, code=error.code)
            self._knocked.add(new)

    async def open_chats(self) -> None:
        """Open a direct chat with everybody to whom something is to be said in private and who has none.

        Whether one was opened before a crash is seen in the rooms that the bot is in, before this is called.
        """
        awaited = await self._database.run(private.awaited)
        # A few at a time, so that the sync goes on; any of them, so that nobody who cannot be reached holds others up.
        for user in random.sample(awaited, min(len(awaited), _CHATS_AT_ONCE)):
            try:
                room_id = await self._doors.open_chat(user)
            except TokenRevoked:
                raise
            except MatrixError as error:
                log.warning("a direct chat could not be opened", code=error.code)
                continue
            await self._database.run(direct.note_opened, user, room_id, time.time_ns() // 1_000_000)

    def judge(self, tx: Transaction, room_ids: Iterable[str], gone: Iterable[str] = ()) -> None:
        """Have the watch look at rooms whose state has changed, and at those that the bot is in no more."""
        self._watch.judge(tx, room_ids, gone)

    async def leave(self) -> None:
        """Leave the rooms that are to be left; one where that fails now is tried again later."""
        for room_id, reason in await self._database.run(self._ready_to_leave):
            await self._leave(room_id, reason)

    def _ready_to_leave(self, tx: Transaction) -> list[tuple[str, str | None]]:
        """Rooms with the reason: unencrypted ones at once, others when all is handled and said there."""
        unheard = set(inbox.rooms_with_work(tx))
        ready: list[tuple[str, str | None]] = []
        for room_id in settings.to_be_left(tx):
            if Problem.NOT_ENCRYPTED in (settings.known_problems(tx, room_id) or "").split():
                ready.append((room_id, self._world.wording(tx, room_id).say("room.leave-unencrypted")))
            elif room_id not in unheard and not self._world.outbox.has_work(tx, room_id):
                ready.append((room_id, None))
        return ready

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


def _some(rows: Sequence[Row]) -> list[Row]:
    """A few of them; any, so that none that fails holds others up."""
    return list(rows) if len(rows) <= _INVITATIONS_AT_ONCE else random.sample(rows, _INVITATIONS_AT_ONCE)


_INVITATIONS = (
    "SELECT invitation.*, direct_invitation.room_id IS NOT NULL AS direct FROM invitation"
    " LEFT JOIN direct_invitation USING (room_id)"
)
