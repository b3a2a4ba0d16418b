"""What is said to one person in private, also when the bot has to open the chat for it."""

import pytest

from doctocbot.chat.rendering import Document
from doctocbot.matrix import Event
from doctocbot.matrix.errors import Unreachable
from doctocbot.matrix.roomstate import MADE_FOR
from doctocbot.rooms import private
from doctocbot.rooms.private import MeantFor
from doctocbot.rooms.roles import Standing
from doctocbot.rooms.settings import is_served
from doctocbot.store import Transaction
from tests.desk import BOT, CHAT, LEA, MARC, MODO, NORA, ROOM, Desk, plain
from tests.fakes.roomstates import closed_room, member, state_event
from tests.rooms.doors import FakeDoors, steward

pytest_plugins = ["tests.desk_fixtures"]

OPENED = "!opened-for-1:clinic.example"
DAY = 24 * 60


async def tell(desk: Desk, purpose: str = "news", meant_for: MeantFor | None = None) -> None:
    """Something happens that Léa is to be told in private."""

    def work(tx: Transaction) -> None:
        c = desk.world.conversation(tx, Event("$cause", ROOM, MARC, "m.room.message", desk.now))
        private.tell(c, LEA, purpose, Document().line("Votre cas…"), meant_for=meant_for)

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


async def test_a_third_reads_nothing_in_a_chat_where_only_the_bot_has_spoken(desk: Desk) -> None:
    """Its reader has never said a word there; it is as private, and no room for cases afterwards."""
    await desk.open_chat(LEA)
    await tell(desk)
    await desk.settle()
    assert private_words(desk, CHAT)
    desk.change(member(MARC), room=CHAT)
    await desk.inspect(CHAT)
    assert "Votre cas…" not in private_words(desk, CHAT)
    assert not await desk.database.run(is_served, CHAT)


async def test_nor_in_one_that_the_bot_has_opened(desk: Desk) -> None:
    """What waited there was told when the person came."""
    await tell(desk)
    opened(desk, joined=True)
    await desk.inspect(OPENED)
    await desk.tick()
    assert "Votre cas…" in private_words(desk, OPENED)
    desk.change(member(NORA, "invite"), room=OPENED)
    await desk.inspect(OPENED)
    assert "Votre cas…" not in private_words(desk, OPENED)
    assert not await desk.database.run(is_served, OPENED)


@pytest.mark.parametrize("standing", Standing)
@pytest.mark.parametrize("now", ["moderator", "member", "gone"])
async def test_what_waited_is_said_to_whom_it_is_meant_for(desk: Desk, standing: Standing, now: str) -> None:
    """Days have passed: who moderates no more, or has left the room, is not told what is for those who do."""
    desk.change(state_event("m.room.power_levels", {"users": {LEA: 50}}))
    await tell(desk, meant_for=MeantFor(ROOM, standing))
    desk.change(state_event("m.room.power_levels", {"users": {LEA: 50 if now == "moderator" else 0}}))
    if now == "gone":
        desk.change(member(LEA, "leave"))
    opened(desk, joined=True)
    await desk.inspect(OPENED)
    await desk.tick()
    told = now == "moderator" or (now == "member" and standing is Standing.MEMBER)
    assert private_words(desk, OPENED) == ["Votre cas…"] * told
    assert await desk.database.run(private.awaited) == []


@pytest.mark.parametrize(("standing", "told"), [(Standing.MEMBER, True), (Standing.MODERATOR, False)])
async def test_who_has_a_chat_is_told_at_once_only_what_is_meant_for_them(
    desk: Desk, standing: Standing, told: bool
) -> None:
    """As strictly as somebody who has to be called first; and nothing of the room's once they have left it."""
    await desk.open_chat(LEA)
    await tell(desk, "first", MeantFor(ROOM, standing))
    await desk.settle()
    assert private_words(desk, CHAT) == ["Votre cas…"] * told
    desk.change(member(LEA, "leave"))
    await tell(desk, "second", MeantFor(ROOM, standing))
    await desk.settle()
    assert private_words(desk, CHAT) == ["Votre cas…"] * told


async def test_who_has_left_hears_of_no_label_and_no_reason(desk: Desk) -> None:
    """Moderators go on doing their work there, by name."""
    await desk.open_chat(LEA)
    await desk.say(LEA, "!cas une éruption chez un enfant")
    await desk.say(MODO, f"!mod member {LEA} pharmacien")
    desk.change(member(LEA, "leave"))
    before = private_words(desk, CHAT)
    assert any("pharmacien" in said for said in before)
    await desk.say(MODO, f"!mod member {LEA} aucun")
    await desk.say(MODO, "!mod close #1 Marc a vu cet enfant et le traite")
    assert await desk.value("SELECT count(*) FROM audit WHERE act IN ('member', 'closed')") == 3
    assert private_words(desk, CHAT) == before


async def test_a_chat_that_the_bot_opened_is_no_room_for_others_once_a_third_was_in(desk: Desk) -> None:
    """However often its state changes afterwards; what the third types there opens no case."""
    opened(desk, joined=True)
    await desk.database.run(desk.features.watch.judge, [OPENED])
    await desk.say(LEA, "Enfant de 3 ans, éruption", room=OPENED)
    for membership in ("invite", "join"):
        desk.change(member(NORA, membership), room=OPENED)
        await desk.database.run(desk.features.watch.judge, [OPENED])
        assert not await desk.database.run(is_served, OPENED)
    await desk.say(NORA, "!cas une éruption", room=OPENED)
    assert await desk.value("SELECT count(*) FROM medical_case") == 0


async def test_a_chat_that_the_bot_opened_is_served_when_the_person_has_come(desk: Desk) -> None:
    """Not before, when nobody else is in it."""
    opened(desk)
    await desk.database.run(desk.features.watch.judge, [OPENED])
    assert not await desk.database.run(is_served, OPENED)
    opened(desk, joined=True)
    await desk.database.run(desk.features.watch.judge, [OPENED])
    assert await desk.database.run(is_served, OPENED)


@pytest.mark.parametrize("end", ["left", "put out", "joined by a third"])
async def test_what_was_not_sent_when_a_chat_ended_waits_for_the_next(desk: Desk, end: str) -> None:
    """It was queued there, and said once, in the chat that the person has then."""
    await desk.open_chat(LEA)
    await tell(desk)
    if end == "put out":
        desk.gateway.rooms.pop(CHAT)
        await desk.database.run(lambda tx: desk.chats.gone(tx, [CHAT]))
    else:
        desk.change(member(LEA, "leave") if end == "left" else member(MARC), room=CHAT)
        await desk.inspect(CHAT)
    assert await desk.database.run(private.awaited) == [LEA]
    opened(desk, joined=True)
    await desk.inspect(OPENED)
    for _ in range(3):
        await desk.tick()
    assert private_words(desk, OPENED) == ["Votre cas…"]
    assert "Votre cas…" not in private_words(desk, CHAT)


async def test_what_was_sent_is_not_said_again_in_another_chat(desk: Desk) -> None:
    """Nor is its reader called for it."""
    await desk.open_chat(LEA)
    await tell(desk)
    await desk.settle()
    await desk.tick()
    desk.change(member(LEA, "leave"), room=CHAT)
    await desk.inspect(CHAT)
    await tell(desk)
    await desk.tick()
    assert await desk.database.run(private.awaited) == []
    opened(desk, joined=True)
    await desk.inspect(OPENED)
    await desk.tick()
    assert private_words(desk, OPENED) == []
    assert await desk.value("SELECT count(*) FROM private_word") == 0
