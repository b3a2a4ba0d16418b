"""Pictures in a served room: the clean copy in their place, the original gone, and what cannot be clean refused."""

from typing import Any

import pytest

from doctocbot.images import RefusalReason
from doctocbot.matrix.errors import Unreachable
from tests.desk import BOT, LEA, MARC, MODO, NORA, Desk

pytest_plugins = ["tests.desk_fixtures"]


async def test_a_picture_with_nothing_to_remove_is_left_alone(desk: Desk) -> None:
    """Nobody is bothered for a clean screenshot."""
    original = await desk.picture(LEA, "capture", metadata=False)
    assert not desk.gone(original)
    assert desk.gateway.sent == []


async def test_a_loose_picture_is_replaced_where_it_stood(desk: Desk) -> None:
    """Caption, author's name, thread and reply are kept; name and metadata are not."""
    desk.call(LEA, "<b>Léa</b>")
    talk = await desk.say(MARC, "Et la radio ?")
    original = await desk.picture(LEA, "radio", caption="face", reply=talk)
    (copy,) = desk.timeline()
    assert desk.gone(original)
    assert copy.replies_to == talk
    assert copy.body == "📷 de <b>Léa</b>, nettoyée. face"
    assert "formatted_body" not in copy.content
    assert copy.content["filename"] == "image-1.jpg"
    assert desk.gateway.files[copy.content["file"]["url"]] == b"radio"


@pytest.mark.parametrize("reason", list(RefusalReason))
async def test_a_picture_that_cannot_be_proved_clean_goes_with_its_reason(
    desk: Desk, reason: RefusalReason
) -> None:
    """And its author is told what to do instead."""
    await desk.say(LEA, "!cas Enfant")
    original = await desk.picture(LEA, "douteuse", refused=reason)
    assert desk.gone(original)
    (told,) = desk.answers_to(original)
    assert told.startswith("J'ai retiré cette image du salon. ")
    assert len(told) > 60
    assert await desk.pictures() == []


@pytest.mark.parametrize("refused", [None, RefusalReason.TRUNCATED])
async def test_without_the_power_to_redact_the_author_is_told_to_delete_it(
    desk: Desk, refused: RefusalReason | None
) -> None:
    """At once; in a case the clean copy is posted all the same."""
    desk.take_power()
    await desk.say(LEA, "!cas Enfant")
    original = await desk.picture(LEA, "bras", refused=refused)
    assert not desk.gone(original)
    (told,) = desk.answers_to(original)
    assert "supprimez vous-même" in told
    assert await desk.pictures() == ([] if refused else ["bras"])
    # Nothing says that it was deleted, the advice to come into the direct chat next time included.
    assert "l'original supprimé" not in desk.readable()


async def test_the_author_or_a_moderator_takes_a_picture_out_again(desk: Desk) -> None:
    """By its place in the thread; the numbers of the others stay."""
    await desk.say(LEA, "!cas Enfant")
    root = await desk.card_id()
    for name in ("a", "b", "c"):
        await desk.picture(LEA, name)
    (refused,) = desk.answers_to(await desk.say(NORA, "!jeter 2", thread=root))
    assert "l'auteur de #1 ou un modérateur" in refused
    await desk.say(LEA, "!jeter 2", thread=root)
    assert await desk.pictures() == ["a", "c"]
    assert "📷 2" in await desk.card()
    await desk.say(MODO, "!drop #1 3")
    assert await desk.pictures() == ["a"]
    await desk.picture(LEA, "d")
    assert (await desk.thread())[-1].content["filename"] == "case-1-4.jpg"
    (told,) = desk.answers_to(await desk.say(LEA, "!jeter #1 2"))
    assert "Quelle image" in told


async def test_a_clean_copy_that_a_moderator_deletes_is_forgotten(desk: Desk) -> None:
    """The card counts it no more, and neither caption nor bytes nor the key to them stay."""
    await desk.say(LEA, "!cas Enfant")
    await desk.picture(LEA, "bras", caption="Bras de M. B.")
    copy = (await desk.thread())[0]
    await desk.redact(MODO, copy.event_id)
    assert "📷" not in await desk.card()
    assert await desk.value("SELECT caption FROM picture") is None
    assert await desk.value("SELECT coalesce(data, file) FROM attachment") is None


async def test_a_withdrawn_case_ends_the_upload_of_its_pictures(desk: Desk, no_waiting: None) -> None:
    """A picture on its way when the case goes is never shown, and stops nobody else's messages."""
    source = await desk.say(LEA, "!cas Enfant")
    await desk.arrive(desk.event(LEA, "m.room.message", desk.photo("bras")))
    await desk.handle()
    await desk.database.run(
        lambda tx: tx.execute("UPDATE outbox SET state = 'sending' WHERE state = 'queued'")
    )
    desk.restart()
    await desk.redact(LEA, source)
    assert await desk.pictures() == []
    assert desk.answers_to(await desk.say(MARC, "!aide"))


async def test_a_loose_picture_deleted_before_its_clean_copy_is_sent_is_not_shown(desk: Desk) -> None:
    """Its author thought better of it at once; the queue goes on."""
    picture = desk.event(LEA, "m.room.message", desk.photo("bras"))
    gone = desk.event(LEA, "m.room.redaction", {}, redacts=picture.event_id, encrypted=False)
    await desk.arrive(picture, gone)
    await desk.settle()
    assert not any(event.content.get("msgtype") == "m.image" for event in desk.gateway.visible())
    assert desk.answers_to(await desk.say(MARC, "!aide"))


async def test_an_upload_is_tried_until_it_succeeds_and_done_once(desk: Desk, no_waiting: None) -> None:
    """A failing connection neither loses a picture nor doubles it."""
    await desk.say(LEA, "!cas Enfant")
    desk.gateway.failures.extend(Unreachable("NO_ANSWER") for _ in range(3))
    await desk.picture(LEA, "bras")
    assert await desk.pictures() == ["bras"]
    assert len(desk.gateway.files) == 1
    assert await desk.value("SELECT data FROM attachment") is None


async def test_a_caption_of_sixty_kilobytes_does_not_cost_the_picture(desk: Desk) -> None:
    """The original is gone, so the copy must fit into an event."""
    await desk.say(LEA, "!cas Enfant")
    await desk.picture(LEA, "bras", caption="é" * 30_000)
    await desk.picture(MARC, "loose", caption="é" * 30_000)
    assert max(len(str(event.content).encode()) for event in desk.gateway.sent) < 44_000


async def test_what_the_bot_sends_itself_is_no_picture_of_anybody(desk: Desk) -> None:
    """Its own clean copies come back in the sync and are left alone."""
    await desk.say(LEA, "!cas Enfant")
    shown = await desk.picture(BOT, "copie")
    assert not desk.gone(shown)
    assert await desk.pictures() == []


def replaced(content: dict[str, Any], **changes: Any) -> dict[str, Any]:
    """A picture's content with parts of it changed; None takes one away."""
    return {name: value for name, value in {**content, **changes}.items() if value is not None}


@pytest.mark.parametrize("name", ["IMG_1.jpg", "capture.png", "a.png", "image.png", "IMAGE.JPG"])
@pytest.mark.parametrize("shape", ["named", "only a body"])
async def test_a_clean_picture_with_a_name_of_no_meaning_is_left_alone(
    desk: Desk, name: str, shape: str
) -> None:
    """Old clients send the name as the words of the message."""
    content = desk.photo("capture", metadata=False)
    filename = name if shape == "named" else None
    original = await desk.do(LEA, "m.room.message", replaced(content, body=name, filename=filename))
    assert not desk.gone(original)
    assert desk.gateway.sent == []


@pytest.mark.parametrize(
    "changes",
    [
        {"body": "Dupont Jean 1961.jpg", "filename": "Dupont Jean 1961.jpg"},
        {"body": "Dupont Jean 1961.jpg", "filename": None},
        {"body": "le bras", "filename": "Dupont.jpg"},
        {"filename": "2026-03-14 Dupont.png"},
        {"info": {"thumbnail_url": "mxc://phones.example/Dupont"}},
        {"info": {"thumbnail_file": {"url": "mxc://phones.example/Dupont"}}},
        {"info": {"xyz.amorgan.blurhash": "Dupont"}},
        {"info": {"blurhash": "Dupont"}},
    ],
)
async def test_a_clean_picture_is_replaced_when_its_event_tells_more(
    desk: Desk, changes: dict[str, Any]
) -> None:
    """A file name often names the patient, and a small copy beside it was never looked at."""
    content = replaced(desk.photo("capture", metadata=False), **changes)
    original = await desk.do(LEA, "m.room.message", content)
    (copy,) = desk.timeline()
    assert desk.gone(original)
    assert copy.content["filename"] == "image-1.jpg"
    assert desk.gateway.files[copy.content["file"]["url"]] == b"capture"
    assert "Dupont" not in desk.readable()


@pytest.mark.parametrize("msgtype", ["m.video", "m.audio"])
async def test_a_picture_sent_as_a_film_or_a_recording_is_a_picture(desk: Desk, msgtype: str) -> None:
    """Its bytes decide, not the word that a client writes beside them."""
    await desk.say(LEA, "!cas Enfant")
    original = await desk.picture(LEA, "bras", msgtype=msgtype)
    assert desk.gone(original)
    assert await desk.pictures() == ["bras"]


async def test_an_edit_that_shows_old_clients_a_picture_is_a_picture(desk: Desk) -> None:
    """Its new content is words, what stands beside them is seen by every client without edits."""
    said = await desk.say(LEA, "bonjour")
    relation = {"rel_type": "m.replace", "event_id": said}
    new = {"msgtype": "m.text", "body": "bonsoir"}
    content = {**desk.photo("bras"), "m.new_content": new, "m.relates_to": relation}
    assert desk.gone(await desk.do(LEA, "m.room.message", content))
    assert desk.gone(await desk.do(LEA, "m.room.message", content, encrypted=False))
