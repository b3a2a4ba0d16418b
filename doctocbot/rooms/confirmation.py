"""Destructive acts are asked about once: who said it says `!mod yes` in the same place within ten minutes, or nothing.

    confirmation.ask(c, "pull", words, question)  ->  a row, a question  ->  !mod yes  ->  acts["pull"](c, words)

Whether the person may, and whether there is still something to do, is looked at anew when it is carried out.
"""

from collections.abc import Mapping

from doctocbot.chat.commands import Runs
from doctocbot.chat.rendering import Document
from doctocbot.chat.replies import At, Conversation, Refusal
from doctocbot.rooms.commands import Subcommand
from doctocbot.store import Transaction

_PATIENCE_MS = 10 * 60_000


def ask(c: Conversation, act: str, words: str, question: Document) -> None:
    """Ask whether an act with these words is meant; what was asked before in this place is asked no more."""
    c.tx.execute(
        "INSERT INTO confirmation (user_id, place_id, act, words, asked_at) VALUES (:user, :place, :act, :words, :now)"
        " ON CONFLICT (user_id, place_id) DO UPDATE SET act = excluded.act, words = excluded.words,"
        " asked_at = excluded.asked_at",
        user=c.sender,
        place=c.event.room_id,
        act=act,
        words=words,
        now=c.now,
    )
    c.reply(question.line(*c.wording.spans("confirmation.how")), purpose="confirmation")


def take(c: Conversation) -> tuple[str, str] | None:
    """The act and the words that the person has been asked about here, which is then over; None where nothing waits."""
    row = c.tx.row(
        "SELECT act, words, asked_at FROM confirmation WHERE user_id = :user AND place_id = :place",
        user=c.sender,
        place=c.event.room_id,
    )
    c.tx.execute(
        "DELETE FROM confirmation WHERE user_id = :user AND place_id = :place",
        user=c.sender,
        place=c.event.room_id,
    )
    if row is None or not 0 <= c.now - row["asked_at"] <= _PATIENCE_MS:
        return None
    return row["act"], row["words"]


def tick(tx: Transaction, now: int, at: At) -> int:
    """Forget what nobody has confirmed in time: its words may be a reason. A ticker that says nothing."""
    tx.execute("DELETE FROM confirmation WHERE asked_at < :before", before=now - _PATIENCE_MS)
    return 0


def subcommands(acts: Mapping[str, Runs]) -> tuple[Subcommand, ...]:
    """`!mod yes` and `!mod no`; `acts` carries out what was confirmed, by its name, with the words as typed."""

    def yes(c: Conversation, words: str) -> None:
        asked = take(c)
        if asked is None:
            raise Refusal("confirmation.nothing")
        act, said = asked
        if act not in acts:
            # Asked by a version of the program that knew it.
            raise Refusal("confirmation.nothing")
        acts[act](c, said)

    def no(c: Conversation, words: str) -> None:
        if take(c) is None:
            raise Refusal("confirmation.nothing")
        c.tell("confirmation.dropped")

    return (Subcommand(("yes", "oui"), yes), Subcommand(("no", "non"), no))
