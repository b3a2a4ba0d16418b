"""Moderators on a real homeserver: told in their own room, until somebody else is in it; a case hidden; a file."""

import json

import pytest

from tests.stories.ward import Ward, answers, card, joined, redacted, says

pytestmark = pytest.mark.homeserver

WORDS = "Enfant de 3 ans, éruption des joues #dermato"


async def test_moderators_among_themselves(ward: Ward) -> None:
    """Modo and Nora name a room, hide Léa's case there, take the cases out, and let Omar in: it is said elsewhere."""
    bot = await ward.bot()
    modo, nora, lea, omar = [await ward.person(name) for name in ("modo", "nora", "lea", "omar")]
    await ward.serve(bot)
    room = await ward.room(modo, [nora, lea, omar], bot)
    await modo.set_power_level(room, nora.user_id, 50)
    home = await modo.create_room("Modération", invite=[nora.user_id, bot.user_id])
    await nora.join(home)
    await modo.wait_for(home, joined(bot.user_id), what="the bot in the moderators' room")
    named = await modo.say(home, "!mod ici")
    await modo.wait_for(home, answers(bot, named), what="that it is noted")

    source = await lea.say(room, f"!cas {WORDS}")
    root = await omar.wait_for(room, card(bot), what="the card")
    await omar.wait_for(room, says(bot.user_id, "éruption"), what="its words")
    asked = await nora.say(home, "!mod masquer #1 visage reconnaissable")
    await nora.wait_for(home, answers(bot, asked), what="the question whether that is meant")
    await nora.say(home, "!mod oui")
    told = await modo.wait_for(
        home, says(bot.user_id, "visage reconnaissable"), what="what was done, for both"
    )
    assert told.encrypted
    await omar.wait_for(room, redacted(source), what="the author's words gone")
    await omar.wait_for(room, says(bot.user_id, "masqués par la modération"), what="the bare card")
    seen = [event for event in omar.timeline(room) if not event.redacted and "éruption" in str(event.content)]
    assert seen == []
    await modo.say(home, "!mod montrer #1")
    await omar.wait_for(
        room,
        lambda e: (
            e.relation.get("event_id") == root.event_id and not e.redacted and "éruption" in str(e.content)
        ),
        what="the words again",
    )

    chat = await modo.create_room(None, invite=[bot.user_id], direct=True)
    await modo.wait_for(chat, joined(bot.user_id), what="the bot in the direct chat")
    asked = await modo.say(chat, "!mod exporter")
    await modo.wait_for(chat, answers(bot, asked), what="the question whether that is meant")
    await modo.say(chat, "!mod oui")
    file = await modo.wait_for(chat, lambda e: e.content.get("msgtype") == "m.file", what="the file")
    lines = (await modo.fetch_media(file.content)).decode().splitlines()
    assert [json.loads(line).get("number") for line in lines] == [None, 1]
    assert lea.user_id not in "".join(lines)

    await modo.invite(home, omar.user_id)
    await omar.join(home)
    await omar.react(room, root.event_id, "🚩")
    news = await modo.wait_for(chat, says(bot.user_id, "a retiré le cas #1"), what="the news in private")
    assert "ne modère pas ce salon" in str(news.content)
    assert not [event for event in omar.timeline(home) if says(bot.user_id, "a retiré")(event)]

    status, printed = await (await bot.process("audit", "verify")).ended()
    assert status == 0, printed
    assert "en ordre" in printed
