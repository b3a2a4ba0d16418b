"""What was measured, for people and for machines."""

import importlib.metadata
import json
import os
import platform
from collections.abc import Mapping
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from tests.bench.scrub_report import scrub_tables, scrub_targets
from tests.bench.survival_report import survival_tables, survival_targets

_PARTS = ("matrix-nio", "vodozemac", "sqlcipher3", "matrix-synapse", "pillow")

MOST_LATENCY = 1.5
LEAST_SPEED = 0.5
MOST_GROWTH = 0.05
MOST_ASKING = 50
MOST_WAITING = 2.0
"""What issue 2 asks for (card against echo, replay against bare decryption, memory from the 10,000th message on), and
what issue 4 does (ms to find and to sum up with a year in the database), and issue 6 (seconds until a result)."""


def machine() -> dict[str, Any]:
    """What kind of machine it is, how busy it was before, and the versions that matter."""
    return {
        "cpu": _processor(),
        "cores": len(os.sched_getaffinity(0)),
        "load": [round(load, 2) for load in os.getloadavg()],
        "system": f"{platform.system()} {platform.machine()}",
        "python": platform.python_version(),
        **{name: importlib.metadata.version(name) for name in _PARTS},
    }


def _processor() -> str:
    with open("/proc/cpuinfo", encoding="utf-8") as info:  # noqa: PTH123
        names = [line.partition(":")[2].strip() for line in info if line.startswith("model name")]
    return names[0] if names else platform.processor()


def show(results: Mapping[str, Any], console: Console) -> None:
    """Tables of all that was measured, then a line for each target."""
    about = ", ".join(f"{name} {value}" for name, value in results["machine"].items())
    console.print(Text(about, style="dim"))
    if "latency" in results:
        console.print(_latency_table(results["latency"]))
    if "replay" in results:
        console.print(_replay_table(results["replay"]))
        console.print(_memory_table(results["replay"]["memory"]))
        console.print(_afterwards_table(results["replay"]["afterwards"]))
    for each in scrub_tables(results["scrub"]) if "scrub" in results else ():
        console.print(each)
    for each in survival_tables(results):
        console.print(each)
    console.print(_targets_table(results))


def as_line(results: Mapping[str, Any]) -> str:
    """Everything as one line of JSON."""
    return json.dumps(results, ensure_ascii=False)


def _latency_table(latency: Mapping[str, Any]) -> Table:
    table = Table("until another client shows it", "median", "quartiles", "95 %", "to the echo",
                  title=f"{latency['rounds']} rounds, in turn, ms")  # fmt: skip
    named = {"echo": "echo of a bare nio bot", "card": "card of a !cas", "words": "the words in the card"}
    for name, words in named.items():
        spread = latency[name]
        ratio = spread["median"] / latency["echo"]["median"]
        table.add_row(
            words, f"{spread['median']:.0f}", f"{spread['q1']:.0f}-{spread['q3']:.0f}", f"{spread['p95']:.0f}",
            f"{ratio:.2f}",
        )  # fmt: skip
    return table


def _replay_table(replay: Mapping[str, Any]) -> Table:
    title = (
        f"{replay['messages']:,} messages and {replay['votes']:,} votes, timelines of {replay['timeline']},"
        f" {replay['sent']:,} events sent"
    )
    table = Table("", "seconds", "of CPU", "messages/s", "the bot to it", title=title)
    for words, name, ratio in (
        ("the bot: inbox, desk, outbox", "bot", None),
        ("nio: raw event to what is inside", "nio", replay["ratio"]),
        ("nio: of this, decrypting alone", "nio_decrypting", replay["ratio_to_decrypting_alone"]),
        ("the bot's own machine, from raw", "own", replay["ratio_to_own_machine"]),
    ):
        cpu = replay.get(f"{name}_cpu_seconds")
        table.add_row(
            words,
            f"{replay[f'{name}_seconds']:.1f}",
            "" if cpu is None else f"{cpu:.1f}",
            f"{replay[f'{name}_per_second']:,}",
            "" if ratio is None else f"{ratio:.2f}",
        )
    keys, seconds = replay["room_keys"], replay["room_key_seconds"]
    each = 1000 * seconds / max(keys, 1)
    table.add_row(f"apart: {keys:,} room keys taken in", f"{seconds:.1f}", "", f"{each:.1f} ms each", "")
    return table


def _memory_table(memory: list[tuple[int, float]]) -> Table:
    table = Table("messages", "resident MB", "", title="the bot's memory")
    most = max(size for _, size in memory)
    for messages, size in memory:
        table.add_row(f"{messages:,}", f"{size:.1f}", "█" * round(40 * size / most))
    return table


def _afterwards_table(afterwards: Mapping[str, Any]) -> Table:
    title = (
        f"one by one, a year behind: ms from an event to its effects; {afterwards['card_edits_per_event']} card edits"
        f" per event of the tape, database {afterwards['database_mb']} MB"
    )
    table = Table("what is said", "times", "median", "95 %", title=title)
    for kind, spread in afterwards["ms"].items():
        table.add_row(kind, str(spread["n"]), f"{spread['median']:.1f}", f"{spread['p95']:.1f}")
    return table


def _targets_table(results: Mapping[str, Any]) -> Table:
    table = Table("target", "asked", "measured", "")
    if "latency" in results:
        _target(table, "card to echo, medians", f"≤ {MOST_LATENCY}", results["latency"]["ratio"],
                met=results["latency"]["ratio"] <= MOST_LATENCY)  # fmt: skip
    if "replay" in results:
        replay = results["replay"]
        _target(table, "replay to bare decryption", f"≥ {LEAST_SPEED}", replay["ratio"],
                met=replay["ratio"] >= LEAST_SPEED)  # fmt: skip
        growth = replay["memory_growth"]
        if growth is not None:
            _target(table, "memory from the 10,000th on", f"< +{MOST_GROWTH:.0%}", growth,
                    met=growth < MOST_GROWTH)  # fmt: skip
        for kind in ("find", "find rare", "summary of one", "summary of the week"):
            p95 = replay["afterwards"]["ms"][kind]["p95"]
            _target(table, f"{kind}, 95 %, ms", f"≤ {MOST_ASKING}", p95, met=p95 <= MOST_ASKING)
    if "quiz" in results:
        quiz = results["quiz"]
        _target(table, f"votes lost of {quiz['voters']} voters'", "= 0", quiz["lost"], met=quiz["lost"] == 0)
        _target(table, "results", "= 1", quiz["results"], met=quiz["results"] == 1)
        _target(table, "result after the end, s", f"≤ {MOST_WAITING}", quiz["result_after"],
                met=quiz["result_after"] <= MOST_WAITING)  # fmt: skip
    for what, asked, measured, met in scrub_targets(results["scrub"]) if "scrub" in results else ():
        _target(table, what, asked, measured, met=met)
    for what, asked, measured, met in survival_targets(results):
        _target(table, what, asked, measured, met=met)
    return table


def _target(table: Table, what: str, asked: str, measured: float, *, met: bool) -> None:
    verdict = Text("met", style="green") if met else Text("missed", style="bold red")
    table.add_row(what, asked, f"{measured:.3f}", verdict)
