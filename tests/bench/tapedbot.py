"""The bot with nothing taken out but the network: a recorded homeserver speaks to it and swallows what it says."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from doctocbot.cases.card import CARD, CardRenderer
from doctocbot.cases.commands import COMMANDS as CASE_COMMANDS
from doctocbot.chat.commands import CommandTable
from doctocbot.chat.wording import Wording
from doctocbot.images import Refusal, RefusalReason
from doctocbot.matrix import Errand, Outbox, RoomState, inbox
from doctocbot.matrix.client import EncryptedClient
from doctocbot.matrix.directory import Changes, RoomDirectory
from doctocbot.matrix.errors import NotFound
from doctocbot.matrix.identities import IdentityShelf
from doctocbot.matrix.inbox import InboxWorker
from doctocbot.matrix.lanes import Lanes
from doctocbot.matrix.sender import Sender
from doctocbot.matrix.sync import SyncLoop
from doctocbot.quiz.commands import commands as quiz_commands
from doctocbot.quiz.desk import QuizDesk
from doctocbot.reception import Reception
from doctocbot.rooms.commands import COMMANDS as ROOM_COMMANDS
from doctocbot.rooms.settings import wording_of
from doctocbot.rooms.steward import Steward
from doctocbot.store import Database, Transaction, derive_key
from tests.bench.people import SERVER, BotKeys
from tests.bench.recording import Recording, card_name

BOT = f"@doctocbot:{SERVER}"
_DEVICE = "BOT"
_SECRET = "a secret for the bench alone, which protects nothing"


class RecordedHomeserver:
    """Answers what a client asks by heart: /sync from the recording, keys from what was published.

    An answer waits until the cards stand that people in it speak of, as people do.
    """

    def __init__(self, sent: "SwallowingGateway") -> None:
        self._sent = sent
        self.published: Mapping[str, Any] = {}
        self.recording: Recording | None = None
        self.position = 0
        self.uploaded: dict[str, Any] = {}

    async def request(self, method: str, path: str, json: Any = None, *_: Any, **__: Any) -> dict[str, Any]:
        """In the place of `Connection.request`."""
        match method, path.rpartition("/v3/")[2]:
            case "GET", "sync":
                return await self._sync()
            case "POST", "keys/query":
                return dict(self.published)
            case "POST", "keys/upload":
                self.uploaded = json
                return {"one_time_key_counts": {"signed_curve25519": len(json["one_time_keys"])}}
        raise NotFound("NOT_RECORDED", 404)

    async def _sync(self) -> dict[str, Any]:
        if self.recording is None:
            raise NotFound("NOT_RECORDED", 404)
        recorded = self.recording.read(self.position)
        self.position += 1
        await self._sent.cards(recorded.cards_before)
        return recorded.answer


class SwallowingGateway:
    """Takes what the bot sends and returns ids at once; a card gets the id that the recording knows it by."""

    def __init__(self, directory: RoomDirectory) -> None:
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
        """There are no pictures in the recording."""
        raise NotFound("NOT_RECORDED", 404)

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


class TapedBot:
    """The bot as `doctocbot.app` joins it, from the raw answer of the server to what the gateway is given."""

    def __init__(self, database: Database, client: EncryptedClient, group: asyncio.TaskGroup) -> None:
        self.database = database
        self._client = client
        self._directory = RoomDirectory(client.user_id)
        self._outbox = Outbox(derive_key(_SECRET, "transaction-ids"))
        self.gateway = SwallowingGateway(self._directory)
        self.homeserver = RecordedHomeserver(self.gateway)
        client.connection.request = self.homeserver.request  # type: ignore[method-assign]
        quizzes = QuizDesk(15, derive_key(_SECRET, "quiz-order"))
        reception = Reception(
            bot=client.user_id,
            outbox=self._outbox,
            table=CommandTable([*CASE_COMMANDS, *quiz_commands(quizzes), *ROOM_COMMANDS]),
            clean=_no_pictures,
            wording=_wording,
        )
        self._steward = Steward(
            database, self._outbox, self.gateway, allowed_inviters=[SERVER], language="fr"
        )
        renderers = {CARD: CardRenderer(self._directory.room, _wording).render}
        sender = Sender(database, self.gateway, renderers)
        self._outbox_lanes = Lanes(group, sender.drain)
        worker = InboxWorker(database, self.gateway, reception, self._wake_outbox)
        self._inbox_lanes = Lanes(group, worker.drain)
        self._sync = SyncLoop(client, database, self._outbox, self._directory, self._after_sync)
        self._token: str | None = None

    async def publish_keys(self) -> BotKeys:
        """Upload the device's keys to the recorded homeserver, and return them for the clinicians."""
        await self._client.keys_upload()
        one_time_keys = self.homeserver.uploaded["one_time_keys"].values()
        identity = self._client.machine.account.identity_keys
        keys = tuple(key["key"] for key in one_time_keys)
        return BotKeys(BOT, _DEVICE, identity["curve25519"], identity["ed25519"], keys)

    async def take_in(self, answers: int) -> None:
        """Follow the server through so many answers, and return when all that follows from them is sent."""
        for _ in range(answers):
            self._token = await self._sync.step(self._token)
        while not (self._inbox_lanes.idle.is_set() and self._outbox_lanes.idle.is_set()):
            await self._inbox_lanes.idle.wait()
            await self._outbox_lanes.idle.wait()

    async def _after_sync(self, changes: Changes) -> None:
        if changes.changed:
            await self._steward.inspect(changes.changed)
        await self._steward.answer_invitations()
        for room_id in await self.database.run(inbox.rooms_with_work):
            self._inbox_lanes.wake(room_id)
        await self._wake_outbox()

    async def _wake_outbox(self) -> None:
        for room_id in await self.database.run(self._outbox.rooms_with_work):
            self._outbox_lanes.wake(room_id)


@asynccontextmanager
async def taped_bot(directory: Path) -> AsyncIterator[TapedBot]:
    """A new bot with an empty database and crypto store in a directory of its own."""
    database = await Database.open(directory / "doctocbot.db", derive_key(_SECRET, "database"))
    client = EncryptedClient(
        "http://recorded.invalid",
        BOT,
        _DEVICE,
        "no token is needed",
        store_directory=directory / "crypto",
        store_key=derive_key(_SECRET, "crypto-store"),
        identities=IdentityShelf(database),
    )
    try:
        async with asyncio.TaskGroup() as group:
            yield TapedBot(database, client, group)
    finally:
        await client.close()
        await database.close()


def _wording(tx: Transaction, room_id: str) -> Wording:
    return wording_of(tx, room_id, "fr")


def _no_pictures(_content: Mapping[str, Any]) -> Errand:
    async def errand() -> Refusal:
        return Refusal(RefusalReason.UNREADABLE)

    return errand
