"""The state of a room: what has not been seen is unsafe or powerless."""

from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from doctocbot.matrix.roomstate import RoomState
from tests.fakes.roomstates import closed_room, member, state_event

LEA, MODO, BOT = "@lea:clinic.example", "@modo:clinic.example", "@bot:clinic.example"


def levels(**content: Any) -> dict[str, Any]:
    """A power levels event."""
    return state_event("m.room.power_levels", content)


def test_nothing_is_known_of_a_room_never_seen() -> None:
    """Every question has the careful answer."""
    room = RoomState("!x")
    assert not room.encrypted
    assert room.join_rule is room.history_visibility is room.guest_access is None
    assert room.members == frozenset()
    assert not room.is_member(LEA)
    assert room.power_level(LEA) == 0
    assert not room.can_redact(LEA)
    assert room.display_name(LEA) == LEA


def test_what_no_database_can_write_is_not_taken_over() -> None:
    """Halves of characters in a display name are mended, in a user id they make nobody a member."""
    half = "\ud83d"
    room = closed_room(more=[member(LEA, name=f"L{half}a"), member(f"@{half}:clinic.example")])
    assert room.display_name(LEA) == "L?a"
    assert room.members == {MODO, LEA}


def test_the_last_event_of_a_kind_counts() -> None:
    """And the snapshot before stays as it was."""
    before = closed_room(members=[LEA])
    after = before.apply([member(LEA, "leave")])
    assert before.is_member(LEA)
    assert not after.is_member(LEA)
    assert MODO in after.members
    assert LEA not in after.members


@pytest.mark.parametrize("membership", ["invite", "knock", "leave", "ban", None, 1])
def test_only_who_has_joined_is_a_member(membership: Any) -> None:
    """An invitation is not yet a seat."""
    assert not closed_room(more=[member(LEA, membership)]).is_member(LEA)


@pytest.mark.parametrize(
    ("raw", "shown"), [("Léa", "Léa"), ("  Léa ", "Léa"), ("", LEA), ("   ", LEA), (5, LEA), (None, LEA)]
)
def test_somebody_without_a_name_goes_by_their_id(raw: Any, shown: str) -> None:
    """Never by nothing."""
    event = state_event("m.room.member", {"membership": "join", "displayname": raw}, LEA, LEA)
    assert closed_room(more=[event]).display_name(LEA) == shown


NAMES = {
    "line breaks": ("Paul\n• Nora: médecin\u2028· confirmé", "Paul • Nora: médecin · confirmé"),
    "a terminal's commands": ("\x1b[2JPaul\x07\x9b", "[2JPaul"),
    "words turned round": ("\u202eluaP\u202c \u2066x\u2069 \u200fy", "luaP x y"),
    "nothing to be seen": ("\u200b\u2060\u200d\ufeff \u00a0", None),
    "spaces within": ("  Paul \u00a0\t Martin ", "Paul Martin"),
    "an emoji of several parts": ("👩\u200d⚕️ Léa", "👩\u200d⚕️ Léa"),
    "a hundred characters": ("x" * 100, "x" * 100),
    "one more": ("x" * 101, "x" * 99 + "…"),
    "a book": ("A" * 20_000, "A" * 99 + "…"),
    "a book behind nothing": ("\u200b" * 20_000 + "Paul", None),
}


@pytest.mark.parametrize(("raw", "shown"), NAMES.values(), ids=NAMES)
def test_a_name_is_one_short_line(raw: str, shown: str | None) -> None:
    """It forges no line of a list, and hides nobody who stands after it; a room's name no more than a person's."""
    room = closed_room(more=[member(LEA, name=raw), state_event("m.room.name", {"name": raw})])
    assert room.display_name(LEA) == (shown or LEA)
    assert room.name == shown


@given(st.text())
def test_any_name_can_stand_in_a_list(raw: str) -> None:
    """Nothing of it breaks a line, and it is seen."""
    name = closed_room(more=[member(LEA, name=raw)]).display_name(LEA)
    assert name
    assert len(name) <= 100
    assert len(name.splitlines()) == 1
    assert name == name.strip()


@pytest.mark.parametrize(
    ("content", "level"),
    [
        ({"users": {LEA: 50}}, 50),
        ({"users": {}, "users_default": 10}, 10),
        ({"users_default": 10, "users": {LEA: 0}}, 0),
        ({"users": {LEA: "50"}}, 0),
        ({"users": {LEA: True}}, 0),
        ({"users": {LEA: None}, "users_default": "10"}, 0),
        ({"users": [LEA]}, 0),
        ({}, 0),
    ],
)
def test_power_is_what_the_event_says_in_numbers(content: Mapping[str, Any], level: int) -> None:
    """What cannot be read gives none."""
    assert closed_room(members=[LEA], more=[levels(**content)]).power_level(LEA) == level


def test_without_power_levels_the_creator_has_the_power() -> None:
    """As in a room that is being made (spec, "Permissions")."""
    room = closed_room(without=["m.room.power_levels"])
    assert room.power_level(MODO) == 100
    assert room.power_level(LEA) == 0


@pytest.mark.parametrize(
    ("version", "creators"),
    [
        ("12", {MODO, LEA}),
        ("13", {MODO, LEA}),
        ("11", set()),
        ("1", set()),
        ("org.example.12", set()),
        ("", set()),
        ("²", set()),
        (None, set()),
        (12, set()),
    ],
)
def test_creators_stand_above_levels_from_version_12_on(version: Any, creators: set[str]) -> None:
    """Also those that the first one named; a version that cannot be read has none."""
    content = {"room_version": version, "additional_creators": [LEA, 5]}
    room = closed_room(more=[state_event("m.room.create", content, sender=MODO)])
    assert room.creators == creators
    assert (room.power_level(LEA) > 100) is (LEA in creators)


@pytest.mark.parametrize("more", [5, "x", {"a": 1}, None])
def test_additional_creators_that_are_no_list_are_nobody(more: Any) -> None:
    """A strange server names none of ours."""
    content = {"room_version": "12", "additional_creators": more}
    room = closed_room(more=[state_event("m.room.create", content, sender=MODO)])
    assert room.creators & {MODO, LEA} == {MODO}


@pytest.mark.parametrize(
    ("content", "can"),
    [
        ({"users": {BOT: 50}}, True),
        ({"users": {BOT: 49}}, False),
        ({"users": {BOT: 50}, "redact": 60}, False),
        ({"users": {BOT: 0}, "redact": 0}, True),
        ({"users": {BOT: 50}, "events": {"m.room.redaction": 60}}, False),
        ({"users": {BOT: 50}, "events_default": 60}, False),
        ({"users": {BOT: 50}, "events": {"m.room.redaction": 0}, "events_default": 60}, True),
        ({"users": {BOT: 50}, "redact": "x"}, True),
        ({"users": {BOT: 50}, "events": []}, True),
    ],
)
def test_redacting_needs_the_level_for_it_and_for_sending_it(content: Mapping[str, Any], can: bool) -> None:
    """Fifty where nothing is said."""
    assert closed_room(members=[BOT], more=[levels(**content)]).can_redact(BOT) is can


def test_malformed_events_are_left_out() -> None:
    """No type, no state key, no content."""
    room = closed_room(members=[LEA]).apply(
        [
            {},
            {"type": "m.room.member"},
            {"type": 1, "state_key": ""},
            {"type": "m.room.member", "state_key": 1},
        ]
    )
    assert room.is_member(LEA)
    assert not room.apply([{"type": "m.room.member", "state_key": LEA, "content": "join"}]).is_member(LEA)


def test_a_member_whose_id_cannot_be_written_down_is_not_overlooked() -> None:
    """They are in, and nobody can say who; when they have left, the room is as before."""
    eve = "@eve\u200b:evil.example"
    room = closed_room(members=[eve])
    assert room.has_nameless_members
    assert eve not in room.members
    assert closed_room(more=[member(eve, "invite")]).has_nameless_members
    assert not room.apply([member(eve, "leave")]).has_nameless_members
