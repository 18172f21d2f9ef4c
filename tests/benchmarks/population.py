"""Generated customers for the benchmarks: accounts, subscriptions, hourly usage, facts."""

import asyncpg

from shared.catalog import Catalog
from shared.catalog.canonical import canonical


async def insert(
    connection: "asyncpg.Connection[asyncpg.Record]", catalog: Catalog, accounts: int, days: int
) -> None:
    """Inserts accounts of the `global` catalogue.

    A fifth of them uses up its calls in a month, a third grows its storage, seats come and go.
    `days` 0: without hourly usage, with this month's totals only.
    """
    await insert_rows(connection, catalog, accounts, days)
    await connection.execute(
        "vacuum analyze "
        "usage_day, usage_total, fact, account, contact, subscription, account_record"
    )


async def insert_rows(
    connection: "asyncpg.Connection[asyncpg.Record]", catalog: Catalog, accounts: int, days: int
) -> None:
    """The same, for who is not done yet: PostgreSQL knows nothing of how many they are."""
    async with connection.transaction():
        await connection.execute(
            "set local statement_timeout = 0; set local synchronous_commit = off; "
            "select setseed(0.5)"
        )
        await connection.execute(_CATALOG, canonical(catalog))
        for statement in (_ACCOUNTS, _CONTACTS, _SUBSCRIPTIONS, _RECORDS):
            await connection.execute(statement, accounts)
        if days:
            for statement in (_CALLS, _STORAGE, _SEATS, _LOGINS, _FEATURES, _ANSWERS):
                await connection.execute(statement, accounts, days)
        await connection.execute(
            _PERIOD_TOTALS if days else _TOTALS, *(() if days else (accounts,))
        )


_SET = ", ".join(f"h{hour:02}" for hour in range(24))
_CALLS_AN_HOUR = ", ".join("floor(c.hourly * (0.5 + random()))" for _ in range(24))
_CATALOG = """
    insert into catalog (version, body, digest, revision, applied_at)
    values (1, $1, sha256($1), (select value from revision where name = 'plans'), now())
"""
_ACCOUNTS = """
    insert into account (id, name, locale, time_zone, country, currency, csm, external_ids,
        first_start, created_at, updated_at)
    select 'acct-' || n, 'Account ' || n, 'ja-JP', case when n % 2 = 0 then 'Asia/Tokyo' else 'UTC'
        end, 'JP', 'USD',
           '{"id": "u7", "name": "Kato", "email": "kato@vendor.example"}', '{}',
               '2025-01-01T00:00:00Z', now(), now()
    from generate_series(1, $1) n
"""
_CONTACTS = """
    insert into contact (account, id, position, name, email, role, locale)
    select 'acct-' || n, role, p, role, role || '@acct-' || n || '.example', role, null
    from generate_series(1, $1) n, unnest(array['owner', 'member']) with ordinality as r(role, p)
"""
_SUBSCRIPTIONS = """
    insert into subscription (account, plan, catalog_version, started_at, interval, quantity,
        add_ons, revision, changed_at)
    select 'acct-' || n, case when n % 5 < 3 then 'starter' else 'pro' end, 1,
        '2025-01-01T00:00:00Z', 'month', 1, '{}', 0, now()
    from generate_series(1, $1) n
"""
_RECORDS = """
    insert into account_record (account, started_at, body) select 'acct-' || n,
        '2025-01-01T00:00:00Z', '{}' from generate_series(1, $1) n
"""
_CALLS = f"""
    insert into usage_day (account, meter, day, aggregation, {_SET})
    select 'acct-' || c.n, 'api_calls', current_date - d, 'count', {_CALLS_AN_HOUR}
    from (select n, (0.1 + 1.1 * random() ^ 2) * case when n % 5 < 3 then 10000 else 100000 end /
        720 as hourly
          from generate_series(1, $1) n) c,
         generate_series(1, $2::int) d
"""
_STORAGE = """
    insert into usage_day (account, meter, day, aggregation, h03, h09, h15, h21)
    select 'acct-' || c.n, 'storage', current_date - d, 'latest',
           v, v + floor(random() * 1e7), v + floor(random() * 2e7), v + floor(random() * 3e7)
    from (select n, (0.2 + 0.6 * random()) * case when n % 5 < 3 then 1e10 else 1e11 end as size,
                 case when n % 3 = 0 then random() * 3e7 else 0 end as daily
          from generate_series(1, $1) n) c,
         generate_series(1, $2::int) d, lateral (select floor(c.size + c.daily * ($2 - d))) as s(v)
"""
_SEATS = """
    insert into usage_day (account, meter, day, aggregation, h10)
    select 'acct-' || n, 'seats', current_date - d, 'sum', case when d % 4 = 1 then -1 else 1 end
    from generate_series(1, $1) n, generate_series(1, $2::int, 11) d
"""
_LOGINS = """
    insert into fact (source, id, account, type, at, received_at, event)
    select '/auth', 'l' || n || '-' || d, 'acct-' || n, 'login.recorded', t, t,
           jsonb_build_object('data', jsonb_build_object('user', 'u' || d % 3))
    from generate_series(1, $1) n, generate_series(1, $2::int, 3) d,
         lateral (select now() - make_interval(days => d, hours => n % 24)) as m(t)
    where n % 10 < 8 or d % 4 = 1
"""
_FEATURES = """
    insert into fact (source, id, account, type, at, received_at, event)
    select '/app', 'f' || n || '-' || d, 'acct-' || n, 'feature.used', t, t,
           jsonb_build_object('data', jsonb_build_object('feature', (array['core', 'sso',
               'audit_log'])[1 + d % 3]))
    from generate_series(1, $1) n, generate_series(1, $2::int, 10) d,
         lateral (select now() - make_interval(days => d, mins => n % 600)) as m(t)
"""
_ANSWERS = """
    insert into fact (source, id, account, type, at, received_at, event)
    select '/survey', 'n' || n, 'acct-' || n, 'nps.responded', t, t,
           jsonb_build_object('data', jsonb_build_object('score', n % 11, 'contact', 'owner'))
    from generate_series(1, $1) n, lateral (select now() - make_interval(days => 1 + n % greatest(1,
        $2::int - 1))) as m(t)
"""
_ALL_HOURS = " + ".join(f"coalesce(h{hour:02}, 0)" for hour in range(24))
_PERIOD_TOTALS = f"""
    insert into usage_total (account, meter, period_start, period_end, aggregation, used,
        last_event_at, revision)
    select d.account, d.meter, p.start, p.start + interval '1 month', 'count', sum({_ALL_HOURS}),
        now(), 1
    from usage_day d, lateral (select date_trunc('month', d.day)::timestamp at time zone 'UTC') as
        p(start)
    where d.meter = 'api_calls' group by d.account, d.meter, p.start
    union all
    select account, meter, '1970-01-01T00:00:00Z', null, 'sum', 3 + sum({_ALL_HOURS}), now(), 1
    from usage_day where meter = 'seats' group by account, meter
    union all
    select account, meter, '1970-01-01T00:00:00Z', null, 'latest', (array_agg(h21
        order by day desc))[1], now(), 1
    from usage_day where meter = 'storage' group by account, meter
"""
_TOTALS = """
    insert into usage_total (account, meter, period_start, period_end, aggregation, used,
        last_event_at, revision)
    select 'acct-' || n, 'api_calls', date_trunc('month', now()), date_trunc('month',
        now()) + interval '1 month', 'count', 100, now(), 1
    from generate_series(1, $1) n
    union all
    select 'acct-' || n, 'seats', '1970-01-01T00:00:00Z', null, 'sum', 2, now(), 1
        from generate_series(1, $1) n
"""
