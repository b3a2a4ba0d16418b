"""What an answer of the server to a sync becomes, beyond the events of rooms."""

from typing import Any, cast

from nio.events import RoomMemberEvent  # type: ignore[import-untyped]
from nio.rooms import MatrixRoom  # type: ignore[import-untyped]

from doctocbot.matrix.directory import Changes, RoomDirectory
from doctocbot.matrix.olm import DecryptedEvent
from doctocbot.matrix.outbox import Outbox
from doctocbot.matrix.sync import SyncLoop
from doctocbot.matrix.syncinput import read_sync
from doctocbot.rooms.settings import is_served, note_problems
from doctocbot.store import Database, Transaction
from tests.fakes.gateway import still_ours

pytest_plugins = ["tests.desk_fixtures"]

BOT, LEA, ZOE = "@bot:clinic.example", "@lea:clinic.example", "@zoe:elsewhere.example"


class PaperClient:
    """As much of `EncryptedClient` as the loop needs, answering what it is told to."""

    user_id = BOT
    should_query_keys = False

    def __init__(self) -> None:
        self.rooms: dict[str, Any] = {}
        self.nio: dict[str, MatrixRoom] = {}

    async def request(self, *_: Any, **__: Any) -> dict[str, Any]:
        """The next answer."""
        return {"next_batch": "t", "rooms": self.rooms}

    async def process_sync(self, answer: dict[str, Any]) -> None:
        """Nothing to decrypt here; nio's view of who is in a room is kept as it keeps it."""
        for room_id, info in read_sync(answer).rooms.join.items():
            room = self.nio.setdefault(room_id, MatrixRoom(room_id, BOT, encrypted=True))
            for event in (*info.state, *info.timeline.events):
                if isinstance(event, RoomMemberEvent):
                    room.handle_membership(event)

    def decrypt(self, raw: dict[str, Any], room_id: str) -> DecryptedEvent:
        """Everything is said in one session, each at the index that its ciphertext names."""
        words = {"msgtype": "m.text", "body": "!pull #12"}
        index = raw["content"]["ciphertext"]
        return DecryptedEvent(
            "m.room.message", words, verified=True, sender_device="PHONE", session_id="a session", index=index
        )

    async def housekeeping(self) -> None:
        """No keys to look after here."""


def invitation(inviter: str, *, direct: bool) -> dict[str, Any]:
    """An invitation in the stripped state of a room."""
    content = {"membership": "invite"} | ({"is_direct": True} if direct else {})
    event = {"type": "m.room.member", "state_key": BOT, "sender": inviter, "content": content}
    return {"invite_state": {"events": [event]}}


def follow(
    database: Database, client: PaperClient, judged: list[set[str]], directory: RoomDirectory | None = None
) -> SyncLoop:
    """A loop that notes which rooms are said to be gone."""

    def judge(_: Transaction, changes: Changes) -> None:
        judged.append(changes.gone)

    async def after(_: Changes) -> None:
        pass

    directory = RoomDirectory(BOT) if directory is None else directory
    return SyncLoop(cast(Any, client), database, Outbox("secret"), directory, judge, after, still_ours)


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


def said(event_id: str, sender: str = LEA, ciphertext: int = 1) -> dict[str, Any]:
    """An encrypted message."""
    content = {"algorithm": "m.megolm.v1.aes-sha2", "ciphertext": ciphertext}
    return {
        "type": "m.room.encrypted", "event_id": event_id, "sender": sender, "content": content, "origin_server_ts": 1,
    }  # fmt: skip


def state(event_id: str, type_: str, key: str, content: dict[str, str], **unsigned: str) -> dict[str, Any]:
    """A state event as a server sends it."""
    return {
        "type": type_, "state_key": key, "event_id": event_id, "sender": BOT, "content": content,
        "origin_server_ts": 1, "unsigned": unsigned,
    }  # fmt: skip


def came(event_id: str, who: str, membership: str = "join", **unsigned: str) -> dict[str, Any]:
    """Somebody comes or goes."""
    return state(event_id, "m.room.member", who, {"membership": membership}, **unsigned)


def joined(before: list[dict[str, Any]], timeline: list[dict[str, Any]]) -> dict[str, Any]:
    """The part of an answer about a room that the bot is in."""
    return {"join": {"!r": {"state": {"events": before}, "timeline": {"events": timeline}}}}


async def test_who_was_put_out_is_not_let_in_by_an_older_state(database: Database) -> None:
    """Somebody spoke at the moment of the kick, and the server lists the old joining once more: no keys for them."""
    client, directory = PaperClient(), RoomDirectory(BOT)
    loop = follow(database, client, [], directory)

    async def are_in(before: list[dict[str, Any]], *timeline: dict[str, Any]) -> set[str]:
        client.rooms = joined(before, list(timeline))
        await loop.step("s")
        room = directory.room("!r")
        assert room is not None
        assert room.members == {who for who, user in client.nio["!r"].users.items() if not user.invited}
        return set(room.members)

    assert await are_in([came("$bot", BOT), came("$lea", LEA), came("$zoe", ZOE)]) == {BOT, LEA, ZOE}
    assert await are_in([], came("$kicked", LEA, "leave")) == {BOT, ZOE}
    assert await are_in([came("$lea", LEA)], said("$1", ZOE)) == {BOT, ZOE}
    # Put out in a gap: the state names it, and it names what it replaced.
    assert await are_in([came("$out", ZOE, "leave", replaces_state="$in again")], said("$2")) == {BOT}
    assert await are_in([came("$in again", ZOE), came("$zoe", ZOE)], said("$3")) == {BOT}
    assert await are_in([came("$back", LEA)], said("$4")) == {BOT, LEA}


async def test_a_room_that_was_opened_is_not_closed_by_an_older_state(database: Database) -> None:
    """Nor by the same answer, taken in once more after the bot had failed to write it down."""
    client, directory = PaperClient(), RoomDirectory(BOT)
    loop = follow(database, client, [], directory)

    def rule(event_id: str, word: str) -> dict[str, Any]:
        return state(event_id, "m.room.join_rules", "", {"join_rule": word})

    rules: list[str | None] = []
    for rooms in (
        joined([came("$bot", BOT), rule("$closed", "invite")], []),
        joined([], [rule("$open", "public")]),
        joined([rule("$closed", "invite")], [said("$1")]),
        joined([rule("$closed", "invite")], [rule("$open", "public")]),
    ):
        client.rooms = rooms
        await loop.step("s")
        rules.append(getattr(directory.room("!r"), "join_rule", None))
    assert rules == ["invite", "public", "public", "public"]


async def test_an_old_command_is_not_read_as_a_new_event_after_a_restart(database: Database) -> None:
    """Nothing is left in memory then of what was decrypted before."""
    client = PaperClient()
    for event in (said("$pull"), said("$copy"), said("$next", ciphertext=2)):
        client.rooms = joined([came("$bot", BOT)], [event])
        await follow(database, client, []).step("s")
    rows = await database.run(lambda tx: tx.rows("SELECT event_id, state FROM inbox ORDER BY seq"))
    assert [tuple(row) for row in rows] == [("$pull", "ready"), ("$copy", "failed"), ("$next", "ready")]
