"""How much is used within an hour, against the rates of a plan or an account."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.trigger.accounts import Account, Override, Subscription, Terms
from services.trigger.alerts import rates
from services.trigger.alerts.rates import Crossed, Sample, Selling
from shared.catalog import Threshold
from shared.messages.facts import AbsoluteThreshold, PeriodFacts
from tests.support.catalogs import document, parsed, plan

NOW = datetime(2026, 11, 30, 10, 20, tzinfo=UTC)
TEN = NOW.replace(minute=0)
HOUR = timedelta(hours=1)
OWN = {"limit": 1_000, "thresholds": [80, {"per_hour": 100}, {"per_hour": 500}]}
METERS = {
    key: {"event": "e", "aggregation": aggregation, "reset": reset, "value": "v"}
    for key, aggregation, reset in (
        ("calls", "sum", "period"),
        ("peak", "max", "period"),
        ("seats", "sum", "never"),
    )
}


def sold(calls: Any = OWN) -> Any:
    limits = {"calls": calls, "peak": 5, "seats": 5}
    return parsed(document(meters=METERS, plans=[plan("a", 1, limits=limits)]))


def crossed(
    *samples: tuple[str, datetime, int],
    told: dict[str, list[datetime]] | None = None,
    zone: str = "UTC",
    calls: Any = OWN,
    override: Override | None = None,
    now: datetime = NOW,
    **more: Any,
) -> list[Crossed]:
    catalog = sold(calls)
    subscription = Subscription("a", 1, datetime(2026, 11, 1, tzinfo=UTC), **more)
    terms = Terms(zone, subscription, {override.meter: override} if override else {})
    account = Account("acct", "Aozora", "ja-JP", zone)
    found = [Sample(meter, hour, Decimal(used)) for meter, hour, used in samples]
    return rates.crossed(account, terms, Selling(catalog, catalog), found, told or {}, now)


def keys(found: list[Crossed]) -> list[tuple[str, datetime]]:
    return [(one.threshold.key, one.sample.hour) for one in found]


@pytest.mark.parametrize(
    ("used", "wanted"),
    [(99, []), (100, ["per_hour:100"]), (499, ["per_hour:100"]), (500, ["per_hour:500"])],
)
def test_bp_17_the_highest_rate_that_is_reached_is_told(used: int, wanted: list[str]) -> None:
    assert [key for key, _ in keys(crossed(("calls", TEN, used)))] == wanted


def test_it_says_what_was_used_in_the_hour_and_nothing_of_the_limit() -> None:
    (one,) = crossed(("calls", TEN, 120))
    occasion, notice = one.occasion, one.occasion.notice
    assert notice is not None
    assert (notice.kind, notice.threshold) == (
        "usage.threshold",
        AbsoluteThreshold(per_hour="100"),
    )
    assert (notice.task, notice.alert, notice.decision) == (None, one.alert, occasion.decision)
    facts = notice.facts
    assert (facts.used, facts.limit, facts.percent) == (Decimal(120), None, None)
    assert (facts.level, facts.rate) == (None, Decimal(100))
    assert facts.period == PeriodFacts(TEN, TEN + HOUR)
    assert (one.ends_at, one.period_start) == (TEN + HOUR, datetime(2026, 11, 1, tzinfo=UTC))
    assert occasion.crossing is not None
    assert occasion.crossing.threshold.json == {"per_hour": 100}
    again = crossed(("calls", TEN, 130))[0]
    assert again.alert == one.alert, "of an hour there is one"


@pytest.mark.parametrize(
    ("zone", "before", "wanted"),
    [
        ("UTC", TEN, False),
        ("UTC", TEN.replace(hour=0), False),
        ("UTC", TEN.replace(hour=0) - HOUR, True),
        ("Asia/Tokyo", TEN.replace(hour=0) - HOUR, False),
        ("Asia/Tokyo", (TEN - timedelta(days=1)).replace(hour=14), True),
        ("America/Los_Angeles", TEN.replace(hour=8), False),
        ("America/Los_Angeles", TEN.replace(hour=7), True),
    ],
)
def test_once_a_day_where_the_account_is(zone: str, before: datetime, wanted: bool) -> None:
    found = crossed(("calls", TEN, 120), told={"calls": [before]}, zone=zone)
    assert bool(found) is wanted


def test_two_hours_of_one_day_make_one_and_of_two_days_two() -> None:
    day = TEN.replace(hour=0)
    assert keys(crossed(("calls", TEN, 500), ("calls", TEN - HOUR, 100))) == [
        ("per_hour:100", TEN - HOUR)
    ]
    both = crossed(("calls", day, 500), ("calls", day - HOUR, 100), now=day + timedelta(minutes=1))
    assert keys(both) == [("per_hour:100", day - HOUR), ("per_hour:500", day)]


def test_an_accounts_own_rates_stand_in_for_the_plans() -> None:
    own = Override("calls", False, None, (Threshold(per_hour=Decimal(10)),))
    assert keys(crossed(("calls", TEN, 10), override=own)) == [("per_hour:10", TEN)]
    none = replace(own, thresholds=(Threshold(100),))
    assert crossed(("calls", TEN, 10_000), override=none) == []


def test_where_there_is_nothing_to_tell() -> None:
    assert crossed(("calls", TEN, 500), ended_at=NOW) == []
    assert crossed(("gone", TEN, 500), ("peak", TEN, 500), ("seats", TEN, 500)) == []
    assert crossed(("calls", TEN, 500), calls={**OWN, "limit": 0}) == []
    assert keys(crossed(("calls", TEN, 500), calls={**OWN, "limit": "unlimited"}))


def test_what_ends_an_alert_before_its_hour_is_over() -> None:
    subscription = Subscription("a", 1, datetime(2026, 11, 1, tzinfo=UTC))
    terms, selling = Terms("UTC", subscription, {}), Selling(sold(), sold())

    def why(key: str = "per_hour:100", meter: str = "calls", known: Terms = terms) -> str | None:
        return rates.resolution(known, selling, meter, key, NOW)

    assert why() is None
    assert why("per_hour:101") == why(meter="gone") == "limit"
    left = replace(terms, subscription=replace(subscription, ended_at=NOW))
    assert why(known=left) == "cancelled"


def test_the_lowest_of_all_plans_by_meter() -> None:
    lower = sold({"limit": 1, "thresholds": [{"per_hour": "0.5"}]})
    assert rates.lowest([sold(), lower]) == {"calls": Decimal("0.5")}
    assert rates.lowest([sold(1_000)]) == {}


def test_what_was_counted_just_before_an_hour_ended_belongs_to_it() -> None:
    minute = timedelta(minutes=1)
    assert rates.hours_since(NOW - minute, NOW) == (TEN,)
    assert rates.hours_since(TEN - minute, TEN) == (TEN - HOUR, TEN)
    late = rates.hours_since(TEN - 5 * HOUR, NOW)
    assert late == (TEN - 5 * HOUR, TEN)


@given(st.datetimes(datetime(2020, 1, 1), datetime(2040, 1, 1), timezones=st.just(UTC)))
def test_the_next_minute_is_ahead(now: datetime) -> None:
    following = rates.next_minute(now)
    assert timedelta() < following - now <= rates.MINUTE
    assert (following.second, following.microsecond) == (0, 0)
    assert rates.hour_of(now) <= now < rates.hour_of(now) + HOUR
