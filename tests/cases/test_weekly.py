"""The week that a room has posted without asking."""

import pytest

from tests.desk import LEA, MARC, MODO, ROOM, Desk, plain
from tests.fakes.gateway import Sent

pytest_plugins = ["tests.desk_fixtures"]

DAY = 24 * 60
_TO_MONDAY = 7 * DAY
"""Minutes to the next Monday; a desk's clock starts on Monday, 2026-11-23 at 9:00 in Paris."""


@pytest.fixture
async def room(desk: Desk) -> Desk:
    """A room that has the week posted on Mondays at ten, with one answered case in it."""
    await desk.say(MODO, "!mod set weekly lundi 10h")
    await desk.tick()
    desk.later(minutes=2 * 60)
    await desk.tick()
    await desk.say(LEA, "!cas Enfant")
    await desk.say(MARC, "rubéole", thread=await desk.card_id())
    return desk


def posted(desk: Desk) -> list[Sent]:
    """The weeks in the timeline of the room."""
    return [event for event in desk.timeline() if plain(event.body).startswith("La semaine du")]


def words(desk: Desk) -> list[str]:
    """What they say."""
    return [plain(event.body) for event in posted(desk)]


async def test_the_week_before_is_posted_at_the_moment_that_was_chosen(room: Desk) -> None:
    """Into the timeline, with its chart, and once."""
    before = len(words(room))
    room.later(minutes=_TO_MONDAY - 3 * 60)
    await room.tick()
    assert len(words(room)) == before, "it is not ten yet"
    room.later(minutes=3 * 60)
    for _ in range(3):
        await room.tick()
        room.restart()
    (told,) = words(room)[before:]
    assert told.startswith(
        "La semaine du 23 novembre au 29 novembre :\n• cas ouverts : 1\n• avec réponse : 1 (100 %"
    )
    assert [event.thread for event in posted(room)] == [None]
    (chart,) = [event for event in room.timeline() if event.content.get("msgtype") == "m.image"]
    assert chart.content["filename"] == "semaine-2026-11-29.png"


async def test_whoever_has_just_chosen_waits_for_the_moment(desk: Desk) -> None:
    """The one that has just passed is not made up for."""
    await desk.say(LEA, "!cas Enfant")
    desk.later(minutes=2 * DAY)
    await desk.say(MODO, "!mod set weekly mardi 8:00")
    await desk.tick()
    await desk.say(MODO, "!mod set weekly mercredi 8:00")
    await desk.tick()
    assert words(desk) == []


@pytest.mark.parametrize(("late", "told"), [(1, 1), (2, 1), (4, 0)])
async def test_after_an_outage_it_comes_late_or_not_at_all(room: Desk, late: int, told: int) -> None:
    """Up to three days late, and once; it tells of the week that was meant."""
    room.later(minutes=_TO_MONDAY + late * DAY)
    await room.say(LEA, "!cas Cette semaine")
    for _ in range(2):
        await room.tick()
    assert len(words(room)) == told
    assert all("cas ouverts : 1" in each for each in words(room))


async def test_a_week_without_cases_is_not_told(room: Desk) -> None:
    """Nobody needs a table of zeros; the next one with cases is."""
    for _ in range(2):
        room.later(minutes=_TO_MONDAY)
        await room.tick()
    assert len(words(room)) == 1
    await room.say(LEA, "!cas Adulte")
    room.later(minutes=_TO_MONDAY)
    await room.tick()
    assert len(words(room)) == 2


async def test_it_is_off_unless_a_moderator_wants_it(desk: Desk) -> None:
    """And off again when they have had enough, whatever was due while it was."""
    await desk.say(LEA, "!cas Enfant")
    await desk.say(LEA, "!mod set weekly lundi 10h")
    desk.later(minutes=_TO_MONDAY + 120)
    await desk.tick()
    await desk.say(MODO, "!mod set weekly lundi 10h")
    await desk.tick()
    await desk.say(MODO, "!mod set weekly off")
    await desk.tick()
    desk.later(minutes=_TO_MONDAY)
    await desk.tick()
    await desk.say(MODO, "!mod set weekly lundi 10h")
    await desk.tick()
    assert words(desk) == []


async def test_what_is_no_moment_is_explained(desk: Desk) -> None:
    """With an example."""
    (told,) = desk.answers_to(await desk.say(MODO, "!mod set weekly souvent"))
    assert "!mod set weekly lundi 8h" in told


async def test_a_room_that_is_not_served_gets_none(room: Desk) -> None:
    """Nothing is counted of it either."""
    await room.database.run(
        lambda tx: tx.execute("UPDATE room SET served = 0 WHERE room_id = :room", room=ROOM)
    )
    room.later(minutes=_TO_MONDAY)
    await room.tick()
    assert await room.value("SELECT count(*) FROM outbox WHERE key LIKE 'weekly:%'") == 0


async def test_a_senseless_time_stops_no_week(room: Desk) -> None:
    """Servers send any number as the time of an answer."""
    await room.say(LEA, "!cas Adulte")
    await room.say(MARC, "grippe", thread=await room.card_id(2), at=9_007_199_254_740_991)
    room.later(minutes=_TO_MONDAY)
    await room.tick()
    assert len(words(room)) == 1


async def test_a_tag_that_is_corrected_goes_from_the_week(room: Desk) -> None:
    """As from any other list."""
    case = await room.say(LEA, "!cas Adulte #jeandupont")
    room.later(minutes=_TO_MONDAY)
    await room.tick()
    assert "jeandupont" in words(room)[0]
    await room.edit(LEA, case, "!cas Adulte")
    assert words(room) == []


async def test_a_case_that_is_opened_again_leaves_the_week(room: Desk) -> None:
    """It names no outcome that would have to go."""
    await room.say(LEA, "!cas Adulte")
    room.later(minutes=_TO_MONDAY)
    await room.tick()
    await room.say(LEA, "!clore #2 grippe")
    await room.say(LEA, "!rouvrir #2")
    assert len(words(room)) == 1


async def test_a_pull_reaches_a_week_that_named_the_case(room: Desk) -> None:
    """As any other list."""
    await room.say(LEA, "!cas Adulte")
    room.later(minutes=_TO_MONDAY)
    await room.tick()
    assert "• #2" in words(room)[0]
    await room.say(MARC, "!retirer #2")
    assert words(room) == []
