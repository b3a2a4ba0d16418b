"""Nobody left without an answer: colleagues are called to a case, over restarts and from a direct chat."""

from typing import Any

import pytest

from doctocbot.demo.person import Person
from doctocbot.demo.seen import SeenEvent
from tests.stories.ward import BotAccount, Ward, answers, card, caught_up, joined, says

pytestmark = pytest.mark.homeserver

# Stories are told at any hour.
SETTINGS: dict[str, Any] = {"calls": {"quiet_hours": "off"}}


def calls_in(person: Person, room: str, bot: BotAccount, root: str) -> list[SeenEvent]:
    """The bot's messages in a thread that ring somebody's phone because nobody has answered."""
    return [
        e
        for e in person.timeline(room)
        if says(bot.user_id, "pas encore de réponse.")(e) and e.thread == root
    ]


async def time_passes(bot: BotAccount, minutes: int) -> None:
    """Turn the dates of the cases back while the bot is down."""
    async with bot.database() as database:
        await database.run(lambda tx: tx.execute(_EARLIER, by=minutes * 60_000))


_EARLIER = "UPDATE medical_case SET opened_at = opened_at - :by, nudged_at = nudged_at - :by, look_at = look_at - :by"


async def test_a_follower_is_called_once_over_restarts(ward: Ward) -> None:
    """Due while the bot was down, said once when it is back; an hour on the room is reminded, once too."""
    bot = await ward.bot(**SETTINGS)
    lea, omar, ines = await ward.person("lea"), await ward.person("omar"), await ward.person("ines")
    async with bot.serving():
        room = await ward.room(lea, [omar, ines], bot)
        followed = await omar.say(room, "!suivre dermatologie")
        await omar.wait_for(room, answers(bot, followed), what="the word that it is noted")
        await lea.say(room, "!cas Éruption du tronc depuis deux jours #dermato")
        root = (await omar.wait_for(room, card(bot), what="the card")).event_id
        await omar.wait_for(room, says(bot.user_id, "Éruption du tronc"), what="the words on the card")
    await time_passes(bot, 20)
    async with bot.serving():
        nudge = await omar.wait_for(room, says(bot.user_id, "pas encore de réponse."), what="the call")
        assert nudge.thread == root
        assert nudge.encrypted
        assert nudge.content["m.mentions"] == {"user_ids": [omar.user_id]}
        assert ines.user_id not in nudge.content["formatted_body"]
        assert "Éruption" not in str(nudge.content)
    async with bot.serving():
        await caught_up(ines, room, bot)
    await time_passes(bot, 60)
    async with bot.serving():
        line = await ines.wait_for(room, says(bot.user_id, "Toujours sans réponse : #"), what="the reminder")
        assert line.content["msgtype"] == "m.notice"
        assert not line.relation
        assert "Éruption" not in str(line.content)
        await omar.say(room, "Pityriasis rosé de Gibert ?", thread=root)
        await lea.wait_for(
            room, lambda e: "1 réponse" in str(lea.latest(root).get("body")), what="the answer on the card"
        )
    await time_passes(bot, 300)
    async with bot.serving():
        await caught_up(ines, room, bot)
        assert len(calls_in(ines, room, bot, root)) == 1
        reminders = [e for e in ines.timeline(room) if says(bot.user_id, "Toujours sans réponse : #")(e)]
        assert len(reminders) == 1


async def test_from_a_direct_chat_a_specialty_is_called_and_a_case_waits_on(ward: Ward) -> None:
    """`!appel #1 orl` rings in the thread of the room; `!attends` shows on the card until an opinion comes."""
    bot = await ward.bot(**SETTINGS)
    lea, omar = await ward.person("lea"), await ward.person("omar")
    await ward.serve(bot)
    room = await ward.room(lea, [omar], bot)
    await omar.say(room, "!follow ENT")
    await omar.wait_for(room, says(bot.user_id, "ORL"), what="the word that it is noted")
    await lea.say(room, "!cas Otalgie fébrile, tympan vu et normal")
    first = await omar.wait_for(room, card(bot), what="the card")
    number, root = first.body.split(" ")[0], first.event_id
    chat = await lea.create_room(None, invite=[bot.user_id], direct=True)
    await lea.wait_for(chat, joined(bot.user_id), what="the bot in the chat")
    asked = await lea.say(chat, f"!appel {number} orl")
    await lea.wait_for(chat, answers(bot, asked), what="the word that it is done")
    call = await omar.wait_for(room, says(bot.user_id, "On demande votre avis"), what="the call")
    assert call.thread == root
    assert call.content["m.mentions"] == {"user_ids": [omar.user_id]}

    await omar.say(room, "Depuis quand ?", thread=root)
    await lea.wait_for(room, lambda e: "1 réponse" in str(lea.latest(root).get("body")), what="a question")
    await lea.say(chat, f"!attends {number}")
    await omar.wait_for(
        room, lambda e: "attend encore un avis" in str(omar.latest(root).get("body")), what="the card says so"
    )
    await omar.say(room, "!avis douleur projetée dentaire", thread=root)
    await lea.wait_for(
        room,
        lambda e: "douleur projetée" in str(lea.latest(root).get("body")),
        what="the opinion on the card",
    )
    assert "attend encore" not in str(lea.latest(root).get("body"))
