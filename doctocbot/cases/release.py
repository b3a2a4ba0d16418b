"""The release of a draft: exactly what was shown becomes a case in a room, or an addition in the thread of one."""

from dataclasses import dataclass

from doctocbot.cases import desk, drafts, intake, pictures, queries, scope, withdrawal
from doctocbot.cases.belonging import own_draft
from doctocbot.cases.drafts import Draft
from doctocbot.cases.model import Case, CaseState
from doctocbot.cases.preview import ADD, DISCARD, NAMELESS, NEW, PUBLISH, Proposal, labels
from doctocbot.cases.showing import (
    cases_to_add_to,
    nameless_rooms,
    proposal_of,
    rooms_to_publish,
    say,
    take_questions_back,
    was_shown,
)
from doctocbot.chat.parsing import fold, leading_anyway
from doctocbot.chat.poll import poll_vote
from doctocbot.chat.rendering import Document, Strong
from doctocbot.chat.replies import Conversation, Refusal
from doctocbot.matrix import Outgoing, RoomState
from doctocbot.rooms import audit

_NAMELESS = ("anonymous", "anonymously", "without my name", "anonyme", "anonymement", "sans mon nom")
_NAMED = ("with my name", "under my name", "sous mon nom", "avec mon nom")


@dataclass(frozen=True, slots=True)
class Wish:
    """What somebody asks for by `!publish`: in spite of findings, with or without their name, in which room."""

    anyway: bool
    nameless: bool | None
    room: str

    @classmethod
    def read(cls, words: str) -> "Wish":
        """Read the words after the command, in any order; of the name, None where nothing is said."""
        anyway, rest = leading_anyway(words)
        nameless, rest = _about_the_name(rest)
        if not anyway:
            anyway, rest = leading_anyway(rest)
        return cls(anyway, nameless, rest)


def _about_the_name(words: str) -> tuple[bool | None, str]:
    """Whether the words begin with "anonymous" (True) or "under my name" (False), and what is left of them."""
    folded = fold(words)
    for said in (*_NAMELESS, *_NAMED):
        if folded == said or folded.startswith(f"{said} "):
            return said in _NAMELESS, " ".join(words.split()[len(said.split()) :])
    return None, words


def vote(c: Conversation) -> bool:
    """Carry out a choice made in a poll about a draft; returns whether it was one."""
    draft = drafts.of_author(c.tx, c.sender)
    key = c.outbox.key_of(c.tx, c.event.related_id or "")
    chosen = poll_vote(c.event.content)
    if key is None or not key.startswith("draft:") or chosen is None:
        return False
    if draft is not None and draft.chat_id != c.event.room_id:
        return False
    if draft is None or draft.case_id is not None:
        say(c, "draft.over")
    elif key == f"{draft.key}whither:{draft.version}":
        _decide(c, draft, chosen)
    elif key == f"{draft.key}poll:{draft.version}":
        _choose(c, draft, chosen)
    else:
        say(c, "draft.changed")
    return True


def _decide(c: Conversation, draft: Draft, chosen: str) -> None:
    """A choice between a case of its own and an addition."""
    choice, _, number = chosen.partition(" ")
    if choice == DISCARD:
        intake.discard(c, draft)
    elif choice == NEW:
        intake.decide(c, draft, None)
    elif choice == ADD and number.isdigit():
        case = scope.case_numbered(c, int(number))
        if case is None:
            raise Refusal("reply.case-gone", number=f"#{number}")
        intake.decide(c, draft, case)
    if choice in (NEW, ADD):
        take_questions_back(c, draft)


def _choose(c: Conversation, draft: Draft, chosen: str) -> None:
    """A choice under a preview."""
    choice, _, room_id = chosen.partition(" ")
    if choice in (PUBLISH, NAMELESS):
        _release(c, draft, room_id, anonymous=choice == NAMELESS)
    elif choice == DISCARD:
        intake.discard(c, draft)


def publish(c: Conversation, words: str) -> None:
    """`!publish [anyway] [anonymous] [room]`: release the draft as it was last shown.

    What was published without a name before it came back, is so again unless the author says otherwise.
    """
    draft = own_draft(c)
    wish = Wish.read(words)
    if draft.undecided and cases_to_add_to(c):
        raise Refusal("addition.undecided")
    proposal = proposal_of(c, draft)
    if not wish.anyway and proposal.held:
        raise Refusal("draft.findings-hold")
    room_id = proposal.case.room_id if proposal.case else _chosen_room(c, wish.room).room_id
    _release(c, draft, room_id, anonymous=draft.nameless if wish.nameless is None else wish.nameless)


def _chosen_room(c: Conversation, name: str) -> RoomState:
    rooms = rooms_to_publish(c)
    named = labels(rooms)
    fitting = [
        room for room in rooms if not name or name == room.room_id or fold(name) == fold(named[room.room_id])
    ]
    if len(fitting) != 1:
        names = " / ".join(named.values())
        raise Refusal("draft.which-room", rooms=Strong(names)) if rooms else Refusal("direct.no-room-now")
    return fitting[0]


def _release(c: Conversation, draft: Draft, room_id: str, *, anonymous: bool) -> None:
    """Let a draft out as it was shown; the patient's consent was said with this very act."""
    proposal = proposal_of(c, draft)
    room = next((room for room in rooms_to_publish(c) if room.room_id == room_id), None)
    if not proposal.complete:
        raise Refusal("draft.no-words")
    if room is None:
        raise Refusal("draft.no-such-room")
    if anonymous and room_id not in {each.room_id for each in nameless_rooms(c)}:
        raise Refusal("draft.not-anonymous")
    if not was_shown(c, proposal) or room_id not in draft.shown_rooms:
        # What is asked about next says again where it would go.
        drafts.changed(c.tx, draft)
        say(c, "draft.changed")
        return
    there = c.at(room.room_id)
    if proposal.case is not None:
        case, sent_as = proposal.case, _add(there, proposal, proposal.case)
    else:
        case = desk.open_case(there, proposal.words, anonymous=anonymous)
        sent_as = case.card_key
        queries.came_from(c.tx, case.id, draft.chat_id)
        _publish_pictures(there, proposal, case)
    audit.note(c, audit.Deed.CONSENT, room=room.room_id, case=case.id)
    if proposal.held:
        audit.note(c, audit.Deed.ANYWAY, room=room.room_id, case=case.id)
    take_questions_back(c, draft)
    drafts.publishing(c.tx, draft, case.id, sent_as)


def _add(there: Conversation, proposal: Proposal, case: Case) -> str:
    """Tell an addition in the thread of its case; returns the outbox key of what tells it."""
    if case.state is CaseState.PULLED:
        raise Refusal("case.pulled", number=f"#{case.id}")
    if case.hidden:
        raise Refusal("case.hidden", number=f"#{case.id}")
    if case.state is not CaseState.OPEN:
        raise Refusal("addition.closed", number=f"#{case.id}")
    if not proposal.words:
        return _publish_pictures(there, proposal, case)[-1]
    key = queries.add_addition(there.tx, case.id, proposal.words, there.cause, there.now)
    document = Document().line(*there.wording.spans("addition.says")).quote(proposal.words)
    told = Outgoing(
        key=key, room_id=case.room_id, content=document.content(), thread=case.card_key, case_id=case.id
    )
    there.send([told])
    _publish_pictures(there, proposal, case)
    return key


def _publish_pictures(there: Conversation, proposal: Proposal, case: Case) -> list[str]:
    draft = proposal.draft
    return [
        pictures.publish(
            there,
            case,
            f"{draft.key}{draft.version}:{part.id}",
            part.attachment_id or 0,
            proposal.caption(part),
        )
        for part in proposal.pictures
    ]


def undo(c: Conversation, draft: Draft, case: Case) -> None:
    """Take back all that a release brought to a room: the whole case, or the addition with its pictures."""
    if draft.adds_to is None:
        withdrawal.take_back(c, case, give_back=False)
        return
    sent = queries.pictures_sent_as(c.tx, draft.key)
    keys = {draft.sent_as, *(row["posted_key"] for row in sent)} - {None}
    for key in sorted(keys):
        for row in c.outbox.under(c.tx, key):
            # The key of one picture begins that of another.
            if row["key"] == key:
                c.outbox.take_back(c.tx, row)
    queries.forget_addition(c.tx, draft.sent_as or "")
    for row in sent:
        queries.forget_picture(c.tx, row["id"], row["attachment_id"])
    if case.state is not CaseState.PULLED:
        desk.refresh_card(c.at(case.room_id), case.id)
