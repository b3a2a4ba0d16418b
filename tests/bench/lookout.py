"""Somebody in all the rooms who looks for what a bot answers, and notes when it was seen and could be read."""

import asyncio
from collections.abc import Mapping, Sequence
from time import perf_counter
from typing import Any

from doctocbot.demo.listener import MemoryVault
from doctocbot.demo.person import Person
from doctocbot.matrix.client import EncryptedClient
from doctocbot.matrix.connection import path
from tests.bench.echo import ECHO

_FILTER = '{"presence": {"types": []}, "room": {"timeline": {"limit": 1000}}}'


class Lookout(Person):
    """A real client that decrypts what one bot says and nothing else; what the crowd says is not its business."""

    def __init__(self, client: EncryptedClient, vault: MemoryVault) -> None:
        super().__init__(client, vault)
        self._bot = ""
        self._marks: dict[str, float] = {}
        self._unread: list[tuple[str, Mapping[str, Any]]] = []

    def follow(self, bot: str) -> None:
        """Look for what this bot says, from now on."""
        self._bot = bot

    async def when(self, mark: str, within: float) -> float:
        """When something was first seen (seconds of `perf_counter`): the event it answers, or what it is."""
        await self._until(lambda: mark in self._marks, within, f"an answer of {self._bot}")
        return self._marks[mark]

    async def all_seen(self, marks: Sequence[str], quiet: float) -> dict[str, float]:
        """When each was first seen; without those that have not been when nothing new was for `quiet` seconds."""
        missing, progressed = set(marks), perf_counter()
        while missing and perf_counter() - progressed < quiet:
            await asyncio.sleep(0.05)
            left = missing - self._marks.keys()
            if len(left) < len(missing):
                missing, progressed = left, perf_counter()
            self._raise_failure()
        return {mark: self._marks[mark] for mark in marks if mark in self._marks}

    async def _sync_once(self, since: str | None) -> str:
        params = {"timeout": "10000" if since else "0", "filter": _FILTER} | (
            {"since": since} if since else {}
        )
        raw = await self.client.request("GET", path("sync"), params=params, timeout=60)
        await self.client.process_sync(raw)
        for room, joined in raw.get("rooms", {}).get("join", {}).items():
            # A member may stand in the state, where the timeline is cut.
            for event in (*joined.get("state", {}).get("events", ()), *joined["timeline"]["events"]):
                self._look(room, event)
        unread, self._unread = self._unread, []
        for room, event in unread:
            self._read(room, event)
        await self.client.housekeeping()
        if self.client.should_query_keys:
            await self.client.keys_query()
            unread, self._unread = self._unread, []
            for room, event in unread:
                self._read(room, event)
        return str(raw["next_batch"])

    def _look(self, room: str, event: Mapping[str, Any]) -> None:
        content = event.get("content", {})
        if event.get("type") == "m.room.member" and content.get("membership") == "join":
            self._marks.setdefault(f"{event.get('state_key')} in {room}", perf_counter())
        elif event.get("sender") == self._bot and event.get("type") == "m.room.encrypted":
            self._unread.append((room, event))

    def _read(self, room: str, event: Mapping[str, Any]) -> None:
        opened = self.client.decrypt(event, room)
        if opened is None:
            self._unread.append((room, event))
            return
        relation = event["content"].get("m.relates_to", {})
        body = str(opened.content.get("body", ""))
        mark = str(relation.get("m.in_reply_to", {}).get("event_id", ""))
        if body.startswith(ECHO):
            mark = f"{room} {body}"
        elif body.startswith("#") and not relation:
            mark = f"card in {room}"
        self._marks.setdefault(mark, perf_counter())
