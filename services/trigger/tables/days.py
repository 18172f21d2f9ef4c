"""Daily roll-ups of ingest, read for forecasts."""

from collections.abc import Collection
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

_COLUMNS = ", ".join(f"h{hour:02}" for hour in range(24))
_READ = text(
    f"select meter, day, {_COLUMNS} from usage_day where account = :account and meter = any(:meters) and day >= :since order by day"
)


async def read(conn: AsyncConnection, account: str, meters: Collection[str], since: date) -> dict[str, dict[date, dict[int, Decimal]]]:
    """By meter and day (UTC): hour to value, hours without usage left out."""
    found: dict[str, dict[date, dict[int, Decimal]]] = {}
    for row in await conn.execute(_READ, {"account": account, "meters": list(meters), "since": since}):
        found.setdefault(row.meter, {})[row.day] = _hours(row)
    return found


def _hours(row: Any) -> dict[int, Decimal]:
    return {hour: value for hour, value in enumerate(row[2:]) if value is not None}
