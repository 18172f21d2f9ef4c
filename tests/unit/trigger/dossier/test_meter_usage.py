"""How full meters are, by total and by day."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from services.trigger.dossier import meter_usage
from services.trigger.judgement.facts.facts import Usage
from shared.catalog import Policy
from tests.support.catalogs import catalog

GLOBAL = catalog("global")
START, NOW, END = (datetime(2026, 11, day, tzinfo=UTC) for day in (1, 15, 30))
DAY = timedelta(days=1)


def totals(used: str, before: str | None = None) -> meter_usage.Totals:
    return meter_usage.Totals(
        Decimal(used), START, END, None if before is None else Decimal(before)
    )


def days(used: dict[int, int]) -> meter_usage.Days:
    """By how many days ago."""
    return {(NOW - DAY * back).date(): {5: Decimal(amount)} for back, amount in used.items()}


def counted(used: int, recorded: meter_usage.Days, limit: int | None = 1000) -> Usage:
    found = meter_usage.usage(
        "api_calls", totals(str(used)), None if limit is None else Decimal(limit)
    )
    return meter_usage.with_days(found, GLOBAL.meters["api_calls"], recorded, GLOBAL.policy, NOW, 5)


def test_the_days_of_a_counter_are_counted_back_from_the_exact_total() -> None:
    """960 on the third, all but 10 taken back on the tenth, 20 too many: only the days from the
    third to the tenth were hot.
    """
    total = meter_usage.Totals(Decimal(-20), START, END, None)
    found = meter_usage.usage("api_calls", total, Decimal(1000))
    days = {
        date(2026, 11, 3): {5: Decimal(960)},
        date(2026, 11, 5): {5: Decimal(0)},
        date(2026, 11, 10): {5: Decimal(-980)},
    }
    assert (
        meter_usage.with_days(
            found, GLOBAL.meters["api_calls"], days, GLOBAL.policy, NOW, 5
        ).hot_days
        == 2
    )


def test_a_trend_falls_by_no_more_than_all() -> None:
    """100 in the month before; of this month only the correction has arrived."""
    days = {date(2026, 10, 1): {5: Decimal(100)}, date(2026, 11, 10): {5: Decimal(-50)}}
    found = meter_usage.usage(
        "api_calls", meter_usage.Totals(Decimal(-50), START, END, None), Decimal(1000)
    )
    assert (
        meter_usage.with_days(found, GLOBAL.meters["api_calls"], days, GLOBAL.policy, NOW, 5).trend
        == -100
    )


@pytest.mark.parametrize(
    ("used", "before", "limit", "percent", "last"),
    [
        ("24", "25", "25", 96, 100),
        ("24.999999999", None, "25", 99, None),
        ("0", "0", "25", 0, 0),
        ("24", "25", None, None, None),
        ("24", "25", "0", None, None),
    ],
)
def test_this_period_and_the_one_before_in_percent_of_the_limit(
    used: str, before: str | None, limit: str | None, percent: int | None, last: int | None
) -> None:
    found = meter_usage.usage(
        "calls", totals(used, before), None if limit is None else Decimal(limit)
    )
    assert (found.percent, found.last_percent) == (percent, last)
    assert (found.period_start, found.period_end) == (START, END)


def test_a_day_is_hot_from_exactly_the_share_on() -> None:
    """949, then 950 (95 %), then 960 of 1000: two hot days; without a limit none."""
    recorded = days({3: 949, 2: 1, 1: 10})
    assert counted(960, recorded).hot_days == 2
    assert counted(960, recorded, limit=None).hot_days == 0
    assert counted(960, {}).hot_days == 0


def test_days_before_the_period_are_not_hot() -> None:
    assert counted(960, days({30: 2000, 1: 960})).hot_days == 1


def test_the_trend_compares_the_last_thirty_days_with_the_thirty_before() -> None:
    """The thirtieth day ago is the newest of the days before; the sixtieth is too old."""
    assert counted(150, days({0: 100, 29: 50, 30: 60, 59: 40, 60: 900})).trend == 50
    assert counted(150, days({0: 100, 60: 900})).trend is None
    assert counted(0, days({30: 60})).trend == -100


def test_a_trend_has_nine_decimals() -> None:
    assert counted(1, days({0: 1, 30: 3})).trend == Decimal("-66.666666667")


def test_a_gauge_compares_its_level_with_that_of_thirty_days_ago() -> None:
    seats = meter_usage.usage(
        "seats", meter_usage.Totals(Decimal(12), None, None, None), Decimal(20)
    )
    meter = GLOBAL.meters["seats"]

    def trend(recorded: meter_usage.Days) -> Decimal | None:
        return meter_usage.with_days(seats, meter, recorded, GLOBAL.policy, NOW, 0).trend

    assert trend(days({40: 4, 31: 6, 1: 2})) == 20
    assert trend(days({29: 10, 1: 2})) is None
    assert trend({}) is None


@pytest.mark.parametrize(
    ("shares", "turns"),
    [
        ([], False),
        ([None], False),
        ([29], True),
        ([30], False),
        ([94], False),
        ([95], True),
        ([29, 30], False),
        ([0, 95, None], True),
        ([10, 29, None], True),
    ],
)
def test_days_matter_near_a_limit_or_if_everything_is_low(
    shares: list[int | None], turns: bool
) -> None:
    usages = [Usage("m", Decimal(0), None, share) for share in shares]
    assert meter_usage.turns_on_days(usages, Policy()) is turns
