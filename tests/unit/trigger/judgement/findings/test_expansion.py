"""What a change of subscription is called."""

from dataclasses import replace
from typing import Any

import pytest

from services.trigger.accounts import Subscription
from services.trigger.judgement.findings.expansion import expansion_type
from tests.support.catalogs import catalog
from tests.support.stories import account

GLOBAL = catalog("global")


def subscription(**changes: Any) -> Subscription:
    found = account(GLOBAL, "pro").facts.subscription
    assert found is not None
    return replace(found, **changes)


@pytest.mark.parametrize(
    ("changes", "kind"),
    [
        ({}, None),
        ({"plan": "enterprise"}, "plan_upgrade"),
        ({"plan": "starter"}, "downgrade"),
        ({"quantity": 2}, "seat_expansion"),
        ({"add_ons": {"seats": 3}}, "seat_expansion"),
    ],
)
def test_by_what_grew(changes: dict[str, Any], kind: str | None) -> None:
    assert expansion_type(subscription(), subscription(**changes), GLOBAL) == kind


def test_less_of_the_same_is_a_contraction() -> None:
    more = subscription(add_ons={"seats": 3})
    assert expansion_type(more, subscription(), GLOBAL) == "contraction"
    assert expansion_type(subscription(quantity=2), subscription(), GLOBAL) == "contraction"


def test_a_plan_outranks_what_else_changed() -> None:
    after = subscription(plan="enterprise", add_ons={"seats": 9})
    assert expansion_type(subscription(), after, GLOBAL) == "plan_upgrade"


def test_beginning_and_ending() -> None:
    assert expansion_type(None, subscription(), GLOBAL) == "reactivation"
    assert expansion_type(subscription(), None, GLOBAL) == "churn"
    assert expansion_type(None, None, GLOBAL) is None
