"""The private intake: words and pictures that somebody sends in a direct chat become one draft (DESIGN 3.1).

    words, pictures -> draft -> quiet -> preview and poll -> publish: a case like any other, in the author's room

Nothing reaches a room before its author has been shown exactly that; when a draft ends, however it ends, what was
sent and shown in the chat is redacted.
"""

import dataclasses
import re

from doctocbot.cases import desk, drafts, pictures, queries
from doctocbot.cases.drafts import Draft, Part
from doctocbot.cases.pictures import Seen
from doctocbot.cases.preview import DISCARD, PUBLISH, Proposal, labels, preview, question, room_name
from doctocbot.chat.parsing import fold, leading_count
from doctocbot.chat.poll import POLL_START, poll_vote
from doctocbot.chat.rendering import Document, Link, Person, Span, Strong
from doctocbot.chat.replies import At, Conversation, Refusal
from doctocbot.matrix import REDACTION, Event, Outgoing, RoomState, event_link, redaction, unhandled
from doctocbot.rooms import audit, direct
from doctocbot.rooms.roles import Act, may
from doctocbot.store import Transaction

_QUIET_MS = 3_000
"""How long a draft is quiet before its preview is shown: long enough for the next photo, short enough to wait for."""

_HOUR_MS = 3_600_000
_ANYWAY = ("anyway", "quand meme", "malgre tout")
_MOST_PICTURES = 20


class Intake:
    """Takes in, shows and publishes drafts; `hours` is how long one lives unchanged."""

    def __init__(self, hours: int) -> None:
        self._hours = hours

    # -- what the author sends

    def rooms_of(self, c: Conversation) -> list[RoomState]:
        """The rooms in which the person could publish, now."""
        return [
            room
            for room in direct.shared_rooms(c.tx, c.sender, c.world.room)
            if may(Act.OPEN_CASE, c.sender, room)
        ]

    def has_draft(self, c: Conversation) -> bool:
        """Whether the person has a draft."""
        return drafts.of_author(c.tx, c.sender) is not None

    def write(self, c: Conversation, text: str) -> None:
        """Add words to the person's draft, or begin one with them."""
        drafts.add_words(c.tx, self._draft(c), c.event.event_id, text, words_event=c.cause)

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

    def leave_out(self, c: Conversation) -> None:
        """Have a message that is no part of the draft go with it all the same: it may say as much of the patient."""
        draft = drafts.of_author(c.tx, c.sender)
        if draft is not None and draft.chat_id == c.event.room_id:
            drafts.note_event(c.tx, draft, c.cause)

    def edited(self, c: Conversation, text: str) -> bool:
        """Follow the edit of a message of a draft; returns whether it was one."""
        found = drafts.part_of_event(c.tx, c.event.event_id)
        if found is None or found[0].author != c.sender or found[0].case_id is not None:
            return False
        draft, part = found
        if text or part.number is not None:
            drafts.set_text(c.tx, draft, part, text, c.cause)
        else:
            drafts.note_event(c.tx, draft, c.cause)
            drafts.take_out(c.tx, draft, part)
        return True

    def edited_too_late(self, c: Conversation) -> None:
        """Say that an edit comes after the end of its draft, and take it out of the chat."""
        take_out_event(c, c.cause)
        _say(c, "draft.edited-too-late")

    def forget(self, c: Conversation, event_id: str) -> None:
        """Follow the redaction of a message of a draft, or of the edit that gave it its words."""
        found, edit = drafts.part_of_event(c.tx, event_id), drafts.worded_by(c.tx, event_id)
        if edit is not None and edit[1].number is not None and found is None:
            drafts.set_text(c.tx, edit[0], edit[1], "", edit[1].event_id)
            return
        found = found or edit
        if found is None:
            return
        draft, part = found
        self._hide_part(c, draft, part)
        drafts.take_out(c.tx, draft, part)
        if not drafts.parts(c.tx, draft.id):
            self._end(c, draft)

    def _draft(self, c: Conversation) -> Draft:
        draft = drafts.of_author(c.tx, c.sender)
        if draft is not None and draft.chat_id != c.event.room_id:
            raise Refusal("draft.elsewhere")
        if draft is not None and draft.case_id is not None:
            raise Refusal("draft.on-the-way")
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
        if draft is not None and draft.chat_id != c.event.room_id:
            return False
        choice, _, room_id = chosen.partition(" ")
        current = draft is not None and draft.case_id is None and key == f"{draft.key}poll:{draft.version}"
        if draft is None or not current:
            _say(c, "draft.changed" if draft and draft.case_id is None else "draft.over")
        elif choice == PUBLISH:
            self._publish(c, draft, room_id)
        elif choice == DISCARD:
            self._discard(c, draft)
        return True

    def publish(self, c: Conversation, words: str) -> None:
        """`!publish [anyway] [room]`: release the draft as it was last shown."""
        draft = self._own(c)
        anyway, name = _anyway(words)
        if not anyway and Proposal(draft, drafts.parts(c.tx, draft.id)).findings:
            raise Refusal("draft.findings-hold")
        self._publish(c, draft, self._chosen_room(c, name).room_id)

    def drop(self, c: Conversation, words: str) -> None:
        """`!drop [N]`: discard the draft, or take picture N out of it."""
        draft = self._own(c)
        if not words:
            self._discard(c, draft)
            return
        _, part = self.picture(c, words)
        self._hide_part(c, draft, part)
        take_out_event(c, part.event_id)
        drafts.take_out(c.tx, draft, part)
        if not drafts.parts(c.tx, draft.id):
            self._discard(c, draft)

    def picture(self, c: Conversation, words: str) -> tuple[Draft, Part]:
        """The person's draft and the picture whose number the words begin with; raises a Refusal without either."""
        draft = self._own(c)
        number, _ = leading_count(words)
        found = next((part for part in drafts.parts(c.tx, draft.id) if part.number == number), None)
        if number is None or found is None:
            raise Refusal("draft.which-picture")
        return draft, found

    def _own(self, c: Conversation) -> Draft:
        draft = drafts.of_author(c.tx, c.sender)
        if draft is None:
            raise Refusal("draft.none")
        if draft.chat_id != c.event.room_id:
            raise Refusal("draft.elsewhere")
        if draft.case_id is not None:
            raise Refusal("draft.on-the-way")
        return draft

    def _chosen_room(self, c: Conversation, name: str) -> RoomState:
        rooms = self.rooms_of(c)
        named = labels(rooms)
        fitting = [
            room
            for room in rooms
            if not name or name == room.room_id or fold(name) == fold(named[room.room_id])
        ]
        if len(fitting) != 1:
            names = " / ".join(named.values())
            raise Refusal("draft.which-room", rooms=Strong(names)) if rooms else Refusal("direct.no-room-now")
        return fitting[0]

    def _publish(self, c: Conversation, draft: Draft, room_id: str) -> None:
        """Open the case in its room, as it was shown; the patient's consent was said with this very act."""
        proposal = Proposal(draft, drafts.parts(c.tx, draft.id))
        room = next((room for room in self.rooms_of(c) if room.room_id == room_id), None)
        if not proposal.words:
            raise Refusal("draft.no-words")
        if room is None:
            raise Refusal("draft.no-such-room")
        if not self._was_shown(c, proposal) or room_id not in draft.shown_rooms:
            # What is asked about next says again where it would go.
            drafts.changed(c.tx, draft)
            _say(c, "draft.changed")
            return
        there = c.at(room.room_id)
        case = desk.open_case(there, proposal.words)
        queries.came_from(c.tx, case.id, draft.chat_id)
        for part in proposal.pictures:
            pictures.publish(there, case, part.event_id, part.attachment_id or 0, proposal.caption(part))
        audit.note(c, audit.Deed.CONSENT, room=room.room_id, case=case.id)
        for row in c.outbox.under(c.tx, f"{draft.key}poll:"):
            c.outbox.take_back(c.tx, row)
        drafts.publishing(c.tx, draft, case.id)

    def _was_shown(self, c: Conversation, proposal: Proposal) -> bool:
        """Whether the author's client has been sent the draft exactly as it is: its preview, and every picture."""
        draft = proposal.draft
        keys = [draft.shown_key, *(_picture_key(draft, part) for part in proposal.pictures)]
        return draft.version == draft.shown_version and all(
            key and c.outbox.event_id(c.tx, key) for key in keys
        )

    def _discard(self, c: Conversation, draft: Draft) -> None:
        _say(c, "draft.discarded")
        self._end(c, draft)

    # -- what follows when time passes or the chat ends

    def tick(self, tx: Transaction, now: int, at: At) -> int:
        """Show the drafts that have been quiet, and end those that are published or too old; returns how many."""
        drafts.settling(tx, now, _QUIET_MS, self._hours * _HOUR_MS)
        done = sum(self._finish(at(tx, _moment(draft, now)), draft) for draft in drafts.on_the_way(tx))
        expired = drafts.expired(tx, now)
        for draft in expired:
            self._expire(at(tx, _moment(draft, now)), draft)
        settled = drafts.settled(tx, now)
        for draft in settled:
            self._show(at(tx, _moment(draft, now)), draft)
        return done + len(expired) + len(settled)

    def _finish(self, c: Conversation, draft: Draft) -> bool:
        """Tell the author what became of a case on its way: only what stands in its room is gone from the chat."""
        case = queries.case_by_id(c.tx, draft.case_id or 0)
        state = c.outbox.state(c.tx, case.card_key) if case else "dropped"
        if case is None or state == "dropped":
            if case is not None:
                desk.withdraw(c, case)
            drafts.publishing(c.tx, draft, None)
            drafts.changed(c.tx, draft)
            _say(c, "draft.not-published", purpose="not-published")
            return True
        if state != "sent":
            return False
        room = c.world.state(case.room_id)
        number = Link(f"#{case.id}", event_link(case.room_id, c.outbox.event_id(c.tx, case.card_key) or ""))
        self._end(c, draft)
        _say(c, "draft.published", number=number, room=Strong(room_name(room)))
        return True

    def _expire(self, c: Conversation, draft: Draft) -> None:
        case = queries.case_by_id(c.tx, draft.case_id) if draft.case_id else None
        if case is not None:
            # Its room has been closed to us all day: what nobody has seen is not published later.
            desk.withdraw(c, case)
        self._end(c, draft)
        _say(c, "draft.expired", hours=str(self._hours))

    def chat_ended(self, c: Conversation) -> None:
        """Take back all that was sent and shown in a chat that is direct no more, and what is still to be handled."""
        for row in c.outbox.sent_in(c.tx, c.event.room_id):
            c.outbox.take_back(c.tx, row)
        for draft in drafts.in_chat(c.tx, c.event.room_id):
            self._end(c, draft)
        for event_id in unhandled(c.tx, c.event.room_id, c.sender):
            take_out_event(c, event_id)

    def dropped(self, c: Conversation, outgoing: Outgoing) -> None:
        """Follow what the server refused for good: what was not shown is not released, what stays is named."""
        if outgoing.type == REDACTION and direct.partner(c.tx, outgoing.room_id) is not None:
            # Once a minute is enough, however many messages of one draft stay.
            minute = c.outbox.now() // 60_000
            _say(c, "draft.please-delete", purpose=f"please-delete:{minute}", cause=outgoing.room_id)
        found = re.match(r"draft:(\d+):(preview|picture):", outgoing.key)
        draft = drafts.by_id(c.tx, int(found[1])) if found else None
        if draft is not None:
            drafts.not_shown(c.tx, draft, outgoing.key)
            _say(c, "draft.cannot-show", purpose="cannot-show")

    def _show(self, c: Conversation, draft: Draft) -> None:
        """Edit the one preview, and ask anew under it: the question about an earlier version is gone."""
        proposal = Proposal(draft, drafts.parts(c.tx, draft.id))
        rooms = self.rooms_of(c)
        author = Person(c.room.display_name(draft.author), draft.author)
        content = preview(proposal, author, rooms, c.wording).content()
        key = f"{draft.key}preview:{draft.version}"
        c.send([Outgoing(key=key, room_id=draft.chat_id, content=content, edits=draft.preview_key)])
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
        drafts.shown(c.tx, draft, key, [room.room_id for room in rooms])

    def _show_part(self, c: Conversation, draft: Draft, part: Part, extension: str) -> None:
        name = f"image-{part.number}.{extension}"
        words = c.wording.say("draft.picture-shown", number=part.number)
        shown = Outgoing(
            key=_picture_key(draft, part),
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

    def _end(self, c: Conversation, draft: Draft) -> None:
        """Take back what was sent and shown for a draft, or ask its author to, and erase it."""
        for row in c.outbox.under(c.tx, draft.key):
            c.outbox.take_back(c.tx, row)
        for event_id in drafts.events(c.tx, draft):
            take_out_event(c, event_id)
        if not c.room.can_redact(c.bot) and c.room.is_member(draft.author):
            _say(c, "draft.please-delete", purpose="please-delete", even_unserved=True)
        drafts.delete(c.tx, draft)


def take_out_event(c: Conversation, event_id: str) -> None:
    """Redact a message of the author's in the chat, where the bot may."""
    if c.room.can_redact(c.bot):
        c.send([redaction(c.event.room_id, event_id)])


def _picture_key(draft: Draft, part: Part) -> str:
    return f"{draft.key}picture:{part.id}:{part.attachment_id}"


def _say(
    c: Conversation,
    key: str,
    *,
    purpose: str = "told",
    cause: str | None = None,
    even_unserved: bool = False,
    **values: Span,
) -> None:
    """Say one sentence in the chat; what it answers may be a vote or the time, to which there is no replying."""
    content = Document().line(*c.wording.spans(key, **values)).content("m.notice")
    said = Outgoing(
        key=f"{purpose}:{cause or c.cause}",
        room_id=c.event.room_id,
        content=content,
        even_unserved=even_unserved,
    )
    c.send([said])


def _moment(draft: Draft, now: int) -> Event:
    return Event(f"{draft.key}time:{draft.version}", draft.chat_id, draft.author, "org.doctocbot.time", now)


def _anyway(words: str) -> tuple[bool, str]:
    """Whether the words begin with "anyway", and what is left of them."""
    folded = fold(words)
    for said in _ANYWAY:
        if folded == said or folded.startswith(f"{said} "):
            return True, " ".join(words.split()[len(said.split()) :])
    return False, words
