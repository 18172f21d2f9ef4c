"""One account through a window: limits from the hour of each change of plan on."""

from datetime import datetime, timedelta
from decimal import Decimal

from services.trigger.accounts import Account, Subscription, Terms
from services.trigger.backtest.account import AccountBacktest, Read, Window
from services.trigger.backtest.replay import Sold
from services.trigger.dossier.dossier import Loaded
from services.trigger.judgement.facts.facts import Contract, Facts
from tests.support.catalogs import catalog
from tests.unit.trigger.backtest.test_walk import BEGIN, series

GLOBAL = catalog("global")
DAY = timedelta(days=1)
WINDOW = Window(BEGIN, BEGIN, BEGIN + 8 * DAY)
GB = 10**9


def backtest(
    values: dict[int, int], sold: list[tuple[str | None, Sold]] | None = None
) -> AccountBacktest:
    since = BEGIN - 300 * DAY
    own = Subscription("starter", 1, since)
    profile = Account("a", "A", "en", "UTC")
    loaded = Loaded(Terms("UTC", own, {}), GLOBAL, Facts(profile, own, Contract(since, since)))
    hours = {hour: Decimal(value) for hour, value in values.items()}
    recorded = series("latest", hours, 0)
    recorded.meter = "storage"
    known = {day: {"storage": one["m"]} for day, one in recorded.hours.items()}
    read = Read({"a": {"storage": recorded}}, {"a": sold or []})
    found = AccountBacktest(loaded, read, GLOBAL, WINDOW)
    while asked := found.go_on():
        found.take({"a": {day: known.get(day, {}) for _, day in asked}})
    return found


def told(found: AccountBacktest) -> list[tuple[str, datetime]]:
    return [(row.threshold or "", row.at) for row in found.rows() if row.meter == "storage"]


def test_each_threshold_once_at_the_end_of_its_hour() -> None:
    found = told(backtest({5: 8 * GB, 30: 9 * GB, 31: 9 * GB}))
    assert [threshold for threshold, _ in found] == ["80", "90"]
    assert found[0][1] - BEGIN == timedelta(hours=6)


def test_a_plan_counts_from_the_hour_it_began() -> None:
    moved: list[tuple[str | None, Sold]] = [("starter", Sold(BEGIN + 2 * DAY, "pro"))]
    assert told(backtest({60: 9 * GB}, moved)) == []
    assert [one for one, _ in told(backtest({30: 9 * GB}, moved))] == ["90"]


def test_who_was_sold_another_catalogue_is_known() -> None:
    found = backtest({5: 8 * GB})
    assert found.is_sold(GLOBAL)
    assert not found.is_sold(catalog("jp"))
    assert found.catalog_of("starter") is GLOBAL
    assert not any(found.changed_after(row) for row in found.rows())
