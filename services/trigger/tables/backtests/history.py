"""What a backtest reads, for a page of accounts at once. Only selects."""

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from services.trigger.backtest.account import Read
from services.trigger.backtest.replay import Heard, Sold
from services.trigger.backtest.rows import Row
from services.trigger.backtest.series import Hours, Series
from services.trigger.judgement.facts import intake, types
from shared.values.periods import NEVER

FACTS_BACK = timedelta(days=400)
LOGINS_BACK = timedelta(days=101)
USE_BACK = timedelta(days=31)
"""The hours in which a counter was used are read from a month before the window on."""
VALUES_BACK = timedelta(days=366)
"""A total of `max` or `latest`, or of other periods than it was counted in, needs its hours back to
the start of its period.
"""

_DATA = msgspec.json.Decoder(dict[str, Any], float_hook=Decimal)
_HOURS = [f"h{hour:02}" for hour in range(24)]


async def read(
    conn: AsyncConnection,
    accounts: Collection[str],
    zones: Mapping[str, ZoneInfo],
    begin: datetime,
    since: datetime,
    recounted: Collection[str] = (),
) -> Read:
    """`begin`: the midnight at which the replay starts; `since`: from when sent messages are
    compared.

    `recounted`: meters that the other catalogue counts in other periods. Their stored totals do not
    apply, but the sum of all is known.
    """
    wanted = {
        "accounts": list(accounts),
        "begin": begin,
        "first": begin.date(),
        "older": (begin - VALUES_BACK).date(),
        "since": since,
        "used": (begin - USE_BACK).date(),
        "recounted": list(recounted),
    }
    found = Read(recounted=frozenset(recounted))
    for account, series in await _series(conn, wanted):
        found.series.setdefault(account, {})[series.meter] = series
    for row in await conn.execute(_SOLD, wanted):
        found.sold.setdefault(row.account, []).append((row.from_plan, Sold(row.at, row.to_plan)))
    facts = {"accounts": list(accounts), "facts": begin - FACTS_BACK, "logins": begin - LOGINS_BACK}
    for row in await conn.execute(_FACTS, facts):
        if (heard := _heard(row, zones[row.account])) is not None:
            found.facts.setdefault(row.account, []).append(heard)
    found.sent = [_told(row) for row in await conn.execute(_TOLD, wanted)] + [
        _other(row) for row in await conn.execute(_OTHERS, wanted)
    ]
    return found


async def _series(conn: AsyncConnection, wanted: Mapping[str, Any]) -> list[tuple[str, Series]]:
    """The stored usage of each meter, with its account."""
    totals: dict[tuple[str, str], dict[datetime, Decimal]] = {}
    for row in await conn.execute(_TOTALS, wanted):
        totals.setdefault((row.account, row.meter), {})[row.period_start] = row.used
    for row in await conn.execute(_WHOLE, wanted) if wanted["recounted"] else ():
        totals[row.account, row.meter] = {NEVER: row.used}
    in_use = {
        (row.account, row.meter): dict(zip(row.days, row.hours, strict=True))
        for row in await conn.execute(_IN_USE, wanted)
    }
    return [
        (
            row.account,
            Series(
                row.meter,
                row.aggregation,
                row.days,
                _amounts(row.last),
                _amounts(row.high),
                _amounts(row.low),
                totals.get((row.account, row.meter), {}),
                in_use=in_use.get((row.account, row.meter), {}),
            ),
        )
        for row in await conn.execute(_DAYS, wanted)
    ]


async def hours(
    conn: AsyncConnection, wanted: Iterable[tuple[str, int]]
) -> dict[str, dict[int, dict[str, Hours]]]:
    """By account and day, the hours of all its meters; a day without usage is present and empty."""
    pairs = sorted(set(wanted))
    found: dict[str, dict[int, dict[str, Hours]]] = {}
    for account, day in pairs:
        found.setdefault(account, {})[day] = {}
    columns = {"accounts": [account for account, _ in pairs], "days": [day for _, day in pairs]}
    for row in await conn.execute(_OF_DAYS, columns):
        found[row[0]][row[1]][row[2]] = row[3:]
    return found


def _amounts(joined: str) -> list[Decimal]:
    return [Decimal(amount) for amount in joined.split()]


def _heard(row: Any, zone: ZoneInfo) -> Heard | None:
    """None for a fact that an earlier version accepted and this one would refuse."""
    raw = _DATA.decode(row.data) if row.data and row.data != "null" else {}
    try:
        data = types.read(row.type, raw)
    except types.BadFact:
        return None
    return Heard(
        intake.Fact(row.type, f"{row.source} {row.id}", row.at, data, zone), raw, row.received_at
    )


def _told(row: Any) -> Row:
    return Row(
        row.account, row.meter, row.threshold, "usage.threshold", row.reached_at, row.outcome
    )


def _other(row: Any) -> Row:
    """Not from a threshold: used though not in the plan, a separate proposal, a person's task."""
    if row.meter is not None:
        return Row(row.account, row.meter, None, "feature.gated", row.at, row.outcome)
    return Row(
        row.account,
        None,
        None,
        "upgrade.proposal" if row.outcome == "proposal" else "crm.task",
        row.at,
        row.outcome,
    )


_OURS = "account = any(cast(:accounts as text[]))"
_LAST = ", ".join(reversed(_HOURS))
_SUM = " + ".join(f"coalesce({hour}, 0)" for hour in _HOURS)
_ALL = ", ".join(_HOURS)
_TOTALS = text(
    f"""
    select account, meter, period_start, used from usage_total
    where {_OURS} and (period_end is null or period_end > :begin)
        and meter <> all(cast(:recounted as text[]))
    """
)
_WHOLE = text(
    f"""
    select account, meter, sum(used) as used from usage_total
    where {_OURS} and meter = any(cast(:recounted as text[])) and aggregation in ('count',
        'sum') group by account, meter
    """
)
_DAYS = text(
    f"""
    select account, meter, max(aggregation) as aggregation, array_agg(number
        order by number) as days,
           string_agg(last::text, ' ' order by number) as last,
           string_agg(high::text, ' ' order by number) as high,
           string_agg(low::text, ' ' order by number) as low
    from (select account, meter, aggregation, day - date '1970-01-01' as number,
                 case aggregation when 'latest' then coalesce({_LAST})
                     when 'max' then greatest({_ALL}) else {_SUM} end as last,
                 case when aggregation in ('latest', 'max')
                     then greatest({_ALL}) else 0 end as high,
                 least({_ALL}) as low
          from usage_day
          where {_OURS} and day >= case
              when aggregation in ('latest', 'max')
                  or meter = any(cast(:recounted as text[]))
              then cast(:older as date) else cast(:first as date) end) as days
    where low is not null
    group by account, meter
    """
)
_USED = " + ".join(f"coalesce(({hour} > 0)::int, 0)" for hour in _HOURS)
_IN_USE = text(
    f"""
    select account, meter, array_agg(number) as days, array_agg(hours) as hours
    from (select account, meter, day - date '1970-01-01' as number, {_USED} as hours
          from usage_day where {_OURS} and day >= :used) as days
    where hours > 0
    group by account, meter
    """
)
_OF_DAYS = text(
    f"""
    select u.account, u.day - date '1970-01-01', u.meter,
        {", ".join(f"u.{hour}" for hour in _HOURS)}
    from unnest(cast(:accounts as text[]), cast(:days as integer[])) as w(account, day)
         join usage_day u on u.account = w.account and u.day = date '1970-01-01' + w.day
    """
)
_SOLD = text(
    "select account, at, from_plan, to_plan "
    f"from plan_change where {_OURS} and at > :begin and from_plan is distinct from to_plan "
    "order by account, at, id"
)
_FACTS = text(
    f"""
    select account, type, at, received_at, source, id, (event -> 'data')::text as data from fact
    where {_OURS} and taken_back_at is null and at > :facts and (type <> 'login.recorded'
        or at > :logins) order by account, seq
    """
)
_TOLD = text(
    f"""
    select a.account, a.meter, a.threshold, a.reached_at, d.outcome from alert a join decision d
        on d.id = a.decision
    where a.{_OURS} and a.notified and a.reached_at > :since and a.threshold not like 'per_hour:%'
    """
)
_OTHERS = text(
    f"""
    select account, at, outcome,
           case when cause = 'feature.gated'
               then body -> 'gates' -> 1 -> 'evidence' ->> 'meter' end as meter
    from decision
    where {_OURS} and at > :since and cause <> 'usage.threshold'
      and (outcome in ('proposal', 'assisted') and body -> 'signals' <> '["pre_purchase"]'::jsonb
           or cause = 'feature.gated' and body -> 'gates' -> 1 ->> 'result' = 'pass')
    """
)
