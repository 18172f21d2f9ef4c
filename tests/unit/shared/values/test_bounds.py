"""Dates that every entrance accepts."""

from datetime import UTC, date, datetime

import pytest

from shared.values.bounds import OUTSIDE, dated, is_dated


@pytest.mark.parametrize("day", [date(1990, 1, 1), date(2199, 12, 31), date(2024, 2, 29)])
def test_both_ends_are_inside(day: date) -> None:
    assert is_dated(day)
    assert dated(day) is day


@pytest.mark.parametrize("day", [date(1989, 12, 31), date(2200, 1, 1), date.min, date.max])
def test_a_day_beyond_them_is_refused_with_the_range(day: date) -> None:
    assert not is_dated(day)
    with pytest.raises(ValueError, match=OUTSIDE):
        dated(day)


def test_a_moment_is_judged_by_its_year() -> None:
    assert dated(datetime(2199, 12, 31, 23, 59, 59, 999_999, UTC)).year == 2199
    with pytest.raises(ValueError, match="1990 and 2199"):
        dated(datetime(2200, 1, 1, tzinfo=UTC))
