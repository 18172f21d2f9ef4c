"""What several reports ask alike: when a change of plan holds, stages of opportunities, sent
proposals.
"""

from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from services.trigger.process.figures.answer import Question

EFFECTIVE = "coalesce(effective_at, at)"
"""When a plan change holds; the index `plan_change_history` has the same words."""

MOVES = f"""
    select id, account, {EFFECTIVE} as at, kind, currency, from_plan, to_plan, to_version,
           from_plan is not null and arr_before is null as lacks_before,
           to_plan is not null and arr_after is null as lacks_after,
           case when from_plan is null then 0 else arr_before end as before,
           case when to_plan is null then 0 else arr_after end as after
    from plan_change
"""
"""Plan changes; without a plan the ARR is 0, and without a price unknown."""

LATEST_LAST = f"order by account desc, {EFFECTIVE} desc, id desc"
"""For `distinct on (account)`: read backwards from the index."""

STAGES = """
    select e.subject as id, e.seq, case when e.type = 'move' then e.at
               else coalesce(cast(e.body ->> 'stage_since' as timestamptz), e.at) end as at,
           coalesce(e.body ->> 'to', e.body ->> 'stage') as stage,
           case when e.type = 'move' then e.body ->> 'role' end as role
    from entry e where e.kind = 'opportunity' and e.type in ('opened', 'move')
    union all
    select o.id, 0, coalesce(o.closed_at, o.stage_since, o.created_at), o.stage, null
    from opportunity o where o.revision = 0
"""
"""Every stage that opportunities entered, in the order of `seq`; `role`: whose it was, on closing.

One without a log yet has the stage of its row.
"""

IS_SENT = "p.channel in ('message', 'person') and p.state is distinct from 'draft'"


def brings(notification: str, proposal: str) -> str:
    """Whether this notification brings the customer this proposal: its own message, the notice that
    it was joined to, or the mail that was split off from that.
    """
    n, p = notification, proposal
    return f"""
        {n}.key = any(array(
            select {p}.id
            union all select k.key from alert a
                cross join lateral (values (a.id), (a.id || '-offer')) as k(key)
                where a.account = {p}.account and a.decision = {p}.decision))
        and ({n}.key = {p}.id or {n}.proposes is not null)
    """


def period(question: Question, **more: Any) -> dict[str, Any]:
    return {
        "since": question.since,
        "until": question.until,
        "passed": question.passed,
        "now": question.now,
        "currency": question.currency,
        **more,
    }


async def prepare(conn: AsyncConnection) -> None:
    """For a transaction that only reads much: one snapshot, room to sort, and no compiling of
    statements, which would take longer than they do.
    """
    for statement in _PREPARED:
        await conn.execute(statement)


async def catalog_versions(conn: AsyncConnection) -> list[int]:
    """The newest first."""
    return list((await conn.execute(_VERSIONS)).scalars())


_VERSIONS = text("select version from catalog order by revision desc")
_PREPARED = (
    text("set transaction isolation level repeatable read, read only"),
    text("set local jit = off"),
    text("set local work_mem = '64MB'"),
)
