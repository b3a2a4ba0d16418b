"""Pictures in a served room: nothing identifying stays, no picture joins the wrong patient."""

import pytest

from tests.images import metadata, photos
from tests.stories.ward import Ward, card, picture_in, redacted, says

pytestmark = pytest.mark.homeserver


def _with_gps() -> bytes:
    return photos.jpeg_with(photos.exif_segment(metadata.tiff_block()))


async def test_a_photo_of_no_case_is_replaced_where_it_stood(ward: Ward) -> None:
    """A photo with a place in it is redacted at once and its clean copy posted under its author's name."""
    bot = await ward.bot()
    lea, omar = await ward.person("lea"), await ward.person("omar")
    await ward.serve(bot)
    room = await ward.room(lea, [omar], bot)
    image = await lea.send_image(room, _with_gps(), metadata.FILE_NAME, caption="belle radio")
    await omar.wait_for(room, redacted(image), what="the original redacted")
    copy = await omar.wait_for(room, says(bot.user_id, "belle radio"), what="the copy with its caption")
    assert metadata.FILE_NAME not in str(copy.content)
    data = await omar.fetch_media(copy.content)
    assert not [needle for needle in metadata.needles() if needle in data]


async def test_a_clean_picture_is_left_alone(ward: Ward) -> None:
    """A picture that carries nothing stays where it is, and nothing is said about it."""
    bot = await ward.bot()
    lea, omar = await ward.person("lea"), await ward.person("omar")
    await ward.serve(bot)
    room = await ward.room(lea, [omar], bot)
    image = await lea.send_image(room, photos.png(), "capture.png", mimetype="image/png")
    await lea.say(room, "!lescas")
    await omar.wait_for(room, says(bot.user_id, "Aucun cas"), what="the answer to what came later")
    kept = next(e for e in omar.timeline(room) if e.event_id == image)
    assert not kept.redacted
    assert not [
        e for e in omar.timeline(room) if e.sender == bot.user_id and e.content.get("msgtype") == "m.image"
    ]


async def test_a_picture_sent_before_something_else_joins_no_later_case(ward: Ward) -> None:
    """With words of the author in between, a photo does not join the next `!cas`; another author's never does."""
    bot = await ward.bot()
    lea, omar = await ward.person("lea"), await ward.person("omar")
    await ward.serve(bot)
    room = await ward.room(lea, [omar], bot)
    await lea.send_image(room, photos.png(), "a.png", mimetype="image/png")
    await lea.say(room, "pardon, mauvais patient")
    await omar.send_image(room, photos.png(), "b.png", mimetype="image/png")
    await lea.say(room, "!cas douleur thoracique atypique")
    root = await omar.wait_for(room, card(bot), what="the card")
    await omar.say(room, "!résumé", reply_to=root.event_id)
    await omar.wait_for(room, says(bot.user_id, "Résumé de #"), what="the summary, after all that")
    assert "📷" not in omar.latest(root.event_id)["body"]
    assert not [e for e in omar.timeline(room) if picture_in(root.event_id, bot.user_id)(e)]


@pytest.mark.parametrize(
    ("name", "data", "words"),
    [
        ("radio.jpg", b"<html><body>not a picture</body></html>", "capture"),
        ("coupee.jpg", photos.jpeg()[: len(photos.jpeg()) // 2], "Il manque une partie"),
        ("geante.png", photos.raw_png(b"\0", 8, 2, size=(25_000, 20_000)), "trop de pixels"),
    ],
    ids=["html", "cut short", "500 megapixels"],
)
async def test_what_cannot_be_proved_clean_is_redacted_with_advice(
    ward: Ward, name: str, data: bytes, words: str
) -> None:
    """A file that is no image, one cut short and a bomb are redacted, and the author learns why and what to do."""
    bot = await ward.bot()
    lea, omar = await ward.person("lea"), await ward.person("omar")
    await ward.serve(bot)
    room = await ward.room(lea, [omar], bot)
    image = await lea.send_image(room, data, name)
    await omar.wait_for(room, redacted(image), what="the picture redacted")
    refusal = await lea.wait_for(room, says(bot.user_id, "J'ai retiré cette image"), what="the reason")
    assert words in refusal.body
    assert name not in refusal.body


async def test_without_the_power_to_redact_the_author_is_told_at_once(ward: Ward) -> None:
    """Where the bot may not redact, it posts the clean copy for the case and asks the author to delete the original."""
    bot = await ward.bot()
    lea, omar = await ward.person("lea"), await ward.person("omar")
    await ward.serve(bot)
    room = await ward.room(lea, [omar], bot, level=0)
    image = await lea.send_image(room, _with_gps(), caption="!cas éruption du tronc")
    root = await omar.wait_for(room, card(bot), what="the card")
    await omar.wait_for(room, picture_in(root.event_id, bot.user_id), what="the clean picture")
    await lea.wait_for(room, says(bot.user_id, "supprimez vous-même votre image"), what="the advice")
    assert not next(e for e in omar.timeline(room) if e.event_id == image).redacted


async def test_a_file_and_a_sticker_are_known_by_their_bytes(ward: Ward) -> None:
    """A photo sent as a file or a sticker is cleaned like any other; a text sent as a file is left alone."""
    bot = await ward.bot()
    lea = await ward.person("lea")
    await ward.serve(bot)
    room = await ward.room(lea, [], bot)
    text = await lea.send_image(
        room, b"Ordonnance type : paracetamol", "note.txt", mimetype="text/plain", msgtype="m.file"
    )
    for msgtype in ("m.file", "m.sticker"):
        sent = await lea.send_image(room, _with_gps(), mimetype="application/octet-stream", msgtype=msgtype)
        await lea.wait_for(room, redacted(sent), what=f"the photo sent as {msgtype} redacted")
    assert not next(e for e in lea.timeline(room) if e.event_id == text).redacted
