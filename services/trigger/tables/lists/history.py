"""What is stored of one meter's past: totals, hours, alerts, and what determined its limit."""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import msgspec
from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncConnection

from services.trigger.accounts import Override, Subscription, Trial
from services.trigger.history.levels import Past, Stretch
from services.trigger.history.limits import OverriddenSince
from shared.catalog import Meter
from shared.erasure.requests import spares

MOST_ALERTS, MOST_CHANGES = 500, 1_000
_HOUR = timedelta(hours=1)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_FIRST_DAY = date(1970, 1, 1)
_FOREVER = 2**40


def hour_of(moment: datetime) -> int:
    """The hour that begins at or after it: those before belong to what was before it."""
    return -((_EPOCH - moment) // _HOUR)


async def past(
    conn: AsyncConnection, account: str, meter: Meter, since: datetime, until: datetime
) -> Past:
    """Of the hours from `since` to `until`, both at the beginning of one."""
    given: dict[str, Any] = {"account": account, "meter": meter.id}
    stretches = [
        Stretch(
            0 if row.period_end is None else hour_of(row.period_start),
            _FOREVER if row.period_end is None else hour_of(row.period_end),
            row.used,
        )
        for row in await conn.execute(_TOTALS, given | {"since": since, "until": until})
    ]
    begin, end = hour_of(since), hour_of(until)
    values = meter.aggregation in ("latest", "max")
    if values and not meter.is_gauge and stretches:
        begin = min(begin, stretches[0].begin)
    days = {"first": _day(begin), "last": _day(end - 1)}
    rows = (await conn.execute(_DAYS, given | days)).all()
    recorded = [
        (_number(row.day) + hour, value)
        for row in rows
        for hour, value in enumerate(row[1:])
        if value is not None
    ]
    first: int | None = (await conn.execute(_FIRST, given)).scalar_one_or_none()
    before: Decimal | None = None
    if values and meter.is_gauge:
        earlier = _LAST_BEFORE if meter.aggregation == "latest" else _HIGHEST_BEFORE
        before = (await conn.execute(earlier, given | days)).scalar_one_or_none()
    later = Decimal(0)
    if not values and stretches and stretches[-1].end > end:
        bounds = _bounds(stretches[-1].end)
        later = (await conn.execute(_LATER, given | days | bounds)).scalar_one()
    return Past(meter.aggregation, stretches, recorded, first, before, later)


async def alerts(
    conn: AsyncConnection, account: str, meter: str, since: datetime, until: datetime
) -> list[Row[Any]]:
    """The newest ones reached in that time, in order: `reached_at`, `threshold` (its key)."""
    given = {"account": account, "meter": meter, "since": since, "until": until}
    rows = await conn.execute(_ALERTS, given | {"limit": MOST_ALERTS})
    return list(rows)[::-1]


async def plan_changes(conn: AsyncConnection, account: str, until: datetime) -> list[Row[Any]]:
    """The newest ones, in order: `at`, `from_plan`, `to_plan`, `to_version`, `add_ons` (None: of a
    version before, which did not note them).
    """
    given = {"account": account, "until": until, "limit": MOST_CHANGES}
    return list(await conn.execute(_CHANGES, given))[::-1]


def subscribed(row: Row[Any], like: Subscription | None) -> Subscription | None:
    """What was subscribed from a change on; add-ons that were not noted are those of `like`, if
    that is the same plan.
    """
    if row.to_plan is None or row.to_version is None:
        return None
    own = like.add_ons if like is not None and like.plan == row.to_plan else {}
    add_ons = own if row.add_ons is None else msgspec.json.decode(row.add_ons, type=dict[str, int])
    return Subscription(row.to_plan, row.to_version, row.at, add_ons=add_ons)


async def overrides(
    conn: AsyncConnection, account: str, meter: str, until: datetime
) -> list[OverriddenSince]:
    """The newest changes of the account's own limit, in order."""
    given = {"account": account, "meter": meter, "until": until, "limit": MOST_CHANGES}
    return [
        OverriddenSince(row.at, Override(meter, row.sets_limit, row.limit))
        for row in reversed((await conn.execute(_OVERRIDES, given)).all())
    ]


async def trials(conn: AsyncConnection, account: str, since: datetime) -> list[Trial]:
    """Those that had not ended before, with whatever limits they gave."""
    return [
        Trial(row.id, row.opportunity, (), _limits(row.limits), row.starts_at, row.ends_at)
        for row in await conn.execute(_TRIALS, {"account": account, "since": since})
    ]


def _limits(stored: str) -> Mapping[str, Decimal | None]:
    found = msgspec.json.decode(stored, type=dict[str, str | None])
    return {meter: None if limit is None else Decimal(limit) for meter, limit in found.items()}


def _day(hour: int) -> date:
    return _FIRST_DAY + timedelta(days=hour // 24)


def _number(day: date) -> int:
    return (day - _FIRST_DAY).days * 24


def _bounds(hour: int) -> dict[str, object]:
    """Before this hour: as the last day, and how many of its hours."""
    if hour >= _FOREVER:
        return {"end_day": date.max, "end_hour": 24}
    return {"end_day": _day(hour), "end_hour": hour % 24}


_COLUMNS: Sequence[str] = [f"h{hour:02}" for hour in range(24)]
_ALL, _BACKWARDS = ", ".join(_COLUMNS), ", ".join(reversed(_COLUMNS))
_SUM = " + ".join(
    f"coalesce(sum({one}) filter (where day < :end_day or {hour} < :end_hour), 0)"
    for hour, one in enumerate(_COLUMNS)
)
_OWN = "account = :account and meter = :meter"
_TOTALS = text(
    f"""
    select period_start, period_end, used from usage_total
    where {_OWN} and (period_end is null or (period_end > :since and period_start < :until))
    order by period_start
    """
)
_DAYS = text(
    f"select day, {_ALL} from usage_day where {_OWN} and day between :first and :last order by day"
)
_FIRST = text(
    f"""
    select (day - date '1970-01-01') * 24 + array_position(array[{
        ", ".join(f"{one} is not null" for one in _COLUMNS)
    }], true) - 1
    from usage_day where {_OWN} and coalesce({_ALL}) is not null
    order by day limit 1
    """
)
_LAST_BEFORE = text(
    f"""
    select coalesce({_BACKWARDS}) from usage_day
    where {_OWN} and day < :first and coalesce({_ALL}) is not null order by day desc limit 1
    """
)
_HIGHEST_BEFORE = text(f"select max(greatest({_ALL})) from usage_day where {_OWN} and day < :first")
_LATER = text(f"select {_SUM} from usage_day where {_OWN} and day > :last and day <= :end_day")
_ALERTS = text(
    f"""
    select reached_at, threshold from alert
    where {_OWN} and reached_at >= :since and reached_at < :until and {spares("alert")}
    order by reached_at desc, seq desc limit :limit
    """
)
_CHANGES = text(
    """
    select coalesce(effective_at, at) as at, from_plan, to_plan, to_version,
        add_ons::text as add_ons
    from plan_change where account = :account and coalesce(effective_at, at) < :until
    order by coalesce(effective_at, at) desc, id desc limit :limit
    """
)
_OVERRIDES = text(
    f"""
    select at, sets_limit, "limit" from limit_override_change where {_OWN} and at < :until
    order by at desc, id desc limit :limit
    """
)
_TRIALS = text(
    """
    select id, opportunity, limits::text as limits, starts_at, ends_at from trial
    where account = :account and ends_at > :since order by seq
    """
)
