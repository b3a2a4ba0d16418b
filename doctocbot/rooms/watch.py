"""The watch over rooms: is one closed, who has come in, has it been replaced by another? (DESIGN section 7)

It looks in the transaction that writes what the server said, so that nothing is handled in a room that has just opened.
"""

import time
from collections.abc import Callable, Iterable

import structlog

from doctocbot.chat.rendering import Document, Strong
from doctocbot.chat.replies import Conversation, World
from doctocbot.chat.wording import Wording
from doctocbot.matrix import Event, Outgoing, RoomState
from doctocbot.rooms import admission, arrivals, direct, moderators, settings, upgrade
from doctocbot.rooms.admission import Problem
from doctocbot.rooms.chats import DirectChats
from doctocbot.rooms.welcome import Welcome
from doctocbot.store import Transaction

log = structlog.get_logger(__name__)

Moved = Callable[[Conversation], None]
"""Called in a room to which cases have just moved, so that they show there."""


class RoomWatch:
    """Decides which rooms are served; those in `allowed_inviters` are waited for in a chat instead of being left."""

    def __init__(
        self,
        world: World,
        chats: DirectChats,
        welcome: Welcome,
        moved: Moved,
        *,
        allowed_inviters: Iterable[str],
    ) -> None:
        self._world = world
        self._chats = chats
        self._welcome = welcome
        self._moved = moved
        self._allowed = tuple(allowed_inviters)

    def judge(self, tx: Transaction, room_ids: Iterable[str], gone: Iterable[str] = ()) -> None:
        """Look at rooms whose state has changed: serve them, or say once why not and be silent.

        What must not be served is noted here; the leaving comes afterwards. `gone` are the rooms that the bot is in no
        more.
        """
        gone = list(gone)
        self._chats.gone(tx, gone)
        for room_id in gone:
            arrivals.forget(tx, room_id)
        found = [room for room_id in room_ids if (room := self._world.room(room_id)) is not None]
        # Direct chats after the rooms, for whose members they are.
        for room in sorted(found, key=lambda room: len(room.members), reverse=True):
            self._note(tx, room, admission.problems(room, self._world.room))
        for room in found:
            self._follow(tx, room)
        for room in found:
            if settings.is_served(tx, room.room_id) and direct.partner(tx, room.room_id) is None:
                self._look_who_came(tx, room)

    def _note(self, tx: Transaction, room: RoomState, found: list[Problem]) -> None:
        """Keep what was found, and what follows from it."""
        first_look = settings.known_problems(tx, room.room_id) is None
        before, now = settings.note_problems(tx, room.room_id, found)
        if now != before or first_look:
            log.info("room inspected", room=room.room_id, served=now, problems=[str(each) for each in found])
        if Problem.NOT_ENCRYPTED in found:
            settings.leave_soon(tx, room.room_id)
            if before and direct.partner(tx, room.room_id) is None:
                self._tell_moderators(self._moment(tx, room), found)
        elif self._chats.look(tx, room, first=first_look):
            if first_look and self._is_strangers(tx, room.room_id):
                settings.leave_soon(tx, room.room_id)
            elif found and (before or first_look) and direct.partner(tx, room.room_id) is not None:
                c = self._moment(tx, room)
                c.send([_explanation(c, found, chat=True)])
        elif now != before or (first_look and not now):
            self._tell(tx, room, found, first_look=first_look)

    def _tell(self, tx: Transaction, room: RoomState, found: list[Problem], *, first_look: bool) -> None:
        """Say why a room is not served any more, there and to its moderators; to these also that it is again."""
        c = self._moment(tx, room)
        if found:
            c.send([_explanation(c, found)])
        if not first_look:
            self._tell_moderators(c, found)

    def _tell_moderators(self, c: Conversation, found: list[Problem]) -> None:
        """Tell the moderators what has become of their room; where everybody is one, it was said in the room."""
        if Problem.EVERYBODY_MODERATES in found:
            return

        def words(wording: Wording) -> Document:
            name = Strong(c.room.name or c.room.room_id)
            document = Document().line(
                *wording.spans("room.told-not-served" if found else "room.told-served", room=name)
            )
            return document.items(wording.spans(f"room.problem.{problem}") for problem in found)

        moderators.tell(c, c.room, "watched", words)

    def _is_strangers(self, tx: Transaction, room_id: str) -> bool:
        """Greet a stranger in a new direct chat; those who may found rooms are waited for instead of left."""
        person = direct.partner(tx, room_id)
        if person is None or admission.may_invite(person, self._allowed):
            return False
        return self._chats.greet_stranger(tx, room_id)

    def _follow(self, tx: Transaction, room: RoomState) -> None:
        """Go on in the room that replaces another, whichever of the two has changed."""
        for old, new in upgrade.pairs(room, self._world.room):
            if not upgrade.may_follow(tx, old, new):
                continue
            upgrade.move(tx, old.room_id, new.room_id)
            log.info("followed to the room that replaces another", old=old.room_id, new=new.room_id)
            c = self._moment(tx, new)
            c.send([upgrade.announcement(c, old)])
            self._moved(c)

    def _look_who_came(self, tx: Transaction, room: RoomState) -> None:
        """Welcome newcomers, and note for the moderators' daily news who they are, and what to be warned of."""
        c = self._moment(tx, room)
        for user in arrivals.look(c):
            self._welcome.greet(c, user)
        arrivals.note_cautions(c, admission.warnings(room, c.bot))

    def _moment(self, tx: Transaction, room: RoomState) -> Conversation:
        """The conversation around what the server has just said of a room: each change is news of its own."""
        cause = f"room:{room.room_id}:watched:{time.time_ns()}"
        moment = Event(cause, room.room_id, "", "org.doctocbot.time", self._world.outbox.now())
        return self._world.conversation(tx, moment, room)


def _explanation(c: Conversation, found: list[Problem], *, chat: bool = False) -> Outgoing:
    document = Document().line(*c.wording.spans("direct.not-served" if chat else "room.not-served"))
    document.items(c.wording.spans(f"room.problem.{problem}") for problem in found)
    document.line(*c.wording.spans("direct.not-served-until" if chat else "room.not-served-until"))
    return Outgoing(
        key=f"{c.cause}:explained",
        room_id=c.room.room_id,
        content=document.content("m.notice"),
        even_unserved=True,
    )
