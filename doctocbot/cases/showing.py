"""What stands of a draft in its author's chat: each clean picture, one preview with one question, and their end."""

from collections.abc import Sequence

from doctocbot.cases import drafts, queries, returned, scope
from doctocbot.cases.drafts import Draft, Part
from doctocbot.cases.model import Case
from doctocbot.cases.preview import Proposal, preview, question, whither
from doctocbot.chat.poll import POLL_START
from doctocbot.chat.rendering import Document, Person, Span
from doctocbot.chat.replies import Conversation
from doctocbot.matrix import Event, Outgoing, RoomState, redaction
from doctocbot.rooms import options
from doctocbot.rooms.policy import Act, may

_MOST_CASES = 5


def rooms_to_publish(c: Conversation) -> list[RoomState]:
    """The rooms in which the person could publish, now."""
    return [room for room in scope.rooms(c) if may(c.tx, Act.OPEN_CASE, c.sender, room)]


def nameless_rooms(c: Conversation) -> list[RoomState]:
    """Those of them where they may do so without their name."""
    return [room for room in rooms_to_publish(c) if options.is_on(c.tx, room.room_id, options.ANONYMOUS)]


def cases_to_add_to(c: Conversation) -> list[Case]:
    """The person's open cases to which they may add, newest first."""
    rooms = [room.room_id for room in scope.rooms(c)]
    return queries.open_cases_by(c.tx, c.sender, rooms)[:_MOST_CASES]


def proposal_of(c: Conversation, draft: Draft) -> Proposal:
    """What would be published of a draft as it stands."""
    case = queries.case_by_id(c.tx, draft.adds_to) if draft.adds_to is not None else None
    return Proposal(draft, drafts.parts(c.tx, draft.id), case)


def show(c: Conversation, draft: Draft) -> None:
    """Edit the one preview, and ask anew under it: the question about an earlier version is gone.

    Whoever has open cases is asked first whether it belongs to one of them.
    """
    take_questions_back(c, draft)
    cases = cases_to_add_to(c) if draft.undecided else []
    if cases:
        key = _ask(c, draft, f"whither:{draft.version}", whither(cases, c.wording), cases)
        drafts.shown(c.tx, draft, key, [], preview=False)
        return
    if draft.undecided:
        drafts.settle(c.tx, draft)
    proposal = proposal_of(c, draft)
    rooms = [c.world.state(proposal.case.room_id)] if proposal.case else rooms_to_publish(c)
    nameless = [] if proposal.case else nameless_rooms(c)
    author = Person(c.room.display_name(draft.author), draft.author)
    content = preview(proposal, author, rooms, nameless, c.wording).content()
    key = f"{draft.key}preview:{draft.version}"
    c.send([Outgoing(key=key, room_id=draft.chat_id, content=content, edits=draft.preview_key)])
    if proposal.complete and rooms:
        _ask(c, draft, f"poll:{draft.version}", question(proposal, rooms, nameless, c.wording))
    drafts.shown(c.tx, draft, key, [room.room_id for room in rooms])


def _ask(
    c: Conversation, draft: Draft, name: str, content: dict[str, object], shows: Sequence[Case] = ()
) -> str:
    key = f"{draft.key}{name}"
    ids = tuple(case.id for case in shows)
    c.send([Outgoing(key=key, room_id=draft.chat_id, type=POLL_START, content=content, shows=ids)])
    return key


def take_questions_back(c: Conversation, draft: Draft) -> None:
    """Redact the questions that stand in the chat: what they asked about has changed, or is settled."""
    for name in ("poll:", "whither:"):
        for row in c.outbox.under(c.tx, f"{draft.key}{name}"):
            c.outbox.take_back(c.tx, row)


def was_shown(c: Conversation, proposal: Proposal) -> bool:
    """Whether the author's client has been sent the draft exactly as it is: its preview, and every picture."""
    draft = proposal.draft
    keys = [draft.shown_key, *(picture_key(draft, part) for part in proposal.pictures)]
    return draft.version == draft.shown_version and all(key and c.outbox.event_id(c.tx, key) for key in keys)


def show_picture(c: Conversation, draft: Draft, part: Part) -> None:
    """Show one clean picture by itself."""
    name = f"image-{part.number}.{drafts.extension(c.tx, part)}"
    words = c.wording.say("draft.picture-shown", number=part.number)
    shown = Outgoing(
        key=picture_key(draft, part),
        room_id=draft.chat_id,
        content={"body": words, "filename": name, "m.mentions": {}},
        attachment_id=part.attachment_id,
    )
    c.send([shown])


def hide_picture(c: Conversation, draft: Draft, part: Part) -> None:
    """Take a picture back that was shown."""
    for row in c.outbox.under(c.tx, f"{draft.key}picture:{part.id}:"):
        c.outbox.take_back(c.tx, row)


def picture_key(draft: Draft, part: Part) -> str:
    """The outbox key of a picture as it is shown; a masked one has another, and one that is shown anew."""
    return f"{draft.key}picture:{part.id}:{part.attachment_id}:{draft.turn}"


def set_aside(c: Conversation, draft: Draft) -> None:
    """Let a draft that came back make way for another, and say so; what was shown of it is taken back meanwhile."""
    _take_back_shown(c, draft)
    returned.set_aside(c.tx, draft)
    say(c, "draft.set-aside", purpose=f"aside:given-back:{draft.came_back}", number=f"#{draft.came_back}")


def take_preview_back(c: Conversation, draft: Draft) -> None:
    """Redact the preview with its earlier versions, because words that it shows were deleted; it is shown anew."""
    for row in c.outbox.under(c.tx, f"{draft.key}preview:"):
        c.outbox.take_back(c.tx, row)
    drafts.forget_preview(c.tx, draft)


def _take_back_shown(c: Conversation, draft: Draft) -> None:
    for row in c.outbox.under(c.tx, draft.key):
        c.outbox.take_back(c.tx, row)


def end(c: Conversation, draft: Draft) -> None:
    """Take back what was sent and shown for a draft, or ask its author to, and erase it."""
    _take_back_shown(c, draft)
    for event_id in drafts.events(c.tx, draft):
        take_out_event(c, event_id)
    if not c.room.can_redact(c.bot) and c.room.is_member(draft.author):
        say(c, "draft.please-delete", purpose="please-delete", even_unserved=True)
    drafts.delete(c.tx, draft)


def take_out_event(c: Conversation, event_id: str) -> None:
    """Redact a message of the author's in the chat, where the bot may; what was given back has none there."""
    if event_id.startswith("$") and c.room.can_redact(c.bot):
        c.send([redaction(c.event.room_id, event_id)])


def say(
    c: Conversation,
    key: str,
    *,
    purpose: str = "told",
    cause: str | None = None,
    even_unserved: bool = False,
    case_id: int | None = None,
    **values: Span,
) -> None:
    """Say one sentence in the chat; what it answers may be a vote or the time, to which there is no replying.

    `case_id` is the case that it is about, so that a reply to it is known to be.
    """
    content = Document().line(*c.wording.spans(key, **values)).content("m.notice")
    said = Outgoing(
        key=f"{purpose}:{cause or c.cause}",
        room_id=c.event.room_id,
        content=content,
        case_id=case_id,
        even_unserved=even_unserved,
    )
    c.send([said])


def moment(draft: Draft, now: int) -> Event:
    """A moment of a draft that no message made."""
    return Event(f"{draft.key}time:{draft.version}", draft.chat_id, draft.author, "org.doctocbot.time", now)
