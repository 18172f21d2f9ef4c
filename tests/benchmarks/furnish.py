"""Fills a database like that of a long-running service: every account has a subscription, this
period's total and today's hours, and the keys of earlier events are in the dedupe window."""

import hashlib
import json
from datetime import UTC, datetime, timedelta

import asyncpg

from shared.catalog import parse_catalog
from shared.catalog.canonical import canonical
from shared.values.periods import Grid, period_at
from tests.benchmarks.events import account
from tests.support.usage import catalog_of

METERS = {"api_calls": {"event": "api.request", "aggregation": "count", "reset": "period"}}
WARM_KEYS = 100_000
"""In each partition's current bucket, and in the previous one."""
_ANCHORS = 300
_BUCKETS, _PARTITIONS = 34 * 144, 4


async def furnish(url: str, accounts: int, window: int) -> None:
    """`window`: further keys in the dedupe window, spread over its days."""
    body = canonical(parse_catalog(json.dumps(catalog_of(METERS)).encode(), "application/json"))
    connection = await asyncpg.connect(url)
    try:
        await connection.execute(
            "insert into catalog values (1, $1, $2, 1, now())", body, hashlib.sha256(body).digest()
        )
        await connection.execute(
            "create temporary table grid "
            "(n int primary key, anchor timestamptz, first timestamptz, last timestamptz)"
        )
        await connection.copy_records_to_table("grid", records=_grids(datetime.now(UTC)))
        await connection.execute(_ACCOUNTS, accounts - 1)
        for statement in (
            _SUBSCRIPTIONS,
            _TOTALS,
            _DAYS,
            "update revision set value = 2 where name = 'plans'",
            _LAID_OUT,
            _KEY_DAYS,
        ):
            await connection.execute(statement)
        await connection.execute(_KEYS, 1, WARM_KEYS)
        if window:
            await connection.execute(_KEYS, _BUCKETS - 1, window // _BUCKETS // _PARTITIONS)
        await connection.execute("vacuum analyze")
        await connection.execute("checkpoint")
    finally:
        await connection.close()


def _grids(now: datetime) -> list[tuple[int, datetime, datetime, datetime]]:
    """Period anchors of the accounts, each with its current period."""
    grids = [Grid(now - timedelta(days=n, hours=n % 24), "month", "UTC") for n in range(_ANCHORS)]
    periods = [period_at(grid, now) for grid in grids]
    return [
        (n, grid.anchor, period.start, period.end)
        for n, (grid, period) in enumerate(zip(grids, periods, strict=True))
    ]


_ACCOUNTS = f"""
    insert into account (id, name, locale, time_zone, external_ids, created_at, updated_at)
    select '{account(0)[:-7]}' || lpad(n::text, 7, '0'), 'x', 'en', 'UTC', '{{}}', now(),
        now() from generate_series(0, $1::int) as n
"""
_SUBSCRIPTIONS = """
    insert into subscription (account, plan, catalog_version, started_at, interval, quantity,
        add_ons, revision, changed_at)
    select a.id, 'starter', 1, g.anchor, 'month', 1, '{}', 1, now() from account a join grid g
        on g.n = hashtext(a.id) & 255
"""
# In random order, as in reality: neighbours in the table are not neighbours in the index.
_TOTALS = """
    insert into usage_total (account, meter, period_start, period_end, aggregation, used,
        last_event_at, alert_at, rearm_at, due, revision)
    select s.account, 'api_calls', g.first, g.last, 'count', floor(random() * 10000), now(),
        100000000, null, false, 1
    from subscription s join grid g on g.anchor = s.started_at order by hashtext(s.account)
"""
_DAYS = f"""
    insert into usage_day (account, meter, day, aggregation,
        {", ".join(f"h{hour:02}" for hour in range(24))})
    select account, 'api_calls', (now() at time zone 'UTC')::date, 'count',
        {", ".join("floor(random() * 100)" for _ in range(24))}
    from subscription order by hashtext(account)
"""
_LAID_OUT = f"""
    insert into layout_progress (topic, partition, partitions, revision, catalog)
    select 'usage.events', n, {_PARTITIONS}, 2, 2 from generate_series(0, {_PARTITIONS - 1}) as n
"""
_KEY_DAYS = """
    do $$ declare day date; begin
        for day in
            select generate_series(current_date - 35, current_date + 1, interval '1 day')::date
        loop
            execute format(
                'create table dedupe_segment_%s partition of dedupe_segment
                    for values from (%L) to (%L)',
                to_char(day, 'YYYYMMDD'), day::text || ' 00:00Z', (day + 1)::text || ' 00:00Z');
        end loop;
    end $$
"""
_KEYS = f"""
    insert into dedupe_segment (bucket, partition, partitions, keys)
    select date_bin('10 minutes', now(), 'epoch') - b * interval '10 minutes', p, {_PARTITIONS},
           decode(string_agg(md5(random()::text), ''), 'hex')
    from generate_series(0, $1::int) as b, generate_series(0, {_PARTITIONS - 1}) as p,
        generate_series(1, $2::int)
    group by b, p
"""
