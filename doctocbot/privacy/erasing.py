"""A person is forgotten, in one transaction: what a crash interrupts afterwards, the outbox finishes.

cases       taken back as by their author's own pull
answers     stay as rows without words, under a name that is thrown away, so that the counts of others' cases hold
the rest    of what they contributed is erased as if they had redacted it themselves
said        by the bot: redacted where it names or quotes them, and in their direct chats all of it
rows        of everything else go (`privacy.holdings`)
"""

import secrets
from collections.abc import Iterable
from dataclasses import dataclass

from doctocbot.cases import (
    contributions,
    desk,
    drafts,
    keeper,
    notices,
    opinions,
    queries,
    quotations,
    student_opinions,
    withdrawal,
)
from doctocbot.cases.model import Case, CaseState
from doctocbot.chat.replies import Conversation
from doctocbot.matrix import redaction
from doctocbot.privacy import holdings
from doctocbot.privacy.holding import Subject
from doctocbot.quiz import taking_back
from doctocbot.rooms import audit, direct
from doctocbot.store import Transaction, tidying


@dataclass(frozen=True, slots=True)
class Forgotten:
    """What an erasure could not reach: messages of theirs in rooms where the bot has no power to redact."""

    left_in_place: int


def forget_person(c: Conversation, user: str, *, may_be_here: bool = False) -> Forgotten:
    """Erase everything that is kept of somebody, and have redacted what names, quotes or is by them.

    With `may_be_here`, while the rooms are not known yet, what is needed of members stays, such as their pinned key.
    """
    said = _messages(c.tx, user)
    audit.note(c, audit.Deed.FORGOTTEN)
    for case in _cases(c.tx, user):
        audit.note(c, audit.Deed.PULL, room=case.room_id, case=case.id)
        withdrawal.take_back(c, case, give_back=False)
    for case in student_opinions.forget_person(c, user):
        taking_back.call_off(c.at(case.room_id), case)
    _withdraw_contributions(c, user)
    _take_pictures_back(c, user)
    for room_id in _chats(c.tx, user):
        _clear_chat(c.at(room_id), user)
    for draft in _drafts(c.tx, user):
        drafts.delete(c.tx, draft)
    for row in c.outbox.naming(c.tx, user):
        c.outbox.take_back(c.tx, row)
    left = _redact(c, said)
    audit.forget(c.tx, user)
    in_rooms = may_be_here or bool(direct.shared_rooms(c.tx, user, c.world.room))
    holdings.erase(c.tx, Subject.of(user, c.outbox), in_rooms=in_rooms)
    tidying.words_went(c.tx)
    return Forgotten(left)


def _cases(tx: Transaction, user: str) -> list[Case]:
    """Their cases of which there is anything left."""
    rows = tx.rows("SELECT id FROM medical_case WHERE author = :user AND state != 'pulled'", user=user)
    return queries.cases_numbered(tx, [row["id"] for row in rows])


def _drafts(tx: Transaction, user: str) -> list[drafts.Draft]:
    """The drafts that went with no chat: they wait for one."""
    rows = tx.rows("SELECT * FROM draft WHERE author = :user", user=user)
    return [drafts.from_row(row) for row in rows]


def _chats(tx: Transaction, user: str) -> list[str]:
    rows = tx.rows("SELECT room_id FROM room WHERE direct_with = :user ORDER BY room_id", user=user)
    return [row["room_id"] for row in rows]


def _messages(tx: Transaction, user: str) -> list[tuple[str, str]]:
    """What they said in rooms that the bot took for something of a case, with its edits: room and event."""
    rows = tx.rows(_MESSAGES, user=user)
    return [(row["room_id"], row["event_id"]) for row in rows]


_MESSAGES = (
    "WITH known AS (SELECT event_id FROM answer WHERE sender = :user UNION SELECT event_id FROM proposal"
    " WHERE sender = :user UNION SELECT event_id FROM vote WHERE voter = :user UNION SELECT event_id FROM reference"
    " WHERE sender = :user UNION SELECT source_event FROM medical_case WHERE author = :user"
    " UNION SELECT source_event FROM picture WHERE sender = :user UNION SELECT event_id FROM case_said)"
    " SELECT inbox.room_id, event_id FROM inbox LEFT JOIN room USING (room_id) WHERE sender = :user"
    " AND room.direct_with IS NULL AND coalesce(verdict, '') != 'redacted'"
    " AND (event_id IN known OR replaces IN known) ORDER BY seq"
)


def _redact(c: Conversation, messages: Iterable[tuple[str, str]]) -> int:
    """Redact messages of theirs where the bot may; returns how many stay."""
    left = 0
    for room_id, event_id in messages:
        if c.world.state(room_id).can_redact(c.bot):
            c.send([redaction(room_id, event_id)])
        else:
            left += 1
    return left


def _withdraw_contributions(c: Conversation, user: str) -> None:
    """Take what they said to the cases of others out of these, and have the cards show what is left."""
    for case_id, events in _contributions(c.tx, user).items():
        case = queries.case_by_id(c.tx, case_id)
        if case is None:
            continue
        there = c.at(case.room_id)
        shown = any(opinions.shows_words_of(c.tx, event_id) for event_id in events)
        nobody = f"~{secrets.token_hex(8)}"
        for event_id in events:
            notices.take_back(there, event_id)
            c.tx.execute(_KEEP_COUNTED, id=event_id, nobody=nobody, nothing=f"~{secrets.token_hex(16)}")
            contributions.forget_message(c.tx, event_id)
        if case.state is CaseState.PULLED:
            continue
        quotations.take_back_files(there, case.id)
        if shown:
            taking_back.call_off(there, case)
            desk.take_quotes_back(there, case.id)
        else:
            desk.refresh_card(there, case.id)


_KEEP_COUNTED = (
    "UPDATE answer SET event_id = :nothing, words_event = :nothing, sender = :nobody, text = NULL"
    " WHERE event_id = :id"
)


def _contributions(tx: Transaction, user: str) -> dict[int, list[str]]:
    """Their messages and reactions by the case to which they were."""
    found: dict[int, list[str]] = {}
    for row in tx.rows(_CONTRIBUTIONS, user=user):
        found.setdefault(row["case_id"], []).append(row["event_id"])
    return found


_CONTRIBUTIONS = (
    "SELECT case_id, event_id FROM answer WHERE sender = :user"
    " UNION SELECT case_id, event_id FROM proposal JOIN opinion ON opinion.id = opinion_id WHERE sender = :user"
    " UNION SELECT case_id, event_id FROM vote JOIN opinion ON opinion.id = opinion_id WHERE voter = :user"
    " UNION SELECT case_id, event_id FROM reference WHERE sender = :user"
)


def _take_pictures_back(c: Conversation, user: str) -> None:
    """Redact the clean copies of their pictures that stand by themselves, and erase the bytes of all."""
    for row in c.tx.rows("SELECT * FROM picture WHERE sender = :user", user=user):
        for posted in c.tx.rows("SELECT * FROM outbox WHERE key = :key", key=row["posted_key"]):
            if posted["state"] != "dropped":
                c.outbox.take_back(c.tx, posted)
        drafts.erase_attachment(c.tx, row["attachment_id"])


def _clear_chat(c: Conversation, user: str) -> None:
    """Redact all that was said in their direct chat, by the bot, and by them where it may."""
    keeper.chat_ended(c)
    if c.room.can_redact(c.bot):
        for row in c.tx.rows(_SAID_IN_CHAT, room=c.event.room_id, user=user):
            c.send([redaction(c.event.room_id, row["event_id"])])


_SAID_IN_CHAT = (
    "SELECT event_id FROM inbox WHERE room_id = :room AND sender = :user"
    " AND coalesce(verdict, '') NOT IN ('redaction', 'redacted') ORDER BY seq"
)
