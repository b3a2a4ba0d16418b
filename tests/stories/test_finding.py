"""What a room knows, for somebody who was not there: told by clients of a real homeserver."""

import io

import pytest
from PIL import Image

from doctocbot.demo.person import Person
from doctocbot.demo.seen import SeenEvent
from tests.stories.ward import BotAccount, Ward, answers, card, joined, redacted, says

pytestmark = pytest.mark.homeserver

PAST = "Enfant de 3 ans, éruption papuleuse des joues et des fesses, symétrique, après une rhinopharyngite"


async def _told(person: Person, room: str, bot: BotAccount, words: str) -> SeenEvent:
    """What the bot answers to something."""
    asked = await person.say(room, words)
    return await person.wait_for(room, answers(bot, asked), what=f"the answer to {words}")


async def _past_case(ward: Ward, bot: BotAccount, lea: Person, omar: Person) -> tuple[str, SeenEvent]:
    """A room with a case that was answered and closed; the room and the card."""
    room = await ward.room(lea, [omar], bot)
    await lea.say(room, f"!cas {PAST} #dermato")
    root = await omar.wait_for(room, card(bot), what="the card")
    await omar.say(room, "!avis Gianotti-Crosti", thread=root.event_id)
    await lea.wait_for(room, says(bot.user_id, "1. Gianotti-Crosti"), what="the opinion on the card")
    await lea.say(room, "!clore probable syndrome de Gianotti-Crosti", thread=root.event_id)
    await lea.wait_for(room, says(bot.user_id, "clos"), what="the case closed")
    return room, root


async def test_somebody_who_joins_later_finds_what_they_cannot_read(ward: Ward) -> None:
    """Their client cannot decrypt what was said before; `!chercher` and `!résumé` tell them, in the room and alone."""
    bot = await ward.bot()
    lea, omar = await ward.person("lea"), await ward.person("omar")
    await ward.serve(bot)
    room, root = await _past_case(ward, bot, lea, omar)

    ines = await ward.person("ines")
    await lea.invite(room, ines.user_id)
    await ines.join(room)
    found = await _told(ines, room, bot, "!chercher eruption JOUE")
    assert f"{root.body.split(' ')[0]} · dermato · clos" in found.body
    assert "Gianotti-Crosti" in found.body
    assert root.event_id.removeprefix("$") in found.body, "the way to the card"
    assert not [
        e for e in ines.timeline(room) if e.event_id != found.event_id and "papuleuse" in str(e.content)
    ]

    number = root.body.split(" ")[0]
    summary = await _told(ines, room, bot, f"!résumé {number}")
    assert "éruption papuleuse" in summary.body
    assert "1. Gianotti-Crosti" in summary.body

    chat = await ines.create_room(None, invite=[bot.user_id], direct=True, power_levels=None)
    await ines.wait_for(chat, joined(bot.user_id), what="the bot joining the chat")
    alone = await _told(ines, chat, bot, "!chercher joues fesses")
    assert number in alone.body

    await omar.say(room, f"!retirer {number}")
    for event, where in ((found, room), (summary, room), (alone, chat)):
        await ines.wait_for(where, redacted(event.event_id), what="what showed the case taken back")
    nothing = await _told(ines, room, bot, "!chercher papuleuse")
    assert "Je n'ai rien trouvé" in nothing.body
    assert "a été retiré" in (await _told(ines, room, bot, f"!résumé {number}")).body
    shown = [e for where in (room, chat) for e in ines.timeline(where) if e.sender == bot.user_id]
    assert not [e for e in shown if "Gianotti" in str(e.content) or "papuleuse" in str(e.content)]


async def test_a_case_that_was_there_before_is_shown_in_the_thread(ward: Ward) -> None:
    """The next colleague with the same patient sees what it was; who merely has a cough sees nothing."""
    bot = await ward.bot()
    lea, omar = await ward.person("lea"), await ward.person("omar")
    await ward.serve(bot)
    room, root = await _past_case(ward, bot, lea, omar)
    number = root.body.split(" ")[0]
    # The clock reads a closed case into the index within a second; a search does at once.
    await _told(omar, room, bot, "!chercher Gianotti")

    await omar.say(room, "!cas Garçon de 4 ans : papules des joues et des fesses, après une rhinopharyngite")
    like = await lea.wait_for(room, says(bot.user_id, "Cas clos qui ressemblent"), what="the like case")
    assert number in like.body
    assert "syndrome de Gianotti-Crosti (probable)" in like.body
    assert like.thread not in (None, root.event_id)


async def test_the_week_comes_with_a_picture_and_its_words(ward: Ward) -> None:
    """The figures, then a chart whose alternative text says all that it shows."""
    bot = await ward.bot()
    lea, omar = await ward.person("lea"), await ward.person("omar")
    await ward.serve(bot)
    room, _ = await _past_case(ward, bot, lea, omar)
    week = await _told(omar, room, bot, "!résumé semaine")
    assert "cas ouverts : 1" in week.body.replace("\u00a0", " ")
    chart = await lea.wait_for(
        room, lambda e: e.sender == bot.user_id and e.content.get("msgtype") == "m.image", what="the chart"
    )
    assert chart.content["filename"].startswith("semaine-")
    assert "Réponses par jour" in chart.body
    picture = Image.open(io.BytesIO(await lea.fetch_media(chart.content)))
    assert (picture.format, picture.width) == ("PNG", 720)
