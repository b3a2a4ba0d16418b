"""The mark on a database that came out of a backup, until the bot has caught up with what it has missed."""

from doctocbot.store.database import Transaction

_KEY = "restored_at"


def mark(tx: Transaction, now: int) -> None:
    """Note that this database came out of a backup made at `now` (ms)."""
    tx.execute(
        "INSERT INTO meta (key, value) VALUES (:key, :now) ON CONFLICT (key) DO UPDATE SET value = excluded.value",
        key=_KEY,
        now=now,
    )


def is_marked(tx: Transaction) -> bool:
    """Whether this database came out of a backup and has not caught up yet."""
    return tx.value("SELECT 1 FROM meta WHERE key = :key", key=_KEY) is not None


def unmark(tx: Transaction) -> None:
    """Note that all is caught up with."""
    tx.execute("DELETE FROM meta WHERE key = :key", key=_KEY)
