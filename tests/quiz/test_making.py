"""A question made from a closed case: what it takes from where, and when it may not be made."""

from dataclasses import replace

import pytest

from doctocbot.cases import queries
from doctocbot.chat.replies import Refusal
from doctocbot.quiz import making, questions
from doctocbot.quiz.distractors import forget_lent
from doctocbot.quiz.model import Part, Question
from doctocbot.store import Transaction
from tests.desk import CHAT, LEA, MARC, NORA, OTHER_ROOM, PAUL, ROOM, Desk, plain
from tests.quiz.asking import closed_case

pytest_plugins = ["tests.desk_fixtures"]


async def made(desk: Desk, number: int = 1) -> Question:
    """The question of a case as it would be asked now."""

    def make(tx: Transaction) -> Question:
        case = queries.case_by_id(tx, number)
        assert case is not None
        return making.question_of(tx, case, desk.now)

    return await desk.database.run(make)


async def choices(desk: Desk, number: int = 1) -> list[str]:
    """Its choices, the right one first."""
    question = await made(desk, number)
    assert [option.is_right for option in question.options] == [True] + [False] * (len(question.options) - 1)
    return [option.text for option in question.options]


async def case(desk: Desk, text: str, outcome: str | None = None, *opinions: str, room: str = ROOM) -> int:
    """Another case of Léa's in a room, with opinions and closed where it has an outcome."""
    await desk.say(LEA, f"!cas {text}", room=room)
    number = int(await desk.value("SELECT max(id) FROM medical_case"))
    root = await desk.event_of(f"case:{number}:card")
    for opinion in opinions:
        await desk.say(MARC, f"!avis {opinion}", thread=root, room=room)
    if outcome:
        await desk.say(LEA, f"!clore {outcome}", thread=root, room=room)
    return number


async def test_a_question_is_the_case_without_what_places_it(desk: Desk) -> None:
    """The stem has an age band and no date, the outcome is right, the opinions really given are wrong."""
    await closed_case(desk, text="Enfant de 3 ans vu le 12/03 au CHU de Lyon, éruption #dermato")
    question = await made(desk)
    assert question.stem == "Enfant de 2 à 3 ans vu au […], éruption"
    assert [option.text for option in question.options] == ["Gianotti-Crosti", "rubéole", "rougeole"]
    assert question.references == ("https://www.has-sante.fr/x",)
    assert question.tags == ("dermato",)


@pytest.mark.parametrize("certainty", ["possible", "probable", ""])
async def test_an_outcome_that_is_not_sure_makes_no_question(desk: Desk, certainty: str) -> None:
    """Nobody learns what may be wrong."""
    await case(desk, "Enfant", f"{certainty} rougeole", "rubéole")
    await desk.say(LEA, "!quiz permettre #1")
    with pytest.raises(Refusal, match=r"quiz.not-certain"):
        await made(desk)


@pytest.mark.parametrize("certainty", ["certain", "quasi certain"])
async def test_a_sure_outcome_makes_a_question_with_the_authors_leave(desk: Desk, certainty: str) -> None:
    """Not before they have said yes."""
    await case(desk, "Enfant", f"{certainty} rougeole", "rubéole")
    with pytest.raises(Refusal, match=r"quiz.not-allowed"):
        await made(desk)
    await desk.say(LEA, "!quiz permettre #1")
    assert await choices(desk) == ["rougeole", "rubéole"]


async def test_without_another_opinion_there_is_nothing_to_choose(desk: Desk) -> None:
    """The outcome in another spelling is no wrong answer."""
    await case(desk, "Enfant", "certain Gianotti-Crosti", "syndrome de gianotti crosti")
    await desk.say(LEA, "!quiz permettre #1")
    with pytest.raises(Refusal, match=r"quiz.too-few-opinions"):
        await made(desk)


async def test_cases_of_the_same_specialty_lend_their_outcomes_and_opinions(desk: Desk) -> None:
    """Under whatever name the specialty goes, outcomes first; never those of another specialty."""
    await closed_case(desk, text="Enfant, éruption #dermato")
    await case(desk, "Adulte #peau", None, "psoriasis")
    await case(desk, "Plaques #dermatologie", "certain lichen plan", "eczéma")
    await case(desk, "Toux #pneumo", "certain asthme", "BPCO")
    assert await choices(desk) == ["Gianotti-Crosti", "rubéole", "rougeole", "lichen plan", "eczéma"]


async def test_another_room_lends_nothing(desk: Desk) -> None:
    """What is said there stays there, though it is the same people's."""
    await desk.open_room(OTHER_ROOM)
    await closed_case(desk, text="Enfant, éruption #dermato")
    await case(desk, "Plaques #dermato", "certain lichen plan", room=OTHER_ROOM)
    assert "lichen plan" not in await choices(desk)


async def test_a_case_that_was_pulled_lends_nothing_any_more(desk: Desk) -> None:
    """Nor does a question that was kept hold its words, once these are forgotten."""
    await closed_case(desk, text="Enfant, éruption #dermato")
    lender = await case(desk, "Plaques #dermato", "certain lichen plan")
    assert "lichen plan" in await choices(desk)

    def forget(tx: Transaction) -> None:
        pulled = queries.case_by_id(tx, lender)
        assert pulled is not None
        forget_lent(tx, pulled)

    await desk.database.run(forget)
    assert await desk.value("SELECT count(*) FROM question_choice WHERE text = 'lichen plan'") == 0
    await desk.database.run(lambda tx: tx.execute("UPDATE medical_case SET state = 'pulled' WHERE id = 2"))
    assert "lichen plan" not in await choices(desk)


async def test_what_a_pulled_case_had_lent_is_kept_nowhere(desk: Desk) -> None:
    """Neither with the other's question nor with one that was asked and is over; what was right stays."""
    await closed_case(desk, text="Enfant, éruption #dermato")
    lender = await case(desk, "Plaques #dermato", "certain lichen plan")
    await desk.say(PAUL, "!quiz #1")
    await desk.say(PAUL, "!quiz stop")
    assert await desk.value("SELECT count(*) FROM quiz_choice WHERE text = 'lichen plan'") == 1
    await desk.say(LEA, f"!retirer #{lender}")
    for table in ("question_choice", "quiz_choice"):
        assert await desk.value(f"SELECT count(*) FROM {table} WHERE text = 'lichen plan'") == 0  # noqa: S608
        assert await desk.value(f"SELECT count(*) FROM {table} WHERE is_right") == 1  # noqa: S608


async def test_a_hidden_case_lends_nothing_and_is_no_question(desk: Desk) -> None:
    """As long as it is hidden."""
    await closed_case(desk, text="Enfant, éruption #dermato")
    lender = await case(desk, "Plaques #dermato", "certain lichen plan")
    await desk.database.run(lambda tx: queries.hide(tx, lender))
    assert "lichen plan" not in await choices(desk)
    await desk.database.run(lambda tx: queries.hide(tx, 1))
    with pytest.raises(Refusal, match=r"case.hidden"):
        await made(desk)


async def test_an_opinion_that_the_author_goes_by_is_no_wrong_answer(desk: Desk) -> None:
    """Marked ✅ in the thread, it is part of what was right."""
    await desk.say(LEA, "!cas Enfant #dermato")
    root = await desk.card_id()
    kept = await desk.say(MARC, "!avis acrodermatite papuleuse", thread=root)
    await desk.say(NORA, "!avis rubéole", thread=root)
    await desk.react(LEA, kept, "✅")
    await desk.say(LEA, "!clore certain Gianotti-Crosti", thread=root)
    await desk.say(LEA, "!quiz permettre #1")
    assert await choices(desk) == ["Gianotti-Crosti", "rubéole"]


async def test_why_not_is_what_those_said_who_were_against(desk: Desk) -> None:
    """Their reason, without their name; a reason whose author has changed their mind is none."""
    await desk.say(LEA, "!cas Enfant #dermato")
    root = await desk.card_id()
    await desk.say(MARC, "!avis rubéole", thread=root)
    await desk.say(MARC, "!avis varicelle", thread=root)
    await desk.say(NORA, "!contre 1 vacciné, pas de fièvre", thread=root)
    await desk.say(NORA, "!contre 2 pas de vésicules", thread=root)
    await desk.say(NORA, "!daccord 2", thread=root)
    await desk.say(LEA, "!clore certain Gianotti-Crosti", thread=root)
    await desk.say(LEA, "!quiz permettre #1")
    whys = {option.text: option.why for option in (await made(desk)).options}
    assert whys == {"Gianotti-Crosti": "", "rubéole": "vacciné, pas de fièvre", "varicelle": ""}


async def test_the_explanation_says_how_sure_it_is_and_how_it_went(desk: Desk) -> None:
    """In the room's language, briefly, without the dates of what the author tells."""
    await desk.say(LEA, "!cas Enfant #dermato")
    root = await desk.card_id()
    for who in (MARC, NORA):
        await desk.say(who, "!avis Gianotti-Crosti", thread=root)
    await desk.say(PAUL, "!avis rubéole", thread=root)
    await desk.say(LEA, "!clore quasi certain Gianotti-Crosti", thread=root)
    await desk.say(LEA, "!quiz permettre #1")
    told = plain((await made(desk)).explanation)
    assert told == "Issue donnée par l'auteur du cas : quasi certain. Les avis des confrères concordaient."
    await desk.open_chat(LEA)
    await desk.say(LEA, "!suivi #1 guéri en 3 semaines, revu en mars 2026", room=CHAT)
    assert plain((await made(desk)).explanation).endswith("Depuis : guéri en 3 semaines, revu")


async def test_what_somebody_has_written_stays_when_the_question_is_made_again(desk: Desk) -> None:
    """The other parts follow the case."""
    await closed_case(desk, text="Enfant, éruption #dermato")
    question = await made(desk)

    def reword(tx: Transaction) -> None:
        questions.keep(tx, replace(question, stem="Un nourrisson", own=frozenset({Part.STEM})), desk.now)

    await desk.database.run(reword)
    await case(desk, "Plaques #dermato", "certain lichen plan")
    again = await made(desk)
    assert again.id == question.id
    assert again.stem == "Un nourrisson"
    assert "lichen plan" in [option.text for option in again.options]


async def test_an_english_case_makes_an_english_question(desk: Desk) -> None:
    """Where the room has no language of its own, that of the words."""
    await case(
        desk, "A 34 year old woman with a rash since Monday, what is it?", "certain measles", "rubella"
    )
    await desk.say(LEA, "!quiz permettre #1")
    question = await made(desk)
    assert question.stem == "A 30-to-39-year-old woman with a rash since Monday, what is it?"
    assert question.explanation == "Outcome given by the author of the case: certain."
