"""Which rooms are closed enough, and who may invite: one row for each way out of the rule."""

from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from doctocbot.matrix import RoomState
from doctocbot.rooms.admission import Caution, Problem, may_invite, problems, warnings
from tests.fakes.roomstates import closed_room, state_event

BOT = "@doctocbot:clinic.example"
CLOSED_SPACE, OPEN_SPACE, NESTED_SPACE, UNSEEN = "!closed", "!open", "!nested", "!unseen"
Content = Mapping[str, Any]


def rules(rule: object, *allowed: str) -> dict[str, Any]:
    """A join rule, with the rooms whose members it lets in."""
    allow = [{"type": "m.room_membership", "room_id": room_id} for room_id in allowed]
    return state_event("m.room.join_rules", {"join_rule": rule} | ({"allow": allow} if allowed else {}))


SPACES = {
    CLOSED_SPACE: closed_room(CLOSED_SPACE),
    OPEN_SPACE: closed_room(OPEN_SPACE, more=[rules("public")]),
    NESTED_SPACE: closed_room(NESTED_SPACE, more=[rules("restricted", CLOSED_SPACE)]),
    "!blank": RoomState("!blank"),
}


def found(room: RoomState) -> list[Problem]:
    """The problems of a room, with the spaces that the bot can see."""
    return problems(room, SPACES.get)


def history(visibility: object) -> dict[str, Any]:
    """A history setting."""
    return state_event("m.room.history_visibility", {"history_visibility": visibility})


@pytest.mark.parametrize(
    "change",
    [
        [],
        [rules("knock")],
        [rules("restricted", CLOSED_SPACE)],
        [rules("knock_restricted", CLOSED_SPACE)],
        [history("joined")],
        [history("invited")],
        [state_event("m.room.guest_access", {"guest_access": "forbidden"})],
        [state_event("m.room.tombstone", {})],
        [rules("public"), rules("invite")],
    ],
)
def test_a_closed_room_has_no_problem(change: list[Content]) -> None:
    """By invitation, by knocking, or through rooms that are closed themselves."""
    assert found(closed_room(more=change)) == []


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        (rules("public"), Problem.NOT_CLOSED),
        (rules("private"), Problem.NOT_CLOSED),
        (rules("org.example.own"), Problem.NOT_CLOSED),
        (rules(None), Problem.NOT_CLOSED),
        (rules(["invite"]), Problem.NOT_CLOSED),
        (rules("restricted", OPEN_SPACE), Problem.OPEN_PARENT),
        (rules("restricted", UNSEEN), Problem.OPEN_PARENT),
        (rules("restricted", NESTED_SPACE), Problem.OPEN_PARENT),
        (rules("restricted", "!blank"), Problem.OPEN_PARENT),
        (rules("restricted", CLOSED_SPACE, OPEN_SPACE), Problem.OPEN_PARENT),
        (rules("knock_restricted", UNSEEN), Problem.OPEN_PARENT),
        (history("world_readable"), Problem.WORLD_READABLE),
        (history("org.example.own"), Problem.WORLD_READABLE),
        (history(None), Problem.WORLD_READABLE),
        (state_event("m.room.encryption", {}), Problem.NOT_ENCRYPTED),
        (state_event("m.room.encryption", {"algorithm": 1}), Problem.NOT_ENCRYPTED),
        (state_event("m.room.tombstone", {"replacement_room": "!new"}), Problem.REPLACED),
    ],
)
def test_one_open_door_is_a_problem(change: Content, problem: Problem) -> None:
    """Each condition by itself keeps the room from being served."""
    assert found(closed_room(more=[change])) == [problem]


@pytest.mark.parametrize(
    "allow",
    ["everybody", {"room_id": CLOSED_SPACE}, [{"type": "org.example.badge"}], [CLOSED_SPACE], [{"room_id": 5}]],
)  # fmt: skip
def test_a_way_in_that_cannot_be_read_counts_as_open(allow: object) -> None:
    """A condition that the bot does not understand may let anybody in."""
    change = state_event("m.room.join_rules", {"join_rule": "restricted", "allow": allow})
    assert found(closed_room(more=[change])) == [Problem.OPEN_PARENT]


@pytest.mark.parametrize(
    ("missing", "problem"),
    [
        ("m.room.create", Problem.UNKNOWN_STATE),
        ("m.room.encryption", Problem.NOT_ENCRYPTED),
        ("m.room.join_rules", Problem.NOT_CLOSED),
        ("m.room.history_visibility", Problem.WORLD_READABLE),
    ],
)
def test_what_has_not_been_seen_counts_as_unsafe(missing: str, problem: Problem) -> None:
    """It fails closed."""
    assert found(closed_room(without=[missing])) == [problem]


def test_a_room_of_which_nothing_is_known_is_not_served() -> None:
    """As right after joining."""
    assert found(RoomState("!new")) == [Problem.UNKNOWN_STATE]


@pytest.mark.parametrize("version", ["1", "10", "11", "12"])
def test_every_room_version_can_be_closed(version: str) -> None:
    """Also one whose creator stands above power levels."""
    assert found(closed_room(version=version)) == []


def test_all_problems_are_told_at_once() -> None:
    """Moderators need not try one after another."""
    room = closed_room(without=["m.room.encryption"], more=[rules("public"), history("world_readable")])
    assert found(room) == [Problem.NOT_ENCRYPTED, Problem.NOT_CLOSED, Problem.WORLD_READABLE]


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=3) | st.sampled_from(["invite", "²", "12"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=6,
)
FIELDS = st.sampled_from(
    ["join_rule", "allow", "room_id", "history_visibility", "algorithm", "users", "users_default", "redact", "events",
     "events_default", "room_version", "additional_creators", "membership", "displayname", "guest_access",
     "predecessor", "replacement_room", "allow", "deny", "allow_ip_literals", "state_default"]
)  # fmt: skip
TYPES = st.sampled_from(
    ["m.room.create", "m.room.join_rules", "m.room.history_visibility", "m.room.encryption", "m.room.power_levels",
     "m.room.member", "m.room.guest_access", "m.room.tombstone", "m.room.server_acl"]
)  # fmt: skip


@given(st.lists(st.tuples(TYPES, st.dictionaries(FIELDS, JSON, max_size=4) | JSON), max_size=5))
def test_no_state_makes_it_raise_or_opens_a_door(events: list[tuple[str, Any]]) -> None:
    """Whatever a server says of a room, every question has an answer."""
    raw = [{"type": type_, "state_key": "", "content": content, "sender": BOT} for type_, content in events]
    room = closed_room(members=[BOT]).apply(raw)
    if not found(room):
        assert room.encrypted
        assert room.join_rule in ("invite", "knock", "restricted", "knock_restricted")
    warnings(room, BOT)
    room.can_redact(BOT)
    assert isinstance(room.replacement or room.predecessor or "", str)
    room.display_name("")
    assert isinstance(room.power_level(BOT), int)


def test_guests_and_missing_power_are_warnings_only() -> None:
    """Element leaves guest access on in every private room it makes."""
    weak = closed_room(members=[BOT])
    assert warnings(weak, BOT) == [Caution.GUESTS, Caution.EVERYBODY_INVITES, Caution.CANNOT_REDACT]
    closed = state_event("m.room.guest_access", {"guest_access": "forbidden"})
    levels = state_event("m.room.power_levels", {"users": {BOT: 50}, "invite": 50})
    assert warnings(closed_room(more=[closed, levels]), BOT) == []


@pytest.mark.parametrize(
    ("inviter", "allowed", "yes"),
    [
        ("@lea:clinic.example", ["@lea:clinic.example"], True),
        ("@lea:clinic.example", ["@marc:clinic.example"], False),
        ("@lea:clinic.example", ["@marc:clinic.example", "clinic.example"], True),
        ("@lea:clinic.example", ["clinic.example"], True),
        ("@lea:evil.example", ["clinic.example"], False),
        ("@lea:sub.clinic.example", ["clinic.example"], False),
        ("@lea:sub.clinic.example", ["*.clinic.example"], True),
        ("@lea:notclinic.example", ["*clinic.example"], True),
        ("@lea:clinic.example.evil", ["clinic.example"], False),
        ("@lea:clinic.example:8448", ["clinic.example"], False),
        ("@lea:clinic.example:8448", ["clinic.example:8448"], True),
        ("@dr-lea:clinic.example", ["@dr-*:clinic.example"], True),
        ("@lea:clinic.example", ["@dr-*:clinic.example"], False),
        ("@dr-lea:evil.example", ["@dr-*:clinic.example"], False),
        ("@LEA:clinic.example", ["@lea:clinic.example"], False),
        ("@lea:clinic.example", [], False),
        ("@lea:clinic.example", ["*"], True),
        ("", ["*"], False),
        ("", ["@*"], False),
        ("lea", ["*"], False),
        ("@clinic.example:evil.example", ["clinic.example"], False),
    ],
)
def test_who_may_bring_the_bot_into_a_room(inviter: str, allowed: list[str], yes: bool) -> None:
    """People, patterns of people, servers, patterns of servers; an unknown inviter never."""
    assert may_invite(inviter, allowed) is yes


def test_a_room_with_a_member_who_cannot_be_named_is_not_served() -> None:
    """A third in a direct chat, whom nobody would see there."""
    assert found(closed_room(members=["@eve\u200b:evil.example"])) == [Problem.UNKNOWN_STATE]


@pytest.mark.parametrize(
    "powers", [{"users_default": 100}, {"users_default": 50}, {"users_default": "50"}, {"state_default": 0}]
)
def test_a_parent_that_everybody_may_open_is_no_closed_parent(powers: dict[str, Any]) -> None:
    """By invitation today, and tomorrow as any of its members likes."""
    parent = closed_room("!parent", more=[state_event("m.room.power_levels", powers)])
    rule = {"join_rule": "restricted", "allow": [{"type": "m.room_membership", "room_id": "!parent"}]}
    room = closed_room(more=[state_event("m.room.join_rules", rule)])
    assert problems(room, {"!parent": parent}.get) == [Problem.OPEN_PARENT]
    assert problems(room, {"!parent": closed_room("!parent")}.get) == []
