"""The summary of the week that a room can have posted without asking: `!mod set weekly monday 8:00`."""

from datetime import date
from zoneinfo import ZoneInfo

from babel.dates import format_date

from doctocbot.cases import week
from doctocbot.cases.period import Period
from doctocbot.chat.rendering import Document
from doctocbot.chat.replies import At
from doctocbot.chat.times import OFF
from doctocbot.chat.weekdays import read_weekly
from doctocbot.matrix import Event, Outgoing
from doctocbot.rooms.options import WEEKLY
from doctocbot.store import Row, Transaction

_LATEST_MS = 3 * 24 * 3_600_000


class WeeklySummaries:
    """Posts the week before at the moment of the week that each room has chosen; `zone` is where its clock hangs."""

    def __init__(self, zone: ZoneInfo) -> None:
        self._zone = zone

    def tick(self, tx: Transaction, now: int, at: At) -> int:
        """Post what is due: once for each week, late after an outage but not more than three days, never unasked."""
        return sum(self._post(tx, row, now, at) for row in tx.rows(_CHOSEN, name=WEEKLY.name))

    def _post(self, tx: Transaction, row: Row, now: int, at: At) -> bool:
        moment = read_weekly(row["value"]) if row["value"] != OFF else None
        due = moment.last(now, self._zone) if moment else None
        day = due.date().isoformat() if due else ""
        if row["setting"] == row["value"] and row["day"] >= day:
            return False
        tx.execute(_NOTE, room=row["room_id"], setting=row["value"], day=day)
        if due is None or row["setting"] != row["value"] or now - due.timestamp() * 1000 > _LATEST_MS:
            # Whoever has just chosen a moment waits for it; what is older than that is no news.
            return False
        return _say(tx, row["room_id"], due.date(), now, at)


def _say(tx: Transaction, room_id: str, day: date, now: int, at: At) -> bool:
    key = f"weekly:{room_id}:{day.isoformat()}"
    c = at(tx, Event(key, room_id, "", "org.doctocbot.time", now))
    period = Period.week_before(day, c.world.zone)
    counted = week.figures(tx, [c.room], period)
    if not counted.opened:
        return False
    first, last = (format_date(each, "d MMMM", c.wording.language) for each in (period.first, period.last))
    title = Document().line(*c.wording.spans("summary.title.last-week", first=first, last=last))
    document, shown = week.document(c, counted, [c.room], title)
    content = document.content()
    c.send([Outgoing(key=key, room_id=room_id, content=content, quotes=True, shows=tuple(shown))])
    chart = week.chart(c, counted, f"{key}:chart")
    if chart is not None:
        c.send([chart])
    return True


_CHOSEN = (
    "SELECT room_option.room_id, value, setting, day FROM room_option JOIN room USING (room_id)"
    " LEFT JOIN weekly_summary USING (room_id)"
    " WHERE name = :name AND served AND (value != 'off' OR setting != 'off')"
)
_NOTE = (
    "INSERT INTO weekly_summary (room_id, setting, day) VALUES (:room, :setting, :day)"
    " ON CONFLICT (room_id) DO UPDATE SET setting = excluded.setting, day = excluded.day"
)
