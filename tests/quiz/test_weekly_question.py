"""The question of the week, at the moment that a room has chosen."""

from doctocbot.chat.poll import POLL_START
from tests.desk import MODO, Desk
from tests.fakes.gateway import Sent
from tests.quiz.asking import asked, closed_case

pytest_plugins = ["tests.desk_fixtures"]

_DAY = 24 * 60


def polls(desk: Desk) -> list[Sent]:
    """The questions that the room can see."""
    return [event for event in desk.timeline() if event.type == POLL_START]


async def chosen(desk: Desk) -> None:
    """The moderators choose the day after tomorrow's noon; today is a Monday."""
    await desk.say(MODO, "!mod set question mercredi 12:00")
    await desk.tick()


async def test_the_room_is_asked_once_a_week(desk: Desk) -> None:
    """Not before, not twice, and again a week later."""
    await closed_case(desk)
    await chosen(desk)
    assert polls(desk) == []
    desk.later(minutes=3 * _DAY)
    await desk.tick()
    await desk.tick()
    assert len(polls(desk)) == 1
    desk.later(minutes=4 * _DAY)
    await desk.tick()
    desk.later(minutes=3 * _DAY)
    await desk.tick()
    assert len(polls(desk)) == 2


async def test_a_question_that_runs_is_waited_for(desk: Desk) -> None:
    """The one of the week comes when it is over."""
    await chosen(desk)
    await desk.say(MODO, "!mod set quiz-minutes 1440")
    desk.later(minutes=_DAY + 18 * 60)
    await asked(desk)
    desk.later(minutes=10 * 60)
    await desk.tick()
    assert len(polls(desk)) == 1
    await desk.say(MODO, "!quiz stop")
    await desk.tick()
    assert len(polls(desk)) == 2


async def test_without_anything_to_ask_it_stays_silent(desk: Desk) -> None:
    """Nobody has asked, so nobody is told."""
    await chosen(desk)
    before = len(desk.timeline())
    desk.later(minutes=3 * _DAY)
    await desk.tick()
    assert len(desk.timeline()) == before
