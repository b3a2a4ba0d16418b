"""An empty database without opening another."""

from doctocbot.store import Transaction


def wipe(tx: Transaction) -> None:
    """Empty every table, and let numbers start from one again."""
    tx.execute("PRAGMA defer_foreign_keys = ON")
    guards = tx.rows("SELECT name, sql FROM sqlite_schema WHERE type = 'trigger' AND tbl_name = 'audit'")
    # The audit lets nobody delete: for the tests' sake its guards look away.
    for guard in guards if tx.value("SELECT 1 FROM audit") else ():
        tx.execute(f"DROP TRIGGER {guard['name']}")
    # A full-text index keeps tables of its own beside the one that is written to.
    for row in tx.rows(
        "SELECT name FROM pragma_table_list WHERE type IN ('table', 'virtual') AND schema = 'main'"
        " AND name NOT IN ('sqlite_schema', 'case_term')"
    ):
        tx.execute(f"DELETE FROM {row['name']}")  # noqa: S608 (our own tables)
    standing = {row["name"] for row in tx.rows("SELECT name FROM sqlite_schema WHERE type = 'trigger'")}
    for guard in guards:
        if guard["name"] not in standing:
            tx.execute(guard["sql"])
