"""`usage_day`: hourly usage (UTC), a row per account, meter and day."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from functools import cache
from typing import Any, Final, Literal

from sqlalchemy import TextClause, text
from sqlalchemy.ext.asyncio import AsyncConnection

from services.ingest.backlog.pending_hours import Entries
from services.ingest.calendars import hour_start
from services.ingest.counting import Cell, Slot

_WHOLE: Final = 2**63


async def add(conn: AsyncConnection, cells: Mapping[Slot, Cell]) -> None:
    """Adds each cell to its hour: one statement per affected hour of the day, nearly always one."""
    by_hour: dict[int, list[Slot]] = defaultdict(list)
    for slot in cells:
        by_hour[slot[2] % 24].append(slot)
    for hour, slots in sorted(by_hour.items()):
        await conn.execute(_ADD[hour], _columns(slots, [cells[slot] for slot in slots]))


async def add_entries(conn: AsyncConnection, entries: Iterable[Entries]) -> int:
    """Adds them to their hours, in the order of their places; returns how many rows that were."""
    by_hour: dict[int, list[Entries]] = defaultdict(list)
    for one in entries:
        by_hour[one.kind[2] % 24].append(one)
    number = 0
    for hour, several in sorted(by_hour.items()):
        columns = _sorted_columns(several)
        await conn.execute(_entries_statement(hour, type_of(columns["amounts"])), columns)
        number += len(columns["amounts"])
    return number


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


def _sorted_columns(entries: Sequence[Entries]) -> dict[str, list[Any]]:
    """Meters as numbers and days as numbers since 1970, which are cheaper to send."""
    meters = sorted({one.kind[:2] for one in entries})
    numbers = {meter: number for number, meter in enumerate(meters, 1)}
    rows = sorted(
        (account, numbers[one.kind[:2]], one.kind[2] // 24, amount)
        for one in entries
        for account, amount in zip(one.accounts, one.amounts, strict=True)
    )
    accounts, of, days, amounts = zip(*rows, strict=True)
    return {
        "meters": [meter for meter, _ in meters],
        "aggregations": [aggregation for _, aggregation in meters],
        "accounts": list(accounts),
        "numbers": list(of),
        "days": list(days),
        "amounts": list(amounts),
    }


def type_of(amounts: Sequence[Any]) -> Literal["bigint", "numeric"]:
    """The cheapest type that holds these amounts exactly."""
    whole = {*map(type, amounts)} == {int} and min(amounts) >= -_WHOLE and max(amounts) < _WHOLE
    return "bigint" if whole else "numeric"


@cache
def _entries_statement(hour: int, amount: Literal["bigint", "numeric"]) -> TextClause:
    return text(
        f"""
        {insert(hour)}
        select u.account, (cast(:meters as text[]))[u.number], date '1970-01-01' + u.day,
            (cast(:aggregations as text[]))[u.number], u.amount, cast(null as timestamptz)
        from unnest(cast(:accounts as text[]), cast(:numbers as int[]), cast(:days as int[]),
            cast(:amounts as {amount}[])) as u(account, number, day, amount)
        {on_conflict(hour)}
        """
    )


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
