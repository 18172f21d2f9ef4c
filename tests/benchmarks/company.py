"""A large company as the console's pages find it: 100,000 accounts with usage, people, names and
overviews, a million facts, 2,000 open deals, and what runs a service into trouble.
"""

import asyncio
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any

import asyncpg
import httpx

from services.trigger.overview.names import fold
from shared.catalog.canonical import canonical
from shared.runtime.settings import Settings
from tests.benchmarks import population, reports
from tests.support.catalogs import catalog

ACCOUNTS, OPEN_DEALS, OPEN_TASKS, PEOPLE = 100_000, 2_000, 3_750, 50
READER, READER_ROLES = "k1", ("admin", "csm")
"""Owns a fiftieth of everything."""
BUSY, STEPS = "busy", 300
"""An account with a long life: so many facts, alerts, decisions and messages."""
_NAMES = ("アオゾラ", "Aozora", "青空", "Kitsune", "タヌキ", "丸太", "Hoshino")
_OWNER = "'k' || 1 + ('x' || substr(md5({0}), 1, 6))::bit(24)::int % " + str(PEOPLE)


async def fill(url: str, now: datetime, share: float = 1.0, past: float | None = None) -> None:
    """The rows of the company, or that share of them, with the last year's past until `now`.

    `past`: the share of what has come to an end, if it is another one; no contacts are found by
    their names then, since most of the time goes there. As many tasks and deals are open as ever.
    """
    accounts = int(ACCOUNTS * share)
    contacts = accounts if past is None else 0
    past = share if past is None else past
    connection = await asyncpg.connect(url)
    try:
        await connection.execute("set synchronous_commit = off")
        # Without triggers and checks of foreign keys: they are not what is measured.
        await connection.execute("set session_replication_role = replica")
        indexes = await connection.fetch(_INDEXES)
        for index in indexes:
            await connection.execute(f"drop index {index['name']}")
        await population.insert_rows(connection, catalog("global"), accounts, 0)
        body = canonical(catalog("global")).replace(b'"month":500', b'"month":501')
        await connection.execute(_SECOND, body, sha256(body).digest())
        await reports.past(connection, past, now)
        await connection.execute(_NAMED, list(_NAMES))
        await connection.execute(_OPEN_DEALS, int(OPEN_DEALS * share))
        await connection.execute(_OPEN_TASKS, int(OPEN_TASKS * share))
        for statement in _ROWS:
            await connection.execute(statement.replace("$share", str(past)))
        await connection.execute(_SEARCHED, accounts, contacts, [fold(name) for name in _NAMES])
        for index in indexes:
            await connection.execute(index["definition"])
        await connection.execute("truncate account_overview_mark")
        await connection.execute("vacuum analyze")
        await connection.execute("checkpoint")
    finally:
        await connection.close()


async def lives(client: httpx.AsyncClient, settings: Settings) -> dict[str, str]:
    """An account that comes to life by the services' own doors, and then much like it: the ids of
    its newest things, and of others by their kind.
    """
    path = f"/v1/accounts/{BUSY}"
    await _said(client, "PUT", path, _ACCOUNT)
    began = f"{datetime.now(UTC) - timedelta(days=200):%Y-%m-%d}T00:00:00Z"
    order = {"plan": "pro", "started_at": began, "quantity": 5}
    await _said(client, "PUT", f"{path}/subscription", order)
    deal = await _said(client, "POST", f"{path}/opportunities", {"to_plan": "enterprise"})
    task = await _said(client, "POST", f"{path}/tasks", {"title": "Call", "owner": READER})
    for n, used in enumerate((70_000_000_000, 96_000_000_000)):
        await _said(client, "POST", "/v1/events", _measured(n, used))
    decision = await _first(client, f"/v1/decisions?account={BUSY}")
    await _first(client, f"/v1/notifications?account={BUSY}")
    await _lived(settings)
    return {
        "account": BUSY,
        "deal": deal["id"],
        "task": task["id"],
        "decision": decision["id"],
        "rejected": (await _first(client, "/v1/events/rejected"))["id"],
        "delivery": (await _first(client, "/v1/deliveries"))["id"],
    }


async def _said(client: httpx.AsyncClient, method: str, path: str, body: Any) -> Any:
    typed = "cloudevents+json" if path == "/v1/events" else "json"
    headers = {"Content-Type": f"application/{typed}"}
    answer = await client.request(method, path, json=body, headers=headers)
    assert answer.is_success, f"{method} {path}: {answer.text}"
    return answer.json()


async def _first(client: httpx.AsyncClient, path: str) -> Any:
    """Once there is one."""
    while True:
        found = (await client.get(path)).json()["data"]
        if found:
            return found[0]
        await asyncio.sleep(0.1)


async def _lived(settings: Settings) -> None:
    """More of what has happened to the account already."""
    connection = await asyncpg.connect(settings.database_url)
    try:
        for statement in _LIVED:
            await connection.execute(statement, BUSY, STEPS)
    finally:
        await connection.close()


def _measured(n: int, used: int) -> dict[str, Any]:
    return {
        "specversion": "1.0",
        "id": f"s{n}",
        "source": "/bench",
        "type": "storage.measured",
        "subject": BUSY,
        "time": f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}",
        "data": {"bytes": used},
    }


_SECOND = """
    with next as (update revision set value = value + 1 where name = 'plans' returning value)
    insert into catalog (version, body, digest, revision, applied_at)
    select 2, $1, $2, value, now() from next
"""
_ACCOUNT = {
    "name": "Maruta",
    "locale": "ja-JP",
    "time_zone": "Asia/Tokyo",
    "country": "JP",
    "contacts": [{"id": "c1", "name": "Ito", "email": "ito@example.com", "role": "owner"}],
    "csm": {"id": READER, "name": "Kato"},
}
_AGO = "(now() - interval '3 hours' * n)"
_DAYS = ", ".join(f"h{hour:02}" for hour in range(24))
_LIVED = (
    f"""
    insert into fact (source, id, account, type, at, received_at, event)
    select '/app', 'f' || n, $1, 'feature.used', {_AGO}, {_AGO}, jsonb_build_object('specversion',
        '1.0', 'id', 'f' || n, 'source', '/app', 'type', 'feature.used', 'subject', $1::text,
        'time', to_char({_AGO} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'), 'data',
        jsonb_build_object('feature', 'sso'))
    from generate_series(1, $2::int) n
    """,
    f"""
    insert into decision (id, account, cause, at, outcome, body)
    select d.id || '-' || n, account, cause, {_AGO}, outcome, body
    from (select * from decision where account = $1 order by seq limit 1) d,
        generate_series(1, $2::int) n
    """,
    f"""
    insert into alert (id, account, meter, period_start, threshold, epoch, state, again, used,
        "limit", percent, reached_at, resolved_at, notified, decision, resolution)
    select a.id || '-' || n, account, meter, period_start, threshold, (1000 + n)::text, 'resolved',
        again, used, "limit", percent, {_AGO}, {_AGO}, notified, decision, 'below'
    from (select * from alert where account = $1 order by seq limit 1) a,
        generate_series(1, $2::int) n
    """,
    f"""
    insert into notification (id, key, recipient, account, contact, kind, class, meter, threshold,
        alert, decision, facts, created_at)
    select o.id || '-' || n, o.key || n, recipient, account, contact, kind, class, meter,
        threshold, alert, decision, facts, {_AGO}
    from (select * from notification where account = $1 order by seq limit 1) o,
        generate_series(1, $2::int) n
    """,
    f"""
    insert into usage_day (account, meter, day, aggregation, {_DAYS})
    select $1::text, m.meter, current_date - n, m.aggregation,
        {", ".join(f"m.base + {hour}" for hour in range(24))}
    from (values ('api_calls', 'count', 100), ('storage', 'latest', 60000000000)) m
        (meter, aggregation, base), generate_series(1, least($2::int, 180)) n
    on conflict do nothing
    """,
)
# Built at the end from all rows, which takes a fraction of the time.
_INDEXES = """
    select i.indexrelid::regclass::text as name, pg_get_indexdef(i.indexrelid) as definition
    from pg_index i join pg_class c on c.oid = i.indrelid
    where c.relname in ('fact', 'entry', 'decision', 'alert', 'account_search', 'account_overview')
        and not i.indisunique
"""
_NAMED = f"""
    update account set name = ($1::text[])[1 + substr(id, 6)::int % 7] || ' ' || substr(id, 6),
        csm = jsonb_build_object('id', {_OWNER.format("id")}, 'name', 'Kato'),
        segment = (array['smb', 'mid', null])[1 + substr(id, 6)::int % 3], currency = 'USD'
"""
# As many deals are open as the budgets name; the others have come to an end.
_OPEN_DEALS = """
    update opportunity o set
        stage = case when is_open then (array['identified', 'qualified', 'proposal'])
            [1 + substr(id, 2)::int % 3] else 'closed_lost' end,
        loss_reason = case when not is_open then 'price' end,
        closed_at = case when not is_open then least(created_at + interval '40 days', now()) end
    from (select id as one, $1 >= row_number() over (order by closed_at is not null, md5(id))
        as is_open from opportunity) c
    where id = one and is_open <> (closed_at is null)
"""
_OPEN_TASKS = """
    update task set state = 'open', closed_at = null
    where id in (select id from task where closed_at is not null order by md5(id)
        limit greatest(0, $1 - (select count(*) from task where closed_at is null)))
"""
# As the trigger folds them.
_SEARCHED = """
    insert into account_search (account, kind, id, folded)
    select 'acct-' || n, kind, id, told
    from generate_series(1, $1::int) n, lateral (values
        ('account', 'acct-' || n, ($3::text[])[1 + n % 7] || n || ' acct' || n),
        ('contact', 'owner', 'owner owneracct' || n || 'example'),
        ('contact', 'member', 'member memberacct' || n || 'example')) as v(kind, id, told)
    where kind = 'account' or n <= $2::int
"""
_WORDS = """'{"facts": {"account": {"id": "acct-1", "name": "Maruta"}, "task": {
    "happened": [{"key": "signal.over"}], "why_now": [{"key": "why.over"}, {"key": "why.settled"}],
    "say": [], "do_not_say": [{"key": "avoid.next_plan"}], "next_step": [{"key": "next.watch"}]
    }}}'::jsonb"""
_ROWS = (
    f"""
    insert into person (id, name, email, roles, active, locale, time_zone, created_at, updated_at)
    select 'k' || n, 'Kato ' || n, 'k' || n || '@vendor.example',
        case n when 1 then array['admin', 'csm'] else
            array[(array['csm', 'sales', 'csm', 'manager', 'planner'])[1 + n % 5]] end,
        true, 'en-GB', 'UTC', now(), now()
    from generate_series(1, {PEOPLE}) n
    """,
    f"""
    update opportunity set amount_year = 588 + substr(id, 2)::int * 7 % 90000,
        stage_since = created_at + interval '3 days',
        owner = jsonb_build_object('role', 'cs', 'id', {_OWNER.format("id")}, 'name', 'Kato'),
        next_due = current_date + substr(id, 2)::int % 30
    """,
    f"""
    update task set owner_id = {_OWNER.format("id")}, words = {_WORDS},
        reason = (array['opportunity', 'limit_crossed', 'support_reinforcement', 'handoff'])
            [case when substr(id, 2)::int % 500 = 0 then 4 else 1 + substr(id, 2)::int % 3 end],
        due_at = case when closed_at is null
            then now() + interval '1 minute' * (substr(id, 2)::int * 7 % 30000 - 6000)
            else due_at end
    """,
    """
    insert into usage_total (account, meter, period_start, period_end, aggregation, used,
        last_event_at, revision)
    select id, 'storage', '1970-01-01T00:00:00Z', null, 'latest',
        substr(id, 6)::bigint * 7919 % 12000000000, now(), 1
    from account
    """,
    """
    update delivery set state = 'dead', attempts = 8, last_error = 'connection refused',
        ended_at = created_at where substr(id, 2)::int % 40 = 0
    """,
    """
    insert into event_rejected (service, topic, partition, "offset", reason, payload, at)
    select 'ingest', 'usage.events', n % 4, n, (array['missing: subject', 'unknown account',
        'not JSON'])[1 + n % 3], '{"id": "e"}', now() - interval '1 minute' * n
    from generate_series(1, (50000 * $share)::int) n
    """,
    f"""
    insert into audit (at, by_kind, by_id, action, what_kind, what_id, account, before, after)
    select now() - interval '1 minute' * n, 'person', 'k' || 1 + n % {PEOPLE}, 'change', 'account',
        'acct-' || n, 'acct-' || n, '{{"segment": "smb"}}', '{{"segment": "mid"}}'
    from generate_series(1, (100000 * $share)::int) n
    """,
    """
    insert into account_overview (account, name, plan, segment, csm_id, csm_name, loyalty, band,
        score, near_meter, near_percent, renewal_date, arr, currency, open_tasks, suppressed,
        as_of, due_at, usage_seen)
    select a.id, a.name, s.plan, a.segment, a.csm ->> 'id', a.csm ->> 'name',
           (array['low', 'medium', 'high'])[1 + n % 3],
           (array['red', 'yellow', 'green', null])[1 + n % 4],
           case when n % 4 <> 3 then n % 1009 / 10.0 end, case when n % 5 > 0 then 'seats' end,
           case when n % 5 > 0 then n * 7 % 113 end, current_date + n % 366, n * 13 % 99991,
           'USD', n % 3, n % 7 = 0, now(), now() + interval '1 day', t.seen
    from (select *, substr(id, 6)::int as n from account) a
    join subscription s on s.account = a.id
    join (select account, sum(revision + epoch * 1000003::numeric) as seen from usage_total
        where period_end is null or period_end > now() group by account) t on t.account = a.id
    """,
)
