"""What people are in a room, as far as they or others have said: trade, specialty, student. Labels are per room.

A label is declared by the person, and shown as such, until a moderator confirms it or two colleagues vouch for it.
"""

import json
from collections.abc import Iterable

from doctocbot.rooms.labels import Grounds, Label
from doctocbot.rooms.trades import Calling
from doctocbot.store import Row, Transaction


def label_in(row: Row) -> Label | None:
    """The label in a row that was joined with the table of labels, or None where it has none."""
    if row["trade"] is None:
        return None
    return Label(row["trade"], row["specialty"], bool(row["student"]), Grounds(row["grounds"]))


def label_of(tx: Transaction, room_id: str, user: str) -> Label | None:
    """Somebody's label in a room, or None where they have none."""
    row = tx.row(
        "SELECT * FROM member_label WHERE room_id = :room AND user_id = :user", room=room_id, user=user
    )
    return None if row is None else label_in(row)


def labels_of(tx: Transaction, room_id: str, users: Iterable[str]) -> dict[str, Label]:
    """The labels that these people have in a room, by one query; who has none is left out."""
    wanted = json.dumps(sorted(users))
    rows = tx.rows(
        "SELECT * FROM member_label WHERE room_id = :room AND user_id IN (SELECT value FROM json_each(:users))",
        room=room_id,
        users=wanted,
    )
    found = ((row["user_id"], label_in(row)) for row in rows)
    return {user: label for user, label in found if label is not None}


def bear(
    tx: Transaction,
    room_id: str,
    user: str,
    calling: Calling,
    grounds: Grounds,
    *,
    at: int,
    news_at: int | None = None,
) -> None:
    """Have somebody bear a label in a room from `at` on (ms); its declaration is news for the moderators at `news_at`.

    Another trade than before ends what was vouched for.
    """
    tx.execute(
        "INSERT INTO member_label (room_id, user_id, trade, specialty, student, grounds, at, news_at)"
        " VALUES (:room, :user, :trade, :specialty, :student, :grounds, :at, :news_at)"
        " ON CONFLICT (room_id, user_id) DO UPDATE SET trade = excluded.trade, specialty = excluded.specialty,"
        " student = excluded.student, grounds = excluded.grounds, at = excluded.at, news_at = excluded.news_at",
        room=room_id,
        user=user,
        trade=calling.trade,
        specialty=calling.specialty,
        student=calling.student,
        grounds=grounds,
        at=at,
        news_at=news_at,
    )


def prove(tx: Transaction, room_id: str, user: str, grounds: Grounds, at: int) -> None:
    """Note that others stand behind somebody's label now."""
    tx.execute(
        "UPDATE member_label SET grounds = :grounds, at = :at, news_at = NULL"
        " WHERE room_id = :room AND user_id = :user",
        grounds=grounds,
        at=at,
        room=room_id,
        user=user,
    )


def take_off(tx: Transaction, room_id: str, user: str) -> bool:
    """Take somebody's label away in a room; returns whether there was one."""
    statement = "DELETE FROM member_label WHERE room_id = :room AND user_id = :user"
    return tx.execute(statement, room=room_id, user=user) > 0
