"""Summaries: one case with what came of it, or a period of the room."""

from statistics import median

from doctocbot.cases import desk, opinions, queries
from doctocbot.cases.card import opinion_lines, outcome
from doctocbot.cases.lists import case_line, case_link, list_cases
from doctocbot.cases.model import Case, CaseState, Consensus, tally
from doctocbot.chat.parsing import fold, leading_number
from doctocbot.chat.rendering import Document, Link, Strong
from doctocbot.chat.replies import Conversation, Refusal

_DAY_MS = 24 * 3600 * 1000
_PERIODS = {
    "today": ("today", 1), "aujourdhui": ("today", 1), "aujourd hui": ("today", 1), "jour": ("today", 1),
    "week": ("week", 7), "semaine": ("week", 7),
}  # fmt: skip


def summarise(c: Conversation, words: str) -> None:
    """Answer `!summary [#N|open|today|week]`; without words, the case around or else the last week."""
    asked = fold(words.replace("'", "").replace("’", ""))
    if asked in ("open", "ouverts", "ouvert"):
        list_cases(c, "open")
    elif asked in _PERIODS:
        _period(c, *_PERIODS[asked])
    elif leading_number(words)[0] is not None or desk.case_around(c):
        _one(c, desk.named_case(c, words)[0])
    elif asked:
        raise Refusal("summary.what")
    else:
        _period(c, "week", 7)


def _one(c: Conversation, case: Case) -> None:
    answers = opinions.answers(c.tx, case.id)
    document = Document().title(*c.wording.spans("summary.title.case", case=case_link(c, case)))
    if case.text:
        document.quote(case.text)
    found = opinions.opinions(c.tx, case.id)
    first_after = answers.first_after(case)
    if first_after is None:
        document.line(*c.wording.spans("card.unanswered"))
    else:
        delay = c.wording.duration(first_after)
        said = c.wording.count("card.answers", answers.count)
        people = c.wording.count("summary.people", answers.people)
        document.line(f"{said}, {people} · ", c.wording.say("card.first-answer", delay=delay))
    document.lines(opinion_lines(found, case.author, c.wording))
    addresses = opinions.references(c.tx, case.id)
    if addresses:
        document.line(Strong(c.wording.say("summary.references")))
        document.items((Link(address, address),) for address in addresses)
    if case.outcome:
        document.line(*outcome(case, c.wording))
    c.reply(document, quotes_case=case.id, quiet=False)


def _period(c: Conversation, name: str, days: int) -> None:
    chosen = queries.cases_of_room(c.tx, c.event.room_id, since=c.now - days * _DAY_MS)
    if not chosen:
        c.tell(f"summary.none.{name}")
        return
    first = {case.id: opinions.answers(c.tx, case.id).first_after(case) for case in chosen}
    delays = [delay for delay in first.values() if delay is not None]
    agreed = sum(_is_consensual(c, case) for case in chosen)
    lines = [
        c.wording.spans("summary.opened", n=str(len(chosen))),
        c.wording.spans(
            "summary.answered", n=str(len(delays)), share=str(round(100 * len(delays) / len(chosen)))
        ),
        c.wording.spans("summary.consensual", n=str(agreed), share=str(round(100 * agreed / len(chosen)))),
    ]
    if delays:
        lines.append(c.wording.spans("summary.median", delay=c.wording.duration(int(median(delays)))))
    document = Document().line(*c.wording.spans(f"summary.title.{name}")).items(lines)
    left = [case for case in chosen if case.state is CaseState.OPEN and first[case.id] is None]
    if left:
        document.line(*c.wording.spans("summary.unanswered")).items(case_line(c, case) for case in left)
    c.reply(document, quiet=False)


def _is_consensual(c: Conversation, case: Case) -> bool:
    found = opinions.opinions(c.tx, case.id)
    return any(tally(opinion, case.author).consensus is Consensus.REACHED for opinion in found)
