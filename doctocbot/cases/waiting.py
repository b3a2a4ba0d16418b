"""Cases that count as unanswered: those without an answer, and those whose author says that only questions came."""

from doctocbot.cases.model import Case, CaseState
from doctocbot.store import Transaction


def is_unanswered(tx: Transaction, case: Case) -> bool:
    """Whether a case is open and counts as unanswered."""
    return case.state is CaseState.OPEN and (not _is_answered(tx, case.id) or is_waiting(tx, case.id))


def is_waiting(tx: Transaction, case_id: int) -> bool:
    """Whether its author said that a case still waits, and no opinion has come in since, whatever clocks say.

    An opinion is an answer on which somebody acts, and counts from that act. The author's own words are none; an
    anonymous author's are like anybody's, so that nothing tells who asks.
    """
    return bool(tx.value(_WAITING, id=case_id))


def _is_answered(tx: Transaction, case_id: int) -> bool:
    return tx.value("SELECT 1 FROM answer WHERE case_id = :id LIMIT 1", id=case_id) is not None


_WAITING = (
    "SELECT 1 FROM medical_case AS asked WHERE id = :id AND waiting > 0 AND state = 'open'"
    " AND NOT EXISTS (SELECT 1 FROM opinion JOIN proposal ON opinion_id = opinion.id JOIN inbox USING (event_id)"
    "  WHERE case_id = :id AND explicit AND inbox.seq > waiting_after AND (anonymous OR proposal.sender != author))"
    " AND NOT EXISTS (SELECT 1 FROM opinion JOIN vote ON opinion_id = opinion.id JOIN inbox USING (event_id)"
    "  WHERE case_id = :id AND says != 'neutral' AND inbox.seq > waiting_after)"
)


def begin(tx: Transaction, case_id: int, cause: str, now: int) -> None:
    """Count a case as unanswered from `now` (ms) on, and have it looked at by the next tick.

    `cause` is the message that says so: what comes into the inbox after it ends the waiting.
    """
    tx.execute(_BEGIN, cause=cause, now=now, id=case_id)


_BEGIN = (
    "UPDATE medical_case SET waiting = :now, look_at = 0, waiting_after = coalesce("
    " (SELECT seq FROM inbox WHERE event_id = :cause), (SELECT max(seq) FROM inbox), 0) WHERE id = :id"
)


def end(tx: Transaction, case_id: int) -> None:
    """Count what came as answers again."""
    tx.execute("UPDATE medical_case SET waiting = 0 WHERE id = :id", id=case_id)
