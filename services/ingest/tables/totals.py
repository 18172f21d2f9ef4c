"""`usage_total`: stores a batch's sums, and returns the totals that trigger must look at."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, Final, NamedTuple

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from services.ingest.counting import Cell, Place
from shared.catalog import Aggregation


class Due(NamedTuple):
    """A total that is new or has crossed one of its marks."""

    place: Place
    end: datetime | None
    used: Decimal
    last_event_at: datetime
    revision: int
    epoch: int


async def add(conn: AsyncConnection, cells: Mapping[Place, Cell]) -> list[Due]:
    """Adds each cell to its total (for `unique`, `amount` is the number of new members). Rows are
    locked in the order of their places.
    """
    places = sorted(cells)
    rows = await conn.execute(_ADD, _columns(places, [cells[place] for place in places]))
    return [Due((row.account, row.meter, row.period_start), *row[3:]) for row in rows]


@dataclass(frozen=True, slots=True)
class Held:
    """A stored total. `end` is None for a gauge."""

    place: Place
    end: datetime | None
    aggregation: Aggregation
    last_event_at: datetime | None


async def lock(conn: AsyncConnection, accounts: Collection[str]) -> list[Held]:
    """Every total of these accounts, locked in the order of their places."""
    rows = await conn.execute(_LOCK, {"accounts": list(accounts)})
    return [
        Held(
            (row.account, row.meter, row.period_start),
            row.period_end,
            row.aggregation,
            row.last_event_at,
        )
        for row in rows
    ]


class Page(NamedTuple):
    """Accounts with totals, in order of id: those with one of the requested meters, and the last
    account examined.
    """

    accounts: list[str]
    upto: str | None


async def page(conn: AsyncConnection, meters: Collection[str], after: str, most: int) -> Page:
    """The next accounts after this one, within `most` totals. The last account is included even if
    it has more.

    `upto` None: the end was reached.
    """
    rows = (await conn.execute(_NEXT, {"meters": list(meters), "after": after, "most": most})).all()
    accounts = [row.account for row in rows if row.touched or row is rows[-1]]
    return Page(accounts, rows[-1].account if rows else None)


async def replace(
    conn: AsyncConnection, gone: Collection[Place], cells: Mapping[Place, Cell], epoch: int
) -> list[Due]:
    """Sets these totals and deletes `gone`; all must be locked. Returns those that have changed."""
    if gone:
        await conn.execute(_DELETE, _places(list(gone)))
    if not cells:
        return []
    places = sorted(cells)
    rows = await conn.execute(
        _SET, _columns(places, [cells[place] for place in places]) | {"epoch": epoch}
    )
    return [Due((row.account, row.meter, row.period_start), *row[3:]) for row in rows]


def _places(places: Sequence[Place]) -> dict[str, list[Any]]:
    accounts, meters, starts = zip(*places, strict=True)
    return {"accounts": list(accounts), "meters": list(meters), "starts": list(starts)}


def _columns(places: Sequence[Place], cells: Sequence[Cell]) -> dict[str, list[Any]]:
    return _places(places) | {
        "ends": [cell.end for cell in cells],
        "aggregations": [cell.aggregation for cell in cells],
        "amounts": [cell.amount for cell in cells],
        "times": [cell.at for cell in cells],
    }


INSERT: Final = (
    "insert into usage_total as t "
    "(account, meter, period_start, period_end, aggregation, used, last_event_at, revision)"
)
# Edges, not levels: while trigger is down, a total above its mark sends one record, not one per
# batch.
ON_CONFLICT: Final = """
    on conflict (account, meter, period_start) do update set
        aggregation = excluded.aggregation,
        used = usage_after(excluded.aggregation, t.used, t.last_event_at,
                           excluded.used, excluded.last_event_at),
        last_event_at = greatest(t.last_event_at, excluded.last_event_at),
        due = usage_crosses(t.used,
                            usage_after(excluded.aggregation, t.used, t.last_event_at,
                                        excluded.used, excluded.last_event_at),
                            t.alert_at, t.rearm_at),
        revision = t.revision + 1
    returning account, meter, period_start, period_end, used, last_event_at, revision, epoch, due
"""
DUE: Final = (
    "select account, meter, period_start, period_end, used, last_event_at, revision, epoch "
    "from added where due"
)
_ADD = text(
    f"""
    with added as (
        {INSERT}
        select u.*, 1
        from unnest(cast(:accounts as text[]), cast(:meters as text[]),
            cast(:starts as timestamptz[]), cast(:ends as timestamptz[]),
                    cast(:aggregations as text[]), cast(:amounts as numeric[]),
                        cast(:times as timestamptz[])) as u
        {ON_CONFLICT}
    )
    {DUE}
    """
)
_LOCK = text(
    """
    select account, meter, period_start, period_end, aggregation, last_event_at from usage_total
    where account = any(:accounts)
    order by account, meter, period_start
    for update
    """
)
_NEXT = text(
    """
    select account, bool_or(meter = any(:meters)) as touched
    from (select account, meter from usage_total where account > :after order by account, meter,
        period_start limit :most) as next
    group by account order by account
    """
)
_DELETE = text(
    """
    delete from usage_total t using unnest(cast(:accounts as text[]), cast(:meters as text[]),
        cast(:starts as timestamptz[]))
        as gone(account, meter, period_start)
    where t.account = gone.account and t.meter = gone.meter and t.period_start = gone.period_start
    """
)
# `epoch` comes first in deciding which of two records about a total is newer, so that a recreated
# row may start at revision 1.
_SET = text(
    """
    with moved as (
        insert into usage_total as t (account, meter, period_start, period_end, aggregation, used,
            last_event_at, revision, epoch)
        select u.*, 1, :epoch
        from unnest(cast(:accounts as text[]), cast(:meters as text[]),
            cast(:starts as timestamptz[]), cast(:ends as timestamptz[]),
                    cast(:aggregations as text[]), cast(:amounts as numeric[]),
                        cast(:times as timestamptz[])) as u
        on conflict (account, meter, period_start) do update set
            period_end = excluded.period_end, used = excluded.used,
                last_event_at = excluded.last_event_at, epoch = excluded.epoch,
            due = t.used <> excluded.used or t.period_end is distinct from excluded.period_end,
            revision = t.revision + 1
        returning account, meter, period_start, period_end, used, last_event_at, revision, epoch,
            due
    )
    select account, meter, period_start, period_end, used, last_event_at, revision, epoch
        from moved where due
    """
)
