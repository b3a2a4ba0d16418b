"""What cleaning pictures cost, as tables, and against what issue 3 asks for."""

from collections.abc import Iterator, Mapping
from statistics import median
from typing import Any

from rich.table import Table

MOST_TO_EXIFTOOL = 5.0
MOST_WITH_JPEGTRAN = 2.5
MOST_WAIT = 1.5
"""Processor time to exiftool's, with what wheels bring and where jpegtran is installed; a command's wait to idle."""

Target = tuple[str, str, float, bool]


def scrub_tables(scrub: Mapping[str, Any]) -> Iterator[Table]:
    """Tool beside tool, where our time goes, and the burst."""
    yield _tools_table(scrub)
    yield _steps_table(scrub["steps"])
    yield _burst_table(scrub)


def scrub_targets(scrub: Mapping[str, Any]) -> Iterator[Target]:
    """What was asked, what was measured, and whether that is met; nothing of a tool that is not there."""
    for picture, ratios in scrub["ratios"].items():
        if "exiftool" in ratios:
            most = MOST_WITH_JPEGTRAN if "jpegtran" in ratios else MOST_TO_EXIFTOOL
            yield f"{picture}: to exiftool", f"≤ {most:g}", ratios["exiftool"], ratios["exiftool"] <= most
        if "mat2" in ratios:
            yield f"{picture}: to mat2", "< 1", ratios["mat2"], ratios["mat2"] < 1
    for name in ("median", "p95"):
        ratio = scrub["busy"][name] / scrub["idle"][name]
        yield f"a command in a burst to idle, {name}", f"≤ {MOST_WAIT}", ratio, ratio <= MOST_WAIT


def _tools_table(scrub: Mapping[str, Any]) -> Table:
    missing = f"; not here: {', '.join(scrub['missing'])}" if scrub["missing"] else ""
    table = Table(
        "", "MB", "tool", "ms of CPU", "ours to it", title=f"one picture, medians, in turn{missing}"
    )
    for picture, taken in scrub["seconds"].items():
        size = f"{scrub['bytes'][picture] / 1e6:.1f}"
        for place, (tool, seconds) in enumerate(taken.items()):
            ratio = scrub["ratios"][picture].get(tool)
            shown = "" if ratio is None else f"{ratio:.2f}"
            first = ("", "") if place else (picture, size)
            table.add_row(*first, tool, f"{1000 * median(seconds):.0f}", shown)
    return table


def _steps_table(steps: Mapping[str, Mapping[str, float]]) -> Table:
    table = Table("ms of CPU, in one process", *steps, title="where the time goes")
    for step in next(iter(steps.values())):
        table.add_row(step, *(f"{1000 * each[step]:.0f}" for each in steps.values()))
    return table


def _burst_table(scrub: Mapping[str, Any]) -> Table:
    seconds, peak = scrub["burst_seconds"], scrub["worker_peak"] / 1e6
    title = f"40 photographs of 10 people in {seconds:.1f} s; a worker's peak for one {peak:.0f} MB"
    table = Table("a command waits, ms", "median", "95 %", title=title)
    for words, name in (("nothing else to do", "idle"), ("during the burst", "busy")):
        table.add_row(words, *(f"{1000 * scrub[name][cut]:.2f}" for cut in ("median", "p95")))
    return table
