"""Pictures and cases: each picture joins the right case or none."""

from typing import Any

import pytest

from doctocbot.matrix.inbox import Undecryptable, key_arrived
from tests.desk import LEA, MARC, OTHER_ROOM, Desk

pytest_plugins = ["tests.desk_fixtures"]


async def test_the_words_and_then_the_pictures(desk: Desk) -> None:
    """As Element Web sends them: clean copies in the thread under new names, the originals gone."""
    await desk.say(LEA, "!cas Enfant de 3 ans")
    originals = [await desk.picture(LEA, "bras"), await desk.picture(LEA, "joues", metadata=False)]
    assert await desk.pictures() == ["bras", "joues"]
    assert all(desk.gone(original) for original in originals)
    assert "📷 2" in await desk.card()
    shown = [event.content for event in await desk.thread() if "filename" in event.content]
    assert [content["filename"] for content in shown] == ["case-1-1.jpg", "case-1-2.jpg"]
    assert all("IMG" not in str(content) for content in shown)


async def test_the_pictures_and_then_the_words(desk: Desk) -> None:
    """Within two minutes; what stood in the timeline meanwhile goes."""
    with_place = await desk.picture(LEA, "bras")
    bare = await desk.picture(LEA, "joues", metadata=False)
    assert desk.gone(with_place)
    assert not desk.gone(bare)
    (copy,) = desk.timeline()
    desk.later(seconds=90)
    await desk.say(LEA, "!cas Enfant de 3 ans")
    assert await desk.pictures() == ["bras", "joues"]
    assert desk.gone(copy.event_id)
    assert desk.gone(bare)


async def test_words_and_picture_in_one(desk: Desk) -> None:
    """`!cas` as the caption, with another picture of a moment before."""
    await desk.picture(LEA, "joues")
    original = await desk.picture(LEA, "bras", caption="!cas Enfant de 3 ans")
    assert "> Enfant de 3 ans" in await desk.card()
    assert await desk.pictures() == ["joues", "bras"]
    assert desk.gone(original)


@pytest.mark.parametrize("caption", ["!cas", "#DocTocToc enfant de 3 ans", "! Cas\nEnfant"])
async def test_a_caption_opens_a_case_as_words_do(desk: Desk, caption: str) -> None:
    """Even without a word: the picture is the question."""
    await desk.picture(LEA, "bras", caption=caption)
    assert await desk.pictures() == ["bras"]


async def test_a_file_by_its_bytes_is_a_picture(desk: Desk) -> None:
    """Sent as a file or as a sticker, it is cleaned and joins like any other."""
    await desk.say(LEA, "!cas Enfant")
    await desk.picture(LEA, "bras", msgtype="m.file")
    await desk.document(LEA)
    assert await desk.pictures() == ["bras"]


async def test_a_word_in_between_and_the_picture_joins_nothing(desk: Desk) -> None:
    """It may belong to what was said."""
    await desk.picture(LEA, "bras")
    await desk.say(LEA, "Voici le bras de M. B.")
    await desk.say(LEA, "!cas Tout autre patient")
    assert await desk.pictures() == []


@pytest.mark.parametrize("msgtype", ["m.audio", "m.file", "m.video"])
async def test_a_voice_message_or_a_document_in_between_is_something_said(desk: Desk, msgtype: str) -> None:
    """Anything by the author ends the picture's chance, not words alone."""
    await desk.picture(LEA, "bras")
    await desk.document(LEA, msgtype)
    await desk.say(LEA, "!cas Tout autre patient")
    assert await desk.pictures() == []


async def test_a_mistyped_case_in_between_is_something_said(desk: Desk) -> None:
    """Unless it is edited, the picture may belong to the patient whose case was never opened."""
    await desk.picture(LEA, "bras")
    await desk.say(LEA, "!cass Patient un")
    await desk.say(LEA, "!cas Patient deux")
    assert await desk.pictures() == []


async def test_a_mistyped_case_that_is_edited_gets_the_picture_before_it(desk: Desk) -> None:
    """As if it had been typed right at once."""
    await desk.picture(LEA, "bras")
    mistyped = await desk.say(LEA, "!cass Enfant")
    await desk.edit(LEA, mistyped, "!cas Enfant")
    assert await desk.pictures() == ["bras"]


async def test_a_case_refused_from_an_unsigned_device_is_something_said(desk: Desk) -> None:
    """The picture before it waits for that patient, not for the next."""
    await desk.picture(LEA, "bras")
    await desk.say(LEA, "!cas Patient un", verified=False)
    await desk.say(LEA, "!cas Patient deux")
    assert await desk.pictures() == []


async def test_a_picture_for_another_case_in_between_is_something_said(desk: Desk) -> None:
    """Who has just posted in the thread of a colleague's case was busy with that patient."""
    await desk.say(MARC, "!cas Patient de Marc")
    await desk.picture(LEA, "radio A")
    await desk.picture(LEA, "radio B", thread=await desk.card_id())
    await desk.say(LEA, "!cas Patient de Léa")
    assert await desk.pictures(2) == []


async def test_what_others_say_in_between_changes_nothing(desk: Desk) -> None:
    """The room goes on talking."""
    await desk.picture(LEA, "bras")
    await desk.say(MARC, "Bonjour")
    await desk.picture(MARC, "autre")
    await desk.say(LEA, "!cas Enfant")
    assert await desk.pictures() == ["bras"]


async def test_three_minutes_are_too_long(desk: Desk) -> None:
    """Two are the most."""
    await desk.picture(LEA, "bras")
    desk.later(minutes=3)
    await desk.say(LEA, "!cas Enfant")
    assert await desk.pictures() == []


async def test_a_colleagues_picture_joins_no_case_of_mine(desk: Desk) -> None:
    """Not before, not after, not in my thread, where it is an answer."""
    await desk.picture(MARC, "avant")
    await desk.say(LEA, "!cas Enfant")
    await desk.picture(MARC, "après")
    await desk.picture(MARC, "dans le fil", thread=await desk.card_id())
    assert "1 réponse" in await desk.card()
    assert "📷" not in await desk.card()
    assert await desk.pictures() == []


async def test_a_reply_or_a_thread_decides_over_time_and_order(desk: Desk) -> None:
    """The earlier case's card, source or thread gets it, also after ten minutes."""
    source = await desk.say(LEA, "!cas un")
    root = await desk.card_id(1)
    await desk.say(LEA, "!cas deux")
    desk.later(minutes=30)
    await desk.picture(LEA, "a", reply=root)
    await desk.picture(LEA, "b", thread=root)
    await desk.picture(LEA, "c", reply=source)
    assert await desk.pictures(1) == ["a", "b", "c"]
    assert await desk.pictures(2) == []


async def test_a_reply_to_something_else_joins_nothing(desk: Desk) -> None:
    """Neither the author's latest case nor one opened a moment later."""
    talk = await desk.say(MARC, "À propos de M. B. ?")
    await desk.say(LEA, "!cas Enfant")
    await desk.picture(LEA, "bras", reply=talk)
    await desk.say(LEA, "!cas Adulte")
    assert await desk.pictures(1) == []
    assert await desk.pictures(2) == []


async def test_after_ten_minutes_a_picture_joins_nothing(desk: Desk) -> None:
    """It is cleaned where it stands; within ten it joins."""
    await desk.say(LEA, "!cas Enfant")
    desk.later(minutes=9)
    await desk.picture(LEA, "bras")
    desk.later(minutes=1)
    late = await desk.picture(LEA, "joues")
    assert await desk.pictures() == ["bras"]
    assert desk.gone(late)


async def test_the_latest_case_gets_it_or_none(desk: Desk) -> None:
    """Never the one before, because the latest is closed or withdrawn."""
    await desk.say(LEA, "!cas un")
    latest = await desk.say(LEA, "!cas deux")
    await desk.picture(LEA, "bras")
    assert await desk.pictures(2) == ["bras"]
    await desk.say(LEA, "!clore #2 rien")
    await desk.picture(LEA, "après la clôture")
    await desk.redact(LEA, latest)
    await desk.picture(LEA, "après le retrait")
    assert await desk.pictures(1) == []


async def test_a_case_in_another_room_gets_no_picture_of_this_one(desk: Desk) -> None:
    """Rooms know nothing of each other."""
    await desk.open_room(OTHER_ROOM)
    await desk.say(LEA, "!cas Enfant", room=OTHER_ROOM)
    await desk.picture(LEA, "bras")
    await desk.picture(LEA, "joues", thread=await desk.card_id())
    assert await desk.pictures() == []


async def test_a_picture_read_late_does_not_join_a_case_that_came_after_it(desk: Desk) -> None:
    """Its key arrives after the next patient's case is open: it was sent for the one before."""
    waiting = desk.event(LEA, "m.room.message", desk.photo("bras"))
    await desk.arrive(Undecryptable(waiting.event_id, waiting.room_id, LEA, waiting.sent_at, "session", {}))
    desk.later(minutes=5)
    await desk.say(LEA, "!cas Tout autre patient")
    await desk.database.run(key_arrived, waiting)
    await desk.settle()
    assert await desk.pictures() == []


async def test_a_picture_after_a_message_that_cannot_be_read_joins_no_earlier_case(desk: Desk) -> None:
    """What the bot could not read may have been the next patient's `!cas`."""
    await desk.say(LEA, "!cas un")
    waiting = desk.event(LEA, "m.room.message", {"msgtype": "m.text", "body": "!cas deux"})
    await desk.arrive(Undecryptable(waiting.event_id, waiting.room_id, LEA, waiting.sent_at, "session", {}))
    await desk.picture(LEA, "bras")
    assert await desk.pictures(1) == []


async def test_a_picture_before_a_message_that_cannot_be_read_joins_no_later_case(desk: Desk) -> None:
    """What the bot could not read was said in between."""
    await desk.picture(LEA, "bras")
    waiting = desk.event(LEA, "m.room.message", {"msgtype": "m.text", "body": "c'était M. B."})
    await desk.arrive(Undecryptable(waiting.event_id, waiting.room_id, LEA, waiting.sent_at, "session", {}))
    await desk.say(LEA, "!cas Enfant")
    assert await desk.pictures() == []


async def test_a_case_read_late_takes_no_picture_of_a_quarter_of_an_hour_after_it(desk: Desk) -> None:
    """Ten minutes are counted from when it was asked, not from when it could be read."""
    waiting = desk.event(LEA, "m.room.message", {"msgtype": "m.text", "body": "!cas Patient un"})
    await desk.arrive(Undecryptable(waiting.event_id, waiting.room_id, LEA, waiting.sent_at, "session", {}))
    desk.later(minutes=15)
    await desk.picture(LEA, "bras du patient deux")
    await desk.database.run(key_arrived, waiting)
    await desk.settle()
    assert await desk.pictures() == []


async def test_an_edited_picture_does_not_join_a_case_opened_since(desk: Desk) -> None:
    """A caption corrected later says nothing of when the picture was taken."""
    original = await desk.picture(LEA, "bras", metadata=False)
    desk.later(minutes=5)
    await desk.say(LEA, "!cas Tout autre patient")
    content = desk.photo("bras")
    relation = {"rel_type": "m.replace", "event_id": original}
    await desk.do(LEA, "m.room.message", {**content, "m.new_content": content, "m.relates_to": relation})
    assert await desk.pictures() == []


@pytest.mark.parametrize("encrypted", [True, False])
async def test_a_picture_from_an_unsigned_device_is_cleaned_and_joins_nothing(
    desk: Desk, encrypted: bool
) -> None:
    """It could be anybody's."""
    await desk.say(LEA, "!cas Enfant")
    original = await desk.picture(LEA, "bras", caption="!cas Autre", encrypted=encrypted, verified=False)
    assert desk.gone(original)
    assert await desk.pictures() == []
    assert await desk.value("SELECT count(*) FROM medical_case") == 1


async def test_a_picture_after_a_mistyped_case_joins_no_earlier_one(desk: Desk) -> None:
    """`!cass` was the next patient's: the photo after it is not of the patient before."""
    await desk.say(LEA, "!cas Patient un")
    await desk.say(LEA, "!cass Patient deux")
    await desk.picture(LEA, "bras")
    assert await desk.pictures() == []


async def test_deleting_the_photo_that_opened_a_case_leaves_the_case(desk: Desk) -> None:
    """Where the bot may not redact, it asks the author to delete the original, and the case goes on without it."""
    desk.take_power()
    photo = await desk.picture(LEA, "bras", caption="!cas Enfant")
    await desk.redact(LEA, photo)
    assert "ouvert" in await desk.card()
    assert await desk.pictures() == ["bras"]


@pytest.mark.parametrize("encrypted", [True, False])
@pytest.mark.parametrize("metadata", [True, False])
async def test_a_picture_that_could_be_anybodys_joins_no_later_case(
    desk: Desk, encrypted: bool, metadata: bool
) -> None:
    """A server that puts a photo before somebody's `!cas` does not get it into the case."""
    await desk.picture(LEA, "faux", metadata=metadata, encrypted=encrypted, verified=False)
    await desk.say(LEA, "!cas Enfant")
    assert await desk.pictures() == []


@pytest.mark.parametrize("how", [{"encrypted": False}, {"msgtype": "m.notice"}])
async def test_what_is_not_heard_stands_in_between_all_the_same(desk: Desk, how: dict[str, Any]) -> None:
    """A word in clear text or a notice by the author is something said after the picture."""
    await desk.picture(LEA, "bras")
    await desk.say(LEA, "C'était M. B.", **how)
    await desk.say(LEA, "!cas Tout autre patient")
    assert await desk.pictures() == []


async def test_once_per_person_the_safer_way_is_named(desk: Desk) -> None:
    """Whoever posts a telling photo in the room learns that a direct chat is safer, and is not told again."""
    await desk.say(LEA, "!cas Enfant de 3 ans")
    await desk.picture(LEA, "bras")
    await desk.picture(LEA, "joues")
    await desk.say(MARC, "!cas Homme de 50 ans")
    await desk.picture(MARC, "dos", metadata=False)
    told = [event for event in desk.gateway.visible() if "conversation directe" in event.body]
    assert [event.thread for event in told] == [await desk.card_id(1)]
