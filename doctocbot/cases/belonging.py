"""To which draft what somebody says in private belongs: one patient's words and pictures never join another's.

a reply to a draft of theirs  -> that draft, if it is the one before them
a reply about a case          -> an addition to that case, if it is their own open one
anything else                 -> the draft before them; where there is none, or only what came back, a new one
"""

import re

from doctocbot.cases import desk, drafts, returned, scope
from doctocbot.cases.drafts import Draft
from doctocbot.cases.model import Case, CaseState
from doctocbot.cases.showing import cases_to_add_to, set_aside
from doctocbot.chat.replies import Conversation, Refusal
from doctocbot.rooms import direct

# What stands of a draft itself, and what tells of one that came back, has keys of this form.
_ABOUT_DRAFT = re.compile(r"draft:(?P<draft>\d+):|.*:given-back:(?P<case>\d+):")


def draft_for(c: Conversation) -> Draft:
    """The draft that what is being said belongs to, begun where there is none; raises a Refusal where it has none."""
    replied_to = _draft_replied_to(c)
    if replied_to is not None:
        return replied_to
    case = _case_replied_to(c)
    if case is not None:
        return join(c, case) or begin(c, case)
    return current(c) or begin(c, None, undecided=bool(cases_to_add_to(c)))


def _draft_replied_to(c: Conversation) -> Draft | None:
    """The draft before the person, if they reply to a message of it; raises a Refusal where it is another draft's."""
    for event_id in filter(None, (c.event.replies_to, c.event.thread_root)):
        own = drafts.part_of_event(c.tx, event_id)
        about = _ABOUT_DRAFT.match(c.outbox.key_of(c.tx, event_id) or "")
        if own is None and about is None:
            continue
        if about is None:
            meant = own[0] if own else None
        elif about["draft"]:
            meant = drafts.by_id(c.tx, int(about["draft"]))
        else:
            meant = returned.of_case(c.tx, c.sender, int(about["case"]))
        draft = usable(c)
        if meant is None:
            raise Refusal("draft.over")
        if draft is None or draft.id != meant.id:
            raise Refusal("draft.other-target")
        return draft
    return None


def _case_replied_to(c: Conversation) -> Case | None:
    """The person's own open case that a message replies to; raises a Refusal where it is about any other case.

    It was meant for that one: it must not fall into whatever draft there is.
    """
    targets = filter(None, (c.event.replies_to, c.event.thread_root))
    about = next((found for each in targets if (found := c.outbox.about(c.tx, each)) is not None), None)
    if about is None:
        return None
    case, number = scope.case_numbered(c, about), f"#{about}"
    if case is None or case.state is CaseState.PULLED:
        raise Refusal("reply.case-gone", number=number)
    if case.author != c.sender:
        raise Refusal("reply.not-yours", number=number)
    if case.state is not CaseState.OPEN:
        raise Refusal("reply.closed", number=number)
    return case


def own_draft(c: Conversation) -> Draft:
    """The draft that a command is about; raises a Refusal where there is none, or where it replies to something else.

    `!drop` in reply to the news of another case is not about the draft that happens to be there.
    """
    draft = usable(c)
    if draft is None:
        raise Refusal("draft.none")
    if _draft_replied_to(c) is None:
        case = _case_replied_to(c)
        if case is not None and case.id != draft.adds_to:
            raise Refusal("draft.other-target")
    return draft


def open_and_own(c: Conversation, case: Case) -> Case:
    """The case, if the person may add to it; raises a Refusal otherwise."""
    if case.author != c.sender:
        raise Refusal("addition.not-yours", number=f"#{case.id}")
    if case.state is CaseState.PULLED:
        raise Refusal("case.pulled", number=f"#{case.id}")
    desk.open_or_refuse(case)
    return case


def join(c: Conversation, case: Case) -> Draft | None:
    """Let the person's draft be an addition to a case; nothing is begun yet where they have none."""
    draft = current(c)
    if draft is None or draft.adds_to == case.id:
        return draft
    if not draft.undecided:
        raise Refusal("draft.other-target")
    drafts.decide(c.tx, draft, case.id)
    return drafts.by_id(c.tx, draft.id)


def current(c: Conversation) -> Draft | None:
    """The draft that takes what names no other; one that came back steps aside for it, and comes again afterwards."""
    draft = usable(c)
    if draft is None or draft.came_back is None:
        return draft
    set_aside(c, draft)
    return None


def usable(c: Conversation) -> Draft | None:
    """The draft before the person; raises a Refusal where it cannot be changed here and now."""
    draft = drafts.of_author(c.tx, c.sender)
    if draft is not None and draft.chat_id != c.event.room_id:
        raise Refusal("draft.elsewhere")
    if draft is not None and draft.case_id is not None:
        raise Refusal("draft.on-the-way")
    return draft


def begin(c: Conversation, case: Case | None, *, undecided: bool = False) -> Draft:
    """Begin a draft: an addition to a case, one that may become either, or a case of its own."""
    direct.note_private(c.tx, c.event.room_id)
    adds_to = case.id if case else None
    return drafts.begin(c.tx, c.sender, c.event.room_id, adds_to=adds_to, undecided=undecided)
