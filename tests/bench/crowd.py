"""Five hundred people in fifty rooms of a real Synapse, each with an account, a signed device and a token of their own.

Real: every account is registered and logged in, every device's keys are published and signed by an identity,
everybody joins their room, hands the bot's device their room key over Olm, and encrypts what they say by vodozemac.
Left out: they do not sync, and hand their room key to nobody but the bot. What the bots say is encrypted for all of
their devices.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from doctocbot.demo.homeserver import Homeserver
from doctocbot.demo.person import Person
from doctocbot.matrix.connection import Connection, path
from doctocbot.matrix.session import login_with_password
from tests.bench.people import BotKeys, Clinician

PASSWORD = "bench"
_AT_ONCE = 10
"""How many of them do something at the same time, while nothing is measured."""
_MEET_AT_ONCE = 20
_KEYS_LEFT = 25
"""Below how many one-time keys a bot is left in peace: nio never has any again once it had none."""
_ONE_TIME_KEYS = 5
_PATIENCE = 120.0  # seconds


@dataclass(slots=True)
class Member:
    """Somebody in one of the rooms."""

    phone: Clinician
    line: Connection
    room: str = ""

    async def publish(self) -> None:
        """Upload the keys of the phone, and the identity that signs it."""
        published = self.phone.published_keys()
        user, device = self.phone.user_id, self.phone.device_id
        keys = published["device_keys"][user][device]
        body = {"device_keys": keys, "one_time_keys": self.phone.one_time_keys(_ONE_TIME_KEYS)}
        await self.line.request("POST", path("keys", "upload"), body)
        identity = {
            "master_key": published["master_keys"][user],
            "self_signing_key": published["self_signing_keys"][user],
        }
        await self.line.request("POST", path("keys", "device_signing", "upload"), identity)
        await self.line.request("POST", path("keys", "signatures", "upload"), {user: {device: keys}})

    async def join(self) -> None:
        """Accept the invitation."""
        await self.line.request("POST", path("join", self.room))

    async def meet(self, bot: BotKeys) -> None:
        """Begin an Olm session with a bot's device, and hand over the key to what is said from now on."""
        wanted = {bot.user_id: {bot.device_id: "signed_curve25519"}}
        answer = await self.line.request("POST", path("keys", "claim"), {"one_time_keys": wanted})
        (key,) = answer["one_time_keys"][bot.user_id][bot.device_id].values()
        self.phone.meet(bot, key["key"])
        room_key = self.phone.new_room_key(self.room)
        event = self.phone.hand_over(room_key)
        messages = {bot.user_id: {bot.device_id: event["content"]}}
        await self.line.request(
            "PUT", path("sendToDevice", event["type"], uuid4().hex), {"messages": messages}
        )

    async def say(self, words: str) -> str:
        """Say something in the room; returns the event's id."""
        content = {"msgtype": "m.text", "body": words}
        encrypted, _ = self.phone.encrypt(self.room, content, None)
        target = path("rooms", self.room, "send", "m.room.encrypted", uuid4().hex)
        return str((await self.line.request("PUT", target, encrypted))["event_id"])


async def gather_crowd(homeserver: Homeserver, count: int, progress: Callable[[], None]) -> list[Member]:
    """New accounts, each with a phone; `progress` is told of each."""

    async def arrive(number: int) -> Member:
        user = await homeserver.register(f"member-{number}", PASSWORD)
        session = await login_with_password(homeserver.url, user, PASSWORD, "phone")
        line = Connection(homeserver.url, session.access_token)
        member = Member(Clinician(user, session.device_id), line)
        await member.publish()
        progress()
        return member

    return await few_at_once(arrive(number) for number in range(count))


async def into_rooms(
    host: Person, crowd: Sequence[Member], rooms: int, bots: Sequence[str], progress: Callable[[], None]
) -> list[str]:
    """So many closed, encrypted rooms of the host's, the crowd spread over them and the bots invited to all."""
    made: list[str] = []
    for number in range(rooms):
        here = crowd[number::rooms]
        invited = [*bots, *(member.phone.user_id for member in here)]
        powers = {"users": dict.fromkeys(bots, 50)}
        room = await host.create_room(f"Room {number}", invite=invited, power_levels=powers)
        made.append(room)
        for member in here:
            member.room = room
        await few_at_once(member.join() for member in here)
        progress()
    return made


async def all_meet(
    crowd: Sequence[Member], bot: BotKeys, line: Connection, progress: Callable[[], None]
) -> None:
    """Everybody meets a bot, no more at a time than it has one-time keys for; `line` is the bot's own."""
    for start in range(0, len(crowd), _MEET_AT_ONCE):
        async with asyncio.timeout(_PATIENCE):
            while await _keys_left(line) < _KEYS_LEFT:  # noqa: ASYNC110 (a server has nothing to wait on)
                await asyncio.sleep(0.1)
        await few_at_once(member.meet(bot) for member in crowd[start : start + _MEET_AT_ONCE])
        progress()


def meetings(people: int) -> int:
    """How many times the progress of `all_meet` is told."""
    return -(-people // _MEET_AT_ONCE)


async def bot_keys(line: Connection, user_id: str, device_id: str) -> BotKeys:
    """The keys of a bot's device, once it has published them and signed it."""
    async with asyncio.timeout(_PATIENCE):
        while True:
            answer = await line.request("POST", path("keys", "query"), {"device_keys": {user_id: []}})
            keys = answer["device_keys"].get(user_id, {}).get(device_id)
            if keys and len(keys["signatures"][user_id]) > 1:
                bare = keys["keys"]
                return BotKeys(
                    user_id, device_id, bare[f"curve25519:{device_id}"], bare[f"ed25519:{device_id}"], ()
                )
            await asyncio.sleep(0.1)


async def few_at_once(work: Iterable[Awaitable[Any]]) -> list[Any]:
    """Have all of it done, a few at a time."""
    gate = asyncio.Semaphore(_AT_ONCE)

    async def one(each: Awaitable[Any]) -> Any:
        async with gate:
            return await each

    return await asyncio.gather(*(one(each) for each in work))


async def _keys_left(line: Connection) -> int:
    answer = await line.request("POST", path("keys", "upload"), {})
    return int(answer["one_time_key_counts"].get("signed_curve25519", 0))
