"""Which pictures stay where they were posted: those whose original was proved to hold nothing but its pixels."""

import dataclasses

import pytest

from doctocbot.images import Outcome
from tests.desk import LEA, Desk
from tests.fakes.pictures import clean_image

pytest_plugins = ["tests.desk_fixtures"]


async def test_an_original_that_may_stay_is_left_alone(desk: Desk) -> None:
    """Nobody is bothered for a clean screenshot."""
    content = desk.photo("capture", metadata=False)
    desk.scrubbed[content["url"]] = dataclasses.replace(
        clean_image("capture", metadata=False), original_may_stay=True
    )
    original = await desk.do(LEA, "m.room.message", content)
    assert not desk.gone(original)
    assert desk.gateway.sent == []


@pytest.mark.parametrize("outcome", [Outcome.LOSSLESS, Outcome.REENCODED])
async def test_an_original_of_which_nothing_is_proved_is_replaced(desk: Desk, outcome: Outcome) -> None:
    """That nothing was seen to be removed says nothing of what the format could hide."""
    content = desk.photo("capture", metadata=False)
    desk.scrubbed[content["url"]] = dataclasses.replace(
        clean_image("capture", metadata=False), outcome=outcome, original_may_stay=False
    )
    original = await desk.do(LEA, "m.room.message", content)
    assert desk.gone(original)
    (copy,) = desk.timeline()
    assert desk.gateway.files[copy.content["file"]["url"]] == b"capture"
