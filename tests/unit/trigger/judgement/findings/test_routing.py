"""Rules from top to bottom: the first that applies says who acts."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from services.trigger.accounts import Person
from services.trigger.judgement.facts.record import Deal
from services.trigger.judgement.findings.routing import (
    Offer,
    conditions,
    deal_value,
    discount_needs_approval,
    may_close,
    ownership_policy,
    route,
)
from tests.support.catalogs import catalog
from tests.support.stories import NOW

GLOBAL = catalog("global")
STARTER, PRO, TOP = (GLOBAL.plans[one] for one in ("starter", "pro", "enterprise"))
KATO = Person("u7", "Kato", None)


def offer(**more: Any) -> Offer:
    given: dict[str, Any] = {
        "plan": PRO,
        "target": TOP,
        "policy": GLOBAL.policy,
        "value": Decimal(15_000),
        "csm": KATO,
    }
    return Offer(**given | more)


@pytest.mark.parametrize(
    ("asked", "rule", "owner"),
    [
        (offer(), "OWN-2", "cs"),
        (offer(plan=STARTER, target=PRO), "OWN-1", "self_serve"),
        (offer(plan=STARTER, target=PRO, person_first=True), "OWN-9", "cs"),
        (offer(value=Decimal(50_000)), "OWN-3", "hybrid"),
        (offer(value=Decimal(50_000), csm=None), "OWN-3", "sales"),
        (offer(value=Decimal("49999.99")), "OWN-2", "cs"),
        (offer(raised=True), "OWN-7", "hybrid"),
        (offer(target=replace(TOP, price=None), value=None), "OWN-6", "hybrid"),
        (offer(csm=replace(KATO, sales_trained=False)), "OWN-5", "hybrid"),
    ],
)
def test_the_first_rule_that_holds(asked: Offer, rule: str, owner: str) -> None:
    found = route(asked)
    assert (found.rule, found.owner) == (rule, owner)


def test_any_condition_needs_sales() -> None:
    plain = Deal(at=NOW, key="k")
    assert conditions(plain) == () == conditions(None)
    large = Deal(at=NOW, key="k", stakeholders=3, approval_days=31, relationship="strategic")
    assert conditions(large) == ("stakeholders", "approval_days", "strategic")
    assert conditions(Deal(at=NOW, key="k", stakeholders=2, approval_days=30)) == ()


def test_a_csm_closes_up_to_their_authority() -> None:
    up_to = replace(KATO, close_authority=Decimal(10))
    assert may_close(up_to, Decimal(10)) == ()
    assert may_close(up_to, Decimal("10.01")) == ("close_authority",)
    assert may_close(None, Decimal(10**9)) == ()


def test_the_value_is_the_difference_for_all_units() -> None:
    found = deal_value(Decimal(6_000), TOP, 5, GLOBAL.policy)
    assert found == Decimal(75_000)
    whole = replace(GLOBAL.policy, deal_value_basis="total")
    assert deal_value(Decimal(6_000), TOP, 5, whole) == Decimal(105_000)
    assert deal_value(Decimal(1), replace(TOP, price=None), 1, GLOBAL.policy) is None
    assert deal_value(None, TOP, 1, GLOBAL.policy) is None


def test_exactly_the_discount_that_a_csm_may_give() -> None:
    most = GLOBAL.policy.cs_max_discount_pct
    assert not discount_needs_approval(most, GLOBAL.policy)
    assert discount_needs_approval(most + Decimal("0.01"), GLOBAL.policy)


def test_the_rules_in_words_are_in_order() -> None:
    for locale in ("en", "ja"):
        rules = ownership_policy(GLOBAL.policy, locale)["rules"]
        ids = [one["id"] for one in rules]
        assert ids == sorted(ids)
        assert "OWN-8" not in ids
        assert all(one["when"] for one in rules)
