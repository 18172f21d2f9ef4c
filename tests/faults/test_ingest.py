"""Three ingest processes share four partitions while they are killed, frozen and started again, and
billing periods change under them.

An independent checker reads the topic again and counts it slowly: every total must match, in the
periods that are valid at the end.
"""

import asyncio
import json
import random
import signal
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from shared.runtime.settings import Settings
from shared.values.periods import Grid, Interval
from tests.support.findings import Tell
from tests.support.processes import ServiceProcess
from tests.support.slow_count import distinct, hours_of, totals_of
from tests.support.usage import METERS, Total, Usage, event, usage_of

DUPLICATES, MISLAID = 0.1, 0.02
ACCOUNTS = [f"acct-{number}" for number in range(24)]
FREEZE_SECONDS = 12.0
"""Longer than the session timeout: the others take over its partitions before it wakes up and
continues.
"""

pytestmark = [pytest.mark.faults, pytest.mark.timeout(600)]

HOUR = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)


@dataclass(frozen=True, slots=True)
class Load:
    """`seconds`: over which the events are sent. `faults`: kills, except those whose numbers
    are in `freezes`.
    """

    events: int
    seconds: float
    faults: int
    freezes: tuple[int, ...]
    subscribed: int


LOADS = (
    pytest.param(Load(6_000, 10, 9, (3,), 8), id="eight kills"),
    pytest.param(Load(20_000, 24, 32, (5, 19), 16), id="many kills", marks=pytest.mark.nightly),
)


def events_of(dice: random.Random, number_of_events: int) -> list[dict[str, Any]]:
    """Events of every aggregation, over three days, no two at the same time, so that `latest` is
    unambiguous. Long stretches are of one hour: batches of several are counted another way.
    """
    return [
        _event(
            dice,
            HOUR
            - timedelta(microseconds=7 * number)
            - timedelta(hours=dice.randrange(72) if number % 900 > 700 else 0),
        )
        for number in range(number_of_events)
    ]


def _event(dice: random.Random, time: datetime) -> dict[str, Any]:
    account, size = dice.choice(ACCOUNTS), dice.randrange(1, 10**6)
    match dice.randrange(8):
        case 0:
            return event(account, "storage.measured", time, {"bytes": size})
        case 1:
            return event(account, "disk.measured", time, {"bytes": size})
        case 2:
            return event(account, "seat.changed", time, {"delta": dice.choice((-1, 1, 2))})
        case 3:
            return event(
                account,
                "login",
                time,
                {"user": f"u{dice.randrange(60)}", "device": f"d{dice.randrange(300)}"},
            )
        case 4:
            return event(account, "traffic", time, {"bytes": size})
    return event(account, "api.request", time)


async def produce(usage: Usage, dice: random.Random, under: Load) -> None:
    """Sends them with duplicates a little later, and with records under a wrong key or on a wrong
    partition.
    """
    events = events_of(dice, under.events)
    again = dice.sample(range(under.events), int(under.events * DUPLICATES))
    order = sorted(
        [(number, number) for number in range(under.events)]
        + [(number + dice.randrange(2_000), number) for number in again]
    )
    chunk = 500
    for start in range(0, len(order), chunk):
        for _, number in order[start : start + chunk]:
            body = events[number]
            if dice.random() < MISLAID:
                await usage.send(body, key=dice.choice((None, "somebody else")))
            else:
                usage.sent.append(
                    await usage.producer.send(
                        usage.topic, json.dumps(body).encode(), key=body["subject"].encode()
                    )
                )
        await asyncio.gather(*usage.sent)
        usage.sent.clear()
        await asyncio.sleep(under.seconds * chunk / len(order))


async def change_plans(usage: Usage, dice: random.Random, under: Load) -> dict[str, Grid]:
    """Adds subscriptions and later changes their starting hours; returns the final grids."""
    grids = {}
    for account in dice.sample(ACCOUNTS, under.subscribed):
        for _ in range(dice.randrange(1, 3)):
            anchor = HOUR - timedelta(hours=dice.randrange(24 * 40))
            interval: Interval = dice.choice(("day", "week", "month"))
            time_zone = dice.choice(("UTC", "Asia/Tokyo"))
            await usage.subscribe(account, anchor, interval=interval, time_zone=time_zone)
            grids[account] = Grid(anchor, interval, time_zone)
            await asyncio.sleep(under.seconds / 40)
    return grids


async def disturb(
    processes: Sequence[ServiceProcess], dice: random.Random, under: Load
) -> dict[str, int]:
    """Kills processes at random, one after the other, and freezes some of them meanwhile."""
    done = {"killed": 0, "frozen": 0}
    frozen: dict[ServiceProcess, asyncio.Task[None]] = {}
    for number in range(under.faults):
        process = processes[number % len(processes)]
        await asyncio.sleep(dice.uniform(0.3, 1.3))
        if process in frozen and not frozen[process].done():
            continue
        if number in under.freezes:
            done["frozen"] += 1
            frozen[process] = asyncio.create_task(freeze(process))
        else:
            process.kill()
            process.start()
            done["killed"] += 1
    await asyncio.gather(*frozen.values())
    return done


async def freeze(process: ServiceProcess) -> None:
    """Freezes a process beyond its session timeout, after which it continues as if nothing had
    happened.
    """
    process.signal(signal.SIGSTOP)
    await asyncio.sleep(FREEZE_SECONDS)
    process.signal(signal.SIGCONT)


async def totals(usage: Usage) -> dict[Total, Decimal]:
    rows = await usage.db.fetch("select account, meter, period_start, used from usage_total")
    return {(row["account"], row["meter"], row["period_start"]): row["used"] for row in rows}


HOURS_LATER = {
    "as they are": ("load", "load", "load"),
    "hours in every turn later": ("always", "always", "load"),
}
"""By what is tested, the setting of each process; one that is not told to write hours later writes
whatever it takes over.
"""


@pytest.mark.parametrize("under", LOADS)
@pytest.mark.parametrize("later", HOURS_LATER.values(), ids=HOURS_LATER.keys())
async def test_processes_that_die_and_freeze_count_exactly(
    settings: Settings,
    environment: dict[str, str],
    tmp_path: Path,
    tell: Tell,
    later: Sequence[str],
    under: Load,
) -> None:
    dice = random.Random(20_261_122)
    async with usage_of(settings) as usage:
        await usage.apply_catalog()
        processes = [
            ServiceProcess("ingest", environment | {"PLIMSOLL_HOURS_LATER": one}, tmp_path)
            for one in later
        ]
        try:
            for process in processes:
                process.start()
            await asyncio.gather(*(process.ready() for process in processes))
            producing = asyncio.create_task(produce(usage, dice, under))
            changing = asyncio.create_task(change_plans(usage, random.Random(1), under))
            done = await disturb(processes, random.Random(2), under)
            grids = await changing
            await producing
            await asyncio.gather(*(process.ready() for process in processes))
            await usage.settled(180)
            await laid_out(usage)
            tell(f"ingest: {under.events} events, {done}, {await compared(usage, grids, under)}")
            before = await usage.digest()
            await usage.rewind_to_the_beginning()
            await usage.settled(180)
            assert await usage.digest() == before
        finally:
            for process in processes:
                if process.running:
                    process.signal(signal.SIGCONT)
                await asyncio.to_thread(process.stop)


async def compared(usage: Usage, grids: Mapping[str, Grid], under: Load) -> str:
    """Fails if something is wrong."""
    bodies = distinct(await usage.records())
    assert len(bodies) == under.events
    expected, expected_hours = totals_of(bodies, grids), hours_of(bodies)
    wrong = differences(expected, await totals(usage))
    wrong_hours = differences(expected_hours, await usage.hours())
    assert wrong == wrong_hours == {}
    return f"{len(expected)} totals and {len(expected_hours)} hours as expected"


def differences(expected: Mapping[Any, Decimal], found: Mapping[Any, Decimal]) -> dict[Any, Any]:
    """What differs; members of unique meters have no hour of their own to be expected."""
    return {
        place: (found.get(place), expected.get(place))
        for place in expected.keys() | found.keys()
        if found.get(place) != expected.get(place) and (place in expected or _is_expected(place))
    }


def _is_expected(place: tuple[Any, ...]) -> bool:
    return not (isinstance(place[2], int) and METERS[place[1]]["aggregation"] == "unique")


async def laid_out(usage: Usage) -> None:
    for _ in range(200):
        behind = (
            "select count(*) from layout_progress "
            "where revision < (select max(revision) from subscription)"
        )
        if not await usage.db.fetchval(behind):
            return
        await asyncio.sleep(0.1)
    raise AssertionError("usage was not moved to its new periods")
