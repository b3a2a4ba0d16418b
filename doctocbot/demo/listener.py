"""Somebody who is logged in and follows their rooms: the eyes and ears of a `Person`."""

import asyncio
import json
from collections import Counter
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Self
from uuid import uuid4

from doctocbot.demo.seen import SeenEvent, SeenRooms
from doctocbot.matrix.client import EncryptedClient
from doctocbot.matrix.connection import path
from doctocbot.matrix.crosssigning import CrossSigning, ensure_cross_signed
from doctocbot.matrix.errors import RateLimited, Unreachable
from doctocbot.matrix.session import login_with_password
from doctocbot.matrix.trust import TrustPolicy

PATIENCE = 20.0  # seconds
_SYNC_FILTER = json.dumps({"presence": {"types": []}, "room": {"timeline": {"limit": 1000}}})


class MemoryVault:
    """Secrets for as long as the person plays; enough for somebody who logs in anew each time."""

    def __init__(self) -> None:
        self._secrets: dict[str, bytes] = {}

    async def get(self, name: str) -> bytes | None:
        """See `Vault`."""
        return self._secrets.get(name)

    async def put(self, name: str, value: bytes) -> None:
        """See `Vault`."""
        self._secrets[name] = value


class Listener:
    """One logged-in account whose client syncs in the background until the block of `login` ends."""

    def __init__(self, client: EncryptedClient, vault: MemoryVault) -> None:
        self.client = client
        self.vault = vault
        self.cross_signing: CrossSigning | None = None
        self.seen = SeenRooms(client.decrypt)
        self.invited_to: set[str] = set()
        self._news = asyncio.Event()
        self._sync: asyncio.Task[None] | None = None

    @classmethod
    @asynccontextmanager
    async def login(
        cls,
        url: str,
        user_id: str,
        password: str,
        directory: Path,
        *,
        device_name: str = "Element",
        cross_sign: bool = True,
        vault: MemoryVault | None = None,
        policy: TrustPolicy | None = None,
    ) -> AsyncIterator[Self]:
        """Log a new device in and keep it in sync for the length of the block.

        `directory` holds the crypto stores of all this person's devices. Without `cross_sign` the device stays
        unsigned, as of somebody who skipped the verification. A failure of the background sync is raised at the end
        of the block, or by whichever `wait_for` meets it first.
        """
        session = await login_with_password(url, user_id, password, device_name)
        client = EncryptedClient(
            url,
            session.user_id,
            session.device_id,
            session.access_token,
            store_directory=directory / session.device_id,
            store_key=uuid4().hex,
            policy=policy,
        )
        listener = cls(client, vault or MemoryVault())
        try:
            await client.keys_upload()
            if cross_sign:
                listener.cross_signing = await ensure_cross_signed(client, listener.vault, password)
            listener._sync = asyncio.create_task(listener._stay_in_sync(), name=f"sync of {session.user_id}")
            yield listener
            listener._raise_failure()
        finally:
            await listener._leave_sync()
            await client.close()

    @property
    def user_id(self) -> str:
        """The full Matrix id."""
        return str(self.client.user_id)

    # -- seeing

    def timeline(self, room: str) -> list[SeenEvent]:
        """What is in view of a room, oldest first."""
        return self.seen.timeline(room)

    def latest(self, event_id: str) -> Mapping[str, Any]:
        """The content of an event after its edits."""
        return self.seen.latest(event_id)

    async def wait_for(
        self,
        room: str,
        predicate: Callable[[SeenEvent], bool],
        timeout: float = PATIENCE,  # noqa: ASYNC109
        what: str = "an event",
    ) -> SeenEvent:
        """The first event of a room, past or to come, that fulfils the predicate.

        Raises AssertionError after `timeout` seconds, saying what was awaited and how many events of which type were
        there instead; never what they say.
        """
        found: list[SeenEvent] = []

        def look() -> bool:
            found.extend(event for event in self.timeline(room) if predicate(event))
            return bool(found)

        await self._until(look, timeout, what, room)
        return found[0]

    # -- inside

    async def _in_view(self, room: str, within: float = PATIENCE, *, encrypted: bool = False) -> None:
        def there() -> bool:
            known = self.client.rooms.get(room)
            return known is not None and (bool(known.encrypted) or not encrypted)

        await self._until(there, within, "the room in view")

    async def _until(
        self, happened: Callable[[], bool], within: float, what: str, room: str | None = None
    ) -> None:
        try:
            async with asyncio.timeout(within):
                while not happened():
                    self._raise_failure()
                    await self._news.wait()
        except TimeoutError:
            counts = Counter(event.type for event in self.timeline(room)) if room else Counter[str]()
            raise AssertionError(
                f"{self.user_id} waited {within:g} s for {what}; saw {dict(counts)}"
            ) from None

    async def _stay_in_sync(self) -> None:
        since: str | None = None
        try:
            while True:
                try:
                    since = await self._sync_once(since)
                except Unreachable:
                    await asyncio.sleep(0.2)
                except RateLimited as error:
                    await asyncio.sleep(error.retry_after)
                self._announce()
        finally:
            self._announce()  # whoever waits must learn of a failure

    async def _sync_once(self, since: str | None) -> str:
        params = {"timeout": "10000" if since else "0", "filter": _SYNC_FILTER} | (
            {"since": since} if since else {}
        )
        raw = await self.client.request("GET", path("sync"), params=params, timeout=30)
        await self.client.process_sync(raw)
        self.invited_to |= raw.get("rooms", {}).get("invite", {}).keys()
        await self.client.housekeeping()
        self.seen.take_sync(raw)
        self.seen.open_what_opens()
        if self.client.should_query_keys:  # somebody spoke from a device that is new to us
            await self.client.keys_query()
            self.seen.open_what_opens()
        return str(raw["next_batch"])

    def _announce(self) -> None:
        news, self._news = self._news, asyncio.Event()
        news.set()

    def _raise_failure(self) -> None:
        if self._sync is not None and self._sync.done():
            sync, self._sync = self._sync, None  # told once
            sync.result()

    async def _leave_sync(self) -> None:
        if self._sync is None:
            return
        self._sync.cancel()
        await asyncio.wait([self._sync])
        if not self._sync.cancelled():
            self._sync.result()
