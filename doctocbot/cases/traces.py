"""The traces of a case: every message of people that is of it, wherever it stands, and what comes to it too late."""

import functools
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from doctocbot.cases import queries
from doctocbot.cases.model import Case, CaseState
from doctocbot.chat.rendering import Document, Link, Strong
from doctocbot.chat.replies import Conversation
from doctocbot.chat.wording import Wording
from doctocbot.matrix import event_link, redaction, related, relations
from doctocbot.rooms import moderators, upgrade
from doctocbot.store import Row

_MOST_LINKS = 20


class Trace(NamedTuple):
    """A message and the room in which it stands."""

    room_id: str
    event_id: str


def said(c: Conversation, case: Case, sent: Iterable[Row]) -> list[Trace]:
    """The messages of people that are of a case: those that hold its words, then all that answers any of it.

    `sent` are the bot's own. What belongs to another case is spared, also where it replies to something of this one.
    Rooms that the case's room has replaced are searched as well.
    """
    rooms = upgrade.lineage(c.tx, case.room_id)
    own = [Trace(row["room_id"], row["event_id"]) for row in c.tx.rows(_OWN, case_id=case.id)]
    ours = [row["event_id"] for row in sent if row["room_id"] in rooms and _is_about(row, case)]
    roots = [*ours, *(trace.event_id for trace in own if trace.room_id in rooms)]
    others = queries.of_other_cases(c.tx, case.room_id, case.id)
    answers = [Trace(room, each) for room in rooms for each in related(c.tx, room, roots, others)]
    return list(dict.fromkeys([*own, *answers]))


def _is_about(row: Row, case: Case) -> bool:
    """Whether a message of the bot's is about this case alone: lists and finds show many."""
    return row["case_id"] == case.id and row["event_id"] is not None


_OWN = (
    "SELECT room_id, event_id FROM inbox WHERE event_id IN (SELECT source_event FROM medical_case WHERE id = :case_id"
    " AND chat_id IS NULL UNION SELECT words_event FROM medical_case WHERE id = :case_id AND chat_id IS NULL"
    " UNION SELECT event_id FROM case_said WHERE case_id = :case_id"
    " UNION SELECT event_id FROM followup WHERE case_id = :case_id"
    " UNION SELECT source_event FROM picture WHERE case_id = :case_id"
    " UNION SELECT event_id FROM answer WHERE case_id = :case_id"
    " UNION SELECT event_id FROM reference WHERE case_id = :case_id"
    " UNION SELECT event_id FROM proposal JOIN opinion ON opinion.id = opinion_id WHERE case_id = :case_id"
    " UNION SELECT event_id FROM vote JOIN opinion ON opinion.id = opinion_id WHERE case_id = :case_id"
    "  AND reason IS NOT NULL) ORDER BY seq"
)


def redact(c: Conversation, case: Case, traces: Iterable[Trace]) -> None:
    """Redact messages of people, and name those to the moderators that the bot has no power to redact."""
    left = []
    rooms = upgrade.lineage(c.tx, case.room_id)
    for trace in traces:
        if c.world.state(trace.room_id).can_redact(c.bot):
            c.send([redaction(trace.room_id, trace.event_id, case.id)])
        elif trace.room_id in rooms:
            left.append(trace)
    name_what_stays(c, case, left, "pull.no-power")


def name_what_stays(c: Conversation, case: Case, stays: Sequence[Trace], key: str) -> None:
    """Tell the moderators which messages of a pulled or hidden case stand in the room still, and why."""
    room = c.world.state(case.room_id)

    def words(wording: Wording, some: Sequence[Trace]) -> Document:
        name = Strong(room.name or room.room_id)
        links = [event_link(*trace) for trace in some]
        document = Document().line(*wording.spans(key, number=f"#{case.id}", room=name))
        return document.items((Link(link, link),) for link in links)

    for begin in range(0, len(stays), _MOST_LINKS):
        some = stays[begin : begin + _MOST_LINKS]
        moderators.tell(
            c, room, f"stays:{case.id}:{some[0].event_id}", functools.partial(words, some=some), everyone=True
        )


def case_of(c: Conversation, event_id: str) -> Case | None:
    """The case that any message of the room is of: by itself, or by what it edits, replies to or stands under."""
    for each in (event_id, *relations(c.tx, event_id)):
        case = queries.case_of_event(c.tx, c.event.room_id, each)
        if case is not None:
            return case
    return None


def take_out_late(c: Conversation) -> bool:
    """Redact what is said about a case that is pulled: somebody was typing still, or had not seen it.

    Words, commands, files and edits alike; returns whether it was such a message.
    """
    if not queries.has_pulled(c.tx, c.event.room_id):
        return False
    under = (c.event.replaces, c.event.replies_to, c.event.thread_root)
    found = (case_of(c, each) for each in under if each is not None)
    case = next((each for each in found if each is not None), None)
    if case is None or case.state is not CaseState.PULLED or case.expired:
        return False
    power = c.room.can_redact(c.bot)
    if power:
        c.send([redaction(case.room_id, c.cause, case.id)])
    if c.room.is_member(c.sender) and not c.event.from_bot:
        c.tell("pull.late" if power else "pull.late-stays", purpose="pulled-late", number=f"#{case.id}")
    return True
