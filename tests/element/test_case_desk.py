"""The decisive story: Element's own engine, at its strictest, reads everything that the bot says."""

from pathlib import Path

import pytest

from doctocbot.demo.homeserver import Homeserver
from tests.element.engine import ElementClinician, in_thread
from tests.element.seen import SeenEvent
from tests.images import metadata, photos
from tests.stories.ward import BotAccount, NewUser

pytestmark = [pytest.mark.homeserver, pytest.mark.element]

REACTIONS_AND_REDACTIONS = {"m.reaction", "m.room.redaction"}


async def test_a_case_from_element_is_answered_without_a_warning(
    homeserver: Homeserver, new_user: NewUser, tmp_path: Path
) -> None:
    """A doctor in Element posts a case with a photo; all that the bot says shows no shield, and nothing leaks."""
    bot = BotAccount(homeserver, *await new_user("doctocbot"), tmp_path, {})
    await bot.log_in()
    async with (
        bot.serving(),
        ElementClinician.log_in(homeserver.url, *await new_user("lea")) as lea,
        ElementClinician.log_in(homeserver.url, *await new_user("karim")) as karim,
    ):
        room = await lea.create_room(
            "DocTocToc", (karim.user_id, bot.user_id), power_levels={"users": {bot.user_id: 50}}
        )
        await karim.join(room)
        await lea.wait_for(room, lambda e: e.type == "m.room.member" and e.state_key == bot.user_id
                           and e.content.get("membership") == "join", what="the bot joining")  # fmt: skip

        # Element sends the photo and the words as two events.
        photo = photos.jpeg_with(photos.exif_segment(metadata.tiff_block()))
        image = await lea.send_image(room, photo, metadata.FILE_NAME)
        await lea.send_text(room, "!cas Enfant de 3 ans, pas de ROR, éruption depuis ce matin #dermato")
        card = await karim.wait_for(
            room,
            lambda e: e.sender == bot.user_id and e.body.startswith("#") and not e.relation,
            what="the card",
        )
        clean = await karim.wait_for(
            room,
            lambda e: (
                e.sender == bot.user_id
                and e.content.get("msgtype") == "m.image"
                and e.relation.get("event_id") == card.event_id
            ),
            what="the clean picture in the thread",
        )
        gone = await karim.wait_for(
            room, lambda e: e.event_id == image and e.redacted, what="the original redacted"
        )
        assert gone.content == {}

        data = await karim.download(clean.content["file"])
        assert not [needle for needle in metadata.needles() if needle in data]
        assert b"Exif" not in data
        assert metadata.FILE_NAME not in str(clean.content)
        assert str(clean.content["filename"]).startswith("case-")

        # Karim's opinion, and Léa's thumb on it, move the card.
        opinion = await karim.send_text(room, "!avis syndrome de Gianotti-Crosti", in_thread(card.event_id))
        await lea.wait_for(
            room, lambda e: e.type == "m.reaction" and e.sender == bot.user_id, what="the thumbs"
        )
        await lea.react(room, opinion, "👍")
        await karim.wait_for(
            room,
            lambda e: e.event_id == card.event_id and "Gianotti-Crosti" in e.body,
            what="the opinion on the card",
        )

        # Closed, allowed, asked; Karim votes in the native poll, and his vote counts.
        await karim.send_text(room, "rougeole ?", in_thread(card.event_id))
        measles = await _measles(karim, room)
        await lea.react(room, measles, "👎")
        await lea.send_text(room, "!clore certain Gianotti-Crosti", in_thread(card.event_id))
        await lea.send_text(room, "!quiz permettre", in_thread(card.event_id))
        await lea.send_text(room, "!quiz")
        poll = await karim.wait_for(room, lambda e: e.type.endswith("poll.start"), what="the poll")
        answers = poll.content["org.matrix.msc3381.poll.start"]["answers"]
        right = next(each["id"] for each in answers if "Gianotti" in str(each))
        await karim.vote_poll(room, poll.event_id, right)
        await lea.wait_for(room, lambda e: e.type.endswith("poll.response"), what="the vote")
        await lea.send_text(room, "!quiz stop")
        result = await karim.wait_for(
            room, lambda e: e.sender == bot.user_id and "▇" in e.body, what="the result"
        )
        assert (
            f"✅ {right}. syndrome de Gianotti-Crosti — 1" in result.body
            or f"✅ {right}. Gianotti-Crosti — 1" in result.body
        )
        assert result.relation["event_id"] == poll.event_id

        for clinician in (lea, karim):
            _reads_without_a_warning(bot, await clinician.events(room))


async def _measles(karim: ElementClinician, room: str) -> str:
    event = await karim.wait_for(room, lambda e: e.body == "rougeole ?", what="the answer")
    return event.event_id


def _reads_without_a_warning(bot: BotAccount, events: list[SeenEvent]) -> None:
    """Everything by the bot that is no state, reaction or redaction is encrypted, decrypted, and bears no shield."""
    said = [e for e in events if e.sender == bot.user_id and e.state_key is None]
    encrypted = [e for e in said if e.wire_type not in REACTIONS_AND_REDACTIONS and not e.redacted]
    assert len(encrypted) >= 8
    wrong = [(e.wire_type, e.failure, e.shield, e.shield_reason) for e in encrypted
             if not e.encrypted or e.failure or e.shield != "NONE"]  # fmt: skip
    assert wrong == []
