"""What an account has used of each meter, and whether more is possible."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from services.trigger.accounts import Subscription, Terms
from services.trigger.places import Held
from services.trigger.usage import View, can, grid, running_periods, starts, usage
from shared.values.periods import CALENDAR, NEVER
from tests.support.catalogs import catalog

GLOBAL = catalog("global")
NOW = datetime(2025, 9, 16, tzinfo=UTC)
SINCE = datetime(2025, 9, 10, tzinfo=UTC)
STORAGE = GLOBAL.meters["storage"]


def view(used: Any = None, plan: str | None = "starter") -> View:
    own = None if plan is None else Subscription(plan, 1, SINCE)
    terms = Terms("UTC", own, {})
    held = {} if used is None else {("storage", NEVER): Held(None, Decimal(used))}
    return View(terms, GLOBAL, GLOBAL if own else None, NOW, NOW, held, {}, {}, {})


def test_every_meter_is_there_even_if_never_used() -> None:
    found = usage("a", view())
    assert [one["meter"] for one in found["meters"]] == list(GLOBAL.meters)
    assert found["plan"] == "starter"
    nobody = usage("a", view(plan=None))
    assert (nobody["plan"], nobody["meters"][0]["limit"]) == (None, None)
    assert not any(one["unlimited"] for one in nobody["meters"])


def test_exactly_the_limit_is_allowed() -> None:
    most = can(STORAGE, Decimal(10**9), view(9 * 10**9))
    assert (most["allowed"], most["remaining"], most["after_percent"]) == (True, 10**9, 100)
    assert not can(STORAGE, Decimal(10**9) + 1, view(9 * 10**9))["allowed"]
    over = can(STORAGE, Decimal(0), view(11 * 10**9))
    assert (over["allowed"], over["remaining"]) == (False, 0)
    assert not can(STORAGE, Decimal(0), view(plan=None))["allowed"]
    assert can(STORAGE, Decimal(10**30), view(plan="enterprise"))["allowed"]


def test_a_total_below_zero_is_none() -> None:
    (one,) = [one for one in usage("a", view(-5))["meters"] if one["meter"] == "storage"]
    assert (one["used"], one["percent"]) == (0, 0)


def test_periods_follow_the_subscription_and_without_one_the_calendar() -> None:
    terms = view().terms
    assert running_periods(terms, GLOBAL, NOW)["api_calls"] == SINCE
    assert starts(terms, GLOBAL, NOW) == {SINCE, NEVER}
    assert grid(Terms("UTC", None, {})) == CALENDAR.of("period")
