"""Cases after a backup was restored: what had been pulled since stays pulled."""

from doctocbot.cases import queries
from doctocbot.cases.model import Case
from doctocbot.cases.withdrawal import take_back
from doctocbot.chat.replies import At
from doctocbot.matrix import Event, Outbox
from doctocbot.store import Transaction


def pull_again(tx: Transaction, now: int, at: At, outbox: Outbox) -> int:
    """Take back what had been pulled between the backup and the loss, where nobody's message tells of it any more.

    Their cards were redacted then. To be done when all that was missed is handled, and before anything is said.
    """
    living = (queries.case_by_id(tx, row["id"]) for row in tx.rows(_LIVING))
    gone = [case for case in living if case is not None and _was_pulled(tx, outbox, case)]
    for case in gone:
        moment = Event(f"restored:{case.id}", case.room_id, case.author, "m.room.message", now)
        take_back(at(tx, moment), case, give_back=False)
    _keep_numbers(tx, outbox)
    tx.execute("UPDATE foretold SET memo = NULL")
    return len(gone)


def _keep_numbers(tx: Transaction, outbox: Outbox) -> None:
    """Keep the number of a case that came and went since the backup: whoever asks for it hears that it was pulled."""
    highest = int(tx.value("SELECT coalesce(max(id), 0) FROM medical_case") or 0)
    for number in range(1, highest + _NUMBERS_AHEAD):
        card = outbox.echo(tx, f"case:{number}:card")
        if card is not None and card.redacted:
            tx.execute(_PULLED, id=number, room=card.room_id, at=card.sent_at)


def _was_pulled(tx: Transaction, outbox: Outbox, case: Case) -> bool:
    for key in case.card_keys:
        card = outbox.echo(tx, key)
        if (card is not None and card.redacted) or outbox.echo(tx, f"redact:{key}") is not None:
            return True
    return False


_NUMBERS_AHEAD = 1_000
_PULLED = (
    "INSERT INTO medical_case (id, room_id, author, source_event, state, words_event, opened_at)"
    " VALUES (:id, :room, '~' || lower(hex(randomblob(8))), 'forgotten:' || :id, 'pulled', 'forgotten:' || :id, :at)"
    " ON CONFLICT DO NOTHING"
)
_LIVING = "SELECT id FROM medical_case WHERE state != 'pulled'"
