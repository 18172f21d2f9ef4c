"""Each report over a year of a large company: 100,000 accounts, a million facts, 20,000
opportunities.

Accounts differ by a hash of their number, so that every run is the same.
"""

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import asyncpg

from services.trigger.api.reports import read_report
from services.trigger.reports.table import REPORTS
from services.trigger.tables.catalogs import Catalogs
from shared.catalog.canonical import canonical
from shared.embedded import Addresses
from shared.runtime.context import make_context
from shared.runtime.settings import load_settings
from shared.values.quantities import dumps
from tests.support.catalogs import catalog
from tests.support.databases import migrated_template, new_database, url_of

ACCOUNTS, FACTS, DEALS = 100_000, 1_000_000, 20_000
_NOW = datetime(2026, 1, 1, tzinfo=UTC)
_LAST_DAY = f"{_NOW:%Y-%m-%d}"
_RANDOM = "(('x' || substr(md5('{0}' || n::text), 1, 8))::bit(32)::bigint & 2147483647)"
"""0 to 2^31 - 1, by the row's number."""
_AT = f"timestamptz '{_LAST_DAY}' - interval '1 second' * ({_RANDOM.format('at')} % {{0}})"
_YEAR, _THREE = 365 * 86_400, 3 * 365 * 86_400
_ACCOUNT = "'acct-' || n"
_ANY = f"'acct-' || 1 + {_RANDOM.format('account')} % {ACCOUNTS}"


def _ago(seconds: int) -> str:
    return _AT.format(seconds)


def _dice(name: str, sides: int) -> str:
    return f"({_RANDOM.format(name)} % {sides})"


_ACCOUNTS = f"""
    insert into account (id, name, locale, time_zone, segment, employees, external_ids,
        created_at, updated_at)
    select {_ACCOUNT}, {_ACCOUNT}, 'en', 'UTC', (array['smb', 'mid', null])[1 +
        {_dice("s", 3)}], {_dice("e", 3000)}, '{{}}', {_ago(_THREE)}, {_ago(_THREE)}
    from generate_series(1, $1::int) n
"""
_PAST: tuple[tuple[int, str], ...] = (
    (
        ACCOUNTS,
        f"""
        insert into plan_change (account, at, effective_at, kind, currency, from_plan, to_plan,
            from_version, to_version, arr_before, arr_after)
        select m.* from generate_series(1, $1::int) n
        cross join lateral (select {_ago(_THREE)} as at) s
        cross join lateral (
            select {_ACCOUNT}, s.at, s.at, 'new', 'USD', null::text, 'starter', null::int, 1,
                   null::numeric, 588::numeric
            union all select {_ACCOUNT}, s.at + interval '200 days', null, 'plan_upgrade', 'USD',
                   'starter', 'pro', 1, 1, 588, 6000 + n % 7 where n % 3 = 0
            union all select {_ACCOUNT}, s.at + interval '500 days', null, 'seat_expansion', 'USD',
                   'pro', 'pro', 1, 1, 6000 + n % 7, 7000 where n % 6 = 0
            union all select {_ACCOUNT}, s.at + interval '700 days', null, 'churn', 'USD', 'pro',
                   null, 1, null::int, 7000, null where n % 18 = 0)
            as m(account, at, effective_at, kind, currency, from_plan, to_plan, from_version,
                 to_version, arr_before, arr_after)
        where m.at < timestamptz '{_LAST_DAY}'
        """,
    ),
    (
        FACTS,
        f"""
        insert into fact (source, id, account, type, at, received_at, event)
        select '/s', n::text, {_ANY}, t.type, {_ago(_YEAR)}, {_ago(_YEAR)},
               jsonb_build_object('type', t.type, 'time', {_ago(_YEAR)}, 'data',
                   jsonb_build_object('score', {_dice("score", 11)},
                   'contact', 'c1', 'answer', 'helpful', 'user', md5(n::text)))
        from generate_series(1, $1::int) n
        cross join lateral (select case when n % 20 = 0 then 'nps.responded'
            when n % 100 = 1 then 'proposal.answered' when n % 500 = 2 then 'contact.unsubscribed'
            else 'feature.used' end as type) t
        """,
    ),
    (
        150_000,
        f"""
        insert into decision (id, account, cause, at, outcome, body)
        select 'd' || n, {_ANY}, 'usage.threshold', {_ago(_YEAR)},
               (array['proposal', 'assisted', 'notice', 'withheld', 'none'])[1 + {_dice("o", 5)}],
               jsonb_build_object('signals', jsonb_build_array('usage_limit'), 'gates',
                   jsonb_build_array(jsonb_build_object('gate', 'holdout', 'reason', 'held',
                       'result', case when {_dice("h", 10)} = 0 then 'block' else 'pass' end)),
                   'words', repeat(md5(n::text), 100))
        from generate_series(1, $1::int) n
        """,
    ),
    (
        150_000,
        """
        insert into alert (id, account, meter, period_start, threshold, epoch, state, again, used,
            reached_at, notified, decision)
        select 'l' || n, d.account, 'seats', d.at, (array['80', '90', '95', '100'])[1 + n % 4],
               n::text, 'open', false, 5, d.at, true, d.id
        from generate_series(1, $1::int) n join decision d on d.id = 'd' || n
        """,
    ),
    (
        150_000,
        """
        insert into proposal (id, account, plan, at, channel, reason, counts, contacts, currency,
            decision, state)
        select 'p' || n, d.account, 'pro', d.at,
               case when d.outcome = 'proposal' then 'message' else 'person' end,
               (array['usage_limit', 'nps_high', 'renewal'])[1 + n % 3], true, '["c1"]', 'USD',
               d.id, 'sent'
        from generate_series(1, $1::int) n join decision d on d.id = 'd' || n
        where d.outcome in ('proposal', 'assisted')
        """,
    ),
    (
        150_000,
        """
        insert into notification (id, key, recipient, account, contact, kind, class, decision,
            facts, created_at)
        select 'n' || n, p.id, 'contact:c1', p.account, 'c1', 'upgrade.proposal', 'proposal',
               p.decision, jsonb_build_object('words', repeat(md5(n::text), 30)), p.at
        from generate_series(1, $1::int) n join proposal p on p.id = 'p' || n
        where p.channel = 'message'
        """,
    ),
    (
        150_000,
        """
        insert into delivery (id, notification, account, channel, lane, state, deadline_at,
            created_at)
        select id, id, account, 'email', id, 'delivered', created_at, created_at from notification
        where $1::int > 0
        """,
    ),
    (
        DEALS,
        f"""
        insert into opportunity (id, account, from_plan, to_plan, stage, owner, owner_rule,
            reasons, currency, decision, created_at, closed_at, loss_reason, revision)
        select 'o' || n, {_ANY}, 'starter', 'o' || n, s.stage,
               '{{"role": "cs", "id": "u7", "name": "Kato"}}', 'OWN-2', '["usage_limit"]', 'USD',
               'd' || 1 + {_dice("decision", 150_000)}, s.at,
               case when s.stage like 'closed%' then s.at + interval '40 days' end,
               case when s.stage = 'closed_lost' then 'price' end, 10
        from generate_series(1, $1::int) n
        cross join lateral (select {_ago(_YEAR)} as at, (array['identified', 'qualified',
            'proposal', 'closed_won', 'closed_lost'])[1 + {_dice("stage", 5)}] as stage) s
        """,
    ),
    (
        DEALS,
        """
        insert into entry (id, account, kind, subject, seq, type, at, by_kind, by_id, body)
        select o.id || '-' || e.seq, o.account, 'opportunity', o.id, e.seq, e.type,
               o.created_at + interval '4 days' * e.seq, 'person', 'u7', e.body
        from generate_series(1, $1::int) n join opportunity o on o.id = 'o' || n
        cross join lateral (values
            (1, 'opened', jsonb_build_object('stage', 'identified', 'decision', o.decision,
                'lines', jsonb_build_array(jsonb_build_object('id', '1', 'type', 'plan_upgrade',
                    'state', 'open')))),
            (2, 'move', '{"to": "qualified"}'), (3, 'answer', '{"question": "x", "text": "y"}'),
            (4, 'move', '{"to": "engaged"}'), (5, 'objection', '{"objection": "too_expensive"}'),
            (6, 'outcome', jsonb_build_object('objection', o.id || '-5', 'result', 'resolved')),
            (7, 'move', '{"to": "proposal"}'), (8, 'handoff', '{"action": "request"}'),
            (9, 'handoff', '{"action": "accept"}'),
            (10, 'move', jsonb_build_object('to', o.stage, 'role', 'hybrid')))
            as e(seq, type, body)
        """,
    ),
    (
        150_000,
        """
        insert into task (id, account, type, reason, about, words, priority, state, owner_role,
            owner_id, opened_at, due_at, decision, revision, closed_at)
        select 't' || n, d.account, 'expansion', 'opportunity', 't' || n, '{}', 'high',
               case when n % 8 = 0 then 'open' else 'closed_success' end, 'cs', 'u7', d.at,
               d.at + interval '1 day', d.id, 1, case when n % 8 <> 0 then d.at end
        from generate_series(1, $1::int) n join decision d on d.id = 'd' || n
        where d.outcome = 'assisted'
        """,
    ),
)


async def measure(
    stack: Addresses, *, share: float = 1.0, say: Callable[[str], None] = print
) -> dict[str, Any]:
    """`reports_ms`: each report over the last year, the median of three, as JSON bytes."""
    async with (
        migrated_template(stack.postgres_url) as template,
        new_database(stack.postgres_url, template=template) as name,
    ):
        url = url_of(stack.postgres_url, name)
        await fill(url, share)
        found = await _timed(url)
    for report, ms in sorted(found.items(), key=lambda one: -one[1]):
        say(f"report {report}: {ms:,.0f} ms")
    return {"reports_ms": found}


async def fill(url: str, share: float = 1.0) -> None:
    """The rows of the company, or that share of them."""
    connection = await asyncpg.connect(url)
    try:
        await connection.execute("set synchronous_commit = off")
        await connection.execute(
            "insert into catalog (version, body, digest, revision, applied_at) "
            "values (1, $1, '\\x00', 1, now())",
            canonical(catalog("global")),
        )
        await connection.execute(_ACCOUNTS, int(ACCOUNTS * share))
        await past(connection, share)
        await connection.execute("vacuum analyze")
    finally:
        await connection.close()


async def past(
    connection: "asyncpg.Connection[asyncpg.Record]", share: float, end: datetime = _NOW
) -> None:
    """What happened to the accounts until the day of `end`, most of it in the year before."""
    day = f"{end:%Y-%m-%d}"
    for rows, statement in _PAST:
        await connection.execute(statement.replace(_LAST_DAY, day), int(rows * share))


async def _timed(url: str) -> dict[str, float]:
    given = {
        "PLIMSOLL_DATABASE_URL": url,
        "PLIMSOLL_KAFKA_BOOTSTRAP_SERVERS": "127.0.0.1:1",
        "PLIMSOLL_ADMIN_KEY": "k" * 40,
    }
    context = make_context(load_settings(given), name="reports", pool_size=1)
    context.clock.follow(_NOW - datetime.now(UTC))
    catalogs, found = Catalogs(), {}
    asked = {"from": f"{_NOW - timedelta(days=365):%Y-%m-%d}", "to": f"{_NOW:%Y-%m-%d}"}
    try:
        for name in REPORTS:
            times = []
            for _ in range(3):
                began = time.perf_counter()
                report, _form = await read_report(context, catalogs, name, asked)
                dumps(report)
                times.append(time.perf_counter() - began)
            found[name] = round(sorted(times)[1] * 1_000, 1)
    finally:
        await context.close()
    return found
