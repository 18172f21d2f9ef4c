"""Decisions and alerts: what was decided, what people did, what notices and offers led to."""

from collections.abc import Mapping
from datetime import timedelta

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from services.trigger.process.figures.answer import Question
from services.trigger.process.figures.uplift import Arm
from services.trigger.process.reports.missed_triggers import Assisted
from services.trigger.process.reports.thresholds import Reached
from services.trigger.tables.figures.parts import EFFECTIVE, IS_SENT, brings, period
from shared.erasure.requests import spares

SIGNALLED = "jsonb_array_length(body -> 'signals') > 0"
HELD_OUT = (
    'body @? \'$.gates[*] ? (@.gate == "holdout" && @.result == "block" '
    '&& !(@.reason starts with "experiment"))\''
)
"""As in the indexes `decision_signalled` and `decision_held_out`."""


async def outcomes(conn: AsyncConnection, question: Question) -> Mapping[str, int]:
    """How many decisions on signals came to each outcome, without those of a person."""
    rows = await conn.execute(_OUTCOMES, period(question))
    return {row.outcome: row.number for row in rows}


async def assisted(conn: AsyncConnection, question: Question) -> list[Assisted]:
    return [
        Assisted(row.id, row.account, row.at, row.task, row.owner, row.acted_at)
        for row in await conn.execute(_ASSISTED, period(question))
    ]


async def held_out(conn: AsyncConnection, question: Question) -> dict[str, Arm]:
    """Accounts by whether they are held out of offers, and how many moved up within the window."""
    given = period(question, window=timedelta(days=question.window))
    rows = await conn.execute(_HOLDOUT, given)
    return {row.arm: Arm(row.upgraded, row.accounts) for row in rows}


async def crossed_80(
    conn: AsyncConnection, question: Question, experiment: str, window: timedelta
) -> list[tuple[str, bool]]:
    """The arm of each account of the experiment that reached 80 % in the period, counted from its
    first time, and whether it moved up within the window, which has passed.
    """
    given = period(question, experiment=experiment, window=window)
    return [(row.arm, row.upgraded) for row in await conn.execute(_CROSSED, given)]


async def reached(conn: AsyncConnection, question: Question) -> list[Reached]:
    """Notified alerts by their percentage."""
    return [
        Reached(
            int(row.threshold),
            row.notices,
            row.proposals,
            row.delivered,
            row.clicked,
            row.opportunities,
            row.won,
            row.unsubscribes,
        )
        for row in await conn.execute(_REACHED, period(question))
    ]


_OUTCOMES = text(
    f"""
    select outcome, count(*) as number from decision
    where at >= :since and at < :until and {SIGNALLED} and cause <> 'schedule'
        and outcome <> 'assisted'
    group by outcome
    """
)
# A decision opens or raises a log: a task, an opportunity.
_ASSISTED = text(
    f"""
    with asked as (
        select id, account, at from decision
        where at >= :since and at < :until and {SIGNALLED} and cause <> 'schedule'
            and outcome = 'assisted'),
    logs as (
        select a.id, e.kind, e.subject from asked a
        join entry e on e.body ->> 'decision' = a.id and e.type in ('opened', 'raised', 'reason')
        union select a.id, 'opportunity', o.id from asked a join opportunity o on o.decision = a.id
        union select a.id, 'task', t.id from asked a join task t on t.decision = a.id),
    acts as (
        select a.id, min(e.at) as at from asked a join logs l using (id)
        join entry e on e.kind = l.kind and e.subject = l.subject and e.at >= a.at
            and (e.by_kind <> 'plimsoll' or e.by_id = 'crm')
        group by a.id),
    tasks as (
        select distinct on (l.id) l.id, t.id as task, t.owner_id from logs l
        join task t on l.kind = 'task' and t.id = l.subject order by l.id, t.seq)
    select a.id, a.account, a.at, t.task, t.owner_id as owner, d.at as acted_at
    from asked a left join acts d using (id) left join tasks t using (id) where {spares("a")}
    """
)
_RISEN = f"""
    risen as (
        select account, {EFFECTIVE} as at from plan_change
        where kind = 'plan_upgrade' and {EFFECTIVE} >= :since and {EFFECTIVE} < :passed)
"""
_HOLDOUT = text(
    f"""
    with first as (
        select distinct on (account) account, id, at from decision
        where at >= :since and at < :until and {SIGNALLED} order by account, at, seq),
    held as (select id from decision where at >= :since and at < :until and {HELD_OUT}),
    {_RISEN},
    arms as (
        select f.account, f.at, h.id is not null as held from first f left join held h using (id)
        where f.at + :window <= :passed),
    done as (
        select distinct a.account from arms a join risen r on r.account = a.account
            and r.at >= a.at and r.at <= a.at + :window)
    select case when a.held then 'control' else 'offered' end as arm, count(*) as accounts,
           count(d.account) as upgraded
    from arms a left join done d using (account) group by 1
    """
)
# The decision on a crossing says which arm the account was in.
_CROSSED = text(
    f"""
    with told as (
        select a.account, a.reached_at, a.seq, jsonb_path_query_first(d.body,
                   '$.gates[*] ? (@.gate == "holdout")') -> 'evidence' as evidence
        from alert a join decision d on d.id = a.decision
        where a.threshold = '80' and a.reached_at >= :since and a.reached_at < :until),
    first as (
        select distinct on (account) account, reached_at as at, evidence ->> 'arm' as arm
        from told where evidence ->> 'experiment' = :experiment
        order by account, reached_at, seq),
    {_RISEN}
    select f.arm, exists (
        select from risen r where r.account = f.account and r.at >= f.at
            and r.at <= f.at + :window) as upgraded
    from first f where f.at + :window <= :passed
    """
)
_REACHED = text(
    f"""
    with told as (
        select account, threshold, reached_at, decision from alert
        where notified and reached_at >= :since and reached_at < :until
            and threshold ~ '^[0-9]+$'),
    offers as (
        select t.threshold, p.id, p.account, p.decision
        from told t join proposal p on p.decision = t.decision
        where {IS_SENT}),
    sent as (
        select threshold, count(distinct o.id) as proposals,
               count(distinct o.id) filter (where m.delivered) as delivered,
               count(distinct o.id) filter (where m.clicked) as clicked
        from offers o cross join lateral (
            select bool_or(n.clicked_at is not null) as clicked, bool_or(exists (
                select from delivery d where d.notification = n.id and d.state = 'delivered'))
                as delivered
            from notification n where {brings("n", "o")}) m
        group by threshold),
    taken as (
        select t.threshold, e.subject as id from told t join entry e
            on e.body ->> 'decision' = t.decision and e.kind = 'opportunity'
            and e.type in ('opened', 'raised', 'reason')
        union select t.threshold, o.id from told t join opportunity o on o.decision = t.decision),
    deals as (
        select k.threshold, count(*) as opportunities,
               count(*) filter (where o.stage = 'closed_won') as won
        from taken k join opportunity o using (id) group by k.threshold),
    left_us as (
        select f.account, f.at, f.seq, f.event -> 'data' ->> 'contact' as contact from fact f
        where f.type = 'contact.unsubscribed' and f.taken_back_at is null
            and f.at >= :since and f.at < :until + interval '720 hours'),
    refused as (
        select t.threshold, count(distinct u.seq) as unsubscribes
        from left_us u join told t on t.account = u.account and u.at >= t.reached_at
            and u.at <= t.reached_at + interval '720 hours'
        where exists (select from notification n where n.account = u.account
            and n.contact = u.contact and n.decision = t.decision)
        group by t.threshold),
    counted as (select threshold, count(*) as notices from told group by threshold)
    select c.threshold, c.notices, coalesce(s.proposals, 0) as proposals,
           coalesce(s.delivered, 0) as delivered, coalesce(s.clicked, 0) as clicked,
           coalesce(d.opportunities, 0) as opportunities, coalesce(d.won, 0) as won,
           coalesce(r.unsubscribes, 0) as unsubscribes
    from counted c left join sent s using (threshold) left join deals d using (threshold)
    left join refused r using (threshold)
    """
)
