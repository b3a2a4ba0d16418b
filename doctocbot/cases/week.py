"""`!summary week` and `today`: what was asked and answered in some days, beside what the studies found, and a chart."""

import json
from collections import Counter
from collections.abc import Iterable

from babel.dates import format_date

from doctocbot.cases import lists, opinions, pictures, queries, waiting
from doctocbot.cases.chart import Panel, draw
from doctocbot.cases.model import Case, CaseState, Consensus, Kind
from doctocbot.cases.period import Asked, Figures, Period, spelled
from doctocbot.chat.rendering import Document
from doctocbot.chat.replies import Conversation
from doctocbot.chat.wording import Wording
from doctocbot.images import CleanImage, Outcome, Removals
from doctocbot.matrix import Outgoing, RoomState
from doctocbot.rooms import members
from doctocbot.rooms.labels import Label, spelled_by_trade
from doctocbot.rooms.specialties import is_specialty
from doctocbot.store import Row, Transaction

_MOST_TAGS = 6
_MOST_UNANSWERED = 10


def figures(tx: Transaction, rooms: Iterable[RoomState], period: Period) -> Figures:
    """Count the cases that were opened in these rooms in a period; what was pulled or hidden is not counted."""
    within = {
        "rooms": json.dumps([room.room_id for room in rooms]),
        "begin": period.begin,
        "end": period.end,
    }
    times: dict[int, list[int]] = {}
    for row in tx.rows(_ANSWERS, **within):
        times.setdefault(row["case_id"], []).append(row["sent_at"])
    agreed = _consensual(tx, (row["id"] for row in tx.rows(_MAY_AGREE, **within)))
    rows = tx.rows(_CASES, **within)
    asked = [_asked(tx, row, times.get(row["id"], []), agreed) for row in rows]
    trades: Counter[Label | None] = Counter()
    for row in tx.rows(_TRADES, **within):
        trades[members.label_in(row)] += row["answers"]
    return Figures(period, asked, trades)


def _asked(tx: Transaction, row: Row, answered_at: list[int], agreed: set[int]) -> Asked:
    waits = bool(row["waiting"]) and waiting.is_waiting(tx, row["id"])
    return Asked(
        id=row["id"],
        kind=Kind(row["kind"]) if row["kind"] else None,
        tags=tuple(row["tags"].split()),
        opened_at=row["opened_at"],
        answered_at=tuple(answered_at),
        consensual=row["id"] in agreed,
        unanswered=row["state"] == CaseState.OPEN and (waits or not answered_at),
    )


def _consensual(tx: Transaction, numbers: Iterable[int]) -> set[int]:
    """Those of the cases in which an opinion has consensus."""
    return {case.id for case in queries.cases_numbered(tx, numbers) if _has_consensus(tx, case)}


def _has_consensus(tx: Transaction, case: Case) -> bool:
    found = opinions.opinions(tx, case.id)
    return any(count.consensus is Consensus.REACHED for count in opinions.tallies(tx, case, found))


_ROOMS = "room_id IN (SELECT value FROM json_each(:rooms))"
_OPENED = f"{_ROOMS} AND state != 'pulled' AND NOT hidden AND opened_at >= :begin AND opened_at < :end"
_CASES = (
    "SELECT id, state, kind, tags, opened_at, waiting FROM medical_case"  # noqa: S608 (fixed text)
    f" WHERE {_OPENED} ORDER BY id"
)
_ANSWERS = (
    "SELECT case_id, sent_at FROM medical_case JOIN answer ON case_id = medical_case.id"  # noqa: S608 (fixed text)
    f" WHERE {_OPENED}"
)
_TRADES = (
    "SELECT trade, specialty, student, grounds, count(*) AS answers FROM"  # noqa: S608 (fixed text)
    f" (SELECT id, room_id FROM medical_case WHERE {_OPENED}) AS asked JOIN answer ON case_id = asked.id"
    " LEFT JOIN member_label ON member_label.room_id = asked.room_id AND user_id = sender"
    " GROUP BY trade, specialty, student, grounds"
)
# A consensus takes a reference or two who agree: without either, an opinion need not be looked at.
_MAY_AGREE = (
    "SELECT DISTINCT medical_case.id FROM medical_case JOIN opinion ON opinion.case_id = medical_case.id"  # noqa: S608
    f" WHERE {_OPENED} AND (EXISTS (SELECT 1 FROM reference WHERE opinion_id = opinion.id)"
    "  OR (SELECT count(DISTINCT sender) FROM proposal WHERE opinion_id = opinion.id)"
    "   + (SELECT count(DISTINCT voter) FROM vote WHERE opinion_id = opinion.id) >= 2)"
)


def document(
    c: Conversation, counted: Figures, rooms: list[RoomState], about: Document
) -> tuple[Document, list[int]]:
    """A period in words after its title, and the cases of which it shows anything.

    These are those still unanswered, which it names, and those with a tag that it counts and that is no specialty: a
    word of an author's.
    """
    say = c.wording.spans
    lines = [
        say("summary.opened", n=str(counted.opened)),
        say("summary.answered", n=str(counted.answered), share=str(counted.share(counted.answered))),
        say("summary.consensual", n=str(counted.consensual), share=str(counted.share(counted.consensual))),
    ]
    if counted.median_delay is not None:
        lines.append(say("summary.median", delay=c.wording.duration(counted.median_delay)))
    lines.append(
        say("summary.kinds", kinds=spelled((_kind(kind, c.wording), n) for kind, n in counted.kinds))
    )
    tags = counted.tags(_MOST_TAGS)
    if tags:
        lines.append(say("summary.tags", tags=spelled((_subject(name, c.wording), n) for name, n in tags)))
    trades = spelled_by_trade(counted.by_trade, c.wording)
    if trades:
        lines.append(say("summary.trades", trades=trades))
    about.items(lines)
    left = counted.unanswered
    named = queries.cases_numbered(c.tx, left[:_MOST_UNANSWERED])
    if named:
        lists.by_room(c, about.line(*say("summary.unanswered")), named, rooms)
    if len(left) > len(named):
        about.line(*say("cases.more", n=str(len(left) - len(named))))
    own_words = {name for name, _ in tags if not is_specialty(name)}
    return about, sorted({*(case.id for case in named), *counted.tagged(own_words)})


def _subject(name: str, wording: Wording) -> str:
    """A specialty as it is called in the room's language, or the tag as people wrote it."""
    return wording.say(f"specialty.{name}") if is_specialty(name) else name


def _kind(kind: str | None, wording: Wording) -> str:
    return wording.say(f"case.kind.{kind}") if kind else wording.say("summary.no-kind")


def chart(c: Conversation, counted: Figures, key: str) -> Outgoing | None:
    """The chart of a period as a message in the room of the conversation; None when nothing was answered.

    Its words, for those who cannot see it, say all that it shows.
    """
    if not counted.answered:
        return None
    days = [format_date(day, "EEE", c.wording.language) for day in counted.period.days]
    delays = [c.wording.say(f"chart.delay.{each}") for each in _DELAYS]
    panels = (
        Panel(c.wording.say("chart.answers"), tuple(zip(days, counted.answers_by_day(), strict=True))),
        Panel(c.wording.say("chart.delays"), tuple(zip(delays, counted.by_delay(), strict=True))),
    )
    told = (f"{panel.title}{c.wording.say('card.colon')}{spelled(panel.bars)}." for panel in panels)
    name = c.wording.say("chart.file", day=counted.period.last.isoformat())
    return Outgoing(
        key=key,
        room_id=c.event.room_id,
        content={"body": " ".join(told), "filename": f"{name}.png", "m.mentions": {}},
        attachment_id=keep_chart(c.tx, panels),
    )


_DELAYS = ("within-five", "within-fifteen", "within-hour", "within-four-hours", "later", "none")


def keep_chart(tx: Transaction, panels: tuple[Panel, ...]) -> int:
    """Keep the drawn chart to be sent. Nothing of a person's went in: there is nothing to clean."""
    data, (width, height) = draw(panels)
    drawn = CleanImage(data, "image/png", "png", width, height, Outcome.LOSSLESS, Removals())
    return pictures.keep_attachment(tx, drawn)
