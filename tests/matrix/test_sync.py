"""What an answer of the server to a sync becomes, beyond the events of rooms."""

from typing import Any, cast

from doctocbot.matrix.directory import Changes, RoomDirectory
from doctocbot.matrix.outbox import Outbox
from doctocbot.matrix.sync import SyncLoop
from doctocbot.rooms.settings import is_served, note_problems
from doctocbot.store import Database, Transaction

pytest_plugins = ["tests.desk_fixtures"]

BOT, LEA, ZOE = "@bot:clinic.example", "@lea:clinic.example", "@zoe:elsewhere.example"


class PaperClient:
    """As much of `EncryptedClient` as the loop needs, answering what it is told to."""

    user_id = BOT
    should_query_keys = False

    def __init__(self) -> None:
        self.rooms: dict[str, Any] = {}

    async def request(self, *_: Any, **__: Any) -> dict[str, Any]:
        """The next answer."""
        return {"next_batch": "t", "rooms": self.rooms}

    async def process_sync(self, answer: dict[str, Any]) -> None:
        """Nothing to decrypt here."""

    async def housekeeping(self) -> None:
        """No keys to look after here."""


def invitation(inviter: str, *, direct: bool) -> dict[str, Any]:
    """An invitation in the stripped state of a room."""
    content = {"membership": "invite"} | ({"is_direct": True} if direct else {})
    event = {"type": "m.room.member", "state_key": BOT, "sender": inviter, "content": content}
    return {"invite_state": {"events": [event]}}


def follow(database: Database, client: PaperClient, judged: list[set[str]]) -> SyncLoop:
    """A loop that notes which rooms are said to be gone."""

    def judge(_: Transaction, changes: Changes) -> None:
        judged.append(changes.gone)

    async def after(_: Changes) -> None:
        pass

    return SyncLoop(cast(Any, client), database, Outbox("secret"), RoomDirectory(BOT), judge, after)


async def test_only_the_last_word_on_how_the_bot_is_invited_counts(database: Database) -> None:
    """A chat that becomes a room while its invitation waits is no chat; hearing the same again changes nothing."""
    client = PaperClient()
    loop = follow(database, client, [])

    def kept(tx: Transaction) -> tuple[str, int | None]:
        return (
            tx.value("SELECT inviter FROM invitation WHERE room_id = '!r'"),
            tx.value("SELECT called FROM direct_invitation WHERE room_id = '!r'"),
        )

    client.rooms = {"invite": {"!r": invitation(ZOE, direct=True)}}
    await loop.step("s")
    assert await database.run(kept) == (ZOE, 0)
    await database.run(lambda tx: tx.execute("UPDATE direct_invitation SET called = 1"))
    await loop.step("s")
    assert await database.run(kept) == (ZOE, 1)
    client.rooms = {"invite": {"!r": invitation(LEA, direct=False)}}
    await loop.step("s")
    assert await database.run(kept) == (LEA, None)


async def test_rooms_left_while_the_bot_was_down_are_gone_too(database: Database) -> None:
    """The first, full answer does not name them any more; they are said to be gone once."""
    client, judged = PaperClient(), list[set[str]]()
    await database.run(note_problems, "!missed", [])
    await database.run(note_problems, "!left", [])
    client.rooms = {"leave": {"!left": {}}}
    loop = follow(database, client, judged)
    await loop.step("s")
    client.rooms = {}
    await loop.step("t")
    assert judged == [{"!left", "!missed"}, set()]
    assert not await database.run(is_served, "!missed")
    assert not await database.run(is_served, "!left")
