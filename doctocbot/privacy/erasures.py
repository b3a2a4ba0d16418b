"""Who was forgotten, under pseudonyms, kept where a lost machine does not take it along: on the homeserver.

    `!forgetme yes` -> a row -> the account data of the bot's account, which nobody else sees
    a restored backup -> fetched -> whoever was forgotten since is forgotten again, before anything is handled or said;
                         what they had said until then is passed over

The person may have left all rooms since, and their own word is gone: nothing else would tell. Only the bot's secret
leads from a pseudonym back to somebody.
"""

import asyncio
import time
from collections.abc import Mapping
from typing import Any

import structlog

from doctocbot.chat.replies import At, Conversation
from doctocbot.matrix import Event, Outbox
from doctocbot.matrix.backoff import persistently
from doctocbot.matrix.client import EncryptedClient
from doctocbot.matrix.connection import path
from doctocbot.matrix.errors import NotFound
from doctocbot.privacy.erasing import forget_person
from doctocbot.privacy.holdings import HOLDINGS
from doctocbot.store import Database, Transaction

log = structlog.get_logger(__name__)

_TYPE = "org.doctocbot.forgotten"
_LOOK_EVERY = 5.0  # seconds
_MOST = 1_000
"""How many are kept on the server, the latest: an account's data have room for no more than 64 KiB."""


class Erasures:
    """Keeps the server's list up to date, and takes it over after a restore."""

    def __init__(self, database: Database, client: EncryptedClient) -> None:
        self._database = database
        self._client = client
        self._where = path("user", client.user_id, "account_data", _TYPE)

    async def run(self) -> None:
        """Write what the server does not know yet, until cancelled."""
        while True:
            if await self._database.run(_untold):
                await self.tell()
            await asyncio.sleep(_LOOK_EVERY)

    async def tell(self) -> None:
        """Write the whole list to the server."""
        people = await self._database.run(_latest)
        await persistently(lambda: self._client.request("PUT", self._where, {"people": people}))
        await self._database.run(_told, people)

    async def fetch(self) -> int:
        """Take over what was erased since the backup; returns of how many people."""
        found = await persistently(self._read)
        people = found.get("people")
        new: int = await self._database.run(_take_over, people if isinstance(people, Mapping) else {})
        return new

    async def _read(self) -> dict[str, Any]:
        try:
            return await self._client.request("GET", self._where)
        except NotFound:
            return {}


def note(c: Conversation, user: str) -> None:
    """Note that somebody is forgotten now, by the server's clock."""
    c.tx.execute(_NOTE, pseudonym=c.outbox.pseudonym(user), at=c.now, told=0, again=0)


def forget_again(tx: Transaction, outbox: Outbox, at: At) -> int:
    """Forget whoever was forgotten since the backup was made; returns how many of them were in it."""
    gone = {
        row["pseudonym"]: row["at"] for row in tx.rows("SELECT pseudonym, at FROM erasure WHERE again = 1")
    }
    known = {user: outbox.pseudonym(user) for user in (_people(tx) if gone else ())}
    back = {user: gone[pseudonym] for user, pseudonym in known.items() if pseudonym in gone}
    now = int(time.time() * 1000)
    for user, erased_at in back.items():
        moment = Event(f"erased:{known[user]}:{erased_at}", "", user, "org.doctocbot.time", now)
        forget_person(at(tx, moment), user, may_be_here=True)
    # Once: a start that is interrupted must not take along what they have said since.
    tx.execute("UPDATE erasure SET again = 2 WHERE again = 1")
    return len(back)


def is_gone(tx: Transaction, outbox: Outbox, event: Event) -> bool:
    """Whether the sender of something has been forgotten since they said it, which only a restored bot can meet."""
    at = tx.value(
        "SELECT at FROM erasure WHERE again AND pseudonym = :who", who=outbox.pseudonym(event.sender)
    )
    return at is not None and event.sent_at <= at


def finish(tx: Transaction, outbox: Outbox) -> None:
    """All that was missed is handled: what was passed over keeps no name, and is not handled when its key comes."""
    gone = {row["pseudonym"]: row["at"] for row in tx.rows("SELECT pseudonym, at FROM erasure WHERE again")}
    for row in tx.rows("SELECT DISTINCT sender FROM inbox WHERE sender != ''") if gone else ():
        at = gone.get(outbox.pseudonym(row["sender"]))
        if at is not None:
            for statement in _PASSED_OVER:
                tx.execute(statement, user=row["sender"], at=at)
    for row in tx.rows("SELECT DISTINCT user_id FROM outbox_people") if gone else ():
        at = gone.get(outbox.pseudonym(row["user_id"]))
        if at is not None:
            _take_back_said(tx, outbox, row["user_id"], at)
    tx.execute("UPDATE erasure SET again = 0")


def _people(tx: Transaction) -> list[str]:
    """Everybody of whom anything is kept."""
    columns = [(holding.table, column) for holding in HOLDINGS for column in holding.people]
    everybody = " UNION ".join(
        f"SELECT {column} AS who FROM {table}"  # noqa: S608 (names of ours)
        for table, column in columns
    )
    return [row["who"] for row in tx.rows(f"{everybody} ORDER BY who") if (row["who"] or "").startswith("@")]


def _untold(tx: Transaction) -> bool:
    return tx.value("SELECT 1 FROM erasure WHERE NOT told LIMIT 1") is not None


def _latest(tx: Transaction) -> dict[str, int]:
    rows = tx.rows("SELECT pseudonym, at FROM erasure ORDER BY at DESC LIMIT :most", most=_MOST)
    return {row["pseudonym"]: row["at"] for row in rows}


def _told(tx: Transaction, people: Mapping[str, int]) -> None:
    # Somebody may have been forgotten, or forgotten once more, while the server was being told.
    for pseudonym, at in people.items():
        tx.execute("UPDATE erasure SET told = 1 WHERE pseudonym = :who AND at <= :at", who=pseudonym, at=at)


def _take_over(tx: Transaction, people: Mapping[str, object]) -> int:
    new = 0
    for pseudonym, at in people.items():
        if isinstance(at, int):
            new += tx.execute(_NOTE, pseudonym=pseudonym, at=at, told=1, again=1)
    return new


def _take_back_said(tx: Transaction, outbox: Outbox, user: str, at: int) -> None:
    """Redact what the lost bot had said of somebody until they were forgotten, and had not redacted yet.

    But for cards of others, which are drawn anew without them.
    """
    for row in outbox.naming(tx, user):
        if row["adopted"] and row["renders"] is None and (row["sent_at"] or 0) <= at:
            outbox.take_back(tx, row)
    tx.execute(_FORGET_NAMED, user=user, at=at)


_FORGET_NAMED = (
    "DELETE FROM outbox_people WHERE user_id = :user"
    " AND seq IN (SELECT seq FROM outbox WHERE adopted AND sent_at <= :at)"
)
_PASSED_OVER = (
    "UPDATE original_media SET sender = '' WHERE event_id IN"
    " (SELECT event_id FROM inbox WHERE sender = :user AND sent_at <= :at)",
    "UPDATE inbox SET state = 'done', verdict = 'redacted', event = NULL"
    " WHERE sender = :user AND sent_at <= :at AND state IN ('ready', 'waiting')",
    "UPDATE inbox SET sender = '' WHERE sender = :user AND sent_at <= :at",
)
_NOTE = (
    "INSERT INTO erasure (pseudonym, at, told, again) VALUES (:pseudonym, :at, :told, :again)"
    " ON CONFLICT (pseudonym) DO UPDATE SET at = excluded.at, told = excluded.told, again = excluded.again"
    " WHERE excluded.at > at"
)
