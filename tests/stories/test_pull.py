"""A pull on a real homeserver: whoever looks afterwards finds nothing, and the author has it back in private."""

import pytest

from doctocbot.demo.person import Person
from tests.images import metadata, photos
from tests.stories.ward import BotAccount, Ward, card, picture_in, redacted, says

pytestmark = pytest.mark.homeserver

WORDS = "Enfant de 3 ans, éruption des joues #diagnostic"


async def _busy_case(ward: Ward, room: str, lea: Person, omar: Person, bot: BotAccount) -> list[str]:
    """A case with its photo, an opinion, an answer by plain reply and a vote; all that people and the bot sent."""
    source = await lea.say(room, f"!cas {WORDS}")
    root = await omar.wait_for(room, card(bot), what="the card")
    photo = photos.jpeg_with(photos.exif_segment(metadata.tiff_block()))
    image = await lea.send_image(room, photo, metadata.FILE_NAME)
    picture = await omar.wait_for(room, picture_in(root.event_id, bot.user_id), what="the clean photo")
    opinion = await omar.say(room, "!avis Gianotti-Crosti", thread=root.event_id)
    reply = await omar.say(room, "Joues giflées ?", reply_to=root.event_id)
    await omar.wait_for(room, says(bot.user_id, "Gianotti-Crosti : "), what="the opinion on the card")
    return [source, root.event_id, image, picture.event_id, opinion, reply]


async def test_a_flag_takes_a_case_out_of_the_room_within_a_second(ward: Ward) -> None:
    """Card, picture, words, answers and edits are redacted for whoever looks; the author is called and has it back."""
    bot = await ward.bot()
    lea, omar, zoe = await ward.person("lea"), await ward.person("omar"), await ward.person("zoe")
    await ward.serve(bot)
    room = await ward.room(lea, [omar, zoe], bot)
    sent = await _busy_case(ward, room, lea, omar, bot)
    await omar.react(room, sent[1], "🚩")
    for event_id in sent:
        await zoe.wait_for(room, redacted(event_id), what="all of it redacted")
    await zoe.wait_for(room, says(bot.user_id, "a été retiré"), what="the one line that stays")
    left = [
        event for event in zoe.timeline(room) if not event.redacted and "joues" in str(event.content).lower()
    ]
    assert left == []
    chat = await lea.called()
    await lea.join(chat)
    await lea.wait_for(chat, says(bot.user_id, "vous revient ici en brouillon"), what="the reason")
    await lea.wait_for(chat, says(bot.user_id, "> Enfant de 3 ans"), what="the draft that came back")
    shown = await lea.wait_for(
        chat, lambda e: e.sender == bot.user_id and e.content.get("msgtype") == "m.image", what="its picture"
    )
    data = await lea.fetch_media(shown.content)
    assert not [needle for needle in metadata.needles() if needle in data]


async def test_a_bot_killed_in_the_middle_of_a_pull_finishes_it_at_its_start(ward: Ward) -> None:
    """kill -9 right after the flag: what was not redacted then is redacted by the next process."""
    bot = await ward.bot()
    lea, omar = await ward.person("lea"), await ward.person("omar")
    process = await bot.process("run")
    await process.said("serving")
    room = await ward.room(lea, [omar], bot)
    sent = await _busy_case(ward, room, lea, omar, bot)
    await omar.react(room, sent[1], "🚩")
    await omar.wait_for(room, redacted(sent[1]), what="the first redaction")
    await process.kill()
    await ward.serve(bot)
    for event_id in sent:
        await omar.wait_for(room, redacted(event_id), what="all of it redacted")


async def test_moderators_are_told_of_pulls_also_in_a_chat_opened_for_it(ward: Ward) -> None:
    """Called by the bot to the first, who has none; having left, told of the second in one of their own, in private."""
    bot = await ward.bot()
    modo, lea, omar = await ward.person("modo"), await ward.person("lea"), await ward.person("omar")
    await ward.serve(bot)
    room = await ward.room(modo, [lea, omar], bot)
    await _pulled_by(omar, room, lea, bot, 1)
    opened = await modo.called()
    await modo.join(opened)
    first = await modo.wait_for(opened, says(bot.user_id, "a retiré le cas #1"), what="the news")
    assert first.encrypted
    assert "joues" not in str(first.content)
    await modo.leave(opened)
    await _pulled_by(omar, room, lea, bot, 2)
    own = await modo.create_room(None, invite=[bot.user_id], direct=True)
    second = await modo.wait_for(own, says(bot.user_id, "a retiré le cas #2"), what="what waited for them")
    await modo.invite(own, omar.user_id)
    await modo.wait_for(own, redacted(second.event_id), what="the news taken out before a third reads it")
    assert not [event for event in omar.timeline(room) if says(bot.user_id, "a retiré le cas")(event)]


async def _pulled_by(puller: Person, room: str, author: Person, bot: BotAccount, number: int) -> None:
    """Somebody flags a colleague's new case, and it goes."""
    await author.say(room, f"!cas {WORDS}")
    root = await puller.wait_for(room, card(bot, number), what="the card")
    await puller.react(room, root.event_id, "🚩")
    await puller.wait_for(room, redacted(root.event_id), what="the card redacted")
