"""Who follows what, and who does not want to be called now, as rows.

Names are canonical (`specialties.canonical`). What is followed everywhere stands under an empty room id.
"""

from collections.abc import Iterable

from doctocbot.store import Row, Transaction

EVERYWHERE = ""
MOST_NAMES = 40
"""What one person may follow: more is no choice."""


def follow(tx: Transaction, user: str, room: str, name: str) -> bool:
    """Have somebody told of cases about something in a room; False when they follow too much already."""
    count: int = tx.value("SELECT count(*) FROM follow WHERE user_id = :user", user=user)
    if count >= MOST_NAMES:
        return False
    tx.execute(
        "INSERT INTO follow (user_id, room_id, name) VALUES (:user, :room, :name) ON CONFLICT DO NOTHING",
        user=user,
        room=room,
        name=name,
    )
    return True


def unfollow(tx: Transaction, user: str, name: str | None, room: str | None) -> int:
    """End what somebody follows: one name or all (None), in one room or wherever (None); returns how many."""
    return tx.execute(
        "DELETE FROM follow WHERE user_id = :user AND (:name IS NULL OR name = :name)"
        " AND (:room IS NULL OR room_id = :room)",
        user=user,
        name=name,
        room=room,
    )


def followed_by(tx: Transaction, user: str, rooms: Iterable[str]) -> list[Row]:
    """What somebody follows everywhere and in these rooms: rows of room_id and name."""
    wanted = {EVERYWHERE, *rooms}
    rows = tx.rows("SELECT room_id, name FROM follow WHERE user_id = :user ORDER BY room_id, name", user=user)
    return [row for row in rows if row["room_id"] in wanted]


def followers_of(tx: Transaction, room: str, names: Iterable[str], now: int) -> set[str]:
    """Who follows any of these in a room and has not muted the bot (at `now`, ms), whether they are there or not."""
    found: set[str] = set()
    for name in names:
        rows = tx.rows(_FOLLOWERS, room=room, name=name, now=now)
        found.update(row["user_id"] for row in rows)
    return found


_FOLLOWERS = (
    "SELECT user_id FROM follow WHERE name = :name AND room_id IN ('', :room)"
    " AND NOT EXISTS (SELECT 1 FROM mute WHERE mute.user_id = follow.user_id AND until > :now)"
)


def mute(tx: Transaction, user: str, until: int) -> None:
    """Call somebody to nothing until then (ms)."""
    tx.execute(
        "INSERT INTO mute (user_id, until) VALUES (:user, :until)"
        " ON CONFLICT (user_id) DO UPDATE SET until = excluded.until",
        user=user,
        until=until,
    )


def unmute(tx: Transaction, user: str) -> None:
    """Call somebody again."""
    tx.execute("DELETE FROM mute WHERE user_id = :user", user=user)


def asked_for(tx: Transaction, case_id: int) -> set[str]:
    """What has been asked for in a case."""
    return {row["name"] for row in tx.rows("SELECT name FROM asked_for WHERE case_id = :id", id=case_id)}


def note_asked(tx: Transaction, case_id: int, name: str) -> None:
    """Note that the followers of something have been called to a case."""
    tx.execute(
        "INSERT INTO asked_for (case_id, name) VALUES (:id, :name) ON CONFLICT DO NOTHING",
        id=case_id,
        name=name,
    )


def forget(tx: Transaction, user: str) -> None:
    """Erase what is kept of somebody here."""
    tx.execute("DELETE FROM follow WHERE user_id = :user", user=user)
    unmute(tx, user)
