"""What labels do: answers are counted by trade, students apart, and a room may keep votes to clinicians."""

import pytest

from doctocbot.rooms import members
from doctocbot.rooms.labels import Grounds
from doctocbot.rooms.trades import Calling, read_calling
from doctocbot.store import Transaction
from tests.cases.test_intake import draft
from tests.desk import CHAT, LEA, MARC, MODO, NORA, PAUL, ROOM, Desk, plain

pytest_plugins = ["tests.desk_fixtures"]


async def label(desk: Desk, who: str, trade: str, grounds: Grounds = Grounds.CONFIRMED) -> None:
    """Somebody is what they say."""
    calling = read_calling(trade)
    assert isinstance(calling, Calling)

    def bear(tx: Transaction) -> None:
        members.bear(tx, ROOM, who, calling, grounds, at=0)

    await desk.database.run(bear)


@pytest.fixture
async def case(desk: Desk) -> Desk:
    """Léa's case, with answers by Marc (two), Nora and Paul."""
    await desk.say(LEA, "!cas éruption des joues")
    card = await desk.card_id()
    for who, words in (
        (MARC, "un Gianotti-Crosti ?"),
        (MARC, "depuis quand ?"),
        (NORA, "oui"),
        (PAUL, "à revoir"),
    ):
        await desk.say(who, words, thread=card)
    return desk


async def refreshed(desk: Desk) -> str:
    """The card after its next edit."""
    await desk.say(MODO, "d'accord", thread=await desk.card_id())
    return await desk.card()


async def test_a_room_without_labels_is_as_before(case: Desk) -> None:
    """Nobody is called unlabelled where nobody has a label."""
    assert "5 réponses · première" in await refreshed(case)


async def test_the_card_says_of_which_trades_the_answers_are(case: Desk) -> None:
    """By answers; those without a label are said where others have one."""
    await label(case, MARC, "MG")
    await label(case, NORA, "dermato")
    assert "5 réponses (MG 2, dermato 1, sans étiquette 2) · première" in await refreshed(case)


async def test_what_is_only_declared_is_shown_as_such(case: Desk) -> None:
    """On the card, in numbers."""
    await label(case, MARC, "MG", Grounds.DECLARED)
    await label(case, NORA, "MG", Grounds.SPONSORED)
    assert "(MG 3, sans étiquette 2 · 2 sur déclaration)" in await refreshed(case)


async def test_a_label_of_another_room_says_nothing_here(case: Desk) -> None:
    """Labels are per room."""

    def bear(tx: Transaction) -> None:
        members.bear(tx, "!elsewhere:clinic.example", MARC, Calling("nurse"), Grounds.CONFIRMED, at=0)

    await case.database.run(bear)
    assert "5 réponses · première" in await refreshed(case)


async def test_a_summary_says_who_answered_by_people(case: Desk) -> None:
    """Marc answered twice, and is one general practitioner."""
    await label(case, MARC, "MG")
    (told,) = case.answers_to(await case.say(LEA, "!résumé #1"))
    assert "4 réponses, de 3 personnes (MG 1, sans étiquette 2)" in told


async def test_a_week_is_summed_up_by_trade(case: Desk) -> None:
    """Only where somebody has one."""
    (before,) = case.answers_to(await case.say(LEA, "!résumé semaine"))[:1]
    assert "par métier" not in before
    await label(case, MARC, "MG")
    await label(case, PAUL, "externe")
    (after,) = case.answers_to(await case.say(LEA, "!résumé semaine"))[:1]
    assert "Réponses par métier : MG 2, étudiant 1, sans étiquette 1." in after


# -- students


async def test_students_are_counted_apart(case: Desk) -> None:
    """Two of them make no agreement, and one of them breaks none."""
    await label(case, NORA, "externe")
    await label(case, PAUL, "étudiante infirmière")
    await case.say(NORA, "!avis gianotti-crosti", thread=await case.card_id())
    await case.say(PAUL, "!daccord 1", thread=await case.card_id())
    card = await case.card()
    assert "0 d'accord, personne contre, + 2 étudiants" in card
    assert "concordants" not in card
    await case.say(MARC, "!daccord 1", thread=await case.card_id())
    await case.say(MODO, "!daccord 1", thread=await case.card_id())
    await case.say(PAUL, "!contre 1", thread=await case.card_id())
    card = await case.card()
    assert "2 d'accord, personne contre, + 1 étudiant, 1 étudiant contre → avis concordants" in card


async def test_an_intern_counts_like_a_colleague(case: Desk) -> None:
    """By law a student, in the ward the one who prescribes."""
    await label(case, NORA, "interne")
    await case.say(NORA, "!avis gianotti-crosti", thread=await case.card_id())
    await case.say(MARC, "!daccord 1", thread=await case.card_id())
    assert "2 d'accord, personne contre → avis concordants" in await case.card()


async def test_a_reference_that_only_a_student_brought_makes_no_agreement(case: Desk) -> None:
    """It is there to be read, as the author's own would be."""
    await label(case, NORA, "externe")
    await case.say(NORA, "!avis gianotti-crosti https://doi.org/10.1/x", thread=await case.card_id())
    assert "concordants" not in await case.card()
    await label(case, NORA, "MG")
    await refreshed(case)
    assert "1 référence, personne contre → avis concordants" in await case.card()


async def test_nothing_shows_which_answerer_is_an_anonymous_author(desk: Desk) -> None:
    """Their answers count, and bear their label, like everybody's."""
    await desk.say(MODO, "!mod set anonymous on")
    await desk.open_chat(LEA)
    await draft(desk, "une éruption des joues")
    await desk.say(LEA, "!publier anonyme", room=CHAT)
    await desk.tick()
    await label(desk, LEA, "externe")
    await label(desk, MARC, "externe")
    card = await desk.card_id()
    for who in (LEA, MARC):
        await desk.say(who, "je pense à une virose", thread=card)
    assert "2 réponses (étudiant 2)" in await desk.card()
    await desk.say(LEA, "!avis gianotti-crosti", thread=card)
    await desk.say(MARC, "!daccord 1", thread=card)
    assert "0 d'accord, personne contre, + 2 étudiants" in await desk.card()


# -- who may vote


async def test_a_room_may_keep_votes_to_clinicians(case: Desk) -> None:
    """In words it says why; a thumb is told so once, in private, and neither counts."""
    await case.say(MODO, "!mod set votes cliniciens")
    await label(case, MARC, "MG")
    await label(case, PAUL, "MG", Grounds.DECLARED)
    await case.open_chat(PAUL, "!paul-and-the-bot:clinic.example")
    opinion = await case.say(MARC, "!avis gianotti-crosti", thread=await case.card_id())
    (refused,) = case.answers_to(await case.say(NORA, "!daccord 1", thread=await case.card_id()))
    assert "métier est confirmé" in refused
    for emoji in ("👍", "👎"):
        await case.react(PAUL, opinion, emoji)
    (told,) = case.timeline("!paul-and-the-bot:clinic.example")
    assert "métier est confirmé" in plain(told.body)
    assert "1 d'accord, personne contre" in await refreshed(case)
    await label(case, NORA, "dermato")
    await case.react(NORA, opinion, "👍")
    assert "2 d'accord, personne contre → avis concordants" in await case.card()


async def test_there_an_opinion_of_anybody_else_is_shown_beside(case: Desk) -> None:
    """They may still answer and propose; and the author still keeps the answer that they go by."""
    await case.say(MODO, "!mod set votes clinicians")
    opinion = await case.say(PAUL, "!avis gianotti-crosti", thread=await case.card_id())
    assert "0 d'accord, personne contre, + 1 sans métier confirmé" in await case.card()
    await case.react(LEA, opinion, "✅")
    assert "réponse retenue" in await case.card()


async def test_a_room_may_count_those_without_a_trade_apart(case: Desk) -> None:
    """They vote; the agreement is made by the others, those who have declared a trade among them."""
    await case.say(MODO, "!mod set unlabelled apart")
    await label(case, MARC, "MG", Grounds.DECLARED)
    opinion = await case.say(MARC, "!avis gianotti-crosti", thread=await case.card_id())
    await case.react(NORA, opinion, "👍")
    assert "1 d'accord, personne contre, + 1 sans métier" in await case.card()
    assert "concordants" not in await case.card()
    await case.say(MODO, "!mod set sans-étiquette compter")
    assert "2 d'accord" in await refreshed(case)


@pytest.mark.parametrize("words", ["votes", "votes jamais", "unlabelled perhaps", "parrainage peut-être"])
async def test_a_wrong_value_is_explained(desk: Desk, words: str) -> None:
    """With one that works."""
    (told,) = desk.answers_to(await desk.say(MODO, f"!mod set {words}"))
    assert "!mod set" in told
