"""The card: a case's one message in the timeline, which tells in one line whether there is an answer."""

from collections.abc import Iterator, Mapping
from typing import Any

from doctocbot.cases import numbers, opinions, queries, waiting
from doctocbot.cases.model import Case, CaseState, Consensus, Opinion, Tally
from doctocbot.chat.rendering import Document, Emphasis, Link, Person, Span, Strong
from doctocbot.chat.replies import World
from doctocbot.chat.wording import Wording
from doctocbot.matrix import MEMO, Outgoing, RoomState
from doctocbot.rooms.labels import spelled_by_trade
from doctocbot.store import Transaction

CARD = "card"
"""The name under which the outbox has the card rendered."""


def announcement(case: Case, room: RoomState, wording: Wording) -> Document:
    """The card's first event: number, kind, tags and author, and never a word of the case."""
    return Document().title(headline(case, wording)).line(*_author(case, room, wording))


def headline(case: Case, wording: Wording) -> str:
    """What a case is, in one line: `#12 · diagnostic · dermato · ouvert`."""
    parts = [f"#{case.id}"]
    if case.kind is not None:
        parts.append(wording.say(f"case.kind.{case.kind}"))
    parts += case.tags
    parts.append(wording.say(f"case.state.{case.state}"))
    return " · ".join(parts)


class CardRenderer:
    """Draws a case as it is at the moment of sending."""

    def __init__(self, world: World) -> None:
        self._world = world

    def render(self, tx: Transaction, outgoing: Outgoing) -> Mapping[str, Any] | None:
        """The content of the card's next edit, or None when the case is gone."""
        case = queries.case_by_id(tx, outgoing.case_id or 0)
        if case is None or case.state is CaseState.PULLED:
            return None
        words = self._world.wording(tx, case.room_id)
        document = card(tx, case, self._world.state(case.room_id), words)
        for earlier in filter(None, (self._world.outbox.address(tx, key) for key in case.card_keys[:-1])):
            document.line(*words.spans("card.moved", where=Link(words.say("card.earlier"), earlier)))
        content = document.content()
        if queries.is_picture(tx, case.source_event):
            content[MEMO] = numbers.memo_of(case)
        return content


def card(tx: Transaction, case: Case, room: RoomState, wording: Wording) -> Document:
    """The whole card."""
    answers = opinions.answers(tx, case.id)
    document = Document().title(
        f"{_headline_with_pictures(tx, case, wording)} — {_progress(tx, case, answers, wording)}"
    )
    document.line(*_author(case, room, wording))
    if case.hidden:
        return document.line(Emphasis(wording.say("card.hidden")))
    document.quote(case.text) if case.text else document.line(Emphasis(wording.say("card.no-words")))
    if case.outcome:
        document.line(*outcome(case, wording))
    elif case.state is CaseState.CLOSED:
        document.line(Emphasis(wording.say("card.closed-by-moderators")))
    found = opinions.opinions(tx, case.id)
    document.lines(opinion_lines(found, opinions.tallies(tx, case, found), wording))
    if case.state is CaseState.OPEN and not answers.count:
        document.line(Emphasis(wording.say("card.how-to-answer")))
    return document


def outcome(case: Case, wording: Wording) -> tuple[Span, ...]:
    """How the case ended, as a sentence."""
    if case.certainty is None:
        return wording.spans("card.outcome", outcome=Strong(case.outcome or ""))
    certainty = wording.say(f"case.certainty.{case.certainty}")
    return wording.spans("card.outcome-certainty", outcome=Strong(case.outcome or ""), certainty=certainty)


def opinion_lines(found: list[Opinion], tallies: list[Tally], wording: Wording) -> Iterator[tuple[Span, ...]]:
    """One line for each opinion: `1. Gianotti-Crosti : 3 d'accord, 1 référence, personne contre → avis concordants`."""
    for opinion, count in zip(found, tallies, strict=True):
        line: tuple[Span, ...] = (f"{opinion.number}. ", Strong(opinion.text))
        if opinion.told > 1:
            line = (*line, f" ({wording.count('opinion.told', opinion.told)})")
        line = (*line, wording.say("card.colon"), tally_words(count, wording))
        if count.consensus is not Consensus.OPEN:
            line = (*line, " → ", Strong(wording.say(f"consensus.{count.consensus}")))
        if opinion.kept:
            line = (*line, " · ✅ ", wording.say("opinion.kept"))
        if opinion.confirmed:
            line = (*line, " · ", Strong(wording.say("opinion.confirmed")))
        yield line


def tally_words(count: Tally, wording: Wording) -> str:
    """A count in words: `3 d'accord, 1 référence, personne contre`."""
    parts = [wording.count("opinion.agree", count.agree)]
    if count.references:
        parts.append(wording.count("opinion.references", count.references))
    parts.append(
        wording.count("opinion.oppose", count.oppose)
        if count.oppose
        else wording.say("opinion.nobody-opposes")
    )
    for apart, (agree, oppose) in sorted(count.apart.items()):
        parts += [wording.count(f"opinion.apart-agree.{apart}", agree)] if agree else []
        parts += [wording.count(f"opinion.apart-oppose.{apart}", oppose)] if oppose else []
    return ", ".join(parts)


def _headline_with_pictures(tx: Transaction, case: Case, wording: Wording) -> str:
    pictures = 0 if case.hidden else queries.picture_count(tx, case.id)
    return f"{headline(case, wording)} · 📷 {pictures}" if pictures else headline(case, wording)


def _progress(tx: Transaction, case: Case, answers: opinions.Answers, wording: Wording) -> str:
    """Whether there is an answer, when the first came, and whether the author waits for one all the same."""
    first_after = answers.first_after(case)
    if first_after is None:
        return wording.say("card.unanswered")
    delay = wording.duration(first_after)
    trades = spelled_by_trade(opinions.by_trade(tx, case).answers, wording)
    came = wording.count("card.answers", answers.count)
    parts = [f"{came} ({trades})" if trades else came, wording.say("card.first-answer", delay=delay)]
    if waiting.is_waiting(tx, case.id):
        parts.append(wording.say("card.waiting"))
    return " · ".join(parts)


def _author(case: Case, room: RoomState, wording: Wording) -> tuple[Span, ...]:
    if case.known_author is None:
        return wording.spans("card.author-anonymous")
    return wording.spans("card.author", author=Person(room.display_name(case.author), case.author))
