"""Totals counted by another engine: stored if they are newer.

Our own ingest's are already stored and change nothing.
"""

from collections.abc import Collection

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from services.trigger.totals import Counted


async def take_over(conn: AsyncConnection, totals: Collection[Counted]) -> set[tuple[str, str]]:
    """Upserts totals that are newer by (epoch, revision), under the row locks and in their order.
    Call it under the accounts' locks.

    Returns the (account, meter) pairs to evaluate: new ones, and those that reached a wake-up.
    """
    if not totals:
        return set()
    newest: dict[tuple[object, ...], Counted] = {}
    for total in totals:
        known = newest.get(total.place)
        if known is None or total.version > known.version:
            newest[total.place] = total
    ordered = sorted(newest.values(), key=lambda total: total.place)
    columns = {
        "accounts": [total.account for total in ordered],
        "meters": [total.meter for total in ordered],
        "starts": [total.period_start for total in ordered],
        "ends": [total.period_end for total in ordered],
        "used": [total.used for total in ordered],
        "moments": [total.last_event_at for total in ordered],
        "epochs": [total.version[0] for total in ordered],
        "revisions": [total.version[1] for total in ordered],
    }
    return {(row.account, row.meter) for row in await conn.execute(_TAKE_OVER, columns) if row.due}


# Checked first without locks: a row's version only grows, so what is not newer now never will be.
_TAKE_OVER = text(
    """
    insert into usage_total as t (account, meter, period_start, period_end, used, last_event_at,
        epoch, revision)
    select n.account, n.meter, n.period_start, n.period_end, n.used, n.last_event_at, n.epoch,
        n.revision
    from unnest(cast(:accounts as text[]), cast(:meters as text[]), cast(:starts as timestamptz[]),
        cast(:ends as timestamptz[]),
                cast(:used as numeric[]), cast(:moments as timestamptz[]),
                    cast(:epochs as bigint[]), cast(:revisions as bigint[]))
         as n(account, meter, period_start, period_end, used, last_event_at, epoch, revision)
    where not exists (select 1 from usage_total k
                      where k.account = n.account and k.meter = n.meter
                          and k.period_start = n.period_start
                        and (k.epoch, k.revision) >= (n.epoch, n.revision))
    order by n.account, n.meter, n.period_start
    on conflict (account, meter, period_start) do update
    set period_end = excluded.period_end, used = excluded.used,
        last_event_at = excluded.last_event_at, epoch = excluded.epoch,
        revision = excluded.revision
    where (t.epoch, t.revision) < (excluded.epoch, excluded.revision)
    returning t.account, t.meter, (xmax = 0 or t.used >= t.alert_at
        or t.used < t.rearm_at) is true as due
    """
)
