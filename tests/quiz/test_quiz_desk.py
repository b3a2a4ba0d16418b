"""A quiz in its room: asked, answered, ended."""

import json

import pytest

from doctocbot.chat.poll import POLL_END, POLL_START
from tests.desk import BOT, LEA, MARC, MODO, NORA, PAUL, ROOM, Desk, plain
from tests.fakes.roomstates import member
from tests.quiz.asking import asked, closed_case, result

pytest_plugins = ["tests.desk_fixtures"]


async def test_a_question_is_a_poll_whose_votes_stay_hidden(desk: Desk) -> None:
    """The stem and its choices in words, then a poll with the same choices in the form that Element draws."""
    poll, letters = await asked(desk)
    start = poll.content[POLL_START]
    assert start["kind"] == "org.matrix.msc3381.poll.undisclosed"
    assert start["max_selections"] == 1
    assert set(letters) == {"Gianotti-Crosti", "rubéole", "rougeole"}
    assert "!réponse" in poll.content["org.matrix.msc1767.text"]
    assert "#1" not in start["question"]["body"]  # its card would tell
    (stem,) = [event.body for event in desk.timeline() if "Quiz" in event.body and event.type != POLL_START]
    assert "Enfant de 2 à 3 ans, éruption" in stem
    assert "15 min" in plain(stem)
    assert all(f"{letter}. {words}" in stem for words, letter in letters.items())


async def test_the_pictures_of_the_case_come_before_the_question(desk: Desk) -> None:
    """Those that the case shows, without their captions, which may say too much."""
    await desk.say(LEA, "!cas Plaque du dos")
    await desk.picture(LEA, "dos", caption="Le dos de Mme Dupont")
    await desk.say(MARC, "!avis rubéole", thread=await desk.card_id())
    await desk.say(LEA, "!clore #1 certain psoriasis")
    await desk.say(LEA, "!quiz permettre #1")
    before = len(desk.timeline())
    await desk.say(PAUL, "!quiz")
    picture, stem, poll = desk.timeline()[before:]
    assert picture.content["filename"] == picture.body == "question-1.jpg"
    assert "Plaque du dos" in stem.body
    assert poll.type == POLL_START


async def test_votes_are_counted_and_told_without_names(desk: Desk) -> None:
    """By tap and by word, the last one of each person; the result stands in the poll's thread with its reasons."""
    poll, letters = await asked(desk)
    await desk.vote(NORA, poll.event_id, letters["rubéole"])
    await desk.vote(NORA, poll.event_id, letters["Gianotti-Crosti"])
    await desk.vote(MARC, poll.event_id, letters["rubéole"], name="m.poll.response")
    await desk.say(PAUL, f"!réponse {letters['rougeole']}")
    await desk.say(MODO, "!quiz stop")
    told = result(desk, poll)
    assert f"✅ {letters['Gianotti-Crosti']}. Gianotti-Crosti — 1" in told
    assert f"{letters['rubéole']}. rubéole — 1" in told
    assert f"{letters['rougeole']}. rougeole — 1" in told
    assert f"La bonne réponse : {letters['Gianotti-Crosti']}. Gianotti-Crosti" in told
    assert "https://www.has-sante.fr/x" in told
    assert "https://matrix.to/#/" in told
    assert not any(name in told for name in ("nora", "marc", "paul"))
    (end,) = [event for event in desk.gateway.visible() if event.type == POLL_END]
    assert end.relation == {"rel_type": "m.reference", "event_id": poll.event_id}


async def test_a_question_ends_by_itself_when_its_time_is_up(desk: Desk) -> None:
    """Once, and not a minute before."""
    poll, letters = await asked(desk)
    await desk.vote(NORA, poll.event_id, letters["Gianotti-Crosti"])
    desk.later(minutes=14)
    assert not await desk.tick()
    desk.later(minutes=2)
    assert await desk.tick()
    assert not await desk.tick()
    assert "La bonne réponse" in result(desk, poll)


async def test_only_the_author_allows_a_quiz_and_may_change_their_mind(desk: Desk) -> None:
    """Not even a moderator decides in their place; a no ends a question that is running, unsolved."""
    number = await closed_case(desk, allowed=False)
    (told,) = desk.answers_to(await desk.say(PAUL, f"!quiz #{number}"))
    assert "n'a pas permis" in told
    for who in (MODO, MARC):
        (told,) = desk.answers_to(await desk.say(who, f"!quiz allow #{number}"))
        assert "Seul l'auteur" in told
    await desk.say(LEA, f"!quiz allow #{number}")
    await desk.say(PAUL, f"!quiz #{number}")
    (poll,) = [event for event in desk.gateway.sent if event.type == POLL_START]
    await desk.say(LEA, f"!quiz interdire #{number}")
    assert desk.gone(poll.event_id)
    desk.later(minutes=16)
    assert not await desk.tick()
    (told,) = desk.answers_to(await desk.say(PAUL, f"!quiz #{number}"))
    assert "n'a pas permis" in told


async def test_the_author_answers_the_question_of_the_closing_in_its_thread(desk: Desk) -> None:
    """Without the number."""
    await closed_case(desk, allowed=False)
    (told,) = desk.answers_to(await desk.say(LEA, "!quiz permettre", thread=await desk.card_id()))
    assert "#1 peut devenir un quiz" in told


async def test_a_withdrawn_case_takes_its_quiz_along(desk: Desk) -> None:
    """The poll and its result go; nothing of the case stays readable."""
    poll, _ = await asked(desk)
    source = await desk.value("SELECT source_event FROM medical_case")
    await desk.say(MODO, "!quiz stop")
    await desk.redact(LEA, source)
    assert desk.gone(poll.event_id)
    for word in ("Enfant", "Gianotti", "rubéole"):
        assert word not in desk.readable()


async def test_a_quiz_running_on_a_withdrawn_case_ends_in_silence(desk: Desk) -> None:
    """Neither the timer nor a moderator brings its result back."""
    await asked(desk)
    await desk.redact(LEA, await desk.value("SELECT source_event FROM medical_case"))
    desk.later(minutes=16)
    assert not await desk.tick()
    (told,) = desk.answers_to(await desk.say(MODO, "!quiz stop"))
    assert "Aucun quiz" in told


async def test_a_reopened_case_is_no_quiz_any_more(desk: Desk) -> None:
    """Its outcome is open, and with it goes the consent."""
    await closed_case(desk)
    await desk.say(LEA, "!rouvrir #1")
    (told,) = desk.answers_to(await desk.say(PAUL, "!quiz #1"))
    assert "pas encore clos" in told
    await desk.say(LEA, "!clore #1 certain rubéole")
    (told,) = desk.answers_to(await desk.say(PAUL, "!quiz #1"))
    assert "n'a pas permis" in told


async def test_one_question_at_a_time_in_a_room(desk: Desk) -> None:
    """The second asker learns how long the first still runs."""
    await asked(desk)
    desk.later(minutes=5)
    (told,) = desk.answers_to(await desk.say(NORA, "!quiz"))
    assert "déjà en cours, encore 10 min" in told


async def asked_last(desk: Desk) -> int:
    """The case about which the room was asked last."""
    return int(await desk.value(_ASKED_LAST))


_ASKED_LAST = (
    "SELECT case_id FROM quiz JOIN question ON question.id = question_id ORDER BY quiz.id DESC LIMIT 1"
)


async def test_quiz_alone_takes_the_case_that_has_waited_longest(desk: Desk) -> None:
    """Each allowed one in turn, and within a thread the case around."""
    for number in (1, 2):
        await closed_case(desk, text=f"cas {number}")
    order = []
    for _ in range(3):
        await desk.say(PAUL, "!quiz")
        order.append(await asked_last(desk))
        await desk.say(MODO, "!quiz stop")
    assert sorted(order[:2]) == [1, 2]
    assert order[2] == order[0]
    await desk.say(PAUL, "!quiz", thread=await desk.card_id(order[0]))
    assert await asked_last(desk) == order[0]


async def test_a_subject_picks_among_its_cases(desk: Desk) -> None:
    """By any of its names; where there is none it is said which subjects there are."""
    await closed_case(desk, text="Éruption #dermato")
    await closed_case(desk, text="Syncope #cardio")
    await desk.say(PAUL, "!quiz dermatologie")
    assert await asked_last(desk) == 1
    await desk.say(MODO, "!quiz stop")
    (told,) = desk.answers_to(await desk.say(PAUL, "!quiz ophtalmo"))
    assert "cardio" in told
    assert "derma" in told


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ("!quiz", "pas encore de question"),
        ("!quiz #9", "pas de cas #9"),
        ("!quiz dermato", "pas encore de question"),
        ("!quiz stop", "Aucun quiz n'est en cours"),
        ("!quiz permettre", "Pour quel cas"),
        ("!réponse B", "Aucun quiz n'est en cours"),
    ],
)
async def test_what_cannot_be_asked_is_explained(desk: Desk, words: str, told: str) -> None:
    """With what to type instead."""
    (answer,) = desk.answers_to(await desk.say(PAUL, words))
    assert told in answer


async def test_whoever_asked_or_a_moderator_stops_a_question(desk: Desk) -> None:
    """It ends by itself for everybody else."""
    poll, _ = await asked(desk)
    (told,) = desk.answers_to(await desk.say(NORA, "!quiz stop"))
    assert "modérateur" in told
    assert not [event for event in desk.gateway.visible() if event.type == POLL_END]
    await desk.say(PAUL, "!quiz fin")
    assert "La bonne réponse" in result(desk, poll)


async def test_a_question_ends_when_everybody_has_answered(desk: Desk) -> None:
    """Everybody but the bot and the case's author, whose own vote does not count; once."""
    poll, letters = await asked(desk)
    right = letters["Gianotti-Crosti"]
    await desk.vote(LEA, poll.event_id, right)
    for who in (MARC, NORA, MODO):
        await desk.vote(who, poll.event_id, right)
        await desk.tick()
    assert not [event for event in desk.gateway.visible() if event.type == POLL_END]
    await desk.say(PAUL, f"!réponse {right}")
    assert await desk.tick()
    assert not await desk.tick()
    assert f"✅ {right}. Gianotti-Crosti — 4" in result(desk, poll)


async def test_who_has_left_counts_no_more(desk: Desk) -> None:
    """Neither among the answers nor among those who are waited for."""
    poll, letters = await asked(desk)
    await desk.vote(NORA, poll.event_id, letters["rubéole"])
    desk.change(member(NORA, membership="leave"))
    for who in (MARC, PAUL, MODO):
        await desk.vote(who, poll.event_id, letters["Gianotti-Crosti"])
    assert await desk.tick()
    assert f"{letters['rubéole']}. rubéole — 0" in result(desk, poll)


async def test_a_question_of_an_unnamed_author_waits_for_them_as_for_anybody(desk: Desk) -> None:
    """So that nobody learns who has asked from whose answer is not waited for."""
    poll, letters = await asked(desk)
    await desk.database.run(lambda tx: tx.execute("UPDATE medical_case SET anonymous = 1"))
    for who in (MARC, NORA, PAUL, MODO):
        await desk.vote(who, poll.event_id, letters["rubéole"])
    await desk.tick()
    assert not [event for event in desk.gateway.visible() if event.type == POLL_END]
    await desk.vote(LEA, poll.event_id, letters["rubéole"])
    assert await desk.tick()
    assert f"{letters['rubéole']}. rubéole — 5" in result(desk, poll)


async def test_a_room_says_for_how_long_its_questions_run(desk: Desk) -> None:
    """Instead of what the operator has set."""
    await desk.say(MODO, "!mod set quiz-minutes 40")
    poll, _ = await asked(desk)
    desk.later(minutes=39)
    assert not await desk.tick()
    desk.later(minutes=2)
    assert await desk.tick()
    assert "La bonne réponse" in result(desk, poll)


async def test_forbidding_takes_back_all_that_was_asked(desk: Desk) -> None:
    """Polls, stems and results of all times; the question and its statistics are erased, the case stays."""
    first, letters = await asked(desk)
    await desk.vote(NORA, first.event_id, letters["rubéole"])
    await desk.say(MODO, "!quiz stop")
    await desk.say(PAUL, "!quiz #1")
    await desk.say(LEA, "!quiz interdire #1")
    assert not [event for event in desk.gateway.visible() if "Quiz" in event.body or event.type == POLL_START]
    for table in ("question", "question_choice", "quiz", "quiz_choice", "quiz_answer"):
        assert await desk.value(f"SELECT count(*) FROM {table}") == 0  # noqa: S608 (fixed names)
    assert "Gianotti-Crosti" in desk.readable()
    await desk.say(LEA, "!quiz permettre #1")
    await desk.say(PAUL, "!quiz #1")
    assert [event for event in desk.timeline() if event.type == POLL_START]


async def test_a_case_with_nothing_but_its_outcome_is_no_question(desk: Desk) -> None:
    """There would be nothing to choose."""
    await desk.say(LEA, "!cas Enfant")
    await desk.say(MARC, "!avis Gianotti-Crosti", thread=await desk.card_id())
    await desk.say(LEA, "!clore #1 certain syndrome de Gianotti Crosti")
    await desk.say(LEA, "!quiz permettre #1")
    (told,) = desk.answers_to(await desk.say(PAUL, "!quiz #1"))
    assert "rien à choisir" in told


async def test_a_corrected_case_is_asked_about_no_longer_in_its_old_words(desk: Desk) -> None:
    """The poll that quotes what the author has taken back goes."""
    poll, _ = await asked(desk)
    source = await desk.value("SELECT source_event FROM medical_case")
    await desk.edit(LEA, source, "!cas Enfant, éruption")
    assert desk.gone(poll.event_id)
    assert "3 ans" not in desk.readable()


async def test_a_question_about_a_very_long_case_can_be_sent(desk: Desk) -> None:
    """Its stem is shortened, its answers are not."""
    await closed_case(desk, text="👶 éruption " * 4_000)
    await desk.say(PAUL, "!quiz #1")
    (poll,) = [event for event in desk.timeline() if event.type == POLL_START]
    assert len(json.dumps(poll.content, ensure_ascii=False).encode()) < 44_000


async def test_a_poll_that_is_deleted_ends_the_question_unsolved(desk: Desk) -> None:
    """A moderator takes it out of the room; another one can be asked."""
    poll, _ = await asked(desk)
    await desk.redact(MODO, poll.event_id)
    (told,) = desk.answers_to(await desk.say(MODO, "!quiz stop"))
    assert "Aucun quiz" in told
    await desk.say(PAUL, "!quiz #1")
    assert await desk.value("SELECT count(*) FROM quiz WHERE ended_at IS NULL") == 1


async def test_the_bot_asks_and_ends_once_after_a_restart(desk: Desk) -> None:
    """The end stands in the database: a bot that was down at that moment ends it when it is back."""
    poll, _ = await asked(desk)
    desk.later(minutes=60)
    desk.restart()
    await desk.tick()
    desk.restart()
    await desk.tick()
    assert "La bonne réponse" in result(desk, poll)
    assert poll.room_id == ROOM
    assert BOT not in result(desk, poll)
