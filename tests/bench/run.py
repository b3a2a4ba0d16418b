"""What `make bench` runs: measurements beside their yardsticks in one run, as tables and as one line of JSON.

Another load on the machine spoils the figures; the ratios less than the rest, since both sides of each take turns.
"""

import argparse
import asyncio
import logging
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import structlog
from rich.console import Console
from rich.progress import Progress

# A script's own folder comes first on the path, not the checkout.
sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from doctocbot.demo.homeserver import Homeserver
from doctocbot.matrix.quietlog import silence_nio_logging
from tests.bench.latency import latency
from tests.bench.load import Size, load_test, steps
from tests.bench.replay import replay
from tests.bench.report import as_line, machine, show
from tests.bench.scrubbing import scrubbing
from tests.bench.soak import EVENTS, soak
from tests.bench.soak_plot import plot
from tests.bench.voting import voting
from tests.bench.year import YEAR_OF_MESSAGES

_ALL = ("replay", "scrub", "latency", "quiz")
_WHEN_ASKED = ("load", "soak")
"""These take minutes each, and run alone."""


def main() -> None:
    """Measure what is asked for and print it."""
    options = _options()
    silence_nio_logging()
    structlog.configure(
        wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )
    results = asyncio.run(_measure(options))
    if not options.json:
        show(results, Console())
    sys.stdout.write(as_line(results) + "\n")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make bench ARGS=", description=__doc__)
    parser.add_argument("--only", choices=_ALL + _WHEN_ASKED, help="one of the measurements")
    parser.add_argument("--events", type=int, default=YEAR_OF_MESSAGES, help="messages to replay")
    parser.add_argument("--timeline", type=int, default=200, help="events in the fullest timeline of a sync")
    parser.add_argument("--rounds", type=int, default=60, help="cards and echoes to wait for")
    parser.add_argument("--pictures", type=int, default=10, help="rounds of each picture by each tool")
    parser.add_argument(
        "--voters", type=int, default=500, help="people who answer one question within a minute"
    )
    parser.add_argument("--soak-events", type=int, default=EVENTS, help="messages and votes of the soak")
    parser.add_argument("--plot", type=Path, help="where the picture of the soak is put")
    parser.add_argument("--json", action="store_true", help="print the line of JSON alone")
    return parser.parse_args()


async def _measure(options: argparse.Namespace) -> dict[str, Any]:
    results: dict[str, Any] = {"machine": machine()}
    with Progress(console=Console(stderr=True), transient=True) as progress:

        def bar(what: str, total: int) -> Callable[[int], None]:
            task = progress.add_task(what, total=total)
            return lambda done: progress.update(task, completed=done)

        # The replay first: what the other one leaves in this process would hide how the bot's memory grows.
        if options.only in (None, "replay"):
            replayed = await replay(options.events, options.timeline, bar("a year", options.events))
            results["replay"] = replayed.as_json()
        if options.only in (None, "scrub"):
            bar_of_pictures = bar("pictures", 2 * options.pictures)
            results["scrub"] = (await scrubbing(options.pictures, bar_of_pictures)).as_json()
        if options.only in (None, "latency"):
            with tempfile.TemporaryDirectory() as directory:
                async with Homeserver.start(Path(directory) / "homeserver") as homeserver:
                    measured = await latency(
                        homeserver, options.rounds, bar("cards and echoes", options.rounds)
                    )
            results["latency"] = measured.as_json()
        if options.only in (None, "quiz"):
            voted = await voting(options.voters, 60.0, bar("votes", options.voters * 6 // 5))
            results["quiz"] = voted.as_json()
        if options.only == "load":
            size = Size()
            results["load"] = await load_test(size, bar("people, rooms, bots", steps(size)))
        if options.only == "soak":
            soaked = await soak(options.soak_events, bar("events", options.soak_events))
            results["soak"] = soaked.as_json()
            if options.plot is not None:
                options.plot.write_bytes(plot(results["soak"]["looks"]))
    return results


if __name__ == "__main__":
    main()
