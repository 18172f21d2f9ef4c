"""On which terms an account goes on: prices and limits as sold, everything else as it is now."""

from decimal import Decimal
from typing import Any

import pytest

from services.trigger.sale_terms import is_sold_as_then, mixed, sold_beside
from shared.catalog import Catalog
from tests.support.catalogs import document, parsed, plan

METERS = document()["meters"]


def pack(key: str = "pack", price: int = 10, **more: Any) -> dict[str, Any]:
    return {"id": key, "price": price, "plans": ["starter"], "limits": {"seats": 1}, **more}


def sold(*add_ons: dict[str, Any], **starter: Any) -> Catalog:
    first = plan("starter", 1, 49, storage="10 GB", seats=5) | starter
    return parsed(document(plans=[first, plan("pro", 2, 500)], add_ons=list(add_ons)))


def test_a_catalogue_mixed_with_itself_is_itself() -> None:
    assert mixed(sold(pack()), sold(pack())) == sold(pack())


def test_prices_and_limits_stay_and_policy_and_links_follow() -> None:
    now = parsed(
        document(
            plans=[plan("starter", 1, 99, storage="20 GB", seats=9), plan("new", 2)],
            policy={"holidays": True},
            links={"usage": "https://a.example/u"},
        )
    )
    found = mixed(sold(), now)
    assert (found.plans, found.policy, found.links) == (sold().plans, now.policy, now.links)


def test_a_removed_meter_has_no_limit_and_a_new_one_is_not_in_the_plans() -> None:
    seats = {"seats": METERS["seats"], "calls": METERS["seats"] | {"event": "call"}}
    limits = {"seats": 5, "calls": 7}
    now = parsed(document(meters=seats, plans=[{"id": "starter", "rank": 1, "limits": limits}]))
    found = mixed(sold(), now)
    assert list(found.meters) == ["seats", "calls"]
    assert list(found.plans["starter"].limits) == ["seats"]


@pytest.mark.parametrize(
    ("then", "now", "offered"),
    [
        (sold(), sold(pack()), {"pack": 10}),
        (sold(pack()), sold(), {"pack": 10}),
        (sold(pack()), sold(pack(price=20)), {"pack": 10}),
        (sold(), sold(pack(), price={"month": 50, "year": 588}), {}),
        (sold(), sold(pack(), limits={"storage": "10 GB", "seats": 6}), {}),
        (sold(pack()), sold(pack(price=20), pack("more")), {"pack": 10}),
        (sold(pack()), sold(pack(), pack("more", 5)), {"pack": 10, "more": 5}),
    ],
)
def test_a_new_add_on_is_offered_beside_what_is_sold_as_before(
    then: Catalog, now: Catalog, offered: dict[str, int]
) -> None:
    found = mixed(then, now).add_ons
    assert {key: one.price.month for key, one in found.items()} == offered


def test_a_new_add_on_is_offered_only_with_those_of_its_plans_that_are_sold_as_before() -> None:
    now = sold(pack(plans=["starter", "pro"]), features=["core", "sso"])
    assert mixed(sold(), now).add_ons["pack"].plans == ("pro",)


@pytest.mark.parametrize(
    ("now", "same"),
    [
        (sold(), True),
        (sold(pack()), True),
        (sold(name="Start"), True),
        (sold(price={"month": 50, "year": 588}), False),
        (sold(features=["core", "sso"]), False),
        (sold(extra={"seats": {"month": 8}}), False),
        (sold(support={"csm": "assigned"}), False),
        (parsed(document(plans=[plan("pro", 2, 500)])), False),
    ],
)
def test_a_plan_is_sold_as_then_if_an_account_pays_and_gets_the_same(
    now: Catalog, same: bool
) -> None:
    assert is_sold_as_then(sold(), now, "starter") is same


def test_an_add_on_that_is_gone_or_costs_more_changes_the_terms() -> None:
    assert is_sold_as_then(sold(pack()), sold(pack()), "starter")
    assert not is_sold_as_then(sold(pack()), sold(), "starter")
    assert not is_sold_as_then(sold(pack()), sold(pack(price=20)), "starter")
    assert is_sold_as_then(sold(pack()), sold(pack(price=20)), "pro")


def test_what_may_be_sold_with_a_plan() -> None:
    catalog = sold(pack(), extra={"seats": {"month": Decimal(8)}})
    assert sold_beside(catalog, "starter") == {"pack", "seats"}
    assert sold_beside(catalog, "pro") == sold_beside(catalog, "gone") == frozenset()
