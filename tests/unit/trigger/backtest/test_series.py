"""A meter's recorded days: which of them matter, and the total backwards from today's."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from services.trigger.backtest.series import HOUR, Series, first_hour, moment_of
from shared.catalog import Aggregation
from tests.unit.trigger.backtest.test_walk import BEGIN, FIRST, series

NEVER = datetime(1970, 1, 1, tzinfo=UTC)
TICK = timedelta(microseconds=1)
DAY = FIRST // 24


def needed(recorded: Series, start: datetime, begin: int, end: int) -> tuple[list[int], Decimal]:
    """The days whose hours it asked for, and the total that it found."""
    asked, going = [], recorded.base(start, begin, end)
    try:
        while True:
            asked.append(next(going))
    except StopIteration as done:
        return asked, done.value


def test_an_hour_is_the_first_that_starts_at_a_moment_or_after_it() -> None:
    assert [first_hour(BEGIN + shift) for shift in (-HOUR, -TICK, 0 * HOUR, TICK, HOUR)] == [
        FIRST - 1,
        FIRST,
        FIRST,
        FIRST + 1,
        FIRST + 1,
    ]
    assert moment_of(FIRST) == BEGIN


def test_only_days_with_an_hour_within_are_within() -> None:
    recorded = series("sum", {0: Decimal(1), 24: Decimal(1), 72: Decimal(1)}, 0)
    spans = [(0, 24), (0, 25), (23, 24), (24, 72), (25, 73), (96, 120)]
    assert [list(recorded.within(FIRST + one, FIRST + end)) for one, end in spans] == [
        [0],
        [0, 1],
        [0],
        [1],
        [1, 2],
        [],
    ]


def test_a_day_is_whole_with_all_its_24_hours() -> None:
    recorded = series("sum", {5: Decimal(1)}, 0)
    spans = [(0, 24), (-1, 25), (1, 24), (0, 23)]
    assert [recorded.is_whole(0, FIRST + one, FIRST + end) for one, end in spans] == [
        True,
        True,
        False,
        False,
    ]


def test_the_total_is_counted_backwards_and_hours_are_needed_only_of_a_part_of_a_day() -> None:
    """100 before, then 1, 2 and 4 on two days: 107 today."""
    recorded = series("sum", {1: Decimal(1), 30: Decimal(2), 40: Decimal(4)}, 100)
    assert needed(recorded, NEVER, FIRST, FIRST + 48) == ([], Decimal(100))
    assert needed(recorded, NEVER, FIRST + 24, FIRST + 48) == ([], Decimal(101))
    assert needed(recorded, NEVER, FIRST + 31, FIRST + 48) == ([], Decimal(103))
    known, recorded.hours = recorded.hours, {}
    going = recorded.base(NEVER, FIRST + 31, FIRST + 48)
    assert next(going) == DAY + 1
    recorded.hours = known
    with pytest.raises(StopIteration) as done:
        next(going)
    assert done.value.value == Decimal(103)


@pytest.mark.parametrize("aggregation", ["latest", "max"])
def test_values_do_not_add_up_and_begin_at_nothing(aggregation: Aggregation) -> None:
    recorded = series(aggregation, {1: Decimal(7)}, 0)
    assert needed(recorded, NEVER, FIRST, FIRST + 24) == ([], Decimal(0))


def test_a_period_without_a_stored_total_begins_at_nothing() -> None:
    recorded = series("sum", {1: Decimal(7)}, 3)
    assert needed(recorded, BEGIN, FIRST, FIRST + 24) == ([], Decimal(0))


@pytest.mark.parametrize(
    ("aggregation", "after"),
    [("sum", 13), ("count", 13), ("unique", 13), ("max", 10), ("latest", 3)],
)
def test_a_value_is_added_or_is_the_highest_or_the_last(
    aggregation: Aggregation, after: int
) -> None:
    recorded = Series("m", aggregation, [], [], [], [])
    assert recorded.after(Decimal(10), Decimal(3)) == after


@pytest.mark.parametrize(
    ("aggregation", "used", "alert_at", "rearm_at", "touches"),
    [
        ("sum", 5, 15, None, True),
        ("sum", 5, 16, None, False),
        ("sum", 5, None, 5, False),
        ("sum", -1, 100, None, True),
        ("sum", -1, None, 5, True),
        ("sum", -1, None, None, False),
        ("latest", 5, 5, None, True),
        ("latest", 5, 6, None, False),
        ("latest", 5, None, 5, False),
        ("latest", 5, None, 6, True),
        ("max", 5, None, 6, False),
        ("max", 5, 5, None, True),
    ],
)
def test_a_day_is_looked_at_if_it_may_reach_or_fall_below(
    aggregation: Aggregation,
    used: int,
    alert_at: int | None,
    rearm_at: int | None,
    touches: bool,
) -> None:
    """From a total of ten."""
    alert, rearm = (None if one is None else Decimal(one) for one in (alert_at, rearm_at))
    recorded = series(aggregation, {3: Decimal(used)}, 0)
    assert recorded.touches(Decimal(10), 0, alert, rearm) is touches


def test_hours_in_use_are_those_before_today() -> None:
    recorded = Series("m", "sum", [], [], [], [], in_use={DAY - 1: 1, DAY: 2, DAY + 1: 4})
    assert recorded.hours_in_use(BEGIN + 5 * HOUR, BEGIN + 25 * HOUR) == 2
    assert recorded.hours_in_use(BEGIN - HOUR, BEGIN + 48 * HOUR) == 7
    assert recorded.hours_in_use(BEGIN, BEGIN) == 0
