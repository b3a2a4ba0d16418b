"""What people are in a room, as far as they or others have said: trade, specialty, student. Labels are per room."""

from dataclasses import dataclass
from enum import StrEnum

from doctocbot.store import Transaction


class Grounds(StrEnum):
    """On whose word somebody bears a label; stored by these names."""

    DECLARED = "declared"
    CONFIRMED = "confirmed"
    SPONSORED = "sponsored"


@dataclass(frozen=True, slots=True)
class Label:
    """What somebody is in a room: the canonical names of trade and specialty, and whether they still study it."""

    trade: str
    specialty: str
    student: bool
    grounds: Grounds

    @property
    def proved(self) -> bool:
        """Whether more than their own word stands behind it."""
        return self.grounds is not Grounds.DECLARED


def label_of(tx: Transaction, room_id: str, user: str) -> Label | None:
    """Somebody's label in a room, or None where they have none."""
    row = tx.row(
        "SELECT * FROM member_label WHERE room_id = :room AND user_id = :user", room=room_id, user=user
    )
    if row is None:
        return None
    return Label(row["trade"], row["specialty"], bool(row["student"]), Grounds(row["grounds"]))


def students(tx: Transaction, room_id: str) -> frozenset[str]:
    """Who is a student in a room, on whatever grounds: they are counted apart."""
    rows = tx.rows("SELECT user_id FROM member_label WHERE room_id = :room AND student", room=room_id)
    return frozenset(row["user_id"] for row in rows)
