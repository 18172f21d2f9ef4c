"""What a change of subscription means in yearly revenue."""

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal

from services.trigger.accounts import PlanMove, Subscription
from services.trigger.process.revenue import plan_change, yearly
from tests.support.catalogs import catalog

AT = datetime(2025, 10, 1, tzinfo=UTC)
SOLD = {1: catalog("global")}
PRO = Subscription("pro", 1, datetime(2023, 9, 16, tzinfo=UTC), quantity=5)


def kind(before: Subscription | None, after: Subscription | None) -> str | None:
    found = plan_change(AT, PlanMove("a", before, after), SOLD)
    return None if found is None else found.kind


def test_maruta_moves_up() -> None:
    found = plan_change(AT, PlanMove("a", PRO, replace(PRO, plan="enterprise")), SOLD)
    assert found is not None
    assert (found.kind, found.arr_before, found.arr_after) == (
        "plan_upgrade",
        Decimal(30_000),
        Decimal(105_000),
    )
    assert (found.currency, found.effective_at) == ("USD", AT)


def test_each_kind() -> None:
    assert kind(None, PRO) == "reactivation"
    assert kind(PRO, None) == "churn"
    assert kind(PRO, replace(PRO, plan="starter")) == "downgrade"
    assert kind(PRO, replace(PRO, interval="year")) == "price_change"
    assert kind(PRO, replace(PRO, changed_at=AT)) is None


def test_one_that_begins_counts_from_its_start() -> None:
    found = plan_change(AT, PlanMove("a", None, PRO), SOLD)
    assert found is not None
    assert found.effective_at == PRO.started_at
    assert found.arr_before == 0
    assert yearly(None, SOLD) == 0
    assert yearly(replace(PRO, plan="gone"), SOLD) is None
