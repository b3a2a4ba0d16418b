"""Closing, reopening and listing."""

import pytest

from tests.desk import LEA, MARC, MODO, NORA, OTHER_ROOM, PAUL, Desk

pytest_plugins = ["tests.desk_fixtures"]


async def test_the_certainty_is_asked_for_diagnoses_only(desk: Desk) -> None:
    """An arrêt de travail is neither probable nor certain."""
    await desk.say(LEA, "!cas Enfant de 3 ans #diagnostic")
    await desk.say(LEA, "!cas Durée d'arrêt ? #admin")
    await desk.say(LEA, "!cas Que faire ?")
    (asked,) = desk.answers_to(await desk.say(LEA, "!clore #1 rubéole"))
    assert "certitude" in asked
    assert "ouvert" in await desk.card(1)
    await desk.say(LEA, "!clore #1 quasi certain rubéole")
    await desk.say(LEA, "!clore #2 trois jours")
    await desk.say(LEA, "!clore #3 rien")
    assert "Issue : rubéole (quasi certain)" in await desk.card(1)
    assert "Issue : trois jours" in await desk.card(2)
    assert "clos" in await desk.card(3)


@pytest.mark.parametrize("who", [LEA, MODO])
async def test_the_author_or_a_moderator_closes_and_reopens(desk: Desk, who: str) -> None:
    """Nobody else does; reopening takes the outcome away."""
    await desk.say(LEA, "!cas Enfant")
    root = await desk.card_id()
    (refused,) = desk.answers_to(await desk.say(MARC, "!clore rubéole", thread=root))
    assert "l'auteur de #1 ou un modérateur" in refused
    await desk.say(who, "!clore rubéole", thread=root)
    assert "clos" in await desk.card()
    (refused,) = desk.answers_to(await desk.say(MARC, "!rouvrir", thread=root))
    assert "l'auteur" in refused
    await desk.say(who, "!rouvrir", thread=root)
    card = await desk.card()
    assert "ouvert" in card
    assert "rubéole" not in card


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ("!clore", "Quelle est l'issue de #1"),
        ("!clore probable", "Quelle est l'issue de #1"),
        ("!clore " + "x" * 301, "300 caractères au plus"),
        ("!clore rubéole\ncar pas de fièvre", "tient en une ligne"),
        ("!clore #7 rubéole", "pas de cas #7"),
        ("!rouvrir", "est ouvert"),
        ("!jeter", "Quelle image"),
        ("!jeter 3", "Quelle image"),
        ("!jeter deux", "Quelle image"),
    ],
)
async def test_what_cannot_be_done_is_explained(desk: Desk, words: str, told: str) -> None:
    """With what to type instead, and nothing is changed."""
    await desk.say(LEA, "!cas Enfant")
    before = await desk.card()
    (answer,) = desk.answers_to(await desk.say(LEA, words, thread=await desk.card_id()))
    assert told in answer
    assert await desk.card() == before


async def test_an_outcome_is_given_once(desk: Desk) -> None:
    """A closed case is reopened before it ends otherwise."""
    await desk.say(LEA, "!cas Enfant")
    await desk.say(LEA, "!clore #1 rubéole")
    (told,) = desk.answers_to(await desk.say(LEA, "!clore #1 rougeole"))
    assert "!rouvrir #1" in told
    assert "Issue : rubéole" in await desk.card()


async def test_closing_asks_in_one_line_whether_a_quiz_may_be_made(desk: Desk) -> None:
    """In the thread, with what to answer and how to look at the question first."""
    await desk.say(LEA, "!cas Enfant")
    await desk.say(LEA, "!clore #1 certain rubéole")
    (question,) = await desk.thread()
    assert "!quiz permettre #1" in question.body
    assert "!quiz voir #1" in question.body
    assert "\n" not in question.body


@pytest.mark.parametrize("outcome", ["rubéole", "possible rubéole", "probable rubéole"])
async def test_an_outcome_that_is_not_sure_is_asked_about_by_nobody(desk: Desk, outcome: str) -> None:
    """No question could be made of it."""
    await desk.say(LEA, "!cas Enfant")
    await desk.say(LEA, f"!clore #1 {outcome}")
    assert await desk.thread() == []


async def test_a_command_without_a_case_says_where_to_type_it(desk: Desk) -> None:
    """In the thread, as a reply, or with the number."""
    for command in ("!avis x", "!daccord 1", "!clore x", "!rouvrir", "!jeter 1", "!ref https://x.org"):
        (told,) = desk.answers_to(await desk.say(LEA, command))
        assert "Pour quel cas" in told


async def test_cas_without_text_lists_the_open_cases(desk: Desk) -> None:
    """Each with a link to its card, and whether it is answered."""
    (none,) = desk.answers_to(await desk.say(LEA, "!cas"))
    assert "Aucun cas n'est ouvert" in none
    await desk.say(LEA, "!cas Enfant #dermato")
    await desk.say(LEA, "!cas Adulte")
    await desk.say(LEA, "!clore #2 rien")
    await desk.say(MARC, "rubéole", thread=await desk.card_id(1))
    (listed,) = desk.answers_to(await desk.say(NORA, "!cas"))
    assert "Cas ouverts (1)" in listed
    assert "#1 · dermato · ouvert (https://matrix.to/#/" in listed
    assert "1 réponse" in listed
    assert "#2" not in listed
    assert "Enfant" not in listed


@pytest.mark.parametrize(
    ("asked", "numbers"),
    [
        ("", {1, 2, 4}),
        ("open", {1, 2, 4}),
        ("ouverts", {1, 2, 4}),
        ("unanswered", {2, 4}),
        ("sans réponse", {2, 4}),
        ("Sans Reponse", {2, 4}),
        ("mine", {4}),
        ("miens", {4}),
        ("clos", {3}),
        ("closed", {3}),
        ("dermato", {1, 3}),
        ("#dermato", {1, 3}),
        ("Pédiatrie", {2}),
        ("pediatrie", {2}),
        ("xyzzy", set()),
        ("<b>", set()),
    ],
)
async def test_a_list_shows_what_was_asked_for(desk: Desk, asked: str, numbers: set[int]) -> None:
    """Open, unanswered, mine, closed, or those with a tag; those of this room and not withdrawn."""
    await desk.open_room(OTHER_ROOM)
    await desk.say(LEA, "!cas un #dermato")
    await desk.say(LEA, "!cas deux #pédiatrie")
    await desk.say(LEA, "!cas trois #dermato")
    await desk.say(NORA, "!cas quatre")
    await desk.say(NORA, "!cas ailleurs #dermato #pédiatrie", room=OTHER_ROOM)
    await desk.redact(LEA, await desk.say(LEA, "!cas retiré #dermato"))
    await desk.say(LEA, "!clore #3 rien")
    await desk.say(MARC, "avis", thread=await desk.card_id(1))
    (listed,) = desk.answers_to(await desk.say(NORA, f"!lescas {asked}"))
    assert {number for number in range(1, 10) if f"• #{number} " in listed} == numbers


async def test_a_long_list_shows_the_latest_and_counts_the_rest(desk: Desk) -> None:
    """Twenty are enough for a telephone."""
    for number in range(25):
        await desk.say(LEA, f"!cas cas {number}")
    (listed,) = desk.answers_to(await desk.say(LEA, "!lescas"))
    assert listed.count("•") == 20
    assert "#25" in listed
    assert "5 plus anciens" in listed


async def test_a_list_has_nothing_that_is_not_for_everybody(desk: Desk) -> None:
    """Opinions and outcomes stay in their cases."""
    await desk.say(LEA, "!cas Enfant")
    await desk.say(MARC, "!avis rubéole", thread=await desk.card_id())
    await desk.say(LEA, "!clore #1 rougeole")
    for asked in ("!lescas", "!lescas clos", "!lescas miens"):
        (listed,) = desk.answers_to(await desk.say(LEA, asked))
        assert "rubéole" not in listed
        assert "rougeole" not in listed


async def test_strangers_do_nothing(desk: Desk) -> None:
    """Who is not in the room any more is not heard."""
    await desk.say(PAUL, "!cas Enfant")
    from_outside = await desk.say("@gone:clinic.example", "!clore #1 rubéole")
    assert desk.answers_to(from_outside) == []
    assert "ouvert" in await desk.card()


async def closed(desk: Desk, *, quiz: bool = False) -> str:
    """A case that Léa has closed with a name too many in its outcome, summed up, asked about or not; its `!clore`."""
    await desk.say(LEA, "!cas Enfant")
    await desk.say(MARC, "!avis rubéole", thread=await desk.card_id())
    said = await desk.say(LEA, "!clore #1 certain rougeole chez Dupont")
    await desk.say(NORA, "!résumé #1")
    if quiz:
        await desk.say(LEA, "!quiz permettre #1")
        await desk.say(NORA, "!quiz #1")
    return said


async def quizzes_running(desk: Desk) -> int:
    """How many questions have not ended."""
    return int(await desk.value("SELECT count(*) FROM quiz WHERE ended_at IS NULL"))


@pytest.mark.parametrize("quiz", [False, True])
async def test_an_outcome_follows_the_edits_of_its_message(desk: Desk, quiz: bool) -> None:
    """The old one goes everywhere, from card, summary and poll; the case stays closed."""
    said = await closed(desk, quiz=quiz)
    assert "Dupont" in desk.readable()
    await desk.edit(LEA, said, "!clore #1 probable rougeole")
    card = await desk.card()
    assert "Issue : rougeole (probable)" in card
    assert "clos" in card
    assert "Dupont" not in desk.readable()
    assert await quizzes_running(desk) == 0


async def test_an_outcome_is_edited_in_its_thread_without_the_number(desk: Desk) -> None:
    """Where `!clore` was typed there, the edit is understood there."""
    await desk.say(LEA, "!cas Enfant")
    said = await desk.say(LEA, "!clore rougeole de Dupont", thread=await desk.card_id())
    await desk.edit(LEA, said, "!clore rougeole")
    assert "Issue : rougeole" in await desk.card()
    assert "Dupont" not in desk.readable()


async def test_an_edit_of_an_old_closing_leaves_the_new_outcome(desk: Desk) -> None:
    """Reopened and closed anew, the case has the outcome of the last `!clore`."""
    old = await closed(desk)
    await desk.say(LEA, "!rouvrir #1")
    await desk.edit(LEA, old, "!clore #1 varicelle")
    assert "ouvert" in await desk.card()
    await desk.say(LEA, "!clore #1 rubéole")
    await desk.redact(LEA, old)
    assert "Issue : rubéole" in await desk.card()


@pytest.mark.parametrize("quiz", [False, True])
async def test_an_outcome_goes_with_its_message(desk: Desk, quiz: bool) -> None:
    """The case is open again, nothing quotes the outcome, and nobody is asked about it; it can be closed anew."""
    await desk.redact(LEA, await closed(desk, quiz=quiz))
    card = await desk.card()
    assert "ouvert" in card
    assert "Issue" not in card
    assert "Dupont" not in desk.readable()
    assert await quizzes_running(desk) == 0
    desk.later(minutes=16)
    assert not await desk.tick()
    await desk.say(LEA, "!clore #1 rougeole")
    assert "Issue : rougeole" in await desk.card()


async def test_reopening_takes_back_what_quotes_the_outcome(desk: Desk) -> None:
    """The question about it goes unsolved: no result is told, neither by the clock nor by a moderator."""
    await closed(desk, quiz=True)
    await desk.say(LEA, "!rouvrir #1")
    assert "Dupont" not in desk.readable()
    desk.later(minutes=16)
    await desk.tick()
    (told,) = desk.answers_to(await desk.say(MODO, "!quiz stop"))
    assert "Aucun quiz" in told
    assert "Dupont" not in desk.readable()
    assert "Résultat" not in desk.readable()


@pytest.mark.parametrize("undo", ["reopen", "redact", "edit"])
async def test_a_question_that_was_taken_back_never_comes_back(desk: Desk, undo: str) -> None:
    """Closed and allowed anew, the case is asked about anew, and only that question has a result."""
    said = await closed(desk, quiz=True)
    if undo == "reopen":
        await desk.say(LEA, "!rouvrir #1")
    elif undo == "redact":
        await desk.redact(LEA, said)
    else:
        await desk.edit(LEA, said, "!clore #1 certain rougeole")
    if undo != "edit":
        await desk.say(LEA, "!clore #1 certain rougeole")
    (told,) = desk.answers_to(await desk.say(MODO, "!quiz stop"))
    assert "Aucun quiz" in told
    await desk.say(LEA, "!quiz permettre #1")
    assert desk.answers_to(await desk.say(NORA, "!quiz #1")) == []
    assert await quizzes_running(desk) == 1
    desk.later(minutes=16)
    await desk.tick()
    assert desk.readable().count("Résultat du quiz") == 2, "one message, in words and in HTML"


async def test_an_outcome_goes_with_the_edit_that_brought_it(desk: Desk) -> None:
    """Deleting the edit of `!clore` opens the case again."""
    said = await closed(desk)
    edit = await desk.edit(LEA, said, "!clore #1 varicelle chez Dupont")
    await desk.redact(LEA, edit)
    assert "ouvert" in await desk.card()
    assert "Dupont" not in desk.readable()


async def test_reopening_takes_back_a_result_that_was_told(desk: Desk) -> None:
    """It solves a case that is open."""
    await closed(desk, quiz=True)
    await desk.say(MODO, "!quiz stop")
    await desk.say(LEA, "!rouvrir #1")
    assert "Dupont" not in desk.readable()
