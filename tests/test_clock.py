"""What happens because time passes."""

import dataclasses

import pytest
from structlog.testing import capture_logs

from doctocbot.chat.replies import At
from doctocbot.clock import Clock
from doctocbot.matrix.inbox import Undecryptable, key_arrived
from doctocbot.store import Transaction, tidying
from tests.desk import LEA, MARC, MINUTE, OTHER_ROOM, ROOM, Desk

pytest_plugins = ["tests.desk_fixtures"]


async def unreadable(desk: Desk, who: str = LEA, *, session: str = "session", room: str = ROOM) -> str:
    """An encrypted event arrives whose key does not."""
    event = desk.event(who, "m.room.encrypted", {}, room=room)
    raw = {"event_id": event.event_id, "sender": who}
    await desk.arrive(Undecryptable(event.event_id, room, who, event.sent_at, session, raw))
    return event.event_id


async def received_at(desk: Desk) -> int:
    """When the last event reached the inbox; patience is counted by our own clock."""
    return int(await desk.value("SELECT max(received_at) FROM inbox"))


async def test_after_a_minute_the_sender_of_an_unreadable_message_is_told(desk: Desk) -> None:
    """As a reply to it, once, with what to do."""
    event_id = await unreadable(desk)
    desk.now = await received_at(desk) + MINUTE - 1
    assert not await desk.tick()
    desk.now += 1
    assert await desk.tick()
    desk.now += 10 * MINUTE
    assert not await desk.tick()
    (told,) = desk.answers_to(event_id)
    assert "clé de chiffrement" in told


async def test_many_messages_under_one_key_are_told_once(desk: Desk) -> None:
    """Also when more of them come later: the person is writing on, and knows already."""
    first = [await unreadable(desk) for _ in range(5)]
    desk.now = await received_at(desk) + MINUTE
    await desk.tick()
    assert sum(len(desk.answers_to(event_id)) for event_id in first) == 1
    later = await unreadable(desk)
    desk.now = await received_at(desk) + 2 * MINUTE
    await desk.tick()
    assert desk.answers_to(later) == []


async def test_each_person_and_each_key_is_told_by_itself(desk: Desk) -> None:
    """Two people whose keys are missing are two people."""
    mine, theirs = await unreadable(desk, LEA, session="a"), await unreadable(desk, MARC, session="b")
    desk.now = await received_at(desk) + MINUTE
    await desk.tick()
    assert len(desk.answers_to(mine)) == len(desk.answers_to(theirs)) == 1


async def test_a_key_that_comes_within_the_minute_is_never_mentioned(desk: Desk) -> None:
    """The message is handled as if nothing had been."""
    event_id = await unreadable(desk)
    event = desk.event(LEA, "m.room.message", {"msgtype": "m.text", "body": "!cas Enfant"})
    await desk.database.run(key_arrived, dataclasses.replace(event, event_id=event_id))
    await desk.settle()
    desk.now = await received_at(desk) + 2 * MINUTE
    await desk.tick()
    assert desk.answers_to(event_id) == []
    assert "Enfant" in await desk.card()


async def test_nobody_is_told_in_a_room_that_is_not_served(desk: Desk) -> None:
    """There the bot is silent."""
    event_id = await unreadable(desk, room=OTHER_ROOM)
    desk.now = await received_at(desk) + 5 * MINUTE
    assert not await desk.tick()
    assert desk.answers_to(event_id) == []


async def test_pictures_that_were_left_in_place_are_forgotten_in_time(desk: Desk) -> None:
    """Nobody said `!cas`: ten minutes later the bytes are gone, and the picture joins nothing."""
    await desk.picture(LEA, "capture", metadata=False)
    kept_at = int(await desk.value("SELECT kept_at FROM picture"))
    desk.now = kept_at + 9 * MINUTE
    await desk.tick()
    assert await desk.value("SELECT data FROM attachment") == b"capture"
    desk.now = kept_at + 11 * MINUTE
    await desk.tick()
    assert await desk.value("SELECT data FROM attachment") is None
    assert await desk.value("SELECT joinable FROM picture") == 0


class _Feature:
    """Writes that it was asked, and then fails for as long as it is told to."""

    def __init__(self, *, fails: bool = False) -> None:
        self.fails = fails
        self.asked = 0

    def tick(self, tx: Transaction, now: int, at: At) -> int:
        """Ask it."""
        self.asked += 1
        tx.execute("INSERT INTO meta (key, value) VALUES (:key, :key)", key=f"{id(self)}:{now}")
        if self.fails:
            raise ValueError("Monsieur Dupont")
        return 1


async def test_a_feature_that_fails_silences_no_other(desk: Desk) -> None:
    """Nothing of what it began stays; the others do what is due, and the next second it is asked again."""
    bad, good = _Feature(fails=True), _Feature()
    clock = Clock(desk.database, desk.world, [bad.tick, good.tick], _nothing)
    for second in range(3):
        assert await desk.database.run(clock.tick, second)
    assert bad.asked == good.asked == 3
    assert await desk.value("SELECT count(*) FROM meta WHERE key LIKE :bad", bad=f"{id(bad)}:%") == 0
    assert await desk.value("SELECT count(*) FROM meta WHERE key LIKE :good", good=f"{id(good)}:%") == 3


async def test_what_fails_every_second_is_logged_once_by_kind_and_place(desk: Desk) -> None:
    """Not a word of it, which could be a patient's; and again when it fails after it has worked."""
    bad = _Feature(fails=True)
    clock = Clock(desk.database, desk.world, [bad.tick], _nothing)
    with capture_logs() as logs:
        await desk.database.run(clock.tick, 1)
        await desk.database.run(clock.tick, 2)
        bad.fails = False
        await desk.database.run(clock.tick, 3)
        bad.fails = True
        await desk.database.run(clock.tick, 4)
    assert [entry["kind"] for entry in logs] == ["ValueError", "ValueError"]
    assert "tick" in logs[0]["where"]
    assert "Dupont" not in str(logs)


async def _nothing() -> None:
    """Nothing is sent here."""


async def test_the_clock_has_the_file_tidied_and_survives_a_full_disk(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What could not be written anew is tried again within the hour; the bot goes on meanwhile."""
    hour = 60 * MINUTE
    await desk.clock.tidy(desk.now)
    assert not await desk.database.run(tidying.is_due, desk.now + hour)

    async def full() -> None:
        raise OSError("no space left")

    monkeypatch.setattr(desk.database, "rewrite", full)
    with capture_logs() as logs:
        await desk.clock.tidy(desk.now + 24 * hour)
    assert [entry["kind"] for entry in logs] == ["OSError"]
    assert not await desk.database.run(tidying.is_due, desk.now + 25 * hour - 1)
    assert await desk.database.run(tidying.is_due, desk.now + 25 * hour)
