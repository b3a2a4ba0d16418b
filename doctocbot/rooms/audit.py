"""Who did what that somebody may have to answer for: rows that hold acts and numbers, never words of a case."""

from enum import StrEnum

from doctocbot.store import Transaction


class Deed(StrEnum):
    """What is audited."""

    CONSENT = "consent"


def note(
    tx: Transaction, at: int, actor: str, deed: Deed, *, room: str | None = None, case: int | None = None
) -> None:
    """Write down that somebody did something; `at` in ms since 1970."""
    tx.execute(
        "INSERT INTO audit (at, actor, act, room_id, case_id) VALUES (:at, :actor, :act, :room, :case_id)",
        at=at,
        actor=actor,
        act=deed,
        room=room,
        case_id=case,
    )
