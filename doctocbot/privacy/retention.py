"""Nothing is kept for ever: a case goes some time after the last word on it, and with it who said what.

    quiet for N days -> what the bot said of it is redacted, words, pictures and opinions are erased -> names too

What people wrote themselves in the room stays: the room's history is not the bot's to purge. In small portions, so
that nobody waits for it; only counts are logged.
"""

import secrets

import structlog

from doctocbot.cases import drafts, queries, showing
from doctocbot.cases.erasure import erase
from doctocbot.cases.model import Case
from doctocbot.chat.replies import At, Conversation
from doctocbot.matrix import Event
from doctocbot.rooms import audit, options, private
from doctocbot.store import Row, Transaction, tidying

log = structlog.get_logger(__name__)

_DAY_MS = 24 * 3_600_000
_LOOK_EVERY_MS = 10 * 60_000
_CASES_AT_ONCE = 2
_ROWS_AT_ONCE = 500


class Retention:
    """Erases what is kept too long; `days` is how long, in rooms that have chosen nothing else, 0 for ever."""

    def __init__(self, days: int) -> None:
        self._default = str(days) if days else "off"

    def tick(self, tx: Transaction, now: int, at: At) -> int:
        """Erase a portion of what is due at `now` (ms), and look again after a while; returns how many cases went."""
        looked_at = int(tx.value("SELECT value FROM meta WHERE key = 'retention'") or 0)
        if 0 <= now - looked_at < _LOOK_EVERY_MS:
            return 0
        due = self._due(tx, now)
        for row in due:
            case = queries.case_by_id(tx, row["id"])
            if case is not None:
                moment = Event(f"case:{case.id}:expired", case.room_id, "", "org.doctocbot.time", now)
                expire(at(tx, moment), case)
        messages = self._forget_senders(tx, now)
        if due or messages:
            tidying.words_went(tx)
            log.info("kept no longer", cases=len(due), messages=messages)
        if not due and messages < _ROWS_AT_ONCE:
            tx.execute(_LOOKED, now=now)
        return len(due)

    def _due(self, tx: Transaction, now: int) -> list[Row]:
        """The next cases whose time is over, with what is to be forgotten in their rooms beside cases."""
        due: list[Row] = []
        for room in tx.rows("SELECT DISTINCT room_id FROM medical_case WHERE expired_at IS NULL"):
            chosen = options.get(tx, room["room_id"], options.RETENTION, self._default)
            if chosen == "off" or len(due) >= _CASES_AT_ONCE:
                continue
            before = now - int(chosen) * _DAY_MS
            audit.forget_reasons(tx, room["room_id"], before)
            _forget_loose_pictures(tx, room["room_id"], before)
            due += tx.rows(_DUE, room=room["room_id"], before=before, most=_CASES_AT_ONCE - len(due))
        return due

    def _forget_senders(self, tx: Transaction, now: int) -> int:
        """Forget who sent the oldest messages, once no case is kept that they could be of; returns how many.

        What is left of such a row is its event id, by which an event that comes again is known.
        """
        chosen = {row["value"] for row in tx.rows(_CHOSEN, name=options.RETENTION.name)} | {self._default}
        if "off" in chosen:
            return 0
        before = now - max(map(int, chosen)) * _DAY_MS
        done = int(tx.value("SELECT value FROM meta WHERE key = 'retention_inbox'") or 0)
        last = tx.value(_PORTION, done=done, before=before, most=_ROWS_AT_ONCE)
        if last is None:
            return 0
        tx.execute(_FORGOTTEN_UP_TO, last=last)
        return tx.execute(_FORGET_SENDERS, done=done, last=last)


_LOOKED = (
    "INSERT INTO meta (key, value) VALUES ('retention', :now)"
    " ON CONFLICT (key) DO UPDATE SET value = excluded.value"
)
_CHOSEN = "SELECT DISTINCT value FROM room_option WHERE name = :name"
# Closed and pulled ones as well: what is left of these are names.
_DUE = (
    "SELECT id FROM medical_case AS own WHERE room_id = :room AND expired_at IS NULL AND opened_at < :before"
    " AND coalesce(closed_at, 0) < :before AND reopened_at < :before"
    " AND NOT EXISTS (SELECT 1 FROM answer WHERE case_id = own.id AND sent_at >= :before)"
    " AND NOT EXISTS (SELECT 1 FROM addition WHERE case_id = own.id AND at >= :before)"
    " AND NOT EXISTS (SELECT 1 FROM followup WHERE case_id = own.id AND at >= :before)"
    " AND NOT EXISTS (SELECT 1 FROM opinion JOIN vote ON opinion_id = opinion.id"
    "  WHERE opinion.case_id = own.id AND sent_at >= :before)"
    " ORDER BY opened_at LIMIT :most"
)
_PORTION = (
    "SELECT max(seq) FROM (SELECT seq, received_at FROM inbox WHERE seq > :done ORDER BY seq LIMIT :most)"
    " WHERE received_at < :before"
)
_FORGOTTEN_UP_TO = (
    "INSERT INTO meta (key, value) VALUES ('retention_inbox', :last)"
    " ON CONFLICT (key) DO UPDATE SET value = excluded.value"
)
_FORGET_SENDERS = (
    "UPDATE inbox SET sender = '', thread_root = NULL, replies_to = NULL, replaces = NULL"
    " WHERE seq > :done AND seq <= :last AND state IN ('done', 'failed')"
)


def expire(c: Conversation, case: Case) -> None:
    """Redact what the bot has said about a case, erase what is stored of it and of whom; number and counts stay."""
    for row in c.outbox.sent_for_case(c.tx, case.id):
        c.outbox.take_back(c.tx, row, case.id)
    private.forget_case(c.tx, case.id)
    for draft in drafts.adding_to(c.tx, case.id):
        showing.end(c.at(draft.chat_id), draft)
    erase(c.tx, case.id)
    for row in c.tx.rows("SELECT DISTINCT sender FROM answer WHERE case_id = :id", id=case.id):
        # Whoever answered twice stays one person, under a name that says nothing and holds for this case alone.
        c.tx.execute(_NOBODY, id=case.id, sender=row["sender"], nobody=f"~{secrets.token_hex(8)}")
    for statement in _NAMES:
        c.tx.execute(statement, id=case.id, now=c.now)


_NOBODY = "UPDATE answer SET sender = :nobody WHERE case_id = :id AND sender = :sender"
_NAMES = (
    "UPDATE answer SET event_id = '~' || lower(hex(randomblob(16))), words_event = '', told_by = NULL"
    " WHERE case_id = :id",
    "UPDATE picture SET sender = '', source_event = 'forgotten:' || id, settled_by = NULL WHERE case_id = :id",
    "DELETE FROM case_pull WHERE case_id = :id",
    "DELETE FROM outbox_people WHERE seq IN (SELECT seq FROM outbox WHERE case_id = :id)",
    "UPDATE medical_case SET expired_at = :now, author = '~' || lower(hex(randomblob(8))),"
    " source_event = 'forgotten:' || id, words_event = 'forgotten:' || id, closing_event = NULL,"
    " closing_words_event = NULL, chat_id = NULL, look_at = NULL WHERE id = :id",
)


def _forget_loose_pictures(tx: Transaction, room_id: str, before: int) -> None:
    """Forget whose the pictures were that joined no case, their captions and the keys to them.

    They stand in the room: the rows with their keys go, so that their files are not taken for given up.
    """
    for row in tx.rows(_LOOSE, room=room_id, before=before):
        tx.execute(_NAMELESS, id=row["id"])
        tx.execute("DELETE FROM attachment WHERE id = :id", id=row["attachment_id"])


_LOOSE = (
    "SELECT id, attachment_id FROM picture WHERE case_id IS NULL AND room_id = :room AND sender > ''"
    " AND sent_at < :before"
)
_NAMELESS = (
    "UPDATE picture SET sender = '', source_event = 'forgotten:' || id, caption = NULL, settled_by = NULL, dropped = 1,"
    " attachment_id = NULL WHERE id = :id"
)
