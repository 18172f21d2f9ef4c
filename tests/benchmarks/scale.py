"""What an event costs with a thousand, a hundred thousand and a million accounts.

CPU time of ingest and PostgreSQL, as ratios to the run with the fewest accounts of the same round:
they say the same on a busy machine. Every account has sent an event before what is measured, as in
a service that has run for a while.

BESIDE=another-checkout make bench ARGS=scale also runs the code there, on the same events, in turn.
"""

import os
import statistics
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from shared.embedded import Addresses
from tests.benchmarks.events import Skew
from tests.benchmarks.ingest import ACCOUNTS, Load, Run, benches

ROUNDS = 1
_NAMES: Mapping[Skew, str] = {"zipf": "Zipf", "uniform": "alike"}
LOADS: Mapping[str, Load] = {
    f"{accounts:,} {_NAMES[skew]}": Load(accounts, skew, greeted=True)
    for accounts in ACCOUNTS
    for skew in _NAMES
    if accounts > ACCOUNTS[0] or skew == "zipf"
}


async def measure(
    stack: Addresses,
    *,
    rounds: int = ROUNDS,
    loads: Mapping[str, Load] = LOADS,
    say: Callable[[str], None] = print,
) -> dict[str, Any]:
    """The medians of the rounds by load, under `scale`; of the other checkout, if there is one,
    under `scale_beside`.
    """
    beside = os.environ.get("BESIDE")
    checkouts = {"scale": None} | ({"scale_beside": Path(beside)} if beside else {})
    runs: dict[str, dict[str, list[Run]]] = {name: {} for name in checkouts}
    async with benches(stack, loads, say) as prepared:
        for number in range(1, rounds + 1):
            for name, bench in prepared.items():
                for which, folder in checkouts.items():
                    run = await bench.ingest(folder)
                    runs[which].setdefault(name, []).append(run)
                    say(f"round {number}, {which}, {name}: {run}")
    return {which: figures(found) for which, found in runs.items()}


def figures(runs: Mapping[str, Sequence[Run]]) -> dict[str, Any]:
    """By figure and load. `cost_ratio` is relative to the first load's run of the same round."""
    base = next(iter(runs.values()))
    return {
        "us_per_event": _medians(runs, _cost),
        "cost_ratio": {
            name: round(
                statistics.median(
                    _cost(run) / _cost(other) for run, other in zip(some, base, strict=True)
                ),
                2,
            )
            for name, some in runs.items()
        },
        "of_ingest_us": _medians(runs, lambda run: run.own_us),
        "events_per_second": _medians(runs, lambda run: run.eps, 0),
        "wal_bytes_per_event": _medians(runs, lambda run: run.wal_bytes, 0),
        "first_event_s": _medians(runs, lambda run: run.first_s, 2),
        "ingest_mb": _medians(runs, lambda run: run.mb, 0),
    }


def _cost(run: Run) -> float:
    return run.own_us + run.postgres_us


def _medians(
    runs: Mapping[str, Sequence[Run]], of: Callable[[Run], float], digits: int = 1
) -> dict[str, float]:
    return {name: round(statistics.median(map(of, some)), digits) for name, some in runs.items()}
