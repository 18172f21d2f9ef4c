"""Updates `usage_total` and `usage_day` in one statement, as nearly every batch does, encoded once
and in cheap types.

With many accounts nearly every event is its own row, and encoding a row costs the client as much as
writing it costs PostgreSQL. So times are sent as seconds, whole amounts as integers, meters as
numbers.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from functools import cache
from itertools import chain
from typing import Any, Final, Literal

from sqlalchemy import TextClause, text
from sqlalchemy.ext.asyncio import AsyncConnection

from services.ingest.backlog.pending_hours import AT_ONCE, Later
from services.ingest.calendars import hour_start
from services.ingest.counting import Cell, Cells, Key
from services.ingest.tables import hours, totals
from services.ingest.tables.totals import Due
from services.ingest.tallies import Rows, Tally

Part = Literal["all", "some", "none"]
"""Of the meters of a batch, those whose hours are written with it."""
_EXACT_HOURS: Final = 130 * 365 * 24
"""Until about 2100 a time in seconds as a double is exact to the microsecond, and so matches the
row's period start.
"""


def is_simple(cells: Cells, tallies: Sequence[Tally] = ()) -> bool:
    """Whether all are in one hour, and no two share account and meter (two do if a period begins
    within the hour; tallies share none).
    """
    touched = {key[3] for key in cells} | {one.hour for one in tallies}
    return (
        len(touched) == 1
        and touched.pop() < _EXACT_HOURS
        and len({key[:2] for key in cells}) == len(cells)
    )


async def add(
    conn: AsyncConnection,
    cells: Cells,
    tallies: Sequence[Tally] = (),
    later: Later = AT_ONCE,
) -> list[Due]:
    """Adds each cell and each row of the tallies to its total, and to its hour unless that is
    written `later`; they must be simple. Rows are locked in the order of their places.
    """
    hour = next(iter(cells))[3] if cells else tallies[0].hour
    values = columns(cells, tallies)
    at_once = [meter for meter in values["meters"] if not later.holds(meter, hour)]
    part: Part = "all" if len(at_once) == len(values["meters"]) else "some" if at_once else "none"
    values |= {"day": hour_start(hour).date()} if at_once else {}
    values |= {"at_once": at_once} if part == "some" else {}
    rows = await conn.execute(_statement(hour % 24, hours.type_of(values["amounts"]), part), values)
    return [Due((row.account, row.meter, row.period_start), *row[3:]) for row in rows]


def _rows(cells: Cells) -> list[Rows]:
    by_meter: dict[str, list[tuple[Key, Cell]]] = defaultdict(list)
    for key, cell in cells.items():
        by_meter[key[1]].append((key, cell))
    return [
        Rows(
            meter,
            some[0][1].aggregation,
            [key[0] for key, _ in some],
            [key[2].timestamp() for key, _ in some],
            [None if cell.end is None else cell.end.timestamp() for _, cell in some],
            [cell.amount for _, cell in some],
            [cell.at.timestamp() for _, cell in some],
        )
        for meter, some in by_meter.items()
    ]


def columns(cells: Cells, tallies: Sequence[Tally]) -> dict[str, Any]:
    """All rows as the statement takes them, sorted by place."""
    rows = [*_rows(cells), *chain.from_iterable(one.rows() for one in tallies)]
    aggregations = {one.meter: one.aggregation for one in rows}
    meters = sorted(aggregations)
    numbers = {meter: number for number, meter in enumerate(meters, 1)}
    accounts = _joined(rows, "accounts")
    found = {
        "accounts": accounts,
        "numbers": [numbers[one.meter] for one in rows for _ in one.accounts],
        **{name: _joined(rows, name) for name in ("starts", "ends", "amounts", "times")},
    }
    # Strings compare much faster than tuples, so only by account if that is enough.
    alone = len({*accounts}) == len(accounts)
    places: Sequence[Any] = (
        accounts if alone else list(zip(accounts, found["numbers"], strict=True))
    )
    order = sorted(range(len(places)), key=places.__getitem__)
    return {
        "meters": meters,
        "aggregations": [aggregations[meter] for meter in meters],
        **{name: [column[place] for place in order] for name, column in found.items()},
    }


def _joined(rows: Iterable[Rows], name: str) -> list[Any]:
    return list(chain.from_iterable(getattr(one, name) for one in rows))


@cache
def _statement(hour: int, amount: Literal["bigint", "numeric"], part: Part) -> TextClause:
    return text(
        f"""
        with given as materialized (
            select u.account, (cast(:meters as text[]))[u.number] as meter,
                (cast(:aggregations as text[]))[u.number] as aggregation,
                   to_timestamp(u.starts) as starts, to_timestamp(u.ends) as ends, u.amount,
                       to_timestamp(u.at) as at
            from unnest(cast(:accounts as text[]), cast(:numbers as int[]),
                cast(:starts as float8[]), cast(:ends as float8[]),
                        cast(:amounts as {amount}[]), cast(:times as float8[])) as u(account,
                            number, starts, ends, amount, at)
        ), {_by_hour(hour, part)} added as (
            {totals.INSERT}
            select account, meter, starts, ends, aggregation, amount, at, 1 from given
            {totals.ON_CONFLICT}
        )
        {totals.DUE}
        """
    )


def _by_hour(hour: int, part: Part) -> str:
    if part == "none":
        return ""
    return f"""by_hour as (
            {hours.insert(hour)}
            select account, meter, cast(:day as date), aggregation, amount,
                case aggregation when 'latest' then at end from given
            {"where meter = any(cast(:at_once as text[]))" if part == "some" else "where true"}
            {hours.on_conflict(hour)}
        ),"""
