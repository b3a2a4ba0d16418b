"""Trust between devices, seen from the room: who reads the bot, and whom it obeys (DESIGN section 8)."""

import pytest

from doctocbot.demo.person import MemoryVault, Person
from doctocbot.doctor import Health, examine
from doctocbot.matrix.connection import path
from doctocbot.matrix.crosssigning import CrossSigning
from doctocbot.matrix.trust import evaluate
from tests.images import metadata, photos
from tests.stories.ward import BotAccount, Ward, answers, card, caught_up, joined, redacted

pytestmark = pytest.mark.homeserver

_PHOTO = photos.jpeg_with(photos.exif_segment(metadata.tiff_block()))


async def test_the_bots_device_is_signed_before_it_joins_anything(ward: Ward) -> None:
    """Whoever invites a bot that has only logged in finds its one device signed, and it in no room yet."""
    bot = await ward.bot()
    lea = await ward.person("lea")
    room = await lea.create_room("DocTocToc", invite=[bot.user_id])
    answer = await lea.client.keys.ask_for([bot.user_id])
    trust = evaluate(answer, bot.user_id)
    assert trust.trusted_identity
    assert trust.signed_devices == answer["device_keys"][bot.user_id].keys()
    assert not [event for event in lea.timeline(room) if joined(bot.user_id)(event)]
    async with bot.serving():
        await lea.wait_for(room, joined(bot.user_id), what="the bot joining")


async def test_a_bot_whose_identity_was_replaced_does_not_serve(ward: Ward) -> None:
    """Another identity on the bot's account: `run` ends with status 5 and the advice, and joins nothing."""
    bot = await ward.bot()
    lea = await ward.person("lea")
    room = await lea.create_room("DocTocToc", invite=[bot.user_id])
    thief = await ward.device(bot.user_id, bot.password, cross_sign=False)
    await _replace_identity(thief, bot)
    status, output = await (await bot.process("run")).ended()
    assert status == 5
    assert "doctocbot doctor" in output
    found = [(finding.health, finding.what) async for finding in examine(bot.config, bot.secrets)]
    assert (Health.BAD, "foreign-identity") in found
    assert not [event for event in lea.timeline(room) if joined(bot.user_id)(event)]


async def _replace_identity(thief: Person, bot: BotAccount) -> None:
    """Reset the account's cross-signing with its password, as somebody does who took it over."""
    auth = {
        "type": "m.login.password",
        "identifier": {"type": "m.id.user", "user": bot.user_id},
        "password": bot.password,
    }
    body = CrossSigning.generate(bot.user_id).upload_body() | {"auth": auth}
    await thief.client.request("POST", "/_matrix/client/v3/keys/device_signing/upload", body)


async def _phone_and_tablet(ward: Ward, word: str) -> tuple[Person, Person]:
    """Two devices of one person: the phone is signed, the tablet was never verified."""
    account, vault = await ward.new_user(word), MemoryVault()
    phone = await ward.device(*account, vault=vault)
    return phone, await ward.device(*account, cross_sign=False)


async def test_an_unverified_tablet_is_not_obeyed_and_not_written_to(ward: Ward) -> None:
    """A command from Omar's tablet gets advice that only his phone can read, until he verifies the tablet."""
    bot = await ward.bot()
    await ward.serve(bot)
    lea = await ward.person("lea")
    phone, tablet = await _phone_and_tablet(ward, "omar")
    room = await ward.room(lea, [phone], bot)
    refused = await tablet.say(room, "!cas depuis la tablette")
    advice = await phone.wait_for(room, answers(bot, refused), what="the advice")
    assert "session que vous n'avez pas vérifiée" in advice.body
    await phone.say(room, "!cas depuis le téléphone")
    opened = await phone.wait_for(room, card(bot), what="the card of what the phone said")
    await caught_up(phone, room, bot)
    assert sum(map(card(bot), phone.timeline(room))) == 1
    hidden = [
        event for event in tablet.timeline(room) if event.event_id in (advice.event_id, opened.event_id)
    ]
    assert [event.decrypted for event in hidden] == [False, False]
    await _verify(phone, tablet)
    asked = await tablet.say(room, "!lescas")
    await tablet.wait_for(room, lambda e: e.decrypted and answers(bot, asked)(e), what="the answer, readable")


async def _verify(phone: Person, tablet: Person) -> None:
    """Sign the tablet from the phone, as its owner does in Element."""
    assert phone.cross_signing is not None
    signed = phone.cross_signing.sign_device(tablet.client.machine.own_device_keys())
    body = {phone.user_id: {tablet.client.device_id: signed}}
    await phone.client.request("POST", path("keys", "signatures", "upload"), body)


async def test_the_relaxed_setting_obeys_and_writes_to_it_and_the_doctor_warns(ward: Ward) -> None:
    """With `trust.allow_unsigned_devices` the tablet opens a case and reads its card; `doctor` says so loudly."""
    bot = await ward.bot(trust={"allow_unsigned_devices": True})
    await ward.serve(bot)
    lea = await ward.person("lea")
    phone, tablet = await _phone_and_tablet(ward, "omar")
    room = await ward.room(lea, [phone], bot)
    await tablet.say(room, "!cas depuis la tablette")
    opened = await tablet.wait_for(room, card(bot), what="the card, on the tablet")
    assert opened.decrypted
    await phone.wait_for(room, card(bot), what="the card, on the phone")
    found = [(finding.health, finding.what) async for finding in examine(bot.config, bot.secrets)]
    assert found[0] == (Health.WARNING, "unsigned-allowed")


async def test_the_doctor_sees_a_room_at_once(ward: Ward) -> None:
    """Asked before the invitation and right after it, as at the end of `init`: Synapse remembers its own answers."""
    bot = await ward.bot()
    before = [finding.what async for finding in examine(bot.config, bot.secrets)]
    assert "no-room" in before
    await ward.serve(bot)
    lea = await ward.person("lea")
    await ward.room(lea, [], bot)
    after = [finding.what async for finding in examine(bot.config, bot.secrets)]
    assert "no-room" not in after
    assert "room-closed" in after


async def test_a_picture_from_an_unverified_tablet_is_cleaned_all_the_same(ward: Ward) -> None:
    """What a photo gives away does not depend on who signed the device: it is replaced, and joins no case."""
    bot = await ward.bot()
    await ward.serve(bot)
    lea = await ward.person("lea")
    phone, tablet = await _phone_and_tablet(ward, "omar")
    room = await ward.room(lea, [phone], bot)
    await phone.say(room, "!cas genou")
    root = await phone.wait_for(room, card(bot), what="the card")
    photo = await tablet.send_image(room, _PHOTO, filename=metadata.FILE_NAME)
    await lea.wait_for(room, redacted(photo), what="the redaction of the original")
    clean = await lea.wait_for(
        room, lambda e: e.sender == bot.user_id and e.content.get("msgtype") == "m.image"
    )
    assert clean.thread is None
    shown = await lea.fetch_media(clean.content) + str(clean.content).encode()
    assert not [needle for needle in metadata.needles() if needle in shown]
    await caught_up(lea, room, bot)
    assert "📷" not in str(lea.latest(root.event_id)["body"])
