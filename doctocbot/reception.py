"""The reception: every event of a served room passes here and is shown to the desk that it is meant for.

    event -> who says it, and may it count? -> what kind of thing is it? -> one call to a desk

Nothing is decided here about cases or quizzes; nothing is known there about events that are not meant for them.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from doctocbot import edits
from doctocbot.cases import (
    calls,
    contributions,
    desk,
    followups,
    intake,
    keeper,
    notices,
    numbers,
    opinions,
    pictures,
    queries,
    quotations,
    student_opinions,
    traces,
    votes,
    withdrawal,
)
from doctocbot.cases.model import Case, CaseState, is_call
from doctocbot.chat.commands import CommandTable
from doctocbot.chat.parsing import Called, Unknown, leading_number
from doctocbot.chat.poll import POLL_RESPONSE
from doctocbot.chat.replies import Conversation, World
from doctocbot.confidant import Confidant
from doctocbot.images import CleanImage, Refusal, RefusalReason
from doctocbot.matrix import (
    MESSAGE,
    REACTION,
    REDACTION,
    Errand,
    Event,
    Outgoing,
    RoomState,
    Verdict,
    redaction,
)
from doctocbot.privacy import erasures, originals
from doctocbot.quiz import answering, distractors, taking_back
from doctocbot.rooms import admittance, direct, identities, upgrade
from doctocbot.rooms.admittance import takes_part
from doctocbot.rooms.moderators import is_home
from doctocbot.rooms.settings import is_served
from doctocbot.store import Transaction, restored, tidying
from doctocbot.verdicts import Took

_MAY_BECOME_COMMAND = frozenset({Took.REFUSED, Took.ANSWER, Took.WORDS})


@dataclass(frozen=True, slots=True)
class Reception:
    """Routes events. `unsigned_may_command` is the operator's relaxation for devices that nobody cross-signed."""

    world: World
    table: CommandTable
    clean: Callable[[Mapping[str, Any]], Errand]
    confidant: Confidant
    unsigned_may_command: bool = False

    def apologise(self, tx: Transaction, event: Event, room: RoomState) -> None:
        """Tell somebody that their message could not be handled; silent where nothing may be said."""
        if not is_served(tx, event.room_id) or event.sender == self.world.bot:
            return
        c = self.world.conversation(tx, event, room)
        if pictures.may_hold_picture(event):
            # Whatever went wrong with it, it was not proved clean.
            redacted = pictures.redact_original(c)
            if not redacted and room.is_member(event.sender):
                c.tell("image.please-delete", purpose="please-delete")
        if room.is_member(event.sender) and event.encrypted:
            c.tell("failed", purpose="failed")

    def handle(
        self, tx: Transaction, event: Event, room: RoomState, fetched: object | None
    ) -> Verdict | Errand:
        """Handle one event, or ask for the errand that its picture needs first."""
        if self.world.deletes_originals and event.sender != self.world.bot:
            originals.note(tx, event)
        if not room.is_member(event.sender) and numbers.had_one(tx, event.event_id):
            # They have left since; their case stands there all the same, and must be within reach of a pull.
            room = room.apply([_joined(event.sender)])
        took = self._route(self.world.conversation(tx, event, room), fetched)
        return Verdict(took) if isinstance(took, Took) else took

    def _route(self, c: Conversation, fetched: object | None) -> Took | Errand:
        """Who says it, and may it count?"""
        event = c.event
        if event.sender == self.world.bot:
            return Took.IGNORED
        if event.type == REDACTION:
            # Followed wherever the room stands and whoever has left it: what is taken back, goes. Inside the
            # encryption, though, no server has looked at whether this person may redact that.
            return Took.IGNORED if event.encrypted else self._redaction(c)
        if not is_served(c.tx, event.room_id) or self._back_from_backup(c):
            return Took.IGNORED
        if direct.partner(c.tx, event.room_id) is not None:
            return self.confidant.handle(c, fetched, trusted=self._trusted(c))
        if event.type != REACTION and traces.take_out_late(c):
            return Took.IGNORED
        # Before the looks at who is here and who is a bot: a picture is cleaned whoever has sent it.
        if pictures.may_hold_picture(event):
            return self._picture(c, fetched)
        if not takes_part(c.tx, c.room, event.sender):
            return self._kept_out(c)
        if event.type == REACTION:
            return self._reaction(c)
        # Words in clear text, in a room that is encrypted, could be anybody's; they stand in between all the same.
        if event.from_bot or not event.encrypted:
            pictures.settle_loose(c)
            return Took.IGNORED
        return self._spoken(c)

    def _back_from_backup(self, c: Conversation) -> bool:
        """After a restore: a message whose sender was forgotten since, or deleted: the bot's own words tell of it."""
        if not restored.is_marked(c.tx):
            return False
        if erasures.is_gone(c.tx, self.world.outbox, c.event):
            return True
        if c.event.content:
            return False
        desk.reopen_deleted(c)
        pictures.remember_copy(c)
        return True

    def _kept_out(self, c: Conversation) -> Took:
        """Pass over whoever has left, or is in the room and not admitted; the latter learn it when they command."""
        commands = c.event.type == MESSAGE and c.event.encrypted and not c.event.from_bot
        if commands and c.room.is_member(c.sender) and self._said(c) is not None:
            admittance.refuse(c)
        return Took.IGNORED

    def _reaction(self, c: Conversation) -> Took:
        """Reactions are unsigned: they vote and pull, and nothing else (DESIGN section 8)."""
        if identities.is_held(c.tx, c.sender):
            return Took.IGNORED
        target = c.event.related_id or ""
        if withdrawal.is_flag(c.event.emoji):
            return Took.COMMAND if withdrawal.flag(c, target) else Took.IGNORED
        return Took.VOTE if votes.react(c, target, c.event.emoji) else Took.IGNORED

    def _spoken(self, c: Conversation) -> Took:
        """What kind of thing did a person say?"""
        if c.event.type == POLL_RESPONSE:
            counted = self._trusted(c) and answering.vote(c)
            return Took.VOTE if counted else Took.IGNORED
        if c.event.type != MESSAGE:
            return Took.IGNORED
        if c.event.msgtype not in ("m.text", "m.emote"):
            pictures.settle_loose(c)
            return Took.IGNORED
        return self._edit(c) if c.event.replaces else self._words(c)

    def _trusted(self, c: Conversation) -> bool:
        return (c.event.verified or self.unsigned_may_command) and not identities.is_held(c.tx, c.sender)

    # -- words

    def _words(self, c: Conversation) -> Took:
        """A message of words: a command, a call for #DocTocToc, an answer, or just talk."""
        said = self._said(c)
        if said is not None:
            return self._command(c, said)
        pictures.settle_loose(c)
        return self._heard(c)

    def _heard(self, c: Conversation) -> Took:
        return Took.ANSWER if desk.hear(c) else Took.WORDS

    def _said(self, c: Conversation) -> Called | Unknown | None:
        said = self.table.understand(c.event.text)
        standing_alone = not (c.event.thread_root or c.event.replies_to)
        if said is None and standing_alone and is_call(c.event.text):
            return Called("case", c.event.text)
        return said

    def _command(self, c: Conversation, said: Called | Unknown) -> Took:
        if not self._trusted(c):
            identities.refuse_unsigned(c)
            done = False
        else:
            done = self.table.run(c, said)
            if isinstance(said, Called) and said.name != "case":
                _note_case(c, said.words)
        # Whatever was said, it stands between the pictures before it and the next case.
        pictures.settle_loose(c)
        return Took.COMMAND if done else Took.REFUSED

    # -- pictures

    def _picture(self, c: Conversation, fetched: object | None) -> Took | Errand:
        if c.event.brings_two_files:
            pictures.refuse(c, Refusal(RefusalReason.UNREADABLE))
            return Took.PICTURE
        if fetched is None:
            return self.clean(c.event.file or {})
        if isinstance(fetched, pictures.Seen):
            # The chat has become a room while its picture was being looked at.
            fetched = fetched.clean
        if not isinstance(fetched, CleanImage | Refusal):
            pictures.settle_loose(c)
            return Took.IGNORED
        if not takes_part(c.tx, c.room, c.sender):
            pictures.redact_silently(c, fetched)
            return Took.PICTURE
        by_person = c.event.encrypted and not c.event.from_bot
        trusted = by_person and self._trusted(c)
        said = self._said(c) if by_person and not c.event.replaces else None
        opens = trusted and not is_home(c.tx, c.event.room_id)
        if isinstance(said, Called) and said.name == "case" and opens:
            case = desk.ask_in_room(c, said.words)
            calls.warn_of_emergency(c, case)
            pictures.adopt_loose(c, case)
            self._join(c, case, fetched)
            return Took.PICTURE
        self._join(c, pictures.target_case(c) if trusted else None, fetched, trusted=trusted)
        if by_person:
            desk.hear(c)
        if said is not None:
            self._command(c, said)
        return Took.PICTURE

    def _join(
        self, c: Conversation, case: Case | None, fetched: CleanImage | Refusal, *, trusted: bool = True
    ) -> None:
        """A picture goes to its case, or stands for itself, or is taken out with the reason."""
        if isinstance(fetched, Refusal):
            pictures.refuse(c, fetched)
        elif case is not None:
            pictures.join_case(c, case, fetched)
        else:
            pictures.post_loose(c, fetched, trusted=trusted)

    def dropped(self, tx: Transaction, outgoing: Outgoing, room: RoomState) -> None:
        """Follow what the server refused for good: a clean copy or a preview that cannot be posted is missed."""
        row = tx.row("SELECT * FROM picture WHERE posted_key = :key", key=outgoing.key)
        if row is not None:
            moment = Event(row["source_event"], row["room_id"], row["sender"], MESSAGE, row["sent_at"])
            pictures.lost(self.world.conversation(tx, moment, room), outgoing.key)
        moment = Event(f"dropped:{outgoing.key}", outgoing.room_id, "", MESSAGE, 0)
        c = self.world.conversation(tx, moment, room)
        keeper.dropped(c, outgoing)
        withdrawal.dropped(c, outgoing)
        notices.dropped(c, outgoing)
        taking_back.dropped(c, outgoing)

    def chat_ended(self, tx: Transaction, room: RoomState, person: str) -> None:
        """Take back what was shown in a direct chat that is one no more."""
        moment = Event(f"chat:{room.room_id}:over", room.room_id, person, "org.doctocbot.time", 0)
        c = self.world.conversation(tx, moment, room)
        keeper.chat_ended(c)
        notices.chat_ended(c)

    # -- edits and redactions

    def _edit(self, c: Conversation) -> Took:
        """Follow an edit: of a case, of an opinion or an answer, or of something mistyped that is right now."""
        original = edits.original(c.tx, c.event)
        if original is None or not self._trusted(c):
            return Took.IGNORED
        edited = self.world.conversation(
            c.tx, edits.as_if_typed(c.event, original), c.room, cause=c.event.event_id
        )
        said = self._said(edited)
        case = queries.case_of_source(c.tx, c.event.room_id, edited.event.event_id)
        closed = queries.case_closed_by(c.tx, c.event.room_id, edited.event.event_id)
        if case is not None:
            self._edited_case(edited, case, said)
        elif closed is not None:
            # Opened again, and closed as the message says now, if it still does.
            self._words_went(edited, closed)
            desk.undo_closing(edited, closed)
            if said is not None:
                self._command(edited, said)
        elif (
            opinions.proposal(c.tx, edited.event.event_id) is not None or original["verdict"] == Took.COMMAND
        ):
            self._edited_opinion(edited, said)
        elif original["verdict"] in _MAY_BECOME_COMMAND:
            took = self._command(edited, said) if said is not None else self._edited_words(edited)
            edits.judge_again(c.tx, edited.event.event_id, took)
        return Took.EDIT

    def _edited_case(self, c: Conversation, case: Case, said: Called | Unknown | None) -> None:
        if case.state is CaseState.PULLED:
            return
        if case.hidden and c.room.can_redact(c.bot):
            # What moderators have hidden does not come back by an edit; its words are kept for when it is shown.
            c.send([redaction(case.room_id, c.cause, case.id)])
        text = said.words if isinstance(said, Called) and said.name == "case" else c.event.text.strip()
        if text:
            desk.correct_words(c, case, text)
            self._words_went(c, case)

    def _edited_opinion(self, c: Conversation, said: Called | Unknown | None) -> None:
        """An edited `!dx`, `!ref` or vote is what it says now; other commands that were carried out stay done."""
        case = queries.case_of_event(c.tx, c.event.room_id, c.event.event_id)
        if case is None or case.state is CaseState.PULLED:
            return
        before = opinions.words_of(c.tx, c.event.event_id)
        if votes.can_be_said_anew(c, case):
            self._say_anew(c, case, said)
            return
        if votes.reword(c, case, said.words if isinstance(said, Called) else c.event.text):
            self._opinion_went(c, case, before)
            return
        proposes = isinstance(said, Called) and said.name == "dx"
        text = said.words if isinstance(said, Called) and proposes else c.event.text if said is None else ""
        if text and contributions.reword(c, case, text, proposes=proposes):
            self._opinion_went(c, case, before)

    def _say_anew(self, c: Conversation, case: Case, said: Called | Unknown | None) -> None:
        """What a vote or a reference says after its edit counts as if it had been typed right at once."""
        showed = opinions.words_of(c.tx, c.event.event_id)
        with votes.said_anew(c, case):
            took = self._command(c, said) if said is not None else self._heard(c)
        edits.judge_again(c.tx, c.event.event_id, took)
        if showed:
            self._opinion_went(c, case, showed)
        else:
            desk.refresh_card(c, case.id)

    def _edited_words(self, c: Conversation) -> Took:
        answer = opinions.answer(c.tx, c.event.event_id)
        case = queries.case_by_id(c.tx, answer["case_id"]) if answer is not None else None
        if case is None or case.state is CaseState.PULLED:
            return Took.WORDS
        contributions.keep_answer(c, case, c.event.text)
        quotations.take_back_files(c, case.id)
        desk.refresh_card(c, case.id)
        return Took.ANSWER

    def _words_went(self, c: Conversation, case: Case) -> None:
        """Words that the bot has shown had to go: a question with them is called off, every quotation redacted."""
        taking_back.call_off(c, case)
        desk.take_quotes_back(c, case.id)
        tidying.words_went(c.tx)

    def _opinion_went(self, c: Conversation, case: Case, words: Sequence[str]) -> None:
        """Words of a colleague had to go: a question without them stays, and what its author has written into it."""
        if taking_back.is_asked_of(c, case, words):
            self._words_went(c, case)
            return
        distractors.forget_lent_words(c.tx, case, words)
        desk.take_quotes_back(c, case.id, questions=False)
        tidying.words_went(c.tx)

    def _redaction(self, c: Conversation) -> Took:
        """Erase the bot's copy of whatever anybody but the bot redacts (DESIGN section 10)."""
        target = c.event.redacts
        if target is None or not c.tx.value(_IN_ROOM, id=target, room=c.event.room_id):
            return Took.IGNORED
        c.tx.execute(_NEVER_HANDLE, id=target)
        originals.redacted(c.tx, target, c.outbox.now())
        tidying.words_went(c.tx)
        # What was said in a room that was replaced is of cases that have gone on in another.
        c = c.at(upgrade.present(c.tx, c.event.room_id))
        answering.forget(c, target)
        intake.forget(c, target)
        followups.forget(c, target)
        shown = student_opinions.forget(c, target)
        if shown is not None:
            self._words_went(c.at(shown.room_id), shown)
        self._take_words_back(c, target)
        pictures.forget_loose(c.tx, target)
        withdrawal.forget(c, target)
        return Took.REDACTION

    def _take_words_back(self, c: Conversation, target: str) -> None:
        """Follow the redaction of a message, or of an edit of one, into whatever shows its words."""
        room = c.event.room_id
        closed = queries.case_closed_by(c.tx, room, target)
        worded = queries.case_worded_by(c.tx, room, target)
        edited = opinions.worded_by(c.tx, target)
        if closed is not None:
            self._words_went(c, closed)
            desk.undo_closing(c, closed)
        if worded is not None and worded.state is not CaseState.PULLED:
            # What it said before the edit is not kept: the card asks for words until the author edits again.
            desk.correct_words(c, worded, "")
            self._words_went(c, worded)
        for event_id in filter(None, (target, edited)):
            case = queries.case_of_event(c.tx, room, event_id)
            words = opinions.words_of(c.tx, event_id)
            if case is not None and words:
                self._opinion_went(c, case, words)
        if edited is not None:
            withdrawal.forget(c, edited)


def _note_case(c: Conversation, words: str) -> None:
    """Note of which case a command speaks that names one by number, refused or not: with the case, it goes."""
    number, rest = leading_number(words)
    case = queries.case_in_room(c.tx, c.event.room_id, number) if number is not None and rest else None
    if case is not None and case.state is not CaseState.PULLED:
        queries.note_said(c.tx, case.id, c.event.event_id, c.cause)


def _joined(user: str) -> dict[str, Any]:
    return {"type": "m.room.member", "state_key": user, "content": {"membership": "join"}}


_NEVER_HANDLE = "UPDATE inbox SET state = 'done', verdict = 'redacted', event = NULL WHERE event_id = :id"
_IN_ROOM = (
    "SELECT 1 FROM inbox WHERE event_id = :id AND room_id = :room"
    " UNION ALL SELECT 1 FROM outbox WHERE event_id = :id AND room_id = :room"
)
