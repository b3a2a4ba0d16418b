"""Answering a quiz, by tap or in words."""

import pytest

from doctocbot.chat.poll import POLL_RESPONSE
from tests.desk import MODO, NORA, OTHER_ROOM, Desk
from tests.quiz.asking import asked, result

pytest_plugins = ["tests.desk_fixtures"]


async def test_votes_after_the_end_count_no_more(desk: Desk) -> None:
    """By tap they are ignored, by word it is said that nothing is running."""
    poll, letters = await asked(desk)
    await desk.say(MODO, "!quiz stop")
    await desk.vote(NORA, poll.event_id, letters["rubéole"])
    (told,) = desk.answers_to(await desk.say(NORA, "!réponse A"))
    assert "Aucun quiz n'est en cours" in told
    assert await desk.value("SELECT count(*) FROM quiz_answer") == 0


@pytest.mark.parametrize("spoilt", [(), ("Z",), ("",)])
async def test_a_spoilt_vote_takes_the_earlier_one_back(desk: Desk, spoilt: tuple[str, ...]) -> None:
    """Of each person only the latest vote counts, even if it is none (MSC3381): the bot counts what Element shows."""
    poll, letters = await asked(desk)
    await desk.vote(NORA, poll.event_id, letters["rubéole"])
    await desk.vote(NORA, poll.event_id, *spoilt)
    assert await desk.value("SELECT count(*) FROM quiz_answer") == 0


async def test_a_vote_that_is_redacted_counts_no_more(desk: Desk) -> None:
    """Whoever takes their words back takes their answer back."""
    poll, letters = await asked(desk)
    vote = await desk.vote(NORA, poll.event_id, letters["rubéole"])
    await desk.redact(NORA, vote)
    assert await desk.value("SELECT count(*) FROM quiz_answer") == 0


async def test_votes_of_strangers_and_unsigned_devices_do_not_count(desk: Desk) -> None:
    """Nor those cast in another room, nor for a poll of somebody's own."""
    poll, letters = await asked(desk)
    await desk.open_room(OTHER_ROOM)
    relation = {"rel_type": "m.reference", "event_id": poll.event_id}
    content = {"m.poll.response": {"answers": [letters["rubéole"]]}, "m.relates_to": relation}
    vote_type = "org.matrix.msc3381.poll.response"
    await desk.do("@gone:clinic.example", vote_type, content)
    await desk.do(NORA, vote_type, content, verified=False)
    await desk.do(NORA, vote_type, content, encrypted=False)
    await desk.do(NORA, vote_type, content, room=OTHER_ROOM)
    await desk.vote(NORA, "$another", letters["rubéole"])
    assert await desk.value("SELECT count(*) FROM quiz_answer") == 0


async def test_an_answer_in_words_is_counted_and_taken_out_of_the_room(desk: Desk) -> None:
    """So that it gives nothing away; nothing is written in return."""
    _, letters = await asked(desk)
    said = await desk.say(NORA, f"!Réponse {letters['rubéole'].lower()})")
    assert desk.gone(said)
    assert desk.answers_to(said) == []
    assert await desk.value("SELECT given FROM quiz_answer") == letters["rubéole"]


async def test_without_the_power_to_redact_it_says_that_the_answer_stays(desk: Desk) -> None:
    """And how to answer in secret."""
    _, letters = await asked(desk)
    desk.take_power()
    (told,) = desk.answers_to(await desk.say(NORA, f"!réponse {letters['rubéole']}"))
    assert told.startswith("Compté.")
    assert "sondage" in told


async def test_an_answer_that_is_none_is_explained(desk: Desk) -> None:
    """With the letters there are."""
    await asked(desk)
    for words in ("", "Z", "varicelle"):
        (told,) = desk.answers_to(await desk.say(NORA, f"!réponse {words}"))
        assert "A, B, C" in told


async def test_a_mistyped_answer_that_is_edited_leaves_no_trace(desk: Desk) -> None:
    """Both the message and its edit go."""
    _, letters = await asked(desk)
    said = await desk.say(NORA, f"!reponce {letters['rubéole']}")
    edit = await desk.edit(NORA, said, f"!réponse {letters['rubéole']}")
    assert desk.gone(said)
    assert desk.gone(edit)


async def counted(desk: Desk) -> int:
    """How many people have answered."""
    return int(await desk.value("SELECT count(*) FROM quiz_answer"))


async def test_a_vote_sent_after_the_time_is_up_does_not_count(desk: Desk) -> None:
    """Even where the clock has not come round to ending the question: by tap it is ignored, by word it is said."""
    poll, letters = await asked(desk)
    desk.later(minutes=16)
    await desk.vote(NORA, poll.event_id, letters["rubéole"])
    (told,) = desk.answers_to(await desk.say(NORA, f"!réponse {letters['rubéole']}"))
    assert "Aucun quiz n'est en cours" in told
    assert await counted(desk) == 0


async def test_a_vote_at_the_last_moment_is_not_taken_back_by_a_late_one(desk: Desk) -> None:
    """What was answered in time stands."""
    poll, letters = await asked(desk)
    desk.later(minutes=14)
    await desk.vote(NORA, poll.event_id, letters["rubéole"])
    desk.later(minutes=2)
    await desk.vote(NORA, poll.event_id, letters["rougeole"])
    await desk.vote(NORA, poll.event_id, "Z")
    assert await desk.value("SELECT given FROM quiz_answer") == letters["rubéole"]


@pytest.mark.parametrize("in_words", [False, True])
async def test_the_clock_waits_for_votes_that_came_in_time(desk: Desk, in_words: bool) -> None:
    """One that still stands in the inbox when the time is up is counted, and then the question ends."""
    poll, letters = await asked(desk)
    if in_words:
        words = {"msgtype": "m.text", "body": f"!réponse {letters['rubéole']}"}
        vote = desk.event(NORA, "m.room.message", words)
    else:
        relation = {"rel_type": "m.reference", "event_id": poll.event_id}
        content = {POLL_RESPONSE: {"answers": [letters["rubéole"]]}, "m.relates_to": relation}
        vote = desk.event(NORA, POLL_RESPONSE, content)
    await desk.arrive(vote)
    desk.later(minutes=20)
    await desk.tick()
    await desk.tick()
    assert await counted(desk) == 1
    assert f"{letters['rubéole']}. rubéole — 1" in result(desk, poll)


async def test_the_clock_does_not_wait_for_another_room(desk: Desk) -> None:
    """Nor for a message of this one that was sent too late."""
    poll, _ = await asked(desk)
    await desk.arrive(desk.event(NORA, "m.room.message", {"msgtype": "m.text", "body": "x"}, room=OTHER_ROOM))
    desk.later(minutes=16)
    await desk.arrive(desk.event(NORA, "m.room.message", {"msgtype": "m.text", "body": "bonjour"}))
    assert await desk.tick()
    assert "La bonne réponse" in result(desk, poll)
