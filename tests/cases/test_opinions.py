"""Opinions and references: who stands behind what."""

import pytest

from doctocbot.cases import opinions
from tests.desk import LEA, MARC, NORA, PAUL, Desk, plain
from tests.fakes.gateway import Sent

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


def told(desk: Desk, events: list[Sent]) -> list[str]:
    """The lines that ask for votes anew."""
    said = [plain(event.body) for event in events]
    return [line for line in said if "votez à nouveau" in line]


async def test_a_spelling_mended_costs_no_vote_and_no_reference(desk: Desk) -> None:
    """The thumbs are there for everybody to see, and mean the same; the number stays as well."""
    root = await case(desk)
    said = await desk.say(MARC, "!avis gianoti-crosti", thread=root)
    await desk.react(PAUL, said)
    await desk.react(NORA, said)
    await desk.say(MARC, "!ref PMID 12345678", thread=root)
    await desk.edit(MARC, said, "!avis gianotti-crosti")
    assert "1. gianotti-crosti : 3 d'accord, 1 référence, personne contre" in await desk.card()
    assert chips(desk, said) == ["1️⃣", "👍", "👎"]
    assert told(desk, await desk.thread()) == []
    await desk.say(LEA, "!avis Gianotti Crosti", thread=root)
    assert "1. gianotti-crosti (dit 2 fois) : 3 d'accord" in await desk.card()


async def test_a_spelling_mended_in_an_answer_costs_no_vote_either(desk: Desk) -> None:
    """Nobody between two patients types a command."""
    root = await case(desk)
    said = await desk.say(MARC, "Gianoti crosti je pense", thread=root)
    await desk.react(PAUL, said)
    await desk.react(NORA, said)
    await desk.edit(MARC, said, "Gianotti crosti je pense")
    assert "1. Gianotti crosti je pense : 3 d'accord" in await desk.card()


async def test_a_spelling_mended_into_that_of_a_colleague_brings_its_votes(desk: Desk) -> None:
    """They are one opinion then, with what was said to either."""
    root = await case(desk)
    await desk.say(NORA, "!avis gianotti-crosti", thread=root)
    said = await desk.say(MARC, "!avis gianoti-crosti", thread=root)
    await desk.react(PAUL, said, "👎")
    await desk.edit(MARC, said, "!avis gianotti-crosti")
    card = await desk.card()
    assert "1. gianotti-crosti (dit 2 fois) : 2 d'accord, 1 contre" in card
    assert "2. " not in card
    assert chips(desk, said) == ["👍", "👎", "1️⃣"]


async def test_other_words_cost_the_votes_and_the_thread_is_told(desk: Desk) -> None:
    """Once for an edit, and only where somebody had voted; nothing is said in the timeline."""
    root = await case(desk)
    said = await desk.say(MARC, "!avis arthrite", reply=root)
    await desk.edit(MARC, said, "!avis artérite")
    assert told(desk, await desk.thread()) == []
    await desk.react(NORA, said)
    await desk.edit(MARC, said, "!avis arthrose")
    assert "arthrose : 1 d'accord" in await desk.card()
    (line,) = told(desk, await desk.thread())
    assert "ce message" in line
    assert told(desk, desk.timeline()) == []
    await desk.react(NORA, said)
    assert "arthrose : 2 d'accord" in await desk.card()


async def test_nobody_is_asked_to_vote_again_on_a_closed_case(desk: Desk) -> None:
    """They could not."""
    root = await case(desk)
    said = await desk.say(MARC, "!avis arthrite", thread=root)
    await desk.react(NORA, said)
    await desk.say(LEA, "!clore #1 arthrose")
    await desk.edit(MARC, said, "!avis arthrose")
    assert told(desk, await desk.thread()) == []


async def test_a_word_mended_that_colleagues_say_too_leaves_them_their_votes(desk: Desk) -> None:
    """They were given to those words, which stand; who voted under the edited message is asked again."""
    root = await case(desk)
    await desk.say(NORA, "!avis zona", thread=root)
    said = await desk.say(MARC, "!avis Zona", thread=root)
    await desk.react(PAUL, said)
    await desk.edit(MARC, said, "!avis zonna")
    card = await desk.card()
    assert "1. zona : 2 d'accord" in card
    assert "2. zonna : 1 d'accord" in card
    assert len(told(desk, await desk.thread())) == 1


async def test_references_follow_their_senders_change_of_mind(desk: Desk) -> None:
    """They were given for what this colleague thinks, in a message of their own."""
    root = await case(desk)
    said = await desk.say(MARC, "!avis rougeole", thread=root)
    await desk.say(MARC, f"!ref {LINK}", thread=root)
    await desk.edit(MARC, said, "!avis rubéole")
    assert "2. rubéole : 1 d'accord, 1 référence" in await desk.card()


async def test_a_reference_follows_its_edit(desk: Desk) -> None:
    """At the opinion for which it was given, whatever was proposed since; it may also go."""
    root = await case(desk)
    await desk.say(MARC, "!avis zona", thread=root)
    said = await desk.say(MARC, "!ref PMID 12345678", thread=root)
    await desk.say(MARC, "!avis gale", thread=root)
    await desk.edit(MARC, said, "!ref PMID 87654321")
    addresses = "SELECT group_concat(address) FROM reference"
    assert await desk.value(addresses) == "https://pubmed.ncbi.nlm.nih.gov/87654321/"
    assert "1. zona : 1 d'accord, 1 référence" in await desk.card()
    await desk.edit(MARC, said, "!ref la HAS")
    assert "référence" not in await desk.card()
    await desk.edit(MARC, said, "!ref PMID 12345678")
    assert "2. gale : 1 d'accord, 1 référence" in await desk.card()


async def test_an_answer_edited_into_a_proposal_is_one(desk: Desk) -> None:
    """It counts then even when nobody acts on it any more."""
    root = await case(desk)
    said = await desk.say(MARC, "zona", thread=root)
    thumb = await desk.react(NORA, said)
    await desk.edit(MARC, said, "!avis zona")
    await desk.redact(NORA, thumb)
    assert "1. zona : 1 d'accord" in await desk.card()


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


async def test_the_words_of_a_deleted_message_leave_the_card(desk: Desk) -> None:
    """Who said the same in other words is listed by their own."""
    root = await case(desk)
    said = await desk.say(MARC, "!avis Syndrome de GIANOTTI-Crosti", thread=root)
    await desk.say(NORA, "!avis gianotti crosti", thread=root)
    await desk.react(PAUL, said)
    await desk.redact(MARC, said)
    assert "1. gianotti crosti : 2 d'accord" in await desk.card()
    assert "GIANOTTI" not in desk.readable()


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


async def test_who_said_the_same_in_passing_agrees_only_while_an_act_stands_on_their_words(
    desk: Desk,
) -> None:
    """A thumb taken back leaves the card as it was, with no agreement that nobody has voiced."""
    root = await case(desk)
    await desk.say(MARC, "!avis zona", thread=root)
    answer = await desk.say(NORA, f"Zona ({LINK})", thread=root)
    before = await desk.card()
    thumb = await desk.react(PAUL, answer)
    assert "1. zona (dit 2 fois) : 3 d'accord, 1 référence" in await desk.card()
    await desk.redact(PAUL, thumb)
    assert await desk.card() == before
    await desk.say(PAUL, "!daccord 1", thread=root)
    assert "1. zona : 2 d'accord, personne contre" in await desk.card()
    await desk.react(PAUL, answer)
    await desk.say(PAUL, "!neutre 1", thread=root)
    assert "1. zona : 1 d'accord, personne contre" in await desk.card()


async def test_an_agreement_outlives_the_message_under_which_it_was_voiced(desk: Desk) -> None:
    """And makes nobody else agree who has said the same in passing."""
    root = await case(desk)
    first = await desk.say(MARC, "zona", thread=root)
    second = await desk.say(NORA, "Zona", thread=root)
    await desk.react(PAUL, first)
    thumb = await desk.react(PAUL, second)
    await desk.redact(PAUL, thumb)
    await desk.redact(MARC, first)
    assert "1. Zona : 1 d'accord, personne contre" in await desk.card()


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
