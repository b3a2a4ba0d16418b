"""Bots on plain nio, as its examples show them: what ours is compared with."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from nio import AsyncClient, AsyncClientConfig, MegolmEvent, SyncResponse  # type: ignore[import-untyped]
from nio.store import SqliteStore  # type: ignore[import-untyped]

from doctocbot.demo.person import Person
from tests.stories.ward import Ward


class PlainBot:
    """One account with a store that keeps nio's sync token; `heard` are the messages its callback was given."""

    def __init__(self, ward: Ward, user_id: str, password: str) -> None:
        self.user_id = user_id
        self.password = password
        self._url = ward.homeserver.url
        self._store = ward.folder / "plain"
        self._store.mkdir(exist_ok=True)
        self._device: tuple[str, str] | None = None
        self.heard: list[str] = []
        self.chokes_on: str | None = None

    @classmethod
    async def in_room(cls, ward: Ward, room: str, moderator: Person) -> "PlainBot":
        """A bot that is in the room, up to date, and down again."""
        plain = cls(ward, *await ward.new_user("plain"))
        async with plain.running() as client:
            await moderator.invite(room, plain.user_id)
            await client.join(room)
            await client.sync(timeout=0)
        return plain

    @asynccontextmanager
    async def running(self) -> AsyncIterator[AsyncClient]:
        """A start of the bot, with what it kept of the last one."""
        config = AsyncClientConfig(store=SqliteStore, encryption_enabled=True, store_sync_tokens=True)
        client = AsyncClient(self._url, self.user_id, store_path=str(self._store), config=config)
        if self._device is None:
            answer = await client.login(self.password)
            self._device = answer.device_id, answer.access_token
        else:
            client.restore_login(self.user_id, *self._device)
        client.add_event_callback(self._hear, MegolmEvent)
        try:
            yield client
        finally:
            await client.close()

    async def catch_up(self) -> None:
        """Start, sync until nothing is new, and stop."""
        async with self.running() as client:
            for _ in range(3):
                assert isinstance(await client.sync(timeout=0), SyncResponse)

    async def requests_in_a_second(self) -> int:
        """How often `sync_forever` asks the server in one second, without raising anything."""
        asked = 0
        async with self.running() as client:
            send = client.send

            async def counted(*args: Any, **kwargs: Any) -> Any:
                nonlocal asked
                asked += 1
                return await send(*args, **kwargs)

            client.send = counted
            await asyncio.wait([task := asyncio.create_task(client.sync_forever(timeout=30_000))], timeout=1)
            assert not task.done()
            task.cancel()
            await asyncio.wait([task])
        return asked

    def _hear(self, _room: Any, event: MegolmEvent) -> None:
        if event.event_id == self.chokes_on:
            raise ValueError("a handler that fails")
        self.heard.append(event.event_id)
