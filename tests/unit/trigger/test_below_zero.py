"""A correction that arrives before what it corrects: wherever a total is compared, queried, shown
or sent, it is not below zero.
"""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from services.trigger import usage
from services.trigger.accounts import Override, Subscription, Terms
from services.trigger.alerts import evaluation
from services.trigger.backtest.walk import Change, walk
from services.trigger.dossier import meter_usage
from services.trigger.limits import Allowance
from services.trigger.places import Held, Place
from shared.catalog import Catalog, Threshold
from shared.values.periods import NEVER
from tests.support.catalogs import catalog
from tests.unit.trigger.backtest.test_walk import BEGIN, FIRST, THRESHOLDS, series

GLOBAL = catalog("global")
START, NOW, END = (datetime(2026, 11, day, tzinfo=UTC) for day in (1, 15, 30))
STARTER = Subscription("starter", 1, START, changed_at=START)
TERMS = Terms("UTC", STARTER, {})
AMOUNTS = [Decimal(-500), Decimal("-0.000000001"), Decimal(0), Decimal(4)]
"""The exact total of a meter that allows five."""


def seats(sold: Catalog, used: Decimal) -> usage.View:
    held = {("seats", NEVER): Held(None, used)}
    return usage.View(TERMS, sold, sold, NOW, NOW, held, {}, {"seats": {}}, {})


@pytest.mark.parametrize("used", AMOUNTS)
def test_asked(used: Decimal) -> None:
    """Neither more room than the plan gives, nor a negative percentage."""
    view = seats(GLOBAL, used)
    shown = max(used, Decimal(0))
    for amount in (1, 5, 6, 505):
        can = usage.can(GLOBAL.meters["seats"], Decimal(amount), view)
        assert (can["allowed"], can["used"], can["remaining"]) == (
            shown + amount <= 5,
            shown,
            5 - shown,
        )
        assert can["after_percent"] == int((shown + amount) * 20)


@pytest.mark.parametrize("used", AMOUNTS)
def test_shown(used: Decimal) -> None:
    (found,) = [
        one for one in usage.usage("a", seats(GLOBAL, used))["meters"] if one["meter"] == "seats"
    ]
    assert (found["used"], found["percent"]) == (max(used, Decimal(0)), max(0, int(used * 20)))


@pytest.mark.parametrize("used", AMOUNTS)
def test_compared_and_told(used: Decimal) -> None:
    """With a limit of zero and with a distant one: nothing is reached, nothing is gated."""
    for limit in (Decimal(0), Decimal(5)):
        terms = Terms("UTC", STARTER, {"seats": Override("seats", True, limit, (Threshold(90),))})
        look = evaluation.at(
            Place("a", "seats", NEVER),
            Held(None, used),
            terms,
            evaluation.Context(GLOBAL, {1: GLOBAL}, NOW),
        )
        assert look is not None
        assert look.used == max(used, Decimal(0))
        assert not look.result.reached
        assert (look.result.gated is not None) == (limit == 0 and used > 0)


@pytest.mark.parametrize("used", AMOUNTS)
def test_judged(used: Decimal) -> None:
    """What judgement knows, and so every decision's evidence, task and offer; days are computed
    back from the exact total.
    """
    found = meter_usage.usage("seats", meter_usage.Totals(used, None, None, used), Decimal(5))
    assert (found.used, found.total, found.last_percent) == (
        max(used, Decimal(0)),
        used,
        max(0, int(used * 20)),
    )
    days = {(NOW - timedelta(days=back)).date(): {5: Decimal(1)} for back in (1, 3)}
    full = meter_usage.with_days(found, GLOBAL.meters["seats"], days, GLOBAL.policy, NOW, 5)
    assert full.hot_days == 0
    assert full.projected is None or full.projected >= 0


def test_walked_through_in_a_backtest() -> None:
    """96 of 100 are notified; a correction of 500 ends the alert, at 0."""
    recorded = series("sum", {0: Decimal(96), 30: Decimal(-500)}, 0)
    walking = walk(
        recorded,
        [Change(FIRST, BEGIN, Allowance(Decimal(100), THRESHOLDS))],
        None,
        FIRST,
        BEGIN + timedelta(days=8),
    )
    try:
        while True:
            next(walking)
    except StopIteration as done:
        found = done.value.found
    assert [(one.used, bool(one.result.told)) for one in found] == [(96, True), (0, False)]
