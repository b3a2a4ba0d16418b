"""A case from the first word to its closing, told by several clients of a real homeserver."""

from collections.abc import Callable

import pytest

from doctocbot.demo.person import Person
from doctocbot.demo.seen import SeenEvent
from tests.images import metadata, photos
from tests.stories.ward import Ward, answers, card, picture_in, redacted, says

pytestmark = pytest.mark.homeserver


def _phone_photo() -> bytes:
    return photos.jpeg_with(photos.exif_segment(metadata.tiff_block()))


async def test_photo_then_words_become_one_case(ward: Ward) -> None:
    """A photo and the `!cas` after it are one case: card, clean picture in its thread, original gone for colleagues."""
    bot = await ward.bot()
    lea, omar = await ward.person("lea"), await ward.person("omar")
    await ward.serve(bot)
    room = await ward.room(lea, [omar], bot)
    image = await lea.send_image(
        room, _phone_photo(), metadata.FILE_NAME, extra_info={"xyz.amorgan.blurhash": "LKO2?U%2Tw=w]~RBVZRi"},
        thumbnail=photos.jpeg(),
    )  # fmt: skip
    await lea.say(room, "!cas Enfant de 3 ans, éruption depuis ce matin #dermato")

    root = await omar.wait_for(room, card(bot, None), what="the card")
    assert "Enfant" not in str(root.content), "the first event of a card never holds the words of the case"
    assert "dermato" in root.body
    await omar.wait_for(room, says(bot.user_id, "Enfant de 3 ans"), what="the words, in an edit")
    await omar.wait_for(room, redacted(image), what="the original redacted")
    picture = await omar.wait_for(room, picture_in(root.event_id, bot.user_id), what="the clean picture")
    assert picture.content["filename"].startswith("case-")
    assert set(picture.content["info"]) <= {"mimetype", "w", "h", "size", "thumbnail_file", "thumbnail_info"}
    data = await omar.fetch_media(picture.content)
    assert not [needle for needle in metadata.needles() if needle in data]


async def test_words_then_photos_and_a_caption(ward: Ward) -> None:
    """Photos sent after the `!cas`, and one in the thread, join it; a photo with `!cas` as caption is its own case."""
    bot = await ward.bot()
    lea, omar = await ward.person("lea"), await ward.person("omar")
    await ward.serve(bot)
    room = await ward.room(lea, [omar], bot)
    await lea.say(room, "#DocTocToc plaie du genou, points ou colle ?")
    first = await omar.wait_for(room, card(bot), what="the card")
    await lea.send_image(room, _phone_photo())
    await omar.wait_for(room, picture_in(first.event_id, bot.user_id), what="the photo sent afterwards")
    await lea.send_image(room, photos.png(), "capture.png", mimetype="image/png", thread=first.event_id)
    await omar.wait_for(room, lambda e: picture_in(first.event_id, bot.user_id)(e) and "-2." in e.content["filename"],
                        what="the photo sent in the thread")  # fmt: skip
    caption = await omar.send_image(
        room, _phone_photo(), caption="!cas Ordonnance illisible, quelle molécule ?"
    )
    second = await lea.wait_for(
        room, lambda e: card(bot)(e) and e.event_id != first.event_id, what="the second card"
    )
    await lea.wait_for(room, picture_in(second.event_id, bot.user_id), what="its picture")
    await lea.wait_for(room, redacted(caption), what="its original redacted")
    await lea.wait_for(
        room, lambda e: "📷 2" in str(lea.latest(first.event_id).get("body")), what="two pictures on the card"
    )


async def test_opinions_from_proposal_to_closing(ward: Ward) -> None:
    """Answers in and out of the thread, votes by thumbs and words, a reference: the card says that opinions agree."""
    bot = await ward.bot()
    lea, omar, ines = await ward.person("lea"), await ward.person("omar"), await ward.person("ines")
    await ward.serve(bot)
    room = await ward.room(lea, [omar, ines], bot)
    await lea.say(room, "!cas Enfant de 3 ans, éruption #dermato #diagnostic")
    root = await omar.wait_for(room, card(bot), what="the card")

    def shown(words: str) -> Callable[[SeenEvent], bool]:
        return shown_to(lea, root.event_id, words)

    await omar.say(room, "rubéole ?", reply_to=root.event_id)
    await lea.wait_for(room, shown("1 réponse"), what="a reply outside the thread counted")
    opinion = await omar.say(room, "!avis syndrome de Gianotti-Crosti", thread=root.event_id)
    await ines.say(room, "! AVIS gianotti crosti", thread=root.event_id)
    await lea.wait_for(
        room, shown("2 d'accord, personne contre → avis concordants"), what="one opinion of two people"
    )
    against = await lea.react(room, opinion, "👎")
    await omar.say(room, "!ref PMID 12345678", thread=root.event_id)
    await lea.wait_for(room, shown("1 référence"), what="the reference")
    assert "avis concordants" in lea.latest(root.event_id)["body"], "the author of the case does not count"
    await lea.redact(room, against)
    await ines.say(room, "!contre 1 pas d'acrocyanose", thread=root.event_id)
    await lea.wait_for(room, shown("1 contre → avis discordants"), what="somebody against")
    await ines.say(room, "!d’accord 1", thread=root.event_id)
    await lea.wait_for(room, shown("avis concordants"), what="a mind changed")

    await omar.say(room, "!clore Gianotti-Crosti", thread=root.event_id)
    await omar.wait_for(room, says(bot.user_id, "Seul l'auteur"), what="somebody else refused")
    await lea.say(room, "!clore Gianotti-Crosti", thread=root.event_id)
    await lea.wait_for(room, says(bot.user_id, "Avec quelle certitude"), what="the question of certainty")
    await lea.say(room, "!clore quasi certain Gianotti-Crosti", thread=root.event_id)
    await omar.wait_for(room, shown_to(omar, root.event_id, "clos"), what="the case closed")
    assert "quasi certain" in omar.latest(root.event_id)["body"]
    await omar.say(room, "!résumé", thread=root.event_id)
    summary = await lea.wait_for(
        room, lambda e: e.sender == bot.user_id and e.thread == root.event_id and "PMID" not in e.body
        and "pubmed" in e.body, what="the summary")  # fmt: skip
    assert "Gianotti-Crosti (quasi certain)" in summary.body


def shown_to(person: Person, event_id: str, words: str) -> Callable[[SeenEvent], bool]:
    """The latest form of an event holds these words for somebody."""
    return lambda e: words in str(person.latest(event_id).get("body"))


async def test_the_author_corrects_and_withdraws(ward: Ward) -> None:
    """An edit of the case is followed and the old words disappear for everybody; redacting the case pulls it whole."""
    bot = await ward.bot()
    lea, omar = await ward.person("lea"), await ward.person("omar")
    await ward.serve(bot)
    room = await ward.room(lea, [omar], bot)
    case = await lea.say(room, "!cas Jean Dupont, 3 ans, éruption")
    root = await omar.wait_for(room, card(bot), what="the card")
    await lea.send_image(room, _phone_photo())
    picture = await omar.wait_for(room, picture_in(root.event_id, bot.user_id), what="the picture")
    await lea.edit(room, case, "!cas Enfant de 3 ans, éruption")
    await omar.wait_for(room, says(bot.user_id, "Enfant de 3 ans"), what="the corrected words")
    await _nothing_says(omar, room, bot.user_id, "Dupont")

    await lea.redact(room, case)
    await omar.wait_for(room, redacted(picture.event_id), what="the picture pulled")
    await omar.wait_for(room, redacted(root.event_id), what="the card pulled")
    await omar.wait_for(room, says(bot.user_id, "a été retiré : ses images"), what="the one line that stays")
    await _nothing_says(omar, room, bot.user_id, "Enfant")
    asked = await omar.say(room, "!résumé #1")
    told = await omar.wait_for(room, answers(bot, asked), what="a pulled case is not summed up")
    assert "a été retiré" in told.body


async def _nothing_says(person: Person, room: str, sender: str, words: str) -> None:
    """No event of the sender, redactions applied, holds these words any more."""

    def is_gone(_: SeenEvent) -> bool:
        return not any(words in str(e.content) for e in person.timeline(room) if e.sender == sender)

    await person.wait_for(room, is_gone, what="old words redacted")


async def test_a_mistyped_command_that_is_edited_counts_once(ward: Ward) -> None:
    """`!cass` is answered with the nearest name; edited to `!cas` it opens one case, edited again it opens no other."""
    bot = await ward.bot()
    lea = await ward.person("lea")
    await ward.serve(bot)
    room = await ward.room(lea, [], bot)
    typed = await lea.say(room, "!cass fièvre au retour de voyage")
    await lea.wait_for(room, says(bot.user_id, "Vouliez-vous dire"), what="the nearest name")
    await lea.edit(room, typed, "!cas fièvre au retour de voyage")
    root = await lea.wait_for(room, card(bot), what="the card")
    await lea.edit(room, typed, "!cas fièvre au retour du Cameroun")
    await lea.wait_for(room, says(bot.user_id, "retour du Cameroun"), what="the correction")
    cards = [e for e in lea.timeline(room) if card(bot)(e)]
    assert [e.event_id for e in cards] == [root.event_id]


async def test_a_case_of_another_room_does_not_exist_here(ward: Ward) -> None:
    """A number of another room is answered exactly like one that does not exist."""
    bot = await ward.bot()
    lea = await ward.person("lea")
    await ward.serve(bot)
    here, there = await ward.room(lea, [], bot), await ward.room(lea, [], bot)
    await lea.say(there, "!cas secret d'un autre salon #dermato")
    root = await lea.wait_for(there, card(bot), what="the card over there")
    number = root.body.split(" ")[0]
    await lea.say(here, f"!résumé {number}")
    foreign = await lea.wait_for(here, says(bot.user_id, f"Il n'y a pas de cas {number}"), what="the refusal")
    await lea.say(here, "!résumé #99999")
    missing = await lea.wait_for(
        here, says(bot.user_id, "Il n'y a pas de cas #99999"), what="the other refusal"
    )
    assert foreign.body.replace(number, "#99999") == missing.body
    # Synapse itself refuses a thread across rooms; a reply it lets through.
    await lea.say(here, "!avis rougeole", reply_to=root.event_id)
    await lea.wait_for(here, says(bot.user_id, "Pour quel cas"), what="a reply to a card of another room")
    await lea.say(here, "!lescas dermato")
    await lea.wait_for(
        here, says(bot.user_id, "Aucun cas de ce salon"), what="the list draws on this room alone"
    )
