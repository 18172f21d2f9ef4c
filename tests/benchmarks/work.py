"""What people wait for: an entry appended, their tasks, the pipeline, in a large company.

100,000 accounts, of which one person owns 2,000 open deals and 20,000 tasks; over HTTP, one request
after another, beside the same client's time for `GET /healthz`.
"""

import json
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from statistics import median, quantiles
from typing import Any

import asyncpg
import httpx

from services.trigger.service import build as trigger
from shared.embedded import Addresses
from shared.kafka.clients import ensure_topics
from shared.runtime.settings import load_settings
from tests.benchmarks import reports
from tests.support.databases import migrated_template, new_database, url_of
from tests.support.serving import serving

DEALS, TASKS, APPENDS, LISTS = 2_000, 20_000, 400, 200
ACCOUNTS = (
    "limit=50",
    "sort=-score",
    "sort=arr",
    "sort=name",
    "sort=-loyalty",
    "sort=-open_tasks",
    "sort=plan",
    "near=95&sort=-near_percent",
    "csm=k1&sort=renewal_date",
    "band=red&segment=mid&sort=-near_percent",
    "plan=pro&sort=-suppressed",
    "q=ｱｵ",
    "q=acct&sort=-near_percent",
)
SEARCHES = ("青", "ｱｵ", "acct77", "acct")
"""What people ask of 100,000 accounts."""
_OWN_DEALS = (
    'update opportunity set owner = \'{"role": "cs", "id": "k1", "name": "Kato"}\' '
    "where id in (select id from opportunity where closed_at is null order by id limit $1)"
)
_OWN_TASKS = """
    insert into task (id, account, type, reason, about, words, priority, state, owner_role,
        owner_id, opened_at, due_at, revision)
    select 'w' || n, 'acct-' || n, 'expansion', 'opportunity', 'w' || n, $2::jsonb,
           (array['low', 'medium', 'high'])[1 + n % 3], 'open', 'cs', 'k1',
           timestamptz '2025-12-01',
           timestamptz '2026-01-01' + interval '1 minute' * (n * 7 % 9973), 1
    from generate_series(1, $1::int) n
"""
_OVERVIEWS = """
    insert into account_overview (account, name, plan, segment, csm_id, csm_name, loyalty, band,
        score, near_meter, near_percent, renewal_date, arr, currency, open_tasks, suppressed,
        as_of, due_at, usage_seen)
    select a.id, a.name, (array['starter', 'pro', 'enterprise', null])[1 + n % 4], a.segment,
           'k' || n % 50, 'Kato ' || n % 50, (array['low', 'medium', 'high'])[1 + n % 3],
           (array['red', 'yellow', 'green', null])[1 + n % 4],
           case when n % 4 <> 3 then n % 1009 / 10.0 end, case when n % 5 > 0 then 'seats' end,
           case when n % 5 > 0 then n * 7 % 113 end, date '2026-01-01' + n % 366, n * 13 % 99991,
           'USD', n % 3, n % 7 = 0, now(), now() + interval '1 day', 0
    from (select *, row_number() over (order by id)::int as n from account) a
"""
_NAMES = """
    insert into account_search (account, kind, id, folded)
    select id, 'account', id, translate(left(md5(id), 8), '0123456789', 'あおぞらきつねたぬ青')
        || ' ' || replace(id, '-', '')
    from account
"""
_WORDS = {
    "facts": {
        "account": {"id": "acct-1", "name": "Maruta"},
        "task": {
            "happened": [{"key": "signal.over"}],
            "why_now": [{"key": "why.over"}, {"key": "why.settled"}],
            "say": [],
            "do_not_say": [{"key": "avoid.next_plan"}],
            "next_step": [{"key": "next.watch"}],
        },
    }
}
_ACCOUNT = {
    "name": "Maruta",
    "locale": "en-US",
    "time_zone": "UTC",
    "country": "US",
    "contacts": [{"id": "c1", "name": "Ito", "email": "ito@example.com", "role": "owner"}],
    "csm": {"id": "k1", "name": "Kato"},
}
_ENTRIES: tuple[dict[str, Any], ...] = (
    {"type": "answer", "question": "discovery.1", "text": "We grow.", "said_by": "c1"},
    {"type": "note", "text": "They asked for a call."},
    {"type": "line", "item": "enterprise", "discount_pct": "5"},
    {"type": "stakeholder", "name": "Ito", "role": "champion", "contact": "c1"},
)
"""A fact follows from the first, amounts from the third."""


async def measure(
    stack: Addresses, *, share: float = 1.0, say: Callable[[str], None] = print
) -> dict[str, Any]:
    """`work_ms`: p50 and p99 of each request; `work_ratio`: p50 to that of `GET /healthz`.
    `accounts_ms`, `search_ms`: of lists of accounts by query, of searches by what is typed.
    """
    async with company(stack, share) as client:
        ids = await _deals(client)

        async def append(n: int) -> httpx.Response:
            path = f"/v1/opportunities/{ids[n % len(ids)]}/entries"
            return await client.post(path, json=_ENTRIES[n % len(_ENTRIES)])

        def listed(path: str) -> Callable[[int], Awaitable[httpx.Response]]:
            return lambda _: client.get(path)

        found = {
            "alive": await _timed(listed("/healthz"), LISTS),
            "append": await _timed(append, max(20, int(APPENDS * share))),
            "tasks": await _timed(listed("/v1/tasks?owner=k1&open=true&sort=due"), LISTS),
            "pipeline": await _timed(listed("/v1/opportunities?owner=k1&open=true"), LISTS),
        }
        lists = {query: await _timed(listed(f"/v1/accounts?{query}"), LISTS) for query in ACCOUNTS}
        searches = {
            typed: await _timed(listed(f"/v1/search?q={typed}"), LISTS) for typed in SEARCHES
        }
    for name, one in (*found.items(), *lists.items(), *searches.items()):
        say(f"work {name}: p50 {one['p50']} ms, p99 {one['p99']} ms")
    ratio = {
        name: round(one["p50"] / found["alive"]["p50"], 1)
        for name, one in found.items()
        if name != "alive"
    }
    more = {"accounts_ms": lists, "search_ms": searches}
    return {"work_ms": found, "work_ratio": ratio} | more


@asynccontextmanager
async def company(stack: Addresses, share: float) -> AsyncIterator[httpx.AsyncClient]:
    """Trigger over the rows of the reports, and what one person has to do."""
    async with (
        migrated_template(stack.postgres_url) as template,
        new_database(stack.postgres_url, template=template) as name,
    ):
        url = url_of(stack.postgres_url, name)
        await reports.fill(url, share)
        connection = await asyncpg.connect(url)
        try:
            await connection.execute(_OWN_DEALS, int(DEALS * share))
            await connection.execute(_OWN_TASKS, int(TASKS * share), json.dumps(_WORDS))
            await connection.execute(_OVERVIEWS)
            await connection.execute(_NAMES)
            await connection.execute("truncate account_overview_mark")
            await connection.execute(
                "vacuum analyze opportunity, task, account_overview, account_search"
            )
        finally:
            await connection.close()
        given = {
            "PLIMSOLL_DATABASE_URL": url,
            "PLIMSOLL_KAFKA_BOOTSTRAP_SERVERS": stack.kafka,
            "PLIMSOLL_ADMIN_KEY": "k" * 40,
            "PLIMSOLL_TOPIC_PREFIX": f"{name}.",
            "PLIMSOLL_PORT": "0",
        }
        settings = load_settings(given)
        await ensure_topics(settings)
        async with serving(settings, [trigger]) as served:
            yield served.client


async def _deals(client: httpx.AsyncClient, count: int = 20) -> list[str]:
    """Deals of accounts that are subscribed: what is appended to has a whole life behind it."""
    person = {"name": "Kato", "roles": ["csm"]}
    (await client.put("/v1/people/k1", json=person)).raise_for_status()
    ids = []
    for n in range(count):
        path = f"/v1/accounts/work-{n}"
        (await client.put(path, json=_ACCOUNT)).raise_for_status()
        order = {"plan": "pro", "started_at": "2025-09-16T00:00:00Z", "quantity": 5}
        (await client.put(f"{path}/subscription", json=order)).raise_for_status()
        begun = await client.post(f"{path}/opportunities", json={"to_plan": "enterprise"})
        assert begun.status_code == 201, begun.text
        ids.append(begun.json()["id"])
    return ids


async def _timed(
    request: Callable[[int], Awaitable[httpx.Response]], times: int
) -> dict[str, float]:
    """ms; the first ten warm up."""
    found = []
    for n in range(times + 10):
        began = time.perf_counter()
        answer = await request(n)
        found.append((time.perf_counter() - began) * 1_000)
        assert answer.status_code in (200, 201), answer.text
    steady = found[10:]
    return {"p50": round(median(steady), 2), "p99": round(quantiles(steady, n=100)[98], 2)}
