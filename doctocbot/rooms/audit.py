"""Who did what that somebody may have to answer for: rows that hold acts and numbers, never words of a case."""

from enum import StrEnum

from doctocbot.chat.replies import Conversation


class Deed(StrEnum):
    """What is audited."""

    CONSENT = "consent"
    PULL = "pull"
    ASKED_WHO = "asked-who"


def note(c: Conversation, deed: Deed, *, room: str | None = None, case: int | None = None) -> None:
    """Write down that the person did something, under a pseudonym and by our own clock (DESIGN section 10)."""
    c.tx.execute(
        "INSERT INTO audit (at, actor, act, room_id, case_id) VALUES (:at, :actor, :act, :room, :case_id)",
        at=c.outbox.now(),
        actor=c.outbox.pseudonym(c.sender),
        act=deed,
        room=room,
        case_id=case,
    )
