"""Usage by the hour: what is not written yet, and whether the hours of some accounts are their
totals.
"""

import asyncio
from collections import defaultdict
from collections.abc import Iterable
from decimal import Decimal

import asyncpg

from plimsoll.checks.finding import Finding
from services.ingest.backlog.pending_hours import PendingHours, apply
from shared.postgres.database import connect

ACCOUNTS = 100
"""That many are compared, beginning with any."""
Meter = tuple[str, str]
"""An account and one of its meters."""

_LOG = """
    select partition, partitions, since, entries,
        extract(epoch from clock_timestamp() - since)::int as seconds
    from usage_hour_log order by id
"""
_SOME = """
    select array_agg(id) from (select id from account order by id
        offset floor(random() * greatest(0, (select count(*) from account) - $1::bigint))::bigint
        limit $1::bigint) as chosen
"""
_TOTALS = """
    select account, meter, sum(used) as used from usage_total where account = any($1)
    group by account, meter
    having bool_and(aggregation in ('count', 'sum')) and min(aggregation) = max(aggregation)
    order by account, meter
"""
_HOURS = f"""
    select account, meter, sum({" + ".join(f"coalesce(h{hour:02}, 0)" for hour in range(24))})
        as used, bool_and(aggregation in ('count', 'sum')) as adds_up
    from usage_day where account = any($1) group by account, meter
"""


async def check(database_url: str) -> list[Finding]:
    try:
        async with asyncio.timeout(10):
            connection = await connect(database_url, name="plimsoll-doctor")
            try:
                async with connection.transaction(isolation="repeatable_read", readonly=True):
                    return [await _compared(connection)]
            finally:
                await connection.close()
    except (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError):
        return []  # faults of PostgreSQL or its schema have their own findings


async def _compared(connection: "asyncpg.Connection[asyncpg.Record]") -> Finding:
    log = await connection.fetch(_LOG)
    some = await connection.fetchval(_SOME, ACCOUNTS) or []
    found: dict[Meter, Decimal] = defaultdict(Decimal, pending(log, some))
    otherwise = set[Meter]()
    for row in await connection.fetch(_HOURS, some):
        found[row["account"], row["meter"]] += row["used"]
        otherwise |= set() if row["adds_up"] else {(row["account"], row["meter"])}
    wrong = [
        f"of {row['account']} {row['meter']} they are {found[meter].normalize():f}, "
        f"the total is {row['used'].normalize():f}"
        for row in await connection.fetch(_TOTALS, some)
        # Other engines send totals without hours.
        if (meter := (row["account"], row["meter"])) in found
        and meter not in otherwise
        and found[meter] != row["used"]
    ]
    if wrong:
        return Finding(
            "hours",
            f"{wrong[0]}" + (f", and {len(wrong) - 1} more differ" if wrong[1:] else ""),
            "a meter that was once aggregated otherwise explains it; "
            "alerts and limits go by totals, charts and trends by hours",
            warning=True,
        )
    behind = max((row["seconds"] for row in log), default=0)
    waits = f"up to {behind} s behind the totals" if log else "all are written"
    return Finding("hours", f"{waits}; those of {len(some)} accounts are their totals")


def pending(log: Iterable["asyncpg.Record"], accounts: Iterable[str]) -> dict[Meter, Decimal]:
    """What rows of the log, in order, add to the hours of these accounts."""
    places: dict[tuple[int, int], PendingHours] = defaultdict(PendingHours)
    for row in log:
        apply(places[row["partition"], row["partitions"]], row["entries"], 0.0)
    found: dict[Meter, Decimal] = defaultdict(Decimal)
    for place in places.values():
        for entries in place.take(accounts):
            for account, amount in zip(entries.accounts, entries.amounts, strict=True):
                found[account, entries.kind[0]] += amount
    return found
