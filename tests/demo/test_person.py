"""People in the demo and tests see what Element would show them, and say so when they do not."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from doctocbot.demo.homeserver import Homeserver
from doctocbot.demo.person import Person

NewUser = Callable[[str], Awaitable[tuple[str, str]]]
SECRET = "éruption chez un enfant de trois ans"


@pytest.fixture
async def pair(
    homeserver: Homeserver, new_user: NewUser, tmp_path: Path
) -> AsyncIterator[tuple[Person, Person, str]]:
    """Marie and Paul, in a closed encrypted room of Marie's."""
    async with AsyncExitStack() as stack:
        people = []
        for word in ("marie", "paul"):
            user_id, password = await new_user(word)
            login = Person.login(homeserver.url, user_id, password, tmp_path / word)
            people.append(await stack.enter_async_context(login))
        marie, paul = people
        room = await marie.create_room("cas", invite=[paul.user_id])
        await paul.join(room)
        yield marie, paul, room


async def test_edits_and_redactions_are_followed(pair: tuple[Person, Person, str]) -> None:
    """The latest words count, and after a redaction none."""
    marie, paul, room = pair
    message = await marie.say(room, "avant")
    await marie.edit(room, message, "après")
    await paul.wait_for(room, lambda event: event.replaces == message, what="the edit")
    assert paul.latest(message)["body"] == "après"
    await marie.redact(room, message)
    gone = await paul.wait_for(
        room, lambda event: event.event_id == message and event.redacted, what="the redaction"
    )
    assert gone.content == {}
    assert marie.user_id == gone.sender


async def test_a_picture_arrives_whole_with_its_thumbnail(pair: tuple[Person, Person, str]) -> None:
    """As a phone sends it: encrypted, with caption, file name, blurhash and thumbnail."""
    marie, paul, room = pair
    sent = await marie.send_image(
        room,
        b"\xff\xd8picture",
        caption="le bras",
        extra_info={"xyz.amorgan.blurhash": "L6Pj"},
        thumbnail=b"small",
    )
    seen = await paul.wait_for(
        room, lambda event: event.event_id == sent and event.decrypted, what="the picture"
    )
    assert (seen.content["body"], seen.content["filename"]) == ("le bras", "IMG_2041.jpg")
    assert await paul.fetch_media(seen.content) == b"\xff\xd8picture"
    assert await paul.fetch_media({"file": seen.content["info"]["thumbnail_file"]}) == b"small"
    assert "url" not in seen.content


async def test_threads_reactions_and_votes_point_where_they_should(pair: tuple[Person, Person, str]) -> None:
    """What the bot will read relations from."""
    marie, paul, room = pair
    root = await marie.say(room, "cas")
    answer = await paul.say(room, "Gianotti-Crosti", thread=root)
    seen = await marie.wait_for(room, lambda event: event.event_id == answer and event.decrypted)
    assert seen.thread == root
    reaction = await marie.react(room, answer, "👍")
    seen = await paul.wait_for(room, lambda event: event.event_id == reaction)
    assert (seen.relation["key"], seen.encrypted) == ("👍", False)
    vote = await paul.vote(room, root, "a")
    seen = await marie.wait_for(room, lambda event: event.event_id == vote and event.decrypted)
    assert seen.encrypted
    assert seen.relation["event_id"] == root


async def test_an_unencrypted_room_is_spoken_in_the_clear(pair: tuple[Person, Person, str]) -> None:
    """People do that, and the bot must meet it."""
    marie, _, _ = pair
    room = await marie.create_room("en clair", encrypted=False, join_rule="public")
    message = await marie.say(room, "bonjour")
    picture = await marie.send_image(room, b"x", msgtype="m.file")
    assert not (await marie.wait_for(room, lambda event: event.event_id == message)).encrypted
    seen = await marie.wait_for(room, lambda event: event.event_id == picture)
    assert await marie.fetch_media(seen.content) == b"x"


async def test_rooms_of_every_make(pair: tuple[Person, Person, str]) -> None:
    """Room version 12, whose ids name no server, power levels and other state."""
    marie, paul, _ = pair
    room = await marie.create_room(
        "v12", invite=[paul.user_id], room_version="12", history_visibility="joined"
    )
    assert ":" not in room
    await paul.join(room)
    await marie.set_power_level(room, paul.user_id, 50)
    assert (await paul.get_state(room, "m.room.power_levels"))["users"][paul.user_id] == 50
    await marie.set_state(room, "m.room.topic", {"topic": "dermatologie"})
    await paul.wait_for(room, lambda event: event.type == "m.room.topic", what="the topic")
    message = await marie.say(room, "bonjour")
    await paul.wait_for(room, lambda event: event.event_id == message and event.verified, what="the message")
    await paul.leave(room)


async def test_waiting_in_vain_says_for_what_and_not_what_was_said(pair: tuple[Person, Person, str]) -> None:
    """A failed step of the demo is understood from its message, which holds no clinical word."""
    marie, _, room = pair
    await marie.say(room, SECRET)
    with pytest.raises(AssertionError, match="the card") as caught:
        await marie.wait_for(room, lambda _: False, timeout=0.5, what="the card")
    assert "m.room.member" in str(caught.value)
    assert SECRET not in str(caught.value)


async def test_a_failure_in_the_background_ends_the_block(
    homeserver: Homeserver, new_user: NewUser, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody plays on with a person who no longer hears anything."""
    user_id, password = await new_user("marie")

    async def fail(_: object) -> None:
        raise RuntimeError("broken")

    with pytest.raises(RuntimeError, match="broken"):
        async with Person.login(homeserver.url, user_id, password, tmp_path) as marie:
            monkeypatch.setattr(marie.client, "process_sync", fail)
            await asyncio.sleep(1)


@pytest.mark.homeserver
async def test_a_restart_of_the_server_is_sat_out(tmp_path: Path) -> None:
    """Phones lose their server too, and come back to it."""
    async with Homeserver.start(tmp_path / "server") as server:
        user_id = await server.register("marie", "mot de passe")
        async with Person.login(server.url, user_id, "mot de passe", tmp_path / "marie") as marie:
            room = await marie.create_room("cas")
            await server.kill()
            await server.launch()
            message = await marie.say(room, "encore là")
            await marie.wait_for(
                room, lambda event: event.event_id == message and event.decrypted, what="the message"
            )
