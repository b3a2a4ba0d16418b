"""Verifications as rows: how the running bot and the operator's terminal, two processes, speak with each other.

The bot writes what there is to compare, the terminal writes the operator's answer and that it is there. Both open the
same encrypted database, so that nobody without its secret can say yes.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from doctocbot.matrix.verification import Stage, Verification
from doctocbot.store import Row, Transaction

PRESENT_FOR_MS = 5_000
"""For how long an operator counts as there after their terminal last said so; it does every second."""

_KEPT_MS = 24 * 3600 * 1000


@dataclass(frozen=True, slots=True)
class Open:
    """One verification as the terminal sees it; `emojis` are numbers, `decimals` the same in figures."""

    user_id: str
    name: str
    stage: Stage
    emojis: tuple[int, ...]
    decimals: tuple[int, ...]
    code: str | None


def keep(tx: Transaction, verification: Verification, room_id: str | None) -> None:
    """Write down how far a verification is."""
    shown = verification.shown
    tx.execute(
        _KEEP,
        user=verification.them.user_id,
        device=verification.them.device_id,
        name=verification.name,
        room=room_id,
        state=verification.stage,
        emojis=_written(shown.emojis if shown else ()),
        decimals=_written(shown.decimals if shown else ()),
        code=verification.code,
        requested_at=verification.requested_at,
    )


_KEEP = (
    "INSERT INTO verification (user_id, transaction_id, device_id, room_id, state, emojis, decimals, code,"
    " requested_at) VALUES (:user, :name, :device, :room, :state, :emojis, :decimals, :code, :requested_at)"
    " ON CONFLICT (user_id, transaction_id) DO UPDATE"
    " SET state = excluded.state, emojis = excluded.emojis, decimals = excluded.decimals, code = excluded.code"
)


def forget_old(tx: Transaction, now: int) -> None:
    """Forget what ended a day ago."""
    tx.execute(
        "DELETE FROM verification WHERE requested_at < :before AND to_tell IS NULL", before=now - _KEPT_MS
    )


def left_open(tx: Transaction) -> list[Row]:
    """What a crash has left: nobody can go on with it, since the ephemeral keys are gone."""
    rows = tx.rows("SELECT * FROM verification WHERE state NOT IN ('done', 'cancelled')")
    if rows:
        tx.execute(_LOST)
    return rows


_LOST = (
    "UPDATE verification SET state = 'cancelled', code = 'm.user', answer = NULL"
    " WHERE state NOT IN ('done', 'cancelled')"
)


def have_told(tx: Transaction, user_id: str, name: str, what: str) -> None:
    """Have the member told something about it: `asked`, `done`, `timeout` or `failed`."""
    tx.execute(
        "UPDATE verification SET to_tell = :what WHERE user_id = :user AND transaction_id = :name",
        what=what,
        user=user_id,
        name=name,
    )


def to_tell(tx: Transaction) -> list[Row]:
    """What members are to be told, taken off the list."""
    rows = tx.rows("SELECT user_id, transaction_id, to_tell FROM verification WHERE to_tell IS NOT NULL")
    if rows:
        tx.execute("UPDATE verification SET to_tell = NULL WHERE to_tell IS NOT NULL")
    return rows


# -- the operator's side


def operator_is_there(tx: Transaction, now: int) -> bool:
    """Whether a terminal waits to compare emojis."""
    seen = tx.value("SELECT value FROM meta WHERE key = 'operator_at'")
    return seen is not None and 0 <= now - int(seen) < PRESENT_FOR_MS


def say_there(tx: Transaction, now: int) -> None:
    """Say that an operator's terminal waits."""
    tx.execute(
        "INSERT INTO meta (key, value) VALUES ('operator_at', :now)"
        " ON CONFLICT (key) DO UPDATE SET value = excluded.value",
        now=str(now),
    )


def say_gone(tx: Transaction) -> None:
    """Say that no terminal waits any more."""
    tx.execute("DELETE FROM meta WHERE key = 'operator_at'")


def put_answer(tx: Transaction, user_id: str, name: str, *, same: bool) -> None:
    """Write down what the operator has seen, where that is still asked."""
    tx.execute(
        "UPDATE verification SET answer = :answer WHERE user_id = :user AND transaction_id = :name"
        " AND state = 'compare' AND answer IS NULL",
        answer="same" if same else "different",
        user=user_id,
        name=name,
    )


def answers(tx: Transaction) -> dict[tuple[str, str], bool]:
    """What operators have said of the verifications that wait for it: whether the emojis are the same."""
    rows = tx.rows("SELECT * FROM verification WHERE state = 'compare' AND answer IS NOT NULL")
    return {(row["user_id"], row["transaction_id"]): row["answer"] == "same" for row in rows}


def latest(tx: Transaction, since: int, user_id: str | None = None) -> list[Open]:
    """The verifications that began at `since` (ms) or later, of one member or of all, oldest first."""
    rows = tx.rows(_LATEST, since=since, user=user_id)
    return [_read(row) for row in rows]


_LATEST = (
    "SELECT * FROM verification WHERE requested_at >= :since AND (:user IS NULL OR user_id = :user)"
    " ORDER BY requested_at"
)


def _read(row: Row) -> Open:
    return Open(
        row["user_id"],
        row["transaction_id"],
        Stage(row["state"]),
        _numbers(row["emojis"]),
        _numbers(row["decimals"]),
        row["code"],
    )


def _written(numbers: Iterable[int]) -> str:
    return " ".join(map(str, numbers))


def _numbers(written: str) -> tuple[int, ...]:
    return tuple(map(int, written.split()))
