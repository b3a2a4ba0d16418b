"""Rooms change: colleagues join and are put out, and a room is replaced by another."""

import asyncio

import pytest

from doctocbot.demo.person import Person
from tests.stories.ward import Ward, answers, card, caught_up, redacted, says

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


async def test_who_is_kicked_while_somebody_speaks_gets_no_more_keys(ward: Ward) -> None:
    """The server then lists the old joining once more, after the kick; what the bot says from then on is not theirs."""
    bot = await ward.bot()
    lea, nora, omar = await ward.person("lea"), await ward.person("nora"), await ward.person("omar")
    await ward.serve(bot)
    room = await ward.room(lea, [nora, omar], bot, room_version="10")

    async def asked() -> str:
        """Have the bot say something; returns the session in which it was said."""
        question = await lea.say(room, "!lescas")
        answer = await lea.wait_for(room, answers(bot, question), what="the answer")
        return str(answer.raw["content"]["session_id"])

    for _ in range(5):
        before = await asked()
        assert await _holds(omar, room, before)
        await asyncio.gather(nora.say(room, "Bonjour"), lea.kick(room, omar.user_id))
        after = await asked()
        assert after != before
        assert not await _holds(omar, room, after)
        await lea.invite(room, omar.user_id)
        await omar.join(room)


async def _holds(person: Person, room: str, session: str) -> bool:
    """Whether somebody's device gets the key to a session within two seconds."""
    for _ in range(20):
        if any(session in held for held in person.client.machine.inbound_group_store[room].values()):
            return True
        await asyncio.sleep(0.1)
    return False
