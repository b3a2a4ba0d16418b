"""The private intake: words and pictures that somebody sends in a direct chat become one draft (DESIGN 3.1).

    words, pictures -> draft -> quiet -> preview and poll -> publish: a case like any other, in the author's room

Nothing reaches a room before its author has been shown exactly that; when a draft ends, however it ends, what was
sent and shown in the chat is redacted.
"""

import dataclasses
from collections.abc import Callable

from doctocbot.cases import desk, drafts, pictures, queries
from doctocbot.cases.drafts import Draft, Part
from doctocbot.cases.pictures import Seen
from doctocbot.cases.preview import DISCARD, PUBLISH, Proposal, preview, question, room_name
from doctocbot.chat.parsing import fold, leading_count
from doctocbot.chat.poll import POLL_START, poll_vote
from doctocbot.chat.rendering import Document, Person, Span, Strong
from doctocbot.chat.replies import Conversation, Refusal
from doctocbot.chat.wording import Wording
from doctocbot.matrix import Event, Outgoing, RoomState, redaction
from doctocbot.rooms import audit, direct
from doctocbot.rooms.roles import Act, may
from doctocbot.store import Transaction

_QUIET_MS = 3_000
"""How long a draft is quiet before its preview is shown: long enough for the next photo, short enough to wait for."""

_HOUR_MS = 3_600_000
_ANYWAY = ("anyway", "quand meme", "malgre tout")
_MOST_PICTURES = 20

At = Callable[[Transaction, Event], Conversation]
"""The conversation around a moment that nobody's message made."""


class Intake:
    """Takes in, shows and publishes drafts; `hours` is how long one lives unchanged."""

    def __init__(
        self,
        room: Callable[[str], RoomState | None],
        wording: Callable[[Transaction, str], Wording],
        hours: int,
    ) -> None:
        self._room = room
        self._wording = wording
        self._hours = hours

    # -- what the author sends

    def rooms_of(self, c: Conversation) -> list[RoomState]:
        """The rooms in which the person could publish, now."""
        return [
            room
            for room in direct.shared_rooms(c.tx, c.sender, self._room)
            if may(Act.OPEN_CASE, c.sender, room)
        ]

    def has_draft(self, c: Conversation) -> bool:
        """Whether the person has a draft."""
        return drafts.of_author(c.tx, c.sender) is not None

    def write(self, c: Conversation, text: str) -> None:
        """Add words to the person's draft, or begin one with them."""
        drafts.add_words(c.tx, self._draft(c), c.event.event_id, text)

    def show_picture(self, c: Conversation, seen: Seen, caption: str) -> None:
        """Add a clean picture to the person's draft and show it to them at once."""
        draft = self._draft(c)
        if sum(part.number is not None for part in drafts.parts(c.tx, draft.id)) >= _MOST_PICTURES:
            raise Refusal("draft.too-many-pictures", most=str(_MOST_PICTURES))
        attachment = pictures.keep_attachment(c.tx, seen.clean, kept=True)
        removed = tuple(sorted(kind.value for kind in seen.clean.removed))
        part = drafts.add_picture(
            c.tx, draft, c.event.event_id, caption=caption, attachment_id=attachment, removed=removed,
            reading=seen.reading,
        )  # fmt: skip
        self._show_part(c, draft, part, seen.clean.extension)

    def edited(self, c: Conversation, text: str) -> bool:
        """Follow the edit of a message of a draft; returns whether it was one."""
        found = drafts.part_of_event(c.tx, c.event.event_id)
        if found is None or found[0].author != c.sender:
            return False
        draft, part = found
        drafts.note_event(c.tx, draft, c.cause)
        if text or part.number is not None:
            drafts.set_text(c.tx, draft, part, text)
        else:
            drafts.take_out(c.tx, draft, part)
        return True

    def forget(self, c: Conversation, event_id: str) -> None:
        """Follow the redaction of a message of a draft: it is no part of it any more."""
        found = drafts.part_of_event(c.tx, event_id)
        if found is None:
            return
        draft, part = found
        self._hide_part(c, draft, part)
        drafts.take_out(c.tx, draft, part)
        if not drafts.parts(c.tx, draft.id):
            self._end(c, draft, published=False)

    def _draft(self, c: Conversation) -> Draft:
        draft = drafts.of_author(c.tx, c.sender)
        if draft is not None and draft.chat_id != c.event.room_id:
            raise Refusal("draft.elsewhere")
        direct.note_private(c.tx, c.event.room_id)
        return draft or drafts.begin(c.tx, c.sender, c.event.room_id)

    # -- what the author decides

    def vote(self, c: Conversation) -> bool:
        """Carry out a choice made in the poll under a preview; returns whether it was one."""
        draft = drafts.of_author(c.tx, c.sender)
        key = c.outbox.key_of(c.tx, c.event.related_id or "")
        chosen = poll_vote(c.event.content)
        if key is None or not key.startswith("draft:") or chosen is None:
            return False
        if draft is None or key != f"{draft.key}poll:{draft.version}":
            _say(c, "draft.changed" if draft else "draft.over")
            return True
        choice, _, room_id = chosen.partition(" ")
        if choice == PUBLISH:
            room = next((room for room in self.rooms_of(c) if room.room_id == room_id), None)
            if room is None:
                _say(c, "draft.no-such-room")
            else:
                self._publish(c, draft, room)
        elif choice == DISCARD:
            self._discard(c, draft)
        return True

    def publish(self, c: Conversation, words: str) -> None:
        """`!publish [anyway] [room]`: release the draft as it was last shown."""
        draft = self._own(c)
        if not draft.is_shown:
            raise Refusal("draft.changed")
        anyway, name = _anyway(words)
        if not anyway and Proposal(draft, drafts.parts(c.tx, draft.id)).findings:
            raise Refusal("draft.findings-hold")
        self._publish(c, draft, self._chosen_room(c, name))

    def drop(self, c: Conversation, words: str) -> None:
        """`!drop [N]`: discard the draft, or take picture N out of it."""
        draft = self._own(c)
        if not words:
            self._discard(c, draft)
            return
        part = self.picture(c, draft, words)
        self._hide_part(c, draft, part)
        self._take_back_event(c, part.event_id)
        drafts.take_out(c.tx, draft, part)
        if not drafts.parts(c.tx, draft.id):
            self._discard(c, draft)

    def picture(self, c: Conversation, draft: Draft, words: str) -> Part:
        """The picture whose number the words begin with; raises a Refusal where there is none."""
        number, _ = leading_count(words)
        found = next((part for part in drafts.parts(c.tx, draft.id) if part.number == number), None)
        if number is None or found is None:
            raise Refusal("draft.which-picture")
        return found

    def _own(self, c: Conversation) -> Draft:
        draft = drafts.of_author(c.tx, c.sender)
        if draft is None:
            raise Refusal("draft.none")
        if draft.chat_id != c.event.room_id:
            raise Refusal("draft.elsewhere")
        return draft

    def _chosen_room(self, c: Conversation, name: str) -> RoomState:
        rooms = self.rooms_of(c)
        named = [room for room in rooms if not name or fold(name) in (fold(room_name(room)), room.room_id)]
        if len(named) != 1:
            names = " / ".join(room_name(room) for room in rooms)
            raise Refusal("draft.which-room", rooms=Strong(names)) if rooms else Refusal("direct.stranger")
        return named[0]

    def _publish(self, c: Conversation, draft: Draft, room: RoomState) -> None:
        """Open the case in its room, as it was shown; the patient's consent was said with this very act."""
        proposal = Proposal(draft, drafts.parts(c.tx, draft.id))
        if not proposal.words:
            raise Refusal("draft.no-words")
        there = dataclasses.replace(
            c,
            event=dataclasses.replace(c.event, room_id=room.room_id, content={}),
            room=room,
            wording=self._wording(c.tx, room.room_id),
        )
        case = desk.open_case(there, proposal.words)
        queries.came_from(c.tx, case.id, draft.chat_id)
        for part in proposal.pictures:
            pictures.publish(there, case, part.event_id, part.attachment_id or 0, proposal.caption(part))
        audit.note(c.tx, c.now, c.sender, audit.Deed.CONSENT, room=room.room_id, case=case.id)
        _say(c, "draft.published", number=f"#{case.id}", room=Strong(room_name(room)))
        self._end(c, draft, published=True)

    def _discard(self, c: Conversation, draft: Draft) -> None:
        _say(c, "draft.discarded")
        self._end(c, draft, published=False)

    # -- what follows when time passes or the chat ends

    def tick(self, tx: Transaction, now: int, at: At) -> int:
        """Show the drafts that have been quiet, and end those whose time is over; returns how many."""
        drafts.settling(tx, now, _QUIET_MS, self._hours * _HOUR_MS)
        expired = drafts.expired(tx, now)
        for draft in expired:
            c = at(tx, _moment(draft, now))
            self._end(c, draft, published=False)
            _say(c, "draft.expired", hours=str(self._hours))
        settled = drafts.settled(tx, now)
        for draft in settled:
            self._show(at(tx, _moment(draft, now)), draft)
        return len(expired) + len(settled)

    def chat_ended(self, c: Conversation) -> None:
        """Take back all that was sent and shown in a chat that is direct no more."""
        for draft in drafts.in_chat(c.tx, c.event.room_id):
            self._end(c, draft, published=False)

    def _show(self, c: Conversation, draft: Draft) -> None:
        """Edit the one preview, and ask anew under it: the question about an earlier version is gone."""
        proposal = Proposal(draft, drafts.parts(c.tx, draft.id))
        rooms = self.rooms_of(c)
        author = Person(c.room.display_name(draft.author), draft.author)
        content = preview(proposal, author, rooms, c.wording).content()
        first = f"{draft.key}preview"
        if draft.shown_version:
            edit = Outgoing(
                key=f"{first}:{draft.version}", room_id=draft.chat_id, content=content, edits=first
            )
            c.send([edit])
        else:
            c.send([Outgoing(key=first, room_id=draft.chat_id, content=content)])
        for row in c.outbox.under(c.tx, f"{draft.key}poll:"):
            c.outbox.take_back(c.tx, row)
        if proposal.words and rooms:
            asked = Outgoing(
                key=f"{draft.key}poll:{draft.version}",
                room_id=draft.chat_id,
                type=POLL_START,
                content=question(proposal, rooms, c.wording),
            )
            c.send([asked])
        drafts.shown(c.tx, draft)

    def _show_part(self, c: Conversation, draft: Draft, part: Part, extension: str) -> None:
        name = f"image-{part.number}.{extension}"
        words = c.wording.say("draft.picture-shown", number=part.number)
        shown = Outgoing(
            key=f"{draft.key}picture:{part.id}:{part.attachment_id}",
            room_id=draft.chat_id,
            content={"body": words, "filename": name, "m.mentions": {}},
            attachment_id=part.attachment_id,
        )
        c.send([shown])

    def _hide_part(self, c: Conversation, draft: Draft, part: Part) -> None:
        for row in c.outbox.under(c.tx, f"{draft.key}picture:{part.id}:"):
            c.outbox.take_back(c.tx, row)

    def replace_picture(self, c: Conversation, draft: Draft, part: Part, seen: Seen) -> None:
        """Put a masked picture in the place of one, and show it."""
        self._hide_part(c, draft, part)
        attachment = pictures.keep_attachment(c.tx, seen.clean, kept=True)
        drafts.set_picture(c.tx, draft, part, attachment, seen.reading)
        self._show_part(c, draft, dataclasses.replace(part, attachment_id=attachment), seen.clean.extension)

    def _end(self, c: Conversation, draft: Draft, *, published: bool) -> None:
        """Take back what was sent and shown for a draft, or ask its author to, and erase it."""
        for row in c.outbox.under(c.tx, draft.key):
            c.outbox.take_back(c.tx, row)
        for event_id in drafts.events(c.tx, draft):
            self._take_back_event(c, event_id)
        if not c.room.can_redact(c.bot) and c.room.is_member(draft.author):
            _say(c, "draft.please-delete", purpose="please-delete")
        drafts.delete(c.tx, draft, published=published)

    def _take_back_event(self, c: Conversation, event_id: str) -> None:
        if c.room.can_redact(c.bot):
            c.send([redaction(c.event.room_id, event_id)])


def _say(c: Conversation, key: str, *, purpose: str = "told", **values: Span) -> None:
    """Say one sentence in the chat; what it answers may be a vote or the time, to which there is no replying."""
    content = Document().line(*c.wording.spans(key, **values)).content("m.notice")
    c.send([Outgoing(key=f"{purpose}:{c.cause}", room_id=c.event.room_id, content=content)])


def _moment(draft: Draft, now: int) -> Event:
    return Event(f"{draft.key}time:{draft.version}", draft.chat_id, draft.author, "org.doctocbot.time", now)


def _anyway(words: str) -> tuple[bool, str]:
    """Whether the words begin with "anyway", and what is left of them."""
    folded = fold(words)
    for said in _ANYWAY:
        if folded == said or folded.startswith(f"{said} "):
            return True, " ".join(words.split()[len(said.split()) :])
    return False, words
