"""Opportunities: how far they came, who had them, what was objected, how they were handed on."""

from collections import defaultdict
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from services.trigger.process.deals.flags import Head
from services.trigger.process.figures.answer import Question
from services.trigger.process.figures.handoff_states import Act
from services.trigger.process.reports.conversion import Qualified
from services.trigger.process.reports.hygiene import Deal
from services.trigger.process.reports.objections import Raised
from services.trigger.process.reports.owners import Closed
from services.trigger.process.reports.pipeline import FLOW, Reached, Standing
from services.trigger.tables.figures.parts import STAGES, period
from shared.erasure.requests import spares


async def qualified(conn: AsyncConnection, question: Question) -> list[Qualified]:
    """Those that first became qualified in the period."""
    return [
        Qualified(row.stage, row.from_plan, row.employees, row.segment, row.role, row.reason)
        for row in await conn.execute(_QUALIFIED, period(question))
    ]


async def standing(conn: AsyncConnection, question: Question) -> list[Standing]:
    """Assisted ones that were open at the moment asked for."""
    given = period(question, at=question.at or question.now)
    return [Standing(row.stage, row.created_at) for row in await conn.execute(_STANDING, given)]


async def reached(conn: AsyncConnection, question: Question) -> list[Reached]:
    """How far the assisted ones came that were created in the period."""
    return [
        Reached(FLOW[row.furthest], row.negotiated, row.number)
        for row in await conn.execute(_REACHED, period(question))
    ]


async def closed(conn: AsyncConnection, question: Question) -> list[Closed]:
    return [
        Closed(row.role, row.won, row.created_at, row.closed_at)
        for row in await conn.execute(_CLOSED, period(question))
    ]


async def losses(conn: AsyncConnection, question: Question) -> Mapping[str, int]:
    """How many were lost in the period, by reason."""
    rows = await conn.execute(_LOSSES, period(question))
    return {row.reason: row.number for row in rows}


async def raised(conn: AsyncConnection, question: Question) -> list[Raised]:
    """Each type of objection once per opportunity, if it first came up in the period."""
    return [
        Raised(row.objection, row.objection == "budget_process", row.resolved, row.won)
        for row in await conn.execute(_RAISED, period(question))
    ]


async def handoff_acts(conn: AsyncConnection, question: Question) -> list[list[Act]]:
    """What was done about hand-offs, in order, of each opportunity with a request in the period."""
    acts: defaultdict[str, list[Act]] = defaultdict(list)
    for row in await conn.execute(_HANDOFFS, period(question)):
        acts[row.subject].append(Act(row.action, row.at))
    return list(acts.values())


async def plan_lines_won(conn: AsyncConnection, question: Question) -> int:
    """Of the question's currency."""
    return int((await conn.execute(_LINES_WON, period(question))).scalar_one())


async def waiting(conn: AsyncConnection) -> list[Deal]:
    """Open opportunities."""
    return [
        Deal(
            row.id,
            row.account,
            row.time_zone,
            Head(
                row.stage,
                row.stage_since,
                row.role,
                row.owner,
                row.next_due,
                row.needs_quote,
                row.proposal_expired,
                row.handoff_waiting,
            ),
            {
                "unowned": row.owner_at,
                "needs_quote": row.line_at,
                "handoff_waiting": row.handoff_at,
                "proposal_expired": row.expired_at,
            },
        )
        for row in await conn.execute(_OPEN)
    ]


async def overdue_tasks(conn: AsyncConnection, now: datetime) -> list[Any]:
    return list(await conn.execute(_OVERDUE, {"now": now}))


async def sent_proposals(conn: AsyncConnection, question: Question) -> int:
    return int((await conn.execute(_SENT, period(question))).scalar_one())


# Whose it was until it closed; a won one is the CSM's afterwards.
_ROLE = """
    left join lateral (
        select e.body ->> 'role' as role from entry e
        where e.kind = 'opportunity' and e.subject = o.id and e.type = 'move'
        order by e.seq desc limit 1) c on o.closed_at is not null
"""
_WHOSE = "coalesce(c.role, o.owner ->> 'role')"
_QUALIFIED = text(
    f"""
    with first as (
        select id, min(at) as at from ({STAGES}) s where stage = 'qualified' group by id)
    select o.stage, o.from_plan, a.employees, a.segment, {_WHOSE} as role,
           o.reasons ->> 0 as reason
    from first f join opportunity o on o.id = f.id join account a on a.id = o.account {_ROLE}
    where f.at >= :since and f.at < :until
        and (cast(:currency as text) is null or o.currency = :currency)
    """
)
_IS_ASSISTED = f"({_WHOSE} <> 'self_serve' or o.person_entry)"
_STANDING = text(
    f"""
    with latest as (
        select distinct on (id) id, stage from ({STAGES}) s where at <= :at
        order by id, seq desc)
    select l.stage, o.created_at from latest l join opportunity o using (id) {_ROLE}
    where l.stage not in ('closed_won', 'closed_lost') and o.created_at <= :at and {_IS_ASSISTED}
        and (cast(:currency as text) is null or o.currency = :currency)
    """
)
_REACHED = text(
    f"""
    with created as (
        select o.id, o.stage from opportunity o {_ROLE}
        where o.created_at >= :since and o.created_at < :until and {_IS_ASSISTED}
            and (cast(:currency as text) is null or o.currency = :currency)),
    flow as (
        select c.id, bool_or(s.stage = 'negotiation') as negotiated,
               max(case s.stage when 'closed_won' then 4 when 'negotiation' then 3
                       when 'proposal' then 3 when 'engaged' then 2 when 'qualified' then 1
                       else 0 end) as furthest
        from created c left join ({STAGES}) s using (id) group by c.id)
    select coalesce(furthest, 0) as furthest, coalesce(negotiated, false) as negotiated,
           count(*) as number
    from flow group by 1, 2 order by 1, 2
    """
)
_CLOSED = text(
    f"""
    select {_WHOSE} as role, o.stage = 'closed_won' as won, o.created_at, o.closed_at
    from opportunity o {_ROLE}
    where o.closed_at >= :since and o.closed_at < :until
        and o.stage in ('closed_won', 'closed_lost')
        and (cast(:currency as text) is null or o.currency = :currency)
    """
)
_LOSSES = text(
    """
    select coalesce(loss_reason, 'other') as reason, count(*) as number from opportunity
    where stage = 'closed_lost' and closed_at >= :since and closed_at < :until
        and (cast(:currency as text) is null or currency = :currency)
    group by 1
    """
)
_RAISED = text(
    """
    with raised as (
        select e.subject, e.body ->> 'objection' as objection, min(e.at) as at,
               array_agg(e.id) as ids
        from entry e
        where e.kind = 'opportunity' and e.type = 'objection' and e.body ->> 'objection' <> 'none'
        group by 1, 2),
    outcomes as (
        select distinct on (r.subject, r.objection) r.subject, r.objection,
               e.body ->> 'result' = 'resolved' as resolved
        from raised r join entry e on e.kind = 'opportunity' and e.subject = r.subject
            and e.type = 'outcome' and e.body ->> 'objection' = any(r.ids)
        order by r.subject, r.objection, e.seq desc)
    select r.objection, coalesce(u.resolved, false) as resolved, o.stage = 'closed_won' as won
    from raised r join opportunity o on o.id = r.subject
    left join outcomes u using (subject, objection)
    where r.at >= :since and r.at < :until
        and (cast(:currency as text) is null or o.currency = :currency)
    """
)
_HANDOFFS = text(
    """
    select e.subject, e.at, e.body ->> 'action' as action from entry e
    where e.kind = 'opportunity' and e.type = 'handoff' and e.subject in (
        select r.subject from entry r join opportunity o on o.id = r.subject
        where r.kind = 'opportunity' and r.type = 'handoff' and r.at >= :since and r.at < :until
            and r.body ->> 'action' = 'request'
            and (cast(:currency as text) is null or o.currency = :currency))
    order by e.subject, e.seq
    """
)
# A line is won by an entry of its own, or with the deal that it was still open in.
_LINES_WON = text(
    """
    with deals as (
        select o.id, o.stage, o.closed_at, o.revision, o.add_on from opportunity o
        where o.currency = :currency and (o.closed_at is null or o.closed_at >= :since)),
    written as (
        select e.subject, e.seq, e.at, l.body from entry e join deals d on d.id = e.subject
        cross join lateral jsonb_array_elements(e.body -> 'lines') as l(body)
        where e.kind = 'opportunity' and e.type = 'opened'
        union all
        select e.subject, e.seq, e.at, e.body from entry e join deals d on d.id = e.subject
        where e.kind = 'opportunity' and e.type = 'line'),
    newest as (
        select distinct on (subject, body ->> 'id') subject, at, body from written
        order by subject, body ->> 'id', seq desc)
    select (select count(*) from newest n join deals d on d.id = n.subject
            where n.body ->> 'type' = 'plan_upgrade' and (
                n.body ->> 'state' = 'won'
                    and cast(n.body ->> 'won_at' as timestamptz) >= :since
                    and cast(n.body ->> 'won_at' as timestamptz) < :until
                or n.body ->> 'state' = 'open' and d.stage = 'closed_won'
                    and d.closed_at >= :since and d.closed_at < :until))
        + (select count(*) from deals where revision = 0 and stage = 'closed_won'
               and add_on is null and closed_at >= :since and closed_at < :until)
    """
)
_OPEN = text(
    f"""
    select o.id, o.account, o.stage, coalesce(o.stage_since, o.created_at) as stage_since,
           o.owner ->> 'role' as role, o.owner ->> 'id' as owner, o.next_due, o.needs_quote,
           o.proposal_expired, o.handoff_waiting, a.time_zone, w.owner_at, w.line_at,
           w.handoff_at, p.expired_at
    from opportunity o join account a on a.id = o.account
    left join lateral (
        select max(e.at) filter (where e.type in ('opened', 'route', 'owner')) as owner_at,
               max(e.at) filter (where e.type in ('opened', 'line')) as line_at,
               max(e.at) filter (where e.type = 'handoff') as handoff_at
        from entry e where e.kind = 'opportunity' and e.subject = o.id) w
        on o.owner ->> 'id' is null or o.needs_quote or o.handoff_waiting
    left join lateral (
        select max(expires_at) as expired_at from proposal p
        where p.opportunity = o.id and p.state = 'expired') p on o.proposal_expired
    where o.closed_at is null and {spares("o")}
    """
)
_OVERDUE = text(
    f"""
    select id, account, owner_id, due_at from task
    where closed_at is null and due_at <= :now and state in ('open', 'in_progress')
        and {spares("task")}
    """
)
_SENT = text(
    """
    select count(*) from proposal p
    where p.at >= :since and p.at < :until and p.currency = :currency
        and p.channel in ('message', 'person') and p.state is distinct from 'draft'
    """
)
