"""The storm in its short form: two minutes of harm in which nothing is lost and nothing said twice."""

from pathlib import Path

import pytest

from tests.chaos.run import lines_of
from tests.chaos.storm import Plan, storm
from tests.conftest import Show

pytestmark = [pytest.mark.homeserver, pytest.mark.slow]

SHORT = Plan(seed=20261124, seconds=110, kills=12, stall_seconds=5)
"""Stalls are a twelfth as long as in the long form, so that two minutes hold some of each fault."""


async def test_nothing_is_lost_or_doubled_in_a_short_storm(tmp_path: Path, show: Show) -> None:
    """The bot is killed a dozen times behind a faulty line, under cases, photos, votes and pulls."""
    outcome = await storm(tmp_path, SHORT, lambda _line: None)
    show("a short storm", lines_of(outcome))
    assert outcome.report.faults == {}
    assert outcome.report.cases > 20
    assert outcome.faults["kill -9"] >= SHORT.kills
