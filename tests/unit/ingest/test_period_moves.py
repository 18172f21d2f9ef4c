"""Moving usage to other periods against a slow and obvious account of every event."""

from collections import defaultdict
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.ingest.calendars import Calendar
from services.ingest.period_moves import Event, HourOf, Past, Visit, in_place, move
from shared.catalog import Aggregation
from shared.values.periods import CALENDAR, NEVER, Grid, Period, period_at

START = datetime(2026, 11, 3, tzinfo=UTC)
GRIDS = st.builds(
    Grid,
    st.integers(0, 5_000).map(lambda minutes: START + timedelta(minutes=minutes)),
    st.sampled_from(["day", "week", "month"]),
    st.sampled_from(["UTC", "Asia/Kolkata", "America/New_York"]),
)
times = st.integers(0, 6 * 24 * 60).map(lambda minutes: START + timedelta(minutes=minutes))
amounts = st.decimals(0, 9, places=2)
AMOUNTS: tuple[Aggregation, ...] = ("count", "sum", "max", "latest")


def hour_of(time: datetime) -> int:
    return int(time.timestamp()) // 3600


def total(kind: Aggregation, seen: list[tuple[datetime, Any]]) -> Any:
    match kind:
        case "max":
            return max(amount for _, amount in seen)
        case "latest":
            newest = max(time for time, _ in seen)
            return [amount for time, amount in seen if time == newest][-1]
    return sum(amount for _, amount in seen)


def past_of(
    kind: Aggregation, gone: list[tuple[datetime, Decimal]], waiting: list[tuple[datetime, Decimal]]
) -> Past:
    """`gone`: events of which only the hours are left; `waiting`: events that are kept one by one,
    and are in the hours too.
    """
    by_hour = defaultdict(list)
    for time, amount in gone + waiting:
        by_hour[hour_of(time)].append((time, amount))
    hours = {
        hour: HourOf(total(kind, seen), max(time for time, _ in seen) if kind == "latest" else None)
        for hour, seen in by_hour.items()
    }
    return Past(
        kind,
        hours,
        [Event(time, amount) for time, amount in waiting],
        last=[time for time, _ in gone + waiting],
    )


@given(st.sampled_from(AMOUNTS), st.lists(st.tuples(times, amounts), max_size=20), GRIDS)
def test_events_that_waited_move_one_by_one(
    kind: Aggregation, waiting: list[tuple[datetime, Decimal]], grid: Grid
) -> None:
    expected = defaultdict(list)
    for time, amount in waiting:
        expected[period_at(grid, time)].append((time, amount))
    moved = move(past_of(kind, [], waiting), Calendar(grid, "period"))
    assert {
        Period(start, cell.end): cell.amount for start, cell in moved.totals.items() if cell.end
    } == {period: total(kind, seen) for period, seen in expected.items()}


@given(st.sampled_from(AMOUNTS), st.lists(st.tuples(times, amounts), max_size=20), GRIDS)
def test_hours_move_whole(
    kind: Aggregation, gone: list[tuple[datetime, Decimal]], grid: Grid
) -> None:
    expected = defaultdict(list)
    for time, amount in gone:
        expected[period_at(grid, time.replace(minute=0)).start].append((time, amount))
    moved = move(past_of(kind, gone, []), Calendar(grid, "period"))
    assert {start: cell.amount for start, cell in moved.totals.items()} == {
        start: total(kind, seen) for start, seen in expected.items()
    }


@given(
    st.lists(st.tuples(times, amounts.filter(bool)), max_size=15),
    st.lists(st.tuples(times, amounts.filter(bool)), max_size=15),
    GRIDS,
)
def test_both_together_lose_nothing(
    gone: list[tuple[datetime, Decimal]], waiting: list[tuple[datetime, Decimal]], grid: Grid
) -> None:
    expected: dict[datetime, Decimal] = defaultdict(Decimal)
    for time, amount in waiting:
        expected[period_at(grid, time).start] += amount
    for time, amount in gone:
        expected[period_at(grid, time.replace(minute=0)).start] += amount
    moved = move(past_of("sum", gone, waiting), Calendar(grid, "period"))
    assert {start: cell.amount for start, cell in moved.totals.items()} == expected


@pytest.mark.parametrize(("kind", "expected"), [("max", [9, 5]), ("latest", [9, 5])])
def test_an_hour_gives_what_its_waiting_events_do_not_explain(
    kind: Aggregation, expected: list[int]
) -> None:
    """Two events in the boundary's hour: one of which only the hour is left, and one that waited,
    after the boundary.
    """
    boundary = START + timedelta(hours=5, minutes=30)
    gone, waiting = (
        [(boundary + timedelta(minutes=20), Decimal(9))],
        [(boundary + timedelta(minutes=10), Decimal(5))],
    )
    moved = move(past_of(kind, gone, waiting), Calendar(Grid(boundary, "month", "UTC"), "day"))
    assert [cell.amount for _, cell in sorted(moved.totals.items())] == expected


members = st.sampled_from([b"x", b"y", b"z"])


@given(
    st.lists(st.tuples(times, members), max_size=20),
    st.lists(st.tuples(times, members), max_size=20),
    GRIDS,
)
def test_members_move_with_their_hours_or_their_events(
    gone: list[tuple[datetime, bytes]], waiting: list[tuple[datetime, bytes]], grid: Grid
) -> None:
    visits = {Visit(member, hour_of(time)) for time, member in gone + waiting}
    exact = {Visit(member, hour_of(time)) for time, member in waiting}
    expected = defaultdict(set)
    for time, member in waiting:
        expected[period_at(grid, time).start].add(member)
    for time, member in gone:
        if Visit(member, hour_of(time)) not in exact:
            expected[period_at(grid, time.replace(minute=0)).start].add(member)
    moved = move(
        Past("unique", events=[Event(time, member) for time, member in waiting], visits=visits),
        Calendar(grid, "period"),
    )
    assert {start: cell.amount for start, cell in moved.totals.items()} == {
        start: len(seen) for start, seen in expected.items()
    }
    assert {
        start: {visit.member for visit in some} for start, some in moved.visits.items()
    } == expected
    assert sum(moved.new_members.values()) == sum(map(len, expected.values()))


@given(GRIDS, st.lists(times, max_size=5))
def test_periods_of_a_grid_are_in_place(grid: Grid, moments: list[datetime]) -> None:
    periods = [period_at(grid, moment) for moment in moments]
    assert in_place(Calendar(grid, "period"), [(period.start, period.end) for period in periods])
    assert not in_place(
        Calendar(grid, "period"), [(START + timedelta(seconds=1), START + timedelta(days=1))]
    )
    assert not in_place(Calendar(grid, "period"), [(NEVER, None)])
    assert in_place(Calendar(grid, "never"), [(NEVER, None)])
    assert not in_place(
        Calendar(grid, "never"), [(NEVER, None), (START, START + timedelta(days=1))]
    )


def test_nothing_moves_where_there_is_nothing() -> None:
    assert move(Past("sum"), Calendar(CALENDAR, "period")).totals == {}
    assert in_place(Calendar(CALENDAR, "period"), [])


@given(
    st.sampled_from(AMOUNTS), st.lists(st.tuples(times, amounts), min_size=1, max_size=20), GRIDS
)
def test_days_that_are_stored_move_as_their_hours_do(
    kind: Aggregation, gone: list[tuple[datetime, Decimal]], grid: Grid
) -> None:
    """And the newest event of a period stays its last one when whole hours move."""
    by_hour = past_of(kind, gone, [])
    stored = Past(kind, last=by_hour.last)
    for day in {hour // 24 for hour in by_hour.hours}:
        hours = [by_hour.hours.get(day * 24 + hour) for hour in range(24)]
        stored.add_day(
            day * 24,
            [one and one.amount for one in hours],
            [one and one.at for one in hours] if kind == "latest" else [],
        )
    assert stored.hours == by_hour.hours
    moved = move(stored, Calendar(grid, "period"))
    for start, cell in moved.totals.items():
        inside = [
            time for time, _ in gone if period_at(grid, time.replace(minute=0)).start == start
        ]
        assert cell.amount == total(
            kind, [(time, amount) for time, amount in gone if time in inside]
        )
        assert cell.at in (max(inside), max(inside).replace(minute=0))


@given(
    st.sampled_from(AMOUNTS), st.lists(st.tuples(times, amounts), min_size=1, max_size=20), GRIDS
)
def test_a_counter_that_becomes_a_level_is_all_that_was_ever_counted(
    kind: Aggregation, gone: list[tuple[datetime, Decimal]], grid: Grid
) -> None:
    moved = move(past_of(kind, gone, []), Calendar(grid, "never"))
    assert {start: (cell.end, cell.amount) for start, cell in moved.totals.items()} == {
        NEVER: (None, total(kind, gone))
    }


@given(st.lists(st.tuples(times, members), min_size=1, max_size=20), GRIDS)
def test_of_members_of_a_level_the_first_visit_is_kept(
    gone: list[tuple[datetime, bytes]], grid: Grid
) -> None:
    visits = {Visit(member, hour_of(time)) for time, member in gone}
    firsts = {
        member: min(visit.hour for visit in visits if visit.member == member) for _, member in gone
    }
    moved = move(
        Past("unique", visits=visits, last=[time for time, _ in gone]), Calendar(grid, "never")
    )
    assert {start: cell.amount for start, cell in moved.totals.items()} == {NEVER: len(firsts)}
    assert moved.totals[NEVER].at == max(time for time, _ in gone)
    assert sorted(moved.visits[NEVER]) == sorted(Visit(*first) for first in firsts.items())
