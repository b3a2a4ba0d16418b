"""State that a real Synapse lists once more after it was replaced lets nobody in."""

import asyncio
import json
from typing import Any

import pytest

from doctocbot.demo.homeserver import Homeserver
from doctocbot.matrix.connection import Connection, path
from doctocbot.matrix.directory import RoomDirectory
from doctocbot.matrix.session import Session, login_with_password
from doctocbot.matrix.statehistory import StateHistory
from tests.stories.ward import NewUser

FILTER = json.dumps({"room": {"timeline": {"limit": 200}, "state": {"lazy_load_members": False}}})


class Follower:
    """The bot's view of a room, from one sync to the next; `listed` counts the state blocks that came."""

    def __init__(self, line: Connection, user_id: str) -> None:
        self.directory = RoomDirectory(user_id)
        self.listed = 0
        self._line = line
        self._history = StateHistory()
        self._since: dict[str, str] = {}

    async def step(self) -> None:
        """Take in one answer."""
        asked = {"filter": FILTER, "timeout": "500" if self._since else "0", **self._since}
        answer = await self._line.request("GET", path("sync"), params=asked)
        if self._since:
            rooms = answer.get("rooms", {}).get("join", {}).values()
            self.listed += sum(bool(room["state"]["events"]) for room in rooms)
        self.directory.update(self._history.present(answer).get("rooms", {}))
        self._since = {"since": answer["next_batch"]}

    async def run(self) -> None:
        """Follow until cancelled."""
        while True:
            await self.step()


@pytest.mark.homeserver
async def test_who_is_kicked_while_somebody_speaks_is_out(homeserver: Homeserver, new_user: NewUser) -> None:
    """At the next answer and from then on, as the server says itself."""
    people = [await _login(homeserver, new_user, name) for name in ("bot", "modo", "lea", "marc")]
    (bot, own), (_, modo), (lea, lea_line), (_, marc) = people
    made = {
        "preset": "private_chat",
        "invite": [person.user_id for person, _ in people if person is not people[1][0]],
    }
    room = str((await modo.request("POST", path("createRoom"), {**made, "room_version": "10"}))["room_id"])
    for line in (own, lea_line, marc):
        await line.request("POST", path("join", room), {})
    follower = Follower(own, bot.user_id)
    await follower.step()
    task = asyncio.create_task(follower.run())
    put_out = []
    try:
        for number in range(3):
            said: dict[str, Any] = {"msgtype": "m.text", "body": "x"}
            await asyncio.gather(
                marc.request("PUT", path("rooms", room, "send", "m.room.message", f"t{number}"), said),
                modo.request("POST", path("rooms", room, "kick"), {"user_id": lea.user_id}),
            )
            await asyncio.sleep(1.5)
            seen = follower.directory.room(room)
            put_out.append(seen is not None and not seen.is_member(lea.user_id))
            await modo.request("POST", path("rooms", room, "invite"), {"user_id": lea.user_id})
            await lea_line.request("POST", path("join", room), {})
            await asyncio.sleep(0.7)
    finally:
        task.cancel()
        await asyncio.gather(task, *(line.close() for _, line in people), return_exceptions=True)
    assert put_out == [True] * 3
    assert follower.listed > 0, "the server listed nothing: this shows nothing"


async def _login(homeserver: Homeserver, new_user: NewUser, name: str) -> tuple[Session, Connection]:
    session = await login_with_password(homeserver.url, *await new_user(name), "test")
    return session, Connection(homeserver.url, session.access_token, None)
