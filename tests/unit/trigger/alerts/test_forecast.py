"""R-027: act before the limit is reached."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from services.trigger.alerts.forecast import (
    daily_levels,
    hours_in_use,
    is_measured,
    of_counter,
    of_gauge,
)
from shared.catalog import Aggregation
from shared.values.periods import Period

SEPTEMBER = Period(datetime(2025, 9, 1, tzinfo=UTC), datetime(2025, 10, 1, tzinfo=UTC))
GB = Decimal(10**9)


def after(days: float) -> datetime:
    return SEPTEMBER.start + timedelta(days=days)


def growing(start: Decimal, step: Decimal, days: int, today: date) -> list[tuple[date, Decimal]]:
    return [
        (today - timedelta(days=days - number), start + step * number) for number in range(days + 1)
    ]


def test_r_027_counter_on_day_ten_of_thirty() -> None:
    found = of_counter(Decimal(6_000), Decimal(10_000), SEPTEMBER, after(10), 5)
    assert found is not None
    assert (found.projected, found.percent) == (Decimal(18_000), 180)
    assert found.reaches_limit_at is not None
    assert round((found.reaches_limit_at - after(10)) / timedelta(days=1), 2) == 6.67


def test_r_027_gauge_growing_a_tenth_of_a_gigabyte_a_day() -> None:
    now = after(15)
    levels = growing(GB * 6, GB / 10, 10, now.date())
    found = of_gauge(GB * 7, GB * 10, levels, SEPTEMBER.end, now)
    assert found is not None
    assert found.reaches_limit_at == now + timedelta(days=30)
    assert found.percent == 85


@pytest.mark.parametrize("step", [Decimal(0), GB / -10])
def test_r_027_not_on_course_to_hit(step: Decimal) -> None:
    now = after(15)
    found = of_gauge(
        GB * 7, GB * 10, growing(GB * 7 - step * 10, step, 10, now.date()), SEPTEMBER.end, now
    )
    assert found is not None
    assert found.reaches_limit_at is None


def test_a_counter_says_nothing_on_its_first_day() -> None:
    assert of_counter(Decimal(600), Decimal(10_000), SEPTEMBER, after(0.99), 5) is None
    assert of_counter(Decimal(600), Decimal(10_000), SEPTEMBER, after(1), 5) is not None
    assert of_counter(Decimal(0), Decimal(10_000), SEPTEMBER, after(20), 5) is None


def test_a_counter_that_resets_first_does_not_reach_its_limit() -> None:
    found = of_counter(Decimal(3_000), Decimal(10_000), SEPTEMBER, after(15), 5)
    assert found is not None
    assert (found.percent, found.reaches_limit_at) == (60, None)


SLOW = [
    (Decimal(3_000), GB * 100),
    (Decimal("1e-9"), Decimal(10**18 - 1)),
    (Decimal("1e-9"), Decimal("999999999999999999.999999999")),
    (Decimal("1e-9"), Decimal("2e-9")),
    (Decimal(10**18 - 1), Decimal("999999999999999999.999999999")),
]


@pytest.mark.parametrize(("used", "limit"), SLOW)
@pytest.mark.parametrize(
    "start", [datetime(1990, 1, 1, tzinfo=UTC), SEPTEMBER.start, datetime(2199, 12, 31, tzinfo=UTC)]
)
@pytest.mark.parametrize("length", [timedelta(days=1), timedelta(days=31), timedelta(days=366)])
def test_r_027_a_date_beyond_the_period_is_none(
    used: Decimal, limit: Decimal, start: datetime, length: timedelta
) -> None:
    """Three kilobytes of 100 GB nine days into a month: the date is beyond any datetime."""
    found = of_counter(used, limit, Period(start, start + length), start + length * 0.3, 5)
    assert found is not None
    assert found.reaches_limit_at is None or start < found.reaches_limit_at < start + length
    assert (found.reaches_limit_at is None) == (found.projected <= limit)


@pytest.mark.parametrize("step", [Decimal("1e-9"), Decimal(1), Decimal(10**17)])
@pytest.mark.parametrize(
    "now", [datetime(1990, 1, 20, tzinfo=UTC), datetime(2199, 12, 31, tzinfo=UTC)]
)
def test_r_027_a_gauge_that_needs_more_than_ten_years_has_no_date(
    step: Decimal, now: datetime
) -> None:
    levels = growing(Decimal(0), step, 5, now.date())
    used, limit = levels[-1][1], Decimal("999999999999999999.999999999")
    found = of_gauge(used, limit, levels, now + timedelta(days=30), now)
    assert found is not None
    days = (limit - used) / step
    assert found.reaches_limit_at == (now + timedelta(days=float(days)) if days < 3653 else None)


def test_without_a_limit_there_is_nothing_to_reach() -> None:
    for limit in (None, Decimal(0)):
        found = of_counter(Decimal(3_000), limit, SEPTEMBER, after(15), 5)
        assert found is not None
        assert (found.projected, found.percent, found.reaches_limit_at) == (
            Decimal(6_000),
            None,
            None,
        )


def test_what_is_reached_already_is_not_forecast() -> None:
    found = of_counter(Decimal(10_300), Decimal(10_000), SEPTEMBER, after(15), 5)
    assert found is not None
    assert found.reaches_limit_at is None


def test_one_outlier_does_not_bend_a_gauge() -> None:
    now = after(15)
    levels = [
        (day, level) if day != date(2025, 9, 10) else (day, GB * 9)
        for day, level in growing(GB * 6, GB / 10, 10, now.date())
    ]
    found = of_gauge(GB * 7, GB * 10, levels, SEPTEMBER.end, now)
    assert found is not None
    assert found.reaches_limit_at == now + timedelta(days=30)


@pytest.mark.parametrize(("hours", "tells"), [(0, False), (1, False), (4, False), (5, True)])
def test_a_counter_needs_five_hours_with_usage(hours: int, tells: bool) -> None:
    """An import on the first evening shows no pace."""
    assert (
        of_counter(Decimal(790), Decimal(1_000), SEPTEMBER, after(1.25), hours) is not None
    ) == tells


@pytest.mark.parametrize(
    ("days", "measured_today", "tells"),
    [(2, True, False), (3, True, False), (4, False, False), (4, True, True), (5, False, True)],
)
def test_a_gauge_needs_five_daily_values(days: int, measured_today: bool, tells: bool) -> None:
    now = after(15)
    found = of_gauge(
        GB * 3,
        GB * 10,
        growing(GB, GB / 10, days, now.date()),
        SEPTEMBER.end,
        now,
        measured_today=measured_today,
    )
    assert (found is not None) == tells


def test_hours_are_counted_from_the_one_in_which_the_period_begins() -> None:
    first, last = date(2025, 9, 1), date(2025, 9, 3)
    days = {
        first - timedelta(1): {23: Decimal(1)},
        first: {13: Decimal(1), 14: Decimal(1), 15: Decimal(2)},
        last: {0: Decimal(-4), 1: Decimal(0)},
    }
    assert hours_in_use(days, datetime(2025, 9, 1, 14, 30, tzinfo=UTC)) == 2
    assert hours_in_use(days, datetime(2025, 9, 1, 23, tzinfo=ZoneInfo("Asia/Tokyo"))) == 2
    assert hours_in_use(days, SEPTEMBER.start) == 3


@pytest.mark.parametrize(
    ("aggregation", "days", "known"),
    [
        ("latest", {3: Decimal(1)}, True),
        ("latest", {}, False),
        ("max", {}, False),
        ("sum", {}, True),
    ],
)
def test_a_value_that_adds_up_is_one_of_every_day(
    aggregation: Aggregation, days: dict[int, Decimal], known: bool
) -> None:
    assert is_measured(aggregation, {date(2025, 9, 1): days}, date(2025, 9, 1)) == known


def test_levels_of_a_sum_are_counted_back_from_now() -> None:
    days = {date(2025, 9, 10): {3: Decimal(5)}, date(2025, 9, 12): {4: Decimal(2), 9: Decimal(-1)}}
    assert daily_levels("sum", Decimal(7), days, date(2025, 9, 13)) == [
        (date(2025, 9, 10), Decimal(6)),
        (date(2025, 9, 11), Decimal(6)),
        (date(2025, 9, 12), Decimal(7)),
        (date(2025, 9, 13), Decimal(7)),
    ]


def test_levels_are_never_below_zero() -> None:
    """A seat was removed before the one that adds it arrived: the exact value is used for computing
    back, 0 is shown.
    """
    days = {date(2025, 9, 10): {3: Decimal(5)}, date(2025, 9, 12): {4: Decimal(-7)}}
    assert [level for _, level in daily_levels("sum", Decimal(-2), days, date(2025, 9, 13))] == [
        5,
        5,
        0,
        0,
    ]


def test_levels_of_the_latest_are_each_days_last() -> None:
    days = {date(2025, 9, 10): {3: Decimal(5), 20: Decimal(4)}, date(2025, 9, 12): {4: Decimal(9)}}
    assert daily_levels("latest", Decimal(8), days, date(2025, 9, 13)) == [
        (date(2025, 9, 10), Decimal(4)),
        (date(2025, 9, 12), Decimal(9)),
        (date(2025, 9, 13), Decimal(8)),
    ]


def test_levels_of_a_maximum_never_fall() -> None:
    days = {date(2025, 9, 10): {3: Decimal(5), 20: Decimal(4)}, date(2025, 9, 12): {4: Decimal(3)}}
    assert daily_levels("max", Decimal(5), days, date(2025, 9, 13)) == [
        (date(2025, 9, 10), Decimal(5)),
        (date(2025, 9, 12), Decimal(5)),
        (date(2025, 9, 13), Decimal(5)),
    ]
