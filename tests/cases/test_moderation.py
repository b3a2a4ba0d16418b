"""What moderators learn about cases, and who learns nothing."""

import json

import pytest

from tests.cases.test_intake import draft
from tests.desk import CHAT, LEA, MARC, MODO, Desk
from tests.fakes.roomstates import member, state_event

pytest_plugins = ["tests.desk_fixtures"]

MODOS_CHAT = "!modo-and-the-bot:clinic.example"
DAY = 24 * 60


@pytest.fixture
async def asked(desk: Desk) -> Desk:
    """Léa has published a case without her name."""
    await desk.say(MODO, "!mod set anonymous on")
    await desk.open_chat(LEA)
    await draft(desk)
    await desk.say(LEA, "!publier anonyme", room=CHAT)
    await desk.tick()
    return desk


def shown(desk: Desk) -> str:
    """All that the moderator's chat shows of the bot's."""
    return json.dumps([event.content for event in desk.gateway.visible(MODOS_CHAT)], ensure_ascii=False)


async def test_the_name_is_gone_from_the_chat_when_a_third_comes(asked: Desk) -> None:
    """The moderator has never said a word there; the name was for their eyes alone."""
    await asked.open_chat(MODO, MODOS_CHAT)
    await asked.say(MODO, "!mod qui #1")
    assert LEA in shown(asked)
    asked.change(member(MARC, "invite"), room=MODOS_CHAT)
    await asked.inspect(MODOS_CHAT)
    assert LEA not in shown(asked)


async def test_nor_does_that_chat_become_a_room_for_cases(asked: Desk) -> None:
    """Whoever comes opens no case there."""
    await asked.open_chat(MODO, MODOS_CHAT)
    await asked.say(MODO, "!mod qui #1")
    asked.change(member(MARC), room=MODOS_CHAT)
    await asked.inspect(MODOS_CHAT)
    await asked.say(MARC, "!cas Enfant, otite", room=MODOS_CHAT)
    assert await asked.value("SELECT count(*) FROM medical_case") == 1


@pytest.mark.parametrize("since", ["left", "moderates no more", "nothing"])
async def test_the_name_is_told_to_moderators_of_today(asked: Desk, since: str) -> None:
    """The bot opened a chat for the answer, and they came days later."""
    await asked.say(MODO, "!mod qui #1")
    if since == "left":
        asked.change(member(MODO, "leave"))
    elif since == "moderates no more":
        asked.change(state_event("m.room.power_levels", {"users": {MODO: 0}}))
    asked.later(minutes=3 * DAY)
    await asked.open_chat(MODO, MODOS_CHAT)
    await asked.tick()
    assert (LEA in shown(asked)) == (since == "nothing")
