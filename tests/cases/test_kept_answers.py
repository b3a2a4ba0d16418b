"""Answers that the author of a case goes by, and what is said of opinions in private."""

import pytest

from tests.cases.test_votes import answered
from tests.desk import CHAT, LEA, NORA, PAUL, Desk

pytest_plugins = ["tests.desk_fixtures"]


async def test_the_author_keeps_an_answer_by_a_tap(desk: Desk) -> None:
    """It becomes an opinion if it was none, and the mark goes with the reaction."""
    answer = await answered(desk)
    kept = await desk.react(LEA, answer, "✅")
    assert "1. rubéole : 1 d'accord, personne contre · ✅ réponse retenue" in await desk.card()
    await desk.redact(LEA, kept)
    assert "rubéole" not in await desk.card()


async def test_more_than_one_answer_may_be_kept(desk: Desk) -> None:
    """What helped may be two things."""
    first = await answered(desk)
    second = await desk.say(NORA, "prévenir l'école", thread=await desk.card_id())
    await desk.react(LEA, first, "✅")
    await desk.react(LEA, second, "✅️")
    assert (await desk.card()).count("réponse retenue") == 2


async def test_only_the_author_keeps_answers(desk: Desk) -> None:
    """A colleague's ✅ means something else, and theirs in words is refused with what to do."""
    answer = await answered(desk)
    await desk.react(NORA, answer, "✅")
    assert await desk.value("SELECT count(*) FROM vote") == 0
    await desk.react(NORA, answer)
    (told,) = desk.answers_to(await desk.say(PAUL, "!retenir 1", thread=await desk.card_id()))
    assert "!daccord N" in told
    assert "retenue" not in await desk.card()


@pytest.mark.parametrize("command", ["!retenir 1", "!accept 1"])
async def test_words_keep_an_answer_and_take_that_back(desk: Desk, command: str) -> None:
    """By its number, or as a reply to it; `!neutral` takes the mark back, and so does deleting the command."""
    answer = await answered(desk)
    root = await desk.card_id()
    await desk.react(NORA, answer)
    said = await desk.say(LEA, command, thread=root)
    assert "✅ réponse retenue" in await desk.card()
    assert desk.answers_to(said) == []
    await desk.redact(LEA, said)
    assert "retenue" not in await desk.card()
    await desk.say(LEA, command.split()[0], reply=answer, thread=root)
    assert "✅ réponse retenue" in await desk.card()
    await desk.say(LEA, "!neutre 1", thread=root)
    assert "retenue" not in await desk.card()


async def test_an_answer_may_be_kept_after_closing(desk: Desk) -> None:
    """Authors come back to say what helped."""
    answer = await answered(desk)
    await desk.say(LEA, "!clore #1 guéri")
    await desk.react(LEA, answer, "✅")
    assert "✅ réponse retenue" in await desk.card()


async def test_the_mark_moves_with_an_edit(desk: Desk) -> None:
    """After the closing too, when most marks are given."""
    root = await answered(desk) and await desk.card_id()
    for who, opinion in ((NORA, "gale"), (PAUL, "zona")):
        await desk.say(who, f"!avis {opinion}", thread=root)
    await desk.say(LEA, "!clore #1 guéri")
    said = await desk.say(LEA, "!retenir 1", thread=root)
    await desk.edit(LEA, said, "!retenir 2")
    first, second = (await desk.card()).splitlines()[-2:]
    assert "retenue" not in first
    assert "✅ réponse retenue" in second


async def test_the_tap_of_an_anonymous_author_tells_nothing(desk: Desk) -> None:
    """In the room their ✅ is like anybody's; they say it in their direct chat."""
    answer = await answered(desk)
    await desk.open_chat(LEA)
    await desk.database.run(lambda tx: tx.execute("UPDATE medical_case SET anonymous = 1"))
    await desk.react(LEA, answer, "✅")
    assert await desk.value("SELECT count(*) FROM vote") == 0
    await desk.react(NORA, answer)
    await desk.say(LEA, "!retenir #1 1", room=CHAT)
    await desk.settle()
    assert "✅ réponse retenue" in await desk.card()


async def test_what_an_anonymous_author_does_in_the_room_leaves_their_mark_alone(desk: Desk) -> None:
    """A `!neutral` that took it away in front of everybody would show who asks."""
    answer = await answered(desk)
    await desk.open_chat(LEA)
    await desk.database.run(lambda tx: tx.execute("UPDATE medical_case SET anonymous = 1"))
    await desk.react(NORA, answer)
    await desk.say(LEA, "!retenir #1 1", room=CHAT)
    await desk.say(LEA, "!neutre #1 1")
    assert "✅ réponse retenue" in await desk.card()
    await desk.say(LEA, "!neutre #1 1", room=CHAT)
    await desk.settle()
    assert "retenue" not in await desk.card()


# -- from a direct chat


async def test_a_vote_may_be_given_in_private(desk: Desk) -> None:
    """By its numbers; a reason, which nobody would read there, is to be said in the thread."""
    answer = await answered(desk)
    await desk.react(NORA, answer)
    await desk.open_chat(PAUL)
    (told,) = desk.answers_to(await desk.say(PAUL, "!contre #1 1 il est vacciné", room=CHAT))
    assert "fil du cas" in told
    await desk.say(PAUL, "!contre #1 1", room=CHAT)
    await desk.settle()
    assert "2 d'accord, 1 contre" in await desk.card()


async def test_an_author_does_not_vote_on_their_own_case_in_private(desk: Desk) -> None:
    """It would not count, or show who asks; they are told what they may do."""
    answer = await answered(desk)
    await desk.react(NORA, answer)
    await desk.open_chat(LEA)
    (told,) = desk.answers_to(await desk.say(LEA, "!daccord #1 1", room=CHAT))
    assert "!retenir #N 2" in told
