"""Somebody looks at what is kept of them, and leaves: on a real homeserver, as their colleagues see it."""

import pytest

from doctocbot.demo.person import Person
from tests.stories.ward import BotAccount, Ward, card, joined, redacted, says

pytestmark = pytest.mark.homeserver


async def _chat(person: Person, bot: BotAccount) -> str:
    """A direct chat in which the bot may redact."""
    chat = await person.create_room(None, invite=[bot.user_id], direct=True, power_levels=None)
    await person.wait_for(chat, joined(bot.user_id), what="the bot joining the chat")
    await person.set_power_level(chat, bot.user_id, 100)
    return chat


async def test_a_doctor_reads_what_is_kept_of_her_and_is_forgotten(ward: Ward) -> None:
    """The file opens on her phone; then case, answer and chat are gone, and her colleague's case lives on."""
    bot = await ward.bot()
    lea, omar = await ward.person("lea"), await ward.person("omar")
    await ward.serve(bot)
    room = await ward.room(lea, [omar], bot)
    chat = await _chat(lea, bot)
    asked = await lea.say(room, "!cas éruption de l'enfant #dermato")
    hers = await omar.wait_for(room, card(bot, 1), what="her card")
    await omar.say(room, "!cas toux quinteuse")
    his = await omar.wait_for(room, card(bot, 2), what="his card")
    answer = await lea.say(room, "Coqueluche", thread=his.event_id)
    await omar.wait_for(room, says(bot.user_id, "1 réponse"), what="the answer counted")

    await lea.say(chat, "!mesdonnées")
    sent = await lea.wait_for(chat, lambda e: e.content.get("msgtype") == "m.file", what="the file")
    text = (await lea.fetch_media(sent.content)).decode("utf-8-sig")
    assert "éruption de l'enfant" in text
    assert "Coqueluche" in text
    assert "toux quinteuse" not in text

    question = await lea.say(chat, "!oubliezmoi")
    await lea.wait_for(chat, says(bot.user_id, "Pour confirmer"), what="what goes")
    await lea.say(chat, "!oubliezmoi oui")
    for gone in (asked, hers.event_id, answer):
        await omar.wait_for(room, redacted(gone), what="her words redacted")
    for gone in (question, sent.event_id):
        await lea.wait_for(chat, redacted(gone), what="the chat cleared")
    await lea.wait_for(chat, says(bot.user_id, "effacé"), what="that it is done")
    await omar.say(room, "!lescas")
    await omar.wait_for(room, says(bot.user_id, "#2"), what="his case still listed")
    assert not [event for event in omar.timeline(room) if event.event_id == his.event_id and event.redacted]
