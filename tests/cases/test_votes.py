"""Agreeing and opposing with a thumb or in words."""

import pytest

from doctocbot.cases.model import Vote
from doctocbot.cases.votes import meaning
from tests.desk import LEA, MARC, MINUTE, MODO, NORA, OTHER_ROOM, PAUL, Desk

pytest_plugins = ["tests.desk_fixtures"]


@pytest.mark.parametrize("emoji", ["👍", "👍🏻", "👍🏽", "👍🏿", "👍️", "👍\ufe0e"])
def test_a_thumb_up_of_any_colour_agrees(emoji: str) -> None:
    """Skin tones and variation selectors change nothing."""
    assert meaning(emoji) is Vote.AGREE


@pytest.mark.parametrize("emoji", ["👎", "👎🏼", "👎🏾", "👎️"])
def test_a_thumb_down_of_any_colour_opposes(emoji: str) -> None:
    """As with the other thumb."""
    assert meaning(emoji) is Vote.OPPOSE


@pytest.mark.parametrize("emoji", ["", "👍👎", "👍👍", "❤️", "🏽", "+1", "👌", "x👍", "👊", "✔️", "☑️"])
def test_any_other_reaction_says_nothing(emoji: str) -> None:
    """Only thumbs vote, and only ✅ keeps."""
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


# -- taking one's stance back


async def test_neutral_takes_a_vote_back(desk: Desk) -> None:
    """As deleting the thumb does, for those who type."""
    answer = await answered(desk)
    await desk.react(NORA, answer)
    await desk.react(PAUL, answer, "👎")
    root = await desk.card_id()
    said = await desk.say(PAUL, "!neutre 1", thread=root)
    assert "2 d'accord, personne contre" in await desk.card()
    assert desk.answers_to(said) == []


async def test_who_proposes_it_again_after_turning_neutral_stands_behind_it(desk: Desk) -> None:
    """Their last word counts, against as well; deleting it leaves them neutral."""
    root = await answered(desk) and await desk.card_id()
    await desk.say(MARC, "!avis zona", thread=root)
    for stance in ("!neutre 1", "!contre 1"):
        await desk.say(MARC, stance, thread=root)
        again = await desk.say(MARC, "!avis Zona", thread=root)
        assert "1. zona (dit 2 fois) : 1 d'accord, personne contre" in await desk.card()
        await desk.redact(MARC, again)
        assert "1. zona : 0 d'accord" in await desk.card()


async def test_who_proposed_it_may_turn_neutral_and_come_back(desk: Desk) -> None:
    """They then count neither for nor against; deleting the `!neutral` lets their proposal count again."""
    root = await answered(desk) and await desk.card_id()
    await desk.say(MARC, "!avis rougeole", thread=root)
    neutral = await desk.say(MARC, "!neutral 1", thread=root)
    assert "1. rougeole : 0 d'accord, personne contre" in await desk.card()
    await desk.redact(MARC, neutral)
    assert "1. rougeole : 1 d'accord, personne contre" in await desk.card()


async def test_acts_that_still_stand_count_in_their_order(desk: Desk) -> None:
    """For, neutral, against: each one that is deleted lets the one before it count."""
    answer = await answered(desk)
    await desk.react(PAUL, answer)
    root = await desk.card_id()
    await desk.react(NORA, answer)
    neutral = await desk.say(NORA, "!neutre 1", thread=root)
    against = await desk.react(NORA, answer, "👎")
    assert "2 d'accord, 1 contre" in await desk.card()
    await desk.redact(NORA, against)
    assert "2 d'accord, personne contre" in await desk.card()
    await desk.redact(NORA, neutral)
    assert "3 d'accord, personne contre" in await desk.card()


async def test_the_order_of_acts_is_that_in_which_they_came(desk: Desk) -> None:
    """The clock of a colleague's server may be a minute off."""
    answer = await answered(desk)
    await desk.react(PAUL, answer, "👍", at=desk.now + MINUTE)
    await desk.react(PAUL, answer, "👎", at=desk.now - MINUTE)
    assert "1 d'accord, 1 contre" in await desk.card()


async def test_a_number_still_means_its_opinion_when_no_act_stands(desk: Desk) -> None:
    """It is under the answer for everybody to see."""
    answer = await answered(desk)
    thumb = await desk.react(NORA, answer)
    await desk.redact(NORA, thumb)
    assert "1. rubéole" not in await desk.card()
    await desk.say(PAUL, "!daccord #1 1")
    assert "1. rubéole : 2 d'accord" in await desk.card()


# -- a reply instead of a number


async def test_a_reply_to_an_answer_needs_no_number(desk: Desk) -> None:
    """Nobody looks up a number with the answer in front of them; the reason is one for that answer."""
    answer = await answered(desk)
    root = await desk.card_id()
    await desk.say(NORA, "!daccord", reply=answer, thread=root)
    assert "1. rubéole : 2 d'accord, personne contre" in await desk.card()
    await desk.say(PAUL, "!contre il est vacciné", reply=answer)
    assert "2 d'accord, 1 contre" in await desk.card()
    await desk.say(PAUL, "!neutre", reply=answer, thread=root)
    assert "2 d'accord, personne contre" in await desk.card()


async def test_nobody_agrees_with_their_own_answer_in_words_either(desk: Desk) -> None:
    """And they are told how to take it back instead."""
    answer = await answered(desk)
    (told,) = desk.answers_to(await desk.say(MARC, "!daccord", reply=answer, thread=await desk.card_id()))
    assert "!neutre N" in told
    assert "rubéole" not in await desk.card()


@pytest.mark.parametrize("command", ["!daccord", "!contre", "!neutre"])
async def test_a_reply_to_what_is_no_answer_is_asked_which_opinion_it_means(desk: Desk, command: str) -> None:
    """The bot's own card, above all."""
    await answered(desk)
    (told,) = desk.answers_to(await desk.say(NORA, command, reply=await desk.card_id()))
    assert "Quel avis" in told


async def test_a_reply_never_votes_in_the_case_of_another(desk: Desk) -> None:
    """Where the number names one case and the reply another, nothing is counted."""
    answer = await answered(desk)
    await desk.say(PAUL, "!cas Adulte, fièvre")
    (told,) = desk.answers_to(await desk.say(NORA, "!daccord #2", reply=answer))
    assert "Quel avis" in told
    assert await desk.value("SELECT count(*) FROM vote") == 0


# -- the reason of a vote in words


@pytest.mark.parametrize("who", [PAUL, LEA])
@pytest.mark.parametrize("act", ["edit", "redact"])
async def test_the_reason_of_a_vote_goes_with_its_message(desk: Desk, act: str, who: str) -> None:
    """Who has named somebody in it corrects or deletes it, and a summary that showed it goes as well."""
    answer = await answered(desk)
    await desk.react(NORA, answer)
    said = await desk.say(who, "!contre #1 1 la boulangère est vaccinée")
    await desk.say(NORA, "!résumé #1")
    assert "boulangère" in desk.readable()
    await (desk.edit(who, said, "!contre #1 1 vacciné") if act == "edit" else desk.redact(who, said))
    assert "boulangère" not in desk.readable()
    assert await desk.value("SELECT count(*) FROM vote WHERE reason LIKE '%boulangère%'") == 0
    assert await desk.value("SELECT count(*) FROM answer WHERE text LIKE '%boulangère%'") == 0
    assert ("1 contre" in await desk.card()) is (act == "edit" and who == PAUL)


async def test_a_reply_may_begin_with_a_number_that_is_no_opinions(desk: Desk) -> None:
    """It is a reason then: there is no opinion 18."""
    answer = await answered(desk)
    await desk.say(PAUL, "!contre 18 mois, c'est trop tôt", reply=answer)
    assert "1. rubéole : 1 d'accord, 1 contre" in await desk.card()


# -- how the number is given


@pytest.mark.parametrize(
    "words",
    [
        "!d’accord 1", "!d accord 1", "! d'accord 1", "!daccord n°1", "!D'ACCORD 1.", "!d'accord avec 1",
        "!daccord avis 1", "!d'accord avec l'avis n° 1", "!agree with opinion 1", "!daccord #1",
    ],
)  # fmt: skip
async def test_a_number_is_understood_as_people_write_it(desk: Desk, words: str) -> None:
    """With the apostrophe or not, with the word before it, even with the sign that cases have."""
    await desk.say(LEA, "!cas Enfant")
    root = await desk.card_id()
    await desk.say(MARC, "!avis zona", thread=root)
    said = await desk.say(PAUL, words, thread=root)
    assert desk.answers_to(said) == []
    assert "1. zona : 2 d'accord" in await desk.card()


async def test_the_sign_of_a_case_before_the_number_of_an_opinion_is_read_so_only_where_it_is_sure(
    desk: Desk,
) -> None:
    """`#2` is no case here; `#1` is the case of this thread, which has two opinions; nothing is guessed."""
    await desk.say(LEA, "!cas Enfant")
    root = await desk.card_id()
    await desk.say(MARC, "!avis zona", thread=root)
    await desk.say(NORA, "!avis gale", thread=root)
    (told,) = desk.answers_to(await desk.say(PAUL, "!daccord #1", thread=root))
    assert "sans #" in told
    await desk.say(PAUL, "!daccord #2", thread=root)
    assert "2. gale : 2 d'accord" in await desk.card()
    await desk.say(PAUL, "!cas Adulte")
    (told,) = desk.answers_to(await desk.say(LEA, "!daccord #2", thread=root))
    assert "sans #" in told


async def test_a_reason_that_begins_like_a_number_is_one_all_the_same(desk: Desk) -> None:
    """ "Avec 1 jour de fièvre" names no opinion."""
    answer = await answered(desk)
    await desk.say(NORA, "!avis zona", thread=await desk.card_id())
    await desk.say(PAUL, "!contre avec 1 jour de fièvre, voir avis 1", reply=answer)
    assert "2. rubéole : 1 d'accord, 1 contre" in await desk.card()
    assert await desk.value("SELECT reason FROM vote") == "avec 1 jour de fièvre, voir avis 1"


# -- edits of votes in words


async def two_opinions(desk: Desk) -> str:
    """A case of Léa's with two opinions; returns the root of its thread."""
    await desk.say(LEA, "!cas Enfant")
    root = await desk.card_id()
    await desk.say(MARC, "!avis zona", thread=root)
    await desk.say(NORA, "!avis gale", thread=root)
    return root


@pytest.mark.parametrize(
    ("after", "zona", "gale"),
    [
        ("!daccord 1", "2 d'accord, personne contre", "1 d'accord, personne contre"),
        ("!daccord 2", "1 d'accord, personne contre", "2 d'accord, personne contre"),
        ("!contre 1 pas de douleur", "1 d'accord, 1 contre", "1 d'accord, personne contre"),
        ("!neutre 1", "1 d'accord, personne contre", "1 d'accord, personne contre"),
        ("!avis Gale", "1 d'accord, personne contre", "2 d'accord, personne contre"),
        ("!daccord 7", "1 d'accord, personne contre", "1 d'accord, personne contre"),
        ("Ni l'un ni l'autre", "1 d'accord, personne contre", "1 d'accord, personne contre"),
    ],
)
@pytest.mark.parametrize("before", ["!daccord 1", "!contre 1 il est vacciné"])
async def test_a_vote_in_words_is_what_its_message_says_now(
    desk: Desk, before: str, after: str, zona: str, gale: str
) -> None:
    """A slip of the thumb is mended by an edit, as everything else is."""
    root = await two_opinions(desk)
    said = await desk.say(PAUL, before, thread=root)
    await desk.edit(PAUL, said, after)
    card = await desk.card()
    assert zona in next(line for line in card.splitlines() if line.startswith("1. zona"))
    assert gale in next(line for line in card.splitlines() if line.startswith("2. gale"))
    assert "vacciné" not in str(await desk.value("SELECT group_concat(text) FROM answer"))
    kept = 0 if after[:2] in ("!d", "!n") else 1
    assert f"{2 + kept} réponses" in card


async def test_an_edited_vote_keeps_its_place_among_the_others(desk: Desk) -> None:
    """Mending the reason of a vote that was changed since does not change it back."""
    root = await two_opinions(desk)
    said = await desk.say(PAUL, "!contre 1 il est vacciné", thread=root)
    await desk.say(PAUL, "!daccord 1", thread=root)
    await desk.edit(PAUL, said, "!contre 1 elle est vaccinée")
    assert "1. zona : 2 d'accord, personne contre" in await desk.card()


async def test_an_edited_vote_on_a_closed_case_stays_as_it_was(desk: Desk) -> None:
    """It has its outcome; only the words of the reason follow."""
    root = await two_opinions(desk)
    said = await desk.say(PAUL, "!contre 1 la boulangère est vaccinée", thread=root)
    await desk.say(LEA, "!clore #1 gale")
    await desk.edit(PAUL, said, "!daccord 1 il est vacciné")
    assert "1. zona : 1 d'accord, 1 contre" in await desk.card()
    assert await desk.value("SELECT count(*) FROM vote WHERE reason LIKE '%boulangère%'") == 0


async def test_a_reason_on_which_somebody_acted_follows_its_edit(desk: Desk) -> None:
    """It is an opinion by then, and goes when the vote gives no reason any more."""
    root = await two_opinions(desk)
    said = await desk.say(PAUL, "!contre 1 plutôt une rubéole", thread=root)
    await desk.react(MARC, said)
    assert "3. plutôt une rubéole : 2 d'accord" in await desk.card()
    await desk.edit(PAUL, said, "!contre 1 plutôt une rubbéole")
    assert "3. plutôt une rubbéole : 2 d'accord" in await desk.card()
    await desk.edit(PAUL, said, "!contre 1")
    card = await desk.card()
    assert "3. " not in card
    assert "1. zona : 1 d'accord, 1 contre" in card
