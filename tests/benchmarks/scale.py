"""What an event costs with a thousand, a hundred thousand and a million accounts.

CPU time of ingest and PostgreSQL, as ratios to the run with the fewest accounts of the same round:
they say the same on a busy machine. Every account has sent an event before what is measured, as in
a service that has run for a while.

Beside it, on the same events and in turn: the code of another commit (the one before, or that of
`--against`), and bare Kafka clients.
"""

import statistics
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, get_args

from shared.embedded import Addresses
from tests.benchmarks.commits import NoSuchCommit, checkout, name_of
from tests.benchmarks.events import Skew
from tests.benchmarks.ingest import ACCOUNTS, Bench, Load, Run, benches
from tests.benchmarks.options import Options
from tests.benchmarks.raw import Client

KINDS: Mapping[Skew, str] = {"zipf": "Zipf", "uniform": "alike"}
LOADS: Mapping[str, Load] = {
    f"{accounts:,} {KINDS[skew]}": Load(accounts, skew, greeted=True)
    for accounts in ACCOUNTS
    for skew in KINDS
    if accounts > ACCOUNTS[0] or skew == "zipf"
}


@dataclass(slots=True)
class Rounds:
    """By load, one of each for each round."""

    today: dict[str, list[Run]] = field(default_factory=dict)
    before: dict[str, list[Run]] = field(default_factory=dict)
    raw: dict[Client, list[Run]] = field(default_factory=dict)


async def measure(
    stack: Addresses,
    options: Options,
    *,
    loads: Mapping[str, Load] = LOADS,
    say: Callable[[str], None] = print,
) -> dict[str, Any]:
    """`scale`: medians of the rounds by load; `scale_before`: those of the other commit;
    `scale_ratio`: today's cost per event divided by the other commit's, medians of the pairs;
    `raw_clients_us`: CPU time per record of a bare client.
    """
    chosen = {
        name: load
        for name, load in loads.items()
        if options.has(load.accounts) or load.accounts == ACCOUNTS[0]  # ratios are relative to it
    }
    found = Rounds()
    with _before(options, say) as before:
        async with benches(stack, chosen, say) as prepared:
            for number in range(options.rounds):
                for name, bench in prepared.items():
                    if number < options.rounds_of(chosen[name].accounts):
                        await _pair(name, bench, before, found, say, reverse=number % 2 == 1)
                for client in get_args(Client):
                    run = await next(iter(prepared.values())).raw(client)
                    found.raw.setdefault(client, []).append(run)
    return shown(found)


@contextmanager
def _before(options: Options, say: Callable[[str], None]) -> Iterator[Path | None]:
    """The other commit's code; None if none is wanted or to be had."""
    if options.against is None:
        yield None
        return
    try:
        name = name_of(options.against)
    except NoSuchCommit as error:
        say(f"scale: nothing beside it: {error}")
        yield None
        return
    with checkout(options.against) as path:
        say(f"scale: beside it {name}")
        yield path


async def _pair(
    name: str,
    bench: Bench,
    before: Path | None,
    found: Rounds,
    say: Callable[[str], None],
    *,
    reverse: bool,
) -> None:
    """Today's code and the other's, in this order or the other way round."""
    sides: list[tuple[dict[str, list[Run]], Path | None]] = [(found.today, None)]
    if before is not None:
        sides.append((found.before, before))
    for runs, folder in reversed(sides) if reverse else sides:
        run = await bench.ingest(folder)
        runs.setdefault(name, []).append(run)
        say(f"scale, {name}, {'today' if folder is None else 'before'}: {run}")


def shown(found: Rounds) -> dict[str, Any]:
    told: dict[str, Any] = {"scale": figures(found.today)}
    if found.before:
        told["scale_before"] = figures(found.before)
        told["scale_ratio"] = {
            name: _ratio(runs, found.before[name]) for name, runs in found.today.items()
        }
    told["raw_clients_us"] = {
        client: round(statistics.median(run.own_us for run in runs), 2)
        for client, runs in found.raw.items()
    }
    return told


def figures(runs: Mapping[str, Sequence[Run]]) -> dict[str, Any]:
    """By figure and load. `cost_ratio` is relative to the first load's run of the same round."""
    base = next(iter(runs.values()))
    return {
        "us_per_event": _medians(runs, _cost),
        "cost_ratio": {name: _ratio(some, base) for name, some in runs.items()},
        "of_ingest_us": _medians(runs, lambda run: run.own_us),
        "events_per_second": _medians(runs, lambda run: run.eps, 0),
        "wal_bytes_per_event": _medians(runs, lambda run: run.wal_bytes, 0),
        "first_event_s": _medians(runs, lambda run: run.first_s, 2),
        "ingest_mb": _medians(runs, lambda run: run.mb, 0),
        "postgres_mb": _medians(runs, lambda run: run.postgres_mb, 0),
    }


def _cost(run: Run) -> float:
    return run.own_us + run.postgres_us


def _ratio(runs: Iterable[Run], others: Iterable[Run]) -> float:
    """The median of pairs; with a million accounts there are fewer."""
    pairs = zip(runs, others, strict=False)
    return round(statistics.median(_cost(run) / _cost(other) for run, other in pairs), 2)


def _medians(
    runs: Mapping[str, Sequence[Run]], of: Callable[[Run], float], digits: int = 1
) -> dict[str, float]:
    return {name: round(statistics.median(map(of, some)), digits) for name, some in runs.items()}
