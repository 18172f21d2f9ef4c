"""Updates `usage_total` and `usage_day` in one statement, as nearly every batch does, encoded once
and in cheap types.

With many accounts nearly every event is its own row, and encoding a row costs the client as much as
writing it costs PostgreSQL. So times are sent as seconds, whole amounts as integers, meters as
numbers.
"""

from collections.abc import Sequence
from functools import cache
from operator import itemgetter
from typing import Any, Final, Literal

from sqlalchemy import TextClause, text
from sqlalchemy.ext.asyncio import AsyncConnection

from services.ingest.calendars import hour_start
from services.ingest.counting import Cell, Cells, Key
from services.ingest.tables import hours, totals
from services.ingest.tables.totals import Due

_WHOLE: Final = 2**63
_EXACT_HOURS: Final = 130 * 365 * 24
"""Until about 2100 a time in seconds as a double is exact to the microsecond, and so matches the
row's period start.
"""


def is_simple(cells: Cells) -> bool:
    """Whether all are in one hour, and no two share account and meter (two do if a period begins
    within the hour).
    """
    touched = {key[3] for key in cells}
    return (
        len(touched) == 1
        and touched.pop() < _EXACT_HOURS
        and len({key[:2] for key in cells}) == len(cells)
    )


async def add(conn: AsyncConnection, cells: Cells) -> list[Due]:
    """Adds each cell to its total and to its hour; they must be simple. Rows are locked in the
    order of their places.
    """
    keys = _sorted(cells)
    columns, hour = _columns(keys, [cells[key] for key in keys]), keys[0][3]
    rows = await conn.execute(
        _statement(hour % 24, _type_of(columns["amounts"])),
        columns | {"day": hour_start(hour).date()},
    )
    return [Due((row.account, row.meter, row.period_start), *row[3:]) for row in rows]


def _sorted(cells: Cells) -> list[Key]:
    """Sorted by place. Strings compare much faster than tuples, so only by account if that is
    enough.
    """
    alone = len({key[0] for key in cells}) == len(cells)
    return sorted(cells, key=itemgetter(0)) if alone else sorted(cells)


def _columns(keys: Sequence[Key], cells: Sequence[Cell]) -> dict[str, Any]:
    aggregations = {key[1]: cell.aggregation for key, cell in zip(keys, cells, strict=True)}
    numbers = {meter: number for number, meter in enumerate(aggregations, 1)}
    return {
        "meters": list(aggregations),
        "aggregations": list(aggregations.values()),
        "accounts": [key[0] for key in keys],
        "numbers": [numbers[key[1]] for key in keys],
        "starts": [key[2].timestamp() for key in keys],
        "ends": [None if cell.end is None else cell.end.timestamp() for cell in cells],
        "amounts": [cell.amount for cell in cells],
        "times": [cell.at.timestamp() for cell in cells],
    }


def _type_of(amounts: Sequence[Any]) -> Literal["bigint", "numeric"]:
    whole = {*map(type, amounts)} == {int} and min(amounts) >= -_WHOLE and max(amounts) < _WHOLE
    return "bigint" if whole else "numeric"


@cache
def _statement(hour: int, amount: Literal["bigint", "numeric"]) -> TextClause:
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
        ), by_hour as (
            {hours.insert(hour)}
            select account, meter, cast(:day as date), aggregation, amount,
                case aggregation when 'latest' then at end from given
            {hours.on_conflict(hour)}
        ), added as (
            {totals.INSERT}
            select account, meter, starts, ends, aggregation, amount, at, 1 from given
            {totals.ON_CONFLICT}
        )
        {totals.DUE}
        """
    )
