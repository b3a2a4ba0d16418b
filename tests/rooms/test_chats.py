"""Direct chats: who may have one, and what becomes of a room that the bot was called to as to one."""

import json
from collections.abc import Iterable

import pytest

from doctocbot.matrix import RoomState
from doctocbot.matrix.errors import Unreachable
from doctocbot.rooms import private
from doctocbot.rooms.direct import chat_of, partner
from doctocbot.rooms.settings import is_served
from doctocbot.rooms.steward import Steward
from tests.desk import BOT, CHAT, LEA, MARC, NORA, ROOM, Desk, plain
from tests.fakes.roomstates import closed_room, state_event
from tests.rooms.doors import FakeDoors, explained, inspect, invite, invite_to_chat, steward

pytest_plugins = ["tests.desk_fixtures"]

STRANGER = "@zoe:elsewhere.example"


async def test_a_member_of_a_served_room_may_open_a_direct_chat(desk: Desk) -> None:
    """Whoever it is: being in a room that the bot serves is what counts, not the list of those who may invite."""
    doors = FakeDoors(
        {ROOM: closed_room(members=(BOT, MARC)), "!chat": closed_room("!chat", creator=MARC, members=(BOT,))}
    )
    await invite_to_chat(desk.database, "!chat", MARC)
    await invite(desk.database, "!other", MARC)
    await steward(desk, doors).answer_invitations()
    assert doors.joined == ["!chat"]
    assert [room for room, _ in doors.left] == ["!other"]
    await inspect(desk, doors, ["!chat"])
    assert await desk.database.run(partner, "!chat") == MARC
    assert await explained(desk, doors) == []


async def test_a_stranger_is_told_once_and_left(desk: Desk) -> None:
    """One kind line in their chat, then the bot leaves; a second invitation is declined unheard."""
    doors = FakeDoors({"!chat": closed_room("!chat", creator=STRANGER, members=(BOT,))})
    await invite_to_chat(desk.database, "!chat", STRANGER)
    watching = steward(desk, doors)
    await watching.answer_invitations()
    assert doors.joined == ["!chat"]
    await desk.database.run(watching.judge, ["!chat"])
    await watching.leave()
    assert doors.left == []
    assert "en commun" in (await explained(desk, doors))[0]
    await watching.leave()
    assert doors.left == [("!chat", None)]
    await invite_to_chat(desk.database, "!again", STRANGER)
    await watching.answer_invitations()
    assert doors.joined == ["!chat"]
    assert doors.left[-1] == ("!again", None)


async def test_strangers_cannot_keep_the_bot_busy(desk: Desk) -> None:
    """More than twenty of them in an hour are declined."""
    for number in range(25):
        await invite_to_chat(desk.database, f"!{number:02}", f"@s{number}:elsewhere.example")
    doors = FakeDoors(
        {
            f"!{number:02}": closed_room(
                f"!{number:02}", creator=f"@s{number}:elsewhere.example", members=(BOT,)
            )
            for number in range(25)
        }
    )
    watching = steward(desk, doors)
    await desk.database.run(watching.judge, sorted(doors.rooms)[:20])
    await watching.answer_invitations()
    assert doors.joined == []


async def test_a_chat_that_is_not_closed_is_told_why_once(desk: Desk) -> None:
    """Else its person would type into the void; when it opens later as well, and never again for the same."""
    public = state_event("m.room.join_rules", {"join_rule": "public"})
    desk.gateway.rooms[CHAT] = closed_room(
        CHAT, creator=LEA, members=(BOT,), levels={LEA: 100}, more=[public]
    )
    for _ in range(2):
        await desk.database.run(desk.features.watch.judge, [CHAT])
        await desk.settle(CHAT)
        await desk.say(LEA, "!aide", room=CHAT)
        (told,) = [plain(event.body) for event in desk.gateway.visible(CHAT)]
        assert "N'importe qui peut y entrer" in told
    desk.change(state_event("m.room.join_rules", {"join_rule": "invite"}), room=CHAT)
    await desk.database.run(desk.features.watch.judge, [CHAT])
    await desk.say(LEA, "!aide", room=CHAT)
    assert len(desk.gateway.visible(CHAT)) == 2
    desk.change(public, room=CHAT)
    await desk.database.run(desk.features.watch.judge, [CHAT])
    await desk.settle(CHAT)
    assert "N'importe qui peut y entrer" in plain(desk.gateway.visible(CHAT)[-1].body)


async def test_a_founder_without_rooms_yet_is_waited_for(desk: Desk) -> None:
    """Somebody who may bring the bot into rooms is not left because there is none yet."""
    doors = FakeDoors({"!chat": closed_room("!chat", creator=LEA, members=(BOT,))})
    await inspect(desk, doors, ["!chat"])
    assert doors.left == []


def doors_to(*rooms: RoomState) -> FakeDoors:
    """The doors of the served room, where Léa and Marc are, and of others."""
    served = closed_room(members=(BOT, LEA, MARC))
    return FakeDoors({room.room_id: room for room in (served, *rooms)})


async def call(desk: Desk, doors: FakeDoors, inviter: str, room_id: str = "!chat") -> Steward:
    """Somebody calls the bot to a direct chat, whatever it is; it answers, and looks at where it has come to."""
    await invite_to_chat(desk.database, room_id, inviter)
    watching = steward(desk, doors)
    await watching.answer_invitations()
    await desk.database.run(watching.judge, [room_id])
    return watching


async def say_and_leave(desk: Desk, doors: FakeDoors, watching: Steward) -> None:
    """Whatever waits is said, then the rooms to be left are."""
    await explained(desk, doors)
    await watching.leave()


@pytest.mark.parametrize("inviter", [STRANGER, MARC])
@pytest.mark.parametrize("more", [[], [state_event("m.room.join_rules", {"join_rule": "public"})]])
async def test_a_room_that_was_called_a_direct_chat_is_explained_to_and_left(
    desk: Desk, inviter: str, more: Iterable[dict[str, object]]
) -> None:
    """Nobody brings the bot into a room of many by naming it a direct chat, closed or not."""
    guest = "@guest:elsewhere.example"
    doors = doors_to(closed_room("!chat", creator=inviter, members=(BOT, guest), more=more))
    watching = await call(desk, doors, inviter)
    assert doors.joined == ["!chat"]
    assert not await desk.database.run(is_served, "!chat")
    await say_and_leave(desk, doors, watching)
    assert [event.room_id for event in desk.gateway.sent] == ["!chat"]
    assert doors.left == [("!chat", None)]
    assert await desk.value("SELECT count(*) FROM room WHERE room_id = '!chat'") == 0


@pytest.mark.parametrize("inviter", [STRANGER, MARC])
async def test_a_direct_chat_does_not_grow_into_a_served_room(desk: Desk, inviter: str) -> None:
    """Only those who may bring the bot into rooms begin one in this way; also after a restart."""
    doors = doors_to(closed_room("!chat", creator=inviter, members=(BOT,)))
    await call(desk, doors, inviter)
    doors.rooms["!chat"] = closed_room("!chat", creator=inviter, members=(BOT, "@guest:elsewhere.example"))
    restarted = steward(desk, doors)
    await desk.database.run(restarted.judge, ["!chat"])
    assert not await desk.database.run(is_served, "!chat")
    await say_and_leave(desk, doors, restarted)
    assert doors.left == [("!chat", None)]


async def test_a_colleagues_chat_stays_one_for_as_long_as_it_is_one(desk: Desk) -> None:
    """Looks at its state, and at that of other rooms, change nothing."""
    doors = doors_to(closed_room("!chat", creator=MARC, members=(BOT,)))
    watching = await call(desk, doors, MARC)
    await desk.database.run(watching.judge, [ROOM, "!chat"])
    await say_and_leave(desk, doors, watching)
    assert doors.left == []
    assert await desk.database.run(partner, "!chat") == MARC
    assert await desk.database.run(is_served, "!chat")


async def test_who_may_bring_the_bot_may_call_any_room_a_chat(desk: Desk) -> None:
    """Their rooms are served as they are found."""
    doors = doors_to(closed_room("!chat", creator=LEA, members=(BOT, MARC)))
    watching = await call(desk, doors, LEA)
    await say_and_leave(desk, doors, watching)
    assert doors.left == []
    assert await desk.database.run(is_served, "!chat")


async def test_a_room_that_cannot_be_left_now_is_left_later(desk: Desk) -> None:
    """And is not served meanwhile, however often it is looked at."""
    doors = doors_to(closed_room("!chat", creator=STRANGER, members=(BOT, "@guest:elsewhere.example")))
    watching = await call(desk, doors, STRANGER)
    doors.failure = Unreachable("NO_ANSWER")
    await say_and_leave(desk, doors, watching)
    doors.failure = None
    restarted = steward(desk, doors)
    await desk.database.run(restarted.judge, ["!chat"])
    assert not await desk.database.run(is_served, "!chat")
    await say_and_leave(desk, doors, restarted)
    assert doors.left == [("!chat", None)]


async def test_a_stranger_is_left_after_a_restart_too(desk: Desk) -> None:
    """The kind line went out, and then the power: the bot still knows that it was about to go."""
    doors = doors_to(closed_room("!chat", creator=STRANGER, members=(BOT,)))
    await call(desk, doors, STRANGER)
    restarted = steward(desk, doors)
    await desk.database.run(restarted.judge, list(doors.rooms))
    await restarted.leave()
    assert doors.left == []
    await say_and_leave(desk, doors, restarted)
    assert doors.left == [("!chat", None)]
    assert len(await explained(desk, doors)) == 1


async def test_strangers_are_counted_by_where_the_bot_has_come(desk: Desk) -> None:
    """Chats without encryption, in which nobody can be told anything, count as well; nothing is left behind."""
    doors = doors_to()
    for number in range(25):
        room_id, inviter = f"!{number:02}", f"@s{number}:elsewhere.example"
        doors.rooms[room_id] = closed_room(
            room_id, creator=inviter, members=(BOT,), without=["m.room.encryption"]
        )
        watching = await call(desk, doors, inviter, room_id)
        await watching.leave()
        await invite_to_chat(desk.database, f"!again{number}", inviter)
        await watching.answer_invitations()
    assert len(doors.joined) == 20
    assert await desk.value("SELECT count(*) FROM direct_invitation") == 0


async def test_an_invitation_that_waits_is_not_counted(desk: Desk) -> None:
    """The homeserver was away: the stranger is heard when it is back."""
    doors = doors_to(closed_room("!chat", creator=STRANGER, members=(BOT,)))
    doors.failure = Unreachable("NO_ANSWER")
    await invite_to_chat(desk.database, "!chat", STRANGER)
    await steward(desk, doors).answer_invitations()
    doors.failure = None
    await steward(desk, doors).answer_invitations()
    assert doors.joined == ["!chat"]


async def drafted(desk: Desk) -> FakeDoors:
    """Léa has a draft in her direct chat; the doors are those of the rooms of the desk."""
    await desk.open_chat(LEA)
    await desk.say(LEA, "Homme de 54 ans, plaque du dos", room=CHAT)
    return FakeDoors(desk.gateway.rooms)


async def test_a_chat_that_the_bot_is_thrown_out_of_ends_its_draft(desk: Desk) -> None:
    """Its author may begin another one elsewhere, and nothing waits to be sent where the bot is not."""
    doors = await drafted(desk)
    del desk.gateway.rooms[CHAT]
    await desk.database.run(steward(desk, doors).judge, [], [CHAT, "!unknown"])
    assert await desk.value("SELECT count(*) FROM draft") == 0
    assert await desk.value("SELECT count(*) FROM outbox WHERE state = 'queued'") == 0
    await desk.open_chat(LEA, "!other")
    await desk.say(LEA, "Enfant fébrile", room="!other")
    assert await desk.value("SELECT chat_id FROM draft") == "!other"


async def test_a_chat_that_the_bot_is_thrown_out_of_is_nobodys_chat(desk: Desk) -> None:
    """What is to be said to its person is said elsewhere, never into a room where the bot is not."""
    doors = await drafted(desk)
    del desk.gateway.rooms[CHAT]
    await desk.database.run(steward(desk, doors).judge, [], [CHAT])
    assert await desk.database.run(chat_of, LEA, CHAT) is None
    sent = len(desk.gateway.sent)
    await desk.say(MARC, "!cas Enfant fébrile")
    await desk.database.run(lambda tx: tx.execute("UPDATE medical_case SET author = :lea", lea=LEA))
    await desk.say(NORA, "!retirer #1")
    await desk.tick()
    assert not [event for event in desk.gateway.sent[sent:] if event.room_id == CHAT]
    assert LEA in await desk.database.run(private.awaited)


async def test_a_chat_goes_on_when_the_bot_is_let_in_again(desk: Desk) -> None:
    """With the same person; with others there it is served no more, since private things stand in it."""
    doors = await drafted(desk)
    state = desk.gateway.rooms.pop(CHAT)
    await desk.database.run(steward(desk, doors).judge, [], [CHAT])
    desk.gateway.rooms[CHAT] = state
    await inspect(desk, doors, [CHAT])
    assert await desk.database.run(partner, CHAT) == LEA
    del desk.gateway.rooms[CHAT]
    await desk.database.run(steward(desk, doors).judge, [], [CHAT])
    desk.gateway.rooms[CHAT] = closed_room(CHAT, creator=LEA, members=(BOT, MARC))
    await inspect(desk, doors, [CHAT])
    assert not await desk.database.run(is_served, CHAT)


async def test_a_room_that_the_bot_is_thrown_out_of_keeps_its_settings(desk: Desk) -> None:
    """Only chats end."""
    await desk.say("@modo:clinic.example", "!mod set language en")
    await desk.database.run(steward(desk, FakeDoors()).judge, [], [ROOM])
    assert await desk.value("SELECT language FROM room WHERE room_id = :room", room=ROOM) == "en"


async def test_a_stranger_keeps_nothing_with_the_bot(desk: Desk) -> None:
    """When it leaves, what was known of the chat is forgotten."""
    doors = doors_to(closed_room("!chat", creator=STRANGER, members=(BOT,)))
    watching = await call(desk, doors, STRANGER)
    await say_and_leave(desk, doors, watching)
    assert STRANGER not in json.dumps(
        await desk.database.run(lambda tx: [tuple(row) for row in tx.rows("SELECT * FROM room")])
    )
