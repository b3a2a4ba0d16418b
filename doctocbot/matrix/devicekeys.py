"""Keys between devices: ours to the server, other people's from it, and what each of them is worth."""

import asyncio
from collections.abc import Iterable, Mapping
from time import monotonic
from typing import Any, cast

import structlog
from nio.crypto import OlmDevice  # type: ignore[import-untyped]
from nio.responses import KeysClaimResponse, KeysQueryResponse  # type: ignore[import-untyped]

from doctocbot.matrix.connection import Connection, path
from doctocbot.matrix.cryptostore import CryptoStore
from doctocbot.matrix.errors import ForeignDevice, MatrixError
from doctocbot.matrix.olm import HOSTILE_INPUT, CarefulOlm
from doctocbot.matrix.trust import Change, IdentityBook, TrustPolicy, UserTrust, evaluate, honest_devices

_log = structlog.get_logger(__name__)

_UPLOAD_ATTEMPTS = 20
_ASK_AGAIN_AFTER = 60.0  # seconds; for people whose server, and devices whose keys, could not be had
_SESSIONS_AT_ONCE = 20  # made in one turn of the event loop, about 40 ms
_MOST_OWN_KEYS = 1_000
_CLAIMED_AT_ONCE = 100  # devices
_SERVER_PATIENCE = 10_000  # milliseconds that our server may wait for other servers


class DeviceKeys:
    """Uploads, queries and claims; every answer is stripped of what is malformed before nio sees it."""

    def __init__(
        self,
        connection: Connection,
        olm: CarefulOlm,
        store: CryptoStore,
        policy: TrustPolicy,
        identities: IdentityBook | None,
    ) -> None:
        self._connection = connection
        self._olm = olm
        self._store = store
        self._policy = policy
        self._identities = identities
        self._one_query = asyncio.Lock()
        self._one_upload = asyncio.Lock()
        self._not_before: dict[str, float] = {}
        self._claim_not_before: dict[tuple[str, str], float] = {}
        self.held: set[str] = set()
        """Whose new identity waits to be accepted, as far as they have been asked for since the start."""

    async def upload(self) -> None:
        """Give the server what it lacks of ours; does nothing when it lacks nothing.

        Raises ForeignDevice when the store is new but the server knows this device by other keys: replacing them
        would make every colleague's client distrust the bot, with no way back.
        """
        async with self._one_upload:
            if not self._olm.should_upload_keys:
                return
            if not self._olm.account.shared:
                await self._refuse_foreign_device()
            for _ in range(_UPLOAD_ATTEMPTS):
                try:
                    answer = await self._connection.request(
                        "POST", path("keys", "upload"), self._olm.share_keys()
                    )
                except MatrixError as error:
                    if error.status != 400 or "already exists" not in error.detail:
                        raise
                    # An older copy of our store is in use: its key names are taken, the next ones may not be.
                    _log.warning("one_time_keys_taken")
                    self._olm.forget_pending_keys()
                    continue
                self._olm.keys_uploaded(answer.get("one_time_key_counts") or {})
                return
            raise MatrixError("ONE_TIME_KEYS_TAKEN", 400)

    async def _refuse_foreign_device(self) -> None:
        user_id, device_id = self._olm.user_id, self._olm.device_id
        answer = await self.ask_for([user_id])
        theirs = answer.get("device_keys", {}).get(user_id, {}).get(device_id)
        if theirs is not None and theirs.get("keys") != self._olm.own_device_keys()["keys"]:
            raise ForeignDevice

    async def ask_for(self, users: Iterable[str]) -> dict[str, Any]:
        """The raw answer of /keys/query for all devices of these people."""
        body = {"device_keys": {user: [] for user in users}, "timeout": _SERVER_PATIENCE}
        return await self._connection.request("POST", path("keys", "query"), body)

    async def query(self, *, for_users: Iterable[str] | None = None) -> None:
        """Learn the devices of everybody (or of these) whose keys are known to be outdated, and judge them.

        People whose server does not answer are asked for again after a minute; until then nothing new of theirs is
        trusted.
        """
        async with self._one_query:
            now = monotonic()
            due = {user for user in self._olm.users_for_key_query if self._not_before.get(user, 0.0) <= now}
            if for_users is not None:
                due &= set(for_users)
            if not due:
                return
            # Taken off the list before asking: who changes while we wait must be on it again afterwards.
            self._olm.users_for_key_query -= due
            try:
                answer = await self.ask_for(sorted(due))
                for user in sorted(due & _mapping(answer.get("device_keys")).keys()):
                    await self._take_over(answer, user)
                    due.remove(user)
                for user in due:
                    self._not_before[user] = now + _ASK_AGAIN_AFTER
            finally:
                self._olm.users_for_key_query |= due

    async def _take_over(self, answer: Mapping[str, Any], user: str) -> None:
        trust = await self._judge(answer, user)
        changed_meanwhile = user in self._olm.users_for_key_query
        with self._store.transaction():
            self._mark_devices(answer, user, trust)
        if changed_meanwhile:
            self._olm.users_for_key_query.add(user)  # nio took them off
        await asyncio.sleep(0)  # hundreds of signatures: let others have a turn

    async def _judge(self, answer: Mapping[str, Any], user: str) -> UserTrust:
        """What the answer proves of a person, and nothing for somebody whose new identity is held."""
        trust = evaluate(answer, user)
        if trust.master_key is None or self._identities is None:
            return trust
        change = await self._identities.seen(user, trust.master_key)
        if change is Change.HELD:
            self.held.add(user)
            return trust.held()
        self.held.discard(user)
        return trust

    def _mark_devices(self, answer: Mapping[str, Any], user: str, trust: UserTrust) -> None:
        # Names of devices are left out: nobody needs them, and nio stumbles over one that is null.
        honest = {device: {**keys, "unsigned": {}} for device, keys in honest_devices(answer, user)}
        self._olm.handle_response(KeysQueryResponse({user: honest}, {}))
        for device_id, device in list(self._olm.device_store[user].items()):
            keys = honest.get(device_id)
            if keys is not None:
                self._bring_back(device)
                self._mark(device, signed=device_id in trust.signed_devices and _same(device, keys))
            elif not trust.trusted_identity:
                # A device that is merely gone keeps its mark: what it said while it was there still counts.
                self._mark(device, signed=False)

    def _bring_back(self, device: OlmDevice) -> None:
        """nio never uses a device again that was once missing from an answer, be it by another server's hiccup."""
        if not device.deleted:
            return
        device.deleted = False
        self._store.save_device_keys({device.user_id: {device.id: device}})

    def _mark(self, device: OlmDevice, *, signed: bool) -> None:
        if signed:
            wanted, mark = device.verified, self._store.verify_device
        elif self._policy.encrypt_to_unsigned and device.user_id not in self.held:
            wanted, mark = device.ignored, self._store.ignore_device
        else:
            wanted, mark = device.blacklisted, self._store.blacklist_device
        if not wanted:
            mark(device)

    async def claim(self, devices: Iterable[OlmDevice]) -> None:
        """Open an Olm session with each of these, as far as they have keys left; the others are left for a minute."""
        now = monotonic()
        due = [device for device in devices if self._claim_not_before.get(_name(device), 0.0) <= now]
        if not due:
            return
        wanted: dict[str, dict[str, str]] = {}
        for device in due:
            wanted.setdefault(device.user_id, {})[device.id] = "signed_curve25519"
        body = {"one_time_keys": wanted, "timeout": _SERVER_PATIENCE}
        answer = await self._connection.request("POST", path("keys", "claim"), body)
        keys = _mapping(answer.get("one_time_keys"))
        for start in range(0, len(due), _SESSIONS_AT_ONCE):
            with self._store.transaction():
                for device in due[start : start + _SESSIONS_AT_ONCE]:
                    if not self._open_session(device, _mapping(keys.get(device.user_id)).get(device.id)):
                        self._claim_not_before[_name(device)] = now + _ASK_AGAIN_AFTER
            await asyncio.sleep(0)

    def _open_session(self, device: OlmDevice, key: Any) -> bool:
        """One device at a time, so that a malformed key of one does not keep the others from theirs."""
        if not isinstance(key, dict) or not key:
            return False
        before = self._olm.session_store.get(device.curve25519)
        try:
            self._olm.handle_response(KeysClaimResponse({device.user_id: {device.id: key}}, {}))
        except HOSTILE_INPUT as error:
            _log.warning("one_time_key_unusable", error=type(error).__name__)
        return self._olm.session_store.get(device.curve25519) is not before

    async def mend(self) -> None:
        """Open a fresh session with devices whose old one is broken, or which asked us for keys without having one."""
        broken = [*self._olm.wedged_devices, *self._olm.key_request_devices_no_session]
        await self.claim(broken)

    # -- after a backup was restored

    async def renew_one_time_keys(self) -> int:
        """Use up our own one-time keys on the server and put new ones there; returns how many were used up.

        The private halves of those that were uploaded after the backup are lost: whoever got one could say nothing
        to us. A claim is the only way by which the server lets go of one (spec, "POST /keys/claim").
        """
        user_id, device_id = self._olm.user_id, self._olm.device_id
        wanted = {"one_time_keys": {user_id: {device_id: "signed_curve25519"}}}
        used_up = 0
        for _ in range(_MOST_OWN_KEYS):
            answer = await self._connection.request("POST", path("keys", "claim"), wanted)
            found = _mapping(_mapping(_mapping(answer.get("one_time_keys")).get(user_id)).get(device_id))
            if not any(isinstance(key, dict) and not key.get("fallback") for key in found.values()):
                break
            used_up += 1
        self._olm.forget_pending_keys()
        self._olm.uploaded_key_count = 0
        self._olm.fallback_key_wanted = True
        await self.upload()
        return used_up

    async def start_sessions_anew(self) -> None:
        """Drop every Olm session and open another with each device that had one, so that it speaks to us in that."""
        peers = self._olm.drop_sessions()
        for start in range(0, len(peers), _CLAIMED_AT_ONCE):
            await self.claim(peers[start : start + _CLAIMED_AT_ONCE])
        self._olm.greet(peers)


def _name(device: OlmDevice) -> tuple[str, str]:
    return device.user_id, device.id


def _same(device: OlmDevice, keys: Mapping[str, Any]) -> bool:
    """Whether the device that nio holds is the one whose signature was checked: nio keeps the first Ed25519 key."""
    named = _mapping(keys.get("keys"))
    return bool(
        named.get(f"ed25519:{device.id}") == device.ed25519
        and named.get(f"curve25519:{device.id}") == device.curve25519
    )


def _mapping(value: Any) -> dict[str, Any]:
    return cast(dict[str, Any], value) if isinstance(value, dict) else {}
