"""Acting on opinions: by 👍, 👎 and ✅ on a message, or by words. A vote gets no written reply: the card shows it."""

from doctocbot.cases import contributions, desk, opinions, queries, scope
from doctocbot.cases.model import Case, CaseState, Vote
from doctocbot.chat.parsing import leading_count, leading_number
from doctocbot.chat.replies import Conversation
from doctocbot.rooms.roles import Act, may

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
    if vote is None or case is None or not _may(c, case, vote):
        return False
    said = opinions.answer(c.tx, target) or opinions.proposal(c.tx, target)
    # Reactions are unsigned: they do no more than vote, and nobody votes for their own words.
    if said is None or said["sender"] == c.sender:
        return False
    opinion_id = contributions.acted_on(c, case, target)
    if opinion_id is None:
        return False
    cast(c, case, opinion_id, vote)
    return True


def _may(c: Conversation, case: Case, vote: Vote) -> bool:
    """Whether an act counts: votes until the case is closed, the author's ✅ after that too."""
    if not may(Act.VOTE, c.sender, c.room):
        return False
    if vote is Vote.KEEP:
        return case.state is not CaseState.PULLED and scope.acts_as_author(c, case)
    return case.state is CaseState.OPEN


def cast(c: Conversation, case: Case, opinion_id: int, vote: Vote, reason: str = "") -> None:
    """Keep an act on an opinion and have the card show it.

    What an anonymous author does as such is kept apart from what they do in the room like everybody.
    """
    as_nobody = case.anonymous and scope.acts_as_author(c, case)
    c.tx.execute(
        "INSERT INTO vote (event_id, opinion_id, voter, says, reason, sent_at)"
        " VALUES (:id, :opinion, :voter, :says, :reason, :at) ON CONFLICT DO NOTHING",
        id=c.event.event_id,
        opinion=opinion_id,
        voter="" if as_nobody else c.sender,
        says=vote,
        reason=reason or None,
        at=c.event.sent_at,
    )
    desk.refresh_card(c.at(case.room_id), case.id)


def reword(c: Conversation, case: Case, words: str) -> bool:
    """Follow the edit of a vote in words; returns whether the message was one.

    The vote stays as it was cast; its reason is what the words say now.
    """
    _, reason = leading_count(leading_number(words)[1])
    if not c.tx.execute(_REASON, reason=reason or None, id=c.event.event_id):
        return False
    if reason or opinions.answer(c.tx, c.event.event_id) is not None:
        contributions.reword(c, case, reason)
    return True


_REASON = "UPDATE vote SET reason = :reason WHERE event_id = :id AND says IN ('agree', 'oppose')"
