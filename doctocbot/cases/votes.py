"""Acting on opinions: by 👍, 👎 and ✅ on a message, or by words. A vote gets no written reply: the card shows it."""

from collections.abc import Iterator
from contextlib import contextmanager

from doctocbot.cases import contributions, desk, opinions, queries, scope
from doctocbot.cases.model import Case, CaseState, Vote
from doctocbot.cases.screening import screened
from doctocbot.chat.parsing import leading_count, leading_number
from doctocbot.chat.rendering import Document
from doctocbot.chat.replies import Conversation
from doctocbot.rooms import private
from doctocbot.rooms.policy import Act, may
from doctocbot.rooms.roles import Standing

_DECORATION = dict.fromkeys([0xFE0E, 0xFE0F, *range(0x1F3FB, 0x1F400)], None)
"""Variation selectors and skin tones, which change nothing in what a thumb means."""

_MEANS = {"👍": Vote.AGREE, "👎": Vote.OPPOSE, "✅": Vote.KEEP}


def meaning(emoji: str) -> Vote | None:
    """What a reaction says to an opinion, if anything."""
    return _MEANS.get(emoji.translate(_DECORATION))


def react(c: Conversation, target: str, emoji: str) -> bool:
    """Count a reaction on an answer; returns whether it was an act on it."""
    vote = meaning(emoji)
    case = queries.case_of_event(c.tx, c.event.room_id, target)
    if vote is None or case is None or not _in_time(c, case, vote):
        return False
    said = opinions.answer(c.tx, target) or opinions.proposal(c.tx, target)
    # Reactions are unsigned: they do no more than vote, and nobody votes for their own words.
    if said is None or opinions.is_own(c.tx, target, c.sender):
        return False
    if vote is not Vote.KEEP and not may(c.tx, Act.VOTE, c.sender, c.room):
        _say_why_not(c)
        return False
    opinion_id = contributions.acted_on(c, case, target)
    if opinion_id is None:
        return False
    cast(c, case, opinion_id, vote, on=target)
    return True


def _in_time(c: Conversation, case: Case, vote: Vote) -> bool:
    """Whether an act may count: votes until the case is closed, the author's ✅ after that too."""
    if not may(c.tx, Act.ANSWER, c.sender, c.room):
        return False
    if vote is Vote.KEEP:
        return case.state is not CaseState.PULLED and scope.acts_as_author(c, case)
    return case.state is CaseState.OPEN


def _say_why_not(c: Conversation) -> None:
    """Tell somebody in private, once for each room, that their thumbs count for nothing there, and what to do."""
    words = private.wording_for(c, c.sender).spans("role.vote")
    cause = f"room:{c.event.room_id}:may-not-vote"
    meant_for = private.MeantFor(c.event.room_id, Standing.MEMBER)
    private.tell(c, c.sender, "votes", Document().line(*words), cause=cause, meant_for=meant_for)


def cast(
    c: Conversation, case: Case, opinion_id: int, vote: Vote, *, on: str | None, reason: str = ""
) -> None:
    """Keep an act on an opinion, done on the message `on`, and have the card show it.

    What an anonymous author does as such is kept apart from what they do in the room like everybody.
    """
    as_nobody = case.anonymous and scope.acts_as_author(c, case)
    c.tx.execute(
        "INSERT INTO vote (event_id, opinion_id, voter, says, reason, sent_at, on_event)"
        " VALUES (:id, :opinion, :voter, :says, :reason, :at, :on) ON CONFLICT DO NOTHING",
        id=c.event.event_id,
        opinion=opinion_id,
        voter="" if as_nobody else c.sender,
        says=vote,
        reason=screened(reason) or None,
        at=c.event.sent_at,
        on=on,
    )
    desk.refresh_card(c.at(case.room_id), case.id)


def reword(c: Conversation, case: Case, words: str) -> bool:
    """Follow the edit of a vote in words on a closed case; returns whether the message was one.

    The vote stays as it was cast; its reason is what the words say now.
    """
    _, reason = leading_count(leading_number(words)[1])
    if not c.tx.execute(_REASON, reason=screened(reason) or None, id=c.event.event_id):
        return False
    if reason or opinions.answer(c.tx, c.event.event_id) is not None:
        contributions.reword(c, case, reason)
    return True


_REASON = (
    "UPDATE vote SET reason = :reason WHERE event_id = :id AND says IN ('agree', 'oppose')"
    " AND NOT EXISTS (SELECT 1 FROM proposal WHERE event_id = :id AND explicit)"
)


def can_be_said_anew(c: Conversation, case: Case) -> bool:
    """Whether a message brought a vote or references by a command, which can be taken back and given again."""
    event_id = c.event.event_id
    proposed = opinions.proposal(c.tx, event_id)
    if proposed is not None and proposed["explicit"]:
        return False
    says = c.tx.value("SELECT says FROM vote WHERE event_id = :id", id=event_id)
    if says is not None:
        return case.state is CaseState.OPEN or says == Vote.KEEP
    # What an answer refers to goes with its words.
    refers = c.tx.value("SELECT 1 FROM reference WHERE event_id = :id", id=event_id) is not None
    return refers and opinions.answer(c.tx, event_id) is None and proposed is None


@contextmanager
def said_anew(c: Conversation, case: Case) -> Iterator[None]:
    """Take back the vote or the references that a message brought, and let it bring inside what it says now.

    A vote keeps its place among the others: who mends the reason of one that they have changed since does not change
    it back.
    """
    event_id = c.event.event_id
    before = c.tx.row("SELECT seq, sent_at FROM vote WHERE event_id = :id", id=event_id)
    opinion_id = c.tx.value("SELECT opinion_id FROM reference WHERE event_id = :id", id=event_id)
    c.tx.execute("DELETE FROM vote WHERE event_id = :id", id=event_id)
    c.tx.execute("DELETE FROM reference WHERE event_id = :id", id=event_id)
    yield
    if before is not None:
        c.tx.execute(_IN_ITS_PLACE, seq=before["seq"], at=before["sent_at"], id=event_id)
    if opinions.answer(c.tx, event_id) is None:
        c.tx.execute(_REFERS_AS_BEFORE, opinion=opinion_id, case_id=case.id, id=event_id)
    contributions.follow_reason(c, case)


_IN_ITS_PLACE = "UPDATE vote SET seq = :seq, sent_at = :at WHERE event_id = :id"
_REFERS_AS_BEFORE = (
    "UPDATE reference SET opinion_id = coalesce(:opinion, opinion_id) WHERE event_id = :id AND case_id = :case_id"
    " AND NOT EXISTS (SELECT 1 FROM proposal WHERE proposal.event_id = :id)"
)
