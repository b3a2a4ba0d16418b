"""With the operator's admin access, the file of a redacted photo is gone from the server for everybody."""

import asyncio
import dataclasses
from collections.abc import Mapping
from typing import Any

import pytest

from doctocbot.demo.person import Person
from doctocbot.matrix.errors import MatrixError
from doctocbot.matrix.session import login_with_password
from doctocbot.privacy import originals
from tests.images import metadata, photos
from tests.stories.ward import Ward, redacted, says

pytestmark = pytest.mark.homeserver


async def _gone(person: Person, content: Mapping[str, Any]) -> bool:
    """Whether somebody who kept the key can no longer fetch a file."""
    try:
        await person.fetch_media(content)
    except MatrixError:
        return True
    return False


async def test_a_colleague_who_kept_the_key_finds_nothing_any_more(
    ward: Ward, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The clean copy stays; the original, with the place in it, is on nobody's server."""
    monkeypatch.setattr(originals, "_LOOK_EVERY", 0.2)
    operator, password = f"@operator:{ward.homeserver.server_name}", "a password"
    await ward.homeserver.register("operator", password, admin=True)
    session = await login_with_password(ward.homeserver.url, operator, password, "admin")
    bot = await ward.bot()
    bot.secrets = dataclasses.replace(bot.secrets, admin_token=session.access_token)
    lea, omar = await ward.person("lea"), await ward.person("omar")
    await ward.serve(bot)
    room = await ward.room(lea, [omar], bot)
    photo = photos.jpeg_with(photos.exif_segment(metadata.tiff_block()))
    image = await lea.send_image(room, photo, metadata.FILE_NAME, caption="belle radio")
    seen = await omar.wait_for(room, lambda event: event.event_id == image, what="the original")
    kept = dict(seen.content)
    await omar.wait_for(room, redacted(image), what="the original redacted")
    copy = await omar.wait_for(room, says(bot.user_id, "belle radio"), what="the copy")
    for _ in range(100):
        if await _gone(omar, kept):
            break
        await asyncio.sleep(0.2)
    assert await _gone(omar, kept)
    assert await omar.fetch_media(copy.content)
