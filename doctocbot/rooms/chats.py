"""The keeper of direct chats: which rooms are some, whose, and what happens when one stops being one (DESIGN 3)."""

import time
from collections.abc import Callable, Iterable

from doctocbot.chat.rendering import Document
from doctocbot.chat.replies import World
from doctocbot.chat.wording import wording
from doctocbot.matrix import Outgoing, RoomState
from doctocbot.rooms import direct, private, settings
from doctocbot.store import Transaction

_HOUR_MS = 3_600_000
_MOST_STRANGERS_AN_HOUR = 20

Ended = Callable[[Transaction, RoomState, str], None]
"""Called with the room and the person when a chat in which something private was shown is one no more."""


class DirectChats:
    """Looks after direct chats; `ended` takes back what was shown in one that is direct no more."""

    def __init__(self, world: World, *, language: str, ended: Ended) -> None:
        self._world = world
        self._language = language
        self._ended = ended

    def may_call(self, tx: Transaction, user: str) -> bool:
        """Whether an invitation to a direct chat is accepted: from colleagues always, from a stranger once."""
        if direct.shared_rooms(tx, user, self._world.room):
            return True
        if tx.value("SELECT 1 FROM stranger WHERE hash = :hash", hash=self._hash(user)):
            return False
        recent: int = tx.value(
            "SELECT count(*) FROM stranger WHERE called_at > :since", since=_now() - _HOUR_MS
        )
        return recent < _MOST_STRANGERS_AN_HOUR

    def came(self, tx: Transaction, user: str) -> None:
        """Count a stranger to whose direct chat the bot has come, whatever it will turn out to be."""
        if not direct.shared_rooms(tx, user, self._world.room):
            tx.execute(
                "INSERT INTO stranger (hash, called_at) VALUES (:hash, :now) ON CONFLICT DO NOTHING",
                hash=self._hash(user),
                now=_now(),
            )

    def look(self, tx: Transaction, room: RoomState, *, first: bool) -> bool:
        """Look at a room whose state has changed; returns whether it is no room for everybody's cases.

        Only at the first look does a room become a direct chat: two who are left of a larger room are none. One to
        which the bot was only called as to a direct chat is left when it is none.
        """
        person, other = direct.partner(tx, room.room_id), direct.only_other(room, self._world.bot)
        made_for = room.made_for(self._world.bot)
        if made_for is not None and person is None:
            return self._await(tx, room, made_for, other)
        invited = direct.arrive(tx, room.room_id)
        if first and other is not None and (room.name is None or invited) and not _replaces(tx, room):
            direct.begin(tx, room.room_id, other)
            return True
        if person is not None and person == other:
            return True
        ended = person is not None and self._end(tx, room, person)
        if not (direct.was_private(tx, room.room_id) or direct.was_called(tx, room.room_id)):
            return False
        settings.serve_no_more(tx, room.room_id)
        if direct.was_called(tx, room.room_id):
            self._go(tx, room, told=ended)
        return True

    def _await(self, tx: Transaction, room: RoomState, made_for: str, other: str | None) -> bool:
        """Look at a chat that the bot opened: it begins when the one for whom it was made has come.

        It is no room for others; one that nobody wants is left.
        """
        direct.note_opened(tx, made_for, room.room_id, self._world.outbox.now())
        if other == made_for:
            direct.begin(tx, room.room_id, made_for)
            return True
        settings.serve_no_more(tx, room.room_id)
        if made_for not in room.invited:
            settings.leave_soon(tx, room.room_id)
        return True

    def gone(self, tx: Transaction, room_ids: Iterable[str]) -> None:
        """Follow that the bot is in these rooms no more: what was shown there to one person is over.

        One in which something private was shown is remembered: it may go on with that person, never with others.
        """
        for room_id in room_ids:
            person = direct.partner(tx, room_id)
            if person is None:
                continue
            private.wait_again(tx, room_id)
            settings.serve_no_more(tx, room_id)
            self._ended(tx, RoomState(room_id), person)
            self._world.outbox.drop_waiting(tx, room_id, "no longer in the room", redactions=True)
            if direct.was_private(tx, room_id):
                direct.note_private(tx, room_id)
            else:
                settings.forget(tx, room_id)

    def _end(self, tx: Transaction, room: RoomState, person: str) -> bool:
        """A third was invited, or the person has left. Where nothing private was shown, it simply is a room now."""
        was_private = direct.was_private(tx, room.room_id)
        direct.end(tx, room.room_id)
        private.wait_again(tx, room.room_id)
        self._world.outbox.drop_waiting(tx, room.room_id, "no direct chat any more")
        if was_private:
            direct.note_private(tx, room.room_id)
            self._ended(tx, room, person)
            if room.is_member(person):
                self._say(tx, room.room_id, f"chat:{room.room_id}:ended", "direct.ended")
        return was_private

    def _go(self, tx: Transaction, room: RoomState, *, told: bool) -> None:
        """Leave a room to which the bot was only called as to a direct chat, and say why where that may be said."""
        if room.encrypted and not told:
            self._say(tx, room.room_id, f"chat:{room.room_id}:no-chat", "direct.no-chat")
        settings.leave_soon(tx, room.room_id)

    def greet_stranger(self, tx: Transaction, room_id: str) -> bool:
        """Tell somebody who shares no served room with us, once, that nothing can be done here; whether we did."""
        person = direct.partner(tx, room_id)
        if person is None or direct.shared_rooms(tx, person, self._world.room):
            return False
        new = tx.execute(
            "INSERT INTO stranger (hash, called_at, told_at) VALUES (:hash, :now, :now)"
            " ON CONFLICT (hash) DO UPDATE SET told_at = excluded.told_at WHERE told_at IS NULL",
            hash=self._hash(person),
            now=_now(),
        )
        if new:
            self._say(tx, room_id, f"chat:{room_id}:stranger", "direct.stranger")
        return True

    def _say(self, tx: Transaction, room_id: str, key: str, sentence: str) -> None:
        words = wording(settings.language(tx, room_id, self._language))
        content = Document().line(*words.spans(sentence)).content("m.notice")
        self._world.outbox.put(tx, Outgoing(key=key, room_id=room_id, content=content, even_unserved=True))

    def _hash(self, user: str) -> str:
        return self._world.outbox.transaction_id(f"stranger:{user}")


def _replaces(tx: Transaction, room: RoomState) -> bool:
    """Whether a room says that it replaces one of ours that is no direct chat: then it is none either."""
    old = room.predecessor
    return (
        old is not None and settings.known_problems(tx, old) is not None and direct.partner(tx, old) is None
    )


def _now() -> int:
    return int(time.time() * 1000)
