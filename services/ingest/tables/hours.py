"""`usage_day`: hourly usage (UTC), a row per account, meter and day."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import TextClause, text
from sqlalchemy.ext.asyncio import AsyncConnection

from services.ingest.calendars import hour_start
from services.ingest.counting import Cell, Slot


async def add(conn: AsyncConnection, cells: Mapping[Slot, Cell]) -> None:
    """Adds each cell to its hour: one statement per affected hour of the day, nearly always one."""
    by_hour: dict[int, list[Slot]] = defaultdict(list)
    for slot in cells:
        by_hour[slot[2] % 24].append(slot)
    for hour, slots in sorted(by_hour.items()):
        await conn.execute(_ADD[hour], _columns(slots, [cells[slot] for slot in slots]))


@dataclass(frozen=True, slots=True)
class Day:
    """The usage of a day by hour; None if nothing was recorded. `first`: its first hour. `measured`
    is set for `latest`.
    """

    account: str
    meter: str
    first: int
    amounts: Sequence[Decimal | None]
    measured: Sequence[datetime | None]


async def of_meters(conn: AsyncConnection, meters: Collection[tuple[str, str]]) -> list[Day]:
    """Everything ever recorded for these (account, meter) pairs."""
    rows = await conn.execute(_OF_METERS, _pairs(meters))
    return [
        Day(row.account, row.meter, (row.day - _EPOCH).days * 24, row.amounts, row.measured)
        for row in rows
    ]


async def replace(
    conn: AsyncConnection, meters: Collection[tuple[str, str]], cells: Mapping[Slot, Cell]
) -> None:
    """Replaces all hours of these (account, meter) pairs."""
    await conn.execute(_FORGET, _pairs(meters))
    await add(conn, cells)


def _pairs(meters: Collection[tuple[str, str]]) -> dict[str, list[str]]:
    return {
        "accounts": [account for account, _ in meters],
        "meters": [meter for _, meter in meters],
    }


def _columns(slots: Sequence[Slot], cells: Sequence[Cell]) -> dict[str, list[Any]]:
    accounts, meters, hours = zip(*slots, strict=True)
    days = {hour: hour_start(hour).date() for hour in {*hours}}
    return {
        "accounts": list(accounts),
        "meters": list(meters),
        "days": [days[hour] for hour in hours],
        "aggregations": [cell.aggregation for cell in cells],
        "amounts": [cell.amount for cell in cells],
        "times": [_measured(cell) for cell in cells],
    }


def _measured(cell: Cell) -> datetime | None:
    """When an hour's value was measured: kept only for `latest`, because a later arrival may be
    older.
    """
    return cell.at if cell.aggregation == "latest" else None


def insert(hour: int) -> str:
    """Inserts into one hour of the day: an amount, and for `latest` when it was measured."""
    return f"insert into usage_day as d (account, meter, day, aggregation, h{hour:02}, t{hour:02})"


def on_conflict(hour: int) -> str:
    h, t = f"h{hour:02}", f"t{hour:02}"
    return f"""
        on conflict (account, meter, day) do update set
            aggregation = excluded.aggregation,
            {h} = case when d.{h} is null then excluded.{h}
                       else usage_after(excluded.aggregation, d.{h}, d.{t},
                                        excluded.{h}, excluded.{t}) end,
            {t} = greatest(d.{t}, excluded.{t})
    """


def _statement(hour: int) -> TextClause:
    return text(
        f"""
        {insert(hour)}
        select * from unnest(cast(:accounts as text[]), cast(:meters as text[]),
                             cast(:days as date[]), cast(:aggregations as text[]),
                             cast(:amounts as numeric[]), cast(:times as timestamptz[]))
        {on_conflict(hour)}
        """
    )


_ADD = [_statement(hour) for hour in range(24)]
_EPOCH = date(1970, 1, 1)
_AMOUNTS, _TIMES = (", ".join(f"{letter}{hour:02}" for hour in range(24)) for letter in "ht")
_OF_METERS = text(
    f"""
    select d.account, d.meter, d.day, array[{_AMOUNTS}] as amounts,
           case d.aggregation when 'latest' then array[{_TIMES}] else '{{}}' end as measured
    from unnest(cast(:accounts as text[]), cast(:meters as text[])) as w(account, meter)
         join usage_day d on d.account = w.account and d.meter = w.meter
    """
)
_FORGET = text(
    """
    delete from usage_day d using unnest(cast(:accounts as text[]),
        cast(:meters as text[])) as f(account, meter)
    where d.account = f.account and d.meter = f.meter
    """
)
