"""Keys that outlast the operator's secret: what was once said or named under them must be found again by them."""

import json
from collections.abc import Mapping

from doctocbot.store.database import Database, Transaction
from doctocbot.store.keys import derive_key

TRANSACTION_IDS = "transaction-ids"
QUIZ_ORDER = "quiz-order"

_PURPOSES = (TRANSACTION_IDS, QUIZ_ORDER)
_NAME = "lasting-keys"


async def lasting_keys(database: Database, secret: str) -> Mapping[str, str]:
    """The keys by purpose, hexadecimal; made from the secret at the first start and kept in the vault from then on.

    A new secret (`doctocbot rekey`) encrypts the files anew, and leaves these as they are: with other transaction ids
    the bot would say again what it has said, with another pseudonym nobody would be found again.
    """
    keys: Mapping[str, str] = await database.run(_kept_or_made, secret)
    return keys


def _kept_or_made(tx: Transaction, secret: str) -> dict[str, str]:
    stored = tx.value("SELECT value FROM vault WHERE name = :name", name=_NAME)
    kept: dict[str, str] = json.loads(stored) if stored else {}
    keys = {purpose: kept.get(purpose) or derive_key(secret, purpose) for purpose in _PURPOSES}
    if keys != kept:
        take_over(tx, keys)
    return keys


def take_over(tx: Transaction, keys: Mapping[str, str]) -> None:
    """Keep these from now on, by purpose: those of the bot whose data come in."""
    tx.execute(
        "INSERT INTO vault (name, value) VALUES (:name, :value)"
        " ON CONFLICT (name) DO UPDATE SET value = excluded.value",
        name=_NAME,
        value=json.dumps(dict(keys)).encode(),
    )
