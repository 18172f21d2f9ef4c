"""Counting by arrays gives what counting one by one gives."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.ingest.calendars import bucket_of
from services.ingest.counting import Cells, Columns, Loose, Place, count, received_of
from services.ingest.meter_amounts import Alike, Readings
from services.ingest.rosters import Roster
from services.ingest.tables import fast_totals
from services.ingest.tallies import Left, Tally, cells_of, resetting, tally
from services.ingest.tallies import received_of as received_of_tallies
from shared.catalog import Meter, Text
from shared.values.periods import Grid, Reset, period_at
from tests.unit.ingest.test_counting import accounts_of

START = datetime(2026, 11, 1, 14, 3, 11, 345_677, tzinfo=UTC)
NOW = START + timedelta(minutes=30)
GRIDS = {
    "a": Grid(START - timedelta(days=40), "month", "UTC"),
    "b": Grid(NOW - timedelta(days=30), "day", "Asia/Tokyo"),  # a period begins now
    "c": None,
    "d": Grid(START - timedelta(days=3, minutes=-20), "day", "UTC"),
}
RESETS: Sequence[Reset] = get_args(Reset)


def meter(name: str, kind: Any, reset: Reset) -> Meter:
    return Meter(name, "e", kind, "n" if kind == "sum" else None, reset, "u", Text("m", "m"))


CALLS, EVER, DAILY, VIEWS = (
    meter("calls", "count", "period"),
    meter("ever", "count", "never"),
    meter("daily", "count", "day"),
    meter("views", "count", "period"),
)
BYTES = meter("bytes", "sum", "period")
KINDS: Sequence[Readings] = (
    Alike([(CALLS, 1), (EVER, 1)]),
    Alike([(VIEWS, 1), (DAILY, 1)]),
    [(BYTES, 7), (CALLS, 1)],  # two meters of one type that is not counted only
    [(CALLS, -2)],  # a correction
)


def roster_of(known: Any, now: datetime = NOW) -> Roster:
    """`known`: (account, reset) pairs whose running periods it holds."""
    roster = Roster()
    for account, reset in known:
        if (grid := GRIDS[account]) is not None and reset != "never":
            period = period_at(grid.of(reset), now)
            roster.learn(reset, [account], [period.start.timestamp()], [period.end.timestamp()])
    return roster


def columns_of(told: Sequence[tuple[str, datetime, Readings]], roster: Roster) -> Columns:
    columns = Columns()
    for number, (account, time, readings) in enumerate(told):
        columns.accounts.append(account)
        columns.times.append(time)
        columns.readings.append(readings)
        columns.buckets.append(bucket_of(time))
        columns.received.append(1_000 + number)
        columns.keys.append(b"")
    columns.slots += roster.slots(columns.accounts)
    return columns


def counted_by(
    parts: Sequence[tuple[Columns, Sequence[int], Roster]],
) -> tuple[Cells, Loose, list[Tally], list[Left]]:
    tallies, left = tally((number, *part) for number, part in enumerate(parts))
    rest = list(left.values())
    cells, loose = count([(one.columns, one.positions) for one in rest], accounts_of(GRIDS))
    return cells, loose, tallies, rest


def plainly(cells: Cells) -> dict[Any, Any]:
    return {
        key: (cell.aggregation, cell.amount, cell.at, cell.end, cell.received_ms)
        for key, cell in cells.items()
    }


pairs = st.sets(st.tuples(st.sampled_from(sorted(GRIDS)), st.sampled_from(RESETS)))
whole_hour = st.integers(-3 * 60, 56 * 60).map(lambda seconds: START + timedelta(seconds=seconds))
two_hours = st.integers(0, 100 * 60).map(lambda seconds: START + timedelta(seconds=seconds))


def batches(times: Any) -> Any:
    event = st.tuples(st.sampled_from(sorted(GRIDS)), times, st.sampled_from(KINDS))
    return st.lists(event, min_size=1, max_size=30)


@given(batches(whole_hour) | batches(two_hours), pairs, st.sets(st.integers(0, 29)))
def test_both_ways_give_the_same_rows(
    told: list[tuple[str, datetime, Readings]],
    known: set[tuple[str, Reset]],
    duplicates: set[int],
) -> None:
    roster = roster_of(known)
    columns = columns_of(told, roster)
    new = [position for position in range(len(told)) if position not in duplicates]
    cells, loose, tallies, rest = counted_by([(columns, new, roster)])
    expected, waiting = count([(columns, new)], accounts_of(GRIDS))
    by_arrays = cells_of(tallies)
    assert not by_arrays.keys() & cells.keys()
    assert plainly({**cells, **by_arrays}) == plainly(expected)
    assert loose == waiting
    # No pair of account and meter is in two statements' worth of rows.
    assert not {key[:2] for key in by_arrays} & {key[:2] for key in cells}
    places = {key[:3] for key in by_arrays}
    assert received_of_tallies(tallies, places) == received_of(expected, places)
    assert resetting(rest) <= {account for account, _, _ in told}
    assert all({*one.plain} <= {account for account, _, _ in told} for one in rest)


def test_what_is_known_is_counted_by_arrays_and_only_the_rest_one_by_one() -> None:
    roster = roster_of([("a", "period"), ("d", "period")], now=START)
    calls = KINDS[0]
    late = START - timedelta(days=2)
    told = [("a", START, calls), ("c", START, calls), ("d", START, calls), ("a", START, calls)]
    columns = columns_of(told, roster)
    _, _, tallies, (rest,) = counted_by([(columns, range(4), roster)])
    assert [(one.roster.names(one.slots), one.amounts.tolist()) for one in tallies] == [
        (["a", "d"], [2, 1])
    ]
    assert (rest.positions, rest.plain, resetting([rest])) == ([1], {"c"}, {"c"})

    hours_apart = columns_of([*told, ("a", late, calls)], roster)
    cells, _, tallies, _ = counted_by([(hours_apart, range(5), roster)])
    assert not tallies
    assert len(cells) == 8


def test_an_event_outside_the_running_period_takes_its_account_along_and_nobody_else() -> None:
    roster = roster_of([("a", "period"), ("d", "period")], now=START)
    calls, views = KINDS[:2]
    told = [("a", START, calls), ("d", NOW, calls), ("d", START, calls), ("a", NOW, views)]
    columns = columns_of(told, roster)
    cells, _, tallies, (rest,) = counted_by([(columns, range(4), roster)])
    assert [one.roster.names(one.slots) for one in tallies] == [["a"]]
    assert rest.positions == [1, 2, 3]  # `views` has a meter of days, which are not known
    assert {key[:2] for key in cells} == {
        *(("d", one) for one in ("calls", "ever")),
        *(("a", one) for one in ("views", "daily")),
    }


@given(st.lists(st.tuples(st.sampled_from("abd"), st.sampled_from(KINDS[:2])), min_size=1))
def test_rows_are_in_the_order_of_their_places(told: list[tuple[str, Readings]]) -> None:
    """Otherwise two transactions that lock several could wait for each other."""
    roster = roster_of([(account, reset) for account in "ad" for reset in RESETS])
    columns = columns_of([(account, START, readings) for account, readings in told], roster)
    cells, _, tallies, _ = counted_by([(columns, range(len(told)), roster)])
    assert fast_totals.is_simple(cells, tallies)
    rows = fast_totals.columns(cells, tallies)
    places = [
        (account, rows["meters"][number - 1])
        for account, number in zip(rows["accounts"], rows["numbers"], strict=True)
    ]
    assert places == sorted(places)
    assert sum(rows["amounts"]) == sum(len(readings) for _, readings in told)
    assert {*map(len, (rows[name] for name in ("starts", "ends", "times")))} == {len(places)}


def test_nothing_is_received_where_nothing_is_asked_for() -> None:
    nowhere: set[Place] = set()
    assert received_of_tallies([], nowhere) == {}


@pytest.mark.parametrize("number", [1, 20])
def test_more_kinds_than_arrays_are_worth_are_counted_too(number: int) -> None:
    kinds = [Alike([(meter(f"m{one}", "count", "period"), 1)]) for one in range(number)]
    roster = roster_of([("a", "period")])
    columns = columns_of([("a", START, kind) for kind in kinds], roster)
    cells, _, tallies, _ = counted_by([(columns, range(number), roster)])
    assert len({**cells, **cells_of(tallies)}) == number
