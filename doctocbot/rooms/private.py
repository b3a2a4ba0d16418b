"""Saying something to one person in private: in their direct chat, or in one that the bot opens for it.

What is said to somebody who has no chat waits as a row; the steward opens the chat, and when the person has come, the
row becomes an outbox row there. What nobody has come for in a week is forgotten; nobody is called twice in a week.
"""

import json

from doctocbot.chat.rendering import Document
from doctocbot.chat.replies import At, Conversation
from doctocbot.chat.wording import Wording
from doctocbot.matrix import Event, Outgoing
from doctocbot.rooms import direct, settings
from doctocbot.store import Transaction

_PATIENCE_MS = 7 * 24 * 3600 * 1000


def tell(
    c: Conversation,
    user: str,
    purpose: str,
    document: Document,
    *,
    case_id: int | None = None,
    quotes: bool = False,
    cause: str | None = None,
) -> str:
    """Say something to somebody in private; returns the outbox key that it has, now or when the person has come.

    `case_id` is the case that it is about, `quotes` whether it holds words of the case's author; `cause` keeps apart
    what the present event is not the cause of.
    """
    key = f"{cause or c.cause}:{purpose}:{c.outbox.pseudonym(user)}"
    chat = direct.chat_of(c.tx, user, "")
    content = document.content()
    if chat is None:
        c.tx.execute(
            "INSERT INTO private_word (user_id, key, content, case_id, quotes, said_at)"
            " VALUES (:user, :key, :content, :case_id, :quotes, :now) ON CONFLICT DO NOTHING",
            user=user,
            key=key,
            content=json.dumps(content, ensure_ascii=False),
            case_id=case_id,
            quotes=quotes,
            now=c.outbox.now(),
        )
        return key
    c.send([Outgoing(key=key, room_id=chat, content=content, case_id=case_id, quotes=quotes)])
    return key


def wording_for(c: Conversation, user: str) -> Wording:
    """The language of somebody's direct chat, or the one spoken here where they have none."""
    chat = direct.chat_of(c.tx, user, "")
    return c.wording if chat is None else c.world.wording(c.tx, chat)


def tick(tx: Transaction, now: int, at: At) -> int:
    """Say what has waited for its reader to come, and forget what has waited too long; returns how many were said."""
    tx.execute("DELETE FROM private_word WHERE said_at < :before", before=now - _PATIENCE_MS)
    for room_id in direct.forget_opened(tx, now - _PATIENCE_MS):
        settings.leave_soon(tx, room_id)
    said = 0
    for row in tx.rows(_READY):
        c = at(tx, Event(row["key"], row["room_id"], row["user_id"], "org.doctocbot.time", now))
        word = Outgoing(
            key=row["key"],
            room_id=row["room_id"],
            content=json.loads(row["content"]),
            case_id=row["case_id"],
            quotes=bool(row["quotes"]),
        )
        c.send([word])
        tx.execute("DELETE FROM private_word WHERE id = :id", id=row["id"])
        said += 1
    return said


_READY = (
    "SELECT private_word.*, room_id FROM private_word JOIN room ON direct_with = user_id AND served AND NOT leaving"
    " GROUP BY private_word.id ORDER BY private_word.id"
)


def forget_case(tx: Transaction, case_id: int) -> None:
    """Forget what waits to be said about a case."""
    tx.execute("DELETE FROM private_word WHERE case_id = :id", id=case_id)


def awaited(tx: Transaction) -> list[str]:
    """The people to whom something is to be said, or given back, who have no direct chat with the bot."""
    return [row["user_id"] for row in tx.rows(_AWAITED)]


_AWAITED = (
    "SELECT who.user_id FROM (SELECT user_id FROM private_word UNION SELECT author FROM draft WHERE chat_id = '')"
    " AS who WHERE NOT EXISTS (SELECT 1 FROM room WHERE direct_with = who.user_id AND served AND NOT leaving)"
    " AND NOT EXISTS (SELECT 1 FROM opened_chat WHERE opened_chat.user_id = who.user_id)"
)
