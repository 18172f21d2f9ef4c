"""Which accounts' overviews are to be written again: those that something was changed of (marks,
left by triggers), those whose day has come, those whose usage has moved.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

LANE = "overview"
"""Of accounts that are parked because their overview could not be written."""

_LOOKED_AT = 2_000
_NOT_PARKED = (
    "not exists (select from parked p where p.service = 'trigger' and p.lane = :lane "
    "and p.account = {0}.account)"
)


async def alone(conn: AsyncConnection) -> bool:
    """Whether nobody else writes overviews; until the transaction ends nobody will."""
    return bool((await conn.execute(_ALONE)).scalar_one())


async def marked(conn: AsyncConnection, most: int) -> dict[str, list[int]]:
    """The accounts marked longest ago, each with its marks among those looked at."""
    rows = await conn.execute(_MARKED, {"looked_at": _LOOKED_AT, "limit": most})
    return {row.account: list(row.ids) for row in rows}


async def drop(conn: AsyncConnection, ids: Collection[int]) -> None:
    if ids:
        await conn.execute(_DROP, {"ids": list(ids)})


async def overdue(conn: AsyncConnection, now: datetime, most: int) -> list[str]:
    given = {"now": now, "limit": most, "lane": LANE}
    return list((await conn.execute(_OVERDUE, given)).scalars())


async def moved(conn: AsyncConnection, now: datetime, most: int) -> list[str]:
    """Accounts whose running totals are not those that their overview was written with, oldest
    overview first. Reads every total: an index on what usage changes would slow the counting.
    """
    given = {"now": now, "limit": most, "lane": LANE}
    return list((await conn.execute(_MOVED, given)).scalars())


async def seen(
    conn: AsyncConnection, accounts: Sequence[str], now: datetime
) -> Mapping[str, tuple[int, object]]:
    """Of each account how many tasks are open, and what tells whether its usage has moved. Read it
    before the totals themselves.
    """
    rows = await conn.execute(_SEEN, {"accounts": list(accounts), "now": now})
    return {row.account: (row.open_tasks, row.usage_seen) for row in rows}


async def waiting_seconds(conn: AsyncConnection, now: datetime) -> float:
    """How long the change that waits longest has waited; 0 if none does."""
    row = (await conn.execute(_WAITING, {"now": now})).one()
    return float(max(row.marked or 0, row.overdue or 0, 0))


async def is_any(conn: AsyncConnection, now: datetime) -> bool:
    """Whether anything is to be written again because of a mark or a day."""
    return bool((await conn.execute(_IS_ANY, {"now": now, "lane": LANE})).scalar_one())


_ALONE = text("select pg_try_advisory_xact_lock(hashtextextended('account overview', 11))")
_MARKED = text(
    """
    select account, array_agg(id) as ids
    from (select id, account from account_overview_mark order by id limit :looked_at) m
    group by account order by min(id) limit :limit
    """
)
_DROP = text("delete from account_overview_mark where id = any(cast(:ids as bigint[]))")
_OVERDUE = text(
    f"""
    select account from account_overview o
    where due_at <= :now and {_NOT_PARKED.format("o")} order by due_at limit :limit
    """
)
# A total that is made again begins with revision 1 in a later epoch. Multiplied once an account,
# not once a total.
_RUNNING = """
    coalesce(sum(t.revision) + sum(t.epoch) * 1000003, 0)
"""
# The totals by themselves: joined with the overviews in the order of their indexes, each of two
# processes reads all of them.
_MOVED = text(
    f"""
    with running as materialized (
        select t.account, {_RUNNING} as seen from usage_total t
        where t.period_end is null or t.period_end > :now group by t.account)
    select o.account from account_overview o left join running r on r.account = o.account
    where o.usage_seen <> coalesce(r.seen, 0) and {_NOT_PARKED.format("o")}
    order by o.as_of limit :limit
    """
)
_SEEN = text(
    f"""
    select w.account,
        (select count(*) from task k where k.account = w.account and k.closed_at is null)
            as open_tasks,
        (select {_RUNNING} from usage_total t where t.account = w.account
            and (t.period_end is null or t.period_end > :now)) as usage_seen
    from unnest(cast(:accounts as text[])) as w(account)
    """
)
_WAITING = text(
    """
    select extract(epoch from clock_timestamp()
            - (select at from account_overview_mark order by id limit 1)) as marked,
        extract(epoch from cast(:now as timestamptz)
            - (select min(due_at) from account_overview)) as overdue
    """
)
_IS_ANY = text(
    f"""
    select exists (select from account_overview_mark) or exists (
        select from account_overview o where due_at <= :now and {_NOT_PARKED.format("o")})
    """
)
