"""`!mod room`: the room as the bot sees it."""

from collections.abc import Mapping
from typing import Any

import pytest

from tests.desk import BOT, CHAT, LEA, MODO, OTHER_ROOM, ROOM, Desk, plain
from tests.fakes.roomstates import closed_room, member, state_event

pytest_plugins = ["tests.desk_fixtures"]

MODOS_CHAT = "!modo-and-the-bot:clinic.example"
HOME = "!moderation:clinic.example"


@pytest.fixture
async def ward(desk: Desk) -> Desk:
    """A room named "Cabinet", and Modo's direct chat."""
    desk.change(state_event("m.room.name", {"name": "Cabinet"}))
    await desk.open_chat(MODO, MODOS_CHAT)
    return desk


async def report(desk: Desk, place: str = ROOM, words: str = "!mod salon") -> str:
    """What Modo is told in private."""
    await desk.say(MODO, words, room=place)
    return plain(desk.gateway.visible(MODOS_CHAT)[-1].body)


async def test_it_tells_how_the_room_stands(ward: Desk) -> None:
    """Served, closed, who is in, what is set, how many cases; in private, wherever it was asked."""
    await ward.say(LEA, "!cas Enfant de 3 ans, toux")
    await ward.say(MODO, "!mod set nudge 45")
    before = len(ward.gateway.visible(ROOM))
    for place in (ROOM, MODOS_CHAT):
        told = await report(ward, place)
        assert "Cabinet" in told
        for words in (
            "Servi",
            "Chiffré",
            "sur invitation",
            "5, dont 5 sans métier",
            "ouverts : 1",
            "nudge = 45",
        ):
            assert words in told
    assert len(ward.gateway.visible(ROOM)) == before


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (state_event("m.room.join_rules", {"join_rule": "public"}), "Tout le monde peut y entrer"),
        (state_event("m.room.join_rules", {"join_rule": "private"}), "Je ne peux pas lire qui a le droit"),
        (state_event("m.room.join_rules", {}), "Je ne peux pas lire qui a le droit"),
        (
            state_event("m.room.history_visibility", {"history_visibility": "world_readable"}),
            "lisible par tout le monde",
        ),
        (state_event("m.room.history_visibility", {}), "Je ne peux pas lire qui voit"),
        (state_event("m.room.guest_access", {"guest_access": "can_join"}), "Des invités sans compte"),
        (state_event("m.room.guest_access", {"guest_access": "forbidden"}), "Sans compte, personne"),
        (state_event("m.room.power_levels", {"users": {MODO: 100}}), "Je n'ai pas le droit d'y effacer"),
        (member(LEA, "leave"), "4, dont 4"),
    ],
)
async def test_what_can_be_wrong_is_said(ward: Desk, change: Mapping[str, Any], words: str) -> None:
    """What cannot be read is said to be unreadable."""
    ward.change(change)
    assert words in await report(ward, MODOS_CHAT)


async def test_a_room_that_is_not_served_is_told_with_the_reasons(ward: Desk) -> None:
    """From the direct chat of somebody who still shares another one."""
    await ward.open_room(OTHER_ROOM)
    ward.change(member(MODO), state_event("m.room.name", {"name": "Urgences"}), room=OTHER_ROOM)
    ward.change(state_event("m.room.join_rules", {"join_rule": "public"}))
    await ward.inspect(ROOM)
    told = await report(ward, MODOS_CHAT, "!mod salon dans Cabinet")
    assert "Pas servi" in told
    assert "Tout le monde peut y entrer" in told


async def test_the_only_room_is_told_too_when_it_is_not_served(ward: Desk) -> None:
    """Whoever moderates no other asks in their chat why; a member of it learns nothing there."""
    ward.change(state_event("m.room.join_rules", {"join_rule": "public"}))
    await ward.inspect(ROOM)
    told = await report(ward, MODOS_CHAT)
    assert "Pas servi" in told
    assert "Tout le monde peut y entrer" in told
    await ward.open_chat(LEA, CHAT)
    await ward.say(LEA, "!mod salon", room=CHAT)
    said = " ".join(plain(event.body) for event in ward.gateway.visible(CHAT))
    assert "aucun en commun" in said
    assert "Cabinet" not in said


async def test_nothing_else_of_a_room_that_is_not_served_is_told(ward: Desk) -> None:
    """Neither its audit nor its settings: those are for when it is closed again."""
    ward.change(state_event("m.room.join_rules", {"join_rule": "public"}))
    await ward.inspect(ROOM)
    before = len(ward.gateway.visible(MODOS_CHAT))
    for command in ("!mod journal", "!mod set nudge 45", "!mod membres", "!mod"):
        await ward.say(MODO, command, room=MODOS_CHAT)
    said = [plain(event.body) for event in ward.gateway.visible(MODOS_CHAT)][before:]
    assert not any("Cabinet" in each for each in said)
    assert await ward.value("SELECT count(*) FROM room_option") == 0


async def test_it_says_where_the_moderators_are_told_things(ward: Desk) -> None:
    """And why not there, when somebody else is in it."""
    assert "Pas de salon de la modération" in await report(ward, MODOS_CHAT)
    ward.gateway.rooms[HOME] = closed_room(
        HOME, members=(BOT,), more=[state_event("m.room.name", {"name": "Modération"})]
    )
    await ward.inspect(HOME)
    await ward.say(MODO, "!mod ici", room=HOME)
    assert "Salon de la modération : Modération" in await report(ward, MODOS_CHAT)
    ward.change(member(LEA), room=HOME)
    assert "ne modère pas ce salon" in await report(ward, MODOS_CHAT)


async def test_members_are_not_told(ward: Desk) -> None:
    """It names what could be abused."""
    (told,) = ward.answers_to(await ward.say(LEA, "!mod salon"))
    assert "modération" in told
