"""Originals of pictures, deleted from the homeserver once their event is redacted, where the operator lets the bot.

    a file comes in -> its address is noted -> its event is redacted, by whomever -> the file is deleted, or given up
    a clean copy is taken back -> its key is erased (a trigger notes its address) ----------^

Redaction takes an event away and leaves its file downloadable to whoever holds its key. What lies on another server,
or was uploaded by somebody else than its sender, stays: see `matrix.mediaadmin`.
"""

import asyncio
import time
from collections.abc import Iterator, Mapping
from typing import Any, Protocol

import structlog

from doctocbot.matrix import Event
from doctocbot.matrix.errors import MatrixError
from doctocbot.store import Database, Row, Transaction

log = structlog.get_logger(__name__)

_LOOK_EVERY = 30.0  # seconds
_AT_ONCE = 20
_MINUTE_MS = 60_000
_LONGEST_PAUSE_MS = 6 * 3_600_000
_MOST_TRIES = 40
_KEPT_MS = 365 * 24 * 3_600_000


class Deletes(Protocol):
    """What deletes files from the homeserver."""

    async def delete(self, address: str, uploader: str) -> bool:
        """Delete a file of somebody's; returns whether it is gone."""
        ...


def note(tx: Transaction, event: Event) -> None:
    """Note where the files of an event lie; noted twice is noted once. A sticker's belongs to its pack."""
    if event.type == "m.sticker":
        return
    for address in _addresses(event.file or {}):
        tx.execute(
            "INSERT INTO original_media (address, event_id, sender, seen_at) VALUES (:address, :event, :sender, :at)"
            " ON CONFLICT DO NOTHING",
            address=address,
            event=event.event_id,
            sender=event.sender,
            at=event.sent_at,
        )


def _addresses(content: Mapping[str, Any]) -> Iterator[str]:
    """The addresses of a file and of its thumbnail, encrypted or not."""
    info = content.get("info")
    for holder, names in ((content, ("file", "url")), (info, ("thumbnail_file", "thumbnail_url"))):
        for name in names if isinstance(holder, Mapping) else ():
            value = holder.get(name) if isinstance(holder, Mapping) else None
            address = value.get("url") if isinstance(value, Mapping) else value
            if isinstance(address, str) and address.startswith("mxc://"):
                yield address


def enable(tx: Transaction, *, deletes: bool) -> None:
    """Note at the start whether the bot may delete files: only then is any address kept."""
    if deletes:
        tx.execute("INSERT INTO meta (key, value) VALUES ('deletes_originals', '') ON CONFLICT DO NOTHING")
    else:
        tx.execute("DELETE FROM meta WHERE key = 'deletes_originals'")
        tx.execute("DELETE FROM original_media")


def redacted(tx: Transaction, event_id: str, now: int) -> None:
    """Note that the event that brought a file is redacted: from `now` (ms) on the file is to be deleted."""
    tx.execute(
        "UPDATE original_media SET next_at = :now WHERE event_id = :event AND next_at IS NULL",
        now=now,
        event=event_id,
    )


class Originals:
    """Deletes what is to be deleted, again after every failure that may pass; `bot` uploaded the clean copies."""

    def __init__(self, database: Database, admin: Deletes, bot: str) -> None:
        self._database = database
        self._admin = admin
        self._bot = bot

    async def run(self) -> None:
        """Look from time to time, until cancelled."""
        while True:
            await self.delete_due(time.time_ns() // 1_000_000)
            await asyncio.sleep(_LOOK_EVERY)

    async def delete_due(self, now: int) -> int:
        """Delete the files whose events are redacted, as far as their time has come (ms); returns how many went."""
        rows = await self._database.run(_due, now)
        gone = 0
        for row in rows:
            try:
                gone += await self._admin.delete(row["address"], row["sender"] or self._bot)
            except MatrixError as error:
                log.warning("an original could not be deleted", code=error.code, tries=row["tries"] + 1)
                await self._database.run(_later, row, now)
            else:
                await self._database.run(_done, row)
        if rows:
            log.info("originals deleted", n=gone, of=len(rows))
        return gone


def _due(tx: Transaction, now: int) -> list[Row]:
    # Those that the bot redacted itself are told by its outbox.
    tx.execute(_REDACTED_BY_US, now=now)
    tx.execute(
        "DELETE FROM original_media WHERE next_at IS NULL AND seen_at < :before", before=now - _KEPT_MS
    )
    return tx.rows(
        "SELECT * FROM original_media WHERE next_at <= :now ORDER BY next_at LIMIT :most",
        now=now,
        most=_AT_ONCE,
    )


_REDACTED_BY_US = (
    "UPDATE original_media SET next_at = :now WHERE next_at IS NULL AND EXISTS (SELECT 1 FROM outbox"
    " WHERE key IN ('redact:' || original_media.event_id, 'redact:' || original_media.event_id || ':again')"
    " AND state = 'sent')"
)


def _later(tx: Transaction, row: Row, now: int) -> None:
    """Try again after a pause that doubles; give up after some days, since what refuses that long has a reason."""
    if row["tries"] + 1 >= _MOST_TRIES:
        _done(tx, row)
        return
    pause = min(_MINUTE_MS << min(row["tries"], 10), _LONGEST_PAUSE_MS)
    tx.execute(
        "UPDATE original_media SET tries = tries + 1, next_at = :next WHERE address = :address",
        next=now + pause,
        address=row["address"],
    )


def _done(tx: Transaction, row: Row) -> None:
    tx.execute("DELETE FROM original_media WHERE address = :address", address=row["address"])
