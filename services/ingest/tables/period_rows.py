"""The periods that run now, as the rows of `usage_total` tell them."""

from collections import defaultdict
from collections.abc import Collection
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from services.ingest.tables.plans import PART, Resets
from shared.values.periods import Reset


class Running(NamedTuple):
    """The running periods of accounts for one kind of reset, in seconds since 1970."""

    reset: Reset
    accounts: list[str]
    starts: list[float]
    ends: list[float]


async def running(
    conn: AsyncConnection, accounts: Collection[str], resets: Resets, revision: int, now: datetime
) -> list[Running]:
    """Of those accounts whose subscription has not changed since `revision`, up to which usage has
    been moved.

    Only rows of counts: `usage_total` also holds what other engines have sent, in whatever periods,
    and there nobody has said how it is aggregated.
    """
    meters = sorted(resets.by_meter)
    row = (
        await conn.execute(
            _RUNNING,
            {
                "accounts": list(accounts),
                "meters": meters,
                "revision": revision,
                "now": now,
                "part": PART,
            },
        )
    ).one()
    found: dict[Reset, dict[str, tuple[float, float]]] = defaultdict(dict)
    unclear: set[tuple[Reset, str]] = set()
    for account, meter, start, end in zip(*(column or () for column in row), strict=True):
        reset = resets.by_meter[meters[meter - 1]]
        if found[reset].setdefault(account, (start, end)) != (start, end):
            unclear.add((reset, account))
    for reset, account in unclear:
        del found[reset][account]
    return [
        Running(
            reset,
            list(by_account),
            [start for start, _ in by_account.values()],
            [end for _, end in by_account.values()],
        )
        for reset, by_account in found.items()
        if by_account
    ]


# `offset 0` keeps the planner from reading whole tables, which it prefers for many accounts until
# it has seen how few of the rows are wanted.
_RUNNING = text(
    """
    select array_agg(t.account), array_agg(m.number), array_agg(t.starts), array_agg(t.ends)
    from unnest(cast(:accounts as text[])) as a(account)
    cross join lateral (
        select 1 from subscription s
        where s.account = a.account and s.revision <= :revision
            and not exists (select 1 from parked p where p.service = 'ingest'
                and p.account = a.account and p.lane = :part)
        offset 0
    ) as subscribed
    cross join lateral (
        select account, meter, cast(extract(epoch from period_start) as float8) as starts,
            cast(extract(epoch from period_end) as float8) as ends
        from usage_total u
        where u.account = a.account and u.aggregation = 'count'
            and u.period_start <= :now and u.period_end > :now
        offset 0
    ) as t
    join unnest(cast(:meters as text[])) with ordinality as m(meter, number) on m.meter = t.meter
    """
)
