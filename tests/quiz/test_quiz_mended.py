"""What a reviewer found in the quizzes, each told as it happened."""

from tests.desk import CHAT, LEA, MODO, NORA, ROOM, Desk
from tests.quiz.asking import asked, closed_case

pytest_plugins = ["tests.desk_fixtures"]


async def test_what_names_somebody_in_the_outcome_is_no_choice(desk: Desk) -> None:
    """The right answer is asked without the name and the place that its author wrote into it."""
    await closed_case(desk)
    await desk.say(LEA, "!rouvrir #1")
    await desk.say(LEA, "!clore #1 certain Légionellose contractée à Nantes chez Jean Dupont")
    await desk.say(LEA, "!quiz permettre #1")
    await desk.say(MODO, "!quiz #1")
    shown = " ".join(
        str(event.content) for event in desk.gateway.visible(ROOM) if "Quiz" in str(event.content)
    )
    assert "Dupont" not in shown
    assert "Nantes" not in shown


async def test_a_case_that_came_to_another_end_is_asked_by_that(desk: Desk) -> None:
    """What its author wrote into the question before goes with the old outcome."""
    await closed_case(desk)
    await desk.open_chat(LEA)
    await desk.say(LEA, "!quiz choix #1 + varicelle", room=CHAT)
    await desk.say(LEA, "!rouvrir #1")
    await desk.say(LEA, "!clore #1 certain rougeole")
    await desk.say(LEA, "!quiz permettre #1")
    told = desk.answers_to(await desk.say(LEA, "!quiz voir #1", room=CHAT))
    assert "✅ A. rougeole" in " ".join(told)
    assert "✅ A. Gianotti" not in " ".join(told)


async def test_a_running_question_is_not_asked_in_private(desk: Desk) -> None:
    """There the answer would be told, and voted in the room."""
    await asked(desk)
    await desk.open_chat(NORA, CHAT)
    (told,) = desk.answers_to(await desk.say(NORA, "!quiz moi", room=CHAT))
    assert "éruption" not in told


async def test_a_bot_that_is_thrown_out_keeps_the_answers(desk: Desk) -> None:
    """It knows nobody there any more, and takes nobody for gone."""
    poll, letters = await asked(desk)
    await desk.vote(NORA, poll.event_id, letters["rubéole"])
    desk.gateway.rooms.pop(ROOM)
    desk.later(minutes=30)
    await desk.tick()
    assert await desk.value("SELECT count(*) FROM quiz_answer") == 1
    assert await desk.value("SELECT ended_at FROM quiz") is None


async def test_a_moderator_who_deletes_an_answer_takes_nobodys_vote(desk: Desk) -> None:
    """Where the bot may not, they do what it would have done."""
    _, letters = await asked(desk)
    desk.take_power()
    said = await desk.say(NORA, f"!réponse {letters['rubéole']}")
    await desk.redact(MODO, said)
    assert await desk.value("SELECT count(*) FROM quiz_answer") == 1
