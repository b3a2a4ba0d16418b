"""What is said to one person in private, also when the bot has to open the chat for it."""

from doctocbot.chat.rendering import Document
from doctocbot.matrix import Event
from doctocbot.matrix.errors import Unreachable
from doctocbot.matrix.roomstate import MADE_FOR
from doctocbot.rooms import private
from doctocbot.store import Transaction
from tests.desk import BOT, CHAT, LEA, MARC, ROOM, Desk, plain
from tests.fakes.roomstates import closed_room, member, state_event
from tests.rooms.doors import FakeDoors, steward

pytest_plugins = ["tests.desk_fixtures"]

OPENED = "!opened-for-1:clinic.example"
DAY = 24 * 60


async def tell(desk: Desk, purpose: str = "news", case: int | None = None) -> None:
    """Something happens that Léa is to be told in private."""

    def work(tx: Transaction) -> None:
        c = desk.world.conversation(tx, Event("$cause", ROOM, MARC, "m.room.message", desk.now))
        private.tell(c, LEA, purpose, Document().line("Votre cas…"), case_id=case)

    await desk.database.run(work)


def private_words(desk: Desk, room: str) -> list[str]:
    """What the bot says in a chat."""
    return [plain(event.body) for event in desk.gateway.visible(room)]


def opened(desk: Desk, *more: object, joined: bool = False) -> None:
    """The chat that the bot has opened, as the server describes it."""
    desk.gateway.rooms[OPENED] = closed_room(
        OPENED, creator=BOT, members=(), more=[
            state_event("m.room.create", {"room_version": "12", MADE_FOR: LEA}, sender=BOT),
            member(LEA, "join" if joined else "invite"),
        ],
    )  # fmt: skip


async def open_chats(desk: Desk) -> FakeDoors:
    """Have the chats opened that are needed now."""
    doors = FakeDoors(desk.gateway.rooms)
    await steward(desk, doors).open_chats()
    return doors


async def test_who_has_a_chat_is_told_there_at_once(desk: Desk) -> None:
    """And no other is opened."""
    await desk.open_chat(LEA)
    await tell(desk)
    await desk.settle()
    assert private_words(desk, CHAT)[-1] == "Votre cas…"
    assert (await open_chats(desk)).opened == []


async def test_for_somebody_without_one_a_chat_is_opened_once(desk: Desk) -> None:
    """What is to be said waits until they have come; the same thing is said once."""
    await tell(desk)
    await tell(desk)
    assert (await open_chats(desk)).opened == [LEA]
    assert (await open_chats(desk)).opened == []
    opened(desk)
    await desk.inspect(OPENED)
    await desk.tick()
    assert private_words(desk, OPENED) == []
    opened(desk, joined=True)
    await desk.inspect(OPENED)
    await desk.tick()
    assert private_words(desk, OPENED) == ["Votre cas…"]
    assert await desk.value("SELECT direct_with FROM room WHERE room_id = :room", room=OPENED) == LEA


async def test_a_chat_opened_before_a_crash_is_known_by_its_creation(desk: Desk) -> None:
    """The server made it, the bot died before it could write that down: no second one."""
    await tell(desk)
    opened(desk)
    await desk.inspect(OPENED)
    assert (await open_chats(desk)).opened == []


async def test_a_chat_that_cannot_be_opened_is_tried_again(desk: Desk) -> None:
    """The server is away for a moment."""
    await tell(desk)
    doors = FakeDoors(desk.gateway.rooms, failure=Unreachable("M_UNKNOWN", 502))
    await steward(desk, doors).open_chats()
    assert (await open_chats(desk)).opened == [LEA]


async def test_whoever_declines_is_not_called_again_at_once(desk: Desk) -> None:
    """The empty chat is left; nobody is pestered."""
    await tell(desk)
    await open_chats(desk)
    opened(desk)
    desk.change(member(LEA, "leave"), room=OPENED)
    await desk.inspect(OPENED)
    assert await desk.value("SELECT leaving FROM room WHERE room_id = :room", room=OPENED) == 1
    await tell(desk, "more news")
    assert (await open_chats(desk)).opened == []


async def test_what_nobody_came_for_in_a_week_is_forgotten(desk: Desk) -> None:
    """The words go, the chat is left, and another may be opened for what comes after."""
    await tell(desk)
    await open_chats(desk)
    opened(desk)
    await desk.inspect(OPENED)
    desk.now = max(desk.now, desk.outbox.now())
    desk.later(minutes=7 * DAY + 1)
    await desk.tick()
    assert await desk.value("SELECT count(*) FROM private_word") == 0
    assert await desk.value("SELECT leaving FROM room WHERE room_id = :room", room=OPENED) == 1


async def test_no_room_that_somebody_else_made_passes_for_one_of_ours(desk: Desk) -> None:
    """The mark counts only in a room that the bot created."""
    room = closed_room(ROOM, creator=MARC, more=[state_event("m.room.create", {MADE_FOR: LEA}, sender=MARC)])
    assert room.made_for(BOT) is None
