"""Saying something to one person in private: in their direct chat, or in one that the bot opens for it.

What is to be said is a row until it is sent. Where its reader has no chat it waits; the steward opens one, and when the
person has come it becomes an outbox row there. When the chat ends before it is sent, it waits again. What nobody has
come for in a week is forgotten; nobody is called twice in a week.
"""

from dataclasses import dataclass, replace

from doctocbot.chat.rendering import Document
from doctocbot.chat.replies import At, Conversation
from doctocbot.chat.wording import Wording
from doctocbot.matrix import Event, Outgoing
from doctocbot.rooms import direct, settings
from doctocbot.rooms.admittance import is_admitted
from doctocbot.rooms.roles import Standing, stands
from doctocbot.store import Transaction

_PATIENCE_MS = 7 * 24 * 3600 * 1000


@dataclass(frozen=True, slots=True)
class MeantFor:
    """What the reader has to be in which room when it is said at last: days may have passed."""

    room_id: str
    standing: Standing


def tell(
    c: Conversation,
    user: str,
    purpose: str,
    document: Document,
    *,
    case_id: int | None = None,
    quotes: bool = False,
    cause: str | None = None,
    meant_for: MeantFor | None = None,
) -> str:
    """Say something to somebody in private; returns the outbox key that it has, now or when the person has come.

    `case_id` is the case that it is about, `quotes` whether it holds words of the case's author; `cause` keeps apart
    what the present event is not the cause of. Without `meant_for` it may be said whatever becomes of the person.
    """
    key = f"{cause or c.cause}:{purpose}:{c.outbox.pseudonym(user)}"
    word = Outgoing(key=key, room_id="", content=document.content(), case_id=case_id, quotes=quotes)
    say(c, user, word, meant_for)
    return key


def say(c: Conversation, user: str, word: Outgoing, meant_for: MeantFor | None = None) -> None:
    """Send somebody a message in private, wherever their direct chat is or will be; the same key is said once."""
    if c.outbox.state(c.tx, word.key) is not None:
        return
    if meant_for is not None and not _is_meant(c, user, meant_for):
        return
    c.tx.execute(
        "INSERT INTO private_word (user_id, key, spec, case_id, meant_for, in_room, said_at)"
        " VALUES (:user, :key, :spec, :case_id, :meant_for, :room, :now) ON CONFLICT DO NOTHING",
        user=user,
        key=word.key,
        spec=word.to_json(),
        case_id=word.case_id,
        meant_for=meant_for and meant_for.standing,
        room=meant_for and meant_for.room_id,
        now=c.outbox.now(),
    )
    chat = direct.chat_of(c.tx, user, "")
    if chat is not None:
        _hand_over(c, word, chat)


def _hand_over(c: Conversation, word: Outgoing, chat: str) -> None:
    """Have a word sent in a chat, which is no room for others from then on."""
    direct.note_private(c.tx, chat)
    c.send([replace(word, room_id=chat)])
    c.tx.execute("UPDATE private_word SET chat_id = :chat WHERE key = :key", chat=chat, key=word.key)


def wording_for(c: Conversation, user: str) -> Wording:
    """The language of somebody's direct chat, or the one spoken here where they have none."""
    chat = direct.chat_of(c.tx, user, "")
    return c.wording if chat is None else c.world.wording(c.tx, chat)


def tick(tx: Transaction, now: int, at: At) -> int:
    """Say what has waited for its reader to come, and forget what has waited too long; returns how many were said."""
    tx.execute(_FORGET, before=now - _PATIENCE_MS)
    for room_id in direct.forget_opened(tx, now - _PATIENCE_MS):
        settings.leave_soon(tx, room_id)
    said = 0
    for row in tx.rows(_READY):
        c = at(tx, Event(row["key"], row["chat"], row["user_id"], "org.doctocbot.time", now))
        meant_for = row["meant_for"] and MeantFor(row["in_room"], Standing(row["meant_for"]))
        if meant_for is None or _is_meant(c, row["user_id"], meant_for):
            _hand_over(c, Outgoing.from_json(row["spec"]), row["chat"])
            said += 1
        else:
            tx.execute("DELETE FROM private_word WHERE id = :id", id=row["id"])
    return said


def _is_meant(c: Conversation, user: str, meant_for: MeantFor) -> bool:
    """Whether somebody is what a word is meant for, now."""
    room = c.world.state(meant_for.room_id)
    return is_admitted(c.tx, room, user) and stands(user, room, meant_for.standing)


# What has been sent, or dropped for good, is in the outbox's hands.
_FORGET = (
    "DELETE FROM private_word WHERE chat_id IS NULL AND said_at < :before OR chat_id IS NOT NULL"
    " AND NOT EXISTS (SELECT 1 FROM outbox WHERE outbox.key = private_word.key AND state IN ('queued', 'sending'))"
)
_READY = (
    "SELECT private_word.*, room_id AS chat FROM private_word JOIN room ON direct_with = user_id AND served"
    " AND NOT leaving WHERE chat_id IS NULL GROUP BY private_word.id ORDER BY private_word.id"
)


def wait_again(tx: Transaction, room_id: str) -> None:
    """Have what was not yet sent in a chat that ends wait for the person's next one."""
    for row in tx.rows(_UNSENT, room=room_id):
        # Never tried, so that its key may be used anew.
        tx.execute("DELETE FROM outbox WHERE key = :key", key=row["key"])
        tx.execute("UPDATE private_word SET chat_id = NULL WHERE key = :key", key=row["key"])


_UNSENT = (
    "SELECT key FROM private_word JOIN outbox USING (key) WHERE chat_id = :room AND outbox.state = 'queued'"
    " ORDER BY private_word.id"
)


def waits(tx: Transaction, prefix: str) -> bool:
    """Whether a word whose key begins like this is on its way to its reader."""
    return tx.value(_WAITS, prefix=prefix) is not None


_WAITS = (
    "SELECT 1 FROM private_word WHERE key >= :prefix AND key < :prefix || char(0x10FFFF) AND chat_id IS NULL"
)


def forget_case(tx: Transaction, case_id: int) -> None:
    """Forget what waits to be said about a case."""
    tx.execute("DELETE FROM private_word WHERE case_id = :id", id=case_id)


def awaited(tx: Transaction) -> list[str]:
    """The people to whom something is to be said, or given back, who have no direct chat with the bot."""
    return [row["user_id"] for row in tx.rows(_AWAITED)]


_AWAITED = (
    "SELECT who.user_id FROM (SELECT user_id FROM private_word WHERE chat_id IS NULL"
    " UNION SELECT author FROM draft WHERE chat_id = '')"
    " AS who WHERE NOT EXISTS (SELECT 1 FROM room WHERE direct_with = who.user_id AND served AND NOT leaving)"
    " AND NOT EXISTS (SELECT 1 FROM opened_chat WHERE opened_chat.user_id = who.user_id)"
)
