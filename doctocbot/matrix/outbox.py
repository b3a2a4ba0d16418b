"""The outbox: everything the bot says is a row before it is an event, and is sent exactly once."""

import hashlib
import hmac
import json
import time
from dataclasses import dataclass, replace

from doctocbot.matrix.notes import MEMO, Echo, Notes
from doctocbot.matrix.outgoing import REDACTION, Outgoing, event_link, people_in
from doctocbot.store import Row, Transaction


class Outbox:
    """Writes and reads outbox rows; `secret` keys the transaction ids, which must not tell their cause.

    `edit_pause_ms` is how long edits of one card are bundled, so that a busy thread does not flood the room.

    A transaction id is a keyed hash of the row's key, so that a resend after a crash, or from a restored backup, is
    the same message to the server (DESIGN section 9).
    """

    def __init__(self, secret: str, edit_pause_ms: int = 0) -> None:
        self._secret = secret.encode()
        self.notes = Notes(secret)
        self._edit_pause_ms = edit_pause_ms

    def transaction_id(self, key: str) -> str:
        """The transaction id for a key: 32 hexadecimal digits of its HMAC-SHA256."""
        return hmac.new(self._secret, key.encode(), hashlib.sha256).hexdigest()[:32]

    def now(self) -> int:
        """The time by which rows are sent, in ms since 1970."""
        return _now()

    def edit_after(self, edited_at: int) -> int:
        """When the next edit may be sent (ms since 1970), if the last one was at `edited_at`."""
        return self.pause_after(edited_at, self._edit_pause_ms)

    def pause_after(self, last: int, pause_ms: int) -> int:
        """The end of a pause that began at `last`; never longer than it is, also when our clock has been put back."""
        now = _now()
        return min(max(now, last + pause_ms), now + pause_ms)

    def put(self, tx: Transaction, outgoing: Outgoing, not_before: int = 0) -> bool:
        """Queue an event, to be sent at `not_before` (ms since 1970) at the earliest.

        Returns False when the same cause has spoken already.
        """
        added = tx.execute(
            "INSERT INTO outbox (key, transaction_id, room_id, case_id, renders, quotes, state, spec, created_at,"
            " not_before, urgent) VALUES (:key, :transaction_id, :room, :case_id, :renders, :quotes, 'queued', :spec,"
            " :now, :not_before, :urgent)"
            " ON CONFLICT DO NOTHING",
            key=outgoing.key,
            transaction_id=self.transaction_id(outgoing.key),
            room=outgoing.room_id,
            case_id=outgoing.case_id,
            renders=outgoing.renders,
            quotes=outgoing.quotes,
            spec=outgoing.to_json(),
            now=_now(),
            not_before=not_before if not_before > _now() else 0,
            # What has to go, goes before what is still to be said; of ours that is on its way, when it has arrived.
            urgent=outgoing.type == REDACTION and (outgoing.target or "").startswith("$"),
        )
        if added:
            note_connections(tx, outgoing)
            added = not tx.execute(_SAID_BEFORE, key=outgoing.key)
        if not added and outgoing.renders and outgoing.edits and self._was_adopted(tx, outgoing.key):
            # That edit of an earlier life showed what was known then.
            return self.put(tx, replace(outgoing, key=f"{outgoing.key}:again"), not_before)
        if not added and outgoing.type == REDACTION and self.state(tx, outgoing.key) == "dropped":
            # What the server refused once it may allow now; the same transaction id would be the same refusal.
            return self.put(tx, replace(outgoing, key=f"{outgoing.key}:again"))
        return bool(added)

    def queued_rendering(self, tx: Transaction, renders: str, case_id: int) -> bool:
        """Whether a late-rendered event of that case is queued and unclaimed, so that it will show the latest."""
        found = tx.value(
            "SELECT 1 FROM outbox WHERE case_id = :case_id AND renders = :renders AND state = 'queued'",
            case_id=case_id,
            renders=renders,
        )
        return found is not None

    def event_id(self, tx: Transaction, key: str) -> str | None:
        """The event that a key became, once it is sent."""
        event_id: str | None = tx.value("SELECT event_id FROM outbox WHERE key = :key", key=key)
        return event_id

    def place(self, tx: Transaction, key: str) -> str | None:
        """The room in which the event of a key stands, or will."""
        room_id: str | None = tx.value("SELECT room_id FROM outbox WHERE key = :key", key=key)
        return room_id

    def address(self, tx: Transaction, key: str) -> str | None:
        """The address of the event that a key became, once it is sent: in its own room, wherever its case is now."""
        row = tx.row("SELECT room_id, event_id FROM outbox WHERE key = :key", key=key)
        return event_link(row["room_id"], row["event_id"]) if row and row["event_id"] else None

    def state(self, tx: Transaction, key: str) -> str | None:
        """How far the event of a key is: queued, sending, sent or dropped."""
        state: str | None = tx.value("SELECT state FROM outbox WHERE key = :key", key=key)
        return state

    def sent_in(self, tx: Transaction, room_id: str) -> list[Row]:
        """The rows of a room that are on their way or sent, redactions excepted."""
        return tx.rows(
            "SELECT * FROM outbox WHERE room_id = :room AND state != 'dropped' AND key NOT LIKE 'redact:%'"
            " ORDER BY seq",
            room=room_id,
        )

    def pseudonym(self, user_id: str) -> str:
        """A name for somebody that only this bot's secret leads back to them, for what is kept long."""
        return self.transaction_id(f"pseudonym:{user_id}")[:16]

    def key_of(self, tx: Transaction, event_id: str) -> str | None:
        """The key that became this event, when it is the bot's own."""
        key: str | None = tx.value("SELECT key FROM outbox WHERE event_id = :id", id=event_id)
        return key

    def about(self, tx: Transaction, event_id: str) -> int | None:
        """The case that one of the bot's own events is about."""
        case_id: int | None = tx.value("SELECT case_id FROM outbox WHERE event_id = :id", id=event_id)
        return case_id

    def take_back(self, tx: Transaction, row: Row, case_id: int | None = None) -> None:
        """Undo one row: what was sent is redacted, what was not yet sent never will be.

        `case_id` is the case because of which it goes, where that is not the one that it is about.
        """
        if row["state"] == "queued":
            tx.execute("UPDATE outbox SET state = 'dropped', spec = NULL WHERE seq = :seq", seq=row["seq"])
        else:
            self.put(tx, redaction_of(row, case_id))

    def sent_for_case(self, tx: Transaction, case_id: int, *, quoting: bool = False) -> list[Row]:
        """The rows that show anything of a case and are on their way or sent; or those that quote its author.

        Redactions excepted. Lists, finds and digests show many cases; each is there for all of them.
        """
        return tx.rows(_SHOWING, case_id=case_id, quoting=quoting)

    def naming(self, tx: Transaction, user_id: str) -> list[Row]:
        """The rows that name or quote somebody and are on their way or sent, redactions excepted."""
        return tx.rows(_NAMING, user=user_id)

    def forget_person(self, tx: Transaction, user_id: str) -> None:
        """Forget which messages name somebody, once these have been taken back."""
        tx.execute("DELETE FROM outbox_people WHERE user_id = :user", user=user_id)

    def adopt(self, tx: Transaction, echo: Echo) -> None:
        """Take our own event, seen in the timeline, as proof that its row was sent.

        Where there is no row, a backup was restored: then the row is made from the event's note, and of an event
        without a note its transaction id is kept, so that a cause that comes again finds that it has spoken.
        """
        note = echo.note
        if note is not None and self.transaction_id(note.key) != echo.transaction_id:
            note = None
        known = tx.execute(_ADOPT, id=echo.event_id, transaction_id=echo.transaction_id, now=_now())
        if known or tx.value(_IS_KNOWN, transaction_id=echo.transaction_id):
            if note is not None:
                # A card that had not been drawn yet when the backup was made names people in it by now.
                note_connections(tx, note)
            return
        if note is None:
            tx.execute(
                _KEEP_ECHO,
                transaction_id=echo.transaction_id,
                id=echo.event_id,
                room=echo.room_id,
                sent_at=echo.sent_at,
                redacted=echo.redacted,
            )
            return
        self._remember(tx, echo, note)

    def _remember(self, tx: Transaction, echo: Echo, note: Outgoing) -> None:
        tx.execute(
            _REMEMBER,
            key=note.key,
            transaction_id=echo.transaction_id,
            room=echo.room_id,
            case_id=note.case_id,
            renders=note.renders,
            quotes=note.quotes,
            id=echo.event_id,
            now=_now(),
            sent_at=echo.sent_at or _now(),
        )
        note_connections(tx, note)
        if note.opens is not None and note.case_id is not None:
            tx.execute(_FORETELL, source=note.opens, case_id=note.case_id)
        if MEMO in note.content:
            tx.execute(_KEEP_MEMO, case_id=note.case_id, memo=json.dumps(note.content[MEMO]))

    def echo(self, tx: Transaction, key: str) -> Echo | None:
        """The event of a key that was said after the backup and tells nothing but that: a reaction, or redacted."""
        row = tx.row(_ECHO, transaction_id=self.transaction_id(key))
        if row is None:
            return None
        return Echo(
            row["transaction_id"], row["event_id"], row["room_id"], row["sent_at"], bool(row["redacted"])
        )

    def _was_adopted(self, tx: Transaction, key: str) -> bool:
        return bool(tx.value("SELECT adopted FROM outbox WHERE key = :key", key=key))

    def rooms_with_work(self, tx: Transaction) -> list[str]:
        """The rooms in which something may be sent now."""
        rows = tx.rows(
            "SELECT DISTINCT room_id FROM outbox WHERE state IN ('queued', 'sending') AND not_before = 0"
        )
        return [row["room_id"] for row in rows]

    def release_due(self, tx: Transaction) -> bool:
        """Let go what was to be sent later and is due now; returns whether there was anything."""
        released = tx.execute(
            "UPDATE outbox SET not_before = 0 WHERE state = 'queued' AND not_before > 0 AND not_before <= :now",
            now=_now(),
        )
        return released > 0

    def has_work(self, tx: Transaction, room_id: str) -> bool:
        """Whether anything waits to be sent in a room, other than what is held back until the room is served."""
        found = tx.value(
            f"SELECT 1 {_MAY_GO} AND room_id = :room AND state IN ('queued', 'sending')",
            room=room_id,
        )
        return found is not None

    def gone_out(self, tx: Transaction, prefix: str) -> tuple[int, int]:
        """How many rows whose key begins like this have been sent, and when the last was (ms since 1970, else 0).

        One that is being sent counts, as if it were now.
        """
        row = tx.row(_GONE_OUT, prefix=prefix, now=_now())
        return (row["count"], row["latest"]) if row else (0, 0)

    def drop_waiting(self, tx: Transaction, room_id: str, why: str, *, redactions: bool = False) -> None:
        """Drop what waits to be sent in a room; redactions only where they are of no use either."""
        tx.execute(
            "UPDATE outbox SET state = 'dropped', spec = NULL, error = :why WHERE room_id = :room"
            " AND state = 'queued' AND (:redactions OR key NOT LIKE 'redact:%')",
            room=room_id,
            why=why,
            redactions=redactions,
        )

    def under(self, tx: Transaction, prefix: str) -> list[Row]:
        """The rows whose key begins like this and that are on their way or sent."""
        return tx.rows(
            "SELECT * FROM outbox WHERE key >= :prefix AND key < :prefix || char(0x10FFFF) AND state != 'dropped'"
            " ORDER BY seq",
            prefix=prefix,
        )


_ADOPT = (
    "UPDATE outbox SET state = 'sent', event_id = :id, spec = NULL, sent_at = :now"
    " WHERE transaction_id = :transaction_id AND state IN ('queued', 'sending')"
)
_IS_KNOWN = "SELECT 1 FROM outbox WHERE transaction_id = :transaction_id"
_ECHO = "SELECT * FROM echo WHERE transaction_id = :transaction_id"
_KEEP_ECHO = (
    "INSERT INTO echo (transaction_id, event_id, room_id, sent_at, redacted)"
    " VALUES (:transaction_id, :id, :room, :sent_at, :redacted) ON CONFLICT DO NOTHING"
)
_REMEMBER = (
    "INSERT INTO outbox (key, transaction_id, room_id, case_id, renders, quotes, state, event_id, created_at, sent_at,"
    " adopted) VALUES (:key, :transaction_id, :room, :case_id, :renders, :quotes, 'sent', :id, :now, :sent_at, 1)"
)
_FORETELL = "INSERT INTO foretold (source_event, case_id) VALUES (:source, :case_id) ON CONFLICT DO NOTHING"
_KEEP_MEMO = "UPDATE foretold SET memo = :memo WHERE case_id = :case_id"
_SAID_BEFORE = (
    "UPDATE outbox SET state = 'sent', spec = NULL, adopted = 1, sent_at = created_at,"
    " event_id = (SELECT event_id FROM echo WHERE echo.transaction_id = outbox.transaction_id)"
    " WHERE key = :key AND transaction_id IN (SELECT transaction_id FROM echo)"
)
_SHOWS = (
    "INSERT INTO outbox_shows (seq, case_id) SELECT seq, :case_id FROM outbox WHERE key = :key"
    " ON CONFLICT DO NOTHING"
)
_SHOWING = (
    "SELECT * FROM outbox WHERE seq IN (SELECT seq FROM outbox WHERE case_id = :case_id"
    " UNION SELECT seq FROM outbox_shows WHERE case_id = :case_id)"
    " AND state != 'dropped' AND key NOT LIKE 'redact:%' AND (quotes OR NOT :quoting) ORDER BY seq"
)
_NAMING = (
    "SELECT * FROM outbox WHERE seq IN (SELECT seq FROM outbox_people WHERE user_id = :user)"
    " AND state != 'dropped' AND key NOT LIKE 'redact:%' ORDER BY seq"
)
_MAY_GO = (
    "FROM outbox LEFT JOIN room USING (room_id) WHERE (room.served OR json_extract(spec, '$.even_unserved'))"
)
_GONE_OUT = (
    "SELECT count(*) AS count, coalesce(max(coalesce(sent_at, :now)), 0) AS latest FROM outbox"
    " WHERE key >= :prefix AND key < :prefix || char(0x10FFFF) AND state IN ('sending', 'sent')"
)


def note_connections(tx: Transaction, outgoing: Outgoing) -> None:
    """Record which further cases a message shows and whom it names, so that what has to go finds it."""
    for case_id in outgoing.shows:
        tx.execute(_SHOWS, key=outgoing.key, case_id=case_id)
    note_people(tx, outgoing)


def note_people(tx: Transaction, outgoing: Outgoing) -> None:
    """Record whom a message names or quotes; one that is drawn late is looked at again with its content."""
    people = people_in(outgoing.content).union(outgoing.people)
    if people:
        tx.execute(_PEOPLE, key=outgoing.key, people=json.dumps(sorted(people)))


_PEOPLE = (
    "INSERT INTO outbox_people (user_id, seq) SELECT who.value, seq FROM outbox, json_each(:people) AS who"
    " WHERE outbox.key = :key ON CONFLICT DO NOTHING"
)


def redaction_of(row: Row, case_id: int | None = None) -> Outgoing:
    """The redaction of a row of our own, named by its key because it may be on its way still."""
    return Outgoing(
        key=f"redact:{row['key']}",
        room_id=row["room_id"],
        type=REDACTION,
        target=row["event_id"] or row["key"],
        case_id=row["case_id"] if case_id is None else case_id,
        even_unserved=True,
    )


@dataclass(frozen=True, slots=True)
class Claim:
    """An outbox row that is being sent: what it is, and the ids of the events it points at."""

    seq: int
    transaction_id: str
    outgoing: Outgoing
    ids: dict[str, str]


def _now() -> int:
    return int(time.time() * 1000)
