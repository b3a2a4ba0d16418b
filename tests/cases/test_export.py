"""The cases of a room as a file: for one moderator, once confirmed, in their direct chat, without anybody's name."""

import json
from typing import Any

import pytest

from tests.desk import CHAT, LEA, MARC, MODO, NORA, OTHER_ROOM, PAUL, ROOM, Desk, plain
from tests.fakes.gateway import Sent
from tests.fakes.roomstates import member

pytest_plugins = ["tests.desk_fixtures"]

MODOS_CHAT = "!modo-and-the-bot:clinic.example"


@pytest.fixture
async def room(desk: Desk) -> Desk:
    """Three cases, one pulled, one hidden, one with all that a case can have; one in another room."""
    await desk.open_chat(MODO, MODOS_CHAT)
    await desk.say(LEA, "!cas Enfant de 3 ans, éruption #diagnostic #dermato")
    await desk.picture(LEA, "joues")
    answer = await desk.say(MARC, "!avis Gianotti-Crosti", thread=await desk.card_id())
    await desk.say(MARC, "!ref https://example.org/gianotti", thread=await desk.card_id())
    await desk.react(NORA, answer)
    await desk.say(LEA, "!clore #1 probable Gianotti-Crosti")
    await desk.say(PAUL, "!cas Homme de 70 ans, chute")
    await desk.say(PAUL, "!retirer #2")
    await desk.say(NORA, "!cas Femme de 30 ans, migraine #neuro")
    await desk.say(MODO, "!mod masquer #3 doublon", room=MODOS_CHAT)
    await desk.say(MODO, "!mod oui", room=MODOS_CHAT)
    await desk.open_room(OTHER_ROOM)
    desk.change(member(MODO, "leave"), room=OTHER_ROOM)
    await desk.say(MARC, "!cas Homme de 20 ans, genou", room=OTHER_ROOM)
    return desk


def files(desk: Desk, place: str | None = None) -> list[Sent]:
    """The files that the bot has sent and nobody redacted."""
    return [each for each in desk.gateway.visible(place) if each.content.get("msgtype") == "m.file"]


async def exported(desk: Desk, place: str = MODOS_CHAT) -> list[dict[str, Any]]:
    """The lines of the file that Modo gets."""
    await desk.say(MODO, "!mod exporter", room=place)
    await desk.say(MODO, "!mod oui", room=place)
    (file,) = files(desk, MODOS_CHAT)
    text = desk.gateway.files[file.content["file"]["url"]].decode()
    return [json.loads(line) for line in text.splitlines()]


async def test_the_file_holds_what_was_asked_and_answered(room: Desk) -> None:
    """One case a line, after a line that says what it is."""
    head, first, *_ = await exported(room)
    assert head["cases"] == 3
    assert first["number"] == 1
    assert first["state"] == "closed"
    assert first["kind"] == "diagnosis"
    assert first["tags"] == ["dermato"]
    assert "éruption" in first["text"]
    assert first["pictures"] == 1
    assert (first["outcome"], first["certainty"]) == ("Gianotti-Crosti", "probable")
    (opinion,) = first["opinions"]
    assert (opinion["text"], opinion["agree"], opinion["consensus"]) == ("Gianotti-Crosti", 2, "reached")
    assert first["references"] == ["https://example.org/gianotti"]


async def test_it_names_nobody_and_no_other_room(room: Desk) -> None:
    """Nor does it hold a word of what was pulled or is hidden."""
    lines = await exported(room)
    whole = json.dumps(lines, ensure_ascii=False)
    for word in (LEA, MARC, NORA, "chute", "migraine", "neuro", "genou"):
        assert word not in whole
    assert [line.get("state") for line in lines[1:]] == ["closed", "pulled", "open"]
    assert [line.get("hidden") for line in lines[1:]] == [False, False, True]


async def test_it_comes_in_private_whatever_the_place(room: Desk) -> None:
    """Asked for in the room, it is sent to the direct chat; the room hears that much and no more."""
    await exported(room, ROOM)
    assert files(room, ROOM) == []
    assert "tête-à-tête" in plain(room.gateway.visible(ROOM)[-1].body)


async def test_it_is_sent_once_confirmed_and_audited(room: Desk) -> None:
    """Nothing leaves before."""
    (told,) = room.answers_to(await room.say(MODO, "!mod export", room=MODOS_CHAT))
    assert "(3)" in told
    assert files(room) == []
    await room.say(MODO, "!mod oui", room=MODOS_CHAT)
    assert len(files(room)) == 1
    assert await room.value("SELECT act FROM audit ORDER BY id DESC LIMIT 1") == "exported"


async def test_a_moderator_without_a_direct_chat_is_asked_to_open_one(desk: Desk) -> None:
    """A file of cases goes nowhere else."""
    (told,) = desk.answers_to(await desk.say(MODO, "!mod export"))
    assert "conversation privée" in told


async def test_members_get_no_file(room: Desk) -> None:
    """In the room or in private."""
    await room.open_chat(LEA, CHAT)
    for place in (ROOM, CHAT):
        (told,) = room.answers_to(await room.say(LEA, "!mod export", room=place))
        assert "modération" in told


async def test_a_pull_reaches_the_file(room: Desk) -> None:
    """The message that brought it is redacted: a name may have stood in the case."""
    await exported(room)
    await room.say(LEA, "!retirer #1")
    assert files(room) == []


async def test_the_bytes_are_not_kept_once_the_file_is_sent(room: Desk) -> None:
    """It was made for one moment."""
    await exported(room)
    await room.tick()
    left = "SELECT count(*) FROM attachment WHERE mimetype = 'application/x-ndjson'"
    assert await room.value(left) == 0
