"""Element's own engine, before the bot joins: what a clinician's device reads, and what it refuses to."""

import io
from collections.abc import Callable

import pytest
from PIL import Image

from doctocbot.demo.homeserver import Homeserver
from tests.conftest import NewUser
from tests.element.engine import ElementClinician, EngineError, in_thread
from tests.element.seen import SeenEvent

pytestmark = [pytest.mark.homeserver, pytest.mark.element]


def _rash() -> bytes:
    picture = io.BytesIO()
    Image.new("RGB", (64, 48), (200, 120, 110)).save(picture, "JPEG")
    return picture.getvalue()


def _is(event_id: str) -> Callable[[SeenEvent], bool]:
    return lambda event: event.event_id == event_id


def _read(event_id: str) -> Callable[[SeenEvent], bool]:
    return lambda event: event.event_id == event_id and event.type != "m.room.encrypted"


async def _share_a_room(host: ElementClinician, *guests: ElementClinician) -> str:
    room = await host.create_room("Salle de garde", tuple(guest.user_id for guest in guests))
    for guest in guests:
        await guest.join(room)
        await host.wait_for(room, _joined(guest.user_id), what="arrival")
    return room


def _joined(user_id: str) -> Callable[[SeenEvent], bool]:
    return lambda event: event.state_key == user_id and event.content.get("membership") == "join"


async def test_two_clinicians_share_a_case_and_its_picture(homeserver: Homeserver, new_user: NewUser) -> None:
    """Words and image that one signed device sends are read by the other with shield colour none."""
    async with (
        ElementClinician.log_in(homeserver.url, *await new_user("generaliste")) as asker,
        ElementClinician.log_in(homeserver.url, *await new_user("dermatologue")) as reader,
    ):
        room = await _share_a_room(asker, reader)

        question = await asker.send_text(room, "Éruption depuis ce matin, une idée ?")
        image = await asker.send_image(room, _rash(), "IMG_0042.jpg", "L'avant-bras", info={"w": 64, "h": 48})
        words = await reader.wait_for(room, _read(question), what="question")
        picture = await reader.wait_for(room, _read(image), what="picture")

        assert words.body == "Éruption depuis ce matin, une idée ?"
        assert (words.encrypted, words.shield, words.shield_reason) == (True, "NONE", None)
        assert picture.shield == "NONE"
        assert (picture.body, picture.content["filename"]) == ("L'avant-bras", "IMG_0042.jpg")
        assert await reader.download(picture.content["file"]) == _rash()


async def test_altered_picture_is_refused(homeserver: Homeserver, new_user: NewUser) -> None:
    """An attachment whose bytes are not those that its message vouches for is not opened."""
    async with ElementClinician.log_in(homeserver.url, *await new_user("radiologue")) as alone:
        room = await alone.create_room("Notes")
        image = await alone.send_image(room, _rash(), "radio.jpg")
        file = dict((await alone.wait_for(room, _read(image), what="picture")).content["file"])

        with pytest.raises(EngineError, match="hash"):
            await alone.download({**file, "hashes": {"sha256": "A" * 43}})


async def test_message_of_an_unsigned_device_stays_closed(homeserver: Homeserver, new_user: NewUser) -> None:
    """What an unsigned device says is unreadable in the strict mode and bears a red shield in the lenient one."""
    async with (
        ElementClinician.log_in(
            homeserver.url, *await new_user("interne"), isolation="all", cross_sign=False
        ) as unsigned,
        ElementClinician.log_in(homeserver.url, *await new_user("chef")) as strict,
        ElementClinician.log_in(homeserver.url, *await new_user("collegue"), isolation="all") as lenient,
    ):
        room = await _share_a_room(unsigned, strict, lenient)

        sent = await unsigned.send_text(room, "Je peux répondre ?")
        refused = await strict.wait_for(
            room, lambda event: event.event_id == sent and event.failure is not None, what="refusal"
        )
        shielded = await lenient.wait_for(room, _read(sent), what="message under a shield")

        assert refused.failure == "UNSIGNED_SENDER_DEVICE"
        assert (shielded.shield, shielded.shield_reason) == ("RED", "UNSIGNED_DEVICE")


async def test_what_becomes_of_a_message_reaches_the_others(
    homeserver: Homeserver, new_user: NewUser
) -> None:
    """A correction, an answer in the thread, a thumb and a redaction are seen as Element shows them."""
    async with (
        ElementClinician.log_in(homeserver.url, *await new_user("infirmiere")) as asker,
        ElementClinician.log_in(homeserver.url, *await new_user("pharmacien")) as answerer,
    ):
        room = await _share_a_room(asker, answerer)
        question = await asker.send_text(room, "Dose de paracetmol ?")

        await asker.edit(room, question, "Dose de paracétamol ?")
        await answerer.wait_for(
            room,
            lambda event: _is(question)(event) and event.body == "Dose de paracétamol ?",
            what="correction",
        )
        answer = await answerer.send_text(room, "60 mg/kg/j", in_thread(question))
        in_its_thread = await asker.wait_for(room, _read(answer), what="answer")
        thumb = await asker.react(room, answer, "👍")
        seen_thumb = await answerer.wait_for(room, _is(thumb), what="thumb")
        await answerer.redact(room, answer)
        gone = await asker.wait_for(
            room, lambda event: _is(answer)(event) and event.redacted, what="redaction"
        )

        assert (in_its_thread.relation["event_id"], in_its_thread.shield) == (question, "NONE")
        assert (seen_thumb.type, seen_thumb.encrypted) == ("m.reaction", False)
        assert seen_thumb.relation["key"] == "👍"
        assert gone.content == {}


async def test_vote_travels_encrypted(homeserver: Homeserver, new_user: NewUser) -> None:
    """A vote in a native poll reaches the one who asked, encrypted, with the answer chosen."""
    async with (
        ElementClinician.log_in(homeserver.url, *await new_user("enseignante")) as teacher,
        ElementClinician.log_in(homeserver.url, *await new_user("externe")) as student,
    ):
        room = await _share_a_room(teacher, student)
        poll = await teacher.send(room, "org.matrix.msc3381.poll.start", _ROSEOLA_OR_RUBELLA)
        await student.wait_for(room, _read(poll), what="poll")

        vote = await student.vote_poll(room, poll, "b")
        seen = await teacher.wait_for(room, _read(vote), what="vote")

        assert (seen.type, seen.encrypted, seen.shield) == ("org.matrix.msc3381.poll.response", True, "NONE")
        assert seen.content["org.matrix.msc3381.poll.response"] == {"answers": ["b"]}
        assert seen.relation == {"rel_type": "m.reference", "event_id": poll}


_ROSEOLA_OR_RUBELLA = {
    "org.matrix.msc1767.text": "Roséole ou rubéole ?",
    "org.matrix.msc3381.poll.start": {
        "kind": "org.matrix.msc3381.poll.undisclosed",
        "max_selections": 1,
        "question": {"org.matrix.msc1767.text": "Roséole ou rubéole ?"},
        "answers": [
            {"id": "a", "org.matrix.msc1767.text": "Roséole"},
            {"id": "b", "org.matrix.msc1767.text": "Rubéole"},
        ],
    },
}
