"""Lists over all accounts stay fast in large tables, even for rare rows: each reads its page
through an index.
"""

import json
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import event, text
from sqlalchemy.ext.asyncio import AsyncConnection

from services.ingest.tables import rejects
from services.ingest.tables.rejects import Filters as RejectFilters
from services.notifier.store import views
from services.trigger.tables import alerts
from services.trigger.tables.process import opportunities as heads
from services.trigger.tables.process.opportunities import Filters
from shared.audit import trail
from shared.postgres.database import create_engine, transaction

ROWS = 40_000
LIMIT = 50
_READ = 4_000
"""The most rows that a page may examine: a page for each channel and state."""

# Only a few old rows match the queries below: reading from the newest on, or reading everything,
# examines all rows.
_FILL = (
    """
    insert into alert (id, account, meter, period_start, threshold, epoch, state, resolution,
        again, used, percent, reached_at, notified,
                       decision)
    select 'a' || n, 'acct-' || n % 1667, case when n % 3 = 0 then 'seats' else 'calls' end, now(),
        '95', 'e' || n,
           case when n < 20 then 'open' else 'superseded' end, null, false, 1, 95, now(), true, 'd'
    from generate_series(1, :rows) n
    """,
    """
    insert into decision (id, account, cause, at, outcome, body)
    select 'd' || n, case when n < 20 then 'rare' else 'acct-' || n % 1667 end, 'usage', now(),
        'none', '{}'
    from generate_series(1, :rows) n
    """,
    """
    insert into notification (id, key, recipient, account, kind, class, facts, created_at)
    select 'n' || n, 'k' || n, 'crm', 'acct-' || n % 1667, 'usage.threshold',
        case when n < 20 then 'proposal' else 'notice' end, '{}',
           now()
    from generate_series(1, :rows) n
    """,
    """
    insert into delivery (id, notification, account, channel, lane, state, deadline_at, created_at)
    select 'v' || n, 'n' || n, 'acct-' || n % 1667, case when n < 40 then 'webhook' when n % 2 = 0
        then 'email' else 'in_app' end, 'v' || n,
           case when n < 20 then 'dead' when n % 50 = 0 then 'cancelled' else 'delivered' end,
               now(), now()
    from generate_series(1, :rows) n
    """,
    """
    insert into opportunity (id, account, to_plan, stage, owner, owner_rule, reasons, currency,
        decision, created_at, closed_at)
    select 'o' || n, case when n < 20 then 'rare' else 'acct-' || n % 1667 end, 'pro',
        'closed_lost', '{}', 'r', '[]', 'USD', 'd',
           now(), now()
    from generate_series(1, :rows) n
    """,
    """
    insert into event_rejected (service, topic, partition, "offset", reason, at)
    select 'ingest', case when n < 40 then 'account.events' else 'usage.events' end, 0, n,
           case when n < 20 then 'size: large' else 'json: bad' end, now()
    from generate_series(1, :rows) n
    """,
    """
    insert into erasure (hash, account, requested_at, revision)
    select convert_to('e' || n, 'UTF8'), case when n <= 20 then 'gone-' || n end, now(), n
        from generate_series(1, :rows) n
    """,
    """
    insert into audit (at, by_kind, by_id, action, what_kind, what_id, account)
    select now() - n * interval '1 second', 'key',
        case when n > :rows - 20 then 'rare' else 'shop' end, 'change',
        case when n > :rows - 30 then 'channel' else 'account' end,
        case when n > :rows - 30 then 'hubspot' else 'acct-' || n % 1667 end,
        case when n > :rows - 30 then null else 'acct-' || n % 1667 end
    from generate_series(1, :rows) n
    """,
    "analyze",
)

List = Callable[[AsyncConnection], Awaitable[Any]]


@dataclass(frozen=True)
class Asked:
    name: str
    found: int
    rows: List


def _alerts(found: int, **given: str) -> Asked:
    wanted: dict[str, Any] = {
        "account": None,
        "meter": None,
        "state": None,
        "before": None,
        "limit": LIMIT,
    } | given
    return Asked(f"alerts {given}", found, lambda conn: alerts.list_alerts(conn, **wanted))


def _deliveries(found: int, **given: str) -> Asked:
    wanted: dict[str, Any] = {
        "account": None,
        "channel": None,
        "state": None,
        "before": None,
        "limit": LIMIT,
    } | given
    return Asked(f"deliveries {given}", found, lambda conn: views.deliveries(conn, **wanted))


def _notifications(found: int, cls: str | None) -> Asked:
    return Asked(
        f"notifications {cls}",
        found,
        lambda conn: views.notifications(conn, account=None, cls=cls, before=None, limit=LIMIT),
    )


def _decisions(found: int, account: str | None) -> Asked:
    return Asked(
        f"decisions {account}",
        found,
        lambda conn: alerts.list_decisions(conn, account=account, before=None, limit=LIMIT),
    )


def _opportunities(found: int, account: str | None) -> Asked:
    return Asked(
        f"opportunities {account}",
        found,
        lambda conn: heads.page(conn, Filters(account=account), datetime.now(UTC), None, LIMIT),
    )


def _rejected(found: int, **given: str) -> Asked:
    wanted = RejectFilters(**given)
    return Asked(f"rejected {given}", found, lambda conn: rejects.page(conn, wanted, None, LIMIT))


def _audit(found: int, who: str | None = None, what: str | None = None) -> Asked:
    wanted = trail.Filters(who, what)
    return Asked(f"audit {who} {what}", found, lambda conn: trail.page(conn, wanted, None, LIMIT))


ASKED = [
    _alerts(LIMIT),
    _alerts(19, state="open"),
    _alerts(0, state="resolved"),
    _alerts(LIMIT, meter="seats"),
    _alerts(6, meter="seats", state="open"),
    _alerts(0, meter="storage"),
    _alerts(24, account="acct-7"),
    _deliveries(LIMIT),
    _deliveries(19, state="dead"),
    _deliveries(0, state="unknown"),
    _deliveries(LIMIT, state="cancelled"),
    _deliveries(39, channel="webhook"),
    _deliveries(0, channel="hubspot"),
    _deliveries(0, channel="email", state="dead"),
    _deliveries(19, channel="webhook", state="dead"),
    _deliveries(24, account="acct-77"),
    _notifications(LIMIT, None),
    _notifications(19, "proposal"),
    _notifications(0, "internal"),
    _decisions(LIMIT, None),
    _decisions(19, "rare"),
    _opportunities(LIMIT, None),
    _opportunities(19, "rare"),
    _rejected(LIMIT),
    _rejected(39, topic="account.events"),
    _rejected(19, code="size"),
    _rejected(0, topic="usage.events", code="size"),
    _rejected(19, reason="size: large", state="open"),
    _rejected(0, state="dismissed"),
    _rejected(0, service="notifier"),
    _audit(LIMIT),
    _audit(20, who="rare"),
    _audit(30, what="channel"),
    _audit(30, what="hubspot"),
    _audit(30, what="channel hubspot"),
    _audit(24, what="acct-7"),
    _audit(24, what="account acct-7"),
    _audit(0, what="nothing"),
]


@pytest.fixture(scope="module")
async def full(module_database_url: str) -> AsyncIterator[AsyncConnection]:
    """One connection to full tables. Plans are made as in a busy service: prepared, and independent
    of the parameters.
    """
    engine = create_engine(module_database_url, name="test", statement_seconds=120)
    async with transaction(engine) as conn:
        for statement in _FILL:
            await conn.execute(text(statement), {"rows": ROWS} if ":rows" in statement else {})
    async with engine.connect() as conn:
        await conn.execute(text("set plan_cache_mode = force_generic_plan"))
        yield conn
    await engine.dispose()


@pytest.mark.parametrize("asked", ASKED, ids=lambda asked: asked.name)
async def test_a_page_is_read_by_an_index(full: AsyncConnection, asked: Asked) -> None:
    plans: list[tuple[str, Any]] = []

    def note(
        _conn: Any, _cursor: Any, statement: str, parameters: Any, _context: Any, _many: bool
    ) -> None:
        plans.append((statement, parameters))

    event.listen(full.engine.sync_engine, "before_cursor_execute", note)
    try:
        rows = await asked.rows(full)
    finally:
        event.remove(full.engine.sync_engine, "before_cursor_execute", note)
    assert len(rows) == asked.found
    assert plans
    for statement, parameters in plans:
        explained = (
            await full.exec_driver_sql(
                f"explain (analyze, timing off, format json) {statement}", parameters
            )
        ).scalar_one()
        found = explained if isinstance(explained, list) else json.loads(explained)
        assert sum(_looked_at(found[0]["Plan"])) < _READ, json.dumps(found, indent=1, default=str)


def _looked_at(plan: dict[str, Any]) -> list[float]:
    """The rows that each table scan examines, including those it discards."""
    here = []
    if "Relation Name" in plan:
        here = [
            (plan["Actual Rows"] + plan.get("Rows Removed by Filter", 0)) * plan["Actual Loops"]
        ]
    return here + [rows for part in plan.get("Plans", []) for rows in _looked_at(part)]
