"""What the bot remembers of other people's identities."""

import time

import structlog

from doctocbot.matrix.trust import Change
from doctocbot.store import Database, Transaction

log = structlog.get_logger(__name__)


class IdentityShelf:
    """Remembers each person's master key at first sight and notices when it changes (DESIGN section 8)."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def seen(self, user_id: str, master_key: str) -> Change:
        """Record the key that the server shows for somebody now; a change is logged and kept."""
        change = await self._database.run(_remember, user_id, master_key)
        if change is Change.CHANGED:
            log.warning("a member's identity was replaced", user=user_id)
        return change


def _remember(tx: Transaction, user_id: str, master_key: str) -> Change:
    known: str | None = tx.value("SELECT master_key FROM identity WHERE user_id = :user", user=user_id)
    if known == master_key:
        return Change.SAME
    tx.execute(
        "INSERT INTO identity (user_id, master_key, first_seen_at) VALUES (:user, :key, :now)"
        " ON CONFLICT (user_id) DO UPDATE SET master_key = excluded.master_key, changed_at = :now",
        user=user_id,
        key=master_key,
        now=int(time.time() * 1000),
    )
    return Change.FIRST_SEEN if known is None else Change.CHANGED
