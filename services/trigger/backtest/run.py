"""`over`: the accounts page by page, each replayed under another catalogue. Writes nothing.

An account whose plan the other catalogue lacks keeps the limits and prices it was sold with, under
the other's meters and policy. Add-ons and overrides are those of today. If a catalogue counts a
meter differently (event, filter, aggregation), the recorded usage stays; if only `reset` differs,
its hours are added up by the other periods.
"""

import asyncio
import re
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta

from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from services.trigger.backtest.account import AccountBacktest, Window
from services.trigger.backtest.rows import NOTHING, DiffersBy, Report, Row, compare, marked
from services.trigger.dossier.loader import Loader
from services.trigger.tables import accounts as account_rows
from services.trigger.tables.backtests import history
from services.trigger.tables.catalogs import Catalogs
from shared.catalog import Catalog
from shared.postgres.database import transaction

PAGE = 40
_SPAN = re.compile(r"([1-9][0-9]{0,3})([hdw])", re.ASCII)
_UNITS = {"h": timedelta(hours=1), "d": timedelta(days=1), "w": timedelta(weeks=1)}
_LONGEST = timedelta(days=366)


@dataclass(frozen=True, slots=True)
class Asked:
    """Which catalogue, how far back, and which account (None: all with a subscription)."""

    catalog: Catalog
    since: timedelta
    account: str | None = None


def span(text: str) -> timedelta:
    """`90d`, `12w`, `48h`; the ValueError says what is wrong."""
    found = _SPAN.fullmatch(text)
    if found is None:
        raise ValueError("must be a span such as 90d, 12w or 48h")
    length = int(found[1]) * _UNITS[found[2]]
    if length > _LONGEST:
        raise ValueError("must be at most 366d")
    return length


async def over(
    engine: AsyncEngine, catalogs: Catalogs, asked: Asked, accounts: Sequence[str], now: datetime
) -> Report:
    """What these accounts would have been sent, and what they were sent. One transaction per page,
    so that nothing waits for it; the pure part runs in a thread.
    """
    report, loader = NOTHING, Loader(catalogs)
    for first in range(0, len(accounts), PAGE):
        report += await _compared(engine, loader, asked, accounts[first : first + PAGE], now)
    return report


async def _compared(
    engine: AsyncEngine, loader: Loader, asked: Asked, page: Sequence[str], now: datetime
) -> Report:
    """Differences are checked again under the catalogue as sold: only one that disappears there is
    caused by the catalogue.
    """
    async with transaction(engine) as conn:
        applied = await loader.catalogs.in_force(conn)
        started, told = await _read(conn, loader, asked, page, now, asked.catalog)
    report = await asyncio.to_thread(_report, started, told)
    own = {one.account: one for one in started}
    as_sold = {account for account, one in own.items() if one.is_sold(asked.catalog)}
    usual = report.of(as_sold)
    others = {row.account for row in report.differing} & {row.account for row in told} - as_sold
    if others:
        async with transaction(engine) as conn:
            again, _ = await _read(conn, loader, asked, sorted(others), now, None)
        usual += await asyncio.to_thread(
            _report, again, [row for row in told if row.account in others]
        )
    is_in_force = applied is not None and asked.catalog == applied.catalog

    def why(row: Row) -> DiffersBy:
        return (
            "plan_change" if row.account in own and own[row.account].changed_after(row) else "grain"
        )

    def rest(row: Row) -> DiffersBy | None:
        """Under the catalogue in force only what was sold before it can differ."""
        return ("version" if row.account not in as_sold else why(row)) if is_in_force else None

    return marked(report, usual, why, rest)


async def pages(engine: AsyncEngine, account: str | None) -> AsyncIterator[list[str]]:
    if account is not None:
        yield [account]
        return
    after = ""
    while True:
        async with transaction(engine) as conn:
            page = await account_rows.page(conn, after, PAGE)
        if not page:
            return
        yield page
        after = page[-1]


async def _read(
    conn: AsyncConnection,
    loader: Loader,
    asked: Asked,
    page: Sequence[str],
    now: datetime,
    catalog: Catalog | None,
) -> tuple[list[AccountBacktest], list[Row]]:
    """The accounts with their meters' days walked through, ready for replay without the database.

    `catalog` None: each account's own, as sold.
    """
    begin = datetime.combine((now - asked.since).date(), time(), UTC)
    loaded = await loader.without_days(conn, page, begin)
    zones = {account: one.facts.account.zone for account, one in loaded.items()}
    applied = await loader.catalogs.in_force(conn)
    recounted = _recounted(applied.catalog, catalog) if applied and catalog else set()
    read = await history.read(conn, list(loaded), zones, begin, now - asked.since, recounted)
    window = Window(begin, now - asked.since, now)
    started = [
        AccountBacktest(one, read, catalog or one.catalog, window)
        for one in loaded.values()
        if one.terms.subscription is not None
    ]
    wanted = await asyncio.to_thread(_go_on, started)
    while wanted:
        found = await history.hours(conn, wanted)
        wanted = await asyncio.to_thread(_go_on, [one for one in started if one.take(found)])
    return started, read.sent


def _recounted(counted: Catalog, other: Catalog) -> set[str]:
    """Meters that the two catalogues count in different periods."""
    return {
        key
        for key, meter in other.meters.items()
        if key in counted.meters and counted.meters[key].reset != meter.reset
    }


def _go_on(started: Sequence[AccountBacktest]) -> list[tuple[str, int]]:
    return [day for one in started for day in one.go_on()]


def _report(started: Sequence[AccountBacktest], told: Sequence[Row]) -> Report:
    return compare((row for one in started for row in one.rows()), told)
