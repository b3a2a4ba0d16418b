"""The preview of a draft: exactly what colleagues would see, what was taken out, what to look at, and one question."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from doctocbot.cases.drafts import Draft, Part
from doctocbot.cases.model import Case, kind_and_tags, opinion_line
from doctocbot.cases.readings import Reading
from doctocbot.cases.screening import finding_line
from doctocbot.chat.poll import PollKind, poll_content
from doctocbot.chat.rendering import Document, Person, Span, Strong
from doctocbot.chat.wording import Wording
from doctocbot.guard import Finding, find_identifiers
from doctocbot.guard.emergency import sounds_like_emergency
from doctocbot.images import Removals
from doctocbot.matrix import RoomState

PUBLISH, NAMELESS, LATER, DISCARD = "publish", "nameless", "later", "discard"
"""The choices of the poll under a preview; the first two are followed by the room's id."""

ADD, NEW = "add", "new"
"""The choices of the question before it: an addition to a case, whose number follows, or a case of its own."""

_MOST_ROOMS = 15
_MOST_QUOTED = 10


@dataclass(frozen=True, slots=True)
class Proposal:
    """A draft as it stands, with all that its preview tells; `case` is the one that it adds to, if it adds to any."""

    draft: Draft
    parts: Sequence[Part]
    case: Case | None = None

    @property
    def complete(self) -> bool:
        """Whether it could be published: a case needs words, an addition may be a picture alone."""
        return bool(self.words) or (self.case is not None and bool(self.pictures))

    @property
    def words(self) -> str:
        """The words of the case: all that was written, or the captions where nothing else was."""
        written = [part.text for part in self.parts if part.number is None]
        captions = [part.text for part in self.parts if part.text] if self.case is None else []
        return "\n".join(written or captions)

    @property
    def pictures(self) -> list[Part]:
        """The pictures, in their order."""
        return [part for part in self.parts if part.number is not None]

    def caption(self, part: Part) -> str:
        """What is said of one picture; nothing where the captions are the words of the case."""
        beside = self.case is not None or any(each.number is None for each in self.parts)
        return part.text if beside else ""

    @property
    def texts(self) -> list[str]:
        """Everything that would be published in words."""
        return [self.words, *(caption for part in self.pictures if (caption := self.caption(part)))]

    @property
    def found(self) -> list[tuple[str, Finding]]:
        """All that the guard has found, with the text in which it stands."""
        return [(text, finding) for text in self.texts for finding in find_identifiers(text)]

    @property
    def held(self) -> bool:
        """Whether something looks so much like an identifier that it is published in spite of it, or mended first."""
        return any(not finding.kind.asks_only for _, finding in self.found)


def preview(
    proposal: Proposal,
    author: Person,
    rooms: Sequence[RoomState],
    nameless: Sequence[RoomState],
    wording: Wording,
) -> Document:
    """What the author is shown: the card, the pictures, what was removed, what is suspicious, what to do.

    `nameless` are the rooms in which it may be published without the author's name.
    """
    document = Document().title(wording.say("draft.title"))
    came_back = proposal.draft.came_back
    if came_back is not None:
        document.line(*wording.spans("draft.came-back", number=Strong(f"#{came_back}")))
    if proposal.case is not None:
        document.line(*wording.spans("addition.to", number=Strong(f"#{proposal.case.id}")))
        document.line(*wording.spans("addition.says"))
    else:
        document.line(*_headline(proposal, wording))
        document.lines(_author_lines(author, wording, nameless=bool(nameless), first=proposal.draft.nameless))
    words = proposal.words
    if words:
        document.quote(words)
    elif not proposal.complete:
        document.line(Strong(wording.say("draft.no-words")))
    document.lines(_picture_line(proposal, part, wording) for part in proposal.pictures)
    if sounds_like_emergency(words):
        document.line(Strong(wording.say("emergency")))
    _warn(document, proposal, wording)
    if len(rooms) == 1:
        document.line(*wording.spans("draft.room", room=Strong(room_name(rooms[0]))))
    return document.line(*wording.spans("draft.how" if came_back is None else "draft.how-came-back"))


def _author_lines(
    author: Person, wording: Wording, *, nameless: bool, first: bool
) -> Iterator[tuple[Span, ...]]:
    """What the card will say of its author: with the name, and without it where that is possible, or wished `first`."""
    named, unnamed = wording.spans("card.author", author=author), wording.spans("card.author-anonymous")
    if not nameless:
        yield named
    elif first:
        yield unnamed
        yield (*wording.spans("draft.if-named"), *named)
    else:
        yield named
        yield (*wording.spans("draft.if-nameless"), *unnamed)


def _headline(proposal: Proposal, wording: Wording) -> tuple[Span, ...]:
    kind, tags = kind_and_tags(proposal.words)
    parts = [wording.say(f"case.kind.{kind}")] if kind is not None else []
    parts += [*tags, wording.say("draft.state")]
    if proposal.pictures:
        parts.append(f"📷 {len(proposal.pictures)}")
    return (Strong(" · ".join(parts)),)


def _picture_line(proposal: Proposal, part: Part, wording: Wording) -> tuple[Span, ...]:
    """`Image 1 : retiré (lieu 4, date 3), le nom du fichier aussi. À vérifier : en haut à gauche, un nom.`"""
    line: list[Span] = [Strong(wording.say("draft.picture", number=part.number)), wording.say("card.colon")]
    removals = Removals.from_text(part.removed)
    counts = ", ".join(f"{wording.say(f'image.removed.{kind}')} {n}" for kind, n in removals.items())
    line += wording.spans("draft.removed", kinds=counts) if counts else wording.spans("draft.nothing-removed")
    if caption := proposal.caption(part):
        line += [" ", *wording.spans("draft.caption", caption=caption)]
    for spot in Reading.from_json(part.reading).spots if part.reading else ():
        signs = ", ".join(wording.say(f"image.sign.{sign}") for sign in sorted(spot.signs))
        place = wording.say(f"image.place.{spot.place}")
        line += [" ", *wording.spans("draft.spot", place=Strong(place), signs=signs)]
    return tuple(line)


def _warn(document: Document, proposal: Proposal, wording: Wording) -> None:
    """Say what looks like an identifier, and what no program can see."""
    _warn_of_words(document, proposal, wording)
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


def _warn_of_words(document: Document, proposal: Proposal, wording: Wording) -> None:
    """Show each thing that looks like an identifier in its place; ask about what may be a name, no more."""
    certain = [(text, finding) for text, finding in proposal.found if not finding.kind.asks_only]
    perhaps = [(text, finding) for text, finding in proposal.found if finding.kind.asks_only]
    if certain:
        document.line(*wording.spans("draft.findings"))
        document.items(finding_line(text, finding, wording) for text, finding in certain[:_MOST_QUOTED])
        document.line(*wording.spans("draft.findings-what-to-do"))
    if perhaps:
        document.line(*wording.spans("draft.findings-perhaps"))
        document.items(finding_line(text, finding, wording) for text, finding in perhaps[:_MOST_QUOTED])


def question(
    proposal: Proposal, rooms: Sequence[RoomState], nameless: Sequence[RoomState], wording: Wording
) -> dict[str, Any]:
    """The poll under a preview: publish, in which room where there are several; not yet; discard.

    `nameless` are the rooms in which it may be done without one's name.
    """
    answers = _releases(proposal, rooms, nameless, wording)
    answers |= {LATER: wording.say("draft.choice.later"), DISCARD: wording.say("draft.choice.discard")}
    asked = (
        wording.say("draft.question")
        if proposal.case is None
        else wording.say("addition.question", number=f"#{proposal.case.id}")
    )
    lines = [asked, *(f"• {words}" for words in answers.values()), wording.say("draft.question-in-words")]
    return poll_content(PollKind.DISCLOSED, asked, answers, "\n".join(lines))


def _releases(
    proposal: Proposal, rooms: Sequence[RoomState], nameless: Sequence[RoomState], wording: Wording
) -> dict[str, str]:
    """The choices that publish, as many as a poll holds: first with or first without the name, as the draft is."""
    labelled, anyway = labels(rooms), "-anyway" if proposal.held else ""
    unnamed = {
        f"{NAMELESS} {room.room_id}": wording.say(
            f"draft.choice.nameless{anyway}", room=labelled[room.room_id]
        )
        for room in nameless
    }
    if proposal.draft.nameless:
        named = {
            f"{PUBLISH} {room.room_id}": wording.say(
                f"draft.choice.named{anyway}", room=labelled[room.room_id]
            )
            for room in rooms
        }
        return dict([*unnamed.items(), *named.items()][:_MOST_ROOMS])
    named = {
        f"{PUBLISH} {room.room_id}": _publish(proposal, labelled[room.room_id], wording, only=len(rooms) == 1)
        for room in rooms
    }
    return dict([*named.items(), *unnamed.items()][:_MOST_ROOMS])


def whither(cases: Sequence[Case], wording: Wording) -> dict[str, Any]:
    """The question before a preview: an addition to one of these cases, or a new one?"""
    answers = {f"{ADD} {case.id}": _addition(case, wording) for case in cases}
    answers |= {NEW: wording.say("addition.new"), DISCARD: wording.say("draft.choice.discard")}
    asked = wording.say("addition.whither")
    in_words = wording.say("addition.whither-in-words", number=f"#{cases[0].id}")
    lines = [asked, *(f"• {words}" for words in answers.values()), in_words]
    return poll_content(PollKind.DISCLOSED, asked, answers, "\n".join(lines))


def _addition(case: Case, wording: Wording) -> str:
    """One case in that question, by its number and its first words, which are the asker's own."""
    words = opinion_line(case.text, 60)
    return wording.say("addition.choice", number=f"#{case.id}", words=words)


def _publish(proposal: Proposal, room: str, wording: Wording, *, only: bool) -> str:
    """The first choice; where there are several rooms it names one."""
    if only:
        return wording.say("draft.choice.publish-anyway" if proposal.held else "draft.choice.publish")
    key = "draft.choice.publish-anyway-in" if proposal.held else "draft.choice.publish-in"
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
