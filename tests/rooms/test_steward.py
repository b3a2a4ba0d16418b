"""The steward at the door: invitations answered, open rooms left in silence."""

from dataclasses import dataclass, field

import pytest

from doctocbot.matrix import RoomState
from doctocbot.matrix.errors import Forbidden, MatrixError, TokenRevoked, Unreachable
from doctocbot.rooms.chats import DirectChats
from doctocbot.rooms.direct import partner
from doctocbot.rooms.settings import is_served
from doctocbot.rooms.steward import Steward, restricted
from doctocbot.store import Database
from tests.desk import BOT, LEA, MARC, ROOM, Desk
from tests.fakes.roomstates import closed_room, state_event

pytest_plugins = ["tests.desk_fixtures"]

OPEN = state_event("m.room.join_rules", {"join_rule": "public"})
CLOSED = state_event("m.room.join_rules", {"join_rule": "invite"})


@dataclass
class FakeDoors:
    """Implements `doctocbot.rooms.steward.Doors`."""

    rooms: dict[str, RoomState] = field(default_factory=dict)
    joined: list[str] = field(default_factory=list)
    left: list[tuple[str, str | None]] = field(default_factory=list)
    failure: MatrixError | None = None

    async def join(self, room_id: str) -> None:
        """Go in."""
        if self.failure:
            raise self.failure
        self.joined.append(room_id)

    async def leave(self, room_id: str, reason: str | None = None) -> None:
        """Go out."""
        if self.failure:
            raise self.failure
        self.left.append((room_id, reason))

    def room(self, room_id: str) -> RoomState | None:
        """The state of a room."""
        return self.rooms.get(room_id)


def steward(desk: Desk, doors: FakeDoors) -> Steward:
    """A steward who lets in Léa and her server's doctors."""
    chats = DirectChats(BOT, desk.outbox, doors.room, language="fr", ended=desk.reception.chat_ended)
    return Steward(
        desk.database,
        desk.outbox,
        doors,
        allowed_inviters=[LEA, "@dr-*:clinic.example"],
        language="fr",
        chats=chats,
    )


async def inspect(desk: Desk, doors: FakeDoors, room_ids: list[str]) -> None:
    """What happens to these rooms when their state has changed."""
    watching = steward(desk, doors)
    await desk.database.run(watching.judge, room_ids)
    await watching.leave()


async def invite(database: Database, room_id: str, inviter: str) -> None:
    """An invitation, as the sync loop keeps it."""
    await database.run(
        lambda tx: tx.execute(
            "INSERT INTO invitation (room_id, inviter, received_at) VALUES (:room, :inviter, 0)",
            room=room_id,
            inviter=inviter,
        )
    )


async def invite_to_chat(database: Database, room_id: str, inviter: str) -> None:
    """An invitation to a direct chat, as the sync loop keeps it."""
    await invite(database, room_id, inviter)
    await database.run(lambda tx: tx.execute("INSERT INTO direct_invitation VALUES (:room)", room=room_id))


async def explained(desk: Desk, doors: FakeDoors) -> list[str]:
    """What the bot says in its rooms now."""
    desk.gateway.rooms = doors.rooms
    await desk.settle()
    return [event.body for event in desk.gateway.sent]


async def test_invitations_of_allowed_people_are_accepted_and_others_declined(desk: Desk) -> None:
    """Each is answered once."""
    doors = FakeDoors()
    await invite(desk.database, "!a", LEA)
    await invite(desk.database, "!b", "@dr-marc:clinic.example")
    await invite(desk.database, "!c", "@dr-marc:evil.example")
    await invite(desk.database, "!d", "")
    for _ in range(2):
        await steward(desk, doors).answer_invitations()
    assert doors.joined == ["!a", "!b"]
    assert doors.left == [("!c", None), ("!d", None)]


async def test_an_invitation_waits_while_the_homeserver_is_away(desk: Desk) -> None:
    """And is answered when it is back; one that was withdrawn is forgotten."""
    doors = FakeDoors(failure=Unreachable("NO_ANSWER"))
    await invite(desk.database, "!a", LEA)
    await steward(desk, doors).answer_invitations()
    doors.failure = None
    await steward(desk, doors).answer_invitations()
    assert doors.joined == ["!a"]
    await invite(desk.database, "!b", LEA)
    doors.failure = Forbidden("M_FORBIDDEN", 403)
    await steward(desk, doors).answer_invitations()
    assert await desk.value("SELECT count(*) FROM invitation") == 0


@pytest.mark.parametrize("inviter", [LEA, "@stranger:evil.example"])
async def test_an_invitation_outlives_a_session_that_is_over(desk: Desk, inviter: str) -> None:
    """It is no answer of the room: the bot ends, and answers when it has logged in again."""
    doors = FakeDoors(failure=TokenRevoked("M_UNKNOWN_TOKEN", 401))
    await invite(desk.database, "!a", inviter)
    with pytest.raises(TokenRevoked):
        await steward(desk, doors).answer_invitations()
    assert await desk.value("SELECT room_id FROM invitation") == "!a"
    doors.failure = None
    await steward(desk, doors).answer_invitations()
    assert doors.joined + [room for room, _ in doors.left] == ["!a"]


async def test_a_closed_room_is_served_without_a_word(desk: Desk) -> None:
    """Nobody needs a greeting."""
    doors = FakeDoors({"!new": closed_room("!new")})
    await inspect(desk, doors, ["!new", "!gone"])
    assert await desk.database.run(is_served, "!new")
    assert await explained(desk, doors) == []


async def test_a_room_that_opens_is_told_why_once_and_served_no_more(desk: Desk) -> None:
    """However often its state changes until it is closed again; then the bot is back by itself."""
    doors = FakeDoors({ROOM: closed_room()})
    await inspect(desk, doors, [ROOM])
    doors.rooms[ROOM] = closed_room(more=[OPEN])
    for _ in range(3):
        await inspect(desk, doors, [ROOM])
    (told,) = await explained(desk, doors)
    assert "N'importe qui peut y entrer" in told.replace("’", "'")
    assert not await desk.database.run(is_served, ROOM)
    await desk.say(LEA, "!cas Enfant")
    assert await desk.value("SELECT count(*) FROM medical_case") == 0
    doors.rooms[ROOM] = closed_room(more=[CLOSED])
    await inspect(desk, doors, [ROOM])
    assert await desk.database.run(is_served, ROOM)
    doors.rooms[ROOM] = closed_room(more=[OPEN])
    await inspect(desk, doors, [ROOM])
    assert len(await explained(desk, doors)) == 2


async def test_what_waits_to_be_said_is_held_back_in_a_room_that_opened(desk: Desk) -> None:
    """Only the explanation goes out, and the rest when the room is closed again."""
    desk.gateway.rooms[ROOM] = closed_room(members=[LEA])
    await desk.arrive(desk.event(LEA, "m.room.message", {"msgtype": "m.text", "body": "!cas Enfant"}))
    await desk.handle()
    doors = FakeDoors({ROOM: closed_room(members=[LEA], more=[OPEN])})
    await inspect(desk, doors, [ROOM])
    told = await explained(desk, doors)
    assert len(told) == 1
    assert "Enfant" not in desk.readable()
    doors.rooms[ROOM] = closed_room(members=[LEA])
    await inspect(desk, doors, [ROOM])
    await explained(desk, doors)
    assert "Enfant" in await desk.card()


async def test_a_room_that_is_open_from_the_start_is_told_why(desk: Desk) -> None:
    """In its language, with what to change."""
    doors = FakeDoors({"!new": closed_room("!new", more=[OPEN])})
    await inspect(desk, doors, ["!new"])
    assert len(await explained(desk, doors)) == 1


async def test_an_unencrypted_room_is_left_without_a_message(desk: Desk) -> None:
    """Nothing may be said in clear text; the reason for leaving is a sentence of the catalogue."""
    doors = FakeDoors({"!new": closed_room("!new", without=["m.room.encryption"])})
    await inspect(desk, doors, ["!new"])
    ((room_id, reason),) = doors.left
    assert room_id == "!new"
    assert reason is not None
    assert "chiffré" in reason
    assert await explained(desk, doors) == []
    assert await desk.value("SELECT count(*) FROM room WHERE room_id = '!new'") == 0


async def test_leaving_may_fail_and_stops_nothing(desk: Desk) -> None:
    """The room is not served all the same."""
    doors = FakeDoors({"!new": closed_room("!new", without=["m.room.encryption"])}, failure=Unreachable("X"))
    await inspect(desk, doors, ["!new"])
    assert not await desk.database.run(is_served, "!new")
    assert await explained(desk, doors) == []


def test_rooms_that_depend_on_others_are_known() -> None:
    """They are looked at again whenever any room changes."""
    rule = {"join_rule": "restricted", "allow": [{"type": "m.room_membership", "room_id": "!space"}]}
    rooms = {"!a": closed_room("!a"), "!b": closed_room("!b", more=[state_event("m.room.join_rules", rule)])}
    assert restricted([*rooms, "!gone"], rooms.get) == {"!b"}


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


async def test_a_founder_without_rooms_yet_is_waited_for(desk: Desk) -> None:
    """Somebody who may bring the bot into rooms is not left because there is none yet."""
    doors = FakeDoors({"!chat": closed_room("!chat", creator=LEA, members=(BOT,))})
    await inspect(desk, doors, ["!chat"])
    assert doors.left == []
