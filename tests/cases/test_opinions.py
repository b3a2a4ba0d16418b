"""Opinions and references: who stands behind what."""

import pytest

from doctocbot.cases import opinions
from tests.desk import LEA, MARC, NORA, PAUL, Desk

pytest_plugins = ["tests.desk_fixtures"]

LINK = "https://www.has-sante.fr/x"


async def case(desk: Desk) -> str:
    """A case of Léa's; returns its card."""
    await desk.say(LEA, "!cas Enfant de 3 ans, éruption")
    return await desk.card_id()


async def test_proposing_places_the_thumbs_under_the_words(desk: Desk) -> None:
    """Agreeing is one tap on a chip that is there already."""
    root = await case(desk)
    said = await desk.say(MARC, "!avis Gianotti-Crosti", thread=root)
    chips = [event.relation["key"] for event in desk.gateway.visible() if event.type == "m.reaction"]
    assert chips == ["1️⃣", "👍", "👎"]
    assert desk.answers_to(said) == []
    assert "1. Gianotti-Crosti : 1 d'accord, personne contre" in await desk.card()


async def test_two_spellings_make_one_opinion_with_two_behind_it(desk: Desk) -> None:
    """The first spelling is shown."""
    root = await case(desk)
    await desk.say(MARC, "!avis Gianotti-Crosti", thread=root)
    await desk.say(NORA, "!dx syndrome de gianotti crosti", thread=root)
    card = await desk.card()
    assert "1. Gianotti-Crosti (dit 2 fois) : 2 d'accord, personne contre → avis concordants" in card
    assert "2. " not in card


async def test_the_same_answer_from_two_is_one_opinion_once_somebody_acts(desk: Desk) -> None:
    """A free answer and a proposal of the same words are one."""
    root = await case(desk)
    first = await desk.say(MARC, "rubéole", thread=root)
    await desk.say(NORA, "!avis Rubéole !", thread=root)
    await desk.react(PAUL, first)
    assert "1. Rubéole (dit 2 fois) : 3 d'accord" in await desk.card()


async def test_the_authors_own_proposal_has_nobody_behind_it(desk: Desk) -> None:
    """They may name what they think; it is no answer to themselves."""
    root = await case(desk)
    await desk.say(LEA, "!avis rubéole", thread=root)
    card = await desk.card()
    assert "1. rubéole : 0 d'accord" in card
    assert "pas encore de réponse" in card


async def test_the_author_alone_never_reaches_consensus(desk: Desk) -> None:
    """Not even with a reference for what they propose."""
    root = await case(desk)
    await desk.say(LEA, "!avis rubéole", thread=root)
    await desk.say(LEA, f"!ref {LINK}", thread=root)
    assert "concordants" not in await desk.card()


async def test_a_reference_in_an_answer_makes_it_consensual(desk: Desk) -> None:
    """One colleague with a source is enough, as long as nobody opposes."""
    root = await case(desk)
    await desk.say(MARC, f"!avis rubéole, voir {LINK}", thread=root)
    assert "1 d'accord, 1 référence, personne contre → avis concordants" in await desk.card()


@pytest.mark.parametrize("reference", [LINK, f"({LINK})", "PMID 12345678", "doi:10.1136/bmj.b2700"])
async def test_an_opinion_with_its_reference_is_the_same_opinion(desk: Desk, reference: str) -> None:
    """The link is what it refers to, not what it says; a quiz would show which choice has one."""
    root = await case(desk)
    await desk.say(MARC, "!avis rubéole", thread=root)
    await desk.say(NORA, f"!avis rubéole {reference}", thread=root)
    card = await desk.card()
    assert "1. rubéole (dit 2 fois) : 2 d'accord, 1 référence, personne contre" in card
    assert "2. " not in card


async def test_a_reference_given_later_joins_ones_last_opinion(desk: Desk) -> None:
    """In words of its own, and once however often it is given."""
    root = await case(desk)
    await desk.say(MARC, "!avis rougeole", thread=root)
    await desk.say(MARC, "!avis rubéole", thread=root)
    await desk.say(MARC, "!ref PMID 1234567", thread=root)
    await desk.say(MARC, "!ref PMID: 1234567", thread=root)
    card = await desk.card()
    assert "1. rougeole : 1 d'accord, personne contre" in card
    assert "2. rubéole : 1 d'accord, 1 référence" in card


async def test_a_reference_without_an_opinion_is_one_of_the_case(desk: Desk) -> None:
    """It stands in the summary and makes nobody's opinion consensual."""
    root = await case(desk)
    await desk.say(MARC, "!avis rubéole", thread=root)
    await desk.say(NORA, f"!ref {LINK}", thread=root)
    assert "référence" not in await desk.card()
    (told,) = desk.answers_to(await desk.say(PAUL, "!résumé #1"))
    assert LINK in told


async def test_a_reference_that_is_none_is_refused(desk: Desk) -> None:
    """With an example of one."""
    root = await case(desk)
    (told,) = desk.answers_to(await desk.say(MARC, "!ref la HAS", thread=root))
    assert "PMID" in told


async def test_an_empty_opinion_is_asked_for(desk: Desk) -> None:
    """With an example."""
    root = await case(desk)
    (told,) = desk.answers_to(await desk.say(MARC, "!avis", thread=root))
    assert "!avis gianotti-crosti" in told


async def test_an_edited_proposal_stands_for_the_new_words_alone(desk: Desk) -> None:
    """The old opinion goes with its votes when nobody else stands behind it."""
    root = await case(desk)
    said = await desk.say(MARC, "!avis rougeole", thread=root)
    await desk.react(NORA, said)
    await desk.edit(MARC, said, "!avis rubéole")
    card = await desk.card()
    assert "rougeole" not in card
    assert "rubéole : 1 d'accord" in card


async def test_a_link_that_is_edited_out_refers_to_nothing_any_more(desk: Desk) -> None:
    """A wrong address pasted in a hurry brings no consensus after its correction."""
    root = await case(desk)
    said = await desk.say(MARC, f"!avis rubéole {LINK}", thread=root)
    await desk.edit(MARC, said, "!avis rubéole")
    assert "référence" not in await desk.card()


async def test_an_edited_answer_is_shown_as_it_reads_now(desk: Desk) -> None:
    """Also when somebody has acted on it: the card never shows words that their author has corrected."""
    root = await case(desk)
    said = await desk.say(MARC, "rougeole, comme chez Mme Martin", thread=root)
    await desk.react(NORA, said)
    await desk.edit(MARC, said, "rougeole, comme chez une voisine")
    assert "Martin" not in await desk.card()


async def test_an_opinion_that_is_deleted_can_be_read_nowhere(desk: Desk) -> None:
    """The author of the words redacts them, and earlier versions of the card that showed them go too."""
    root = await case(desk)
    said = await desk.say(MARC, "!avis rougeole comme Mme Martin", thread=root)
    await desk.redact(MARC, said)
    assert "Martin" not in await desk.card()
    assert "Martin" not in desk.readable()


async def test_opinions_are_not_proposed_to_a_closed_case(desk: Desk) -> None:
    """It says how to open it again."""
    root = await case(desk)
    await desk.say(LEA, "!clore rubéole", thread=root)
    (told,) = desk.answers_to(await desk.say(MARC, "!avis rougeole", thread=root))
    assert "!rouvrir #1" in told


async def test_an_opinion_of_many_lines_is_listed_by_its_first(desk: Desk) -> None:
    """And a very long one is shortened."""
    root = await case(desk)
    await desk.say(MARC, "!avis rubéole\ncar pas de fièvre", thread=root)
    await desk.say(NORA, "!avis " + "x" * 500, thread=root)
    card = await desk.card()
    assert "car pas de fièvre" not in card
    assert "x" * 200 not in card


# -- numbers


def chips(desk: Desk, target: str) -> list[str]:
    """The bot's reactions under a message."""
    shown = (event for event in desk.gateway.visible() if event.type == "m.reaction")
    return [event.relation["key"] for event in shown if event.relation["event_id"] == target]


async def test_an_answer_shows_its_number_once_somebody_acts_on_it(desk: Desk) -> None:
    """As a reaction, which wakes nobody; a second thumb brings nothing more."""
    root = await case(desk)
    await desk.say(MARC, "!avis rougeole", thread=root)
    answer = await desk.say(NORA, "rubéole", thread=root)
    assert chips(desk, answer) == []
    await desk.react(PAUL, answer)
    await desk.react(MARC, answer)
    assert chips(desk, answer) == ["2️⃣"]
    assert "2. rubéole" in await desk.card()


async def test_the_same_opinion_bears_the_same_number_under_each_message(desk: Desk) -> None:
    """So that two colleagues see that they say one thing."""
    root = await case(desk)
    first = await desk.say(MARC, "!avis IDM", thread=root)
    second = await desk.say(NORA, "!avis infarctus du myocarde", thread=root)
    assert chips(desk, first) == chips(desk, second) == ["1️⃣", "👍", "👎"]
    assert "1. IDM (dit 2 fois) : 2 d'accord, personne contre → avis concordants" in await desk.card()


async def test_the_number_of_an_opinion_that_is_gone_never_means_another(desk: Desk) -> None:
    """Somebody may be typing `!agree 1` right now."""
    root = await case(desk)
    gone = await desk.say(MARC, "!avis rougeole", thread=root)
    await desk.redact(MARC, gone)
    await desk.say(NORA, "!avis rubéole", thread=root)
    assert "2. rubéole" in await desk.card()


async def test_a_reworded_proposal_shows_its_new_number(desk: Desk) -> None:
    """The old one goes; back at the old words it is a new opinion again."""
    root = await case(desk)
    said = await desk.say(MARC, "!avis rougeole", thread=root)
    await desk.edit(MARC, said, "!avis rubéole")
    assert chips(desk, said) == ["👍", "👎", "2️⃣"]
    await desk.edit(MARC, said, "!avis Rubéole !")
    assert chips(desk, said) == ["👍", "👎", "2️⃣"]
    await desk.edit(MARC, said, "!avis rougeole")
    assert chips(desk, said) == ["👍", "👎", "3️⃣"]


# -- merging


async def test_two_who_greet_alike_are_not_of_one_mind(desk: Desk) -> None:
    """What a polite answer begins with is not its opinion."""
    root = await case(desk)
    first = await desk.say(MARC, "Bonjour,\nrubéole", thread=root)
    second = await desk.say(NORA, "Bonjour,\nrougeole", thread=root)
    for answer in (first, second):
        await desk.react(PAUL, answer)
    card = await desk.card()
    assert "1. rubéole : 2 d'accord" in card
    assert "2. rougeole : 2 d'accord" in card


async def test_a_minus_is_part_of_what_is_meant(desk: Desk) -> None:
    """Rhesus negative is not rhesus."""
    root = await case(desk)
    await desk.say(MARC, "!avis Rh -", thread=root)
    await desk.say(NORA, "!avis Rh", thread=root)
    assert "2. Rh : 1 d'accord" in await desk.card()


# -- the outcome


@pytest.mark.parametrize("outcome", ["IDM", "infarctus du myocarde.", "probable Infarctus du Myocarde"])
async def test_closing_marks_the_opinions_that_were_right(desk: Desk, outcome: str) -> None:
    """By what they mean, in whatever words; reopening unmarks them."""
    root = await case(desk)
    await desk.say(MARC, "!avis infarctus du myocarde", thread=root)
    await desk.say(NORA, "!avis péricardite", thread=root)
    await desk.say(LEA, f"!clore {outcome}", thread=root)
    right, wrong = (await desk.card()).splitlines()[-2:]
    assert "· confirmé" in right
    assert "confirmé" not in wrong
    await desk.say(LEA, "!rouvrir #1")
    assert "confirmé" not in await desk.card()


@pytest.mark.parametrize(
    ("outcome", "kept", "confirmed"),
    [
        ("rubéole (sérologie)", True, True),
        ("rubéole (sérologie)", False, False),
        ("pas de rubéole", True, False),
        ("rubéole ou rougeole", True, False),
    ],
)
async def test_a_longer_outcome_confirms_only_what_was_kept_and_surely_the_same(
    desk: Desk, outcome: str, kept: bool, confirmed: bool
) -> None:
    """A mark that is missing does less harm than one that is wrong."""
    root = await case(desk)
    said = await desk.say(MARC, "!avis rubéole", thread=root)
    if kept:
        await desk.react(LEA, said, "✅")
    await desk.say(LEA, f"!clore {outcome}", thread=root)
    assert ("· confirmé" in await desk.card()) is confirmed
    found = await desk.database.run(opinions.confirmed, 1)
    assert [opinion.text for opinion in found] == ["rubéole"] * confirmed
