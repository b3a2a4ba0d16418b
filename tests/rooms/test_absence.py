"""Moderators learn of what people cannot see: that the bot was away for long, and whom it cannot read."""

import pytest

from doctocbot.matrix.inbox import Undecryptable
from doctocbot.rooms import absence
from tests.desk import LEA, MARC, MINUTE, ROOM, Desk
from tests.rooms.test_moderators import HOME, home, house, said_in

pytest_plugins = ["tests.desk_fixtures"]
__all__ = ["home", "house"]

HOUR = 60 * MINUTE


async def comes_back(desk: Desk, after: int) -> None:
    """The bot was alive until now, and starts again so much later (ms)."""
    await desk.database.run(absence.keep_time, desk.now)
    desk.now += after
    desk.restart()
    await desk.database.run(absence.note, desk.now)
    await desk.tick()


async def test_an_absence_of_hours_is_told_once_in_the_moderators_room(home: Desk) -> None:
    """For how long, and that what was said meanwhile is being handled; the next start says nothing."""
    before = len(said_in(home, HOME))
    await comes_back(home, 3 * HOUR)
    (told,) = said_in(home, HOME)[before:]
    assert "absent pendant 3 h" in told
    await comes_back(home, MINUTE)
    assert len(said_in(home, HOME)) == before + 1
    assert not any("absent" in line for line in said_in(home, ROOM))


@pytest.mark.parametrize("short", [0, MINUTE, HOUR - 1])
async def test_a_short_absence_is_nobodys_concern(home: Desk, short: int) -> None:
    """An upgrade takes minutes."""
    before = said_in(home, HOME)
    await comes_back(home, short)
    assert said_in(home, HOME) == before


async def test_the_first_start_of_all_is_no_absence(home: Desk) -> None:
    """Nothing is known of a time before."""
    before = said_in(home, HOME)
    await home.database.run(absence.note, home.now)
    await home.tick()
    assert said_in(home, HOME) == before


async def unreadable(desk: Desk, who: str, session: str) -> None:
    """An event arrives whose key has not come for a minute."""
    event = desk.event(who, "m.room.encrypted", {})
    raw = {"event_id": event.event_id, "sender": who}
    await desk.arrive(Undecryptable(event.event_id, ROOM, who, event.sent_at, session, raw))
    desk.now = int(await desk.value("SELECT max(received_at) FROM inbox")) + MINUTE
    await desk.tick()


async def test_moderators_learn_once_whom_the_bot_cannot_read(home: Desk) -> None:
    """Once a week for each person, however many keys are missing: somebody can then help them with their phone."""
    home.call(LEA, "Léa")
    home.call(MARC, "Marc")
    before = len(said_in(home, HOME))
    await unreadable(home, LEA, "first")
    await unreadable(home, LEA, "second")
    await unreadable(home, MARC, "third")
    told = said_in(home, HOME)[before:]
    assert len(told) == 2
    assert "Léa" in told[0]
    assert "Marc" in told[1]
