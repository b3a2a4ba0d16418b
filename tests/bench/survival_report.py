"""Tables of the soak and the load, and what issue 7 asks of them."""

from collections.abc import Iterator, Mapping
from typing import Any

from rich.table import Table

MOST_GROWN = 0.05
"""Of memory, open files and threads, over the last half of the soak."""
_ROWS = 12


def survival_tables(results: Mapping[str, Any]) -> Iterator[Table]:
    """What was measured, where it was."""
    if "soak" in results:
        yield _soak_table(results["soak"])
    if "load" in results:
        yield _load_table(results["load"])


def survival_targets(results: Mapping[str, Any]) -> Iterator[tuple[str, str, float, bool]]:
    """A line for each target: what, asked, measured, met."""
    for name, growth in results.get("soak", {}).get("growth", {}).items():
        yield f"soak: {name}, last half", f"< +{MOST_GROWN:.0%}", growth, growth < MOST_GROWN
    if "load" in results:
        # Whatever was not handled or not answered ends the measurement with an error.
        yield "load: left unhandled or unanswered", "= 0", 0, True


def _soak_table(soak: Mapping[str, Any]) -> Table:
    on_disk = soak["bytes_per_event"]
    title = (
        f"{soak['messages']:,} messages and {soak['votes']:,} votes in {soak['seconds']:.0f} s, {soak['sent']:,} events"
        f" sent; one more event takes {on_disk['database']:,} bytes in the database, {on_disk['crypto']:,} in the"
        " crypto store"
    )
    table = Table(
        "events", "MB resident", "files", "threads", "database MB", "crypto MB", "journals MB", title=title
    )
    looks = soak["looks"]
    for look in (*looks[: -1 : max(len(looks) // _ROWS, 1)], looks[-1]):
        table.add_row(
            f"{look['events']:,}", f"{look['memory']:.1f}", str(look["files"]), str(look["threads"]),
            f"{look['database']:.1f}", f"{look['crypto']:.2f}", f"{look['journals']:.1f}",
        )  # fmt: skip
    return table


def _load_table(load: Mapping[str, Any]) -> Table:
    title = (
        f"{load['rooms']} rooms, {load['members']} members with a signed device each, {load['messages']:,} encrypted"
        f" messages in {load['seconds']:g} s; bots in turn; ms from command to answer read by another client; first:"
        " the first answer in each room, before; last: the last answer, said: all accepted by the homeserver"
    )
    table = Table("bot", "answers", "missing", "median", "95 %", "first, 95 %", "last, s",
                  "said, s", "CPU s", "MB", title=title)  # fmt: skip
    for name, bot in load["bots"].items():
        ms = bot["ms"]
        table.add_row(
            name, str(bot["answers"]), str(bot["unanswered"]), f"{ms['all']['median']:.0f}", f"{ms['all']['p95']:.0f}",
            f"{ms['cold']['p95']:.0f}", f"{bot['last_answer']:.1f}", f"{bot['lasted']:.1f}",
            f"{bot['cpu_seconds']:.1f}", f"{bot['memory']:.0f}",
        )  # fmt: skip
    ours = load["bots"]["doctocbot"]["ms"]
    for name, words in (("lists", "lists"), ("cards", "cards")):
        table.add_row(
            f"  {words}",
            "",
            "",
            f"{ours[name]['median']:.0f}",
            f"{ours[name]['p95']:.0f}",
            "",
            "",
            "",
            "",
            "",
        )
    return table
