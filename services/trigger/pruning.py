"""What the trigger deletes after a while.

Judgement reads `account_record` and the last 400 days, so its decisions do not change.
"""

from shared.pruning import ByAge, InOrder, rejected

_OPEN = (
    "exists (select 1 from alert o where o.account = r.account "
    "and o.meter = r.meter and o.period_start = r.period_start and o.state = 'open')"
)
_POINTED_AT = " or ".join(
    f"exists (select 1 from {table} n where n.account = r.account and n.decision = r.id)"
    for table in ("proposal", "opportunity", "remedy", "task")
)
_DONE_WITH = (
    "r.outcome <> 'failed' "
    f"and not (exists (select 1 from alert a where a.decision = r.id) or {_POINTED_AT})"
)
_OF_NOTHING = (
    "case r.kind when 'task' then not exists (select 1 from task o where o.id = r.subject) "
    "else not exists (select 1 from opportunity o where o.id = r.subject) end"
)

RULES = (
    InOrder("fact", "facts", "received_at"),
    InOrder(
        "alert",
        "decisions",
        "reached_at",
        f"coalesce(r.resolved_at < :before, true) and r.state <> 'open' and not {_OPEN}",
    ),
    InOrder("proposal", "decisions", "at", "coalesce(r.waits_until < :before, true)"),
    InOrder("opportunity", "decisions", "created_at", "r.closed_at < :before"),
    InOrder("trial", "decisions", "ends_at", "r.state in ('ended_met', 'ended_not_met')"),
    InOrder("task", "decisions", "opened_at", "r.closed_at < :before"),
    InOrder("entry", "decisions", "at", _OF_NOTHING, key="n"),
    InOrder("decision", "decisions", "at", _DONE_WITH),
    InOrder("backtest", "decisions", "created_at", "r.state in ('done', 'failed')"),
    ByAge("quote", "decisions", "expires_at"),
    ByAge("audit", "audit", "at"),
    rejected("trigger"),
)
"""A decision stays as long as an alert, proposal, opportunity or task refers to it; an entry, as
long as the opportunity or task of its log.
"""
