"""What reports count over many accounts and years."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncConnection

from services.trigger.judgement.gates.guardrails import Play


async def plays(conn: AsyncConnection) -> list[Play]:
    return [Play(*row) for row in await conn.execute(_PLAYS)]


async def scores(conn: AsyncConnection, since: datetime) -> dict[str, list[tuple[int, int]]]:
    """For each play, the last NPS before and the first after each of its proposals."""
    found: dict[str, list[tuple[int, int]]] = {}
    for row in await conn.execute(_SCORES, {"since": since}):
        found.setdefault(row.play, []).append((row.before, row.after))
    return found


async def verdicts(conn: AsyncConnection, since: datetime) -> dict[str, int]:
    """How often each verdict on readiness was given, in decisions with a signal."""
    rows = await conn.execute(_VERDICTS, {"since": since})
    return {verdict: count for verdict, count in rows}


async def plans_of_long_standing(
    conn: AsyncConnection, now: datetime, before: datetime
) -> list[str]:
    """The plan of each customer who has been one since `before`."""
    return list((await conn.execute(_LONG_STANDING, {"now": now, "before": before})).scalars())


async def early_limits(
    conn: AsyncConnection, now: datetime, kept: datetime, days: timedelta
) -> Sequence[Row[Any]]:
    """For each plan and meter: `accounts`, and how many of them reached the limit `early`, within
    these days of their start.
    """
    return list(await conn.execute(_EARLY, {"now": now, "kept": kept, "days": days}))


async def answered_tickets(
    conn: AsyncConnection, now: datetime, since: datetime
) -> Sequence[Row[Any]]:
    """`plan`, `opened_at`, `answered_at` of each."""
    return list(await conn.execute(_ANSWERED, {"now": now, "since": since}))


_PLAYS = text(
    "select key, sent, complaints, unsubscribes, helpful, unwanted from play order by key"
)
_SCORES = text(
    """
    select p.reason as play, b.score as before, a.score as after
    from proposal p
    cross join lateral (
        select cast(f.event -> 'data' ->> 'score' as integer) as score from fact f
        where f.account = p.account and f.type = 'nps.responded' and f.taken_back_at is null
            and f.at <= p.at order by f.at desc limit 1) b
    cross join lateral (
        select cast(f.event -> 'data' ->> 'score' as integer) as score from fact f
        where f.account = p.account and f.type = 'nps.responded' and f.taken_back_at is null
            and f.at > p.at order by f.at limit 1) a
    where p.at >= :since and p.channel <> 'quote'
    """
)
_VERDICTS = text(
    """
    select body -> 'qualification' ->> 'verdict' as verdict, count(*) as count from decision
    where at >= :since and body -> 'qualification' ->> 'verdict' is not null
        and jsonb_array_length(body -> 'signals') > 0
    group by 1
    """
)
_LONG_STANDING = text(
    """
    select s.plan from subscription s join account a on a.id = s.account
    where (s.ended_at is null or s.ended_at > :now) and coalesce(a.customer_since,
        a.first_start) <= :before
    """
)
_EARLY = text(
    """
    select s.plan, m.meter, count(*) as accounts,
           count(*) filter (where exists (
               select 1 from alert a where a.account = s.account and a.meter = m.meter
                   and a.threshold = '100'
               and a.reached_at >= s.started_at and a.reached_at < s.started_at + :days)) as early
    from subscription s cross join (select distinct meter from alert where threshold = '100') m
    where (s.ended_at is null or s.ended_at > :now) and s.started_at >= :kept
    group by s.plan, m.meter order by s.plan, m.meter
    """
)
_ANSWERED = text(
    """
    select s.plan, t.opened_at, t.answered_at
    from (
        select account, event -> 'data' ->> 'ticket' as ticket,
            min(at) filter (where type = 'ticket.opened') as opened_at,
               min(at) filter (where type = 'ticket.answered') as answered_at
        from fact where type in ('ticket.opened', 'ticket.answered') and at >= :since
            and taken_back_at is null group by 1, 2) t
    join subscription s on s.account = t.account and (s.ended_at is null or s.ended_at > :now)
    where t.opened_at is not null and t.answered_at >= t.opened_at
    """
)
