"""Pure modules at the ends of what the doors let in: every amount becomes a date, a duration, a
native number or a text, or is left out.
"""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from services.ingest.calendars import bucket_of, bucket_start, hour_start
from services.notifier.schedule import next_attempt, read_retry_after
from services.trigger.alerts.forecast import daily_levels, of_counter, of_gauge
from services.trigger.backtest.series import first_hour, moment_of
from services.trigger.judgement.economics.cost_of_waiting import months_until, wait_cost
from services.trigger.judgement.economics.proration import NotQuotable, prorate
from services.trigger.judgement.economics.value import value_of_step
from services.trigger.judgement.facts.record import Stated
from services.trigger.limits import percent
from services.trigger.thresholds import State, close, evaluate
from shared.catalog import Aggregation, Catalog, Threshold
from shared.values.money import (
    format_money,
    format_monthly_price,
    minor_digits,
    money_text,
    round_money,
)
from shared.values.periods import (
    Grid,
    Period,
    add_business_days,
    add_months,
    anniversary,
    is_open,
    local_date,
    months_between,
    next_opening,
    period_at,
)
from shared.values.quantities import bounded, dumps, json_number, parse_quantity, plain
from shared.wording.amounts import amount_text, limit_text, share_text, threshold_text
from shared.wording.language import date_text, moment_text, number_text
from tests.support.stories import bought
from tests.support.strategies import (
    AMOUNTS,
    COUNTRIES,
    CURRENCIES,
    DAYS,
    INTERVALS,
    LARGEST,
    LIMITS,
    LOCALES,
    MOMENTS,
    NAMES,
    PERCENTAGES,
    POSITIVE,
    SMALLEST,
    TIME_ZONES,
    TOTALS,
    catalogs,
    examples,
    money,
)

COLUMN = Decimal(10) ** 29
"""What a column of totals no longer holds."""

THRESHOLDS = st.lists(
    st.one_of(PERCENTAGES.map(Threshold), POSITIVE.map(lambda at: Threshold(at=at))),
    min_size=1,
    max_size=4,
    unique=True,
)


# ---- amounts


@given(st.one_of(TOTALS, AMOUNTS))
@examples(200)
def test_an_amount_is_written_and_read_without_loss(amount: Decimal) -> None:
    assert Decimal(plain(amount)) == amount
    assert json.loads(dumps({"a": amount}), parse_float=Decimal)["a"] == amount
    assert Decimal(json_number(amount)) == amount


@given(AMOUNTS)
@example(SMALLEST)
@example(LARGEST)
@examples(100)
def test_what_is_bounded_stays_so(amount: Decimal) -> None:
    assert bounded(amount) == parse_quantity(amount) == parse_quantity(plain(amount)[:40]) == amount


@given(TOTALS, LIMITS)
@examples(200)
def test_a_percentage_is_a_number_that_everybody_holds(
    used: Decimal, limit: Decimal | None
) -> None:
    found = percent(used, limit)
    assert (found is None) == (not limit)
    if found is not None and limit:
        assert abs(found) < 2**53
        if abs(found) < 2**53 - 1:
            assert found <= Fraction(used) * 100 / Fraction(limit) < found + 1


@given(TOTALS, CURRENCIES, LOCALES, st.integers(-12, 12))
@examples(200)
def test_money_is_rounded_once_and_written(
    amount: Decimal, currency: str, locale: str, parts: int
) -> None:
    share = Fraction(amount) / (parts or 7)
    rounded = round_money(share, currency)
    assert abs(Fraction(rounded) - share) * 2 * 10 ** minor_digits(currency) <= 1
    assert round_money(amount, currency) == round_money(Fraction(amount), currency)
    assert Decimal(money_text(share, currency)) == rounded
    for style in ("exact", "short"):
        assert format_money(amount, currency, locale, style, signed=True)
    assert format_monthly_price(amount, currency, locale)


# ---- words


@given(TOTALS, LIMITS, LOCALES, st.sampled_from(["byte", "seat", "call", "{unit}"]), NAMES)
@examples(150)
def test_amounts_have_words(
    amount: Decimal, limit: Decimal | None, locale: str, unit: str, name: str
) -> None:
    assert amount_text(amount, unit, locale, like=limit)
    assert share_text(amount, limit, percent(amount, limit), unit, locale)
    assert limit_text(limit, unit, name, locale)
    assert threshold_text(amount, unit, locale)
    digits = "".join(letter for letter in number_text(amount, "en") if letter not in ",")
    assert Decimal(digits) == amount


@given(MOMENTS, TIME_ZONES, LOCALES)
@examples(100)
def test_moments_have_words(moment: datetime, time_zone: str, locale: str) -> None:
    assert moment_text(moment, time_zone, locale)
    assert date_text(local_date(moment, time_zone), locale)


# ---- time


@given(MOMENTS, MOMENTS, INTERVALS, TIME_ZONES)
@examples(200)
def test_every_moment_has_its_period(
    anchor: datetime, moment: datetime, interval: Any, time_zone: str
) -> None:
    grid = Grid(anchor, interval, time_zone)
    found = period_at(grid, moment)
    assert moment in found
    assert found.start < found.end
    assert period_at(grid, found.end).start == found.end


@given(DAYS, DAYS, st.integers(-2400, 2400))
@examples(150)
def test_months_and_anniversaries_are_days(first: Any, second: Any, months: int) -> None:
    start, end = min(first, second), max(first, second)
    assert months_between(start, end) >= 0
    assert anniversary(start, end) >= end
    assert months_until(start, end) >= 0
    moved = add_months(start, months) if 1 <= start.year + months // 12 <= 9998 else start
    assert moved.day <= start.day


@given(MOMENTS, TIME_ZONES, COUNTRIES, st.integers(0, 30))
@examples(60)
def test_business_time_goes_on(
    moment: datetime, time_zone: str, country: str | None, days: int
) -> None:
    opening = next_opening(moment, time_zone, country, holidays=True)
    assert moment < opening < moment + timedelta(days=30)
    assert is_open(opening, time_zone, country, holidays=True)
    assert add_business_days(moment, days, time_zone, country) >= moment


@given(MOMENTS)
@examples(60)
def test_hours_and_buckets_are_numbered_from_1970_both_ways(moment: datetime) -> None:
    bucket = bucket_of(moment.replace(microsecond=0))
    assert bucket_start(bucket) <= moment
    assert hour_start(bucket // 6) <= moment
    assert moment <= moment_of(first_hour(moment)) < moment + timedelta(hours=1)


# ---- thresholds and forecasts


@given(TOTALS, TOTALS, LIMITS, LIMITS, THRESHOLDS, st.booleans())
@examples(200)
def test_wake_ups_fit_their_columns(
    used: Decimal,
    then: Decimal,
    before: Decimal | None,
    limit: Decimal | None,
    thresholds: list[Threshold],
    gauge: bool,
) -> None:
    first = evaluate(used, before, tuple(thresholds), State(), gauge=gauge)
    second = evaluate(then, limit, tuple(thresholds), first.state, gauge=gauge)
    for found in (first, second):
        assert all(
            amount is None or -COLUMN < amount < COLUMN
            for amount in (found.alert_at, found.rearm_at)
        )
    close(second.state, "reset")


@given(TOTALS, LIMITS, MOMENTS, st.integers(1, 366 * 86_400), st.integers(0, 10**6))
@example(Decimal(3_000), Decimal(10**11), datetime(2025, 11, 1, tzinfo=UTC), 30 * 86_400, 300_000)
@examples(200)
def test_a_counter_meets_its_limit_within_its_period_or_has_no_date(
    used: Decimal, limit: Decimal | None, start: datetime, seconds: int, part: int
) -> None:
    period = Period(start, start + timedelta(seconds=seconds))
    found = of_counter(used, limit, period, start + (period.end - start) * part / 10**6, hours=5)
    if found is not None and found.reaches_limit_at is not None:
        assert period.start <= found.reaches_limit_at < period.end
        assert limit is not None
        assert found.projected >= limit


LEVELS = st.lists(
    st.tuples(st.integers(0, 60), TOTALS), min_size=2, max_size=9, unique_by=lambda one: one[0]
)


@given(TOTALS, LIMITS, LEVELS, MOMENTS)
@examples(150)
def test_a_gauge_meets_its_limit_within_ten_years_or_has_no_date(
    used: Decimal, limit: Decimal | None, back: list[tuple[int, Decimal]], now: datetime
) -> None:
    levels = sorted(((now - timedelta(days=days)).date(), level) for days, level in back)
    found = of_gauge(used, limit, levels, now + timedelta(days=30), now)
    if found is not None and found.reaches_limit_at is not None:
        assert now <= found.reaches_limit_at <= now + timedelta(days=3653)


@given(st.sampled_from(["sum", "latest", "max", "count"]), TOTALS, LEVELS, MOMENTS)
@examples(100)
def test_the_days_of_a_gauge_end_with_what_it_is_now(
    aggregation: Aggregation, used: Decimal, back: list[tuple[int, Decimal]], now: datetime
) -> None:
    days = {(now - timedelta(days=number)).date(): {3: level} for number, level in back}
    assert daily_levels(aggregation, used, days, now.date())[-1] == (
        now.date(),
        max(used, Decimal(0)),
    )


# ---- prices


@given(catalogs(), st.data(), MOMENTS, INTERVALS, TIME_ZONES, st.sampled_from(["second", "day"]))
@examples(60)
def test_a_change_of_plan_has_a_price_or_a_reason(
    catalog: Catalog,
    data: st.DataObject,
    anchor: datetime,
    interval: Any,
    time_zone: str,
    mode: Any,
) -> None:
    """Prices 0, equal, falling, custom; any quantity; the first and the last moment of a period."""
    current, target = (data.draw(st.sampled_from(list(catalog.plans.values()))) for _ in range(2))
    paid = data.draw(st.none() | money(current.currency, digits=15))
    own = bought(
        current.id,
        anchor,
        interval,
        quantity=data.draw(st.sampled_from([1, 10**9, 10**12])),
        price=paid,
    )
    period = period_at(Grid(anchor, interval, time_zone), data.draw(MOMENTS))
    for at in (
        period.start,
        period.start + (period.end - period.start) / 3,
        period.end - timedelta(microseconds=1),
    ):
        try:
            found = prorate(current, target, own, period, at, time_zone, mode)
        except NotQuotable:
            continue
        credit, charge, due = (Fraction(found.json()[line]) for line in ("credit", "charge", "due"))
        assert due == credit + charge
        assert found.credit <= 0 <= found.charge


STATED = st.builds(
    Stated,
    at=st.just(datetime(2025, 9, 16, tzinfo=UTC)),
    key=st.just("k"),
    source=st.just("customer_stated"),
    members=st.sampled_from([1, 7, 10**9]),
    hours=POSITIVE,
    hours_basis=st.sampled_from(["per_person", "team_total"]),
    hours_period=st.sampled_from(["week", "month"]),
    hourly_rate=AMOUNTS,
    currency=CURRENCIES,
    automation_rate=st.sampled_from([None, SMALLEST, Decimal("0.333333333"), Decimal(1)]),
)


@given(STATED, money("USD"), money("USD"), st.integers(1, 2_400))
@examples(150)
def test_what_a_step_is_worth_and_what_waiting_costs_can_be_said(
    stated: Stated, own: Decimal, following: Decimal, months: int
) -> None:
    for locale in ("ja", "en"):
        dumps(value_of_step(stated, own, following).json(locale))
        dumps(wait_cost(stated, months).json(locale))


# ---- what a receiver asks for

ASKED: list[tuple[str, Callable[[Any], bool]]] = [
    ("9" * 5_000, lambda found: found <= timedelta(days=36_500)),
    ("Mon, 01 Jan 99999999999999999999 00:00:00 GMT", lambda found: found is None),
    ("Mon, 01 Jan 9999 23:59:59 -1200", lambda found: found is None or found > timedelta(days=365)),
    ("Mon, 01 Jan 0001 00:00:00 +1400", lambda found: found is None or found == timedelta()),
    ("Mon, 01 Jan 2026 00:00:00 +99999999999", lambda found: found is None or found == timedelta()),
    ("Mon, 01 Jan 2026 99:99:99 GMT", lambda found: found is None),
    ("", lambda found: found is None),
]


@pytest.mark.parametrize(("asked", "right"), ASKED)
def test_a_wish_to_wait_that_is_out_of_all_range_is_none(
    asked: str, right: Callable[[Any], bool]
) -> None:
    assert right(read_retry_after(asked, datetime(2026, 11, 1, tzinfo=UTC)))


@given(st.text(max_size=60), MOMENTS)
@examples(100)
def test_whatever_a_receiver_asks_for_there_is_a_next_attempt(asked: str, now: datetime) -> None:
    wait = read_retry_after(asked, now)
    found = next_attempt(now, 3, now + timedelta(days=1), 0.5, wait)
    assert found is not None
    assert now < found <= now + timedelta(hours=2)
