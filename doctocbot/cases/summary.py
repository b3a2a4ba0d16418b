"""`!summary`: one case, a period, or the list of what is open."""

import dataclasses
import re

from doctocbot.cases import case_summary, desk, scope, week
from doctocbot.cases.lists import answer, list_cases
from doctocbot.cases.period import Period
from doctocbot.chat.parsing import fold, leading_number
from doctocbot.chat.rendering import Document
from doctocbot.chat.replies import Conversation, Refusal

_OPEN = ("open", "ouverts", "ouvert", "ouvertes", "ouverte")
_PERIODS = {
    "today": ("today", 1), "aujourdhui": ("today", 1), "aujourd hui": ("today", 1), "jour": ("today", 1),
    "week": ("week", 7), "semaine": ("week", 7), "weekly": ("week", 7), "hebdo": ("week", 7),
    "hebdomadaire": ("week", 7), "7 jours": ("week", 7), "7 days": ("week", 7),
}  # fmt: skip
_OF_THE = re.compile(r"(?:(?:de|du|la|le|les|l|cette|ce|of|the|this) )+")
_NUMBERED = re.compile(
    r"(?:(?:le |du |the )?(?:cas|case) )?(?:n ?[°o] ?|numero |number )?#? ?(\d{1,9}) ?[.!]?"
)


def summarise(c: Conversation, words: str) -> None:
    """Answer `!summary [#N|open|today|week]`; without words, the case around or else the last seven days."""
    asked = fold(words.replace("'", "").replace("’", ""))
    asked = asked[match.end() :] if (match := _OF_THE.match(asked)) else asked
    numbered = _NUMBERED.fullmatch(asked)
    if asked in _OPEN:
        list_cases(c, "open")
    elif asked in _PERIODS:
        _period(c, *_PERIODS[asked])
    elif numbered or leading_number(words)[0] is not None or (not asked and desk.case_around(c)):
        named = f"#{numbered[1]}" if numbered else words
        case, _ = desk.named_case(c, named)
        if case.hidden:
            raise Refusal("case.hidden", number=f"#{case.id}")
        case_summary.sum_up(c, case)
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
    document, shown = week.document(c, counted, rooms, title)
    answer(c, document, shown)
    chart = week.chart(c, counted, f"{c.cause}:chart") if days > 1 else None
    if chart is not None:
        here = dataclasses.replace(chart, thread=c.event.thread_root, reply_to=c.event.event_id)
        c.send([here])
