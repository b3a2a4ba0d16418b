"""The preview of a draft: exactly what colleagues would see, what was taken out, what to look at, and one question."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from doctocbot.cases.drafts import Draft, Part
from doctocbot.cases.model import kind_and_tags
from doctocbot.cases.readings import Reading
from doctocbot.chat.poll import PollKind, poll_content
from doctocbot.chat.rendering import Document, Person, Span, Strong
from doctocbot.chat.wording import Wording
from doctocbot.guard import Finding, find_identifiers
from doctocbot.images import Removed
from doctocbot.matrix import RoomState

PUBLISH, LATER, DISCARD = "publish", "later", "discard"
"""The choices of the poll under a preview; the first is followed by the room's id."""

_MOST_ROOMS = 15
_MOST_QUOTED = 10


@dataclass(frozen=True, slots=True)
class Proposal:
    """A draft as it stands, with all that its preview tells; the words are the case's words."""

    draft: Draft
    parts: Sequence[Part]

    @property
    def words(self) -> str:
        """The words of the case: all that was written, or the captions where nothing else was."""
        written = [part.text for part in self.parts if part.number is None]
        return "\n".join(written or [part.text for part in self.parts if part.text])

    @property
    def pictures(self) -> list[Part]:
        """The pictures, in their order."""
        return [part for part in self.parts if part.number is not None]

    def caption(self, part: Part) -> str:
        """What is said of one picture; nothing where the captions are the words of the case."""
        return part.text if any(each.number is None for each in self.parts) else ""

    @property
    def texts(self) -> list[str]:
        """Everything that would be published in words."""
        return [self.words, *(caption for part in self.pictures if (caption := self.caption(part)))]

    @property
    def findings(self) -> list[tuple[Finding, str]]:
        """What looks like an identifier, with the words in question."""
        return [
            (finding, text[finding.start : finding.end])
            for text in self.texts
            for finding in find_identifiers(text)
        ]


def preview(proposal: Proposal, author: Person, rooms: Sequence[RoomState], wording: Wording) -> Document:
    """What the author is shown: the card, the pictures, what was removed, what is suspicious, what to do."""
    document = Document().title(wording.say("draft.title")).line(*_headline(proposal, wording))
    document.line(*wording.spans("card.author", author=author))
    words = proposal.words
    document.quote(words) if words else document.line(Strong(wording.say("draft.no-words")))
    document.lines(_picture_line(proposal, part, wording) for part in proposal.pictures)
    _warn(document, proposal, wording)
    if len(rooms) == 1:
        document.line(*wording.spans("draft.room", room=Strong(room_name(rooms[0]))))
    return document.line(*wording.spans("draft.how"))


def _headline(proposal: Proposal, wording: Wording) -> tuple[Span, ...]:
    kind, tags = kind_and_tags(proposal.words)
    parts = [wording.say(f"case.kind.{kind}")] if kind is not None else []
    parts += [*tags, wording.say("draft.state")]
    if proposal.pictures:
        parts.append(f"📷 {len(proposal.pictures)}")
    return (Strong(" · ".join(parts)),)


def _picture_line(proposal: Proposal, part: Part, wording: Wording) -> tuple[Span, ...]:
    """`Image 1 : retiré (lieu, date) et le nom du fichier. À vérifier : en haut à gauche, un nom.`"""
    line: list[Span] = [Strong(wording.say("draft.picture", number=part.number)), wording.say("card.colon")]
    kinds = [kind for kind in Removed if kind in part.removed]
    removed = ", ".join(wording.say(f"image.removed.{kind}") for kind in kinds)
    line += wording.spans("draft.removed", kinds=removed) if kinds else wording.spans("draft.nothing-removed")
    if caption := proposal.caption(part):
        line += [" ", *wording.spans("draft.caption", caption=caption)]
    for spot in Reading.from_json(part.reading).spots if part.reading else ():
        signs = ", ".join(wording.say(f"image.sign.{sign}") for sign in sorted(spot.signs))
        place = wording.say(f"image.place.{spot.place}")
        line += [" ", *wording.spans("draft.spot", place=Strong(place), signs=signs)]
    return tuple(line)


def _warn(document: Document, proposal: Proposal, wording: Wording) -> None:
    """Say what looks like an identifier, and what no program can see."""
    findings = proposal.findings
    if findings:
        document.line(*wording.spans("draft.findings"))
        document.items(
            (wording.say(f"guard.kind.{finding.kind}"), wording.say("card.colon"), Strong(words))
            for finding, words in findings[:_MOST_QUOTED]
        )
        document.line(*wording.spans("draft.findings-what-to-do"))
    pictures = proposal.pictures
    if not pictures:
        return
    seen = [Reading.from_json(part.reading) for part in pictures if part.reading]
    if any(reading.spots for reading in seen):
        number = next(
            part.number for part in pictures if part.reading and Reading.from_json(part.reading).spots
        )
        document.line(*wording.spans("draft.mask", number=str(number)))
    key = "draft.look-too" if len(seen) == len(pictures) else "draft.look"
    document.line(*wording.spans(key))


def question(proposal: Proposal, rooms: Sequence[RoomState], wording: Wording) -> dict[str, Any]:
    """The poll under a preview: publish, in which room where there are several; not yet; discard."""
    named = labels(rooms)
    answers = {
        f"{PUBLISH} {room.room_id}": _publish(proposal, named[room.room_id], wording, only=len(rooms) == 1)
        for room in rooms[:_MOST_ROOMS]
    }
    answers |= {LATER: wording.say("draft.choice.later"), DISCARD: wording.say("draft.choice.discard")}
    asked = wording.say("draft.question")
    lines = [asked, *(f"• {words}" for words in answers.values()), wording.say("draft.question-in-words")]
    return poll_content(PollKind.DISCLOSED, asked, answers, "\n".join(lines))


def _publish(proposal: Proposal, room: str, wording: Wording, *, only: bool) -> str:
    """The first choice; where there are several rooms it names one."""
    if only:
        return wording.say("draft.choice.publish-anyway" if proposal.findings else "draft.choice.publish")
    key = "draft.choice.publish-anyway-in" if proposal.findings else "draft.choice.publish-in"
    return wording.say(key, room=room)


def labels(rooms: Sequence[RoomState]) -> dict[str, str]:
    """What each room is called, by its id; of rooms with one name the later ones bear a number."""
    named: dict[str, str] = {}
    for room in rooms:
        name, number = room_name(room), 1
        while (label := name if number == 1 else f"{name} ({number})") in named.values():
            number += 1
        named[room.room_id] = label
    return named


def room_name(room: RoomState) -> str:
    """What a room is called; text from a stranger, to be escaped."""
    return room.name or room.room_id
