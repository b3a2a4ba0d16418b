"""What is said to the bot in a direct chat: the author's own words and pictures, commands, and votes on a preview."""

import dataclasses
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from doctocbot import edits
from doctocbot.cases import followups, intake, pictures, release, student_opinions
from doctocbot.cases.direct_commands import explain
from doctocbot.cases.masking import Masking
from doctocbot.cases.pictures import Seen
from doctocbot.cases.showing import rooms_to_publish, take_out_event
from doctocbot.chat.commands import CommandTable
from doctocbot.chat.parsing import Called, Unknown, leading_number
from doctocbot.chat.poll import POLL_RESPONSE
from doctocbot.chat.replies import Conversation, Refusal
from doctocbot.chat.smalltalk import is_smalltalk
from doctocbot.images import Refusal as Refused
from doctocbot.matrix import MESSAGE, REACTION, Errand
from doctocbot.quiz import answering, reviews
from doctocbot.rooms import direct, iam, identities, room_report
from doctocbot.rooms.chats import DirectChats
from doctocbot.rooms.policy import COMMANDS, permits
from doctocbot.rooms.roles import Role
from doctocbot.verdicts import Took


@dataclass(frozen=True, slots=True)
class Confidant:
    """Routes what is said in direct chats; `look` makes the errand that cleans and reads a picture."""

    masking: Masking
    chats: DirectChats
    table: CommandTable
    look: Callable[[Mapping[str, Any]], Errand]

    def handle(self, c: Conversation, fetched: object | None, *, trusted: bool) -> Took | Errand:
        """Handle one event of a direct chat that is none of the bot's own and no redaction."""
        event = c.event
        if event.sender != direct.partner(c.tx, event.room_id) or event.from_bot:
            return Took.IGNORED
        if event.type == REACTION or not event.encrypted:
            return _grade(c)
        if not rooms_to_publish(c):
            return self._without_room(c, trusted=trusted)
        if event.type not in (MESSAGE, POLL_RESPONSE, "m.sticker"):
            return Took.IGNORED
        if not trusted:
            intake.leave_out(c)
            identities.refuse_unsigned(c)
            return Took.REFUSED
        if event.type == POLL_RESPONSE:
            return self._attempt(c, lambda: Took.VOTE if release.vote(c) else Took.IGNORED)
        if event.replaces:
            return self._edit(c)
        if pictures.may_hold_picture(event):
            return self._picture(c, fetched)
        if event.msgtype not in ("m.text", "m.emote"):
            return Took.IGNORED
        return self._words(c, fetched)

    def _without_room(self, c: Conversation, *, trusted: bool) -> Took:
        """Somebody who shares no served room with the bot now: what is their own they may discard, see and erase."""
        said = self.table.understand(c.event.text) if c.event.type == MESSAGE else None
        if trusted and isinstance(said, Called) and permits(COMMANDS.get(said.name), {Role.OUTSIDER}):
            return self._command(c, said)
        if trusted and isinstance(said, Called) and said.name == "mod":
            words = said.words
            took = self._attempt(
                c, lambda: Took.COMMAND if room_report.asked_without_room(c, words) else Took.WORDS
            )
            if took is not Took.WORDS:
                return took
        if not intake.has_draft(c):
            self.chats.greet_stranger(c.tx, c.event.room_id)
            return Took.IGNORED
        if not trusted:
            intake.leave_out(c)
            identities.refuse_unsigned(c)
            return Took.REFUSED
        if c.event.type == POLL_RESPONSE:
            return self._attempt(c, lambda: Took.VOTE if release.vote(c) else Took.IGNORED)
        intake.leave_out(c)
        c.tell("direct.no-room-now")
        return Took.REFUSED

    def _edit(self, c: Conversation) -> Took:
        """Follow an edit: of a message of the draft, or of something mistyped that is right now."""
        original = edits.original(c.tx, c.event)
        if original is None:
            return Took.IGNORED
        c = dataclasses.replace(c, event=edits.as_if_typed(c.event, original), cause=c.event.event_id)
        if intake.edited(c, self._text(c)):
            return Took.EDIT
        said = self.table.understand(c.event.text)
        if isinstance(said, Called) and said.name == "answer":
            words = said.words
            if (
                self._attempt(c, lambda: Took.EDIT if answering.reworded(c, words) else Took.WORDS)
                != Took.WORDS
            ):
                return Took.EDIT
        if original["verdict"] == Took.DRAFT:
            intake.edited_too_late(c)
        elif (
            original["verdict"] in (Took.REFUSED, Took.WORDS)
            or followups.is_news(c.tx, c.event.event_id)
            or student_opinions.make_way(c)
        ):
            took = self._command(c, said) if said is not None else self._said(c)
            edits.judge_again(c.tx, c.event.event_id, took)
        return Took.EDIT

    def _text(self, c: Conversation) -> str:
        """The words of a message of a draft, without the command that they may begin with."""
        words = _words_for_draft(self.table.understand(c.event.text))
        return c.event.text.strip() if words is None else words

    def _command(self, c: Conversation, said: Called | Unknown) -> Took:
        if not self.table.run(c, said):
            intake.leave_out(c)
            return Took.REFUSED
        return Took.DRAFT if _words_for_draft(said) else Took.COMMAND

    def _words(self, c: Conversation, fetched: object | None) -> Took | Errand:
        said = self.table.understand(c.event.text)
        if isinstance(said, Called) and said.name == "mask":
            return self._mask(c, said.words, fetched)
        if said is not None:
            return self._command(c, said)
        return self._said(c)

    def _said(self, c: Conversation) -> Took:
        """Words that are no command: news of a case that the bot has asked about, small talk, or a draft."""
        if iam.take_bare_number(c):
            return Took.REFUSED
        reviewed = self._attempt(c, lambda: Took.COMMAND if reviews.take(c) else Took.WORDS)
        if reviewed is not Took.WORDS:
            return reviewed
        told = self._attempt(c, lambda: Took.ANSWER if followups.hear(c) else Took.WORDS)
        if told is not Took.WORDS:
            return told
        if is_smalltalk(c.event.text):
            explain(c)
            return Took.WORDS
        return self._write(c, c.event.text.strip())

    def _write(self, c: Conversation, text: str) -> Took:
        def write() -> Took:
            intake.write(c, text)
            return Took.DRAFT

        return self._attempt(c, write)

    def _picture(self, c: Conversation, fetched: object | None) -> Took | Errand:
        if fetched is None:
            return self.look(c.event.file or {})
        if isinstance(fetched, Refused):
            pictures.refuse(c, fetched)
            return Took.PICTURE
        if not isinstance(fetched, Seen):
            c.tell("draft.no-picture")
            return Took.REFUSED

        def show() -> Took:
            intake.add_picture(c, fetched, self._text(c))
            return Took.DRAFT

        took = self._attempt(c, show)
        if took is Took.REFUSED:
            take_out_event(c, c.event.event_id)
        return took

    def _mask(self, c: Conversation, words: str, fetched: object | None) -> Took | Errand:
        try:
            with c.tx.attempt():
                if fetched is None:
                    return self.masking.errand(c, words)
                self.masking.masked(c, words, fetched)
        except Refusal as refusal:
            c.refuse(refusal)
            intake.leave_out(c)
            return Took.REFUSED
        return Took.COMMAND

    def _attempt(self, c: Conversation, act: Callable[[], Took]) -> Took:
        """Do something, or say why not and leave no trace of it."""
        try:
            with c.tx.attempt():
                return act()
        except Refusal as refusal:
            c.refuse(refusal)
            intake.leave_out(c)
            return Took.REFUSED


def _grade(c: Conversation) -> Took:
    """Take a reaction: nobody signs them, so they grade what somebody has answered right, and nothing else."""
    graded = c.event.type == REACTION and rooms_to_publish(c) and reviews.react(c)
    return Took.VOTE if graded else Took.IGNORED


def _words_for_draft(said: Called | Unknown | None) -> str | None:
    """What a command brings into a draft, None where it is none that does."""
    if not isinstance(said, Called) or said.name not in ("case", "add", "reword"):
        return None
    return leading_number(said.words)[1] if said.name == "add" else said.words
