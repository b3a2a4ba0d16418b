"""A newcomer whom two colleagues know: declared in private, vouched for in the room, counted on the card."""

import pytest

from tests.stories.ward import Ward, answers, card, joined, redacted, says

pytestmark = pytest.mark.homeserver

RPPS = "10001234565"


async def test_two_colleagues_vouch_for_a_newcomer_and_the_card_counts_her_trade(ward: Ward) -> None:
    """Her number is gone from the chat at once; nothing of it is said in the room."""
    bot = await ward.bot()
    modo, marc, lea = [await ward.person(name) for name in ("modo", "marc", "lea")]
    await ward.serve(bot)
    room = await ward.room(modo, [marc, lea], bot)
    for words in ("set parrainage on", f"member {marc.user_id} MG", f"member {modo.user_id} pharmacienne"):
        asked = await modo.say(room, f"!mod {words}")
        await modo.wait_for(room, answers(bot, asked), what="the setting")
    chat = await lea.create_room(None, invite=[bot.user_id], direct=True, power_levels=None)
    await lea.wait_for(chat, joined(bot.user_id), what="the bot joining the chat")
    await lea.set_power_level(chat, bot.user_id, 100)
    declared = await lea.say(chat, f"!jesuis dermatologue {RPPS}")
    await lea.wait_for(chat, redacted(declared), what="her number going")
    told = await lea.wait_for(chat, says(bot.user_id, "médecin, dermatologie"), what="what was noted")
    assert RPPS not in told.body
    for person in (marc, modo):
        await person.say(room, f"!parrainer {lea.user_id}")
    await lea.wait_for(chat, says(bot.user_id, "répondu de vous"), what="her colleagues' word")
    await modo.say(room, "!cas éruption des joues depuis 3 jours")
    root = await modo.wait_for(room, card(bot), what="the card")
    await lea.say(room, "plutôt une virose", thread=root.event_id)
    await modo.wait_for(room, says(bot.user_id, "1 réponse (dermato 1)"), what="her trade on the card")
    assert not any(RPPS in event.body or "parrainé" in event.body for event in modo.timeline(room))
