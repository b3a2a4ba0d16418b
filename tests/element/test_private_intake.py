"""The private intake with Element's own engine: the preview bears no shield, and the room never held the original."""

from pathlib import Path

import pytest

from doctocbot.chat.poll import POLL_START
from doctocbot.demo.homeserver import Homeserver
from tests.element.engine import ElementClinician
from tests.element.seen import SeenEvent
from tests.images import metadata, photos
from tests.stories.ward import BotAccount, NewUser

pytestmark = [pytest.mark.homeserver, pytest.mark.element]


async def test_a_case_goes_from_a_direct_chat_into_the_room(
    homeserver: Homeserver, new_user: NewUser, tmp_path: Path
) -> None:
    """A doctor in Element sends a photo and words to the bot, taps the poll, and a colleague reads the clean case."""
    bot = BotAccount(homeserver, *await new_user("doctocbot"), tmp_path, {})
    await bot.log_in()
    async with (
        bot.serving(),
        ElementClinician.log_in(homeserver.url, *await new_user("lea")) as lea,
        ElementClinician.log_in(homeserver.url, *await new_user("karim")) as karim,
    ):
        powers = {"users": {bot.user_id: 50}}
        room = await lea.create_room("DocTocToc", (karim.user_id, bot.user_id), power_levels=powers)
        await karim.join(room)
        await lea.wait_for(room, lambda e: e.type == "m.room.member" and e.state_key == bot.user_id
                           and e.content.get("membership") == "join", what="the bot joining")  # fmt: skip
        # As Element's "start chat": the bot becomes one of the creators, and may redact.
        chat = await lea.create_room(None, (bot.user_id,), direct=True)
        # Element shows the chat when it knows who is in it; before that the photo's key would go to nobody.
        await lea.wait_for(
            chat,
            lambda e: (
                e.type == "m.room.member"
                and e.state_key == bot.user_id
                and e.content.get("membership") == "join"
            ),
            what="the bot joining the chat",
        )
        photo = photos.jpeg_with(photos.exif_segment(metadata.tiff_block()))
        image = await lea.send_image(chat, photo, metadata.FILE_NAME)
        sent = await lea.wait_for(
            chat, lambda e: e.event_id == image and "file" in e.content, what="the photo"
        )
        await lea.send_text(chat, "Enfant de 3 ans, éruption depuis ce matin #dermato")
        # The photo's key may reach the bot after the words: then a first preview holds the words alone.
        await lea.wait_for(
            chat,
            lambda e: e.sender == bot.user_id and "encore publié" in e.body and "lieu" in e.body,
            what="the preview of words and photo",
        )
        poll = await lea.wait_for(
            chat, lambda e: e.type == POLL_START and not e.redacted, what="the question"
        )
        await lea.vote_poll(chat, poll.event_id, poll.content[POLL_START]["answers"][0]["id"])
        clean = await karim.wait_for(
            room,
            lambda e: e.sender == bot.user_id and e.content.get("msgtype") == "m.image",
            what="the picture",
        )
        data = await karim.download(clean.content["file"])
        assert not [needle for needle in metadata.needles() if needle in data]
        gone = await lea.wait_for(
            chat, lambda e: e.event_id == image and e.redacted, what="the original redacted"
        )
        assert gone.content == {}

        assert not _hashes([sent]) & _hashes(await karim.events(room))
        await lea.wait_for(
            chat,
            lambda e: e.sender == bot.user_id and "est publié dans" in e.body,
            what="the word of the bot",
        )
        for clinician, place in ((lea, chat), (karim, room)):
            said = [
                e
                for e in await clinician.events(place)
                if e.sender == bot.user_id and e.encrypted and not e.redacted
            ]
            assert said
            assert [(e.type, e.shield_reason) for e in said if e.failure or e.shield != "NONE"] == []


def _hashes(events: list[SeenEvent]) -> set[str]:
    """The hashes of all encrypted files that events point at."""
    files = (event.content.get("file") for event in events)
    return {file["hashes"]["sha256"] for file in files if isinstance(file, dict)}
