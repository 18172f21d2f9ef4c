"""`make proof`: faults under load on real servers and processes; what was lost, doubled or told
twice, as a table.

    make proof                                  the full profile: two hours
    make proof ARGS="--profile short"           ten minutes
    make proof ARGS="--only 'kill -9 of ingest' --times 5"
    make proof ARGS="--worlds 1"                one installation instead of two side by side

It writes bench/proof.json after each round, and goes on from there after an interruption, unless
`--fresh` is given. The table goes to standard output; the exit code is 1 if anything is wrong.
"""

import argparse
import asyncio
import logging
import os
import signal
import subprocess
import sys
from collections.abc import Coroutine, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from tests.proof import progress
from tests.proof.all_faults import COSTS, FAULTS
from tests.proof.plan import FULL, PROFILES, plan
from tests.proof.progress import Progress
from tests.proof.run import run
from tests.proof.table import table, wrong
from tests.proof.verdict import together

ROOT = Path(__file__).parents[2]
FILE = ROOT / "bench" / "proof.json"
SEED = 20_261_130
WORLDS = 2
"""Most of the time a fault is waited for, not computed."""


def main(arguments: Sequence[str]) -> int:
    asked = _read(arguments)
    for name in [name for name in os.environ if name.startswith("PLIMSOLL_")]:
        del os.environ[name]  # a developer's settings must not affect what is tested
    # What its client says of a broker that we have just killed is not news.
    logging.getLogger("aiokafka").addHandler(logging.NullHandler())
    profile = PROFILES[asked.profile]
    costs = {name: COSTS[name] for name in asked.only or COSTS}
    if asked.times:
        profile = replace(profile, times=dict.fromkeys(profile.times, asked.times))
    if asked.minutes:
        profile = replace(profile, minutes=asked.minutes)
    name = " ".join([profile.name, *asked.only, str(asked.times or "")]).strip()
    commit = _git("rev-parse", "--short", "HEAD")
    done = Progress(name, asked.seed, commit)
    if not asked.fresh:
        done = progress.load(FILE, name, asked.seed, commit)
    parts = plan(costs, profile, asked.seed)
    running = run(parts, FAULTS, profile, done, FILE, _say, worlds=asked.worlds)
    complete = asyncio.run(_until_ended(running))
    return _report(done, complete=complete)


async def _until_ended(running: Coroutine[Any, Any, bool]) -> bool:
    """A signal to end cancels it, so that everything it has started is ended."""
    task = asyncio.ensure_future(running)
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, task.cancel)
    try:
        return await task
    except asyncio.CancelledError:
        return False


def _report(done: Progress, *, complete: bool) -> int:
    rows = sorted(together(done.rounds.values()), key=lambda row: list(COSTS).index(row.fault))
    times = sum(row.times for row in rows)
    left = "" if complete else "; the time was up before all had been tried"
    print(
        f"\n{datetime.now(UTC):%Y-%m-%d}, commit {done.commit}, profile {done.profile}, "
        f"seed {done.seed}: {times:,} faults in {done.seconds / 60:.0f} minutes{left}\n"
    )
    for line in table(rows):
        print(line)
    for line in wrong(rows):
        print(line)
    return 1 if any(row.wrong for row in rows) else 0


def _read(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser("make proof", description=__doc__)
    parser.add_argument("--profile", choices=PROFILES, default=FULL.name)
    parser.add_argument("--only", nargs="+", choices=COSTS, default=[], metavar="FAULT")
    parser.add_argument("--times", type=int, help="of each fault, instead of the profile's")
    parser.add_argument("--minutes", type=float, help="at most, instead of the profile's")
    parser.add_argument("--worlds", type=int, default=WORLDS, help="installations side by side")
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--fresh", action="store_true", help="begin again")
    return parser.parse_args(arguments)


def _say(text: str) -> None:
    print(text, flush=True)


def _git(*arguments: str) -> str:
    command = ["git", "-C", str(ROOT), *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
