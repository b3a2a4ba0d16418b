"""The bot with nothing taken out but the network: a recorded homeserver speaks to it and swallows what it says."""

import asyncio
import json as jsonlib
from collections import Counter
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, cast
from unittest import mock
from urllib.parse import unquote

from doctocbot import app
from doctocbot.account import make_client
from doctocbot.config import Config, Secrets, parse
from doctocbot.images import ScrubWorkers
from doctocbot.images.reading import Reader
from doctocbot.matrix import REACTION, Event, RoomState
from doctocbot.matrix.client import EncryptedClient
from doctocbot.matrix.directory import RoomDirectory
from doctocbot.matrix.errors import NotFound
from doctocbot.matrix.inbox import receive
from doctocbot.matrix.session import Session
from doctocbot.store import Database, derive_key, lasting
from tests.bench.people import SERVER, BotKeys
from tests.bench.recording import Recording, card_name

_SESSION = Session(f"@doctocbot:{SERVER}", "BOT", "no token is needed")
_SECRETS = Secrets("a secret for the bench alone, which protects nothing")
_KEYS = {
    purpose: derive_key(_SECRETS.secret, purpose) for purpose in (lasting.TRANSACTION_IDS, lasting.QUIZ_ORDER)
}
_SETTINGS: dict[str, Any] = {
    "homeserver": {"url": "http://recorded.invalid", "user_id": _SESSION.user_id},
    "rooms": {"allowed_inviters": [SERVER]},
    # Days of talk pass in seconds, and what the bot says must not depend on the hour at which it is measured.
    "calls": {"nudge_minutes": 0, "reminder_minutes": 0},
}


class SwallowingGateway:
    """Takes what the bot sends and returns ids at once; a card gets the id that the recording knows it by."""

    def __init__(self, client: EncryptedClient, directory: RoomDirectory) -> None:
        self._directory = directory
        self._news = asyncio.Condition()
        self._cards: Counter[str] = Counter()
        self.sent = 0

    async def send(self, room_id: str, type_: str, content: Mapping[str, Any], transaction_id: str) -> str:
        """Take an event; the only ones that relate to nothing are the cards."""
        self.sent += 1
        if "m.relates_to" in content:
            return f"$sent-{transaction_id}"
        async with self._news:
            self._cards[room_id] += 1
            self._news.notify_all()
        return card_name(room_id, self._cards[room_id])

    async def redact(self, room_id: str, event_id: str, transaction_id: str) -> str:
        """Take a redaction."""
        self.sent += 1
        return f"$sent-{transaction_id}"

    async def upload(self, data: bytes) -> dict[str, Any]:
        """Take a file: the chart of a week."""
        self.sent += 1
        return {"url": f"mxc://recorded.invalid/{self.sent}", "v": "v2", "key": {}, "iv": "", "hashes": {}}

    async def download(self, content: Mapping[str, Any]) -> bytes:
        """There are no pictures in the recording."""
        raise NotFound("NOT_RECORDED", 404)

    async def join(self, room_id: str) -> None:
        """Nobody invites."""

    async def leave(self, room_id: str, reason: str | None = None) -> None:
        """Nobody is left."""

    def room(self, room_id: str) -> RoomState | None:
        """The state of a room from the recorded answers."""
        return self._directory.room(room_id)

    async def cards(self, wanted: Mapping[str, int]) -> None:
        """Wait until so many cards stand in each room."""
        async with self._news:
            await self._news.wait_for(
                lambda: all(self._cards[room_id] >= count for room_id, count in wanted.items())
            )


class EncryptingGateway(SwallowingGateway):
    """Encrypts all that the bot says for everybody in the room, as for a real homeserver, before it is swallowed."""

    def __init__(self, client: EncryptedClient, directory: RoomDirectory) -> None:
        super().__init__(client, directory)
        self._client = client

    async def send(self, room_id: str, type_: str, content: Mapping[str, Any], transaction_id: str) -> str:
        """Encrypt an event, hand it over, and take it."""
        if type_ == REACTION:
            await self._client.send_plain_event(room_id, type_, content, transaction_id)
        else:
            await self._client.send_encrypted(room_id, type_, content, transaction_id)
        return await super().send(room_id, type_, content, transaction_id)


class RecordedHomeserver:
    """Answers what a client asks by heart: keys from what was published, /sync from the recording.

    It hands out as many answers as it was told to and then keeps the client waiting, as a server without news does.
    An answer waits until the cards stand that people in it speak of, as people do.
    """

    def __init__(self, gateway: SwallowingGateway) -> None:
        self._gateway = gateway
        self._next = 0
        self._left = 0
        self._more = asyncio.Event()
        self._exhausted = asyncio.Event()
        self.published: Mapping[str, Any] = {}
        self.recording: Recording | None = None
        self.uploaded: dict[str, Any] = {}
        self.bytes_taken = 0
        self._key_backup: dict[str, Any] = {}

    async def request(self, method: str, path: str, json: Any = None, *_: Any, **__: Any) -> dict[str, Any]:
        """In the place of `Connection.request`."""
        match method, path.rpartition("/v3/")[2]:
            case "GET", "sync":
                return await self._sync()
            case "POST", "keys/query" | "keys/claim":
                return dict(self.published)
            case "PUT", where if "/send/" in where or where.startswith("sendToDevice/"):
                self.bytes_taken += len(jsonlib.dumps(json))
                return {"event_id": f"$taken-{where.rpartition('/')[2]}"}
            case "GET", where if where.endswith("/members"):
                return {"chunk": self._members(unquote(where.split("/")[1]))}
            case "GET", "room_keys/version":
                return self._key_backup or await self._nothing()
            case "POST", "room_keys/version":
                self._key_backup = {"version": "1", "auth_data": json["auth_data"]}
                return self._key_backup
            case "PUT", "room_keys/keys":
                return {}
            case "PUT", where if "/account_data/" in where:
                return {}
            case "POST", "keys/upload":
                self.uploaded = json
                return {"one_time_key_counts": {"signed_curve25519": len(json["one_time_keys"])}}
        return await self._nothing()

    async def _nothing(self) -> dict[str, Any]:
        raise NotFound("NOT_RECORDED", 404)

    def _members(self, room_id: str) -> list[dict[str, Any]]:
        if self.recording is None:
            return []
        state = self.recording.read(0).answer["rooms"]["join"][room_id]["state"]["events"]
        return [event for event in state if event["type"] == "m.room.member"]

    async def hand_out(self, answers: int) -> None:
        """Let the client have so many answers; returns when it asks for one more, having taken these in."""
        self._left = answers
        self._exhausted.clear()
        self._more.set()
        await self._exhausted.wait()

    async def _sync(self) -> dict[str, Any]:
        if not self._left:
            self._exhausted.set()
            self._more.clear()
            await self._more.wait()
        if self.recording is None:
            raise NotFound("NOT_RECORDED", 404)
        recorded = self.recording.read(self._next)
        self._next += 1
        self._left -= 1
        await self._gateway.cards(recorded.cards_before)
        return recorded.answer


class TapedBot(app.Bot):
    """The bot as its operator runs it, on the recorded homeserver."""

    def __init__(
        self,
        config: Config,
        database: Database,
        client: EncryptedClient,
        workers: ScrubWorkers,
        gateway: type[SwallowingGateway],
    ) -> None:
        with mock.patch.object(app, "HomeserverGateway", gateway):
            super().__init__(config, database, client, workers, Reader(), None, _KEYS)
        self.database = database
        self.gateway = cast(SwallowingGateway, self._gateway)
        self.homeserver = RecordedHomeserver(self.gateway)
        client.connection.request = self.homeserver.request  # type: ignore[method-assign]

    async def publish_keys(self) -> BotKeys:
        """Upload the device's keys to the recorded homeserver, and return them for the clinicians."""
        await self._client.keys_upload()
        one_time_keys = self.homeserver.uploaded["one_time_keys"].values()
        identity = self._client.machine.account.identity_keys
        keys = tuple(key["key"] for key in one_time_keys)
        return BotKeys(
            _SESSION.user_id, _SESSION.device_id, identity["curve25519"], identity["ed25519"], keys
        )

    async def take_in(self, answers: int) -> None:
        """Follow the server through so many answers, and return when all that follows from them is sent."""
        await self.homeserver.hand_out(answers)
        await self._settled()

    async def hear(self, event: Event) -> None:
        """Take in one event that is decrypted already, and return when all that follows from it at once is sent."""
        await self.database.run(receive, [event])
        self._inbox_lanes.wake(event.room_id)
        await self._settled()

    async def _settled(self) -> None:
        lanes = (self._inbox_lanes, self._outbox_lanes)
        while not all(each.idle.is_set() for each in lanes):
            for each in lanes:
                await each.idle.wait()

    async def _check_identity(self) -> None:
        """Nobody looks at what this bot says, so its device need not be signed."""


@asynccontextmanager
async def taped_bot(
    directory: Path, gateway: type[SwallowingGateway] = SwallowingGateway
) -> AsyncIterator[TapedBot]:
    """A new bot with an empty database and crypto store in a directory of its own, not yet running."""
    config = parse(_SETTINGS, directory)
    config.data_dir.mkdir()
    database = await Database.open(directory / "doctocbot.db", derive_key(_SECRETS.secret, "database"))
    try:
        client = make_client(config, _SECRETS, _SESSION, database)
        try:
            async with ScrubWorkers() as workers:
                yield TapedBot(config, database, client, workers, gateway)
        finally:
            await client.close()
    finally:
        await database.close()


@asynccontextmanager
async def running(bot: TapedBot) -> AsyncIterator[None]:
    """The bot at work for the length of the block; if it fails, so does the block."""
    async with asyncio.TaskGroup() as group:
        task = group.create_task(bot.run(), name="bot")
        yield
        task.cancel()
