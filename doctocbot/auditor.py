"""The operator's look at the audit: whether its chain holds, and whether it is still the one whose head was kept.

It reads beside a running bot and writes nothing of its own.
"""

import errno
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from doctocbot.account import database_path, open_beside
from doctocbot.config import Config, Secrets
from doctocbot.matrix import Outbox
from doctocbot.rooms import audit
from doctocbot.rooms.audit_chain import check
from doctocbot.store import Transaction, lasting


@dataclass(frozen=True, slots=True)
class Remark:
    """One line of the report: a sentence of the catalogue (`cli.<what>`) with its values, and whether it is a fault."""

    what: str
    values: Mapping[str, object]
    bad: bool = False


async def look_over(config: Config, secrets: Secrets, kept_head: str | None) -> list[Remark]:
    """Report on the audit of this configuration; raises DatabaseFault, or FileNotFoundError where there is none yet."""
    path = database_path(config)
    if not path.exists():
        raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), str(path))
    database = await open_beside(config, secrets)
    try:
        keys = await lasting.lasting_keys(database, secrets.secret)
        return await database.run(report, Outbox(keys[lasting.TRANSACTION_IDS]), kept_head)
    finally:
        await database.close()


def report(tx: Transaction, outbox: Outbox, kept_head: str | None) -> list[Remark]:
    """Walk the chain, then the names beside it, then look for the head that somebody has kept."""
    return [*_chain(tx, outbox), *(_head(tx, kept_head) if kept_head else ())]


def _chain(tx: Transaction, outbox: Outbox) -> Iterator[Remark]:
    found = check(audit.key_of(outbox), audit.links(tx))
    yield Remark("audit-rows", {"rows": found.rows})
    yield Remark("audit-head", {"head": found.head})
    if found.broken is not None:
        yield Remark(f"audit-{found.broken.why}", {"row": found.broken.row}, bad=True)
    for row in audit.changed_words(tx, outbox)[:1]:
        yield Remark("audit-words", {"row": row}, bad=True)
    waiting = tx.value("SELECT count(*) FROM audit_unchained")
    if waiting:
        yield Remark("audit-waiting", {"rows": waiting})


def _head(tx: Transaction, kept: str) -> Iterator[Remark]:
    """Whether the chain has a row with this hash; that the rows up to it hold, the walk has shown."""
    row = tx.value("SELECT id FROM audit WHERE hash = :hash", hash=kept.strip().lower())
    if row is None:
        yield Remark("audit-unknown-head", {}, bad=True)
    else:
        yield Remark("audit-known-head", {"row": row, "since": audit.head(tx)[0] - row})
