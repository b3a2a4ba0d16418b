"""The rooms the bot is in, built from sync answers."""

from typing import Any

import pytest

from doctocbot.matrix.directory import RoomDirectory
from tests.fakes.roomstates import member, state_event

LEA, BOT = "@lea:clinic.example", "@bot:clinic.example"
ENCRYPTION = state_event("m.room.encryption", {"algorithm": "m.megolm.v1.aes-sha2"})


def joined(*state: dict[str, Any], timeline: tuple[dict[str, Any], ...] = ()) -> dict[str, Any]:
    """A joined room's part of a sync answer."""
    return {"state": {"events": list(state)}, "timeline": {"events": list(timeline)}}


def test_rooms_appear_change_and_go() -> None:
    """Each sync answer says what it changed; a room left while we were down is gone too."""
    directory = RoomDirectory(BOT)
    changes = directory.update({"join": {"!a": joined(ENCRYPTION), "!b": joined()}})
    assert (changes.new, changes.changed, changes.gone) == ({"!a", "!b"}, {"!a", "!b"}, set())
    changes = directory.update({"join": {"!a": joined(timeline=({"type": "m.room.message"},))}})
    assert (changes.new, changes.changed, changes.gone) == (set(), set(), set())
    changes = directory.update({"join": {"!a": joined(member(LEA))}, "leave": {"!b": {}, "!never": {}}})
    assert (changes.new, changes.changed, changes.gone) == (set(), {"!a"}, {"!b", "!never"})
    room = directory.room("!a")
    assert room is not None
    assert room.encrypted
    assert room.is_member(LEA)
    assert directory.joined == ["!a"]
    assert directory.room("!b") is None


def test_state_in_the_timeline_comes_after_the_state_before_it() -> None:
    """Who came in the gap and left in the timeline is out."""
    directory = RoomDirectory(BOT)
    directory.update({"join": {"!a": joined(member(LEA), timeline=(member(LEA, "leave"),))}})
    room = directory.room("!a")
    assert room is not None
    assert not room.is_member(LEA)


def test_a_message_is_no_state() -> None:
    """Only events with a state key change a room."""
    directory = RoomDirectory(BOT)
    forged = {"type": "m.room.encryption", "content": {}}
    directory.update({"join": {"!a": joined(ENCRYPTION)}})
    assert directory.update({"join": {"!a": joined(timeline=(forged,))}}).changed == set()
    room = directory.room("!a")
    assert room is not None
    assert room.encrypted


@pytest.mark.parametrize(
    "rooms",
    [
        {},
        {"join": None},
        {"join": []},
        {"join": {"!a": None}},
        {"leave": "x"},
        {"join": {"!a": {"state": None}}},
        {"join": {"!a": {"timeline": {"events": None}}}},
        {"join": {"!a": {"state": {"events": [None, 5, {"state_key": ""}]}}}},
    ],
)
def test_a_malformed_answer_is_no_end(rooms: Any) -> None:
    """What is not there changes nothing."""
    directory = RoomDirectory(BOT)
    directory.update(rooms)
    assert set(directory.joined) <= {"!a"}


def test_a_room_left_while_the_bot_was_down_is_gone() -> None:
    """A directory that is empty after a start has never heard of it, but the database may hold it as served."""
    directory = RoomDirectory(BOT)
    assert directory.update({"leave": {"!kicked": {}}}).gone == {"!kicked"}
    assert directory.joined == []


def test_whoever_has_joined_is_not_merely_invited_again() -> None:
    """A state block that stands before the joining takes nobody out; a new invitation after leaving does count."""
    directory = RoomDirectory(BOT)
    invited = member(BOT, "invite") | {"origin_server_ts": 1}
    came = member(BOT) | {"origin_server_ts": 2}
    directory.update({"join": {"!a": joined(timeline=(invited, came))}})
    directory.update({"join": {"!a": joined(invited, timeline=({"type": "m.room.message"},))}})
    room = directory.room("!a")
    assert room is not None
    assert room.is_member(BOT)
    directory.update({"join": {"!a": joined(member(LEA) | {"origin_server_ts": 3})}})
    directory.update({"join": {"!a": joined(member(LEA, "invite") | {"origin_server_ts": 4})}})
    room = directory.room("!a")
    assert room is not None
    assert room.invited == {LEA}
