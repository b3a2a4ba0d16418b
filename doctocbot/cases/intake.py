"""The private intake: words and pictures that somebody sends in a direct chat become one draft (DESIGN 3.1).

    words, pictures -> draft -> quiet -> preview and poll (`showing`) -> publish (`release`): a case in a room,
                                                                         or an addition in the thread of one

Nothing reaches a room before its author has been shown exactly that; when a draft ends, however it ends, what was
sent and shown in the chat is redacted.
"""

import dataclasses

from doctocbot.cases import desk, drafts, pictures
from doctocbot.cases.belonging import begin, current, draft_for, join, open_and_own, own_draft
from doctocbot.cases.drafts import Draft, Part
from doctocbot.cases.model import Case
from doctocbot.cases.pictures import Seen
from doctocbot.cases.showing import end, hide_picture, say, show_picture, take_out_event, take_preview_back
from doctocbot.chat.parsing import leading_count
from doctocbot.chat.replies import Conversation, Refusal

_MOST_PICTURES = 20


def has_draft(c: Conversation) -> bool:
    """Whether the person has a draft."""
    return drafts.of_author(c.tx, c.sender) is not None


# -- what the author sends


def write(c: Conversation, text: str) -> None:
    """Add words to the person's draft, or begin one with them."""
    _add_words(c, draft_for(c), text)


def _add_words(c: Conversation, draft: Draft, text: str) -> None:
    drafts.add_words(c.tx, draft, c.event.event_id, text, words_event=c.cause)


def reword(c: Conversation, words: str) -> None:
    """`!reword TEXT`: this takes the place of all that is written in the draft, whatever brought it."""
    draft = own_draft(c)
    if not words:
        raise Refusal("draft.reword-how")
    drafts.drop_words(c.tx, draft)
    _add_words(c, draft, words)


def add_picture(c: Conversation, seen: Seen, caption: str) -> None:
    """Add a clean picture to the person's draft and show it to them at once."""
    draft = draft_for(c)
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
        drafts.note_event(c.tx, draft, c.event.event_id)
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
    """Say that what an edit corrects is in no draft any more, and take it out of the chat."""
    take_out_event(c, c.cause)
    say(c, "draft.edited-in-vain" if has_draft(c) else "draft.edited-too-late")


def forget(c: Conversation, event_id: str) -> None:
    """Follow the redaction of a message of a draft, or of the edit that gave it its words."""
    found, edit = drafts.part_of_event(c.tx, event_id), drafts.worded_by(c.tx, event_id)
    if edit is not None and edit[1].number is not None and found is None:
        drafts.set_text(c.tx, edit[0], edit[1], "", edit[1].event_id)
        take_preview_back(c, edit[0])
        return
    found = found or edit
    if found is None:
        return
    draft, part = found
    hide_picture(c, draft, part)
    drafts.take_out(c.tx, draft, part)
    take_preview_back(c, draft)
    if not drafts.parts(c.tx, draft.id):
        end(c, draft)


# -- a case of its own, or an addition to one


def write_case(c: Conversation, text: str) -> None:
    """`!case TEXT`: words of a case of its own, whatever other cases the person has."""
    draft = current(c)
    if draft is not None and draft.adds_to is not None:
        raise Refusal("draft.other-target")
    if draft is not None and draft.undecided:
        drafts.decide(c.tx, draft, None)
    _add_words(c, draft or begin(c, None), text)


def settle_as_case(c: Conversation) -> bool:
    """`!case` alone: say of the draft that it is no addition; returns whether that was the question."""
    draft = drafts.of_author(c.tx, c.sender)
    if draft is None or not draft.undecided:
        return False
    drafts.decide(c.tx, own_draft(c), None)
    return True


def add_to_case(c: Conversation, words: str) -> None:
    """`!add [#N] TEXT`: words that go into the thread of a published case."""
    case, text = desk.named_case(c, words)
    draft = join(c, open_and_own(c, case))
    if text:
        _add_words(c, draft or begin(c, case), text)
    elif draft is None:
        raise Refusal("addition.empty", number=f"#{case.id}")


def decide(c: Conversation, draft: Draft, case: Case | None) -> None:
    """Settle what a draft is: an addition to a case, or a case of its own."""
    if case is not None:
        open_and_own(c, case)
    drafts.decide(c.tx, draft, case.id if case else None)


# -- what the author takes back


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
