"""Word of new answers, in the direct chat from which a case came: the first at once, later ones in bursts."""

from collections.abc import Callable, Mapping
from typing import Any

from doctocbot.cases import queries
from doctocbot.cases.model import Case, CaseState, opinion_line
from doctocbot.chat.rendering import Document, Link, Person, Span
from doctocbot.chat.replies import Conversation
from doctocbot.chat.wording import Wording
from doctocbot.matrix import Outbox, Outgoing, RoomState, event_link
from doctocbot.rooms import direct
from doctocbot.store import Row, Transaction

NOTICE = "notice"
"""The name under which the outbox has a notice rendered."""

_BURST_MS = 5 * 60_000
_LONGEST = 600
_MOST = 10


def tell_author(c: Conversation, case: Case) -> None:
    """Have the author told of the answers that they have not been told of, if the case came from a direct chat."""
    if case.chat_id is None or case.state is CaseState.PULLED or not queries.untold_answers(c.tx, case.id):
        return
    if direct.partner(c.tx, case.chat_id) != case.author or c.outbox.queued_rendering(c.tx, NOTICE, case.id):
        return
    number, not_before = queries.next_notice(c.tx, case.id, c.outbox.now(), _BURST_MS)
    notice = Outgoing(
        key=f"{prefix(case.id)}{number}", room_id=case.chat_id, renders=NOTICE, case_id=case.id, quotes=True
    )
    c.outbox.put(c.tx, notice, not_before)


def take_back(c: Conversation, case_id: int) -> None:
    """Redact what was told of the answers to a case, because the words of one had to go."""
    for row in c.outbox.under(c.tx, prefix(case_id)):
        c.outbox.take_back(c.tx, row)


def prefix(case_id: int) -> str:
    """What the keys of all notices about a case begin with."""
    return f"case:{case_id}:notice:"


class NoticeRenderer:
    """Draws a notice at the moment of sending: a burst of answers is told in one."""

    def __init__(
        self,
        room: Callable[[str], RoomState | None],
        wording: Callable[[Transaction, str], Wording],
        outbox: Outbox,
    ) -> None:
        self._room = room
        self._wording = wording
        self._outbox = outbox

    def render(self, tx: Transaction, outgoing: Outgoing) -> Mapping[str, Any] | None:
        """The content of a notice, or None when there is nothing new to tell any more."""
        case = queries.case_by_id(tx, outgoing.case_id or 0)
        told = queries.untold_answers(tx, case.id) if case else []
        if case is None or case.state is CaseState.PULLED or not told:
            return None
        queries.answers_told(tx, case.id)
        room = self._room(case.room_id) or RoomState(case.room_id)
        words = self._wording(tx, outgoing.room_id)
        card = self._outbox.event_id(tx, case.card_key)
        number: Span = Link(f"#{case.id}", event_link(case.room_id, card)) if card else f"#{case.id}"
        document = Document().line(
            *words.spans("notice.answers", number=number, n=words.count("card.answers", len(told)))
        )
        document.lines(_answer(row, room, words) for row in told[:_MOST])
        if len(told) > _MOST:
            document.line(*words.spans("cases.more", n=str(len(told) - _MOST)))
        return document.content()


def _answer(row: Row, room: RoomState, words: Wording) -> tuple[Span, ...]:
    """One answer: who, and what they said, shortened."""
    said = opinion_line(row["text"], _LONGEST)
    return Person(room.display_name(row["sender"]), row["sender"]), words.say("card.colon"), said
