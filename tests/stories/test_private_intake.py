"""The private intake on a real homeserver: colleagues hold the clean photo, and never another one."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from doctocbot.chat.poll import POLL_START
from doctocbot.demo.person import Person
from doctocbot.demo.seen import SeenEvent
from doctocbot.images.reading import Reader
from doctocbot.images.spots import identifying
from doctocbot.matrix.connection import path
from tests.images import metadata, photos, prints
from tests.stories.ward import BotAccount, Ward, answers, card, joined, picture_in, redacted, says

pytestmark = pytest.mark.homeserver


def _with_gps() -> bytes:
    return photos.jpeg_with(photos.exif_segment(metadata.tiff_block()))


def _poll(bot: BotAccount, words: str) -> Any:
    """A question of the bot's that stands under a preview and offers something."""

    def matches(event: SeenEvent) -> bool:
        asked = event.content.get(POLL_START)
        return (
            event.sender == bot.user_id
            and asked is not None
            and words in json.dumps(asked, ensure_ascii=False)
        )

    return matches


def _without(bot: BotAccount, words: str) -> Any:
    """An edit of the preview that does not say something any more."""
    return lambda e: (
        e.sender == bot.user_id
        and e.replaces
        and words not in str(e.content.get("m.new_content", {}).get("body"))
    )


def _choice(event: SeenEvent, index: int) -> str:
    return str(event.content[POLL_START]["answers"][index]["id"])


def _files(person: Person, room: str) -> Iterator[str]:
    """The addresses of all files that a room's events have ever pointed at."""
    for event in person.timeline(room):
        for key in ("url", "file"):
            found = event.content.get(key)
            if found:
                yield found["url"] if isinstance(found, dict) else found


async def _chat(ward: Ward, person: Person, bot: BotAccount) -> str:
    """What Element's "start chat" makes: a nameless encrypted room, both with all power."""
    chat = await person.create_room(None, invite=[bot.user_id], direct=True, power_levels=None)
    await person.wait_for(chat, joined(bot.user_id), what="the bot joining the chat")
    await person.set_power_level(chat, bot.user_id, 100)
    return chat


async def test_a_photo_goes_through_the_direct_chat_and_colleagues_see_it_clean(ward: Ward) -> None:
    """Photo, words, preview, tap: the case is in the room, the originals are gone from the chat."""
    bot = await ward.bot()
    lea, omar = await ward.person("lea"), await ward.person("omar")
    await ward.serve(bot)
    room = await ward.room(lea, [omar], bot)
    chat = await _chat(ward, lea, bot)
    image = await lea.send_image(chat, _with_gps(), metadata.FILE_NAME)
    original = set(_files(lea, chat))
    words = await lea.say(chat, "Homme de 54 ans, plaque du dos depuis 3 semaines #dermato")
    await lea.wait_for(chat, says(bot.user_id, "rien n'est encore publié"), what="the preview")
    asked = await lea.wait_for(chat, _poll(bot, "patient est d'accord"), what="the question")
    await lea.vote(chat, asked.event_id, _choice(asked, 0))
    root = await omar.wait_for(room, card(bot), what="the card")
    picture = await omar.wait_for(room, picture_in(root.event_id, bot.user_id), what="the clean photo")
    data = await omar.fetch_media(picture.content)
    assert not [needle for needle in metadata.needles() if needle in data]
    assert not original & set(_files(omar, room))
    for event_id in (image, words, asked.event_id):
        await lea.wait_for(chat, redacted(event_id), what="what was sent and shown in the chat redacted")
    await lea.wait_for(chat, says(bot.user_id, "est publié dans DocTocToc"), what="the word of the bot")


def _told_in(thread: str, bot: BotAccount, words: str) -> Any:
    """What the bot says in a thread with these words."""
    said = says(bot.user_id, words)
    return lambda e: e.thread == thread and said(e)


async def _choose(person: Person, chat: str, asked: SeenEvent, words: str) -> None:
    """Tap the choice with these words."""
    offered = asked.content[POLL_START]["answers"]
    (choice,) = [each["id"] for each in offered if words in json.dumps(each, ensure_ascii=False)]
    await person.vote(chat, asked.event_id, choice)


async def test_a_case_without_a_name_and_its_addition_name_nobody_to_any_device(ward: Ward) -> None:
    """Published from the chat and added to from there: a colleague's second device never sees who it is."""
    bot = await ward.bot()
    lea, account = await ward.person("lea"), await ward.new_user("omar")
    omar = await ward.device(*account)
    phone = await ward.device(*account, vault=omar.vault)
    await lea.client.request(
        "PUT", path("profile", lea.user_id, "displayname"), {"displayname": "Dr Kergoat"}
    )
    await ward.serve(bot)
    room = await ward.room(omar, [lea], bot)
    allowed = await omar.say(room, "!mod set anonymous on")
    await omar.wait_for(room, answers(bot, allowed), what="the room allowing it")
    chat = await _chat(ward, lea, bot)
    await lea.say(chat, "Homme de 54 ans, plaque du dos depuis 3 semaines #dermato")
    asked = await lea.wait_for(chat, _poll(bot, "sans mon nom"), what="the question")
    await _choose(lea, chat, asked, "sans mon nom")
    root = await phone.wait_for(room, card(bot), what="the card")
    await phone.wait_for(room, says(bot.user_id, "par un confrère"), what="the card without a name")
    await lea.wait_for(chat, says(bot.user_id, "est publié"), what="the word of the bot")
    await lea.say(chat, "!ajouter #1 Pas de fièvre")
    asked = await lea.wait_for(
        chat, _poll(bot, "Ajouter ceci au cas #1"), what="the question about the addition"
    )
    await _choose(lea, chat, asked, "le patient est d'accord")
    await phone.wait_for(
        room, _told_in(root.event_id, bot, "> Pas de fièvre"), what="the addition in the thread"
    )
    seen = [event for event in phone.timeline(room) if event.type != "m.room.member"]
    assert [event for event in seen if event.encrypted and not event.decrypted and not event.redacted] == []
    everything = json.dumps([(event.raw, event.content) for event in seen], ensure_ascii=False)
    assert "Pas de fièvre" in everything
    assert not [name for name in (lea.user_id, "Kergoat") if name in everything]


async def test_what_is_written_before_the_bot_has_joined_is_not_lost(ward: Ward) -> None:
    """Element opens the chat with the first message: it stands before the bot's joining."""
    bot = await ward.bot()
    lea = await ward.person("lea")
    async with bot.serving():
        await ward.room(lea, [], bot)
    chat = await lea.create_room(None, invite=[bot.user_id], direct=True)
    await lea.say(chat, "Enfant de 4 ans, fièvre depuis 5 jours, langue framboisée")
    await ward.serve(bot)
    await lea.wait_for(chat, says(bot.user_id, "langue framboisée"), what="the preview of the first words")


async def test_a_name_on_a_print_is_pointed_at_and_masked(ward: Ward) -> None:
    """The preview says where a name stands in the picture; colleagues get the picture without it."""
    bot = await ward.bot()
    lea, omar = await ward.person("lea"), await ward.person("omar")
    await ward.serve(bot)
    room = await ward.room(lea, [omar], bot)
    chat = await _chat(ward, lea, bot)
    strip = prints.one_of_each(1)[0]
    await lea.send_image(chat, strip.jpeg(), "ecg.jpg")
    await lea.say(chat, "Homme de 70 ans, palpitations")
    shown = await lea.wait_for(
        chat, says(bot.user_id, "À vérifier"), 60, what="the preview with what was read"
    )
    assert "nom" in str(shown.content)
    await lea.say(chat, "!masquer 1 tout")
    await lea.wait_for(chat, _without(bot, "À vérifier"), 60, what="the preview of the masked picture")
    await lea.say(chat, "!publier quand même")
    root = await omar.wait_for(room, card(bot), what="the card")
    picture = await omar.wait_for(room, picture_in(root.event_id, bot.user_id), what="the masked picture")
    data = await omar.fetch_media(picture.content)
    async with Reader() as reader:
        lines = await reader.read(data)
    assert lines is not None
    assert not identifying(lines, (picture.content["info"]["w"], picture.content["info"]["h"]))


async def test_a_restart_keeps_the_draft_and_a_third_guest_ends_it(ward: Ward) -> None:
    """A draft outlives the bot's process; it does not outlive the chat's privacy."""
    bot = await ward.bot()
    lea, omar = await ward.person("lea"), await ward.person("omar")
    async with bot.serving():
        await ward.room(lea, [omar], bot)
        chat = await _chat(ward, lea, bot)
        words = await lea.say(chat, "Femme de 30 ans, vertiges")
        await lea.wait_for(chat, _poll(bot, "patient est d'accord"), what="the question")
    await ward.serve(bot)
    await lea.say(chat, "et céphalées")
    await lea.wait_for(
        chat, says(bot.user_id, "> Femme de 30 ans, vertiges\n> et céphalées"), what="the draft, grown"
    )
    await lea.invite(chat, omar.user_id)
    await lea.wait_for(chat, redacted(words), what="the draft taken back")
    await lea.wait_for(chat, says(bot.user_id, "plus une conversation directe"), what="the reason")


async def test_a_stranger_is_told_kindly_and_left(ward: Ward) -> None:
    """Whoever shares no served room gets one line, and the bot goes."""
    bot = await ward.bot(rooms={"allowed_inviters": ["@nobody:localhost"]})
    zoe = await ward.person("zoe")
    await ward.serve(bot)
    chat = await zoe.create_room(None, invite=[bot.user_id], direct=True)
    await zoe.wait_for(chat, says(bot.user_id, "en commun"), what="the kind line")
    await zoe.wait_for(
        chat,
        lambda e: (
            e.type == "m.room.member"
            and e.raw.get("state_key") == bot.user_id
            and e.content.get("membership") == "leave"
        ),
        what="the bot leaving",
    )
