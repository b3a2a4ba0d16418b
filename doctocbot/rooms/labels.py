"""What somebody is in a room, on whose word, and how that is said: alone, and counted by trade. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from doctocbot.chat.wording import Wording
from doctocbot.rooms.trades import STUDENT, TRADES, Calling, by_count, counted_as

_MOST_GROUPS = 6


class Grounds(StrEnum):
    """On whose word somebody bears a label; stored by these names."""

    DECLARED = "declared"
    CONFIRMED = "confirmed"
    SPONSORED = "sponsored"


@dataclass(frozen=True, slots=True)
class Label:
    """What somebody is in a room: the canonical names of trade and specialty, and whether they still study it."""

    trade: str
    specialty: str
    student: bool
    grounds: Grounds

    @property
    def calling(self) -> Calling:
        """What they do, whoever says so."""
        return Calling(self.trade, self.specialty, self.student)

    @property
    def proved(self) -> bool:
        """Whether more than their own word stands behind it."""
        return self.grounds is not Grounds.DECLARED


def calling_words(calling: Calling, wording: Wording) -> str:
    """A trade as people say it: `médecin, dermatologie`, `étudiant (infirmier)`."""
    trade = wording.say(f"trade.{calling.trade}")
    if calling.specialty:
        trade = f"{trade}, {wording.say(f'specialty.{calling.specialty}')}"
    return wording.say("label.student", trade=trade) if calling.student else trade


def label_words(label: Label | None, wording: Wording) -> str:
    """A label with the word on which it is borne: `pharmacien · déclaré`."""
    if label is None:
        return wording.say("label.none")
    return f"{calling_words(label.calling, wording)} · {wording.say(f'label.grounds.{label.grounds}')}"


def spelled_by_trade(counts: Mapping[Label | None, int], wording: Wording) -> str:
    """Counts by trade: `MG 3, dermato 2, pharmacien 1`, and how many of them are only declared.

    None are those without a label; where nobody has one it is empty.
    """
    named = by_count((counted_as(label.calling), n) for label, n in counts.items() if label is not None)
    if not named:
        return ""
    shown = [(_short(name, wording), n) for name, n in named[:_MOST_GROUPS]]
    if more := sum(n for _, n in named[_MOST_GROUPS:]):
        shown.append((wording.say("label.others"), more))
    if unlabelled := counts.get(None, 0):
        shown.append((wording.say("label.none"), unlabelled))
    said = ", ".join(f"{name} {n}" for name, n in shown)
    declared = sum(n for label, n in counts.items() if label is not None and not label.proved)
    return f"{said} · {wording.say('label.declared', n=declared)}" if declared else said


def _short(name: str, wording: Wording) -> str:
    if name in TRADES or name == STUDENT:
        return wording.say(f"trade.{name}")
    return wording.say(f"specialty-short.{name}")
