"""Which encrypted message came as which event: a server that serves an old command as a new event is refused.

The Olm machine sees it while it runs; here it outlives a restart. A session serves for a hundred messages or a week
(Element's own bounds), so the messages of one that has been silent for a season are forgotten, and the session is
closed: nothing new is taken from it.
"""

from hashlib import blake2b

from doctocbot.matrix.events import Event
from doctocbot.store import Row, Transaction

_DAY_MS = 24 * 3_600_000
_SILENT_DAYS = 90


def is_replay(tx: Transaction, event: Event, now: int) -> bool:
    """Whether its message came as another event before; if not, it is this event's from now on. `now` in ms."""
    if event.said_as is None:
        return False
    name, position = event.said_as
    session = _session(tx, name, now // _DAY_MS)
    if session["closed"]:
        return True
    digest = blake2b(event.event_id.encode(), digest_size=16).digest()
    tx.execute(_HEARD, session=session["id"], position=position, event=digest)
    first = tx.value(_FIRST, session=session["id"], position=position)
    return bool(first != digest)


def _session(tx: Transaction, name: str, today: int) -> Row:
    found = tx.row(_SESSION, name=name)
    if found is None:
        _close_silent(tx, today - _SILENT_DAYS)
        tx.execute("INSERT INTO heard_session (name, day) VALUES (:name, :today)", name=name, today=today)
    elif found["day"] < today and not found["closed"]:
        tx.execute("UPDATE heard_session SET day = :today WHERE id = :id", today=today, id=found["id"])
    else:
        return found
    return _session(tx, name, today)


def _close_silent(tx: Transaction, before: int) -> None:
    """Forget the messages of sessions of which nothing has come since a day; done when a new one begins."""
    tx.execute(_FORGET, before=before)
    tx.execute("UPDATE heard_session SET closed = 1 WHERE day < :before AND NOT closed", before=before)


_SESSION = "SELECT id, day, closed FROM heard_session WHERE name = :name"
_FORGET = (
    "DELETE FROM heard_message WHERE session_id IN"
    " (SELECT id FROM heard_session WHERE day < :before AND NOT closed)"
)
_HEARD = (
    "INSERT INTO heard_message (session_id, position, event) VALUES (:session, :position, :event)"
    " ON CONFLICT DO NOTHING"
)
_FIRST = "SELECT event FROM heard_message WHERE session_id = :session AND position = :position"
