"""Agreeing and opposing: by 👍 and 👎 on a message, or by words."""

from doctocbot.cases import desk, opinions, queries
from doctocbot.cases.model import CaseState
from doctocbot.chat.replies import Conversation
from doctocbot.rooms.roles import Act, may

_DECORATION = dict.fromkeys([0xFE0E, 0xFE0F, *range(0x1F3FB, 0x1F400)], None)
"""Variation selectors and skin tones, which change nothing in what a thumb means."""

_MEANS_AGREEMENT = {"👍": True, "👎": False}


def meaning(emoji: str) -> bool | None:
    """What a reaction says: True for, False against, None for anything else."""
    return _MEANS_AGREEMENT.get(emoji.translate(_DECORATION))


def react(c: Conversation, target: str, emoji: str) -> bool:
    """Count a reaction on an answer; returns whether it was a vote. A vote gets no written reply."""
    agrees = meaning(emoji)
    case = queries.case_of_event(c.tx, c.event.room_id, target)
    if agrees is None or case is None or case.state is not CaseState.OPEN:
        return False
    said = opinions.answer(c.tx, target) or opinions.proposal(c.tx, target)
    # Reactions are unsigned: they do no more than vote, and nobody votes for their own words.
    if said is None or said["sender"] == c.sender or not may(Act.VOTE, c.sender, c.room):
        return False
    opinion_id = opinions.acted_on(c.tx, target)
    if opinion_id is None:
        return False
    opinions.add_vote(c.tx, opinion_id, c.event.event_id, c.sender, agrees=agrees, sent_at=c.event.sent_at)
    desk.refresh_card(c, case.id)
    return True
