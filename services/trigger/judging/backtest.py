"""What another catalogue would have sent, against what was sent (issue 5, 11). Reads only; nothing is changed.

Accounts are replayed as they are subscribed now, hour by hour where a threshold may have been crossed.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import msgspec
import numpy as np
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from services.trigger.judgement.decision import iso
from services.trigger.judging import replay
from services.trigger.judging.levels import Series, Walk, hot_days
from services.trigger.judging.loading import Loaded, Loader
from services.trigger.judging.replay import Crossed, Replay, Row, at_the_beginning, difference
from services.trigger.limits import Allowance, allowance
from shared.catalog import Catalog
from shared.events import Event
from shared.periods import period_at

CHUNK = 500
_SPAN = re.compile(r"([1-9][0-9]{0,4})([hdw])")
_UNITS = {"h": timedelta(hours=1), "d": timedelta(days=1), "w": timedelta(weeks=1)}
LONGEST = timedelta(days=3 * 366)


@dataclass(frozen=True, slots=True)
class Backtest:
    """Rows `{account, meter, threshold, kind, at, outcome}`, oldest first."""

    would: list[Row]
    sent: list[Row]

    def json(self) -> dict[str, list[Row]]:
        return {
            "would": self.would,
            "sent": self.sent,
            "only_would": difference(self.would, self.sent),
            "only_sent": difference(self.sent, self.would),
        }


def read_span(given: str) -> timedelta:
    """`90d`, `36h`, `2w`. ValueError says what is wrong."""
    match = _SPAN.fullmatch(given)
    span = int(match[1]) * _UNITS[match[2]] if match else None
    if span is None or span > LONGEST:
        raise ValueError("must be a span of at most three years, such as 90d, 36h or 2w")
    return span


async def backtest(
    conn: AsyncConnection, loader: Loader, catalog: Catalog, *, since: datetime, now: datetime, account: str | None = None
) -> Backtest:
    """All accounts with a subscription to a plan of that catalogue, or one of them."""
    accounts = [account] if account is not None else list((await conn.execute(_ACCOUNTS)).scalars())
    would: list[Row] = []
    for begin in range(0, len(accounts), CHUNK):
        would += await _replayed(conn, loader, catalog, accounts[begin : begin + CHUNK], since, now)
    sent = [_sent(row) for row in await conn.execute(_SENT, {"account": account, "since": since, "now": now})]
    return Backtest(sorted(would, key=_order), sorted(sent, key=_order))


async def _replayed(
    conn: AsyncConnection, loader: Loader, catalog: Catalog, accounts: Sequence[str], since: datetime, now: datetime
) -> list[Row]:
    known = await loader.load(conn, accounts, now)
    known = {key: at_the_beginning(one, catalog) for key, one in known.items() if _is_sold(one, catalog)}
    crossings = await _crossings(conn, known, catalog, since, now)
    facts = await _facts(conn, list(known), now)
    rows: list[Row] = []
    for key, loaded in known.items():
        if key in crossings or key in facts or loaded.facts.subscription is not None:
            rows += Replay(loaded).run(crossings.get(key, ()), facts.get(key, ()), since, now)
    return rows


def _is_sold(loaded: Loaded, catalog: Catalog) -> bool:
    return loaded.facts.subscription is not None and loaded.facts.subscription.plan in catalog.plans


async def _crossings(
    conn: AsyncConnection, known: Mapping[str, Loaded], catalog: Catalog, since: datetime, now: datetime
) -> dict[str, list[Crossed]]:
    """From the days that may matter, and only their hours."""
    walks: list[tuple[Walk, list[int]]] = []
    for series in await _series(conn, known, since, now):
        loaded, meter = known[series.account], catalog.meters.get(series.meter)
        subscription = loaded.terms.subscription
        if meter is None or subscription is None:
            continue
        allowed: Allowance = allowance(meter.id, subscription, catalog, catalog, loaded.terms.overrides.get(meter.id))
        grid = subscription.grid(loaded.terms.time_zone)
        days = hot_days(series, meter, allowed, grid)
        if days:
            walks.append((Walk(series, meter, allowed, grid, since), days))
    hours = await _hours(conn, [(walk.series, index) for walk, days in walks for index in days])
    found: dict[str, list[Crossed]] = {}
    for walk, days in walks:
        own = hours.get((walk.series.account, walk.series.meter), {})
        found.setdefault(walk.series.account, []).extend(walk.crossings(own, days))
    return found


async def _series(conn: AsyncConnection, known: Mapping[str, Loaded], since: datetime, now: datetime) -> list[Series]:
    accounts = list(known)
    starts = []
    for account in accounts:
        subscription = known[account].terms.subscription
        assert subscription is not None
        starts.append(min(since, period_at(subscription.grid(known[account].terms.time_zone), since).start).date())
    rows = await conn.execute(_SERIES, {"accounts": accounts, "starts": starts, "until": now.date()})
    return [
        Series(
            row.account,
            row.meter,
            tuple(row.days),
            np.array(row.totals, dtype=np.float64),
            np.array(row.lasts, dtype=np.float64),
            np.array(row.highs, dtype=np.float64),
            row.used if row.used is not None else Decimal(0),
        )
        for row in rows
    ]


async def _hours(conn: AsyncConnection, wanted: Iterable[tuple[Series, int]]) -> dict[tuple[str, str], dict[date, dict[int, Decimal]]]:
    pairs = [(series.account, series.meter, series.days[index]) for series, index in wanted]
    found: dict[tuple[str, str], dict[date, dict[int, Decimal]]] = {}
    if not pairs:
        return found
    accounts, meters, days = (list(column) for column in zip(*pairs, strict=True))
    for row in await conn.execute(_HOURS_OF, {"accounts": accounts, "meters": meters, "days": days}):
        hours = {hour: value for hour, value in enumerate(row[3:]) if value is not None}
        found.setdefault((row.account, row.meter), {})[row.day] = hours
    return found


async def _facts(conn: AsyncConnection, accounts: Sequence[str], now: datetime) -> dict[str, list[Event]]:
    found: dict[str, list[Event]] = {}
    for row in await conn.execute(_FACTS, {"accounts": list(accounts), "now": now}):
        event = msgspec.json.decode(row.event)
        told = Event(id=event["id"], source=event["source"], type=event["type"], subject=row.account, time=row.at, data=event.get("data"))
        found.setdefault(row.account, []).append(told)
    return found


def _sent(row: Any) -> Row:
    """A notice as its alert, anything else by what it was."""
    at, outcome = iso(row.at), row.outcome
    if row.threshold is not None:
        threshold: Any = int(row.threshold) if row.threshold.isdigit() else {"at": Decimal(row.threshold.removeprefix("at:"))}
        return {"account": row.account, "meter": row.meter, "threshold": threshold, "kind": replay.USAGE, "at": at, "outcome": outcome}
    kind = "upgrade.proposal" if outcome == "proposal" else "crm.task"
    return {"account": row.account, "meter": None, "threshold": None, "kind": kind, "at": at, "outcome": outcome}


def _order(row: Row) -> tuple[str, str, str]:
    return row["at"], row["account"], row["meter"] or ""


_HOUR_NAMES = [f"h{hour:02}" for hour in range(24)]
_TOTAL = " + ".join(f"coalesce({name}, 0)" for name in _HOUR_NAMES)
_LAST = f"coalesce({', '.join(reversed(_HOUR_NAMES))}, 0)"
_HIGH = f"greatest({', '.join(_HOUR_NAMES)})"

_ACCOUNTS = text("select account from subscription where ended_at is null order by account")
_SERIES = text(
    f"""
    select d.account, d.meter, array_agg(d.day order by d.day) as days,
           array_agg(({_TOTAL})::float8 order by d.day) as totals,
           array_agg(({_LAST})::float8 order by d.day) as lasts,
           array_agg(coalesce({_HIGH}, 0)::float8 order by d.day) as highs,
           (select t.used from usage_total t where t.account = d.account and t.meter = d.meter and t.period_end is null) as used
    from unnest(cast(:accounts as text[]), cast(:starts as date[])) as w(account, start)
    join usage_day d on d.account = w.account and d.day >= w.start and d.day <= :until
    group by d.account, d.meter
    """
)
_HOURS_OF = text(
    f"""
    select d.account, d.meter, d.day, {", ".join(f"d.{name}" for name in _HOUR_NAMES)}
    from unnest(cast(:accounts as text[]), cast(:meters as text[]), cast(:days as date[])) as w(account, meter, day)
    join usage_day d on d.account = w.account and d.meter = w.meter and d.day = w.day
    """
)
_FACTS = text(
    """
    select account, at, event::text as event from fact
    where account = any(cast(:accounts as text[])) and at <= :now order by at, seq
    """
)
_SENT = text(
    """
    select d.account, a.meter, a.threshold, d.at, d.outcome
    from decision d left join alert a on a.decision = d.id and a.notified
    where d.at between :since and :now and (cast(:account as text) is null or d.account = :account)
      and (a.id is not null or d.outcome in ('proposal', 'assisted'))
    """
)
