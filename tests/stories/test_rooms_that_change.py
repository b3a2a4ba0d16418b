"""Rooms change: colleagues join, and a room is replaced by another."""

import pytest

from tests.stories.ward import Ward, card, caught_up, redacted, says

pytestmark = pytest.mark.homeserver


async def test_a_newcomer_is_welcomed_in_a_chat_that_the_bot_opens(ward: Ward) -> None:
    """Whoever joins after the bot is; those who were there before it are not."""
    bot = await ward.bot(rooms={"allowed_inviters": [ward.homeserver.server_name]})
    lea, ines = await ward.person("lea"), await ward.person("ines")
    await ward.serve(bot)
    room = await ward.room(lea, [], bot)
    await caught_up(lea, room, bot)
    await lea.invite(room, ines.user_id)
    await ines.join(room)
    chat = await ines.called()
    await ines.join(chat)
    await ines.wait_for(chat, says(bot.user_id, "Bienvenue dans DocTocToc"), what="the welcome")
    await ines.wait_for(chat, says(bot.user_id, "!suivre dermatologie"), what="how to be told of cases")


async def test_the_bot_follows_its_room_to_the_one_that_replaces_it(ward: Ward) -> None:
    """Upgraded as Element does it and invited: the open case has a card there, under which it goes on."""
    bot = await ward.bot()
    lea, omar = await ward.person("lea"), await ward.person("omar")
    await ward.serve(bot)
    old = await ward.room(lea, [omar], bot, room_version="10")
    await lea.say(old, "!cas Plaque du dos")
    root = (await lea.wait_for(old, card(bot, 1), what="the card")).event_id
    await caught_up(lea, old, bot)
    upgraded = await lea.client.request(
        "POST", f"/_matrix/client/v3/rooms/{old}/upgrade", {"new_version": "11"}
    )
    new = str(upgraded["replacement_room"])
    for user in (omar.user_id, bot.user_id):
        await lea.invite(new, user)
    await omar.join(new)
    moved = await omar.wait_for(new, card(bot, 1), what="the card in the new room")
    await omar.wait_for(new, says(bot.user_id, "Plaque du dos"), what="its words there")
    await omar.say(new, "Un pityriasis", thread=moved.event_id)
    await omar.wait_for(new, says(bot.user_id, "1 réponse"), what="the answer counted there")
    first = lea.seen.event(root)
    assert first is not None
    assert not first.redacted
    await omar.say(new, "!retirer #1")
    await omar.wait_for(new, redacted(moved.event_id), what="the card gone from the new room")
    await lea.wait_for(old, redacted(root), what="the card gone from the old room")
