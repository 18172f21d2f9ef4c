"""Accounts beside those that are watched: with a subscription, this period's total and today's
hours, as they have been for long. Their usage stays below all thresholds.
"""

import random
from collections.abc import Iterator
from itertools import accumulate

import asyncpg

from tests.benchmarks.events import account

ZIPF_STEP = 64


async def settle(url: str, accounts: int) -> None:
    """Adds them to a database with the catalogue of `chain`."""
    connection = await asyncpg.connect(url)
    try:
        async with connection.transaction():
            await connection.execute("set local synchronous_commit = off")
            # Without triggers: these accounts have not changed just now.
            await connection.execute("set local session_replication_role = replica")
            await connection.execute(_ACCOUNTS, accounts - 1)
            for statement in (_SUBSCRIPTIONS, _TOTALS, _DAYS, _REVISION):
                await connection.execute(statement)
        await connection.execute("vacuum analyze account, subscription, usage_total, usage_day")
        await connection.execute("checkpoint")
    finally:
        await connection.close()


def senders(accounts: int) -> Iterator[str]:
    """Whose event is next, for ever: the n-th account sends 1/n as many as the first."""
    chance = random.Random(7)
    numbers = range(accounts)
    weights = list(accumulate(1 / (number + 1) for number in numbers))
    while True:
        for number in chance.choices(numbers, cum_weights=weights, k=ZIPF_STEP):
            yield account(number)


_ACCOUNTS = f"""
    insert into account (id, name, locale, time_zone, external_ids, created_at, updated_at)
    select '{account(0)[:-7]}' || lpad(n::text, 7, '0'), 'x', 'en', 'UTC', '{{}}', now(), now()
    from generate_series(0, $1::int) as n
"""
_CROWD = f"like '{account(0)[:-7]}%'"
_SUBSCRIPTIONS = f"""
    insert into subscription (account, plan, catalog_version, started_at, interval, quantity,
        add_ons, revision, changed_at)
    select id, 'plan1', 1, date_trunc('month', now(), 'UTC'), 'month', 1, '{{}}', r.value, now()
    from account, revision r where id {_CROWD} and r.name = 'plans'
"""
# In random order, as in reality: neighbours in the table are not neighbours in the index.
_TOTALS = f"""
    insert into usage_total (account, meter, period_start, period_end, aggregation, used,
        last_event_at, alert_at, rearm_at, due, revision)
    select account, 'api_calls', started_at, started_at + interval '1 month', 'count', 100,
        now(), null, null, false, 1
    from subscription where account {_CROWD} order by hashtext(account)
"""
_DAYS = f"""
    insert into usage_day (account, meter, day, aggregation, h00)
    select account, 'api_calls', (now() at time zone 'UTC')::date, 'count', 100
    from subscription where account {_CROWD} order by hashtext(account)
"""
_REVISION = "update revision set value = value + 1 where name = 'plans'"
