"""The keeper of direct chats: which rooms are some, whose, and what happens when one stops being one (DESIGN 3)."""

import time
from collections.abc import Callable

from doctocbot.chat.rendering import Document
from doctocbot.chat.wording import wording
from doctocbot.matrix import Outbox, Outgoing, RoomState
from doctocbot.rooms import direct, settings
from doctocbot.store import Transaction

_HOUR_MS = 3_600_000
_MOST_STRANGERS_AN_HOUR = 20

Ended = Callable[[Transaction, RoomState, str], None]
"""Called with the room and the person when a chat in which something private was shown is one no more."""


class DirectChats:
    """Looks after direct chats; `ended` takes back what was shown in one that is direct no more."""

    def __init__(
        self,
        bot: str,
        outbox: Outbox,
        room: Callable[[str], RoomState | None],
        *,
        language: str,
        ended: Ended,
    ) -> None:
        self._bot = bot
        self._outbox = outbox
        self._room = room
        self._language = language
        self._ended = ended

    def may_call(self, tx: Transaction, user: str) -> bool:
        """Whether an invitation to a direct chat is accepted: from colleagues always, from a stranger once."""
        if direct.shared_rooms(tx, user, self._room):
            return True
        if tx.value("SELECT 1 FROM stranger WHERE hash = :hash", hash=self._hash(user)):
            return False
        recent: int = tx.value(
            "SELECT count(*) FROM stranger WHERE told_at > :since", since=_now() - _HOUR_MS
        )
        return recent < _MOST_STRANGERS_AN_HOUR

    def look(self, tx: Transaction, room: RoomState, *, first: bool) -> bool:
        """Look at a room whose state has changed; returns whether it is no room for everybody's cases.

        Only at the first look does a room become a direct chat: two who are left of a larger room are none.
        """
        person, other = direct.partner(tx, room.room_id), direct.only_other(room, self._bot)
        if person is not None and person != other:
            return self._end(tx, room, person)
        if person is None and direct.was_private(tx, room.room_id):
            settings.serve_no_more(tx, room.room_id)
            return True
        if first and other is not None and (room.name is None or direct.was_called_direct(tx, room.room_id)):
            direct.begin(tx, room.room_id, other)
            person = other
        direct.forget_invitation(tx, room.room_id)
        return person is not None

    def _end(self, tx: Transaction, room: RoomState, person: str) -> bool:
        """A third was invited, or the person has left. Where nothing private was shown, it simply is a room now."""
        private = direct.was_private(tx, room.room_id)
        direct.end(tx, room.room_id)
        if private:
            settings.serve_no_more(tx, room.room_id)
            self._ended(tx, room, person)
            if room.is_member(person):
                self._say(tx, room.room_id, f"chat:{room.room_id}:ended", "direct.ended")
        return private

    def greet_stranger(self, tx: Transaction, room_id: str) -> bool:
        """Tell somebody who shares no served room with us, once, that nothing can be done here; whether we did."""
        person = direct.partner(tx, room_id)
        if person is None or direct.shared_rooms(tx, person, self._room):
            return False
        known = tx.execute(
            "INSERT INTO stranger (hash, told_at) VALUES (:hash, :now) ON CONFLICT DO NOTHING",
            hash=self._hash(person),
            now=_now(),
        )
        if known:
            self._say(tx, room_id, f"chat:{room_id}:stranger", "direct.stranger")
        return True

    def _say(self, tx: Transaction, room_id: str, key: str, sentence: str) -> None:
        words = wording(settings.language(tx, room_id, self._language))
        content = Document().line(*words.spans(sentence)).content("m.notice")
        self._outbox.put(tx, Outgoing(key=key, room_id=room_id, content=content, even_unserved=True))

    def _hash(self, user: str) -> str:
        return self._outbox.transaction_id(f"stranger:{user}")


def _now() -> int:
    return int(time.time() * 1000)
