"""The private intake: words and pictures that somebody sends in a direct chat become one draft (DESIGN 3.1).

    words, pictures -> draft -> quiet -> preview and poll (`showing`) -> publish (`release`): a case in a room,
                                                                         or an addition in the thread of one

Nothing reaches a room before its author has been shown exactly that; when a draft ends, however it ends, what was
sent and shown in the chat is redacted.
"""

import dataclasses

from doctocbot.cases import desk, drafts, pictures
from doctocbot.cases.drafts import Draft, Part
from doctocbot.cases.model import Case, CaseState
from doctocbot.cases.pictures import Seen
from doctocbot.cases.showing import (
    cases_to_add_to,
    end,
    hide_picture,
    say,
    show_picture,
    take_out_event,
)
from doctocbot.chat.parsing import leading_count
from doctocbot.chat.replies import Conversation, Refusal
from doctocbot.rooms import direct

_MOST_PICTURES = 20


def has_draft(c: Conversation) -> bool:
    """Whether the person has a draft."""
    return drafts.of_author(c.tx, c.sender) is not None


# -- what the author sends


def write(c: Conversation, text: str) -> None:
    """Add words to the person's draft, or begin one with them."""
    drafts.add_words(c.tx, _draft(c), c.event.event_id, text, words_event=c.cause)


def add_picture(c: Conversation, seen: Seen, caption: str) -> None:
    """Add a clean picture to the person's draft and show it to them at once."""
    draft = _draft(c)
    if sum(part.number is not None for part in drafts.parts(c.tx, draft.id)) >= _MOST_PICTURES:
        raise Refusal("draft.too-many-pictures", most=str(_MOST_PICTURES))
    attachment = pictures.keep_attachment(c.tx, seen.clean, kept=True)
    removed = seen.clean.removed.to_text()
    part = drafts.add_picture(
        c.tx, draft, c.event.event_id, caption=caption, attachment_id=attachment, removed=removed,
        reading=seen.reading,
    )  # fmt: skip
    show_picture(c, draft, part)


def replace_picture(c: Conversation, draft: Draft, part: Part, seen: Seen) -> None:
    """Put a masked picture in the place of one, and show it."""
    hide_picture(c, draft, part)
    attachment = pictures.keep_attachment(c.tx, seen.clean, kept=True)
    drafts.set_picture(c.tx, draft, part, attachment, seen.reading)
    show_picture(c, draft, dataclasses.replace(part, attachment_id=attachment))


def leave_out(c: Conversation) -> None:
    """Have a message that is no part of the draft go with it all the same: it may say as much of the patient."""
    draft = drafts.of_author(c.tx, c.sender)
    if draft is not None and draft.chat_id == c.event.room_id:
        drafts.note_event(c.tx, draft, c.cause)


def edited(c: Conversation, text: str) -> bool:
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


def edited_too_late(c: Conversation) -> None:
    """Say that an edit comes after the end of its draft, and take it out of the chat."""
    take_out_event(c, c.cause)
    say(c, "draft.edited-too-late")


def forget(c: Conversation, event_id: str) -> None:
    """Follow the redaction of a message of a draft, or of the edit that gave it its words."""
    found, edit = drafts.part_of_event(c.tx, event_id), drafts.worded_by(c.tx, event_id)
    if edit is not None and edit[1].number is not None and found is None:
        drafts.set_text(c.tx, edit[0], edit[1], "", edit[1].event_id)
        return
    found = found or edit
    if found is None:
        return
    draft, part = found
    hide_picture(c, draft, part)
    drafts.take_out(c.tx, draft, part)
    if not drafts.parts(c.tx, draft.id):
        end(c, draft)


# -- a case of its own, or an addition to one


def write_case(c: Conversation, text: str) -> None:
    """`!case TEXT`: words of a case of its own, whatever other cases the person has."""
    draft = drafts.of_author(c.tx, c.sender)
    if draft is not None and draft.undecided:
        drafts.decide(c.tx, draft, None)
    elif draft is None:
        _begin(c, None)
    if text:
        write(c, text)


def add_to_case(c: Conversation, words: str) -> None:
    """`!add [#N] TEXT`: words that go into the thread of a published case."""
    case, text = desk.named_case(c, words)
    draft = _join(c, _open_and_own(c, case))
    if text:
        drafts.add_words(c.tx, draft or _begin(c, case), c.event.event_id, text, words_event=c.cause)
    elif draft is None:
        raise Refusal("addition.empty", number=f"#{case.id}")


def addressed_case(c: Conversation) -> Case | None:
    """The person's own open case that a message replies to, if it is one: it is an addition to that one."""
    case = desk.case_around(c) if c.event.replies_to or c.event.thread_root else None
    own = case is not None and case.author == c.sender and case.state is CaseState.OPEN
    return case if own else None


def _open_and_own(c: Conversation, case: Case) -> Case:
    if case.author != c.sender:
        raise Refusal("addition.not-yours", number=f"#{case.id}")
    desk.open_or_refuse(case)
    return case


def _join(c: Conversation, case: Case) -> Draft | None:
    """Let the person's draft be an addition to a case; nothing is begun yet where they have none."""
    draft = _usable(c)
    if draft is None or draft.adds_to == case.id:
        return draft
    if not draft.undecided:
        raise Refusal("draft.other-target")
    drafts.decide(c.tx, draft, case.id)
    return drafts.by_id(c.tx, draft.id)


def decide(c: Conversation, draft: Draft, case: Case | None) -> None:
    """Settle what a draft is: an addition to a case, or a case of its own."""
    if case is not None:
        _open_and_own(c, case)
    drafts.decide(c.tx, draft, case.id if case else None)


def _draft(c: Conversation) -> Draft:
    """The draft that what is being said belongs to; where there is none, it is begun."""
    case = addressed_case(c)
    draft = _join(c, case) if case is not None else _usable(c)
    return draft or _begin(c, case, undecided=case is None and bool(cases_to_add_to(c)))


def _usable(c: Conversation) -> Draft | None:
    draft = drafts.of_author(c.tx, c.sender)
    if draft is not None and draft.chat_id != c.event.room_id:
        raise Refusal("draft.elsewhere")
    if draft is not None and draft.case_id is not None:
        raise Refusal("draft.on-the-way")
    return draft


def _begin(c: Conversation, case: Case | None, *, undecided: bool = False) -> Draft:
    direct.note_private(c.tx, c.event.room_id)
    adds_to = case.id if case else None
    return drafts.begin(c.tx, c.sender, c.event.room_id, adds_to=adds_to, undecided=undecided)


# -- what the author takes back


def own_draft(c: Conversation) -> Draft:
    """The person's draft in this chat; raises a Refusal where there is none that can still be changed."""
    draft = _usable(c)
    if draft is None:
        raise Refusal("draft.none")
    return draft


def drop(c: Conversation, words: str) -> None:
    """`!drop [N]`: discard the draft, or take picture N out of it."""
    draft = own_draft(c)
    if not words:
        discard(c, draft)
        return
    _, part = picture(c, words)
    hide_picture(c, draft, part)
    take_out_event(c, part.event_id)
    drafts.take_out(c.tx, draft, part)
    if not drafts.parts(c.tx, draft.id):
        discard(c, draft)


def discard(c: Conversation, draft: Draft) -> None:
    """Throw a draft away."""
    say(c, "draft.discarded")
    end(c, draft)


def picture(c: Conversation, words: str) -> tuple[Draft, Part]:
    """The person's draft and the picture whose number the words begin with; raises a Refusal without either."""
    draft = own_draft(c)
    number, _ = leading_count(words)
    found = next((part for part in drafts.parts(c.tx, draft.id) if part.number == number), None)
    if number is None or found is None:
        raise Refusal("draft.which-picture")
    return draft, found
