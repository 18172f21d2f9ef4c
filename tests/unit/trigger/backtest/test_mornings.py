"""Which mornings are skipped: never one on which the daily look would raise something."""

from datetime import timedelta
from decimal import Decimal

import pytest
from hypothesis import event, example, given
from hypothesis import strategies as st

from services.trigger.accounts import Account
from services.trigger.backtest.mornings import Forecasts, MeterHistory
from services.trigger.backtest.walk import Change, walk
from services.trigger.judgement.findings import timing
from services.trigger.judgement.findings.signals import is_forecast, is_repeated
from services.trigger.limits import Allowance
from tests.support.catalogs import catalog
from tests.unit.trigger.backtest.test_walk import BEGIN, FIRST, THRESHOLDS, series

GLOBAL = catalog("global")
DAYS = 60
STEPS = st.lists(st.tuples(st.integers(0, 3), st.integers(-2, 6)), min_size=3, max_size=DAYS)
"""This many days later, this much more."""


def lived(meter: str, steps: list[tuple[int, int]]) -> dict[int, Decimal]:
    """Hours since the beginning to their value: the size of storage, seats added or removed."""
    hours: dict[int, Decimal] = {}
    day, level = 0, 0
    for later, more in steps:
        day, more = day + later, max(more, -level)
        level += more
        if day < DAYS:
            hours[day * 24 + 5] = Decimal(more if meter == "seats" else level)
    return hours


@pytest.mark.parametrize("time_zone", ["UTC", "Asia/Tokyo", "Australia/Adelaide"])
@pytest.mark.parametrize("meter", ["storage", "seats"])
@example(
    [(0, 6)] * 8 + [(1, 0)] * 2 + [(1, -2)] * 6, 48
)  # three days at the limit, and below it since
@given(STEPS, st.integers(40, 200))
def test_no_morning_that_raises_something_is_left_out(
    meter: str, time_zone: str, steps: list[tuple[int, int]], limit: int
) -> None:
    until = BEGIN + timedelta(days=DAYS)
    recorded = series("sum" if meter == "seats" else "latest", lived(meter, steps), 0)
    recorded.meter, recorded.hours = (
        meter,
        {day: {meter: own["m"]} for day, own in recorded.hours.items()},
    )
    changes = [Change(FIRST, BEGIN, Allowance(Decimal(limit), THRESHOLDS))]
    walking = walk(recorded, changes, None, FIRST, until)
    try:
        while True:
            next(walking)
    except StopIteration as done:
        history = MeterHistory(GLOBAL.meters[meter], recorded, done.value, changes)
    forecasts = Forecasts(Account("a", "A", "en", time_zone), {meter: history}, BEGIN, until)
    looked_at = dict(forecasts.mornings(GLOBAL.policy))
    at = timing.next_morning(forecasts.account, BEGIN)
    while at <= until:
        usage = forecasts.daily(at, GLOBAL.policy, [meter]).get(meter)
        if usage is not None and is_forecast(usage, at):
            event("on its way")
            assert ("forecast_limit", meter) in looked_at.get(at, ()), at
        if usage is not None and is_repeated(usage, GLOBAL.policy):
            event("again and again")
            assert ("repeated_limit", meter) in looked_at.get(at, ()), at
        at = timing.next_morning(forecasts.account, at + timedelta(minutes=1))
