"""The keeper of drafts: shows those that have been quiet, ends those that are published or too old."""

import re
from dataclasses import replace

from doctocbot.cases import drafts, queries, returned
from doctocbot.cases.drafts import Draft
from doctocbot.cases.model import CaseState
from doctocbot.cases.preview import room_name
from doctocbot.cases.release import undo
from doctocbot.cases.showing import end, moment, say, show, show_picture, take_out_event
from doctocbot.chat.rendering import Link, Strong
from doctocbot.chat.replies import At, Conversation
from doctocbot.matrix import REDACTION, Outgoing, event_link, unhandled
from doctocbot.rooms import direct
from doctocbot.store import Transaction

_QUIET_MS = 3_000
"""How long a draft is quiet before its preview is shown: long enough for the next photo, short enough to wait for."""

_HOUR_MS = 3_600_000


class DraftKeeper:
    """Looks after drafts as time passes; `hours` is how long one lives unchanged."""

    def __init__(self, hours: int) -> None:
        self._hours = hours

    def tick(self, tx: Transaction, now: int, at: At) -> int:
        """Show the drafts that have been quiet, and end those that are published or too old; returns how many."""
        for draft in drafts.unasked(tx):
            drafts.changed(tx, draft)
        drafts.settling(tx, now, _QUIET_MS, self._hours * _HOUR_MS)
        done = sum(self._finish(at(tx, moment(draft, now)), draft) for draft in drafts.on_the_way(tx))
        expired = drafts.expired(tx, now)
        for draft in expired:
            self._expire(at(tx, moment(draft, now)), draft)
        settled = drafts.settled(tx, now)
        for draft in settled:
            show(at(tx, moment(draft, now)), draft)
        return done + len(expired) + len(settled) + self._move_in(tx, now, at)

    def _move_in(self, tx: Transaction, now: int, at: At) -> int:
        """Show the drafts that came back or stepped aside, to authors who have a chat and no other draft now."""
        moved = 0
        for waiting in returned.waiting(tx):
            # One that stepped aside stays in its chat, where some of it was said.
            chat_id = waiting.chat_id or direct.chat_of(tx, waiting.author, "")
            if chat_id is None:
                continue
            returned.move_in(tx, waiting, chat_id)
            draft = replace(waiting, chat_id=chat_id)
            c = at(tx, moment(draft, now))
            direct.note_private(tx, chat_id)
            for part in drafts.parts(tx, draft.id):
                if part.number is not None:
                    show_picture(c, draft, part)
            moved += 1
        return moved

    def _finish(self, c: Conversation, draft: Draft) -> bool:
        """Tell the author what became of what is on its way: only what stands in its room is gone from the chat."""
        case = queries.case_by_id(c.tx, draft.case_id or 0)
        key = draft.sent_as or ""
        state = c.outbox.state(c.tx, key)
        if case is not None and case.state is CaseState.PULLED:
            # Taken back before it was said to be published; whom that concerns has been told.
            end(c, draft)
            return True
        if case is None or state in (None, "dropped"):
            if case is not None:
                undo(c, draft, case)
            drafts.publishing(c.tx, draft, None)
            drafts.changed(c.tx, draft)
            say(c, "draft.not-published", purpose="not-published")
            return True
        if state != "sent":
            return False
        number = Link(f"#{case.id}", event_link(case.room_id, c.outbox.event_id(c.tx, key) or ""))
        end(c, draft)
        done = "addition.added" if draft.adds_to is not None else "draft.published"
        say(c, done, case_id=case.id, number=number, room=Strong(room_name(c.world.state(case.room_id))))
        return True

    def _expire(self, c: Conversation, draft: Draft) -> None:
        case = queries.case_by_id(c.tx, draft.case_id) if draft.case_id else None
        if case is not None:
            # Its room has been closed to us all day: what nobody has seen is not published later.
            undo(c, draft, case)
        if not draft.chat_id:
            drafts.delete(c.tx, draft)
            return
        end(c, draft)
        if draft.came_back is not None:
            say(c, "draft.came-back-expired", hours=str(self._hours), number=f"#{draft.came_back}")
        else:
            say(c, "draft.expired", hours=str(self._hours))


def chat_ended(c: Conversation) -> None:
    """Take back all that was sent and shown in a chat that is direct no more, and what is still to be handled."""
    for row in c.outbox.sent_in(c.tx, c.event.room_id):
        c.outbox.take_back(c.tx, row)
    for draft in drafts.in_chat(c.tx, c.event.room_id):
        end(c, draft)
    for event_id in unhandled(c.tx, c.event.room_id, c.sender):
        take_out_event(c, event_id)


def dropped(c: Conversation, outgoing: Outgoing) -> None:
    """Follow what the server refused for good: what was not shown is not released, what stays is named."""
    if outgoing.type == REDACTION and direct.partner(c.tx, outgoing.room_id) is not None:
        # Once a minute is enough, however many messages of one draft stay.
        minute = c.outbox.now() // 60_000
        say(c, "draft.please-delete", purpose=f"please-delete:{minute}", cause=outgoing.room_id)
    found = re.match(r"draft:(\d+):(preview|picture|whither|poll):", outgoing.key)
    draft = drafts.by_id(c.tx, int(found[1])) if found else None
    if draft is not None:
        drafts.not_shown(c.tx, draft, outgoing.key)
        say(c, "draft.cannot-show", purpose="cannot-show")
