"""Deleting: whatever anybody but the bot redacts, the bot forgets."""

from doctocbot.matrix.inbox import Undecryptable
from tests.desk import LEA, MARC, MODO, NORA, OTHER_ROOM, Desk

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
