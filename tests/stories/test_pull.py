"""A pull on a real homeserver: whoever looks afterwards finds nothing, and the author has it back in private."""

import asyncio
import time

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
    began = time.monotonic()
    await omar.react(room, sent[1], "🚩")
    for event_id in sent:
        await zoe.wait_for(room, redacted(event_id), what="all of it redacted")
    print(f"all {len(sent)} messages were gone for a colleague after {time.monotonic() - began:.2f} s")
    await zoe.wait_for(room, says(bot.user_id, "a été retiré"), what="the one line that stays")
    left = [
        event for event in zoe.timeline(room) if not event.redacted and "joues" in str(event.content).lower()
    ]
    assert left == []
    chat = await _called(lea)
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


async def _called(person: Person) -> str:
    """The one room to which somebody is newly invited: the chat that the bot opens for them."""
    async with asyncio.timeout(60):
        while not person.invited_to:
            await asyncio.sleep(0.2)
    (chat,) = person.invited_to
    return chat
