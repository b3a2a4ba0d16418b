"""The moderators learn that the bot was away for long: what was asked meanwhile is answered late, and they know why."""

from doctocbot.chat.rendering import Document
from doctocbot.chat.replies import At
from doctocbot.chat.wording import Wording
from doctocbot.matrix import Event
from doctocbot.rooms import moderators
from doctocbot.rooms.moderators import is_home
from doctocbot.store import Transaction

_WORTH_TELLING_MS = 3_600_000
ALIVE = "alive_at"
"""The row of `meta` with the time of the last sync that was finished, in ms: a bot that hears nothing is away too."""

_AWAY = "away_since"


def note(tx: Transaction, now: int) -> None:
    """At a start, note whether the bot was away for more than an hour until `now` (ms)."""
    last = int(tx.value("SELECT value FROM meta WHERE key = :key", key=ALIVE) or 0)
    if last and now - last > _WORTH_TELLING_MS:
        tx.execute(
            "INSERT INTO meta (key, value) VALUES (:key, :last) ON CONFLICT (key) DO NOTHING",
            key=_AWAY,
            last=last,
        )


def keep_time(tx: Transaction, now: int) -> None:
    """Note that the bot has heard all that was said until `now` (ms)."""
    tx.execute(
        "INSERT INTO meta (key, value) VALUES (:key, :now) ON CONFLICT (key) DO UPDATE SET value = excluded.value",
        key=ALIVE,
        now=now,
    )


def tick(tx: Transaction, now: int, at: At) -> int:
    """Tell the moderators of each served room, once, from when to when the bot was away."""
    since = tx.value("SELECT value FROM meta WHERE key = :key", key=_AWAY)
    if since is None:
        return 0
    tx.execute("DELETE FROM meta WHERE key = :key", key=_AWAY)
    # A start right after this one has nothing to tell.
    keep_time(tx, now)
    rooms = tx.rows("SELECT room_id FROM room WHERE served AND direct_with IS NULL ORDER BY room_id")
    told = [row["room_id"] for row in rooms if not is_home(tx, row["room_id"])]
    for room_id in told:
        c = at(tx, Event(f"away:{since}:{room_id}", room_id, "", "org.doctocbot.time", now))

        def words(wording: Wording) -> Document:
            away = wording.duration(now - int(since))
            return Document().line(*wording.spans("room.was-away", duration=away))

        moderators.tell(c, c.room, "away", words)
    return len(told)
