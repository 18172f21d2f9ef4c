"""A batch's sums against a slow and obvious count of the same events."""

from collections import defaultdict
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any, get_args

from hypothesis import given
from hypothesis import strategies as st

from services.ingest.accounts import Account
from services.ingest.calendars import bucket_of
from services.ingest.counting import (
    Cells,
    Columns,
    Loose,
    Place,
    Slot,
    Unique,
    count,
    hours_of,
    totals_of,
)
from shared.catalog import Aggregation, Meter, Text
from shared.values.periods import CALENDAR, NEVER, Grid, Reset, period_at

START = datetime(2026, 11, 1, 14, 23, 11, tzinfo=UTC)
GRIDS = {"a": Grid(START, "day", "UTC"), "b": None, "c": Grid(START, "month", "Asia/Tokyo")}
AGGREGATIONS: tuple[Aggregation, ...] = ("count", "sum", "latest", "max")
RESETS: tuple[Reset, ...] = get_args(Reset)
METERS = [
    Meter(f"{kind}-{reset}", "e", kind, "n", reset, "u", Text("m", "m"))
    for kind in AGGREGATIONS
    for reset in RESETS
]

amounts = st.integers(0, 50) | st.decimals(0, 10, places=9)
times = st.integers(0, 3 * 24 * 60).map(
    lambda minutes: START + timedelta(minutes=minutes, seconds=minutes % 61)
)
events = st.lists(
    st.tuples(
        st.sampled_from(sorted(GRIDS)),
        times,
        st.lists(st.tuples(st.sampled_from(METERS), amounts), min_size=1, max_size=3),
    ),
    max_size=40,
)


def accounts_of(grids: Mapping[str, Grid | None]) -> dict[str, Account]:
    accounts = {name: Account(name, 0) for name in grids}
    for name, account in accounts.items():
        account.learn(grids[name])
    return accounts


def columns_of(given_events: list[tuple[str, datetime, Any]]) -> Columns:
    columns = Columns()
    for number, (account_id, time, readings) in enumerate(given_events):
        columns.accounts.append(account_id)
        columns.times.append(time)
        columns.readings.append(
            [(meter, 1 if meter.aggregation == "count" else amount) for meter, amount in readings]
        )
        columns.buckets.append(bucket_of(time))
        columns.received.append(1_000 + number)
        columns.keys.append(b"")
    return columns


def counted(given_events: list[tuple[str, datetime, Any]]) -> tuple[Cells, Loose]:
    columns = columns_of(given_events)
    return count([(columns, range(len(columns)))], accounts_of(GRIDS))


def obvious(kind: Aggregation, seen: list[tuple[datetime, Any]]) -> Any:
    """`seen` in the order of arrival."""
    match kind:
        case "count":
            return len(seen)
        case "sum":
            return sum((Decimal(amount) for _, amount in seen), Decimal(0))
        case "max":
            return max(amount for _, amount in seen)
    newest = max(time for time, _ in seen)
    return [amount for time, amount in seen if time == newest][-1]


@given(events)
def test_totals_and_hours_are_those_of_a_slow_count(
    given_events: list[tuple[str, datetime, Any]],
) -> None:
    by_place: dict[Place, list[tuple[datetime, Any]]] = defaultdict(list)
    by_hour: dict[Slot, list[tuple[datetime, Any]]] = defaultdict(list)
    kinds = {meter.id: meter.aggregation for meter in METERS}
    for account, time, readings in given_events:
        for meter, amount in readings:
            start = (
                NEVER
                if meter.reset == "never"
                else period_at((GRIDS[account] or CALENDAR).of(meter.reset), time).start
            )
            by_place[account, meter.id, start].append((time, amount))
            by_hour[account, meter.id, int(time.timestamp()) // 3600].append((time, amount))
    cells, loose = counted(given_events)
    totals, hours = totals_of(cells), hours_of(cells)
    assert {place: cell.amount for place, cell in totals.items()} == {
        place: obvious(kinds[place[1]], seen) for place, seen in by_place.items()
    }
    assert {slot: cell.amount for slot, cell in hours.items()} == {
        slot: obvious(kinds[slot[1]], seen) for slot, seen in by_hour.items()
    }
    assert all(
        cell.at == max(time for time, _ in by_place[place]) for place, cell in totals.items()
    )
    waiting = [
        (account, meter.id, time)
        for account, time, readings in given_events
        if account == "b"
        for meter, _ in readings
        if meter.reset != "never"
    ]
    assert sorted((*key, time) for key, one in loose.items() for time in one.times) == sorted(
        waiting
    )


def test_the_moment_of_the_first_event_is_kept_for_each_total() -> None:
    meter = METERS[0]
    cells, _ = counted(
        [("a", START, [(meter, 1)]), ("a", START + timedelta(hours=2), [(meter, 1)])]
    )
    (cell,) = totals_of(cells).values()
    assert (cell.received_ms, cell.amount) == (1_000, 2)


def test_sums_do_not_round() -> None:
    meter = next(meter for meter in METERS if meter.aggregation == "sum")
    most = Decimal("999999999999999999.999999999")
    cells, _ = counted([("a", START, [(meter, most)]) for _ in range(1_000)])
    (cell,) = totals_of(cells).values()
    assert cell.amount == Decimal("999999999999999999999.999999000")


def test_members_are_collected_by_hour() -> None:
    meter = Meter("u", "e", "unique", "n", "period", "u", Text("m", "m"))
    cells, _ = counted([("a", START, [(meter, name)]) for name in ("sx", "sy", "sx")])
    ((_, cell),) = cells.items()
    assert isinstance(cell, Unique)
    assert list(cell.amount) == ["sx", "sy"]
    assert (cell.counted(1).aggregation, cell.counted(1).amount) == ("unique", 1)


def test_only_the_positions_asked_for_are_counted() -> None:
    columns = columns_of([("a", START, [(METERS[0], 1)]) for _ in range(5)])
    cells, _ = count([(columns, [0, 3]), (columns, [4])], accounts_of(GRIDS))
    (cell,) = totals_of(cells).values()
    assert cell.amount == 3
