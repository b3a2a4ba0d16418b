"""Which number a case gets: the next one, or the one that it had before a backup was restored."""

from doctocbot.matrix.notes import Echo
from doctocbot.store import Transaction, restored
from tests.desk import LEA, MARC, OTHER_ROOM, ROOM, Desk

pytest_plugins = ["tests.desk_fixtures"]


async def numbers(desk: Desk) -> list[int]:
    """The numbers of all cases, in the order in which they were asked."""
    rows = await desk.database.run(lambda tx: tx.rows("SELECT id FROM medical_case ORDER BY opened_at, id"))
    return [int(row["id"]) for row in rows]


async def echoed(desk: Desk, number: int, *, at: int, room: str = ROOM) -> None:
    """A card that was sent after the backup, and redacted since."""
    key = desk.outbox.transaction_id(f"case:{number}:card")
    await desk.database.run(desk.outbox.adopt, Echo(key, f"$gone{number}", room, at, redacted=True))


async def test_a_case_that_was_foretold_gets_its_own_number(desk: Desk) -> None:
    """Also when others are asked in another order this time, and those get what is left."""

    def foretell(tx: Transaction) -> None:
        tx.execute("INSERT INTO foretold (source_event, case_id) VALUES ('$later', 2), ('$elsewhere', 3)")

    await desk.database.run(foretell)
    await desk.say(LEA, "!cas Toux")
    await desk.say(MARC, "!cas Fièvre")
    assert await numbers(desk) == [4, 5]


async def test_the_number_of_a_card_that_was_pulled_is_its_own_messages(desk: Desk) -> None:
    """A message from before the card's end had it; one from after it gets another, and is shown."""
    await echoed(desk, 1, at=desk.now + 60_000)
    await desk.say(LEA, "!cas Toux")
    assert await numbers(desk) == [1]
    desk.now += 120_000
    await echoed(desk, 2, at=desk.now - 60_000)
    await desk.say(MARC, "!cas Fièvre")
    assert await numbers(desk) == [1, 3]


async def test_a_card_of_another_room_is_nobodys_here(desk: Desk) -> None:
    """Its number is passed over."""
    await echoed(desk, 1, at=desk.now + 60_000, room=OTHER_ROOM)
    await desk.say(LEA, "!cas Toux")
    assert await numbers(desk) == [2]


async def test_only_a_restored_bot_looks_at_what_was_deleted(desk: Desk) -> None:
    """A deleted message opens nothing in ordinary times, whatever is foretold of it."""
    gone = desk.event(LEA, "m.room.encrypted", {})

    def foretell(tx: Transaction) -> None:
        tx.execute(
            "INSERT INTO foretold (source_event, case_id, memo) VALUES (:id, 5, :memo)",
            id=gone.event_id,
            memo='{"text": "Toux", "anonymous": false}',
        )

    await desk.database.run(foretell)
    await desk.arrive(gone)
    await desk.settle()
    assert await numbers(desk) == []
    await desk.database.run(restored.mark, desk.now)
    again = desk.event(LEA, "m.room.encrypted", {})
    await desk.database.run(
        lambda tx: tx.execute("UPDATE foretold SET source_event = :id", id=again.event_id)
    )
    await desk.arrive(again)
    await desk.settle()
    assert await numbers(desk) == [5]
