"""How accounts' subscriptions went: when they began, moved up and ended, and who stayed."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from services.trigger.process.figures.answer import Question
from services.trigger.process.reports.first_year import Starters
from services.trigger.process.reports.retention import Cohort
from services.trigger.process.reports.time_to_upsell import Life
from services.trigger.tables.figures.parts import EFFECTIVE, MOVES, period
from shared.erasure.requests import spares

Sold = tuple[str, int]
"""A plan, and the version of the catalogue it was sold with."""


async def sold_plans(conn: AsyncConnection) -> list[Sold]:
    """Every plan that anybody began with or moved to."""
    return [(row.to_plan, row.to_version) for row in await conn.execute(_SOLD)]


async def lives(
    conn: AsyncConnection, question: Question, with_plan_above: Collection[Sold]
) -> list[Life]:
    """Accounts that started in the period on one of these, the oldest first."""
    given = period(question, **_columns(with_plan_above))
    return [
        Life(row.account, row.start, row.upgraded_at, row.ended_at)
        for row in await conn.execute(_LIVES, given)
    ]


async def starters(
    conn: AsyncConnection, question: Question, with_plan_above: Collection[Sold]
) -> list[Starters]:
    """Those of a year or more, by what the question asks."""
    statement = text(_STARTERS.format(key=_KEYS[question.by or ""]))
    given = period(question, **_columns(with_plan_above))
    return [
        Starters(row.key, row.accounts, row.upgraded)
        for row in await conn.execute(statement, given)
    ]


async def retained(conn: AsyncConnection, question: Question) -> tuple[Cohort, Cohort]:
    """Those who moved up in the period; and others, on the plan they had, at the same age."""
    row = (await conn.execute(_RETAINED, period(question))).one()
    return Cohort(row.upgraded, row.upgraded_stayed), Cohort(row.others, row.others_stayed)


async def churns(
    conn: AsyncConnection, since: datetime, until: datetime
) -> list[tuple[str, int, list[str]]]:
    """Subscriptions that ended: plan, catalogue version, and the features that were missing, if
    that was the reason.
    """
    return [
        (row.from_plan, row.from_version, row.features or [])
        for row in await conn.execute(_CHURNS, {"since": since, "until": until})
    ]


def _columns(sold: Collection[Sold]) -> dict[str, list[str] | list[int]]:
    ordered = sorted(sold)
    return {"plans": [plan for plan, _ in ordered], "versions": [at for _, at in ordered]}


_SOLD = text(
    "select distinct to_plan, to_version from plan_change "
    "where to_plan is not null and to_version is not null"
)
_LIFE = f"""
    first as (
        select distinct on (account) account, {EFFECTIVE} as at, to_plan, to_version
        from plan_change order by account, {EFFECTIVE}, id),
    moved as (
        select account, min({EFFECTIVE}) filter (where kind = 'plan_upgrade') as upgraded_at,
               min({EFFECTIVE}) filter (where to_plan is null) as ended_at
        from plan_change where kind = 'plan_upgrade' or to_plan is null group by account),
    life as (
        select f.account, coalesce(a.customer_since, f.at) as start, f.to_plan, f.to_version,
               m.upgraded_at, m.ended_at, a.segment, a.employees
        from first f join account a on a.id = f.account left join moved m using (account))
"""
_STARTED = """
    start >= :since and start < :until and (to_plan, to_version) in (
        select * from unnest(cast(:plans as text[]), cast(:versions as integer[])))
"""
_LIVES = text(
    f"""
    with {_LIFE}
    select account, start, upgraded_at, ended_at from life where {_STARTED} and {spares("life")}
    order by start, account
    """
)
_KEYS = {
    "": "cast(null as text)",
    "plan": "to_plan",
    "segment": "segment",
    "size": "case when employees >= 1000 then '1000+' when employees >= 250 then '250-999' "
    "when employees >= 50 then '50-249' when employees >= 1 then '1-49' end",
}
_STARTERS = f"""
    with {_LIFE}
    select {{key}} as key, count(*) as accounts,
           count(*) filter (where upgraded_at <= start + interval '8760 hours') as upgraded
    from life where {_STARTED} and start + interval '8760 hours' <= :passed group by 1
"""
# `age`: how many whole days old they were; the lower median of an even number is the smaller one.
# An account's spans do not overlap: each look is joined with one at most, by hashing.
_RETAINED = text(
    f"""
    with {_LIFE},
    spans as materialized (
        select account, at, lead(at) over w as until, to_plan
        from ({MOVES}) m window w as (partition by account order by at, id)),
    risen as (
        select l.account, l.upgraded_at, p.from_plan,
               floor(extract(epoch from l.upgraded_at - l.start) / 86400) as age
        from life l cross join lateral (
            select from_plan from plan_change c
            where c.account = l.account and c.kind = 'plan_upgrade'
            order by {EFFECTIVE}, id limit 1) p
        where l.upgraded_at >= :since and l.upgraded_at < :until
            and l.upgraded_at + interval '8760 hours' <= :passed),
    ages as (
        select from_plan, percentile_disc(0.5) within group (order by age) * interval '24 hours'
            as age
        from risen group by from_plan),
    others as (
        select l.account, g.from_plan, l.start + g.age as at,
               l.start + g.age + interval '8760 hours' as later
        from life l cross join ages g
        where l.start + g.age + interval '8760 hours' <= :passed
            and (l.upgraded_at is null or l.upgraded_at > l.start + g.age + interval '8760 hours')
            and l.account not in (select account from risen)),
    matched as (
        select o.account, o.from_plan, o.later from others o
        join spans s on s.account = o.account and s.to_plan = o.from_plan
            and s.at <= o.at and (s.until is null or s.until > o.at)),
    looks as (
        select 'upgraded' as arm, account, upgraded_at + interval '8760 hours' as later from risen
        union all select 'others', account, later from matched),
    stays as (
        select k.arm, s.account is not null as stayed
        from looks k left join spans s on s.account = k.account and s.to_plan is not null
            and s.at <= k.later and (s.until is null or s.until > k.later))
    select count(*) filter (where arm = 'upgraded') as upgraded,
           count(*) filter (where arm = 'upgraded' and stayed) as upgraded_stayed,
           count(*) filter (where arm = 'others') as others,
           count(*) filter (where arm = 'others' and stayed) as others_stayed
    from stays
    """
)
_CHURNS = text(
    f"""
    select m.from_plan, m.from_version, f.features
    from (select id, account, {EFFECTIVE} as at, from_plan, from_version from plan_change
          where to_plan is null and {EFFECTIVE} >= :since and {EFFECTIVE} < :until) m
    left join lateral (
        select case when c.event -> 'data' ->> 'reason' = 'missing_feature'
                   and jsonb_typeof(c.event -> 'data' -> 'features') = 'array'
               then array(select jsonb_array_elements_text(c.event -> 'data' -> 'features')) end
                   as features
        from fact c
        where c.account = m.account and c.type = 'subscription.cancelled'
            and c.taken_back_at is null
            and coalesce(cast(c.event -> 'data' ->> 'at' as timestamptz), c.at) = m.at
        order by c.seq desc limit 1) f on true
    order by m.id
    """
)
