"""What was used within an hour, and former alerts about rates."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import msgspec
from sqlalchemy import Row, TextClause, text
from sqlalchemy.ext.asyncio import AsyncConnection

from services.trigger.alerts.rates import Sample

_DAY = timedelta(days=1)
_ZONES = timedelta(hours=26)
"""The most by which days of two time zones differ."""


@dataclass(slots=True)
class Busy:
    """An account that is at or above the lowest rate of a meter: the hours, with the newest former
    alert about a rate of that meter.
    """

    account: str
    time_zone: str
    hours: list[tuple[datetime, list[datetime]]]


async def busy(
    conn: AsyncConnection,
    lowest: Mapping[str, Decimal],
    hours: Sequence[datetime],
    after: str,
    limit: int,
) -> list[Busy]:
    """In order of their ids."""
    found: dict[str, Busy] = {}
    given = {"meters": list(lowest), "lowest": list(lowest.values()), "after": after}
    for hour in hours:
        day = hour.astimezone(UTC)
        rows = await conn.execute(_BUSY[day.hour], given | {"day": day.date(), "limit": limit})
        for row in rows:
            one = found.setdefault(row.account, Busy(row.account, row.time_zone, []))
            for told in msgspec.json.decode(row.told):
                one.hours.append((hour, [] if told is None else [_moment(told)]))
    return [found[account] for account in sorted(found)[:limit]]


async def versions(conn: AsyncConnection) -> list[int]:
    """The catalogues that subscriptions were sold with."""
    return list((await conn.execute(_VERSIONS)).scalars())


async def own(conn: AsyncConnection) -> list[tuple[str, Decimal]]:
    """The lowest of the accounts' own rates of each meter."""
    return [(row.meter, row.rate) for row in await conn.execute(_OWN)]


async def samples(
    conn: AsyncConnection, accounts: Collection[str], hours: Collection[datetime]
) -> dict[str, list[Sample]]:
    """By account: what was used in these hours."""
    found: dict[str, list[Sample]] = {}
    for hour in hours:
        day = hour.astimezone(UTC)
        given = {"accounts": list(accounts), "day": day.date()}
        for row in await conn.execute(_USED[day.hour], given):
            found.setdefault(row.account, []).append(Sample(row.meter, hour, row.used))
    return found


async def told(
    conn: AsyncConnection, accounts: Collection[str], since: datetime
) -> dict[str, dict[str, list[datetime]]]:
    """By account and meter: the hours of alerts about rates that may be of the same day."""
    found: dict[str, dict[str, list[datetime]]] = {}
    given = {"accounts": list(accounts), "since": since - _DAY - _ZONES}
    for row in await conn.execute(_TOLD, given):
        found.setdefault(row.account, {}).setdefault(row.meter, []).append(_moment(row.epoch))
    return found


async def open_of(conn: AsyncConnection, ids: Collection[str]) -> list[Row[Any]]:
    return list(await conn.execute(_OPEN_OF, {"ids": list(ids)}))


async def open_in(conn: AsyncConnection, accounts: Collection[str]) -> list[Row[Any]]:
    """Open alerts about rates of these accounts."""
    return list(await conn.execute(_OPEN_IN, {"accounts": list(accounts)})) if accounts else []


def _moment(epoch: str) -> datetime:
    return datetime.fromisoformat(epoch)


def _busy(hour: int) -> TextClause:
    return text(
        f"""
        select u.account, a.time_zone, json_agg((
                   select max(r.epoch) from alert r
                   where r.account = u.account and r.meter = u.meter
                       and r.threshold like 'per_hour:%'))::text as told
        from usage_day u join account a on a.id = u.account
             join unnest(cast(:meters as text[]), cast(:lowest as numeric[])) as w(meter, lowest)
                 on u.meter = w.meter and u.h{hour:02} >= w.lowest
        where u.day = :day and u.account > :after
        group by u.account, a.time_zone order by u.account limit :limit
        """
    )


def _used(hour: int) -> TextClause:
    return text(
        f"""
        select account, meter, h{hour:02} as used from usage_day
        where account = any(cast(:accounts as text[])) and day = :day and h{hour:02} > 0
        """
    )


_BUSY, _USED = [_busy(hour) for hour in range(24)], [_used(hour) for hour in range(24)]
_VERSIONS = text("select distinct catalog_version from subscription")
_OWN = text(
    """
    select o.meter, min((t ->> 'per_hour')::numeric) as rate
    from limit_override o cross join jsonb_array_elements(o.thresholds) as t
    where o.thresholds is not null and t ->> 'per_hour' is not null group by o.meter
    """
)
_TOLD = text(
    """
    select account, meter, epoch from alert
    where account = any(cast(:accounts as text[])) and threshold like 'per_hour:%'
        and reached_at > :since
    """
)
_OPEN_IN = text(
    """
    select id, account, meter, threshold from alert
    where account = any(cast(:accounts as text[])) and state = 'open'
        and threshold like 'per_hour:%'
    """
)
_OPEN_OF = text("select id, account, meter from alert where id = any(:ids) and state = 'open'")
