"""An author hears that a case of theirs has taught somebody: never who, never who was wrong."""

import pytest

from tests.desk import LEA, NORA, PAUL, Desk
from tests.quiz.asking import asked as asked_in_room
from tests.quiz.asking import closed_case
from tests.quiz.test_reviews import begin, letter, reply

pytest_plugins = ["tests.desk_fixtures"]

LEAS = "!lea2:clinic.example"
_WEEK = 7 * 24 * 60


def told(desk: Desk) -> list[str]:
    """What Léa was told of what her case has taught."""
    bodies = [event.body for event in desk.gateway.visible() if event.room_id == LEAS]
    return [body for body in bodies if "appren" in body]


@pytest.fixture
async def taught(desk: Desk) -> Desk:
    """Nora has reviewed the question of Léa's case in private, wrongly."""
    await closed_case(desk)
    await desk.open_chat(LEA, LEAS)
    await desk.open_chat(NORA)
    await begin(desk)
    await reply(desk, letter(desk, right=False))
    return desk


async def test_the_first_time_is_told_once_within_the_hour(taught: Desk) -> None:
    """Not at that very moment, which would tell who; no name, no number, also after a restart."""
    await taught.tick()
    assert told(taught) == []
    taught.later(minutes=61)
    for _ in range(2):
        await taught.tick()
        await taught.settle(LEAS)
        taught.restart()
    (word,) = told(taught)
    assert "nora" not in word.lower()


async def test_later_ones_are_counted_and_told_once_a_week(taught: Desk) -> None:
    """However often somebody reviews it in between."""
    taught.later(minutes=61)
    await taught.tick()
    for _ in range(2):
        await begin(taught)
        await reply(taught, letter(taught, right=True))
        await reply(taught, "!quiz moi stop")
        taught.later(minutes=30)
        await taught.tick()
    assert len(told(taught)) == 1
    taught.later(minutes=_WEEK)
    await taught.tick()
    await taught.settle(LEAS)
    assert "2 fois" in told(taught)[-1].replace("\u00a0", " ")


async def test_whoever_wants_no_notices_hears_nothing(taught: Desk) -> None:
    """`!notify off` holds for it as well."""
    await taught.say(LEA, "!avertir off", room=LEAS)
    taught.later(minutes=61)
    await taught.tick()
    assert told(taught) == []


async def test_a_right_answer_in_the_room_counts_when_the_quiz_has_ended(desk: Desk) -> None:
    """Wrong ones in the room do not: nobody can tell who was."""
    await desk.open_chat(LEA, LEAS)
    poll, letters = await asked_in_room(desk)
    await desk.vote(NORA, poll.event_id, letters["Gianotti-Crosti"])
    assert await desk.value("SELECT count(*) FROM taught") == 0
    await desk.say(PAUL, "!quiz stop")
    assert await desk.value("SELECT times FROM taught") == 1
    desk.later(minutes=61)
    await desk.tick()
    await desk.settle(LEAS)
    assert len(told(desk)) == 1


async def test_a_forbidden_question_tells_nothing(taught: Desk) -> None:
    """Its statistics go with it."""
    await taught.say(LEA, "!quiz interdire #1")
    taught.later(minutes=61)
    await taught.tick()
    assert told(taught) == []
