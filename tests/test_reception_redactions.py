"""Deleting: whatever anybody but the bot redacts, the bot forgets."""

import pytest

from doctocbot.matrix.inbox import Undecryptable
from tests.desk import LEA, MARC, MODO, NORA, OTHER_ROOM, Desk
from tests.quiz.asking import asked, closed_case

pytest_plugins = ["tests.desk_fixtures"]


async def test_a_message_deleted_before_it_was_handled_is_never_handled(desk: Desk) -> None:
    """Also one that still waits for its key."""
    waiting = desk.event(LEA, "m.room.message", {"msgtype": "m.text", "body": "!cas Enfant"})
    raw = {"event_id": waiting.event_id}
    await desk.arrive(Undecryptable(waiting.event_id, waiting.room_id, LEA, waiting.sent_at, "session", raw))
    await desk.redact(LEA, waiting.event_id)
    assert await desk.value("SELECT event FROM inbox WHERE event_id = :id", id=waiting.event_id) is None
    desk.later(minutes=5)
    assert not await desk.tick()


async def test_a_redaction_reaches_only_the_room_it_was_made_in(desk: Desk) -> None:
    """An event id of another room, forged into one of ours, deletes nothing there."""
    await desk.open_room(OTHER_ROOM)
    source = await desk.say(LEA, "!cas Enfant")
    root = await desk.card_id()
    answer = await desk.say(MARC, "!avis rubéole", thread=root)
    before = await desk.card()
    for target in (source, root, answer):
        await desk.do(NORA, "m.room.redaction", {}, redacts=target, room=OTHER_ROOM, encrypted=False)
    assert await desk.card() == before
    assert "Enfant" in await desk.card()


async def test_a_redaction_inside_the_encryption_is_none(desk: Desk) -> None:
    """No server has looked at whether this person may delete that; anybody could withdraw anybody's case."""
    source = await desk.say(LEA, "!cas Enfant")
    root = await desk.card_id()
    answer = await desk.say(MARC, "!avis rubéole", thread=root)
    before = await desk.card()
    for target in (source, root, answer):
        await desk.do(NORA, "m.room.redaction", {"redacts": target}, redacts=target, encrypted=True)
    assert await desk.card() == before


async def test_a_redaction_of_nothing_or_of_talk_changes_nothing(desk: Desk) -> None:
    """It names nothing the bot keeps."""
    await desk.say(LEA, "!cas Enfant")
    before = await desk.card()
    talk = await desk.say(MARC, "bonjour")
    await desk.redact(MARC, talk)
    await desk.redact(MODO, "$unknown")
    await desk.do(MODO, "m.room.redaction", {}, encrypted=False)
    assert await desk.card() == before


async def test_a_withdrawal_leaves_other_cases_alone(desk: Desk) -> None:
    """Their cards, pictures and opinions stand."""
    first = await desk.say(LEA, "!cas un")
    await desk.say(LEA, "!cas deux")
    await desk.picture(LEA, "bras")
    await desk.say(MARC, "!avis #2 rubéole")
    await desk.redact(LEA, first)
    card = await desk.card(2)
    assert "> deux" in card
    assert "rubéole" in card
    assert await desk.pictures(2) == ["bras"]


async def test_a_deleted_reference_refers_to_nothing(desk: Desk) -> None:
    """And the opinion has its consensus no longer."""
    await desk.say(LEA, "!cas Enfant")
    root = await desk.card_id()
    await desk.say(MARC, "!avis rubéole", thread=root)
    reference = await desk.say(MARC, "!ref PMID 1234567", thread=root)
    assert "concordants" in await desk.card()
    await desk.redact(MARC, reference)
    assert "concordants" not in await desk.card()


async def test_a_deleted_edit_of_a_case_empties_its_words(desk: Desk) -> None:
    """Clients show the first version again, but the bot has its words no more: better none than those deleted."""
    source = await desk.say(LEA, "!cas Enfant de 3 ans")
    edit = await desk.edit(LEA, source, "!cas Enfant de la boulangère")
    await desk.say(NORA, "!résumé #1")
    assert "boulangère" in desk.readable()
    await desk.redact(LEA, edit)
    assert "boulangère" not in desk.readable()
    card = await desk.card()
    assert "(sans texte)" in card
    assert "ouvert" in card
    assert await desk.value("SELECT coalesce(text, '') FROM medical_case") == ""


async def test_a_case_whose_edit_was_deleted_can_be_worded_anew(desk: Desk) -> None:
    """It stays its author's."""
    source = await desk.say(LEA, "!cas Enfant")
    await desk.redact(LEA, await desk.edit(LEA, source, "!cas Enfant de la boulangère"))
    await desk.edit(LEA, source, "!cas Enfant de 3 ans")
    assert "> Enfant de 3 ans" in await desk.card()


async def test_a_deleted_edit_takes_the_quiz_along(desk: Desk) -> None:
    """The poll that asks in its words goes."""
    poll, _ = await asked(desk)
    source = await desk.value("SELECT source_event FROM medical_case")
    edit = await desk.edit(LEA, source, "!cas Enfant de la boulangère")
    await desk.say(NORA, "!quiz #1")
    assert desk.gone(poll.event_id)
    assert "boulangère" in desk.readable()
    await desk.redact(LEA, edit)
    assert "boulangère" not in desk.readable()


async def test_the_deleted_edit_of_the_authors_own_opinion_takes_it_along(desk: Desk) -> None:
    """It is no answer, and goes all the same."""
    await desk.say(LEA, "!cas Enfant")
    said = await desk.say(LEA, "!avis rubéole", thread=await desk.card_id())
    edit = await desk.edit(LEA, said, "!avis rubéole de la boulangère")
    await desk.redact(LEA, edit)
    assert "boulangère" not in desk.readable()


@pytest.mark.parametrize("command", ["", "!avis "])
async def test_the_deleted_edit_of_an_answer_takes_the_answer_along(desk: Desk, command: str) -> None:
    """Free words or an opinion: nothing of it counts or is kept."""
    await desk.say(LEA, "!cas Enfant")
    said = await desk.say(MARC, f"{command}rubéole", thread=await desk.card_id())
    edit = await desk.edit(MARC, said, f"{command}rubéole de la boulangère")
    await desk.react(NORA, said)
    assert "boulangère" in await desk.card()
    await desk.redact(MARC, edit)
    assert "boulangère" not in desk.readable()
    assert "pas encore de réponse" in await desk.card()
    assert await desk.value("SELECT count(*) FROM answer") == 0


async def test_the_edit_of_somebody_else_is_no_edit(desk: Desk) -> None:
    """A colleague's forged edit, and its deletion, leave the case as it is."""
    source = await desk.say(LEA, "!cas Enfant")
    forged = await desk.edit(MARC, source, "!cas Autre")
    await desk.redact(MARC, forged)
    await desk.redact(LEA, await desk.edit(LEA, source, "!cas Autre", verified=False))
    assert "> Enfant" in await desk.card()


@pytest.mark.parametrize(
    "said", ["!avis rubéole de la boulangère", "!ref https://x.org/boulangère", "boulangère ?"]
)
@pytest.mark.parametrize("ended", [False, True])
async def test_what_quotes_a_deleted_message_is_deleted(desk: Desk, said: str, ended: bool) -> None:
    """Summary, poll and result, with an opinion, a reference, or an answer on which somebody acted."""
    number = await closed_case(desk, allowed=True)
    await desk.say(LEA, f"!rouvrir #{number}")
    message = await desk.say(MARC, said, thread=await desk.card_id())
    await desk.react(NORA, message)
    await desk.say(LEA, f"!clore #{number} probable Gianotti-Crosti")
    await desk.say(LEA, f"!quiz permettre #{number}")
    await desk.say(NORA, f"!quiz #{number}")
    await desk.say(NORA, f"!résumé #{number}")
    if ended:
        await desk.say(MODO, "!quiz stop")
    assert "boulangère" in desk.readable()
    await desk.redact(MARC, message)
    assert "boulangère" not in desk.readable()
    await desk.say(MODO, "!quiz stop")
    assert "boulangère" not in desk.readable()
