"""The private intake when things go wrong: refusals, races, edits that come late, guests that come early."""

import json
from collections.abc import Mapping
from typing import Any

import pytest

from doctocbot.chat.poll import POLL_START
from doctocbot.matrix import Errand
from doctocbot.matrix.errors import Forbidden, MatrixError
from tests.cases.test_intake import WORDS, chat, choose, draft, notices, polls, preview, quiet
from tests.desk import CHAT, LEA, MARC, OTHER_ROOM, ROOM, Desk
from tests.fakes.roomstates import member, state_event

pytest_plugins = ["tests.desk_fixtures"]

__all__ = ["chat"]


def readable(desk: Desk) -> str:
    """All that can be read of the bot's in the chat."""
    return json.dumps([event.content for event in desk.gateway.visible(CHAT)], ensure_ascii=False)


async def invite_third(desk: Desk) -> None:
    """Somebody else is invited into the chat, and the bot learns of it."""
    desk.change(member(MARC, membership="invite"), room=CHAT)
    await desk.inspect(CHAT)


async def test_a_mistyped_command_put_right_leaves_no_edit_behind(chat: Desk) -> None:
    """The edit that made words of it goes with the rest."""
    typed = await chat.say(LEA, "!publsh Homme de 54 ans, plaque", room=CHAT)
    edit = await chat.edit(LEA, typed, "Homme de 54 ans, plaque", room=CHAT)
    await quiet(chat)
    await choose(chat, 0)
    assert "plaque" in await chat.card(1)
    assert chat.gone(typed)
    assert chat.gone(edit)


async def test_an_edit_after_the_release_is_taken_out_and_named(chat: Desk) -> None:
    """It changes nothing any more, and the author must not believe that it did."""
    words = await draft(chat)
    await choose(chat, 0)
    edit = await chat.edit(LEA, words, "Homme de 54 ans, M. Durand, plaque", room=CHAT)
    assert chat.gone(edit)
    assert "n'a donc rien changé" in notices(chat)[-1]


async def test_taking_back_an_edit_takes_its_words_back(chat: Desk) -> None:
    """Removing the edit alone, as Element can, removes the words that came with it."""
    words = await draft(chat)
    await chat.say(LEA, "Il fume.", room=CHAT)
    edit = await chat.edit(LEA, words, "Dupont Jean a une plaque", room=CHAT)
    await quiet(chat)
    await chat.redact(LEA, edit, room=CHAT)
    await quiet(chat)
    assert "Dupont" not in preview(chat)
    await choose(chat, 0)
    assert "Dupont" not in await chat.card(1)


async def test_a_caption_whose_edit_is_taken_back_is_empty(chat: Desk) -> None:
    """The picture stays; what the edit said of it goes."""
    photo = await chat.picture(LEA, "dos", caption="vu ce matin", room=CHAT)
    await draft(chat)
    edit = await chat.edit(LEA, photo, "M. Dupont", room=CHAT)
    await quiet(chat)
    assert "Dupont" in preview(chat)
    await chat.redact(LEA, edit, room=CHAT)
    await quiet(chat)
    assert "Dupont" not in preview(chat)
    assert "Image 1" in preview(chat)


async def test_a_preview_that_the_server_refuses_releases_nothing(chat: Desk) -> None:
    """Neither the tap nor the words publish what the author has not seen; they are told."""
    await chat.say(LEA, WORDS, room=CHAT)
    await chat.tick()
    chat.later(seconds=4)
    chat.gateway.failures.append(MatrixError("M_TOO_LARGE"))
    await chat.tick()
    assert any("pas pu vous montrer" in notice for notice in notices(chat))
    await choose(chat, 0)
    await chat.say(LEA, "!publier", room=CHAT)
    assert chat.gateway.visible(ROOM) == []
    await quiet(chat)
    await choose(chat, 0)
    assert "plaque" in await chat.card(1)


async def test_a_picture_that_was_never_shown_is_not_published(chat: Desk) -> None:
    """Its copy was refused by the server: the case waits until the picture is out or shown."""
    chat.gateway.failures.append(MatrixError("M_TOO_LARGE"))
    await chat.picture(LEA, "dos", room=CHAT)
    await draft(chat)
    await choose(chat, 0)
    assert chat.gateway.visible(ROOM) == []
    await chat.say(LEA, "!jeter 1", room=CHAT)
    await quiet(chat)
    await choose(chat, 0)
    assert "plaque" in await chat.card(1)


async def test_publishing_in_words_waits_for_the_preview(chat: Desk) -> None:
    """A preview that is still on its way has been seen by nobody."""
    message = {"msgtype": "m.text", "body": WORDS}
    await chat.arrive(chat.event(LEA, "m.room.message", message, room=CHAT))
    await chat.handle(CHAT)
    for _ in range(2):
        await chat.database.run(chat.clock.tick, chat.now)
        chat.later(seconds=4)
    command = {"msgtype": "m.text", "body": "!publier"}
    await chat.arrive(chat.event(LEA, "m.room.message", command, room=CHAT))
    await chat.handle(CHAT)
    assert await chat.value("SELECT count(*) FROM medical_case") == 0


async def test_it_is_published_where_the_preview_said(chat: Desk) -> None:
    """Whoever has changed rooms since is asked anew."""
    chat.change(state_event("m.room.name", {"name": "Cabinet"}))
    await draft(chat)
    assert "Cabinet" in preview(chat)
    chat.change(member(LEA, membership="leave"))
    await chat.open_room(OTHER_ROOM)
    await chat.say(LEA, "!publier", room=CHAT)
    assert await chat.value("SELECT count(*) FROM medical_case") == 0
    await quiet(chat)
    await choose(chat, 0)
    assert await chat.value("SELECT room_id FROM medical_case") == OTHER_ROOM


async def test_rooms_of_one_name_can_be_told_apart(chat: Desk) -> None:
    """In the poll by a number, in words by that or by the room's id."""
    other = "!AbCdEf:clinic.example"
    await chat.open_room(other)
    for room in (ROOM, other):
        chat.change(state_event("m.room.name", {"name": "Cabinet"}), room=room)
    await draft(chat)
    answers = polls(chat)[0].content["org.matrix.msc3381.poll.start"]["answers"]
    assert len({answer["org.matrix.msc1767.text"] for answer in answers}) == 4
    await chat.say(LEA, f"!publier {other}", room=CHAT)
    assert await chat.value("SELECT room_id FROM medical_case") == other


async def test_a_card_that_the_room_refuses_leaves_the_draft_as_it_was(chat: Desk) -> None:
    """A muted bot does not say "published": originals and pictures stay, and it can be tried again."""
    photo = await chat.picture(LEA, "dos", room=CHAT)
    words = await draft(chat)
    chat.gateway.failures.append(Forbidden("M_FORBIDDEN"))
    await choose(chat, 0)
    assert "n'a pas accepté" in notices(chat)[-1]
    assert not chat.gone(words)
    assert not chat.gone(photo)
    await quiet(chat)
    await choose(chat, 0)
    assert "plaque" in await chat.card(2)
    assert await chat.pictures(2) == ["dos"]
    assert chat.gone(words)


async def test_nothing_is_left_that_was_no_part_of_the_draft(chat: Desk) -> None:
    """The picture that was one too many goes at once, an unsigned device's correction with the rest."""
    photos = [await chat.picture(LEA, f"p{number}", room=CHAT) for number in range(21)]
    assert chat.gone(photos[20])
    words = await draft(chat)
    edit = await chat.edit(LEA, words, "Dupont", room=CHAT, verified=False)
    await choose(chat, 0)
    assert chat.gone(edit)
    assert "Dupont" not in await chat.card(1)


async def test_a_photo_for_a_second_chat_goes_at_once(chat: Desk) -> None:
    """A draft stands in one chat alone."""
    await draft(chat)
    second = "!chat2:clinic.example"
    await chat.open_chat(LEA, second)
    assert chat.gone(await chat.picture(LEA, "x", room=second))


async def test_whoever_shares_no_room_any_more_can_still_discard(chat: Desk) -> None:
    """And is not told that nothing was kept while a draft is."""
    words = await draft(chat)
    chat.change(member(LEA, membership="leave"))
    await chat.say(LEA, "encore un mot", room=CHAT)
    assert "votre brouillon reste ici" in notices(chat)[-1]
    await chat.say(LEA, "!jeter", room=CHAT)
    assert chat.gone(words)


async def test_an_unsigned_device_discards_no_draft_of_who_shares_no_room(chat: Desk) -> None:
    """Neither does the server, which can make one: by a vote on the preview it takes nothing away."""
    await draft(chat)
    poll = polls(chat)[0]
    discard = poll.content[POLL_START]["answers"][-1]["id"]
    chat.change(member(LEA, membership="leave"))
    await chat.vote(LEA, poll.event_id, discard, room=CHAT, verified=False)
    assert await chat.value("SELECT count(*) FROM draft") == 1
    assert "session que vous n'avez pas vérifiée" in notices(chat)[-1]
    await chat.vote(LEA, poll.event_id, discard, room=CHAT)
    assert await chat.value("SELECT count(*) FROM draft") == 0


async def test_a_redaction_that_the_server_refuses_is_left_to_the_author(
    chat: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever the power levels say: what stays is named."""

    async def refuse(*_: object) -> str:
        raise Forbidden("M_FORBIDDEN")

    await draft(chat)
    monkeypatch.setattr(chat.gateway, "redact", refuse)
    await choose(chat, 0)
    assert any("supprimez vous-même" in notice for notice in notices(chat))


# -- a third guest


async def test_all_that_was_said_goes_when_a_third_comes(chat: Desk) -> None:
    """Numbers, previews and colleagues' answers alike."""
    await draft(chat)
    await choose(chat, 0)
    await chat.say(MARC, "Granulome annulaire ?", thread=await chat.card_id())
    assert "Granulome" in readable(chat)
    await invite_third(chat)
    assert "Granulome" not in readable(chat)
    assert "#1" not in readable(chat)


async def test_words_on_the_way_when_a_third_comes_are_not_published(chat: Desk) -> None:
    """They were said in private: the chat does not become a room around them."""
    message = {"msgtype": "m.text", "body": "!cas Homme, M. Dupont"}
    event = chat.event(LEA, "m.room.message", message, room=CHAT)
    await chat.arrive(event)
    await invite_third(chat)
    await chat.settle(CHAT)
    assert await chat.value("SELECT count(*) FROM medical_case") == 0
    assert chat.gone(event.event_id)


async def test_a_photo_being_cleaned_when_a_third_comes_is_shown_to_nobody(chat: Desk) -> None:
    """The original is taken out, and no copy is posted."""
    look = chat.reception.confidant.look

    def interrupted(content: Mapping[str, Any]) -> Errand:
        async def errand() -> object:
            chat.change(member(MARC, membership="invite"), room=CHAT)
            room = chat.gateway.rooms[CHAT]
            await chat.database.run(lambda tx: chat.chats.look(tx, room, first=False))
            return await look(content)()

        return errand

    object.__setattr__(chat.reception.confidant, "look", interrupted)
    event = chat.event(LEA, "m.room.message", chat.photo("dos"), room=CHAT)
    await chat.arrive(event)
    await chat.settle(CHAT)
    assert chat.gone(event.event_id)
    assert [each for each in chat.gateway.visible(CHAT) if each.content.get("msgtype") == "m.image"] == []


async def test_without_power_the_author_is_asked_when_a_third_comes(desk: Desk) -> None:
    """What the bot cannot take out, the author has to, now."""
    await desk.open_chat(LEA, bot_level=0)
    await draft(desk)
    await invite_third(desk)
    assert any("supprimez vous-même" in notice for notice in notices(desk))
