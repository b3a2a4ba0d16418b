"""The summary of the week that a room can have posted without asking: `!mod set weekly monday 8:00`."""

from datetime import date

from babel.dates import format_date

from doctocbot.cases import week
from doctocbot.cases.period import Period
from doctocbot.chat.rendering import Document
from doctocbot.chat.replies import At
from doctocbot.matrix import Event, Outgoing
from doctocbot.store import Transaction


def post_week(tx: Transaction, room_id: str, day: date, now: int, at: At) -> bool:
    """Post the week before a day; returns whether there was anything to sum up."""
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
