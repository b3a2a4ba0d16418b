"""`!summary`: one case, a period, or the list of what is open."""

import dataclasses

from doctocbot.cases import case_summary, desk, scope, week
from doctocbot.cases.lists import list_cases
from doctocbot.cases.period import Period
from doctocbot.chat.parsing import fold, leading_number
from doctocbot.chat.rendering import Document
from doctocbot.chat.replies import Conversation, Refusal

_OPEN = ("open", "ouverts", "ouvert")
_PERIODS = {
    "today": ("today", 1), "aujourdhui": ("today", 1), "aujourd hui": ("today", 1), "jour": ("today", 1),
    "week": ("week", 7), "semaine": ("week", 7),
}  # fmt: skip


def summarise(c: Conversation, words: str) -> None:
    """Answer `!summary [#N|open|today|week]`; without words, the case around or else the last seven days."""
    asked = fold(words.replace("'", "").replace("’", ""))
    if asked in _OPEN:
        list_cases(c, "open")
    elif asked in _PERIODS:
        _period(c, *_PERIODS[asked])
    elif leading_number(words)[0] is not None or (not asked and desk.case_around(c)):
        case_summary.sum_up(c, desk.named_case(c, words)[0])
    elif asked:
        raise Refusal("summary.what")
    else:
        _period(c, "week", 7)


def _period(c: Conversation, name: str, days: int) -> None:
    rooms = scope.rooms(c)
    counted = week.figures(c.tx, rooms, Period.up_to(c.now, days, c.world.zone))
    if not counted.opened:
        c.tell(f"summary.none.{name}")
        return
    title = Document().line(*c.wording.spans(f"summary.title.{name}"))
    document, named = week.document(c, counted, rooms, title)
    c.reply(document, shows=[case.id for case in named], quiet=False)
    chart = week.chart(c, counted, f"{c.cause}:chart") if days > 1 else None
    if chart is not None:
        here = dataclasses.replace(chart, thread=c.event.thread_root, reply_to=c.event.event_id)
        c.send([here])
