"""`usage_total`: a batch's sums go in, the totals that somebody must look at come out."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any, NamedTuple

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from services.ingest.counting import Cell, Place


class Due(NamedTuple):
    """A total that is new, or has crossed one of its marks."""

    place: Place
    end: datetime | None
    used: Decimal
    last_event_at: datetime
    revision: int
    epoch: int


async def add(conn: AsyncConnection, cells: Mapping[Place, Cell]) -> list[Due]:
    """Adds each cell to its total (of `unique`: `amount` is how many members are new). Rows are locked in the order of their places."""
    places = sorted(cells)
    rows = await conn.execute(_ADD, _columns(places, [cells[place] for place in places]))
    return [Due(Place(row.account, row.meter, row.period_start), *row[3:]) for row in rows]


def _columns(places: Sequence[Place], cells: Sequence[Cell]) -> dict[str, list[Any]]:
    return {
        "accounts": [place.account for place in places],
        "meters": [place.meter for place in places],
        "starts": [place.start for place in places],
        "ends": [cell.end for cell in cells],
        "aggregations": [cell.aggregation for cell in cells],
        "amounts": [cell.amount for cell in cells],
        "times": [cell.at for cell in cells],
    }


# Edges, not levels: while trigger is away, a total above its mark sends one record, not one per batch.
_ADD = text(
    """
    with added as (
        insert into usage_total as t (account, meter, period_start, period_end, aggregation, used, last_event_at, revision)
        select u.*, 1
        from unnest(cast(:accounts as text[]), cast(:meters as text[]), cast(:starts as timestamptz[]), cast(:ends as timestamptz[]),
                    cast(:aggregations as text[]), cast(:amounts as numeric[]), cast(:times as timestamptz[])) as u
        on conflict (account, meter, period_start) do update set
            aggregation = excluded.aggregation,
            used = usage_after(excluded.aggregation, t.used, t.last_event_at, excluded.used, excluded.last_event_at),
            last_event_at = greatest(t.last_event_at, excluded.last_event_at),
            due = usage_crosses(t.used, usage_after(excluded.aggregation, t.used, t.last_event_at, excluded.used, excluded.last_event_at),
                                t.alert_at, t.rearm_at),
            revision = t.revision + 1
        returning account, meter, period_start, period_end, used, last_event_at, revision, epoch, due
    )
    select account, meter, period_start, period_end, used, last_event_at, revision, epoch from added where due
    """
)
