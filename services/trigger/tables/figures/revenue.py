"""What subscriptions bring: retention of revenue, price mix, and lifetime value."""

from collections import defaultdict
from collections.abc import Collection
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from services.trigger.process.figures.answer import Question
from services.trigger.process.reports.case_study import Cohort
from services.trigger.process.reports.ltv import Part, Subscribed
from services.trigger.process.reports.nrr import Book
from services.trigger.tables.figures.parts import EFFECTIVE, LATEST_LAST, MOVES, period


async def books(conn: AsyncConnection, question: Question) -> tuple[list[Book], int]:
    """By currency; and how many accounts are left out because a price is unknown."""
    given = period(question)
    kinds: defaultdict[str, dict[str, tuple[Decimal, Decimal]]] = defaultdict(dict)
    for row in await conn.execute(_KINDS, given):
        kinds[row.currency][row.kind] = (row.added, row.lost)
    found, unknown = [], 0
    for row in await conn.execute(_BOOKS, given):
        unknown += row.unknown
        if row.accounts:
            found.append(
                Book(
                    row.currency, row.accounts, row.start, row.finish, row.kept, kinds[row.currency]
                )
            )
    return found, unknown


async def family_cohorts(
    conn: AsyncConnection,
    since: datetime,
    until: datetime,
    below_top: Collection[str],
    currency: str | None,
) -> tuple[dict[str, Cohort], int]:
    """Accounts that were on one of these plans at `since`, by currency; and those without a
    price.
    """
    given = {"since": since, "until": until, "plans": list(below_top), "currency": currency}
    found, unknown = {}, 0
    for row in await conn.execute(_COHORTS, given):
        unknown += row.unknown
        if row.accounts:
            found[row.currency] = Cohort(
                row.currency, row.accounts, row.upgraded, row.start, row.finish
            )
    return found, unknown


async def subscribed(conn: AsyncConnection, question: Question) -> tuple[list[Subscribed], int]:
    """By currency; and how many accounts are left out because a price is unknown."""
    given = period(question, zone=question.time_zone)
    parts: defaultdict[str, list[Part]] = defaultdict(list)
    heads: dict[str, Any] = {}
    for row in await conn.execute(_PARTS, given):
        if row.length is None:
            heads[row.currency] = row
        else:
            parts[row.currency].append(
                Part(
                    int(row.length),
                    int(row.months),
                    int(row.rest),
                    Decimal(row.arr_months),
                    Decimal(row.arr_rest),
                )
            )
    found = [
        Subscribed(key, row.accounts, row.last_arr, parts[key])
        for key, row in sorted(heads.items(), key=lambda one: one[0] or "")
        if row.accounts
    ]
    return found, sum(row.unknown for row in heads.values())


_HELD = f"""
    standing as (
        select distinct on (account) account, currency, to_plan, arr_after as start
        from plan_change where {EFFECTIVE} < :since {LATEST_LAST}),
    held as (
        select account, currency, start from standing
        where to_plan is not null and start is distinct from 0
            and (cast(:currency as text) is null or currency = :currency)),
    moved as materialized (
        select m.*, h.currency as held_in
        from ({MOVES} where {EFFECTIVE} >= :since and {EFFECTIVE} < :until) m
        join held h using (account)),
    lacking as (
        select account from held where start is null
        union
        select account from moved
        where lacks_before or lacks_after or currency is distinct from held_in)
"""
_BOOKS = text(
    f"""
    with {_HELD},
    finish as (
        select distinct on (account) account, after from moved order by account, at desc, id desc),
    ends as (
        select h.account, h.currency, h.start, coalesce(f.after, h.start) as finish,
               l.account is not null as lacks
        from held h left join finish f using (account) left join lacking l using (account))
    select currency, count(*) filter (where not lacks) as accounts,
           count(*) filter (where lacks) as unknown,
           coalesce(sum(start) filter (where not lacks), 0) as start,
           coalesce(sum(finish) filter (where not lacks), 0) as finish,
           coalesce(sum(least(start, finish)) filter (where not lacks), 0) as kept
    from ends group by currency order by currency
    """
)
_KINDS = text(
    f"""
    with {_HELD}
    select held_in as currency, coalesce(kind, 'price_change') as kind,
           sum(greatest(after - before, 0)) as added, sum(least(after - before, 0)) as lost
    from moved where account not in (select account from lacking)
    group by 1, 2
    """
)
_COHORTS = text(
    f"""
    with standing as (
        select distinct on (account) account, currency, to_plan, arr_after as start
        from plan_change where {EFFECTIVE} <= :since {LATEST_LAST}),
    cohort as (
        select account, currency, start from standing
        where to_plan = any(cast(:plans as text[]))
            and (cast(:currency as text) is null or currency = :currency)),
    moved as materialized (
        select m.* from ({MOVES} where {EFFECTIVE} > :since and {EFFECTIVE} < :until) m
        join cohort using (account)),
    finish as (
        select distinct on (account) account, to_plan, after, lacks_after, currency
        from moved order by account, at desc, id desc),
    risen as (select distinct account from moved where kind = 'plan_upgrade'),
    ends as (
        select c.account, c.currency, c.start, f.account is null or f.to_plan is not null as stays,
               case when f.account is null then c.start else f.after end as finish,
               c.start is null or coalesce(f.lacks_after, false)
                   or coalesce(f.currency, c.currency) is distinct from c.currency as lacks,
               r.account is not null as upgraded
        from cohort c left join finish f using (account) left join risen r using (account))
    select currency, count(*) filter (where not lacks) as accounts,
           count(*) filter (where lacks) as unknown,
           count(*) filter (where upgraded and not lacks) as upgraded,
           coalesce(sum(start) filter (where stays and not lacks), 0) as start,
           coalesce(sum(finish) filter (where stays and not lacks), 0) as finish
    from ends group by currency order by currency
    """
)
# A stretch is a time without a break in which an account was subscribed; `begins` is where its
# months are counted from. A month's length is that between its two days of the calendar.
_PARTS = text(
    f"""
    with moves as ({MOVES} where {EFFECTIVE} < :passed),
    spans as (
        select account, currency, to_plan, lacks_after, after, at, id,
               lead(at) over w as next_at, lead(to_plan) over w as next_plan,
               lead(after) over w as next_after,
               lag(to_plan) over w is null as is_first
        from moves window w as (partition by account order by at, id)),
    numbered as (
        select *, max(case when is_first then at end) over w as begins
        from spans where to_plan is not null
        window w as (partition by account order by at, id)),
    known as (
        select account, min(currency) as currency,
               bool_or(lacks_after) or min(currency) <> max(currency) or min(currency) is null
                   as lacks
        from numbered group by account
        having bool_or(at < :until and coalesce(next_at, :passed) > :since)),
    ends as materialized (
        select k.currency, n.begins at time zone :zone as begins,
               coalesce(n.next_at, :passed) at time zone :zone as ends, n.next_at, n.next_plan,
               n.after - case when n.next_plan is null then 0 else n.next_after end as falls
        from numbered n join known k using (account)
        where not k.lacks and (cast(:currency as text) is null or k.currency = :currency)),
    counted as materialized (
        select *, cast(date_part('year', ends) * 12 + date_part('month', ends)
            - date_part('year', begins) * 12 - date_part('month', begins) as integer) as m
        from ends),
    whole as materialized (
        select *, m - cast(begins + make_interval(months => m) > ends as integer) as n
        from counted),
    rests as materialized (
        select currency, next_plan, n, falls, cast(1000000 * extract(epoch from
                   ends - (begins + make_interval(months => n))) as bigint) as rest,
               (begins + make_interval(months => n + 1)) - (begins + make_interval(months => n))
                   as length
        from whole),
    last as (
        select distinct on (account) account, after from numbered
        order by account, at desc, id desc)
    select currency, null as length, count(*) filter (where not lacks) as accounts,
           count(*) filter (where lacks) as unknown,
           coalesce(sum(after) filter (where not lacks), 0) as last_arr,
           null as months, null as rest, null as arr_months, null as arr_rest
    from known join last using (account)
    where cast(:currency as text) is null or currency = :currency
    group by currency
    union all
    select currency, extract(epoch from length) * 1000000, 0, 0, 0,
           coalesce(sum(n) filter (where next_plan is null), 0),
           coalesce(sum(rest) filter (where next_plan is null), 0),
           sum(falls * n), sum(falls * rest)
    from rests group by currency, length
    """
)
