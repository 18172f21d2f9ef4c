"""Billing periods: their invariants, clock changes, and business time."""

from datetime import UTC, date, datetime, timedelta
from typing import cast, get_args
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.values.periods import (
    CALENDAR,
    Grid,
    Interval,
    Period,
    Reset,
    add_business_days,
    add_months,
    anniversary,
    is_business_day,
    is_open,
    local_date,
    months_between,
    next_opening,
    period_at,
    task_due,
)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text)


def local(text: str, zone: str, fold: int = 0) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone), fold=fold)


TABLE = [
    (
        "2025-01-31T15:00Z",
        "month",
        "UTC",
        "2025-08-13T00:00Z",
        "2025-07-31T15:00Z",
        "2025-08-31T15:00Z",
    ),
    (
        "2025-01-31T15:00Z",
        "month",
        "UTC",
        "2025-03-01T00:00Z",
        "2025-02-28T15:00Z",
        "2025-03-31T15:00Z",
    ),
    (
        "2025-01-31T15:00Z",
        "month",
        "Asia/Tokyo",
        "2025-08-13T00:00Z",
        "2025-07-31T15:00Z",
        "2025-08-31T15:00Z",
    ),
    (
        "2025-01-31T15:00Z",
        "month",
        "Asia/Tokyo",
        "2025-02-28T15:00Z",
        "2025-02-28T15:00Z",
        "2025-03-31T15:00Z",
    ),
    (
        "2025-01-31T15:00Z",
        "month",
        "Asia/Tokyo",
        "2025-06-30T15:00Z",
        "2025-06-30T15:00Z",
        "2025-07-31T15:00Z",
    ),
    (
        "2025-01-30T00:00Z",
        "month",
        "UTC",
        "2025-02-13T00:00Z",
        "2025-01-30T00:00Z",
        "2025-02-28T00:00Z",
    ),
    (
        "2025-01-30T00:00Z",
        "month",
        "UTC",
        "2025-02-28T00:00Z",
        "2025-02-28T00:00Z",
        "2025-03-30T00:00Z",
    ),
    (
        "2025-01-30T00:00Z",
        "month",
        "UTC",
        "2024-02-29T00:00Z",
        "2024-02-29T00:00Z",
        "2024-03-30T00:00Z",
    ),
    (
        "2025-01-30T00:00Z",
        "month",
        "UTC",
        "2024-12-31T00:00Z",
        "2024-12-30T00:00Z",
        "2025-01-30T00:00Z",
    ),
    (
        "2024-02-29T12:00Z",
        "year",
        "UTC",
        "2025-02-28T12:00Z",
        "2025-02-28T12:00Z",
        "2026-02-28T12:00Z",
    ),
    (
        "2024-02-29T12:00Z",
        "year",
        "UTC",
        "2028-02-29T11:59:59.999999Z",
        "2027-02-28T12:00Z",
        "2028-02-29T12:00Z",
    ),
    (
        "2025-03-16T00:00Z",
        "year",
        "UTC",
        "2025-09-16T00:00Z",
        "2025-03-16T00:00Z",
        "2026-03-16T00:00Z",
    ),
    (
        "2025-09-01T10:00Z",
        "week",
        "UTC",
        "2025-09-16T00:00Z",
        "2025-09-15T10:00Z",
        "2025-09-22T10:00Z",
    ),
    (
        "2025-09-01T10:00Z",
        "week",
        "UTC",
        "2025-08-31T00:00Z",
        "2025-08-25T10:00Z",
        "2025-09-01T10:00Z",
    ),
    # daily windows over both changes of clocks: local midnights, 23 h and 25 h
    (
        "2025-01-01T08:00Z",
        "day",
        "America/Los_Angeles",
        "2025-03-09T20:00Z",
        "2025-03-09T08:00Z",
        "2025-03-10T07:00Z",
    ),
    (
        "2025-01-01T08:00Z",
        "day",
        "America/Los_Angeles",
        "2025-11-02T20:00Z",
        "2025-11-02T07:00Z",
        "2025-11-03T08:00Z",
    ),
    # 02:30 does not exist on 9 March in Los Angeles: the boundary is an hour later on the clock; on
    # 10 March it is 02:30 again
    (
        "2025-03-01T10:30Z",
        "day",
        "America/Los_Angeles",
        "2025-03-09T12:00Z",
        "2025-03-09T10:30Z",
        "2025-03-10T09:30Z",
    ),
    # 01:30 comes twice on 2 November: the first counts
    (
        "2025-10-01T08:30Z",
        "day",
        "America/Los_Angeles",
        "2025-11-02T09:00Z",
        "2025-11-02T08:30Z",
        "2025-11-03T09:30Z",
    ),
    # a day that an island skipped altogether
    (
        "2011-12-01T10:00Z",
        "day",
        "Pacific/Apia",
        "2011-12-30T10:00Z",
        "2011-12-30T10:00Z",
        "2011-12-31T10:00Z",
    ),
]


@pytest.mark.parametrize(("anchor", "interval", "zone", "moment", "start", "end"), TABLE)
def test_period_at(
    anchor: str, interval: Interval, zone: str, moment: str, start: str, end: str
) -> None:
    assert period_at(Grid(at(anchor), interval, zone), at(moment)) == Period(at(start), at(end))


@pytest.mark.parametrize(
    ("day", "hours"), [("2025-03-09", 23), ("2025-11-02", 25), ("2025-06-01", 24)]
)
def test_a_day_is_as_long_as_it_is_there(day: str, hours: int) -> None:
    midnight = local("2025-01-01T00:00", "America/Los_Angeles")
    period = period_at(
        Grid(midnight, "day", "America/Los_Angeles"), local(f"{day}T12:00", "America/Los_Angeles")
    )
    assert period.end - period.start == timedelta(hours=hours)
    assert period.start == local(f"{day}T00:00", "America/Los_Angeles")


def test_the_second_of_two_equal_wall_times_can_be_the_anchor() -> None:
    second = local("2025-11-02T01:30", "America/Los_Angeles", fold=1).astimezone(UTC)
    grid = Grid(second, "day", "America/Los_Angeles")
    assert period_at(grid, second).start == second
    assert period_at(grid, second - timedelta(microseconds=1)).end == second


def test_an_event_exactly_at_the_end_belongs_to_the_next_period() -> None:
    september = period_at(CALENDAR, at("2025-09-16T00:00Z"))
    assert september == Period(at("2025-09-01T00:00Z"), at("2025-10-01T00:00Z"))
    assert september.end not in september
    assert september.start in september
    assert period_at(CALENDAR, september.end).start == september.end
    assert period_at(CALENDAR, september.end - timedelta(microseconds=1)) == september


@pytest.mark.parametrize(
    "name", ["EST5", "Mars/Phobos", "", "../../etc/passwd", "localtime", "Asia/tokyo"]
)
def test_an_unknown_time_zone_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="unknown time zone"):
        Grid(at("2025-01-01T00:00Z"), "month", name)


def test_an_anchor_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="needs a time zone"):
        Grid(datetime(2025, 1, 1), "month", "UTC")


zones = st.sampled_from(
    [
        "UTC",
        "Asia/Tokyo",
        "America/Los_Angeles",
        "Europe/London",
        "Australia/Lord_Howe",
        "Pacific/Apia",
        "America/St_Johns",
    ]
)
moments = st.datetimes(datetime(2005, 1, 1), datetime(2035, 1, 1), timezones=st.just(UTC))
grids = st.builds(Grid, moments, st.sampled_from(get_args(Interval)), zones)


@given(grids, moments)
def test_every_moment_is_in_exactly_one_period_and_periods_tile(
    grid: Grid, moment: datetime
) -> None:
    period = period_at(grid, moment)
    assert moment in period
    assert period_at(grid, period.start) == period
    assert period_at(grid, period.end).start == period.end
    assert period_at(grid, period.start - timedelta(microseconds=1)).end == period.start


RESETS = [reset for reset in get_args(Reset) if reset != "never"]
"""Zones with unusual clocks: half hours, a skipped day, two hours of summer time, negative winter
time, a change at midnight.
"""
ODD = [
    *(
        "UTC",
        "Asia/Kathmandu",
        "Australia/Lord_Howe",
        "Pacific/Apia",
        "Pacific/Kiritimati",
        "America/St_Johns",
        "Antarctica/Troll",
    ),
    *(
        "Europe/Dublin",
        "Africa/Casablanca",
        "America/Sao_Paulo",
        "Asia/Beirut",
        "America/Scoresbysund",
        "Africa/Monrovia",
    ),
]
starts = st.datetimes(
    datetime(1990, 1, 1), datetime(2199, 12, 31, 23, 59, 59, 999999), timezones=st.just(UTC)
)
spans = st.timedeltas(timedelta(days=-800), timedelta(days=800))


def slowly(anchor: datetime, steps: Interval, zone: str, moment: datetime) -> Period:
    """The obvious way: compute all boundaries from well before to well after, each from the anchor,
    and pick those around the time.
    """
    wall = anchor.astimezone(ZoneInfo(zone)).replace(fold=0)
    boundaries = []
    most = {"day": 802, "week": 116, "month": 28, "year": 4}[steps]
    for number in range(-most, most + 1):
        match steps:
            case "day" | "week":
                moved = wall + timedelta(days=number * (7 if steps == "week" else 1))
            case "month" | "year":
                months = wall.year * 12 + wall.month - 1 + number * (12 if steps == "year" else 1)
                first = wall.replace(year=months // 12, month=months % 12 + 1, day=1)
                last = (
                    first.replace(year=first.year + first.month // 12, month=first.month % 12 + 1)
                    - timedelta(days=1)
                ).day
                moved = first.replace(day=min(wall.day, last))
        boundaries.append(anchor if number == 0 else moved.astimezone(UTC))
    return Period(
        max(one for one in boundaries if one <= moment),
        min(one for one in boundaries if one > moment),
    )


@given(
    starts,
    st.sampled_from(get_args(Interval)),
    st.sampled_from(RESETS),
    st.sampled_from(ODD),
    spans,
)
def test_the_windows_of_a_meter_are_those_of_a_slow_count(
    anchor: datetime, interval: Interval, reset: Reset, zone: str, span: timedelta
) -> None:
    windows = Grid(anchor, interval, zone).of(reset)
    assert period_at(windows, anchor + span) == slowly(
        anchor, interval if reset == "period" else cast(Interval, reset), zone, anchor + span
    )
    assert period_at(windows, anchor).start == anchor


@given(starts, st.sampled_from(ODD), st.integers(-30, 30))
def test_twelve_months_are_the_year_that_is_billed(
    anchor: datetime, zone: str, number: int
) -> None:
    """A month begins wherever a year begins: a yearly customer's last quota ends with the year."""
    year, months = Grid(anchor, "year", zone), Grid(anchor, "year", zone).of("month")
    assert year.boundary(number) == months.boundary(12 * number)


def test_a_meter_that_resets_with_the_period_has_the_period_s_grid() -> None:
    grid = Grid(at("2026-01-31T00:00Z"), "month", "Asia/Tokyo")
    assert grid.of("period") is grid
    assert grid.of("month") is grid
    with pytest.raises(ValueError, match="unknown interval"):
        grid.of("never")


def test_weeks_of_the_calendar_begin_on_mondays() -> None:
    week = period_at(CALENDAR.of("week"), at("2026-11-29T12:00Z"))  # a Sunday
    assert week == Period(at("2026-11-23T00:00Z"), at("2026-11-30T00:00Z"))
    assert period_at(CALENDAR.of("year"), at("1999-12-31T23:59Z")) == Period(
        at("1999-01-01T00:00Z"), at("2000-01-01T00:00Z")
    )
    assert period_at(CALENDAR.of("day"), at("2199-12-31T23:59Z")).start == at("2199-12-31T00:00Z")


@given(grids)
def test_the_anchor_is_a_boundary(grid: Grid) -> None:
    assert period_at(grid, grid.anchor).start == grid.anchor


@given(grids, st.integers(-200, 200))
def test_a_boundary_has_the_anchors_wall_time_wherever_that_exists(grid: Grid, number: int) -> None:
    zone = ZoneInfo(grid.time_zone)
    wall, wanted = grid.boundary(number).astimezone(zone), grid.anchor.astimezone(zone)
    if wall.time() != wanted.time():  # only if clocks skipped over it
        assert (
            wall.astimezone(UTC).astimezone(zone).utcoffset()
            != (wall - timedelta(days=1)).astimezone(UTC).astimezone(zone).utcoffset()
        )


@pytest.mark.parametrize(
    ("day", "months", "result"),
    [
        ("2025-10-16", -1, "2025-09-16"),
        ("2026-03-31", -1, "2026-02-28"),
        ("2028-03-31", -1, "2028-02-29"),
        ("2025-01-31", 1, "2025-02-28"),
        ("2025-01-31", 13, "2026-02-28"),
        ("2025-12-15", 1, "2026-01-15"),
        ("2025-01-15", -13, "2023-12-15"),
    ],
)
def test_add_months_clamps_to_the_end_of_the_month(day: str, months: int, result: str) -> None:
    assert add_months(date.fromisoformat(day), months) == date.fromisoformat(result)


@pytest.mark.parametrize(
    ("start", "end", "months"),
    [
        ("2025-03-16", "2025-09-16", 6),
        ("2025-03-17", "2025-09-16", 5),
        ("2025-08-31", "2026-02-28", 6),
        ("2025-01-15", "2025-09-15", 8),
        ("2025-01-15", "2025-01-15", 0),
    ],
)
def test_months_between(start: str, end: str, months: int) -> None:
    assert months_between(date.fromisoformat(start), date.fromisoformat(end)) == months


@pytest.mark.parametrize(
    ("start", "day", "expected"),
    [
        ("2024-10-16", "2025-09-16", "2025-10-16"),
        ("2024-10-16", "2025-10-16", "2025-10-16"),
        ("2024-10-16", "2025-10-17", "2026-10-16"),
        ("2025-09-11", "2025-09-16", "2026-09-11"),
        ("2025-09-16", "2025-09-16", "2026-09-16"),
        ("2024-02-29", "2025-01-01", "2025-02-28"),
        ("2025-09-16", "2024-01-01", "2026-09-16"),
    ],
)
def test_anniversary(start: str, day: str, expected: str) -> None:
    assert anniversary(date.fromisoformat(start), date.fromisoformat(day)) == date.fromisoformat(
        expected
    )


@pytest.mark.parametrize(
    ("now", "zone", "country", "open_", "opening"),
    [
        (
            "2025-09-19T19:00",
            "Asia/Tokyo",
            "JP",
            False,
            "2025-09-22T09:00",
        ),  # a Friday evening, BP-24
        ("2025-09-19T18:00", "Asia/Tokyo", "JP", False, "2025-09-22T09:00"),
        ("2025-09-19T17:59:59", "Asia/Tokyo", "JP", True, "2025-09-22T09:00"),
        ("2025-09-19T09:00", "Asia/Tokyo", "JP", True, "2025-09-22T09:00"),
        ("2025-09-19T08:59:59", "Asia/Tokyo", "JP", False, "2025-09-19T09:00"),
        ("2025-09-20T12:00", "Asia/Tokyo", "JP", False, "2025-09-22T09:00"),
        ("2025-09-16T12:00", "Europe/London", "GB", True, "2025-09-17T09:00"),
        ("2025-03-08T12:00", "America/Los_Angeles", "US", False, "2025-03-10T09:00"),
    ],
)
def test_business_hours(now: str, zone: str, country: str, open_: bool, opening: str) -> None:
    assert is_open(local(now, zone), zone, country) == open_
    assert next_opening(local(now, zone), zone, country) == local(opening, zone)


def test_public_holidays_hold_proposals_back_only_where_wanted() -> None:
    autumn_equinox = local("2025-09-23T10:00", "Asia/Tokyo")
    assert is_open(autumn_equinox, "Asia/Tokyo", "JP")
    assert not is_open(autumn_equinox, "Asia/Tokyo", "JP", holidays=True)
    assert next_opening(
        local("2025-09-22T10:00", "Asia/Tokyo"), "Asia/Tokyo", "JP", holidays=True
    ) == local("2025-09-24T09:00", "Asia/Tokyo")
    assert is_open(autumn_equinox, "Asia/Tokyo", "ZZ", holidays=True)


@given(moments, zones)
def test_the_next_opening_is_later_and_open(now: datetime, zone: str) -> None:
    opening = next_opening(now, zone)
    assert now < opening <= now + timedelta(days=4)
    assert is_open(opening, zone)
    assert is_business_day(local_date(opening, zone))


@pytest.mark.parametrize(
    ("moment", "days", "country", "due"),
    [
        ("2025-09-16T09:00", 2, None, "2025-09-18T09:00"),
        ("2025-09-18T09:00", 2, None, "2025-09-22T09:00"),
        ("2025-09-20T12:00", 1, None, "2025-09-22T12:00"),
        ("2025-09-22T09:00", 1, "JP", "2025-09-24T09:00"),
        ("2025-09-16T09:00", 0, None, "2025-09-16T09:00"),
    ],
)
def test_add_business_days(moment: str, days: int, country: str | None, due: str) -> None:
    assert add_business_days(local(moment, "Asia/Tokyo"), days, "Asia/Tokyo", country) == local(
        due, "Asia/Tokyo"
    )


@pytest.mark.parametrize(
    ("made", "priority", "country", "due"),
    [
        ("2025-09-16T09:30", "high", None, "2025-09-17T09:30"),
        ("2025-09-16T09:30", "medium", None, "2025-09-19T09:30"),
        ("2025-09-16T09:30", "low", None, "2025-09-25T09:30"),
        ("2025-09-19T17:00", "high", None, "2025-09-22T17:00"),
        ("2025-09-20T12:00", "high", None, "2025-09-22T12:00"),
        ("2025-09-19T17:00", "high", "JP", "2025-09-22T17:00"),
        ("2025-09-22T10:00", "high", "JP", "2025-09-24T10:00"),
        ("2025-09-12T10:00", "low", "JP", "2025-09-25T10:00"),
    ],
    ids=[
        "high",
        "medium",
        "low",
        "over the weekend",
        "on a Saturday",
        "to a Monday",
        "over a holiday",
        "seven over two holidays",
    ],
)
def test_a_task_is_due_by_its_priority_in_business_days_there(
    made: str, priority: str, country: str | None, due: str
) -> None:
    assert task_due(local(made, "Asia/Tokyo"), priority, "Asia/Tokyo", country) == local(
        due, "Asia/Tokyo"
    )


def test_the_day_that_counts_is_the_accounts() -> None:
    """A Friday evening in New York is a Saturday in Tokyo: the next business day differs."""
    made = at("2025-09-19T22:00:00+00:00")
    assert task_due(made, "high", "America/New_York") == at("2025-09-22T22:00:00+00:00")
    assert task_due(made, "high", "Asia/Tokyo") == at("2025-09-21T22:00:00+00:00")
