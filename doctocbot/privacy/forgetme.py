"""`!forgetme`: show what would be erased, ask once, and erase."""

from doctocbot.chat.commands import Command
from doctocbot.chat.parsing import fold
from doctocbot.chat.rendering import Document
from doctocbot.chat.replies import At, Conversation
from doctocbot.matrix import Outgoing
from doctocbot.privacy import erasures, holdings
from doctocbot.privacy.erasing import Forgotten, forget_person
from doctocbot.privacy.holding import Subject
from doctocbot.rooms import direct
from doctocbot.store import Transaction

_PATIENCE_MS = 10 * 60_000
_YES = frozenset(("yes", "oui"))
_HAPPENS = ("cases", "answers", "said", "own", "rows")
_STAYS = ("counts", "audit", "mark", "identity", "rooms", "phones")


def forgetme(c: Conversation, words: str) -> None:
    """`!forgetme`: show what goes and what stays; `!forgetme yes` within ten minutes: erase it."""
    if fold(words).strip(" .!") in _YES and _was_asked(c):
        _tell(c, forget_person(c, c.sender))
        erasures.note(c, c.sender)
        return
    c.tx.execute(_ASK, user=c.sender, now=c.now)
    direct.note_private(c.tx, c.event.room_id)
    c.reply(_question(c), quiet=False)


def _was_asked(c: Conversation) -> bool:
    """Whether they were shown, within the last ten minutes, what goes."""
    asked_at = c.tx.value("SELECT asked_at FROM forget_request WHERE user_id = :user", user=c.sender)
    return asked_at is not None and 0 <= c.now - asked_at <= _PATIENCE_MS


_ASK = (
    "INSERT INTO forget_request (user_id, asked_at) VALUES (:user, :now)"
    " ON CONFLICT (user_id) DO UPDATE SET asked_at = excluded.asked_at"
)


def _question(c: Conversation) -> Document:
    """What is kept in numbers, what happens to it, what stays and why, and how to say yes."""
    document = Document().line(*c.wording.spans("forgetme.what"))
    found = holdings.told(c.tx, Subject.of(c.sender, c.outbox))
    document.items((f"{c.wording.say(f'mydata.{section}')}: {len(rows)}",) for section, rows in found)
    document.line(*c.wording.spans("forgetme.happens"))
    document.items(c.wording.spans(f"forgetme.happens.{name}") for name in _HAPPENS)
    document.line(*c.wording.spans("forgetme.stays"))
    document.items(c.wording.spans(f"forgetme.stays.{name}") for name in _STAYS)
    if not c.room.can_redact(c.bot):
        document.line(*c.wording.spans("forgetme.this-chat"))
    return document.line(*c.wording.spans("forgetme.how"))


def _tell(c: Conversation, forgotten: Forgotten) -> None:
    """Say that it is done, and what could not be reached. Their own message is going: there is nothing to reply to."""
    document = Document().line(*c.wording.spans("forgetme.done"))
    if forgotten.left_in_place:
        document.line(c.wording.count("forgetme.left", forgotten.left_in_place))
    if not c.room.can_redact(c.bot):
        document.line(*c.wording.spans("forgetme.this-chat"))
    c.send(
        [Outgoing(key=f"{c.cause}:forgotten", room_id=c.event.room_id, content=document.content("m.notice"))]
    )


def forget_requests(tx: Transaction, now: int, at: At) -> int:
    """Forget who was asked and has not answered in time. A ticker that says nothing."""
    tx.execute("DELETE FROM forget_request WHERE asked_at < :before", before=now - _PATIENCE_MS)
    return 0


COMMANDS = (Command(("forgetme", "oubliezmoi"), forgetme),)
