"""The steward at the door: invitations answered, open rooms left in silence."""

import asyncio
import time

import pytest

from doctocbot.matrix.errors import Forbidden, TokenRevoked, Unreachable
from doctocbot.rooms import admittance
from doctocbot.rooms.settings import is_served
from doctocbot.rooms.steward import restricted
from tests.desk import LEA, ROOM, Desk
from tests.fakes.roomstates import closed_room, state_event
from tests.rooms.doors import FakeDoors, explained, inspect, invite, steward

pytest_plugins = ["tests.desk_fixtures"]

OPEN = state_event("m.room.join_rules", {"join_rule": "public"})
CLOSED = state_event("m.room.join_rules", {"join_rule": "invite"})


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


async def test_an_invitation_of_somebody_denied_is_declined(desk: Desk) -> None:
    """Whoever else allows them."""
    doors = FakeDoors()
    await desk.database.run(admittance.keep_operators, [], [LEA])
    await invite(desk.database, "!a", LEA)
    await steward(desk, doors).answer_invitations()
    assert doors.joined == []
    assert doors.left == [("!a", None)]


async def test_chats_are_opened_a_few_at_a_time(desk: Desk) -> None:
    """Fifty newcomers at once do not keep the bot from hearing the others."""
    doors = FakeDoors({ROOM: closed_room(members=[LEA])})
    await inspect(desk, doors, [ROOM])
    doors.rooms[ROOM] = closed_room(members=[LEA, *(f"@new-{number}:clinic.example" for number in range(12))])
    await inspect(desk, doors, [ROOM])
    going = steward(desk, doors)
    opened = []
    for _ in range(4):
        await going.open_chats()
        opened.append(len(doors.opened))
    assert opened == [5, 10, 12, 12]
    assert len(set(doors.opened)) == 12


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


class SlowDoors(FakeDoors):
    """Doors to servers that never answer; notes how many are knocked at together."""

    knocking = 0
    most = 0
    tried = 0

    async def leave(self, room_id: str, reason: str | None = None) -> None:
        """Wait, in vain."""
        self.knocking += 1
        self.tried += 1
        self.most = max(self.most, self.knocking)
        try:
            await asyncio.sleep(60)
        finally:
            self.knocking -= 1


@pytest.mark.slow
async def test_invitations_to_servers_that_never_answer_hold_nobody_up(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two hundred by a stranger: a few at a time, none for long, none again at the next sync; Léa's is accepted."""
    monkeypatch.setattr("doctocbot.rooms.steward._PATIENCE", 0.01)
    doors = SlowDoors()
    for number in range(200):
        await invite(desk.database, f"!spam-{number}:evil.example", "@eve:evil.example")
    await invite(desk.database, "!a", LEA)
    watching = steward(desk, doors)
    began = time.perf_counter()
    await watching.answer_invitations()
    assert time.perf_counter() - began < 1
    assert doors.joined == ["!a"]
    assert 1 < doors.most <= 10
    for _ in range(60):
        await watching.answer_invitations()
    assert doors.tried == 200
    assert doors.knocking == 0
    assert await desk.value("SELECT count(*) FROM invitation") == 200


async def test_an_invitation_that_comes_while_another_is_declined_is_not_lost(desk: Desk) -> None:
    """A stranger's is being declined when Léa invites the bot to the same room."""

    class Meanwhile(FakeDoors):
        async def leave(self, room_id: str, reason: str | None = None) -> None:
            await desk.database.run(lambda tx: tx.execute("UPDATE invitation SET inviter = :lea", lea=LEA))

    await invite(desk.database, "!a", "@eve:evil.example")
    doors = Meanwhile()
    for _ in range(2):
        await steward(desk, doors).answer_invitations()
    assert doors.joined == ["!a"]
