"""When the file is to be written anew, so that words that are gone are in none of its pages (`Database.rewrite`)."""

from doctocbot.store.database import Transaction

_HOUR_MS = 3_600_000
_DAY_MS = 24 * _HOUR_MS


def words_went(tx: Transaction) -> None:
    """Note that words were erased which somebody wants gone: the file is written anew soon, not only once a day."""
    tx.execute("INSERT INTO meta (key, value) VALUES ('words_went', '') ON CONFLICT DO NOTHING")


def is_due(tx: Transaction, now: int) -> bool:
    """Whether the file is to be written anew at `now` (ms): once a day, and within the hour after words went."""
    last = int(tx.value("SELECT value FROM meta WHERE key = 'rewritten_at'") or 0)
    went = tx.value("SELECT 1 FROM meta WHERE key IN ('words_went', 'words_going')") is not None
    # A clock that was put back must not keep it waiting.
    return now < last or now - last >= (_HOUR_MS if went else _DAY_MS)


def begin(tx: Transaction, now: int) -> None:
    """Note that the file is being written anew; what goes from now on is the next time's.

    Until `done` is told, words are still going: who is cut off in between begins again within the hour.
    """
    tx.execute("DELETE FROM meta WHERE key = 'words_went'")
    tx.execute("INSERT INTO meta (key, value) VALUES ('words_going', '') ON CONFLICT DO NOTHING")
    tx.execute(
        "INSERT INTO meta (key, value) VALUES ('rewritten_at', :now)"
        " ON CONFLICT (key) DO UPDATE SET value = excluded.value",
        now=now,
    )


def done(tx: Transaction) -> None:
    """Note that the file has been written anew."""
    tx.execute("DELETE FROM meta WHERE key = 'words_going'")
