"""`usage_unassigned`: usage of accounts without a subscription, event by event, until one
arrives.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from shared.catalog import Aggregation


@dataclass(frozen=True, slots=True)
class LooseUsage:
    """Events of one meter of an account in order of arrival: `times`, and `amounts` or (for
    `unique`) `members`.
    """

    account: str
    meter: str
    aggregation: Aggregation
    times: Sequence[datetime]
    amounts: Sequence[Decimal | int] = ()
    members: Sequence[bytes] = ()


async def keep(conn: AsyncConnection, usages: Sequence[LooseUsage]) -> None:
    """Inserts a row for each. SQL arrays of arrays must be rectangular, so rows are inserted one by
    one, pipelined by the driver.
    """
    if usages:
        await conn.execute(_KEEP, [_row(usage) for usage in usages])


async def of_accounts(conn: AsyncConnection, accounts: Collection[str]) -> list[LooseUsage]:
    """In order of arrival."""
    rows = await conn.execute(_OF_ACCOUNTS, {"accounts": list(accounts)})
    return [
        LooseUsage(row.account, row.meter, row.aggregation, row.times, row.amounts, row.members)
        for row in rows
    ]


async def forget(conn: AsyncConnection, accounts: Collection[str]) -> None:
    await conn.execute(_FORGET, {"accounts": list(accounts)})


async def prune(conn: AsyncConnection, before: datetime) -> None:
    """Deletes what is older than the dedupe window: from then on it moves by the hour, like all
    other usage.
    """
    await conn.execute(_PRUNE, {"before": before})


def _row(usage: LooseUsage) -> dict[str, Any]:
    return {
        "account": usage.account,
        "meter": usage.meter,
        "aggregation": usage.aggregation,
        "times": list(usage.times),
        "amounts": list(usage.amounts),
        "members": list(usage.members),
        "last_at": max(usage.times),
    }


_KEEP = text(
    """
    insert into usage_unassigned (account, meter, aggregation, times, amounts, members, last_at)
    values (:account, :meter, :aggregation, cast(:times as timestamptz[]),
        cast(:amounts as numeric[]), cast(:members as bytea[]), :last_at)
    """
)
_OF_ACCOUNTS = text(
    "select account, meter, aggregation, times, amounts, members "
    "from usage_unassigned where account = any(:accounts) order by id"
)
_FORGET = text("delete from usage_unassigned where account = any(:accounts)")
_PRUNE = text("delete from usage_unassigned where last_at < :before")
