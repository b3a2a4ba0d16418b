"""Spaced repetition in a direct chat on a real homeserver: asked, answered, graded by a tap, seen by nobody else."""

import re

import pytest

from doctocbot.demo.person import Person
from tests.stories.ward import BotAccount, Ward, answers, card, joined, says

pytestmark = pytest.mark.homeserver


async def _chat(person: Person, bot: BotAccount) -> str:
    chat = await person.create_room(None, invite=[bot.user_id], direct=True, power_levels=None)
    await person.wait_for(chat, joined(bot.user_id), what="the bot joining the chat")
    await person.set_power_level(chat, bot.user_id, 100)
    return chat


async def test_a_student_reviews_a_case_of_the_room_also_after_a_restart(ward: Ward) -> None:
    """The letters mean the same after the restart; what is told stays in the chat."""
    bot = await ward.bot()
    lea, ines = await ward.person("lea"), await ward.person("ines")
    async with bot.serving():
        room = await ward.room(lea, [ines], bot)
        await lea.say(room, "!cas Enfant de 3 ans, éruption #dermato")
        root = await ines.wait_for(room, card(bot), what="the card")
        for opinion in ("rubéole", "rougeole"):
            await ines.say(room, f"!avis {opinion}", thread=root.event_id)
        await lea.say(room, "!clore certain Gianotti-Crosti", thread=root.event_id)
        allowed = await lea.say(room, "!quiz permettre", thread=root.event_id)
        await lea.wait_for(room, answers(bot, allowed), what="the thanks")
        chat = await _chat(ines, bot)
        await ines.say(chat, "!quiz moi")
        asked = await ines.wait_for(chat, says(bot.user_id, "Question 1"), what="the question")
    before = len(lea.timeline(room))
    right = next(letter for letter, text in re.findall(r"([A-E])\. (.+)", asked.body) if "Gianotti" in text)
    await ward.serve(bot)
    await ines.say(chat, right.lower())
    told = await ines.wait_for(chat, says(bot.user_id, "C'est juste"), what="the word that it is right")
    await ines.react(chat, told.event_id, "👍")
    await ines.wait_for(chat, says(bot.user_id, "C'est tout pour le moment"), what="the end")
    picture = await ines.wait_for(
        chat, lambda e: e.sender == bot.user_id and e.content.get("msgtype") == "m.image", what="the progress"
    )
    assert "en cours 1" in picture.body.replace("\u00a0", " ")
    assert len(lea.timeline(room)) == before
