"""Answers to a room's question in a direct chat, where nobody sees them, and who is named for being right."""

import pytest

from tests.desk import CHAT, LEA, MARC, MODO, NORA, OTHER_ROOM, PAUL, ROOM, Desk, plain
from tests.quiz.asking import asked, closed_case, result

pytest_plugins = ["tests.desk_fixtures"]


async def test_an_answer_in_private_counts_and_can_be_changed(desk: Desk) -> None:
    """The room sees nothing of it; the person reads what was counted and until when it can be changed."""
    poll, letters = await asked(desk)
    await desk.open_chat(NORA)
    shown = len(desk.timeline())
    (told,) = desk.answers_to(await desk.say(NORA, f"!réponse {letters['rubéole']}", room=CHAT))
    assert f": {letters['rubéole']}." in told
    assert "14 min" in told or "15 min" in told
    await desk.say(NORA, f"!answer {letters['Gianotti-Crosti'].lower()}", room=CHAT)
    assert len(desk.timeline()) == shown
    await desk.say(MODO, "!quiz stop")
    assert f"✅ {letters['Gianotti-Crosti']}. Gianotti-Crosti — 1" in result(desk, poll)


async def test_a_poll_vote_and_a_private_answer_are_one_vote(desk: Desk) -> None:
    """The later one of the same person counts, whatever way it came."""
    poll, letters = await asked(desk)
    await desk.open_chat(NORA)
    await desk.say(NORA, f"!réponse {letters['rubéole']}", room=CHAT)
    await desk.vote(NORA, poll.event_id, letters["rougeole"])
    assert await desk.value("SELECT given FROM quiz_answer") == letters["rougeole"]


async def test_where_several_rooms_ask_the_room_is_named(desk: Desk) -> None:
    """Otherwise the bot would guess which one is meant."""
    await asked(desk)
    await desk.open_room(OTHER_ROOM)
    await desk.say(LEA, "!cas Toux", room=OTHER_ROOM)
    card = await desk.event_of("case:2:card")
    await desk.say(MARC, "!avis asthme", thread=card, room=OTHER_ROOM)
    await desk.say(LEA, "!clore certain coqueluche", thread=card, room=OTHER_ROOM)
    await desk.say(LEA, "!quiz permettre #2", room=OTHER_ROOM)
    await desk.say(PAUL, "!quiz", room=OTHER_ROOM)
    await desk.open_chat(NORA)
    (told,) = desk.answers_to(await desk.say(NORA, "!réponse A", room=CHAT))
    assert OTHER_ROOM in told
    await desk.say(NORA, f"!réponse A dans {OTHER_ROOM}", room=CHAT)
    room = "SELECT room_id FROM quiz_answer JOIN quiz ON quiz.id = quiz_id"
    assert await desk.value(room) == OTHER_ROOM


@pytest.mark.parametrize(("words", "told"), [("!réponse", "A, B, C"), ("!réponse Z", "A, B, C")])
async def test_a_private_answer_that_is_none_is_explained(desk: Desk, words: str, told: str) -> None:
    """With the letters there are."""
    await asked(desk)
    await desk.open_chat(NORA)
    (answer,) = desk.answers_to(await desk.say(NORA, words, room=CHAT))
    assert told in answer


async def test_without_a_question_a_private_answer_is_refused(desk: Desk) -> None:
    """And with one that is over as well."""
    await desk.open_chat(NORA)
    (told,) = desk.answers_to(await desk.say(NORA, "!réponse A", room=CHAT))
    assert "Aucun quiz" in told


async def test_the_author_learns_that_their_answer_does_not_count(desk: Desk) -> None:
    """They know how it ended, so what they have typed is taken out of the room all the same."""
    _, letters = await asked(desk)
    said = await desk.say(LEA, f"!réponse {letters['rubéole']}")
    (told,) = desk.answers_to(said)
    assert "votre cas" in told
    assert desk.gone(said)
    assert await desk.value("SELECT count(*) FROM quiz_answer") == 0


async def test_the_author_who_votes_is_told_once_in_private(desk: Desk) -> None:
    """Element shows the vote as cast; the room learns nothing."""
    poll, letters = await asked(desk)
    await desk.open_chat(LEA)
    before = len(desk.gateway.visible(ROOM))
    for choice in ("rubéole", "rougeole"):
        await desk.vote(LEA, poll.event_id, letters[choice])
    await desk.tick()
    told = [
        event for event in desk.gateway.visible(CHAT) if "ne compte pas" in str(event.content.get("body"))
    ]
    assert len(told) == 1
    assert "#1" in told[0].content["body"]
    assert len(desk.gateway.visible(ROOM)) == before
    assert await desk.value("SELECT count(*) FROM quiz_answer") == 0


async def test_only_who_wishes_is_named_and_only_for_being_right(desk: Desk) -> None:
    """Marc and Nora wish it, Paul does not; Nora is wrong."""
    poll, letters = await asked(desk)
    for who in (MARC, NORA):
        await desk.say(who, "!quiz score on")
    await desk.vote(MARC, poll.event_id, letters["Gianotti-Crosti"])
    await desk.vote(PAUL, poll.event_id, letters["Gianotti-Crosti"])
    await desk.vote(NORA, poll.event_id, letters["rubéole"])
    await desk.say(MODO, "!quiz stop")
    told = result(desk, poll)
    assert f"L'avaient trouvé : {MARC}" in told
    assert NORA not in told
    assert PAUL not in told
    (shown,) = desk.answers_to(await desk.say(PAUL, "!quiz score"))
    assert f"{MARC} : 1 bonne réponse" in plain(shown)
    assert NORA not in shown
    await desk.say(MARC, "!quiz score off")
    (shown,) = desk.answers_to(await desk.say(PAUL, "!quiz score"))
    assert MARC not in shown


async def test_ones_own_score_is_shown_in_private(desk: Desk) -> None:
    """With the wrong ones, to nobody else."""
    number = await closed_case(desk)
    await desk.open_chat(NORA)
    (told,) = desk.answers_to(await desk.say(NORA, "!quiz score", room=CHAT))
    assert "pas encore répondu" in told
    await desk.say(PAUL, f"!quiz #{number}")
    await desk.say(NORA, "!réponse rubéole", room=CHAT)
    await desk.say(PAUL, "!quiz stop")
    (told,) = desk.answers_to(await desk.say(NORA, "!quiz score", room=CHAT))
    assert "0 sur 1" in told
