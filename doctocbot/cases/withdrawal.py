"""A case is taken back: pulled by a member, or redacted. Nothing of it stays but its number and its counts.

    !pull, 🚩, a redaction -> everything sent and said is redacted, everything stored erased -> one line that says so
                           -> the moderators are told; the author has it back as a draft, where somebody else pulled it

All of it is decided in one transaction: what a crash interrupts, the outbox finishes.
"""

from doctocbot.cases import (
    contributions,
    drafts,
    notices,
    queries,
    quotations,
    returned,
    scope,
    showing,
    traces,
)
from doctocbot.cases.desk import refresh_card
from doctocbot.cases.erasure import erase
from doctocbot.cases.model import Case, CaseState
from doctocbot.chat.rendering import Document, Person, Span, Strong
from doctocbot.chat.replies import At, Conversation, Refusal
from doctocbot.chat.wording import Wording
from doctocbot.matrix import REDACTION, Outgoing, inbox
from doctocbot.rooms import audit, moderators, private, upgrade
from doctocbot.rooms.admittance import takes_part
from doctocbot.rooms.policy import Act, may
from doctocbot.rooms.roles import Standing
from doctocbot.store import Row, Transaction

_HOUR_MS = 3_600_000
_DAY_MS = 24 * _HOUR_MS
_MOST_AN_HOUR = 2


def pull(c: Conversation, case: Case, reason: str | None = None) -> bool:
    """Take a case back at once, whoever's it is; returns False where it waits for a moderator.

    A moderator's `reason` is told to the author and the other moderators, in private.

    The third pull of others' cases by one member within an hour does. Raises a Refusal for somebody who may not.
    """
    room = c.world.state(case.room_id)
    if not may(c.tx, Act.PULL, c.sender, room):
        raise Refusal("role.pull", number=f"#{case.id}")
    own = scope.acts_as_author(c, case)
    waits = not own and not may(c.tx, Act.PULL_MANY, c.sender, room) and _pulls_too_many(c, case)
    if not own:
        c.tx.execute(_NOTE, case_id=case.id, puller=c.sender, at=_received(c), waits=waits)
    if waits:
        # Their keys hold the case and not the cause: however often it is asked for, they are told once.
        _tell_moderators(c, case, "pull.waits", cause=f"case:{case.id}")
        return False
    about = None if own else case.author
    audit.note(c, audit.Deed.PULL, room=case.room_id, case=case.id, about=about, reason=reason)
    if reason is None:
        _tell_moderators(c, case, "pull.done")
    take_back(c, case, give_back=not own)
    if reason is not None:
        # Afterwards, since what is queued about the case is dropped with it.
        _tell_moderators(c, case, "pull.done-because", reason=reason)
        if not own:
            _tell_why(c, case, reason)
    return True


def _tell_why(c: Conversation, case: Case, reason: str) -> None:
    """Tell the author, in private, why a moderator has pulled their case."""
    words = private.wording_for(c, case.author).spans("pull.why", number=f"#{case.id}", reason=reason)
    meant_for = private.MeantFor(case.room_id, Standing.MEMBER)
    document = Document().line(*words)
    private.tell(c, case.author, f"why:{case.id}", document, case_id=case.id, meant_for=meant_for)


def forget_pullers(tx: Transaction, now: int, at: At) -> int:
    """Forget after a day who pulled what, and after a week who asked for it in vain. A ticker that says nothing."""
    tx.execute(
        "DELETE FROM case_pull WHERE at < CASE WHEN waits THEN :week ELSE :day END",
        day=now - _DAY_MS,
        week=now - 7 * _DAY_MS,
    )
    return 0


def _pulls_too_many(c: Conversation, case: Case) -> bool:
    recent: int = c.tx.value(_RECENT, puller=c.sender, since=_received(c) - _HOUR_MS, case_id=case.id)
    return recent >= _MOST_AN_HOUR


def _received(c: Conversation) -> int:
    """When it reached the bot, in ms: when it was said is for the puller's own server to say, and lifts no limit."""
    at = inbox.received_at(c.tx, c.event.event_id)
    return c.now if at is None else at


_RECENT = "SELECT count(*) FROM case_pull WHERE puller = :puller AND at > :since AND case_id != :case_id"
_NOTE = (
    "INSERT INTO case_pull (case_id, puller, at, waits) VALUES (:case_id, :puller, :at, :waits)"
    " ON CONFLICT (case_id) DO UPDATE SET puller = excluded.puller, at = excluded.at, waits = excluded.waits"
)


def take_back(c: Conversation, case: Case, *, give_back: bool) -> None:
    """Redact all that was sent and said about a case, erase all that is stored of it, and say so in one line.

    `give_back` lets its author have text and clean pictures as a private draft.
    """
    if case.state is CaseState.PULLED:
        return
    there = c.at(case.room_id)
    if give_back and takes_part(c.tx, there.room, case.author):
        _give_back(c, case)
    was_seen = c.outbox.state(c.tx, case.card_key) in ("sending", "sent")
    sent = c.outbox.sent_for_case(c.tx, case.id)
    people = traces.said(c, case, sent)
    for row in sorted(sent, key=lambda row: _urgency(row, case)):
        c.outbox.take_back(c.tx, row, case.id)
    traces.redact(c, case, people)
    private.forget_case(c.tx, case.id)
    for draft in drafts.adding_to(c.tx, case.id):
        chat = c.at(draft.chat_id)
        showing.end(chat, draft)
        showing.say(chat, "addition.pulled", purpose=f"addition:{draft.id}", number=f"#{case.id}")
    erase(c.tx, case.id)
    if was_seen:
        line = Document().line(*there.wording.spans("pull.line", number=f"#{case.id}")).content("m.notice")
        c.send([Outgoing(key=f"case:{case.id}:pulled", room_id=case.room_id, content=line)])


def _urgency(row: Row, case: Case) -> int:
    """Pictures and the card first, then what shows the card's words, then the rest."""
    if row["key"] in case.card_keys or row["key"].startswith(f"case:{case.id}:picture:"):
        return 0
    return 1 if row["key"].startswith(tuple(f"{key}:" for key in case.card_keys)) else 2


_FLAGS = frozenset("🚩")


def is_flag(emoji: str) -> bool:
    """Whether a reaction asks for a case to be taken back."""
    return emoji.rstrip("\ufe0e\ufe0f") in _FLAGS


def flag(c: Conversation, target: str) -> bool:
    """Pull the case that a message is of, because somebody put a flag on it; returns whether it is of one.

    There is no reply to a reaction: what waits for a moderator is told in private.
    """
    case = traces.case_of(c, target)
    if case is None or case.state is CaseState.PULLED:
        return False
    if not pull(c, case):
        words = private.wording_for(c, c.sender).spans("pull.waits-for-moderator", number=f"#{case.id}")
        private.tell(c, c.sender, f"waits:{case.id}", Document().line(*words))
    return True


def _give_back(c: Conversation, case: Case) -> None:
    """Let the author have text and clean pictures as a private draft, to be mended and published again."""
    pictures = queries.pictures_of(c.tx, case.id)
    text = queries.words_of(c.tx, case.id)
    if not (text or pictures):
        return
    returned.give_back(c.tx, case, [text, *queries.additions(c.tx, case.id)], pictures)
    words = private.wording_for(c, case.author)
    document = Document().line(*words.spans("pull.given-back", number=f"#{case.id}"))
    private.tell(c, case.author, f"given-back:{case.id}", document)


def _tell_moderators(
    c: Conversation, case: Case, key: str, cause: str | None = None, reason: str | None = None
) -> None:
    room = c.world.state(case.room_id)
    # Who asked without their name takes it back in private, and is not named for it.
    nameless = case.anonymous and scope.acts_as_author(c, case)

    def words(wording: Wording) -> Document:
        named = Person(room.display_name(c.sender), c.sender)
        values: dict[str, Span] = {
            "number": f"#{case.id}",
            "who": wording.say("pull.nameless-author") if nameless else named,
            "room": Strong(room.name or room.room_id),
            "reason": reason or "",
        }
        return Document().line(*wording.spans(key, **values))

    moderators.tell(c, room, f"{key}:{case.id}", words, cause, case_id=case.id if reason else None)


def dropped(c: Conversation, outgoing: Outgoing) -> None:
    """Follow that the server refused a redaction of a pulled case: the moderators are told which message stays."""
    if outgoing.type != REDACTION or outgoing.case_id is None or not (outgoing.target or "").startswith("$"):
        return
    case = queries.case_by_id(c.tx, outgoing.case_id)
    pulled = case is not None and case.state is CaseState.PULLED and not case.expired
    if case is not None and pulled and outgoing.room_id in upgrade.lineage(c.tx, case.room_id):
        traces.name_what_stays(
            c, case, [traces.Trace(outgoing.room_id, outgoing.target or "")], "pull.refused"
        )


def forget(c: Conversation, event_id: str) -> bool:
    """Follow the redaction of a message; returns whether it meant anything to a case."""
    case = queries.case_of_source(c.tx, c.event.room_id, event_id)
    if case is not None:
        # Where the bot may not redact, it has asked the author to delete the photo that opened the case.
        asked_for = queries.is_picture(c.tx, event_id) and not c.room.can_redact(c.bot)
        if not asked_for and case.state is not CaseState.PULLED:
            audit.note(c, audit.Deed.PULL, room=case.room_id, case=case.id)
            _tell_moderators(c, case, "pull.done")
            take_back(c, case, give_back=c.sender != case.author)
        return True
    notices.take_back(c, event_id)
    case_id = queries.drop_posted_picture(c.tx, event_id) or contributions.forget_message(c.tx, event_id)
    if case_id is not None:
        quotations.take_back_files(c, case_id)
        refresh_card(c, case_id)
    return case_id is not None
