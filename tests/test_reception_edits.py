"""Edits: something mistyped that is right now is understood as if typed right, once."""

import pytest

from doctocbot.images import CleanImage
from tests.desk import LEA, MARC, MODO, NORA, OTHER_ROOM, Desk

pytest_plugins = ["tests.desk_fixtures"]


async def cases(desk: Desk) -> int:
    """How many cases there are."""
    return int(await desk.value("SELECT count(*) FROM medical_case"))


async def test_a_mistyped_command_that_is_edited_runs_once(desk: Desk) -> None:
    """Later edits of it correct the case, they open no other."""
    said = await desk.say(LEA, "!caas Enfant")
    assert "!cas" in desk.answers_to(said)[0]
    await desk.edit(LEA, said, "!cas Enfant de 3 ans")
    assert "> Enfant de 3 ans" in await desk.card()
    await desk.edit(LEA, said, "!cas Enfant de 4 ans")
    assert "> Enfant de 4 ans" in await desk.card()
    assert await cases(desk) == 1


async def test_words_that_become_a_command_run_once(desk: Desk) -> None:
    """Whoever forgot the `!`, or the hashtag."""
    first = await desk.say(LEA, "cas Enfant")
    await desk.edit(LEA, first, "!cas Enfant")
    second = await desk.say(LEA, "Enfant")
    await desk.edit(LEA, second, "Enfant #DocTocToc")
    assert await cases(desk) == 2


async def test_an_edit_is_understood_at_the_place_of_its_message(desk: Desk) -> None:
    """In the thread in which it was mistyped, or as the reply that it was."""
    await desk.say(LEA, "!cas Enfant")
    root = await desk.card_id()
    inside = await desk.say(MARC, "!avi rubéole", thread=root)
    await desk.edit(MARC, inside, "!avis rubéole")
    outside = await desk.say(NORA, "!avi rougeole", reply=root)
    await desk.edit(NORA, outside, "!avis rougeole")
    card = await desk.card()
    assert "1. rubéole : 1 d'accord" in card
    assert "2. rougeole : 1 d'accord" in card
    await desk.react(MARC, outside)
    assert "2. rougeole : 2 d'accord" in await desk.card()


async def test_an_edit_that_changes_nothing_runs_nothing(desk: Desk) -> None:
    """A command that was carried out is not carried out again, nor becomes another; only votes and references do."""
    await desk.say(LEA, "!cas Enfant")
    await desk.say(MARC, "!avis rubéole", thread=await desk.card_id())
    vote = await desk.say(NORA, "!daccord #1 1")
    await desk.edit(NORA, vote, "!daccord #1 1")
    for command in ("!lescas", "!étiquette #1 dermato"):
        said = await desk.say(LEA, command)
        for text in (command, "!clore #1 x", "!cas Autre"):
            await desk.edit(LEA, said, text)
    assert "1. rubéole : 2 d'accord, personne contre" in await desk.card()
    assert await cases(desk) == 1


async def test_a_refused_command_may_be_edited_into_one_that_is_not(desk: Desk) -> None:
    """The number that was missing, the certainty that was asked for."""
    await desk.say(LEA, "!cas Enfant #diagnostic")
    said = await desk.say(LEA, "!clore rubéole")
    await desk.edit(LEA, said, "!clore #1 rubéole")
    await desk.edit(LEA, said, "!clore #1 probable rubéole")
    assert "Issue : rubéole (probable)" in await desk.card()


async def test_an_answer_follows_its_edits(desk: Desk) -> None:
    """It is one answer, however often it is edited; an empty one too."""
    await desk.say(LEA, "!cas Enfant")
    said = await desk.say(MARC, "rubeole", thread=await desk.card_id())
    await desk.edit(MARC, said, "rubéole")
    await desk.edit(MARC, said, "")
    assert "1 réponse ·" in await desk.card()
    await desk.edit(MARC, said, "!avis rubéole")
    card = await desk.card()
    assert "1 réponse ·" in card
    assert "1. rubéole : 1 d'accord" in card


async def test_edits_by_others_are_ignored(desk: Desk) -> None:
    """No client shows them, and a moderator is no exception."""
    said = await desk.say(LEA, "!caas Enfant")
    for who in (MARC, MODO):
        await desk.edit(who, said, "!cas Tout autre chose")
    assert await cases(desk) == 0


async def test_edits_that_cannot_be_trusted_are_ignored(desk: Desk) -> None:
    """In clear text, from an unsigned device, from another room, of something unknown."""
    await desk.open_room(OTHER_ROOM)
    said = await desk.say(LEA, "!caas Enfant")
    await desk.edit(LEA, said, "!cas Enfant", encrypted=False)
    await desk.edit(LEA, said, "!cas Enfant", verified=False)
    await desk.edit(LEA, said, "!cas Enfant", room=OTHER_ROOM)
    await desk.edit(LEA, "$unknown", "!cas Enfant")
    await desk.edit(LEA, "", "!cas Enfant")
    assert await cases(desk) == 0


async def test_an_edit_of_a_deleted_message_brings_nothing_back(desk: Desk) -> None:
    """Deleted is deleted."""
    said = await desk.say(LEA, "!caas Enfant")
    await desk.redact(LEA, said)
    await desk.edit(LEA, said, "!cas Enfant")
    assert await cases(desk) == 0


async def test_an_edit_that_arrives_with_its_message_is_followed(desk: Desk) -> None:
    """Both in one answer of the server, after an outage."""
    first = desk.event(LEA, "m.room.message", {"msgtype": "m.text", "body": "!cas Enfant Dupont"})
    new = {"msgtype": "m.text", "body": "!cas Enfant D."}
    relation = {"rel_type": "m.replace", "event_id": first.event_id}
    edit = desk.event(LEA, "m.room.message", {**new, "m.new_content": new, "m.relates_to": relation})
    await desk.arrive(first, edit)
    await desk.settle()
    assert "> Enfant D." in await desk.card()
    assert "Dupont" not in desk.readable()


async def test_a_message_edited_into_a_picture_is_cleaned(desk: Desk) -> None:
    """A picture is a picture, whatever event brought it."""
    said = await desk.say(LEA, "voici")
    content = desk.photo("bras")
    assert isinstance(desk.scrubbed[content["url"]], CleanImage)
    relation = {"rel_type": "m.replace", "event_id": said}
    edit = await desk.do(
        LEA, "m.room.message", {**content, "m.new_content": content, "m.relates_to": relation}
    )
    assert desk.gone(edit)


@pytest.mark.parametrize("before", ["rubéole", "!avis rubéole", "!ref https://x.org/a"])
async def test_an_edit_in_a_withdrawn_case_stores_no_words(desk: Desk, before: str) -> None:
    """Its words were erased, and none come back."""
    source = await desk.say(LEA, "!cas Enfant")
    said = await desk.say(MARC, before, thread=await desk.card_id())
    await desk.redact(LEA, source)
    for after in ("rubéole de Dupont", "!avis rubéole de Dupont", "!ref https://x.org/Dupont"):
        await desk.edit(MARC, said, after)
    assert await desk.value("SELECT text FROM answer WHERE text IS NOT NULL") is None
    assert await desk.value("SELECT count(*) FROM opinion") == 0
    assert await desk.value("SELECT count(*) FROM reference") == 0
    assert "Dupont" not in desk.readable()
