"""Who moderates a room: by their power level in that very room."""

from doctocbot.rooms.roles import is_moderator
from tests.fakes.roomstates import closed_room, member, state_event

CREATOR, MODO, ALMOST, AUTHOR, ANYBODY, GONE, STRANGER = (
    f"@{name}:clinic.example"
    for name in ("creator", "modo", "almost", "author", "anybody", "gone", "stranger")
)
EVERYBODY = {CREATOR, MODO, ALMOST, AUTHOR, ANYBODY}

ROOM = closed_room(
    creator=CREATOR,
    members=[MODO, ALMOST, AUTHOR, ANYBODY],
    levels={MODO: 50, ALMOST: 49, GONE: 100},
    more=[member(GONE, "leave")],
)


def test_creators_of_a_version_12_room_moderate_it() -> None:
    """They stand above power levels, and are named in none."""
    more = [
        state_event("m.room.create", {"room_version": "12", "additional_creators": [AUTHOR]}, sender=CREATOR)
    ]
    room = closed_room(
        creator=CREATOR, members=[AUTHOR, MODO, ANYBODY], levels={MODO: 50}, version="12", more=more
    )
    assert {who for who in EVERYBODY if is_moderator(who, room)} == {CREATOR, AUTHOR, MODO}


def test_in_an_older_room_the_creator_counts_by_level_alone() -> None:
    """Who gave the power away has it no more."""
    levels = state_event("m.room.power_levels", {"users": {MODO: 100, CREATOR: 0}})
    room = closed_room(creator=CREATOR, members=[MODO], version="11", more=[levels])
    assert not is_moderator(CREATOR, room)
    assert is_moderator(MODO, room)


def test_a_level_elsewhere_means_nothing_here() -> None:
    """A moderator of another room is anybody in this one."""
    elsewhere = closed_room("!other", creator=ANYBODY, members=[ANYBODY])
    assert is_moderator(ANYBODY, elsewhere)
    assert not is_moderator(ANYBODY, ROOM)
