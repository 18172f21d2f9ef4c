"""A meter walked through its recorded hours, compared with evaluating every hour."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from services.trigger.backtest.series import Series
from services.trigger.backtest.walk import Change, walk
from services.trigger.limits import Allowance
from services.trigger.thresholds import State, evaluate
from shared.catalog import Aggregation, Threshold

BEGIN = datetime(2026, 11, 1, tzinfo=UTC)
FIRST = int(BEGIN.timestamp()) // 3600
LIMIT = Decimal(100)
THRESHOLDS = tuple(Threshold(percent) for percent in (80, 90, 95, 100))
HOURS = st.dictionaries(st.integers(0, 24 * 8 - 1), st.integers(-30, 40).map(Decimal), max_size=30)


def series(aggregation: Aggregation, hours: dict[int, Decimal], before: int) -> Series:
    days: dict[int, dict[int, Decimal]] = {}
    for hour, value in sorted(hours.items()):
        days.setdefault((FIRST + hour) // 24, {})[(FIRST + hour) % 24] = value
    adds = aggregation == "sum"
    last = [sum(day.values(), Decimal(0)) if adds else day[max(day)] for day in days.values()]
    if aggregation == "max":
        last = [max(day.values()) for day in days.values()]
    high, low = (
        [max(day.values()) for day in days.values()],
        [min(day.values()) for day in days.values()],
    )
    totals = (
        {datetime(1970, 1, 1, tzinfo=UTC): before + sum(hours.values(), Decimal(0))} if adds else {}
    )
    known = {day: {"m": [own.get(hour) for hour in range(24)]} for day, own in days.items()}
    return Series("m", aggregation, list(days), last, high, low, totals, known)


def every_hour(
    aggregation: Aggregation, hours: dict[int, Decimal], before: int
) -> list[tuple[int, str]]:
    """The obvious way: `evaluate` after each hour."""
    level = Decimal(before) if aggregation == "sum" else Decimal(0)
    state = evaluate(level, LIMIT, THRESHOLDS, State(), gauge=True).state
    told = []
    for hour, value in sorted(hours.items()):
        level = (
            level + value
            if aggregation == "sum"
            else max(level, value)
            if aggregation == "max"
            else value
        )
        result = evaluate(level, LIMIT, THRESHOLDS, state, gauge=True)
        state = result.state
        if result.told:
            told.append((hour, result.told.threshold.key))
    return told


@given(st.sampled_from(["sum", "latest", "max"]), HOURS, st.integers(0, 120))
def test_the_same_as_looking_at_every_hour(
    aggregation: Aggregation, changes: dict[int, Decimal], before: int
) -> None:
    hours = (
        changes
        if aggregation == "sum"
        else {hour: abs(value) * 3 for hour, value in changes.items()}
    )
    walking = walk(
        series(aggregation, hours, before),
        [Change(FIRST, BEGIN, Allowance(LIMIT, THRESHOLDS))],
        None,
        FIRST,
        BEGIN + timedelta(days=8),
    )
    try:
        while True:
            next(walking)
    except StopIteration as done:
        found = [
            (one.at, one.result.told.threshold.key)
            for one in done.value.found
            if one.result.told and one.at > BEGIN
        ]
    assert found == [
        (BEGIN + timedelta(hours=hour + 1), key)
        for hour, key in every_hour(aggregation, hours, before)
    ]
