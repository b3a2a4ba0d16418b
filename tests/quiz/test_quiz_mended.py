"""What a reviewer found in the quizzes, each told as it happened."""

import re

import pytest

from doctocbot.chat.poll import POLL_RESPONSE, POLL_START
from doctocbot.matrix.errors import TooLarge
from doctocbot.quiz.desk import QuizDesk
from tests.desk import CHAT, LEA, MARC, MODO, NORA, PAUL, ROOM, Desk, plain
from tests.quiz.asking import asked, closed_case, result

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


async def test_a_question_outlasts_an_outage(desk: Desk) -> None:
    """Its time is up while the server cannot be reached: it ends when what was said in time is in, and is counted."""
    poll, letters = await asked(desk)
    cut_off_at = desk.now
    quizzes = QuizDesk(15, "the order of choices", lambda _: cut_off_at)
    desk.later(minutes=60)
    assert await desk.database.run(quizzes.end_due, desk.now, desk.world.conversation) == 0
    late = desk.event(NORA, POLL_RESPONSE, vote_for(poll.event_id, letters["rubéole"]), at=cut_off_at)
    await desk.arrive(late)
    back = QuizDesk(15, "the order of choices", lambda now: now)
    # Just arrived, it is not handled yet.
    assert await desk.database.run(back.end_due, desk.now, desk.world.conversation) == 0
    await desk.settle()
    assert await desk.database.run(back.end_due, desk.now, desk.world.conversation) == 1
    await desk.settle()
    assert f"{letters['rubéole']}. rubéole — 1" in result(desk, poll)


def vote_for(poll: str, letter: str) -> dict[str, object]:
    """What a client sends for a vote."""
    return {
        POLL_RESPONSE: {"answers": [letter]},
        "m.relates_to": {"rel_type": "m.reference", "event_id": poll},
    }


async def test_a_question_that_is_stopped_counts_what_was_said_in_private_before(desk: Desk) -> None:
    """It stands in the inbox still; whoever answers afterwards is late."""
    poll, letters = await asked(desk)
    await desk.open_chat(NORA, CHAT)
    words = {"msgtype": "m.text", "body": f"!réponse {letters['rubéole']}"}
    await desk.arrive(desk.event(NORA, "m.room.message", words, room=CHAT))
    desk.later(seconds=1)
    await desk.say(MODO, "!quiz stop")
    assert await desk.value("SELECT ended_at FROM quiz") is None
    await desk.settle(CHAT)
    desk.later(seconds=1)
    await desk.tick()
    assert f"{letters['rubéole']}. rubéole — 1" in result(desk, poll)


@pytest.mark.parametrize("again", ["!rouvrir #1", "!quiz interdire #1"])
async def test_a_log_that_tells_the_outcome_goes_with_it(desk: Desk, again: str) -> None:
    """What is right no more, or must not be asked any more, does not stay in the file of a student's chat."""
    await closed_case(desk)
    await desk.open_chat(NORA, CHAT)
    await desk.say(NORA, "!quiz moi", room=CHAT)
    await desk.say(NORA, "A", room=CHAT)
    await desk.say(NORA, "!quiz journal", room=CHAT)
    files = [sent for sent in desk.timeline(CHAT) if "journal" in sent.content.get("filename", "")]
    assert len(files) == 2
    await desk.say(LEA, again)
    assert all(desk.gone(sent.event_id) for sent in files)


async def test_a_colleague_who_mends_a_word_does_not_stop_the_question(desk: Desk) -> None:
    """Nothing of theirs is asked: the poll stands, and what the author has written into the question too."""
    poll, letters = await asked(desk)
    await desk.open_chat(LEA)
    root = await desk.card_id(1)
    said = await desk.say(PAUL, "!avis varicele hémorragique du nourrisson", thread=root)
    await desk.say(LEA, "!quiz pourquoi #1 Le purpura des membres le dit.", room=CHAT)
    await desk.edit(PAUL, said, "!avis varicelle hémorragique du nourrisson", thread=root)
    assert not desk.gone(poll.event_id)
    await desk.vote(NORA, poll.event_id, letters["rubéole"])
    assert await desk.value("SELECT count(*) FROM quiz_answer") == 1
    assert "purpura" in await desk.value("SELECT explanation FROM question")


async def test_a_colleague_who_takes_back_what_is_asked_stops_the_question(desk: Desk) -> None:
    """Their words stand among the choices: a name may have been in them."""
    poll, _ = await asked(desk)
    said = await desk.value("SELECT event_id FROM proposal WHERE text = 'rubéole'")
    await desk.redact(MARC, said)
    assert desk.gone(poll.event_id)


async def test_a_mistyped_answer_does_not_stay_in_the_room(desk: Desk) -> None:
    """It may give the answer away all the same."""
    await asked(desk)
    said = await desk.say(NORA, "!réponse c'est bien sûr Gianotti-Crosti")
    assert desk.gone(said)
    assert desk.answers_to(said)
    assert await desk.value("SELECT count(*) FROM quiz_answer") == 0


async def test_an_answer_in_private_that_is_edited_is_what_it_says_now(desk: Desk) -> None:
    """Until the time is up."""
    poll, letters = await asked(desk)
    await desk.open_chat(NORA, CHAT)
    said = await desk.say(NORA, f"!réponse {letters['rubéole']}", room=CHAT)
    await desk.edit(NORA, said, f"!réponse {letters['rougeole']}", room=CHAT)
    assert await desk.value("SELECT given FROM quiz_answer") == letters["rougeole"]
    await desk.say(MODO, "!quiz stop")
    await desk.edit(NORA, said, f"!réponse {letters['Gianotti-Crosti']}", room=CHAT)
    assert await desk.value("SELECT given FROM quiz_answer") == letters["rougeole"]
    assert f"{letters['rougeole']}. rougeole — 1" in result(desk, poll)


@pytest.mark.parametrize("which", ["poll", "stem"])
async def test_what_is_left_of_a_deleted_question_goes(desk: Desk, which: str) -> None:
    """Nobody can vote in a poll without its question, nor answer a question that has ended unsolved."""
    await asked(desk)
    key = str(await desk.value("SELECT key FROM quiz"))
    stem, poll = [await desk.event_of(f"{key}{part}") for part in ("stem", "poll")]
    await desk.redact(MODO, poll if which == "poll" else stem)
    assert desk.gone(stem)
    assert desk.gone(poll)
    assert await desk.value("SELECT ended_at FROM quiz") is not None


async def test_a_question_that_the_server_refuses_is_taken_back(desk: Desk) -> None:
    """Half of it in the room would run unseen for a quarter of an hour; the room hears why there is none."""
    await closed_case(desk)
    desk.gateway.failures.append(TooLarge("M_TOO_LARGE", 413))
    await desk.say(PAUL, "!quiz #1")
    await desk.settle()
    assert await desk.value("SELECT ended_at FROM quiz") is not None
    assert not [event for event in desk.gateway.visible() if event.type == POLL_START]
    assert "le serveur en a refusé" in desk.readable()


async def test_a_grade_holds_where_nothing_is_left_to_ask(desk: Desk) -> None:
    """The only case of its subject is opened again while somebody grades it: the grade is kept, the chat goes on."""
    await closed_case(desk, text="Enfant de 3 ans, éruption #pédiatrie")
    await desk.open_chat(NORA, CHAT)
    await desk.say(NORA, "!quiz moi pédiatrie", room=CHAT)
    (stem,) = [sent for sent in desk.timeline(CHAT) if "éruption" in sent.body]
    letter = re.search(r"([A-E])\. Gianotti", plain(stem.body))
    assert letter is not None
    await desk.say(NORA, letter[1], room=CHAT)
    await desk.say(LEA, "!rouvrir #1")
    await desk.say(NORA, "bien", room=CHAT)
    assert await desk.value("SELECT count(*) FROM review WHERE is_right") == 1
    assert await desk.value("SELECT count(*) FROM review_session") == 0


async def test_words_that_were_lent_to_another_question_go_with_their_message(desk: Desk) -> None:
    """A colleague deletes an opinion of one case, which stood among the wrong answers of another."""
    await desk.say(LEA, "!cas Enfant de 3 ans, éruption #dermato")
    root = await desk.card_id(1)
    said = await desk.say(PAUL, "!avis pityriasis versicolor", thread=root)
    await desk.say(LEA, "!clore certain psoriasis", thread=root)
    await closed_case(desk, text="Femme de 34 ans, plaques #dermato")
    await desk.say(MODO, "!quiz #2")
    assert await desk.value("SELECT count(*) FROM question_choice WHERE text LIKE 'pityriasis%'") == 1
    await desk.redact(PAUL, said)
    assert await desk.value("SELECT count(*) FROM question_choice WHERE text LIKE 'pityriasis%'") == 0
