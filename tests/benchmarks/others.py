"""How much others notice of trouble: alerts while accounts are parked, one account imports its
history, and a month ends for many.

The same alerts over the same streams as in `chain`, from the 202 to the arrival.
"""

import asyncio
import json
import time
import uuid
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from statistics import median, quantiles
from typing import Any

import asyncpg
from aiokafka import AIOKafkaProducer
from sqlalchemy import text

from shared.embedded import Addresses
from shared.messages import ACCOUNT_EVENTS, USAGE_EVENTS
from shared.postgres.database import create_engine, transaction
from tests.benchmarks.chain import Run, all_came, background, crossings, running, streams
from tests.faults.chain import Chain
from tests.support.databases import migrated_template

PARKED, FACTS, TIMERS = 2_000, 20_000, 20_000
SECONDS = 60.0
RATE = 500
_STARTS_IN = 30.0
"""Seconds until the first timer is due: the time for setting up the accounts."""
_PATIENCE = 240.0
_LAST_SECONDS = 60.0
"""Seconds for the last alert to arrive. One replaced by a higher threshold before it was sent never
does."""


async def _load(run: Run, facts: int, begins: datetime, seconds: float) -> float:
    """Events of healthy accounts, beside an import. Returns when it began."""
    async with streams(run):
        await asyncio.sleep((begins - datetime.now(UTC)).total_seconds())
        began = time.monotonic()
        await asyncio.gather(
            background(run, RATE, seconds),
            crossings(run, seconds, a_second=4),
            _import(run.chain, _tickets(facts)),
        )
        with suppress(TimeoutError):
            await asyncio.wait_for(all_came(run), _LAST_SECONDS)
    return began


async def measure(
    stack: Addresses, *, scale: float = 1, say: Callable[[str], None] = print
) -> dict[str, Any]:
    """`others_ms`: p50 and p99 of the alerts of healthy accounts.

    `scale`: makes everything smaller.
    """
    parked, facts, timers = (max(1, int(count * scale)) for count in (PARKED, FACTS, TIMERS))
    seconds = max(15.0, SECONDS * scale)
    async with (
        migrated_template(stack.postgres_url) as template,
        running(stack, template, PLIMSOLL_TEST_CLOCK="on") as chain,
    ):
        await _park(chain, parked)
        begins = datetime.now(UTC) + timedelta(seconds=_STARTS_IN * min(1, scale * 4))
        await _plan(chain, timers, begins, seconds)
        run = Run(chain)
        began = await _load(run, facts, begins, seconds)
        found = _latencies(run)
        await _until(chain, "select count(*) from fact", facts)
        imported = time.monotonic() - began
        await _until(
            chain,
            "select (select count(*) = 0 "
            "from due where account like 'timed-%' and at <= now())::int",
            1,
        )
        assert await _count(chain, _PARKED_NOW) == parked
    shown = {"p50": round(median(found), 1), "p99": round(quantiles(found, n=100)[98], 1)}
    beside = (
        f"{parked:,} parked accounts, {facts:,} facts of one ({imported:.0f} s), {timers:,} timers"
    )
    say(f"others: {shown} ms over {len(found)} alerts, beside {beside}")
    return {"others_ms": shown}


def _latencies(run: Run) -> list[float]:
    """Returns ms. An alert replaced by a higher threshold counts as arriving with that one."""
    found = []
    for (account, threshold), at in run.accepted.items():
        told = [
            came
            for (whose, reached), came in run.arrived.items()
            if whose == account and reached >= threshold
        ]
        assert told, f"the alert of {account} at {threshold} % never arrived"
        found.append((min(told) - at) * 1000)
    return found


async def _park(chain: Chain, count: int) -> None:
    """Each account has enough usage to be evaluated, and its evaluation fails."""
    names = [f"parked-{number}" for number in range(count)]
    await _accounts(
        chain,
        ((name, datetime.now(UTC) - timedelta(days=40), None) for name in (*names, "enterprise")),
        "month",
    )
    await _break(chain, names)
    await _import(
        chain, ((name, _event(name, "seat.changed", {"delta": 90})) for name in names), USAGE_EVENTS
    )
    await _until(chain, _PARKED_NOW, count)


async def _break(chain: Chain, names: Sequence[str]) -> None:
    """The API takes one account at a time: the others are written directly, then one through it."""
    engine = create_engine(chain.environment["PLIMSOLL_DATABASE_URL"], name="bench")
    async with transaction(engine) as conn:
        await conn.execute(
            _FAULTS, {"value": json.dumps({name: ["thresholds"] for name in names[:-1]})}
        )
    await engine.dispose()
    await chain.call(
        "trigger",
        "PUT",
        "/v1/test-faults",
        {"account": names[-1], "part": "thresholds", "error": "raise"},
    )


async def _plan(chain: Chain, count: int, begins: datetime, seconds: float) -> None:
    """Creates accounts whose periods end evenly spread over `seconds`."""
    ends = (begins + timedelta(seconds=seconds * number / count) for number in range(count))
    await _accounts(
        chain,
        ((f"timed-{number}", end - timedelta(days=1), end) for number, end in enumerate(ends)),
        "day",
    )


async def _accounts(
    chain: Chain, periods: Iterable[tuple[str, datetime, datetime | None]], interval: str
) -> None:
    """Writes them as the API would, with this period's total; a period's end gets a timer."""
    connection = await asyncpg.connect(chain.environment["PLIMSOLL_DATABASE_URL"])
    try:
        async with connection.transaction():
            await connection.execute(
                "create temporary table made (name text, first timestamptz, last timestamptz) "
                "on commit drop"
            )
            await connection.copy_records_to_table("made", records=periods)
            await connection.execute(_SUBSCRIPTIONS[0])
            await connection.execute(_SUBSCRIPTIONS[1], interval)
            for statement in _TOTALS_AND_TIMERS:
                await connection.execute(statement)
    finally:
        await connection.close()


async def _import(
    chain: Chain, records: Iterable[tuple[str, bytes]], topic: str = ACCOUNT_EVENTS
) -> None:
    prefix, servers = (
        chain.environment[f"PLIMSOLL_{name}"]
        for name in ("TOPIC_PREFIX", "KAFKA_BOOTSTRAP_SERVERS")
    )
    async with AIOKafkaProducer(bootstrap_servers=servers, linger_ms=5) as producer:
        for number, (account, value) in enumerate(records):
            await producer.send(prefix + topic, value, key=account.encode())
            if number % 200 == 199:
                await asyncio.sleep(0)  # the alerts of others are sent by this process too
        await producer.flush()


def _tickets(count: int) -> Iterable[tuple[str, bytes]]:
    """A year of one enterprise's support, oldest first."""
    now = datetime.now(UTC)
    for number in range(count):
        at = now - timedelta(days=365) * ((count - number) / count)
        data = {"ticket": f"t{number}", "class": "bug", "severity": "low"}
        yield "enterprise", _event("enterprise", "ticket.opened", data, at)


def _event(account: str, type: str, data: dict[str, Any], at: datetime | None = None) -> bytes:
    time_ = (at or datetime.now(UTC)).isoformat().replace("+00:00", "Z")
    head = {
        "specversion": "1.0",
        "id": uuid.uuid4().hex,
        "source": "/bench",
        "type": type,
        "subject": account,
        "time": time_,
    }
    return json.dumps(head | {"data": data}).encode()


async def _until(chain: Chain, query: str, wanted: int) -> None:
    end = time.monotonic() + _PATIENCE
    while (found := await _count(chain, query)) < wanted:
        assert time.monotonic() < end, f"{found} of {wanted} after {_PATIENCE:.0f} s: {query}"
        await asyncio.sleep(0.2)


async def _count(chain: Chain, query: str) -> int:
    ((found,),) = await chain.query(query)
    return int(found)


_PARKED_NOW = (
    "select count(distinct account) from parked where kind = 'parked' and account like 'parked-%'"
)
_FAULTS = text("insert into app_state (key, value) values ('test-faults', cast(:value as jsonb))")
_SUBSCRIPTIONS = (
    """
    insert into account (id, name, locale, time_zone, external_ids, created_at, updated_at)
    select name, name, 'en-US', 'UTC', '{}', now(), now() from made
    """,
    """
    insert into subscription (account, plan, catalog_version, started_at, interval, quantity,
        add_ons, revision, changed_at)
    select made.name, 'plan1', 1, first, $1, 1, '{}', r.value + 1, now() from made,
        revision r where r.name = 'plans'
    """,
)
_TOTALS_AND_TIMERS = (
    """
    insert into usage_total (account, meter, period_start, period_end, aggregation, used,
        last_event_at, due, revision)
    select name, 'api_calls', first, last, 'count', 10, now(), false, 1 from made
        where last is not null
    """,
    (
        "insert into due (account, purpose, at, payload) "
        "select name, 'period', last, '{}' from made where last is not null"
    ),
    "update revision set value = value + 1 where name = 'plans'",
)
