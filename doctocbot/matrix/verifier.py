"""The bot's part in verifications that members start: takes their events, answers them, and lets the operator decide.

A task of its own, so that neither the sync nor the outbox ever waits for it. What it holds is in memory alone, as the
ephemeral keys have to be; what a crash leaves open is called off at the next start.
"""

import asyncio
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any
from uuid import uuid4

import structlog

from doctocbot.matrix import identities, verification_rows
from doctocbot.matrix.backoff import persistently
from doctocbot.matrix.client import EncryptedClient
from doctocbot.matrix.connection import path
from doctocbot.matrix.crosssigning import load_keys
from doctocbot.matrix.errors import MatrixError, TokenRevoked
from doctocbot.matrix.events import Event
from doctocbot.matrix.olm import HOSTILE_INPUT
from doctocbot.matrix.quietlog import place_of
from doctocbot.matrix.trust import evaluate, honest_devices
from doctocbot.matrix.vault import Vault
from doctocbot.matrix.verification import METHOD, PATIENCE_MS, Code, Message, Stage, Verification
from doctocbot.matrix.verification_events import PREFIX, Heard, heard_in_room, heard_to_device, to_send
from doctocbot.matrix.verification_sas import Device, Keys
from doctocbot.store import Database, Transaction

log = structlog.get_logger(__name__)

_TICK = 1.0  # seconds
_MOST_AT_ONCE = 20
_MOST_WAITING = 500
_LONGEST_DEVICE = 255
_CLOCKS_MAY_DIFFER_MS = 5 * 60_000

_Flow = tuple[str, str]
"""Who, and the id of the transaction."""


class Verifier:
    """`may_ask(tx, user, room_id)` says whether somebody may verify the bot, in that room or by to-device messages."""

    def __init__(
        self,
        client: EncryptedClient,
        database: Database,
        vault: Vault,
        may_ask: Callable[[Transaction, str, str | None], bool],
    ) -> None:
        self._client = client
        self._database = database
        self._vault = vault
        self._may_ask = may_ask
        self._waiting: asyncio.Queue[Heard] = asyncio.Queue(_MOST_WAITING)
        self._flows: dict[_Flow, tuple[Verification, str | None]] = {}

    def overhear(self, raw: Mapping[str, Any], events: Sequence[Event]) -> None:
        """Take in what an answer of the server holds of verifications; never waits."""
        found = [*heard_to_device(raw), *(heard_in_room(event, self._client.user_id) for event in events)]
        for heard in found:
            if heard is None or heard.sender == self._client.user_id:
                continue
            if self._waiting.full():
                log.warning("too many events of verifications")
                return
            self._waiting.put_nowait(heard)

    async def run(self) -> None:
        """Answer until cancelled; only the end of the bot's session ends it."""
        await self._call_off_old()
        while True:
            heard = await self._next()
            try:
                if heard is not None:
                    await self._take(heard, _now())
                if self._flows:
                    await self._look(_now())
            except TokenRevoked:
                raise
            except MatrixError as error:
                log.warning("a verification cannot go on", code=error.code)
            except HOSTILE_INPUT as error:
                # Whatever a member's client sends, the bot has cases to look after.
                log.error("a verification failed", kind=type(error).__name__, where=place_of(error))

    async def _next(self) -> Heard | None:
        """The next event; None after a second in which none came while something is open."""
        if not self._flows:
            return await self._waiting.get()
        try:
            return await asyncio.wait_for(self._waiting.get(), _TICK)
        except TimeoutError:
            return None

    async def _take(self, heard: Heard, now: int) -> None:
        flow = (heard.sender, heard.name)
        if heard.kind == "request":
            await self._requested(heard, now)
            return
        found = self._flows.get(flow)
        if found is None or found[1] != heard.room_id:
            return  # nothing that we know of; whoever began it hears no more of it and gives up
        verification, _ = found
        if heard.kind == "start" and verification.stage is Stage.READY:
            verification.theirs = await self._keys_of(verification.them)
        await self._follow(flow, verification.take(heard.kind, heard.content))

    async def _requested(self, heard: Heard, now: int) -> None:
        """Somebody wants to verify the bot: a member of a served room, now, by a method that we know."""
        device, methods = heard.content.get("from_device"), heard.content.get("methods")
        flow = (heard.sender, heard.name)
        fresh = -_CLOCKS_MAY_DIFFER_MS <= now - heard.sent_at < PATIENCE_MS
        if (
            not isinstance(device, str)
            or not 0 < len(device) <= _LONGEST_DEVICE
            or not isinstance(methods, list)
            or not fresh
        ):
            return
        if flow in self._flows or len(self._flows) >= _MOST_AT_ONCE:
            return
        if not await self._database.run(self._may_ask, heard.sender, heard.room_id):
            log.info("a stranger asks to be verified")
            return
        for other in [each for each in self._flows if each[0] == heard.sender]:
            # They have begun anew: what was open before is over.
            await self._follow(other, self._flows[other][0].cancel(Code.USER))
        us = Device(self._client.user_id, self._client.device_id)
        ours = await self._own_keys()
        if ours is None:
            return
        verification = Verification(us, ours, Device(heard.sender, device), heard.name, now)
        self._flows[flow] = (verification, heard.room_id)
        await self._database.run(verification_rows.forget_old, now)
        if METHOD not in methods:
            await self._follow(flow, verification.cancel(Code.UNKNOWN_METHOD))
            return
        await self._database.run(self._keep_request, flow, now)
        log.info("a member asks to compare emojis: run `doctocbot verify`")

    def _keep_request(self, tx: Transaction, flow: _Flow, now: int) -> None:
        verification, room_id = self._flows[flow]
        verification_rows.keep(tx, verification, room_id)
        if not verification_rows.operator_is_there(tx, now):
            verification_rows.have_told(tx, *flow, "asked")

    async def _look(self, now: int) -> None:
        """Has an operator come, or answered? Has anything been open too long?"""
        there, answers = await self._database.run(
            lambda tx: (verification_rows.operator_is_there(tx, now), verification_rows.answers(tx))
        )
        for flow, (verification, _) in list(self._flows.items()):
            if there and verification.stage is Stage.REQUESTED:
                await self._follow(flow, verification.ready())
            elif verification.stage is Stage.COMPARE and flow in answers:
                await self._follow(flow, verification.answer(same=answers[flow]))
            await self._follow(flow, verification.tick(now))

    async def _follow(self, flow: _Flow, messages: Sequence[Message]) -> None:
        """Write down how far it is, then send what follows: what the operator sees is never behind the member."""
        if flow not in self._flows:
            return
        verification, room_id = self._flows[flow]
        if not messages and not verification.over:
            return
        if verification.over:
            del self._flows[flow]
            await self._ended(verification, room_id)
        else:
            await self._database.run(verification_rows.keep, verification, room_id)
        for message in messages:
            await self._send(verification, room_id, message)

    async def _ended(self, verification: Verification, room_id: str | None) -> None:
        user, name = verification.them.user_id, verification.name
        if verification.stage is Stage.DONE:
            await self._vouch(verification)
        told = _worth_telling(verification)

        def write(tx: Transaction) -> None:
            verification_rows.keep(tx, verification, room_id)
            if told is not None:
                verification_rows.have_told(tx, user, name, told)

        await self._database.run(write)
        log.info("a verification has ended", state=str(verification.stage), code=verification.code)

    async def _vouch(self, verification: Verification) -> None:
        """Remember that the member's identity was compared, and sign it with the bot's user-signing key."""
        theirs = verification.theirs
        if theirs is None:
            return
        user = verification.them.user_id
        if not await self._database.run(identities.verified, user, theirs.master, _now()):
            log.warning("a compared identity waits for a moderator, or is another one")
            return
        keys = await load_keys(self._client.user_id, self._vault)
        if keys is None:
            return
        body = {user: {theirs.master: keys.sign_user(user, theirs.master)}}
        try:
            answer = await self._client.request("POST", path("keys", "signatures", "upload"), body)
        except TokenRevoked:
            raise
        except MatrixError as error:
            log.warning("the signature of a compared identity was refused", code=error.code)
            return
        if answer.get("failures"):
            log.warning("the signature of a compared identity was refused")

    async def _send(self, verification: Verification, room_id: str | None, message: Message) -> None:
        """Send one event, for as long as it takes: the same transaction id is the same event."""
        them, once, type_ = verification.them, uuid4().hex, PREFIX + message.kind
        content = to_send(verification.name, message.content, in_room=room_id is not None)

        async def send() -> None:
            if room_id is not None:
                await self._client.send_encrypted(room_id, type_, content, once)
                return
            messages = {them.user_id: {them.device_id: content}}
            await self._client.request("PUT", path("sendToDevice", type_, once), {"messages": messages})

        await persistently(send)

    async def _keys_of(self, device: Device) -> Keys | None:
        """The keys that the server shows for somebody's device and identity now; None unless one vouches for the other.

        A device that its owner has not signed cannot speak for that identity.
        """
        answer = await persistently(lambda: self._client.keys.ask_for([device.user_id]))
        trust = evaluate(answer, device.user_id)
        if trust.master_key is None or device.device_id not in trust.signed_devices:
            return None
        keys = dict(honest_devices(answer, device.user_id))[device.device_id]["keys"]
        return Keys(keys[f"ed25519:{device.device_id}"], trust.master_key)

    async def _own_keys(self) -> Keys | None:
        keys = await load_keys(self._client.user_id, self._vault)
        if keys is None:
            return None
        return Keys(self._client.machine.account.identity_keys["ed25519"], keys.master_key)

    async def _call_off_old(self) -> None:
        """Call off what the last process left open."""
        ours = await self._own_keys()
        rows = await self._database.run(verification_rows.left_open)
        if ours is None:
            return
        for row in rows:
            us = Device(self._client.user_id, self._client.device_id)
            them = Device(row["user_id"], row["device_id"])
            old = Verification(us, ours, them, row["transaction_id"], row["requested_at"])
            try:
                for message in old.cancel(Code.USER):
                    await self._send(old, row["room_id"], message)
            except TokenRevoked:
                raise
            except MatrixError as error:
                log.info("an old verification could not be called off", code=error.code)


def _worth_telling(verification: Verification) -> str | None:
    """What the member should read of the end in words; nothing when they called it off themselves."""
    if verification.stage is Stage.DONE:
        return "done"
    failed = (Code.MISMATCHED_SAS, Code.KEY_MISMATCH)
    return (
        "timeout" if verification.code == Code.TIMEOUT else "failed" if verification.code in failed else None
    )


def _now() -> int:
    return int(time.time() * 1000)
