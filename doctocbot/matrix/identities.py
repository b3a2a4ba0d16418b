"""What the bot remembers of other people's identities: the key it goes by, and the one that waits to be accepted."""

import json
import time
from collections.abc import Iterable
from dataclasses import dataclass

import structlog

from doctocbot.matrix.trust import Change
from doctocbot.store import Database, Transaction

log = structlog.get_logger(__name__)

_AT_ONCE = 5
"""How often going over to the same key is news at once; then once a day, since a server may show two keys in turn."""
_DAY_MS = 24 * 3_600_000


class IdentityShelf:
    """Remembers each person's master key at first sight and notices when it changes (DESIGN section 8).

    With `hold` a new key counts for nothing until `accept`; without it the new key counts at once. Either way the
    change is written down in the transaction that sees it, for somebody to be told.
    """

    def __init__(self, database: Database, *, hold: bool = False) -> None:
        self._database = database
        self._hold = hold

    async def seen(self, user_id: str, master_key: str) -> Change:
        """Record the key that the server shows for somebody now."""
        change = await self._database.run(_remember, user_id, master_key, hold=self._hold)
        if change in (Change.CHANGED, Change.HELD):
            log.warning("a member shows another identity", user=user_id, held=change is Change.HELD)
        return change


def _remember(tx: Transaction, user_id: str, master_key: str, *, hold: bool) -> Change:
    now = int(time.time() * 1000)
    known = tx.row("SELECT master_key, held_key FROM identity WHERE user_id = :user", user=user_id)
    if known is None:
        tx.execute(_FIRST_SEEN, user=user_id, key=master_key, now=now)
        return Change.FIRST_SEEN
    if known["master_key"] == master_key:
        if known["held_key"] is not None:
            tx.execute("UPDATE identity SET held_key = NULL WHERE user_id = :user", user=user_id)
        return Change.SAME
    if known["held_key"] != master_key:
        # A key that waits already is shown again whenever anybody looks.
        often = {"at_once": _AT_ONCE, "long_ago": now - _DAY_MS}
        tx.execute(_CHANGED, user=user_id, key=master_key, held=hold, now=now, **often)
    if hold:
        tx.execute("UPDATE identity SET held_key = :key WHERE user_id = :user", user=user_id, key=master_key)
        return Change.HELD
    tx.execute(_GO_BY, user=user_id, key=master_key, now=now)
    return Change.CHANGED


_FIRST_SEEN = "INSERT INTO identity (user_id, master_key, first_seen_at) VALUES (:user, :key, :now)"
_CHANGED = (
    "INSERT INTO identity_change (user_id, master_key, held, seen_at) VALUES (:user, :key, :held, :now)"
    " ON CONFLICT DO UPDATE SET held = :held, seen_at = :now, times = times + 1, told_at = NULL, told_in = '[]'"
    " WHERE told_at IS NULL OR times < :at_once OR told_at < :long_ago"
)
_GO_BY = (
    "UPDATE identity SET master_key = :key, changed_at = :now, held_key = NULL, verified_at = NULL"
    " WHERE user_id = :user"
)


def is_held(tx: Transaction, user_id: str) -> bool:
    """Whether a new identity of somebody waits to be accepted: they get no keys and command nothing."""
    return held_key(tx, user_id) is not None


def held_key(tx: Transaction, user_id: str) -> str | None:
    """The master key of somebody that waits to be accepted, or None."""
    key: str | None = tx.value("SELECT held_key FROM identity WHERE user_id = :user", user=user_id)
    return key


def told_in(tx: Transaction, user_id: str, master_key: str) -> frozenset[str]:
    """The rooms whose moderators have been told that somebody has gone over to this key."""
    found: str | None = tx.value(_TOLD_IN, user=user_id, key=master_key)
    return frozenset(json.loads(found)) if found is not None else frozenset()


_TOLD_IN = (
    "SELECT told_in FROM identity_change WHERE user_id = :user AND master_key = :key AND told_at IS NOT NULL"
)


def accept(tx: Transaction, user_id: str) -> None:
    """Go by the key that waits, from now on, and have the person's devices judged anew."""
    tx.execute(_GO_BY, user=user_id, key=held_key(tx, user_id), now=int(time.time() * 1000))
    tx.execute("UPDATE identity SET judge_again = 1 WHERE user_id = :user", user=user_id)


def verified(tx: Transaction, user_id: str, master_key: str, now: int) -> bool:
    """Note that the operator compared emojis with somebody; False if the key is not the one that the bot goes by."""
    changed = tx.execute(
        "UPDATE identity SET verified_at = :now WHERE user_id = :user AND master_key = :key AND held_key IS NULL",
        user=user_id,
        key=master_key,
        now=now,
    )
    return changed > 0


def to_be_judged(tx: Transaction) -> list[str]:
    """The people whose devices are to be judged anew, each named once; after a restart everybody's are anyway."""
    found = [row["user_id"] for row in tx.rows("SELECT user_id FROM identity WHERE judge_again")]
    if found:
        tx.execute("UPDATE identity SET judge_again = 0 WHERE judge_again")
    return found


@dataclass(frozen=True, slots=True)
class IdentityChange:
    """Somebody showed another master key, the `times`-th time this one; `held` if it waited when it was seen."""

    user_id: str
    master_key: str
    held: bool
    times: int = 1


def untold(tx: Transaction) -> list[IdentityChange]:
    """The changes of which nobody has been told yet."""
    rows = tx.rows("SELECT * FROM identity_change WHERE told_at IS NULL ORDER BY user_id, seen_at")
    return [
        IdentityChange(row["user_id"], row["master_key"], bool(row["held"]), row["times"]) for row in rows
    ]


def note_told(tx: Transaction, change: IdentityChange, room_ids: Iterable[str], now: int) -> None:
    """Write down of which rooms the moderators have been told."""
    tx.execute(
        "UPDATE identity_change SET told_at = :now, told_in = :rooms WHERE user_id = :user AND master_key = :key",
        now=now,
        rooms=json.dumps(sorted(room_ids)),
        user=change.user_id,
        key=change.master_key,
    )
