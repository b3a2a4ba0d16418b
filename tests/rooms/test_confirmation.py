"""What ends in loss is asked about once, and carried out only for the one who was asked, where they were, in time."""

import pytest

from tests.desk import CHAT, LEA, MODO, NORA, Desk
from tests.fakes.roomstates import state_event

pytest_plugins = ["tests.desk_fixtures"]

MODOS_CHAT = "!modo-and-the-bot:clinic.example"
BOT = "@doctocbot:clinic.example"


@pytest.fixture
async def asked(desk: Desk) -> Desk:
    """Léa's case is about to be pulled by Modo, who has been asked whether they mean it."""
    desk.change(state_event("m.room.power_levels", {"users": {MODO: 100, NORA: 50, BOT: 50}, "redact": 50}))
    await desk.open_chat(MODO, MODOS_CHAT)
    await desk.say(LEA, "!cas Enfant de 3 ans, toux")
    (told,) = desk.answers_to(await desk.say(MODO, "!mod pull #1 doublon"))
    assert "!mod yes" in told
    assert "doublon" not in told
    return desk


async def state(desk: Desk) -> str:
    """Whether the case is there still."""
    return str(await desk.value("SELECT state FROM medical_case WHERE id = 1"))


@pytest.mark.parametrize("words", ["!mod yes", "!mod oui", "!MOD OUI"])
async def test_yes_carries_it_out(asked: Desk, words: str) -> None:
    """Once; a second yes finds nothing to do."""
    assert await state(asked) == "open"
    await asked.say(MODO, words)
    assert await state(asked) == "pulled"
    (told,) = asked.answers_to(await asked.say(MODO, words))
    assert "Rien n'attend" in told


async def test_nobody_confirms_for_another(asked: Desk) -> None:
    """Not even another moderator, and no member at all."""
    (told,) = asked.answers_to(await asked.say(NORA, "!mod yes"))
    assert "Rien n'attend" in told
    (told,) = asked.answers_to(await asked.say(LEA, "!mod yes"))
    assert "modération" in told
    assert await state(asked) == "open"


async def test_yes_counts_where_it_was_asked(asked: Desk) -> None:
    """In another place it could be meant for another question."""
    await asked.say(MODO, "!mod yes", room=MODOS_CHAT)
    assert await state(asked) == "open"


@pytest.mark.parametrize(("minutes", "expected"), [(9.5, "pulled"), (10.5, "open")])
async def test_ten_minutes_are_given(asked: Desk, minutes: float, expected: str) -> None:
    """After that the command has to be typed again."""
    asked.later(minutes=minutes)
    await asked.say(MODO, "!mod yes")
    assert await state(asked) == expected


async def test_no_drops_it(asked: Desk) -> None:
    """And a later yes does nothing."""
    await asked.say(MODO, "!mod non")
    await asked.say(MODO, "!mod yes")
    assert await state(asked) == "open"


async def test_the_last_question_is_the_one_that_is_answered(asked: Desk) -> None:
    """Whoever asked for two things has confirmed the second alone."""
    await asked.say(LEA, "!cas Homme de 70 ans, chute")
    await asked.say(MODO, "!mod hide #2 nom du patient")
    await asked.say(MODO, "!mod yes")
    await asked.say(MODO, "!mod yes")
    assert await state(asked) == "open"
    assert await asked.value("SELECT hidden FROM medical_case WHERE id = 2") == 1


async def test_who_moderates_no_more_carries_nothing_out(asked: Desk) -> None:
    """What somebody may do is looked at when they do it."""
    asked.change(state_event("m.room.power_levels", {"users": {MODO: 0, NORA: 100, BOT: 50}, "redact": 50}))
    await asked.say(MODO, "!mod yes")
    assert await state(asked) == "open"


async def test_a_case_that_is_gone_meanwhile_is_said_to_be(asked: Desk) -> None:
    """Its author was quicker."""
    await asked.say(LEA, "!retirer #1")
    (told,) = asked.answers_to(await asked.say(MODO, "!mod yes"))
    assert "#1" in told


async def test_a_reason_that_nobody_confirmed_is_forgotten(asked: Desk) -> None:
    """It may name a patient."""
    assert await asked.value("SELECT words FROM confirmation") == "#1 doublon"
    await asked.tick()
    assert await asked.value("SELECT count(*) FROM confirmation") == 1
    asked.later(minutes=11)
    await asked.tick()
    assert await asked.value("SELECT count(*) FROM confirmation") == 0


async def test_two_people_are_asked_apart(asked: Desk) -> None:
    """Each confirms their own."""
    await asked.say(LEA, "!cas Homme de 70 ans, chute")
    await asked.say(NORA, "!mod hide #2 doublon")
    await asked.say(MODO, "!mod yes")
    assert await state(asked) == "pulled"
    assert await asked.value("SELECT hidden FROM medical_case WHERE id = 2") == 0
    await asked.say(NORA, "!mod yes")
    assert await asked.value("SELECT hidden FROM medical_case WHERE id = 2") == 1
    assert not asked.gateway.visible(CHAT)
