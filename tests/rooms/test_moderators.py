"""The moderators' own room: what is said there, about which rooms, and when it is said elsewhere instead."""

from collections.abc import Mapping
from typing import Any

import pytest

from tests.cases.test_intake import quiet
from tests.desk import CHAT, LEA, MARC, MODO, NORA, OTHER_ROOM, PAUL, ROOM, Desk, plain
from tests.fakes.roomstates import closed_room, member, state_event

pytest_plugins = ["tests.desk_fixtures"]

HOME = "!moderation:clinic.example"
MODOS_CHAT, NORAS_CHAT = "!modo-and-the-bot:clinic.example", "!nora-and-the-bot:clinic.example"
BOT = "@doctocbot:clinic.example"


def name(room: str) -> Mapping[str, Any]:
    """The event that names a room."""
    return state_event("m.room.name", {"name": room})


def make_moderators(desk: Desk, *users: str, room: str = ROOM) -> None:
    """Let these moderate a room, with the bot as it was."""
    levels = dict.fromkeys([MODO, *users], 100) | {BOT: 50}
    desk.change(state_event("m.room.power_levels", {"users": levels, "redact": 50}), room=room)


@pytest.fixture
async def house(desk: Desk) -> Desk:
    """Modo and Nora moderate "Cabinet", and sit together in a closed room with the bot; Léa and Marc practise."""
    desk.change(name("Cabinet"))
    make_moderators(desk, NORA)
    desk.call(MODO, "Modo")
    desk.call(NORA, "Nora")
    desk.gateway.rooms[HOME] = closed_room(
        HOME, members=(BOT, NORA), levels={BOT: 50}, more=[name("Modération")]
    )
    await desk.inspect(HOME)
    return desk


@pytest.fixture
async def home(house: Desk) -> Desk:
    """They have named it."""
    await house.say(MODO, "!mod ici", room=HOME)
    return house


def said_in(desk: Desk, room: str) -> list[str]:
    """What the bot has said in a room."""
    return [plain(event.body) for event in desk.gateway.visible(room)]


async def pulled(desk: Desk, by: str = LEA) -> None:
    """A case is asked and pulled: something that moderators are told."""
    await desk.say(by, "!cas Enfant de 3 ans, toux")
    number = await desk.value("SELECT max(id) FROM medical_case")
    await desk.say(by, f"!retirer #{number}")


async def test_what_moderators_are_told_is_said_in_their_room_once(home: Desk) -> None:
    """With the room's name; in no direct chat, and not in the room that they moderate."""
    await home.open_chat(MODO, MODOS_CHAT)
    await home.open_chat(NORA, NORAS_CHAT)
    await pulled(home)
    told = [said for said in said_in(home, HOME) if "a retiré" in said]
    assert len(told) == 1
    assert "Cabinet" in told[0]
    assert said_in(home, MODOS_CHAT) == said_in(home, NORAS_CHAT) == []
    assert not any("lea" in said for said in said_in(home, ROOM)[-1:])


async def test_who_made_it_happen_reads_it_there_as_well(home: Desk) -> None:
    """The others see that it is known to all."""
    await pulled(home, MODO)
    assert any("Modo a retiré" in said for said in said_in(home, HOME))


async def test_naming_it_is_confirmed_and_audited(home: Desk) -> None:
    """In the language of the room concerned."""
    assert any("Cabinet" in said and "désormais ici" in said for said in said_in(home, HOME))
    assert await home.value("SELECT act FROM audit WHERE room_id = :room", room=ROOM) == "home"


@pytest.mark.parametrize(
    "words", ["!mod here", "!mod ici Cabinet", "!mod here in Cabinet", "!mod ici dans cabinet"]
)
async def test_the_room_may_be_named(house: Desk, words: str) -> None:
    """The only one needs no name."""
    await house.say(MODO, words, room=HOME)
    await pulled(house)
    assert any("a retiré" in said for said in said_in(house, HOME))


async def test_one_of_two_rooms_has_to_be_named(house: Desk) -> None:
    """The refusal names neither, since others may be here; a name that is none of them is refused in the same way."""
    await house.open_room(OTHER_ROOM)
    house.change(name("Urgences"), room=OTHER_ROOM)
    make_moderators(house, NORA, room=OTHER_ROOM)
    for words in ("!mod ici", "!mod ici Cardiologie"):
        (told,) = house.answers_to(await house.say(MODO, words, room=HOME))
        assert "par son nom entier" in told
        assert "Cabinet" not in told
        assert "Urgences" not in told
    await house.say(MODO, "!mod ici Urgences", room=HOME)
    await pulled(house)
    assert not any("a retiré" in said for said in said_in(house, HOME))


async def test_the_served_room_itself_is_never_it(desk: Desk) -> None:
    """Moderators are told things elsewhere."""
    (told,) = desk.answers_to(await desk.say(MODO, "!mod ici"))
    assert "un autre salon fermé" in told
    await desk.say(LEA, "!cas Enfant de 3 ans, toux")
    await desk.say(LEA, "!retirer #1")
    assert not any("a retiré" in said for said in said_in(desk, ROOM))


async def test_nobody_names_a_room_for_others_to_read_in(house: Desk) -> None:
    """Neither a member who moderates nothing, nor a moderator in a direct chat."""
    house.change(member(LEA), room=HOME)
    (told,) = house.answers_to(await house.say(LEA, "!mod ici", room=HOME))
    assert "modération" in told
    await house.open_chat(MODO, MODOS_CHAT)
    (told,) = house.answers_to(await house.say(MODO, "!mod ici", room=MODOS_CHAT))
    assert "salon fermé" in told
    assert await house.value("SELECT count(*) FROM moderators_room") == 0


async def test_a_room_with_cases_is_not_named(house: Desk) -> None:
    """Its cases would be nobody's any more."""
    await house.say(NORA, "!cas Homme de 40 ans, dyspnée", room=HOME)
    (told,) = house.answers_to(await house.say(MODO, "!mod ici", room=HOME))
    assert "cas ont été posés" in told


@pytest.mark.parametrize("how", ["join", "invite"])
async def test_somebody_who_moderates_nothing_keeps_a_room_from_being_named(house: Desk, how: str) -> None:
    """They would read names; the refusal says who it is."""
    house.change(member(LEA, how, name="Léa"), room=HOME)
    (told,) = house.answers_to(await house.say(MODO, "!mod ici", room=HOME))
    assert "Léa" in told
    assert await house.value("SELECT count(*) FROM moderators_room") == 0


async def test_a_moderator_who_is_kept_out_reads_nothing(home: Desk) -> None:
    """Whoever the bot does not deal with is a stranger, whatever their level."""
    await home.open_chat(MODO, MODOS_CHAT)
    await home.open_chat(NORA, NORAS_CHAT)
    await home.say(MODO, f"!mod deny {NORA}")
    await pulled(home)
    assert not any("a retiré" in said for said in said_in(home, HOME) + said_in(home, NORAS_CHAT))
    assert any("a retiré" in said for said in said_in(home, MODOS_CHAT))


@pytest.mark.parametrize("change", ["stranger", "invited", "demoted", "left the room", "opened", "emptied"])
async def test_what_is_no_longer_among_moderators_is_told_in_private(home: Desk, change: str) -> None:
    """It is looked at each time; a line says why, and nothing is said there."""
    await home.open_chat(MODO, MODOS_CHAT)
    if change == "stranger":
        home.change(member(LEA), room=HOME)
    elif change == "invited":
        home.change(member(LEA, "invite"), room=HOME)
    elif change == "demoted":
        make_moderators(home)
    elif change == "left the room":
        home.change(member(NORA, "leave"))
    elif change == "opened":
        home.change(state_event("m.room.join_rules", {"join_rule": "public"}), room=HOME)
        await home.inspect(HOME)
    else:
        home.change(member(NORA, "leave"), member(MODO, "leave"), room=HOME)
    await pulled(home)
    assert not any("a retiré" in said for said in said_in(home, HOME))
    (told,) = said_in(home, MODOS_CHAT)
    assert "a retiré" in told
    assert "Dit ici et non dans le salon de la modération" in told


async def test_when_they_are_among_themselves_again_it_is_said_there_again(home: Desk) -> None:
    """Nobody has to name the room anew."""
    home.change(member(LEA), room=HOME)
    await pulled(home)
    home.change(member(LEA, "leave"), room=HOME)
    await pulled(home, MARC)
    assert len([said for said in said_in(home, HOME) if "a retiré" in said]) == 1


@pytest.mark.parametrize("words", ["!mod here off", "!mod ailleurs", "!mod ici non"])
async def test_direct_chats_come_back(home: Desk, words: str) -> None:
    """And the room is one like others."""
    await home.say(MODO, words, room=HOME)
    await home.open_chat(NORA, NORAS_CHAT)
    await pulled(home)
    assert any("a retiré" in said for said in said_in(home, NORAS_CHAT))
    assert not any("a retiré" in said for said in said_in(home, HOME))


async def test_it_is_given_up_from_anywhere(home: Desk) -> None:
    """Also by somebody who cannot get in, and while a stranger is in it."""
    home.change(member(LEA), room=HOME)
    await home.say(MODO, "!mod ailleurs", room=HOME)
    assert await home.value("SELECT count(*) FROM moderators_room") == 0
    (told,) = home.answers_to(await home.say(NORA, "!mod ailleurs"))
    assert "tête-à-tête" in told


async def test_a_moderator_who_is_not_in_it_is_told_once_where_it_is(house: Desk) -> None:
    """From then on they would hear nothing any more."""
    house.change(member(NORA, "leave"), room=HOME)
    await house.open_chat(NORA, NORAS_CHAT)
    await house.say(MODO, "!mod ici", room=HOME)
    await pulled(house)
    (told,) = said_in(house, NORAS_CHAT)
    assert "Cabinet" in told
    assert "Modération" in told


async def test_it_is_no_room_for_cases(home: Desk) -> None:
    """Neither by a command nor by the old habit nor by a photo; the one who tries hears what is done here."""
    for words in ("!cas Enfant de 3 ans, toux", "Enfant de 3 ans, toux #DocTocToc"):
        (told,) = home.answers_to(await home.say(NORA, words, room=HOME))
        assert "aucun cas" in told
    await home.picture(NORA, caption="!cas Enfant de 3 ans, éruption", room=HOME)
    assert await home.value("SELECT count(*) FROM medical_case") == 0


async def test_commands_there_are_about_the_room_that_they_moderate(home: Desk) -> None:
    """Lists, summaries, settings, and what is done to a case."""
    await home.say(LEA, "!cas Enfant de 3 ans, toux #pediatrie")
    (listed,) = home.answers_to(await home.say(NORA, "!cases", room=HOME))
    assert "#1" in listed
    await home.say(NORA, "!mod set nudge 45", room=HOME)
    assert (
        await home.value("SELECT value FROM room_option WHERE room_id = :room AND name = 'nudge'", room=ROOM)
        == "45"
    )
    assert await home.value("SELECT count(*) FROM room_option WHERE room_id = :room", room=HOME) == 0
    (told,) = home.answers_to(await home.say(NORA, "!retirer #1", room=HOME))
    assert "#1" in told
    assert await home.value("SELECT state FROM medical_case") == "pulled"


async def test_nothing_of_a_room_is_said_there_to_a_stranger(home: Desk) -> None:
    """Neither to them nor to a moderator while they are in."""
    await home.say(LEA, "!cas Enfant de 3 ans, toux #pediatrie")
    home.change(member(PAUL), room=HOME)
    for who in (PAUL, MODO):
        for words in ("!cases", "!mod salon", "!summary #1", "!mod journal"):
            told = " ".join(home.answers_to(await home.say(who, words, room=HOME)))
            assert "#1" not in told
            assert "Cabinet" not in told
            assert "pediatrie" not in told
    assert "Cabinet" not in " ".join(said_in(home, HOME)[1:])


async def test_doctors_are_not_asked_whether_to_publish_there(home: Desk) -> None:
    """Nora is in both rooms; her draft can go to one."""
    await home.open_chat(NORA, CHAT)
    await home.say(NORA, "Homme de 50 ans, lombalgie", room=CHAT)
    await quiet(home)
    shown = str([event.content for event in home.gateway.visible(CHAT)])
    assert "lombalgie" in shown
    assert "Modération" not in shown
    (told,) = home.answers_to(await home.say(NORA, "!mod export", room=CHAT))
    assert "Cabinet" in told
    assert "Dans quel salon" not in told


async def test_a_setting_is_audited_with_what_it_was(home: Desk) -> None:
    """The old and the new value, under the moderator's pseudonym; the room hears one small notice."""
    await home.say(MODO, "!mod set nudge 45")
    before = len(home.gateway.visible(ROOM))
    asked = await home.say(MODO, "!mod set nudge 20")
    (answer,) = home.gateway.visible(ROOM)[before:]
    assert answer.replies_to == asked
    assert answer.content["msgtype"] == "m.notice"
    assert (
        await home.value("SELECT reason FROM audit_words ORDER BY audit_id DESC LIMIT 1") == "nudge: 45 → 20"
    )
    await home.say(MODO, "!mod set language en")
    assert (
        await home.value("SELECT reason FROM audit_words ORDER BY audit_id DESC LIMIT 1")
        == "language: fr → en"
    )
