"""The case desk: what happens to a case when somebody says or does something."""

from dataclasses import replace

from doctocbot.cases import contributions, notices, numbers, queries, quotations, scope, screening, similar
from doctocbot.cases.card import CARD, announcement
from doctocbot.cases.model import Case, CaseState, kind_and_tags
from doctocbot.cases.tags import after_edit
from doctocbot.chat.parsing import leading_number
from doctocbot.chat.replies import Conversation, Refusal
from doctocbot.matrix import Outgoing
from doctocbot.rooms import audit
from doctocbot.rooms.policy import Act, may, refusal


def open_case(c: Conversation, text: str, *, anonymous: bool = False) -> Case:
    """Open a case from somebody's words: the card first without them, then the edit that holds them.

    So the root of the thread never holds a word that may have to go (DESIGN section 2).
    """
    kind, tags = kind_and_tags(text)
    case = queries.add_case(
        c.tx,
        room=c.event.room_id,
        author=c.sender,
        source=c.event.event_id,
        text=text,
        kind=kind,
        tags=tags,
        now=c.now,
        anonymous=anonymous,
        number=numbers.number_for(c),
    )
    card = Outgoing(
        key=case.card_key,
        room_id=case.room_id,
        content=announcement(case, c.room, c.wording).content(),
        case_id=case.id,
        opens=case.source_event,
    )
    c.send([card])
    refresh_card(c, case.id)
    similar.show(c, case)
    return case


def reopen_deleted(c: Conversation) -> bool:
    """Open again, after a backup was restored, a case whose message is gone since; returns whether there was one."""
    memo = numbers.memo_for(c)
    if memo is None:
        return False
    text, anonymous = memo
    open_case(c, text, anonymous=anonymous)
    return True


def ask_in_room(c: Conversation, text: str) -> Case:
    """Open a case from what somebody said in the room; what identifies anybody is shown nowhere, and they hear so."""
    case = open_case(c, screening.screened(text))
    screening.tell_author(c, case, text)
    return case


def refresh_card(c: Conversation, case_id: int) -> None:
    """Have the card show the case as it is now, and its author told of new answers.

    One edit serves all changes until it is sent. The first edit brings the words and the next follows at once; from
    then on changes are bundled.
    """
    case = queries.case_by_id(c.tx, case_id)
    if case is None:
        return
    case = card_here(c, case)
    notices.tell_author(c, case)
    if c.outbox.queued_rendering(c.tx, CARD, case_id):
        return
    revision = queries.next_card_revision(c.tx, case_id)
    edit = Outgoing(
        key=f"{case.card_key}:{revision}", room_id=case.room_id, edits=case.card_key, renders=CARD,
        case_id=case_id, quotes=True,
    )  # fmt: skip
    edits, edited_at = c.outbox.gone_out(c.tx, f"{case.card_key}:")
    c.outbox.put(c.tx, edit, c.outbox.edit_after(edited_at) if edits > 1 else 0)


def card_here(c: Conversation, case: Case) -> Case:
    """The case with a card in its present room: one that has moved gets another, since threads cross no rooms."""
    if case.state is CaseState.PULLED or c.outbox.place(c.tx, case.card_key) in (None, case.room_id):
        return case
    moved = queries.next_card(c.tx, case.id) or case
    there = c.at(case.room_id)
    content = announcement(moved, there.room, there.wording).content()
    c.send([Outgoing(key=moved.card_key, room_id=case.room_id, content=content, case_id=case.id)])
    return moved


def in_thread(c: Conversation, case: Case, purpose: str, content: dict[str, object]) -> None:
    """Say something in a case's thread because of the present event, in the language of the case's room."""
    case = card_here(c, case)
    message = Outgoing(
        key=f"{c.cause}:{purpose}",
        room_id=case.room_id,
        content=content,
        thread=case.card_key,
        case_id=case.id,
    )
    c.send([message])


def case_around(c: Conversation) -> Case | None:
    """The case in whose thread the person speaks, or to whose card or messages they reply."""
    for event_id in (c.event.thread_root, c.event.replies_to):
        if event_id is None:
            continue
        if not scope.is_private(c):
            return queries.case_of_event(c.tx, c.event.room_id, event_id)
        # In a direct chat it is a message of the bot's about a case.
        about = c.outbox.about(c.tx, event_id)
        return scope.case_numbered(c, about) if about is not None else None
    return None


def named_case(c: Conversation, words: str) -> tuple[Case, str]:
    """The case that `#12` at the beginning of the words names, or the one around; and the words that are left.

    Raises a Refusal that reads the same for a number of another room and for one that does not exist.
    """
    number, rest = leading_number(words)
    case = case_around(c) if number is None else scope.case_numbered(c, number)
    if case is None and number is None:
        raise Refusal("case.which-in-private" if scope.is_private(c) else "case.which")
    if case is None:
        raise Refusal(
            "case.unknown-in-private" if scope.is_private(c) else "case.unknown", number=f"#{number}"
        )
    if case.state is CaseState.PULLED:
        raise Refusal("case.expired" if case.expired else "case.pulled", number=f"#{case.id}")
    return case, rest


def open_or_refuse(case: Case) -> None:
    """Raise a Refusal unless the case is open."""
    if case.state is not CaseState.OPEN:
        raise Refusal("case.closed-already", number=f"#{case.id}")


def require(c: Conversation, act: Act, case: Case) -> None:
    """Raise a Refusal unless the person may do this to the case, by their standing in the case's own room.

    What a moderator does in the author's place is audited.
    """
    author = case.author if scope.acts_as_author(c, case) else None
    if not may(c.tx, act, c.sender, c.world.state(case.room_id), author=author):
        raise refusal(act, number=f"#{case.id}")
    if act in _AUTHORS and author is None:
        audit.note(c, audit.Deed.FOR_AUTHOR, room=case.room_id, case=case.id, about=case.author)


_AUTHORS = frozenset({Act.CLOSE_CASE, Act.DROP_PICTURE, Act.TAG_CASE})
"""What the author of a case may do, and moderators in their place: then it is audited."""


def hear(c: Conversation) -> bool:
    """Take an ordinary message as an answer if it is one; returns whether it was.

    An answer is what somebody other than the author says in the thread or as a reply to the card.
    """
    case = case_around(c)
    if case is None or case.state is CaseState.PULLED or case.known_author == c.sender:
        return False
    contributions.keep_answer(c, case, c.event.text)
    refresh_card(c, case.id)
    return True


def correct_words(c: Conversation, case: Case, text: str) -> None:
    """Follow the author's edit of the case; the caller takes back what quotes the old words."""
    screening.tell_author(c, case, text)
    text = screening.screened(text)
    kind, tags = after_edit(case, *kind_and_tags(text))
    queries.set_words(c.tx, case.id, text, kind, tags, c.cause)
    if (kind, tags) != (case.kind, case.tags):
        quotations.take_back_tags(c, case.id)
    similar.show_again(c, replace(case, text=text))


def undo_closing(c: Conversation, case: Case) -> None:
    """Open a closed case again; what quotes its outcome goes, a question about it included."""
    queries.reopen(c.tx, case.id, c.now)
    quotations.take_back_outcome(c, case.id)
    take_quotes_back(c, case.id)


def take_quotes_back(c: Conversation, case_id: int, *, questions: bool = True) -> None:
    """Redact what the bot sent that quotes words of a case, because some of these had to go; show the card anew.

    Without `questions` those about it stay, which hold none of the words.
    """
    quotations.take_back_words(c, case_id, questions=questions)
    refresh_card(c, case_id)
