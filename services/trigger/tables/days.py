"""Ingest's daily totals, read for forecasts."""

from collections.abc import Collection, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

_COLUMNS = ", ".join(f"h{hour:02}" for hour in range(24))
_READ = text(
    f"select meter, day, {_COLUMNS} from usage_day "
    "where account = :account and meter = any(:meters) and day >= :since order by day"
)
_OF_ACCOUNTS = text(
    f"""
    select account, meter, day, {_COLUMNS} from usage_day
    where account = any(cast(:accounts as text[])) and day >= :since
    order by account, meter, day
    """
)
_SINCE = text("select min(since) from usage_hour_log")
_USED = " + ".join(
    f"coalesce((u.h{hour:02} > 0 and (u.day > w.day or {hour} >= w.hour))::int, 0)"
    for hour in range(24)
)
_IN_USE = text(
    f"""
    select u.account, u.meter, sum({_USED}) as hours
    from unnest(cast(:accounts as text[]), cast(:meters as text[]), cast(:days as date[]),
        cast(:hours as int[]))
             as w(account, meter, day, hour)
         join usage_day u on u.account = w.account and u.meter = w.meter and u.day >= w.day
    group by u.account, u.meter
    """
)


async def read(
    conn: AsyncConnection, account: str, meters: Collection[str], since: date
) -> dict[str, dict[date, dict[int, Decimal]]]:
    """By meter and day (UTC): hour to value, without hours that have no usage."""
    found: dict[str, dict[date, dict[int, Decimal]]] = {}
    for row in await conn.execute(
        _READ, {"account": account, "meters": list(meters), "since": since}
    ):
        found.setdefault(row.meter, {})[row.day] = _hours(row[2:])
    return found


async def of_accounts(
    conn: AsyncConnection, accounts: Collection[str], since: date
) -> dict[tuple[str, str], dict[date, dict[int, Decimal]]]:
    """By account and meter, without days that have no usage."""
    found: dict[tuple[str, str], dict[date, dict[int, Decimal]]] = {}
    for row in await conn.execute(_OF_ACCOUNTS, {"accounts": list(accounts), "since": since}):
        if hours := _hours(row[3:]):
            found.setdefault((row.account, row.meter), {})[row.day] = hours
    return found


async def hours_in_use(
    conn: AsyncConnection, places: Sequence[tuple[str, str, datetime]]
) -> dict[tuple[str, str], int]:
    """For places (account, meter, a moment): in how many hours the meter was used since then,
    including the hour of that moment. By account and meter; unused ones are missing.
    """
    if not places:
        return {}
    moments = [start.astimezone(UTC) for _, _, start in places]
    columns = {
        "accounts": [account for account, _, _ in places],
        "meters": [meter for _, meter, _ in places],
        "days": [moment.date() for moment in moments],
        "hours": [moment.hour for moment in moments],
    }
    return {(row.account, row.meter): row.hours for row in await conn.execute(_IN_USE, columns)}


async def behind_seconds(conn: AsyncConnection, now: datetime) -> int:
    """How long usage may have been counted that is not in its hour yet; 0: all is."""
    since = (await conn.execute(_SINCE)).scalar_one()
    return 0 if since is None else max(0, int((now - since).total_seconds()))


def _hours(values: Sequence[Any]) -> dict[int, Decimal]:
    return {hour: value for hour, value in enumerate(values) if value is not None}
