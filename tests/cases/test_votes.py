"""Agreeing and opposing with a thumb or in words."""

import pytest

from doctocbot.cases.votes import meaning
from tests.desk import LEA, MARC, MODO, NORA, OTHER_ROOM, PAUL, Desk

pytest_plugins = ["tests.desk_fixtures"]


@pytest.mark.parametrize("emoji", ["👍", "👍🏻", "👍🏽", "👍🏿", "👍️", "👍\ufe0e"])
def test_a_thumb_up_of_any_colour_agrees(emoji: str) -> None:
    """Skin tones and variation selectors change nothing."""
    assert meaning(emoji) is True


@pytest.mark.parametrize("emoji", ["👎", "👎🏼", "👎🏾", "👎️"])
def test_a_thumb_down_of_any_colour_opposes(emoji: str) -> None:
    """As with the other thumb."""
    assert meaning(emoji) is False


@pytest.mark.parametrize("emoji", ["", "👍👎", "👍👍", "❤️", "🏽", "+1", "👌", "x👍", "👊"])
def test_any_other_reaction_says_nothing(emoji: str) -> None:
    """Only thumbs vote."""
    assert meaning(emoji) is None


async def answered(desk: Desk, text: str = "rubéole") -> str:
    """A case of Léa's with an answer of Marc's."""
    await desk.say(LEA, "!cas Enfant de 3 ans, éruption")
    return await desk.say(MARC, text, thread=await desk.card_id())


async def test_an_answer_becomes_an_opinion_by_a_thumb(desk: Desk) -> None:
    """Nobody between two patients types a command; whoever answered agrees with their own words."""
    answer = await answered(desk)
    assert "d'accord" not in await desk.card()
    await desk.react(NORA, answer, "👍🏽")
    assert "1. rubéole : 2 d'accord, personne contre → avis concordants" in await desk.card()


async def test_a_vote_gets_no_written_reply(desk: Desk) -> None:
    """The card shows it."""
    answer = await answered(desk)
    before = len(desk.timeline()) + len(await desk.thread())
    await desk.react(NORA, answer)
    await desk.say(PAUL, "!daccord #1 1")
    assert len(desk.timeline()) + len(await desk.thread()) == before


async def test_one_against_is_enough_to_end_the_agreement(desk: Desk) -> None:
    """Consensus needs that nobody opposes."""
    answer = await answered(desk)
    await desk.react(NORA, answer)
    await desk.react(PAUL, answer, "👎")
    assert "2 d'accord, 1 contre → avis discordants" in await desk.card()


async def test_who_changes_their_mind_counts_once(desk: Desk) -> None:
    """The latest act is their vote, and earlier ones stand again when it is taken back."""
    answer = await answered(desk)
    await desk.react(NORA, answer)
    against = await desk.react(NORA, answer, "👎")
    assert "1 d'accord, 1 contre" in await desk.card()
    await desk.redact(NORA, against)
    assert "2 d'accord, personne contre" in await desk.card()


async def test_a_thumb_taken_back_counts_no_more(desk: Desk) -> None:
    """And an answer on which no act stands is no opinion any more."""
    answer = await answered(desk)
    thumb = await desk.react(NORA, answer)
    await desk.redact(NORA, thumb)
    assert "d'accord" not in await desk.card()


async def test_nobody_votes_for_their_own_words(desk: Desk) -> None:
    """A thumb under one's own answer makes no opinion of it."""
    answer = await answered(desk)
    await desk.react(MARC, answer)
    assert "d'accord" not in await desk.card()


async def test_the_author_of_the_case_may_act_and_does_not_count(desk: Desk) -> None:
    """Their thumb shows the answer as an opinion, with one agreeing: who wrote it."""
    answer = await answered(desk)
    await desk.react(LEA, answer)
    assert "1. rubéole : 1 d'accord, personne contre" in await desk.card()
    assert "concordants" not in await desk.card()


async def test_words_do_what_thumbs_do(desk: Desk) -> None:
    """For screen readers, and for phones on which threads are hard to reach."""
    root = await answered(desk) and await desk.card_id()
    await desk.say(MARC, "!avis rubéole", thread=root)
    await desk.say(MARC, "!avis rougeole", thread=root)
    await desk.say(NORA, "!agree 1", thread=root)
    reason = await desk.say(PAUL, "!contre #1 2 il est vacciné")
    card = await desk.card()
    assert "1. rubéole : 2 d'accord, personne contre → avis concordants" in card
    assert "2. rougeole : 1 d'accord, 1 contre" in card
    assert desk.answers_to(reason) == []
    assert "4 réponses" in card, "a reason is an answer"


async def test_who_opposes_their_own_opinion_stands_against_it(desk: Desk) -> None:
    """`!oppose` on what one proposed oneself takes it back and says so."""
    await desk.say(LEA, "!cas Enfant")
    root = await desk.card_id()
    await desk.say(MARC, "!avis rubéole", thread=root)
    await desk.say(MARC, "!contre 1", thread=root)
    assert "0 d'accord, 1 contre" in await desk.card()


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ("!daccord", "Quel avis"),
        ("!daccord rubéole", "Quel avis"),
        ("!daccord 7", "pas d'avis numéro 7"),
        ("!contre 0", "pas d'avis numéro 0"),
    ],
)
async def test_a_vote_for_nothing_is_explained(desk: Desk, words: str, told: str) -> None:
    """What to type instead."""
    await answered(desk)
    (answer,) = desk.answers_to(await desk.say(NORA, words, thread=await desk.card_id()))
    assert told in answer


@pytest.mark.parametrize("command", ["!ref https://www.has-sante.fr/x", "!contre 1 il est vacciné"])
async def test_a_thumb_under_a_command_makes_no_opinion_of_its_name(desk: Desk, command: str) -> None:
    """The card never lists `!ref …` or `!contre …` as somebody's opinion."""
    await desk.say(LEA, "!cas Enfant")
    root = await desk.card_id()
    await desk.say(MARC, "!avis rubéole", thread=root)
    said = await desk.say(NORA, command, thread=root)
    await desk.react(PAUL, said)
    assert command.split()[0] not in await desk.card()


async def test_thumbs_elsewhere_are_no_votes(desk: Desk) -> None:
    """Under the card, under talk, under what nobody sent, in another room."""
    answer = await answered(desk)
    before = await desk.card()
    await desk.open_room(OTHER_ROOM)
    for target in (await desk.card_id(), await desk.say(PAUL, "bonjour"), "$nowhere", ""):
        await desk.react(NORA, target)
    await desk.react(NORA, answer, room=OTHER_ROOM)
    await desk.react("@stranger:elsewhere.example", answer)
    await desk.react(NORA, answer, "❤️")
    assert await desk.card() == before


async def test_votes_on_a_closed_case_in_words_are_refused(desk: Desk) -> None:
    """It has its outcome; reopening it lets everybody go on."""
    await answered(desk)
    await desk.say(LEA, "!clore #1 rubéole")
    (answer,) = desk.answers_to(await desk.say(NORA, "!daccord #1 1"))
    assert "clos" in answer
    assert "!rouvrir #1" in answer
    await desk.say(MODO, "!rouvrir #1")
    assert "ouvert" in await desk.card()


async def test_a_thumb_on_an_answer_without_words_is_no_opinion(desk: Desk) -> None:
    """A picture in reply has nothing to agree with."""
    await desk.say(LEA, "!cas Enfant")
    shown = await desk.picture(MARC, metadata=False, thread=await desk.card_id())
    await desk.react(NORA, shown)
    assert "d'accord" not in await desk.card()


async def test_a_thumb_on_an_answer_of_a_closed_case_is_no_vote(desk: Desk) -> None:
    """As in words: it has its outcome; once it is open again, thumbs count."""
    answer = await answered(desk)
    await desk.say(LEA, "!clore #1 rubéole")
    before = await desk.card()
    await desk.react(NORA, answer)
    assert await desk.value("SELECT count(*) FROM vote") == 0
    assert await desk.card() == before
    await desk.say(LEA, "!rouvrir #1")
    await desk.react(PAUL, answer)
    assert "1. rubéole : 2 d'accord" in await desk.card()
