"""An empty database without opening another."""

from doctocbot.store import Transaction


def wipe(tx: Transaction) -> None:
    """Empty every table, and let numbers start from one again."""
    tx.execute("PRAGMA defer_foreign_keys = ON")
    for row in tx.rows("SELECT name FROM sqlite_master WHERE type = 'table'"):
        tx.execute(f"DELETE FROM {row['name']}")  # noqa: S608 (our own tables)
