"""`make chaos`: the long form, 30 minutes and at least 200 kills unless told otherwise."""

import argparse
import asyncio
import secrets
import sys
import tempfile
from pathlib import Path

from tests.chaos.storm import Outcome, Plan, storm


def lines_of(outcome: Outcome) -> list[str]:
    """The figures of a storm, for people."""
    report = outcome.report
    lines = [f"{kind:<24}{count:>6}" for kind, count in sorted(outcome.faults.items())]
    lines += [
        f"acts of people: {outcome.acts}, cases: {report.cases}, answers counted: {report.answers}",
        f"lost {len(report.lost)}, doubled {len(report.doubled)}",
    ]
    for kind, found in report.faults.items():
        lines += [f"{kind}: {each}" for each in found[:10]]
    return lines


def main() -> int:
    """Run one storm and print its figures; 1 if anything is wrong."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=secrets.randbelow(1_000_000))
    parser.add_argument("--minutes", type=float, default=30)
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--stall", type=float, default=60, help="seconds for which a stalled request hangs")
    chosen = parser.parse_args()
    plan = Plan(chosen.seed, chosen.minutes * 60, chosen.kills, stall_seconds=chosen.stall)
    with tempfile.TemporaryDirectory(prefix="chaos-") as folder:
        outcome = asyncio.run(storm(Path(folder), plan, lambda line: print(line, flush=True)))  # noqa: T201
    print("\n".join(lines_of(outcome)))  # noqa: T201
    return 1 if outcome.report.faults else 0


if __name__ == "__main__":
    sys.exit(main())
