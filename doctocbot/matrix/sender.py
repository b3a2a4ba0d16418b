"""Sends what stands in the outbox: in order within a room, again after every failure that may pass."""

import dataclasses
import functools
import itertools
import json
from collections.abc import Awaitable, Callable, Iterator, Mapping
from typing import Any

import structlog

from doctocbot.matrix.backoff import persistently
from doctocbot.matrix.errors import MatrixError, NotFound, RateLimited, TakenOver, TokenRevoked
from doctocbot.matrix.gateway import Gateway
from doctocbot.matrix.notes import MEMO, NOTE, Notes
from doctocbot.matrix.outbox import Claim, note_people
from doctocbot.matrix.outgoing import REACTION, REDACTION, Outgoing, finished_content
from doctocbot.matrix.quietlog import place_of
from doctocbot.matrix.roomstate import RoomState
from doctocbot.matrix.watcher import NobodyWatches, Watcher
from doctocbot.store import Database, NotNow, Row, Transaction

log = structlog.get_logger(__name__)

Renderer = Callable[[Transaction, Outgoing], Mapping[str, Any] | None]
"""Makes the content of a late-rendered event at the moment of sending; None when there is nothing left to say."""


@dataclasses.dataclass(frozen=True, slots=True)
class _Sent:
    event_id: str


@dataclasses.dataclass(frozen=True, slots=True)
class _Refused:
    why: str


@dataclasses.dataclass(frozen=True, slots=True)
class _Held:
    """Left as it is until the room is served again."""


class _NotServed(Exception):
    pass


class Sender:
    """Drains the outbox of a room; run by a lane, so that one room is never sent by two tasks.

    `hold` makes sure, before each try, that the account is still ours; raises TakenOver.
    """

    def __init__(
        self,
        database: Database,
        gateway: Gateway,
        renderers: Mapping[str, Renderer],
        dropped: Callable[[Transaction, Outgoing, RoomState], None],
        notes: Notes,
        hold: Callable[[], Awaitable[None]],
        watcher: Watcher | None = None,
    ) -> None:
        self._database = database
        self._gateway = gateway
        self._renderers = renderers
        self._on_dropped = dropped
        self._notes = notes
        self._hold = hold
        self._watcher = watcher or NobodyWatches()

    async def drain(self, room_id: str) -> None:
        """Send everything that waits in the room; returns when nothing is left that may be sent now.

        What became of one row is written in the transaction that takes the next: half as many commits in a burst.
        """
        claim = await self._database.run(self._claim, room_id)
        while claim is not None:
            outcome = await self._deliver(claim)
            if isinstance(outcome, _Sent):
                self._watcher.sent()
            claim = await self._database.run(self._settle_and_claim, claim, outcome)

    def _settle_and_claim(
        self, tx: Transaction, claim: Claim, outcome: _Sent | _Refused | _Held
    ) -> Claim | None:
        if isinstance(outcome, _Sent):
            tx.execute(_SENT, id=outcome.event_id, seq=claim.seq)
        elif isinstance(outcome, _Refused):
            self._give_up(tx, claim.seq, claim.outgoing, outcome.why)
        return self._claim(tx, claim.outgoing.room_id)

    def _claim(self, tx: Transaction, room_id: str) -> Claim | None:
        """Take the room's next row; rows that can never be sent are dropped on the way."""
        while row := tx.row(_NEXT_ROW, room=room_id):
            outgoing = Outgoing.from_json(row["spec"])
            ids, lost = _resolve(tx, outgoing.points_at)
            if lost:
                self._give_up(tx, row["seq"], outgoing, "its target was not sent")
                continue
            if ids is None:
                return None
            finished = self._render(tx, outgoing) if row["state"] == "queued" else outgoing
            if finished is None:
                _drop(tx, row["seq"], "nothing to say")
                continue
            if finished.renders is not None:
                note_people(tx, finished)
            tx.execute(_CLAIM, spec=finished.to_json(), seq=row["seq"])
            return Claim(row["seq"], row["transaction_id"], finished, ids)
        return None

    def _render(self, tx: Transaction, outgoing: Outgoing) -> Outgoing | None:
        """Fill in the content of a late-rendered event; None where there is none, or drawing it fails."""
        if outgoing.renders is None:
            return outgoing
        try:
            with tx.attempt():
                content = self._renderers[outgoing.renders](tx, outgoing)
        except NotNow:
            raise
        except Exception as error:  # noqa: BLE001 - one card that cannot be drawn must not silence the room
            log.error(
                "rendering failed", case=outgoing.case_id, kind=type(error).__name__, where=place_of(error)
            )
            return None
        return None if content is None else dataclasses.replace(outgoing, content=dict(content))

    async def _deliver(self, claim: Claim) -> _Sent | _Refused | _Held:
        """Send one row, for as long as it takes; a final refusal drops it, and says so in the log and to `doctor`."""
        try:
            return _Sent(await persistently(functools.partial(self._try, claim, itertools.count())))
        except (TokenRevoked, TakenOver):
            raise
        except _NotServed:
            return _Held()
        except MatrixError as error:
            log.error("message dropped", room=claim.outgoing.room_id, seq=claim.seq, code=error.code)
            return _Refused(error.code)
        except Exception as error:  # noqa: BLE001 - one message that cannot be sent must not silence the room
            log.error("sending failed", seq=claim.seq, kind=type(error).__name__, where=place_of(error))
            return _Refused(type(error).__name__)

    def _give_up(self, tx: Transaction, seq: int, outgoing: Outgoing, why: str) -> None:
        """Drop a row for good and let the feature that wrote it say what is missing now."""
        _drop(tx, seq, why)
        room = self._gateway.room(outgoing.room_id) or RoomState(outgoing.room_id)
        try:
            with tx.attempt():
                self._on_dropped(tx, outgoing, room)
        except NotNow:
            raise
        except Exception as error:  # noqa: BLE001 - what is missed must not silence the room as well
            log.error("a loss was not told", seq=seq, kind=type(error).__name__, where=place_of(error))

    async def _try(self, claim: Claim, tries: Iterator[int]) -> str:
        """Send, unless the room has stopped being served since the last try: it may be open to anybody now."""
        await self._hold()
        if next(tries) and not await self._database.run(_may_be_sent, claim.seq):
            raise _NotServed
        try:
            return await self._send(claim)
        except RateLimited:
            # For `doctor`: a pull is only as quick as the server lets the bot be.
            await self._database.run(lambda tx: tx.execute(_SLOWED_DOWN))
            raise

    async def _send(self, claim: Claim) -> str:
        outgoing = claim.outgoing
        if outgoing.type == REDACTION:
            target = claim.ids[outgoing.target or ""]
            return await self._gateway.redact(outgoing.room_id, target, claim.transaction_id)
        content = dict(outgoing.content)
        if outgoing.attachment_id is not None:
            content = await self._with_attachment(outgoing.attachment_id, content)
        memo = content.pop(MEMO, None)
        content = finished_content(outgoing, content, claim.ids)
        if outgoing.type != REACTION:  # which travels in the clear
            content[NOTE] = self._notes.seal(outgoing, memo)
        return await self._gateway.send(outgoing.room_id, outgoing.type, content, claim.transaction_id)

    async def _with_attachment(self, attachment_id: int, content: dict[str, Any]) -> dict[str, Any]:
        """Add the picture or file to its message, uploading it first when no earlier attempt got that far."""
        row = await self._database.run(
            lambda tx: tx.row("SELECT * FROM attachment WHERE id = :id", id=attachment_id)
        )
        if row is None:
            raise NotFound("ATTACHMENT_GONE")
        file = await self._uploaded(row, "")
        info: dict[str, Any] = {"mimetype": row["mimetype"], "size": row["size"]}
        if not row["mimetype"].startswith("image/"):
            return {**content, "msgtype": "m.file", "file": file, "info": info}
        info |= {"w": row["width"], "h": row["height"]}
        if row["thumbnail_size"]:
            info["thumbnail_file"] = await self._uploaded(row, "thumbnail_")
            info["thumbnail_info"] = {
                "mimetype": "image/jpeg",
                "w": row["thumbnail_width"],
                "h": row["thumbnail_height"],
                "size": row["thumbnail_size"],
            }
        return {**content, "msgtype": "m.image", "file": file, "info": info}

    async def _uploaded(self, row: Row, part: str) -> dict[str, Any]:
        known: str | None = row[f"{part}file"]
        if known is not None:
            file: dict[str, Any] = json.loads(known)
            return file
        data: bytes | None = row[f"{part}data"]
        if data is None:
            # Pulled while it waited to be sent: there is nothing left to say.
            raise NotFound("ATTACHMENT_GONE")
        file = await self._gateway.upload(data)
        statement = _KEEP_THUMBNAIL if part else _KEEP_FILE
        stored = json.dumps(file)
        await self._database.run(lambda tx: tx.execute(statement, file=stored, id=row["id"]))
        return file


_NEXT_ROW = (
    "SELECT outbox.* FROM outbox LEFT JOIN room USING (room_id)"
    " WHERE room_id = :room AND state IN ('queued', 'sending')"
    " AND (room.served OR json_extract(spec, '$.even_unserved'))"
    " AND not_before = 0 ORDER BY urgent DESC, seq LIMIT 1"
)
_SERVED = (
    "SELECT 1 FROM outbox LEFT JOIN room USING (room_id)"
    " WHERE seq = :seq AND (room.served OR json_extract(spec, '$.even_unserved'))"
)
_CLAIM = "UPDATE outbox SET state = 'sending', spec = :spec WHERE seq = :seq"
_SENT = (
    "UPDATE outbox SET state = 'sent', event_id = :id, spec = NULL,"
    " sent_at = CAST(unixepoch('subsec') * 1000 AS INTEGER) WHERE seq = :seq"
)
_SLOWED_DOWN = (
    "INSERT INTO meta (key, value) VALUES ('rate_limited_at', unixepoch())"
    " ON CONFLICT (key) DO UPDATE SET value = excluded.value"
)
_KEEP_FILE = (
    "UPDATE attachment SET file = :file, data = CASE WHEN kept THEN data END"
    # Erased while it was being uploaded: the key to it is not written down again.
    " WHERE id = :id AND data IS NOT NULL"
)
_KEEP_THUMBNAIL = (
    "UPDATE attachment SET thumbnail_file = :file, thumbnail_data = NULL"
    " WHERE id = :id AND thumbnail_data IS NOT NULL"
)


def _resolve(tx: Transaction, names: list[str]) -> tuple[dict[str, str] | None, bool]:
    """The event ids for these names; (None, False) when one is yet to be sent, (None, True) when one never will."""
    ids: dict[str, str] = {}
    for name in names:
        if name.startswith("$"):
            ids[name] = name
            continue
        row = tx.row("SELECT state, event_id FROM outbox WHERE key = :key", key=name)
        if row is None or row["state"] == "dropped":
            return None, True
        if row["event_id"] is None:
            return None, False
        ids[name] = row["event_id"]
    return ids, False


def _may_be_sent(tx: Transaction, seq: int) -> bool:
    """Whether a claimed row's room is served, or the row is one that may go into any room."""
    return tx.value(_SERVED, seq=seq) is not None


def _drop(tx: Transaction, seq: int, why: str) -> None:
    tx.execute(
        "UPDATE outbox SET state = 'dropped', spec = NULL, error = :why WHERE seq = :seq", why=why, seq=seq
    )
