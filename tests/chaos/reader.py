"""An independent reader of the room: compares what stands there with what people did, and counts what is wrong."""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from doctocbot.demo.seen import SeenEvent
from tests.chaos.crew import Asked, words_of

_CLEAR = ("m.reaction", "m.room.redaction", "m.room.member")
_COUNT = re.compile(r"(\d+)[\s\u00a0\u202f]réponses?")


@dataclass(slots=True)
class Report:
    """What was found: each list names events or cases; all empty is what it should be."""

    cases: int = 0
    answers: int = 0
    lost: list[str] = field(default_factory=list)
    doubled: list[str] = field(default_factory=list)
    miscounted: list[str] = field(default_factory=list)
    not_gone: list[str] = field(default_factory=list)
    originals_left: list[str] = field(default_factory=list)
    copies_wrong: list[str] = field(default_factory=list)
    in_clear: list[str] = field(default_factory=list)
    unreadable: list[str] = field(default_factory=list)

    @property
    def faults(self) -> dict[str, list[str]]:
        """What is wrong, by kind."""
        kinds = (
            "lost", "doubled", "miscounted", "not_gone", "originals_left", "copies_wrong", "in_clear", "unreadable",
        )  # fmt: skip
        return {kind: getattr(self, kind) for kind in kinds if getattr(self, kind)}


def compare(timeline: Sequence[SeenEvent], bot: str, cases: Iterable[Asked]) -> Report:
    """Read a whole timeline; `cases` are what people remember to have asked, answered and pulled."""
    report = Report()
    by_id = {event.event_id: event for event in timeline}
    said = [event for event in timeline if event.sender == bot]
    report.in_clear = [event.event_id for event in said if not _travelled_well(event)]
    report.unreadable = [
        event.event_id for event in said if event.encrypted and not event.decrypted and not event.redacted
    ]
    edits = [event for event in said if event.replaces and not event.redacted]
    for case in cases:
        report.cases += 1
        roots = {event.replaces for event in edits if case.word in words_of(event)} - {None}
        cards = [root for root in roots if root in by_id and not by_id[root].redacted]
        _look_at_cards(report, case, cards, said)
        if case.photo:
            _look_at_photo(report, case, by_id, said, cards)
        if not case.pulled and len(cards) == 1:
            _look_at_count(report, case, cards[0], edits)
    report.doubled += _said_twice(said)
    return report


def _travelled_well(event: SeenEvent) -> bool:
    return event.encrypted or event.redacted or event.type in _CLEAR or event.raw.get("state_key") is not None


def _look_at_cards(report: Report, case: Asked, cards: list[str], said: list[SeenEvent]) -> None:
    if case.pulled:
        left = [event.event_id for event in said if not event.redacted and case.word in words_of(event)]
        report.not_gone += [f"{case.word} {event_id}" for event_id in left]
        return
    if not cards:
        report.lost.append(case.word)
    elif len(cards) > 1:
        report.doubled.append(f"{case.word} {cards}")


def _look_at_photo(
    report: Report, case: Asked, by_id: dict[str, SeenEvent], said: list[SeenEvent], cards: list[str]
) -> None:
    original = by_id.get(case.event_id)
    if original is None or not original.redacted:
        report.originals_left.append(case.event_id)
    if case.pulled or len(cards) != 1:
        return
    copies = [
        event for event in said
        if event.thread == cards[0] and event.content.get("msgtype") == "m.image" and not event.redacted
    ]  # fmt: skip
    if len(copies) != 1:
        report.copies_wrong.append(f"{case.word}: {len(copies)}")


def _look_at_count(report: Report, case: Asked, card: str, edits: list[SeenEvent]) -> None:
    report.answers += len(case.answers)
    shown = words_of([event for event in edits if event.replaces == card][-1])
    found = _COUNT.search(shown)
    counted = int(found[1]) if found else 0
    if counted != len(case.answers):
        report.miscounted.append(f"{case.word}: {counted} shown, {len(case.answers)} given")


def _said_twice(said: list[SeenEvent]) -> list[str]:
    """Messages of the same words in answer to the same event: one cause has spoken twice."""
    answers = Counter(
        (str((event.relation.get("m.in_reply_to") or {}).get("event_id")), words_of(event))
        for event in said
        if event.type == "m.room.message" and not event.redacted and not event.replaces and not event.thread
        and event.relation.get("m.in_reply_to")
    )  # fmt: skip
    return [f"{cause}: {times} times" for (cause, _), times in answers.items() if times > 1]
