"""What happens in a room once a week, at the moment that its moderators have chosen."""

from collections.abc import Callable
from datetime import date
from zoneinfo import ZoneInfo

from doctocbot.chat.replies import At
from doctocbot.chat.times import OFF
from doctocbot.chat.weekdays import read_weekly
from doctocbot.rooms.options import Option
from doctocbot.store import Row, Transaction

_LATEST_MS = 3 * 24 * 3_600_000

Does = Callable[[Transaction, str, date, int, At], bool | None]
"""Does in a room what is due for a day, now (ms); returns whether there was anything to do, or None: later."""


class Weekly:
    """Does something at the moment of the week that each room has chosen; `zone` is where its clock hangs.

    `table` is one with a row for each room: the setting that was last looked at, and the day that was done.
    """

    def __init__(self, zone: ZoneInfo, option: Option, table: str, does: Does) -> None:
        self._zone = zone
        self._option = option
        self._does = does
        self._chosen, self._note = _CHOSEN.format(table=table), _NOTE.format(table=table)

    def tick(self, tx: Transaction, now: int, at: At) -> int:
        """Do what is due: once for each week, late after an outage but not more than three days, never unasked."""
        return sum(self._look(tx, row, now, at) for row in tx.rows(self._chosen, name=self._option.name))

    def _look(self, tx: Transaction, row: Row, now: int, at: At) -> bool:
        moment = read_weekly(row["value"]) if row["value"] != OFF else None
        due = moment.last(now, self._zone) if moment else None
        day = due.date().isoformat() if due else ""
        if row["setting"] == row["value"] and row["day"] >= day:
            return False
        # Whoever has just chosen a moment waits for it; what is older than that is no news.
        is_due = due is not None and row["setting"] == row["value"]
        if due is None or not is_due or now - due.timestamp() * 1000 > _LATEST_MS:
            tx.execute(self._note, room=row["room_id"], setting=row["value"], day=day)
            return False
        done = self._does(tx, row["room_id"], due.date(), now, at)
        if done is not None:
            tx.execute(self._note, room=row["room_id"], setting=row["value"], day=day)
        return bool(done)


_CHOSEN = (
    "SELECT room_option.room_id, value, setting, day FROM room_option JOIN room USING (room_id)"
    " LEFT JOIN {table} USING (room_id)"
    " WHERE name = :name AND served AND (value != 'off' OR setting != 'off')"
)
_NOTE = (
    "INSERT INTO {table} (room_id, setting, day) VALUES (:room, :setting, :day)"
    " ON CONFLICT (room_id) DO UPDATE SET setting = excluded.setting, day = excluded.day"
)
