"""What identifies a patient, typed into the room in a hurry: what colleagues' clients can read of it from the bot."""

import pytest

from doctocbot.demo.person import Person
from tests.stories.ward import BotAccount, Ward, answers, card, caught_up, says

pytestmark = pytest.mark.homeserver

PHONE, NIR = "06 12 34 56 78", "1 84 12 76 451 089 46"
HURRIED = f"!cas M. Lecorre, 54 ans, TA 16/9, douleur thoracique. NIR {NIR}, sa femme : {PHONE} #cardio"
MENDED = "!cas Homme de 54 ans, TA 16/9, douleur thoracique, sa femme est prévenue #cardio"


def _everything(person: Person, room: str, bot: BotAccount) -> str:
    """All that somebody's client can read of the bot's, earlier versions of edited messages included."""
    return "\n".join(str(event.content) for event in person.timeline(room) if event.sender == bot.user_id)


async def test_a_hurried_case_is_shown_without_what_identifies(ward: Ward) -> None:
    """Colleagues read dots; the author is told, mends it by editing, and no version of the card ever held the words."""
    bot = await ward.bot()
    lea, omar = await ward.person("lea"), await ward.person("omar")
    await ward.serve(bot)
    room = await ward.room(lea, [omar], bot)
    asked = await lea.say(room, HURRIED)

    root = await omar.wait_for(room, card(bot), what="the card")
    await omar.wait_for(room, says(bot.user_id, "NIR […], sa femme : […]"), what="the card with dots")
    told = await lea.wait_for(room, says(bot.user_id, "ressemble à ce qui identifie"), what="the author told")
    assert told.thread == root.event_id
    assert told.content["m.mentions"] == {"user_ids": [lea.user_id]}
    assert "numéro de sécurité sociale" in told.body

    await omar.say(room, f"!avis péricardite, appelez le {PHONE}", thread=root.event_id)
    await lea.wait_for(
        room, says(bot.user_id, "1. péricardite, appelez le […]"), what="the opinion on the card"
    )
    summed = await omar.say(room, "!résumé #" + root.body.split(" ")[0].removeprefix("#"))
    summary = await omar.wait_for(room, answers(bot, summed), what="the summary")
    assert "[…]" in summary.body

    await lea.edit(room, asked, MENDED)
    await omar.wait_for(room, says(bot.user_id, "sa femme est prévenue"), what="the card put right")
    await caught_up(omar, room, bot)
    for person in (lea, omar):
        read = _everything(person, room, bot)
        assert not [word for word in (PHONE, NIR, "Lecorre") if word in read]
