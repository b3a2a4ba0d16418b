"""The room-state table: each condition that keeps a room from being served, in both directions, and unreadable."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pytest

from doctocbot.matrix import RoomState
from doctocbot.rooms.admission import Caution, Problem, problems, warnings
from doctocbot.rooms.settings import is_served
from tests.conftest import Show
from tests.desk import BOT, LEA, MARC, MODO, ROOM, Desk
from tests.fakes.roomstates import closed_room, state_event
from tests.rooms.doors import FakeDoors, inspect, steward

pytest_plugins = ["tests.desk_fixtures"]

CLOSED_SPACE, OPEN_SPACE = "!closed-space:clinic.example", "!open-space:clinic.example"
SPACES = {
    CLOSED_SPACE: closed_room(CLOSED_SPACE),
    OPEN_SPACE: closed_room(OPEN_SPACE, more=[state_event("m.room.join_rules", {"join_rule": "public"})]),
}
Content = Mapping[str, Any]
MISSING = "missing"
MODERATORS = {"users": {MODO: 100, BOT: 50}, "invite": 50, "redact": 50}


@dataclass(frozen=True)
class Condition:
    """One row: a state event as it is safe, as it is not, and what the bot says of it then."""

    name: str
    type_: str
    safe: Content
    unsafe: Content
    problem: Problem


def restricted(*rooms: str) -> Content:
    """Entered by the members of other rooms."""
    return {
        "join_rule": "restricted",
        "allow": [{"type": "m.room_membership", "room_id": room} for room in rooms],
    }


def powers(**more: Any) -> Content:
    """Power levels with these beside the moderators'."""
    return {**MODERATORS, **more}


MEGOLM = {"algorithm": "m.megolm.v1.aes-sha2"}
CONDITIONS = [
    Condition("encryption-off", "m.room.encryption", MEGOLM, {}, Problem.NOT_ENCRYPTED),
    Condition(
        "encryption-of-another-kind",
        "m.room.encryption",
        MEGOLM,
        {"algorithm": "org.example.rot13"},
        Problem.NOT_ENCRYPTED,
    ),
    Condition(
        "join-rule-public",
        "m.room.join_rules",
        {"join_rule": "invite"},
        {"join_rule": "public"},
        Problem.NOT_CLOSED,
    ),
    Condition(
        "join-rule-unknown",
        "m.room.join_rules",
        {"join_rule": "knock"},
        {"join_rule": "org.example.badge"},
        Problem.NOT_CLOSED,
    ),
    Condition(
        "restricted-to-an-open-room",
        "m.room.join_rules",
        restricted(CLOSED_SPACE),
        restricted(CLOSED_SPACE, OPEN_SPACE),
        Problem.OPEN_PARENT,
    ),
    Condition(
        "restricted-to-an-unseen-room",
        "m.room.join_rules",
        restricted(CLOSED_SPACE),
        restricted("!unseen:clinic.example"),
        Problem.OPEN_PARENT,
    ),
    Condition(
        "history-world-readable",
        "m.room.history_visibility",
        {"history_visibility": "joined"},
        {"history_visibility": "world_readable"},
        Problem.WORLD_READABLE,
    ),
    Condition(
        "everybody-moderates",
        "m.room.power_levels",
        powers(users_default=49, state_default=50),
        powers(users_default=50, state_default=100),
        Problem.EVERYBODY_MODERATES,
    ),
    Condition(
        "everybody-changes-state",
        "m.room.power_levels",
        powers(state_default=50),
        powers(state_default=0),
        Problem.EVERYBODY_MAY_OPEN,
    ),
    *(
        Condition(
            f"everybody-may-send-{type_}",
            "m.room.power_levels",
            powers(users_default=10, events={type_: 11}),
            powers(users_default=10, events={type_: 10}),
            Problem.EVERYBODY_MAY_OPEN,
        )
        for type_ in (
            "m.room.join_rules",
            "m.room.history_visibility",
            "m.room.encryption",
            "m.room.power_levels",
            "m.room.server_acl",
            "m.room.tombstone",
        )
    ),
    Condition(
        "power-level-no-number",
        "m.room.power_levels",
        powers(),
        powers(users_default="100"),
        Problem.UNREADABLE_POWERS,
    ),
    Condition(
        "server-list-unreadable",
        "m.room.server_acl",
        {"allow": ["*"], "deny": ["evil.example"]},
        {"allow": ["*"], "deny": "evil.example"},
        Problem.UNREADABLE_ACL,
    ),
    Condition(
        "replaced-by-another-room",
        "m.room.tombstone",
        {},
        {"replacement_room": "!new:clinic.example"},
        Problem.REPLACED,
    ),
]
TABLE = pytest.mark.parametrize("row", CONDITIONS, ids=lambda row: row.name)


def room(row: Condition, content: Content) -> RoomState:
    """The served room with one of its settings so."""
    return closed_room(members=[BOT, LEA, MARC], levels={BOT: 50}, more=[state_event(row.type_, content)])


def found(state: RoomState) -> list[Problem]:
    """What keeps a room from being served."""
    return problems(state, SPACES.get)


@TABLE
def test_each_condition_alone_decides(row: Condition) -> None:
    """As it is safe the room has no problem, as it is not it has this one, and back again."""
    safe, unsafe = room(row, row.safe), room(row, row.unsafe)
    assert found(safe) == []
    assert found(unsafe) == [row.problem]
    assert found(unsafe.apply([state_event(row.type_, row.safe)])) == []


@TABLE
async def test_a_room_is_left_alone_and_taken_up_again(desk: Desk, row: Condition) -> None:
    """Unsafe: the bot says once why, there and to the moderator, and serves no more; safe again: it tells them."""
    doors = FakeDoors({**SPACES, ROOM: room(row, row.safe)})
    await inspect(desk, doors, [ROOM])
    desk.gateway.rooms = doors.rooms
    await desk.settle()
    assert not desk.gateway.sent
    doors.rooms[ROOM] = room(row, row.unsafe)
    for _ in range(3):
        await desk.database.run(steward(desk, doors).judge, [ROOM])
        await desk.settle()
    assert not await desk.database.run(is_served, ROOM)
    said = [event.body for event in desk.gateway.sent]
    assert len(said) == (0 if row.problem is Problem.NOT_ENCRYPTED else 1)
    # Where everybody is a moderator, everybody has read it in the room.
    told = 0 if row.problem is Problem.EVERYBODY_MODERATES else 1
    assert await words_for_moderators(desk) == told
    if row.problem is Problem.NOT_ENCRYPTED:
        return
    doors.rooms[ROOM] = room(row, row.safe)
    for _ in range(2):
        await desk.database.run(steward(desk, doors).judge, [ROOM])
        await desk.settle()
    assert await desk.database.run(is_served, ROOM)
    assert [event.body for event in desk.gateway.sent] == said
    assert await words_for_moderators(desk) == told + 1


async def words_for_moderators(desk: Desk) -> int:
    """How many messages wait for Modo, who alone moderates."""
    assert await desk.value("SELECT count(*) FROM private_word WHERE user_id != :modo", modo=MODO) == 0
    count: int = await desk.value("SELECT count(*) FROM private_word")
    return count


ODD: tuple[object, ...] = (None, 5, True, "", "?", [], ["invite"], {}, {"invite": True}, MISSING)
FIELDS = [
    ("m.room.encryption", "algorithm", Problem.NOT_ENCRYPTED),
    ("m.room.join_rules", "join_rule", Problem.NOT_CLOSED),
    ("m.room.history_visibility", "history_visibility", Problem.WORLD_READABLE),
]
NO_LEVELS: tuple[object, ...] = (None, "50", 50.5, True, [50], {})
NO_TABLES: tuple[object, ...] = (None, 5, "50", [], [LEA], {LEA: "50"}, {LEA: None}, {LEA: 5.5}, {LEA: False})
NO_PATTERNS: tuple[object, ...] = (None, 5, "*", {}, [5], ["*", None])
NO_WAYS_IN: tuple[object, ...] = (
    None, 5, "everybody", {}, [5], [{}], [{"type": "m.room_membership", "room_id": 5}],
)  # fmt: skip
NO_ROOMS: tuple[object, ...] = (None, 5, [], {})


def with_field(type_: str, field: str, value: object) -> Content:
    """A content with an odd value, or without it."""
    base = powers() if type_ == "m.room.power_levels" else {}
    return base if value is MISSING else {**base, field: value}


UNREADABLE: list[tuple[str, str, object, Problem]] = [
    *((type_, field, value, problem) for type_, field, problem in FIELDS for value in ODD),
    *(
        ("m.room.power_levels", field, value, Problem.UNREADABLE_POWERS)
        for field in ("ban", "events_default", "invite", "kick", "redact", "state_default", "users_default")
        for value in NO_LEVELS
    ),
    *(
        ("m.room.power_levels", field, value, Problem.UNREADABLE_POWERS)
        for field in ("users", "events")
        for value in NO_TABLES
    ),
    *(("m.room.server_acl", "allow", value, Problem.UNREADABLE_ACL) for value in (*NO_PATTERNS, MISSING)),
    *(("m.room.join_rules", "allow", value, Problem.OPEN_PARENT) for value in NO_WAYS_IN),
    *(("m.room.tombstone", "replacement_room", value, Problem.REPLACED) for value in NO_ROOMS),
]


def unreadable_room(type_: str, field: str, value: object) -> RoomState:
    """A closed room with one field that nobody can read."""
    content = dict(with_field(type_, field, value))
    if (type_, field) == ("m.room.join_rules", "allow"):
        content["join_rule"] = "restricted"
    return closed_room(members=[BOT, LEA], more=[state_event(type_, content)])


@pytest.mark.parametrize(
    ("type_", "field", "value", "problem"),
    UNREADABLE,
    ids=[f"{type_}.{field}={value!r}" for type_, field, value, _ in UNREADABLE],
)
def test_what_cannot_be_read_counts_as_unsafe(
    type_: str, field: str, value: object, problem: Problem
) -> None:
    """Lists for words, numbers, nothing at all: the room is not served."""
    assert found(unreadable_room(type_, field, value)) == [problem]


@pytest.mark.parametrize("content", [None, [], "public", 5, True])
@pytest.mark.parametrize(
    ("type_", "problem"),
    [
        ("m.room.encryption", Problem.NOT_ENCRYPTED),
        ("m.room.join_rules", Problem.NOT_CLOSED),
        ("m.room.history_visibility", Problem.WORLD_READABLE),
        ("m.room.server_acl", Problem.UNREADABLE_ACL),
        ("m.room.tombstone", Problem.REPLACED),
    ],
)
def test_a_content_that_is_no_object_counts_as_unsafe(type_: str, problem: Problem, content: Any) -> None:
    """Also for what would be safe if it were not there, as a tombstone."""
    assert found(closed_room(more=[state_event(type_, content)])) == [problem]


@pytest.mark.parametrize("type_", ["m.room.create", "m.room.power_levels"])
def test_without_its_founding_state_nothing_is_known_of_a_room(type_: str) -> None:
    """Without power levels every member may change every setting."""
    assert found(closed_room(without=[type_])) == [Problem.UNKNOWN_STATE]


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ({"guest_access": "can_join"}, [Caution.GUESTS]),
        ({"guest_access": "forbidden"}, []),
        ({"guest_access": None}, [Caution.GUESTS]),
        ({"guest_access": ["forbidden"]}, [Caution.GUESTS]),
        ({}, [Caution.GUESTS]),
        (5, [Caution.GUESTS]),
    ],
    ids=str,
)
def test_guest_access_is_a_warning_in_both_directions(content: Any, expected: list[Caution]) -> None:
    """The room is served all the same; what cannot be read counts as given."""
    state = closed_room(
        members=[BOT],
        more=[state_event("m.room.guest_access", content), state_event("m.room.power_levels", powers())],
    )
    assert found(state) == []
    assert warnings(state, BOT) == expected


@pytest.mark.parametrize(
    ("levels", "expected"),
    [
        (powers(), []),
        (powers(invite=0), [Caution.EVERYBODY_INVITES]),
        (powers(invite=10, users_default=10), [Caution.EVERYBODY_INVITES]),
        (powers(redact=0), [Caution.EVERYBODY_REDACTS]),
        (powers(redact=60), [Caution.CANNOT_REDACT]),
    ],
    ids=str,
)
def test_what_members_may_do_to_each_other_is_a_warning(levels: Content, expected: list[Caution]) -> None:
    """Who invites whom, and who deletes whose messages, is for the moderators to settle."""
    closed = state_event("m.room.guest_access", {"guest_access": "forbidden"})
    state = closed_room(members=[BOT], more=[closed, state_event("m.room.power_levels", levels)])
    assert found(state) == []
    assert warnings(state, BOT) == expected


def test_the_room_state_table_is_shown(show: Show) -> None:
    """Every condition with what follows from it, for whoever reads the output of the tests."""
    rows = [f"{row.name:48}served    {found(room(row, row.unsafe))[0]}" for row in CONDITIONS]
    odd = len({(type_, field) for type_, field, _, _ in UNREADABLE})
    rows.append(f"{f'{odd} fields in {len(UNREADABLE)} forms that cannot be read':48}-         not served")
    show("which state of a room is served", [f"{'':48}{'safe':10}unsafe", *rows])
    assert len(rows) > len(CONDITIONS)
