"""The benchmark does what it says; how fast, no test asks."""

import json

import pytest
from rich.console import Console

from doctocbot.demo.homeserver import Homeserver
from tests.bench.latency import latency
from tests.bench.load import Size, load_test
from tests.bench.replay import replay
from tests.bench.report import as_line, show
from tests.bench.scrub_report import scrub_targets
from tests.bench.scrubbing import TOOLS, scrubbing
from tests.bench.shots import phone_photo, scan
from tests.bench.soak import soak
from tests.bench.soak_plot import plot
from tests.bench.voting import voting
from tests.bench.year import YEAR_OF_MESSAGES, Kind, imagine

pytestmark = pytest.mark.slow


def test_the_imagined_year_is_that_of_the_studies() -> None:
    """34,000 messages hold 3,859 cases with 7.7 answers each, and one case in ten gets none."""
    year = imagine()
    answered = {
        (said.room, said.case) for said in year if said.kind in (Kind.ANSWER, Kind.REPLY, Kind.OPINION)
    }
    assert year.count(*set(Kind) - {Kind.VOTE}) == YEAR_OF_MESSAGES
    assert year.count(Kind.CASE) == 3_859
    assert year.count(Kind.ANSWER, Kind.REPLY, Kind.OPINION) == round(7.7 * 3_859)
    assert 0.85 < len(answered) / 3_859 < 0.95


def test_nobody_speaks_of_what_is_not_there() -> None:
    """Within a room a case comes in an earlier sync than its answers, and an answer before the votes on it."""
    seen_cases: set[tuple[int, int | None]] = set()
    seen: set[int] = set()
    for sync in imagine(3_000).syncs:
        new = {(said.room, said.case) for timeline in sync for said in timeline if said.kind is Kind.CASE}
        for said in (said for timeline in sync for said in timeline):
            assert said.kind in (Kind.CASE, Kind.TALK) or (said.room, said.case) in seen_cases
            assert said.target is None or said.target in seen
            seen.add(said.number)
        seen_cases |= new


async def test_a_small_replay_counts_every_case_answer_and_vote() -> None:
    """Everything recorded goes through the bot, which sends a card and its words for each case at the least."""
    measured = await replay(300, timeline=40, rounds=2)
    assert measured.messages == 300
    assert measured.votes > 0
    assert measured.sent > 2 * 34
    assert [messages for messages, _ in measured.memory] == [300]
    assert {spread["n"] for spread in measured.afterwards["ms"].values()} == {2, 8}
    assert min(measured.bot_seconds, measured.nio_seconds, measured.own_seconds) > 0


@pytest.mark.homeserver
async def test_a_card_and_an_echo_come_back(homeserver: Homeserver) -> None:
    """Both bots run as programs of their own and answer in one encrypted room."""
    measured = await latency(homeserver, rounds=1, warm_up=0)
    assert len(measured.card) == len(measured.words) == len(measured.echo) == 1
    assert measured.card[0] < measured.words[0]


async def test_cleaning_is_measured_beside_the_tools_that_are_there() -> None:
    """Every picture is cleaned by us and by each tool that is installed; those that are not are named."""
    shots = (phone_photo((640, 480)), scan((320, 240)))
    measured = await scrubbing(rounds=1, shots=shots, calm=0.2)
    here = {tool for tool in TOOLS if tool not in measured.missing}
    photo, page = (set(measured.seconds[shot.name]) for shot in shots)
    assert photo == {"doctocbot"} | here
    assert page == {"doctocbot"} | here - {"jpegtran"}
    assert measured.worker_peak > 20_000_000
    assert len(measured.idle) > 5
    assert {target[1] for target in scrub_targets(measured.as_json())} >= {"≤ 1.5"}
    results = {"machine": {}, "scrub": measured.as_json()}
    console = Console(record=True, width=160)
    show(results, console)
    assert shots[0].name in console.export_text()
    assert json.loads(as_line(results))["scrub"]["missing"] == measured.missing


async def test_a_small_vote_loses_nothing_and_has_one_result() -> None:
    """Twelve people vote within three seconds, some of them twice."""
    measured = await voting(12, seconds=3.0)
    assert (measured.votes, measured.lost, measured.results) == (15, 0, 1)


async def test_a_small_soak_looks_at_what_the_process_holds() -> None:
    """Everything recorded is counted, what the bot says is encrypted, and the looks can be drawn and shown."""
    measured = await soak(300)
    assert 250 < measured.events < 350
    look = measured.looks[-1]
    assert look.events == measured.events
    assert min(look.memory, look.files, look.threads, look.database, look.journals) > 0
    assert plot(measured.as_json()["looks"] * 2).startswith(b"\x89PNG")
    console = Console(record=True, width=160)
    show({"machine": {}, "soak": measured.as_json()}, console)
    assert "soak: memory, last half" in console.export_text()


@pytest.mark.homeserver
async def test_a_small_load_is_answered_by_all_three_bots() -> None:
    """Ours, the echo on nio and the echo on matrix-js-sdk answer the same crowd in the same rooms."""
    measured = await load_test(Size(rooms=2, members=6, messages=20, seconds=2))
    for bot in measured["bots"].values():
        assert (bot["answers"], bot["unanswered"]) == (6, 0)
        assert bot["ms"]["all"]["median"] > 0
    console = Console(record=True, width=160)
    show({"machine": {}, "load": measured}, console)
    assert "matrix-js-sdk" in console.export_text()
