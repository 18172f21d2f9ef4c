"""Periods and buckets of event times."""

from datetime import UTC, datetime, timedelta

import pytest

from services.ingest.calendars import (
    BUCKET_SECONDS,
    FOR_EVER,
    Calendar,
    bucket_of,
    bucket_start,
    hour_start,
)
from shared.values.periods import Grid

GRID = Grid(datetime(2025, 1, 31, tzinfo=UTC), "month", "UTC")


@pytest.mark.parametrize("seconds", [0, 1, 599, 600, 1_757_980_800, 4_102_444_799])
def test_a_bucket_contains_its_moment(seconds: int) -> None:
    moment = datetime.fromtimestamp(seconds, UTC)
    start = bucket_start(bucket_of(moment))
    assert start <= moment < start + timedelta(seconds=BUCKET_SECONDS)
    assert hour_start(seconds // 3600) == moment.replace(minute=0, second=0)


def test_a_gauge_has_one_period_without_an_end() -> None:
    calendar = Calendar(GRID, "never")
    assert calendar.is_endless
    assert calendar.period(datetime(1990, 1, 1, tzinfo=UTC)) == FOR_EVER
    assert calendar.holds(datetime(1990, 1, 1, tzinfo=UTC), datetime(2199, 1, 1, tzinfo=UTC))


def test_a_period_that_is_remembered_is_not_taken_for_the_next_one() -> None:
    calendar = Calendar(GRID, "period")
    last = datetime(2025, 2, 27, 23, 59, 59, tzinfo=UTC)
    january = calendar.period(last)
    assert (january.start, january.end) == (GRID.anchor, datetime(2025, 2, 28, tzinfo=UTC))
    assert calendar.period(january.start) == january
    february = calendar.period(last + timedelta(seconds=1))
    assert (february.start, february.end) == (
        datetime(2025, 2, 28, tzinfo=UTC),
        datetime(2025, 3, 31, tzinfo=UTC),
    )
    assert calendar.period(last) == january


def test_a_span_is_held_by_one_period_up_to_its_end() -> None:
    calendar, start = Calendar(GRID, "period"), datetime(2025, 2, 1, tzinfo=UTC)
    end = datetime(2025, 2, 28, tzinfo=UTC)
    assert calendar.holds(start, end)
    assert not calendar.holds(start, end + timedelta(microseconds=1))
