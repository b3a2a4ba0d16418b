"""The sync loop: what the server sends becomes inbox rows together with the sync token, and nothing is missed."""

import json
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import structlog

from doctocbot.matrix import inbox
from doctocbot.matrix.backfill import gap_before, is_joining, is_membership
from doctocbot.matrix.backoff import Backoff
from doctocbot.matrix.client import EncryptedClient
from doctocbot.matrix.directory import Changes, RoomDirectory
from doctocbot.matrix.errors import MatrixError, RateLimited, TokenRevoked, Unreachable
from doctocbot.matrix.events import Event, read_event
from doctocbot.matrix.hearing import Hearing
from doctocbot.matrix.inbox import Undecryptable
from doctocbot.matrix.notes import Echo, naming
from doctocbot.matrix.outbox import Outbox
from doctocbot.matrix.outgoing import Outgoing
from doctocbot.matrix.statehistory import StateHistory
from doctocbot.matrix.watcher import NobodyWatches, Watcher
from doctocbot.store import Database, Transaction

log = structlog.get_logger(__name__)

_FILTER = json.dumps(
    {
        "presence": {"types": []},
        "account_data": {"types": []},
        "room": {
            # Synapse's own limit of 10 would turn every burst into a gap to be paged back.
            "timeline": {"limit": 200},
            "ephemeral": {"types": []},
            "account_data": {"types": []},
            "state": {"lazy_load_members": False},
        },
    }
)
_POLL_MS = 30_000
_GAP_TRIES = 5


@dataclass(frozen=True, slots=True)
class Invitation:
    """Somebody wants the bot in a room; `direct` says that they called it a direct chat."""

    room_id: str
    inviter: str
    direct: bool


@dataclass(slots=True)
class Arrived:
    """What one sync answer brought, ready to be written in one transaction."""

    token: str
    events: list[Event | Undecryptable] = field(default_factory=list)
    echoes: list[Echo] = field(default_factory=list)
    invitations: list[Invitation] = field(default_factory=list)


class SyncLoop:
    """Follows the server. `judge` looks at the rooms that an answer changed, in the transaction that writes it, so
    that nothing is handled in a room that has just been opened; `after` is called when all is safely written, and
    before it `overhear` with the answer and the events that could be read. `hold` makes sure, before anything is asked
    and before an answer is taken in, that the account is still ours; raises TakenOver."""

    def __init__(
        self,
        client: EncryptedClient,
        database: Database,
        outbox: Outbox,
        directory: RoomDirectory,
        judge: Callable[[Transaction, Changes], None],
        after: Callable[[Changes], Awaitable[None]],
        hold: Callable[[], Awaitable[None]],
        overhear: Callable[[Mapping[str, Any], Sequence[Event]], None] | None = None,
        watcher: Watcher | None = None,
        hearing: Hearing | None = None,
    ) -> None:
        self._client = client
        self._database = database
        self._outbox = outbox
        self._directory = directory
        self._history = StateHistory()
        self._judge = judge
        self._after = after
        self._hold = hold
        self._overhear = overhear
        self._watcher = watcher or NobodyWatches()
        self._full = True
        self.reads_notes = False
        """Whether notes in our own messages are read: after a backup was restored, when they know more than we do."""
        self._failed_gaps: dict[str, int] = {}
        self._hearing = hearing or Hearing()

    async def run(self) -> None:
        """Follow the server until cancelled; only a failure that no waiting can mend ends it."""
        token = await self._database.run(lambda tx: tx.value(_PLACE))
        backoff = Backoff()
        while True:
            try:
                token = await self.step(token)
            except MatrixError as error:
                self._hearing.fails()
                if not await backoff.wait_after(error):
                    raise
                log.warning("the homeserver did not answer", code=error.code)
            else:
                backoff.reset()

    async def step(self, token: str | None) -> str:
        """Ask once, write what came, and return the token of the next question.

        The token is ours only when everything before it is written (DESIGN section 9). The first question of a
        process asks for the full state of all rooms, since nio would be left without it (its issue 525).
        """
        await self._hold()
        self._hearing.asks()
        answer = await self._client.request("GET", "/_matrix/client/v3/sync", params=self._question(token),
                                            timeout=_POLL_MS / 1000 + 30)  # fmt: skip
        self._hearing.takes_in()
        # The machine may have slept while it waited.
        await self._hold()
        answer = self._history.present(answer)
        changes = self._directory.update(answer.get("rooms", {}))
        await self._client.process_sync(answer)
        await self._client.housekeeping()
        arrived = await self._collect(answer, token)
        retried = await self._retry_waiting() if answer.get("to_device", {}).get("events") else []
        await self._database.run(lambda tx: self._write(tx, arrived, retried, changes))
        self._hearing.has_written()
        self._full = False
        self._tell_watcher(arrived.events, len(retried))
        if self._overhear is not None:
            read = [item for item in arrived.events if isinstance(item, Event)]
            self._overhear(answer, [*read, *retried])
        await self._after(changes)
        return arrived.token

    def _tell_watcher(self, items: list[Event | Undecryptable], retried: int) -> None:
        read = [item for item in items if isinstance(item, Event)]
        decrypted = sum(event.encrypted for event in read) + retried
        self._watcher.synced((event.type for event in read), decrypted, len(items) - len(read))

    def _question(self, token: str | None) -> dict[str, str]:
        question = {"filter": _FILTER, "timeout": "0" if self._full else str(_POLL_MS)}
        if token is not None:
            question["since"] = token
        if self._full:
            question["full_state"] = "true"
        return question

    async def _collect(self, answer: Mapping[str, Any], since: str | None) -> Arrived:
        arrived = Arrived(answer["next_batch"])
        for room_id, joined in answer.get("rooms", {}).get("join", {}).items():
            raw = await self._timeline(room_id, joined.get("timeline", {}), since)
            self._echoes(room_id, raw, arrived)
            arrived.events += await self._readable(room_id, raw)
        for room_id, invited in answer.get("rooms", {}).get("invite", {}).items():
            arrived.invitations.append(self._invitation(room_id, invited))
        return arrived

    async def _timeline(
        self, room_id: str, timeline: Mapping[str, Any], since: str | None
    ) -> list[Mapping[str, Any]]:
        """The new events of a room, with the gap before them filled, and nothing from before our own joining."""
        raw = [event for event in timeline.get("events", []) if isinstance(event, Mapping)]
        join = _last_own_join(raw, self._client.user_id)
        if join is not None:
            return _since_invited(raw[:join], self._client.user_id) + raw[join + 1 :]
        if since is None:
            # At the very first start the past is not ours to answer.
            return []
        if timeline.get("limited") and isinstance(timeline.get("prev_batch"), str):
            raw = await self._gap(room_id, timeline["prev_batch"], since) + raw
        return raw

    async def _gap(self, room_id: str, prev_batch: str, since: str) -> list[Mapping[str, Any]]:
        try:
            filled = await gap_before(self._client, self._database, room_id, prev_batch, since)
        except (TokenRevoked, RateLimited):
            raise
        except MatrixError as error:
            if isinstance(error, Unreachable) and not self._given_up(room_id, error):
                raise
            # Thrown out of the room meanwhile, or it is broken on the server: the other rooms go on.
            log.error("a gap cannot be read", room=room_id, code=error.code)
            return []
        self._failed_gaps.pop(room_id, None)
        log.info("gap filled", room=room_id, events=len(filled))
        return filled

    def _given_up(self, room_id: str, error: Unreachable) -> bool:
        """Whether the server has failed for this one room so often that the others must not wait any longer."""
        if not error.status:
            return False
        self._failed_gaps[room_id] = self._failed_gaps.get(room_id, 0) + 1
        return self._failed_gaps[room_id] > _GAP_TRIES

    async def _readable(self, room_id: str, raw: list[Mapping[str, Any]]) -> list[Event | Undecryptable]:
        read = [self._read(room_id, event) for event in raw if "state_key" not in event]
        if self._client.should_query_keys and any(_unsure(item) for item in read):
            # A device met for the first time: ask for its owner's signature before it counts as unsigned.
            await self._client.housekeeping()
            read = [self._read(room_id, event) for event in raw if "state_key" not in event]
        return [item for item in read if item is not None]

    def _read(self, room_id: str, raw: Mapping[str, Any]) -> Event | Undecryptable | None:
        if raw.get("sender") == self._client.user_id:
            return None
        content = raw.get("content")
        if raw.get("type") != "m.room.encrypted" or not isinstance(content, Mapping) or not content:
            room = self._directory.room(room_id)
            return read_event(raw, room_id, redacts_in_content=room is not None and room.redacts_in_content)
        decrypted = self._client.decrypt(dict(raw), room_id)
        if decrypted is not None:
            return read_event(
                raw,
                room_id,
                decrypted=(decrypted.type, decrypted.content),
                verified=decrypted.verified,
                said_as=(decrypted.session_id, decrypted.index),
            )
        plain = read_event(raw, room_id)
        if plain is None:
            return None
        session = content.get("session_id")
        return Undecryptable(
            plain.event_id, room_id, plain.sender, plain.sent_at, str(session or ""), dict(raw)
        )

    async def _retry_waiting(self) -> list[Event]:
        rows = await self._database.run(inbox.waiting)
        read = [self._read(room_id, raw) for room_id, raw in rows]
        return [item for item in read if isinstance(item, Event)]

    def _echoes(self, room_id: str, raw: list[Mapping[str, Any]], arrived: Arrived) -> None:
        for event in raw:
            if event.get("sender") != self._client.user_id:
                continue
            unsigned = event.get("unsigned") or {}
            redacted = "redacted_because" in unsigned
            note = self._note(room_id, event) if self.reads_notes and not redacted else None
            transaction_id = unsigned.get("transaction_id")
            if transaction_id is None and note is not None:
                # The server shows it to the device that sent it, which since the backup may have been another one.
                transaction_id = self._outbox.transaction_id(note.key)
            if isinstance(transaction_id, str):
                sent_at = event.get("origin_server_ts")
                echo = Echo(
                    transaction_id,
                    str(event.get("event_id")),
                    room_id,
                    sent_at if isinstance(sent_at, int) else 0,
                    redacted,
                    note,
                )
                arrived.echoes.append(echo)

    def _note(self, room_id: str, event: Mapping[str, Any]) -> Outgoing | None:
        decrypted = self._client.decrypt(dict(event), room_id)
        note = None if decrypted is None else self._outbox.notes.read(room_id, decrypted.content)
        return note if decrypted is None or note is None else naming(note, decrypted.content)

    def _invitation(self, room_id: str, invited: Mapping[str, Any]) -> Invitation:
        """Who invited us, from the stripped state; empty when it does not say, and nobody allows that."""
        for event in invited.get("invite_state", {}).get("events", []):
            if isinstance(event, Mapping) and is_membership(event, self._client.user_id, "invite"):
                return Invitation(room_id, str(event.get("sender") or ""), direct=_is_direct(event))
        return Invitation(room_id, "", direct=False)

    def _write(self, tx: Transaction, arrived: Arrived, retried: list[Event], changes: Changes) -> None:
        for echo in arrived.echoes:
            self._outbox.adopt(tx, echo)
        inbox.receive(tx, arrived.events)
        for event in retried:
            inbox.key_arrived(tx, event)
        for invitation in arrived.invitations:
            _keep_invitation(tx, invitation)
        gone = changes.gone | self._left_while_down(tx)
        for room_id in gone:
            tx.execute("UPDATE room SET served = 0 WHERE room_id = :room", room=room_id)
        self._judge(tx, Changes(changes.new, changes.changed, gone))
        tx.execute(_KEEP_PLACE, token=arrived.token)

    def _left_while_down(self, tx: Transaction) -> set[str]:
        """Rooms that the first, full answer does not name any more: we were thrown out while we were not running."""
        if not self._full:
            return set()
        served = {row["room_id"] for row in tx.rows("SELECT room_id FROM room WHERE served")}
        return served - set(self._directory.joined)


_PLACE = "SELECT value FROM meta WHERE key = 'sync_token'"
_KEEP_PLACE = (
    "INSERT INTO meta (key, value) VALUES ('sync_token', :token)"
    " ON CONFLICT (key) DO UPDATE SET value = excluded.value"
)
_INVITED = (
    "INSERT INTO invitation (room_id, inviter, received_at) VALUES (:room, :inviter, :now)"
    " ON CONFLICT (room_id) DO UPDATE SET inviter = excluded.inviter"
)

_INVITED_DIRECTLY = "INSERT INTO direct_invitation (room_id) VALUES (:room) ON CONFLICT DO NOTHING"
_NOT_DIRECTLY = "DELETE FROM direct_invitation WHERE room_id = :room"


def _last_own_join(raw: list[Mapping[str, Any]], user_id: str) -> int | None:
    """Where in these events the bot last came to join, or None."""
    return next((index for index in reversed(range(len(raw))) if is_joining(raw[index], user_id)), None)


def _since_invited(before: list[Mapping[str, Any]], user_id: str) -> list[Mapping[str, Any]]:
    """What was said to the bot in a direct chat before it had joined: Element invites and speaks in one breath."""
    for index in reversed(range(len(before))):
        if is_membership(before[index], user_id, "invite"):
            return before[index + 1 :] if _is_direct(before[index]) else []
    return []


def _is_direct(invitation: Mapping[str, Any]) -> bool:
    content = invitation.get("content")
    return isinstance(content, Mapping) and content.get("is_direct") is True


def _keep_invitation(tx: Transaction, invitation: Invitation) -> None:
    now = int(time.time() * 1000)
    tx.execute(_INVITED, room=invitation.room_id, inviter=invitation.inviter, now=now)
    tx.execute(_INVITED_DIRECTLY if invitation.direct else _NOT_DIRECTLY, room=invitation.room_id)


def _unsure(item: Event | Undecryptable | None) -> bool:
    return isinstance(item, Undecryptable) or (item is not None and item.encrypted and not item.verified)
