"""What an order changes in the terms of an account."""

from datetime import UTC, datetime, timedelta

from services.trigger.accounts import Next, Subscription, Terms
from services.trigger.catalog_in_force import Applied
from services.trigger.subscriptions.changes import (
    NO_CATALOG,
    Change,
    Selling,
    Unsold,
    change,
    ordered,
)
from services.trigger.subscriptions.orders import Order
from tests.support.catalogs import catalog

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
DAY = timedelta(days=1)
NOBODY = Terms("UTC", None, {})
GLOBAL = catalog("global")
SELLING = Selling(Applied(2, GLOBAL), {1: GLOBAL, 2: GLOBAL})


def held(plan: str, start: datetime = NOON) -> Subscription:
    return Subscription(plan, 1, start, changed_at=NOON)


def order(plan: str, start: datetime = NOON) -> Order:
    return Order.of(held(plan, start))


def test_nothing_is_sold_before_there_is_a_catalogue() -> None:
    found = change(NOBODY, order("pro"), Selling(None, {}), NOON)
    assert found == Unsold((NO_CATALOG,))


def test_a_plan_that_is_not_for_sale_is_refused_where_the_order_names_it() -> None:
    found = change(NOBODY, order("gold"), SELLING, NOON)
    assert isinstance(found, Unsold)
    assert [one.path for one in found.faults] == ["/plan"]


def test_the_same_plan_keeps_the_version_it_was_sold_with() -> None:
    terms = Terms("UTC", held("starter"), {})
    same = ordered(terms, order("starter"), SELLING, NOON, NOON)
    other = ordered(terms, order("pro"), SELLING, NOON, NOON)
    assert isinstance(same, Subscription)
    assert isinstance(other, Subscription)
    assert (same.catalog_version, other.catalog_version) == (1, 2)


def test_what_is_ordered_again_changes_nothing() -> None:
    terms = Terms("UTC", held("starter"), {})
    assert change(terms, order("starter"), SELLING, NOON + DAY) is None


def test_a_future_order_waits_and_is_not_evaluated_before_its_day() -> None:
    terms = Terms("UTC", held("starter"), {})
    found = change(terms, order("pro", NOON + 3 * DAY), SELLING, NOON + DAY)
    assert isinstance(found, Change)
    assert (found.changes_next, found.changes_present) == (True, False)
    assert not found.is_evaluated(NOON + DAY)


def test_what_waited_starts_in_the_history_even_if_nobody_ran_on_its_day() -> None:
    waiting = Next(held("pro", NOON + DAY), NOON + DAY)
    stored = Terms("UTC", held("starter"), {}, waiting)
    found = Change(stored, stored.as_of(NOON + 2 * DAY))
    ((at, move), *_) = found.history("acct-1", NOON + 2 * DAY)
    assert at == NOON + DAY
    assert move.before is not None
    assert move.after is not None
    assert (move.before.plan, move.after.plan) == ("starter", "pro")
