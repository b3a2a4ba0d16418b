"""A busy thread moves its card without flooding the room."""

import asyncio

from doctocbot.store import Database
from tests.desk import LEA, MARC, NORA, PAUL, ROOM, Desk

pytest_plugins = ["tests.desk_fixtures"]


async def test_the_first_change_shows_at_once_and_the_others_together(database: Database) -> None:
    """After the words and the first answer, further answers within the pause become one edit with the last state."""
    desk = Desk(database, edit_pause_ms=400)
    await desk.open_room()
    await desk.say(LEA, "!cas Enfant fébrile")
    card = await desk.card_id()
    await desk.say(MARC, "rubéole ?", thread=card)
    assert "1 réponse" in await desk.card()
    for who in (NORA, PAUL, MARC):
        await desk.say(who, "ou la scarlatine", thread=card)
    assert "1 réponse" in await desk.card()
    await asyncio.sleep(0.5)
    assert await desk.tick()
    assert "4 réponses" in await desk.card()
    edits = [event for event in desk.gateway.sent if event.edits == card]
    assert len(edits) == 3
    assert not await desk.tick()


async def test_what_else_is_said_does_not_wait_for_a_card(database: Database) -> None:
    """Only the edit is held back, not what stands behind it in the room; and words that must go, go at once."""
    desk = Desk(database, edit_pause_ms=60_000)
    await desk.open_room()
    asked = await desk.say(LEA, "!cas Enfant fébrile")
    card = await desk.card_id()
    for who in (MARC, NORA):
        await desk.say(who, "rubéole ?", thread=card)
    listed = await desk.say(PAUL, "!lescas")
    assert desk.answers_to(listed)
    await desk.redact(LEA, asked)
    assert "fébrile" not in desk.readable()
    assert desk.gateway.visible(ROOM)


async def test_corrections_do_not_put_the_card_off(database: Database) -> None:
    """However often the author corrects their words, the pause is counted from the edit that was sent last."""
    desk = Desk(database, edit_pause_ms=60_000)
    await desk.open_room()
    asked = await desk.say(LEA, "!cas Enfant fébrile")
    for attempt in range(6):
        await desk.edit(LEA, asked, f"!cas Enfant fébrile, {attempt}")
    sent_at = await desk.value("SELECT max(sent_at) FROM outbox WHERE key LIKE 'case:1:card:%'")
    due = await desk.value("SELECT not_before FROM outbox WHERE state = 'queued' AND renders = 'card'")
    assert due == sent_at + 60_000
