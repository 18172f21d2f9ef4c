"""What changes between two versions of the catalogue, and for how many accounts."""

from decimal import Decimal
from typing import Any

from hypothesis import given

from shared.catalog import Catalog
from shared.catalog.changes import GROUPS, Affected, Change, Changes, Other, affected, changes
from shared.catalog.place import pointer
from tests.support.catalogs import catalog, document, parsed, plan
from tests.support.strategies import catalogs, examples

METERS = document()["meters"]
FEATURES: dict[str, Any] = {
    "core": {},
    "sso": {"group": "security"},
    "slack": {"group": "integrations"},
}


def sold(**more: Any) -> dict[str, Any]:
    return plan("pro", 2, 500, "100 GB", 25, **{"features": ["core"], **more})


def of(*plans: dict[str, Any], **more: Any) -> Catalog:
    return parsed(document(plans=list(plans), features=FEATURES, **more))


def test_the_five_groups_are_those_of_plans() -> None:
    found = changes(
        of(sold(support={"channels": ["email"], "csm": "none"})),
        of(
            sold(
                features=["sso", "slack"],
                support={"channels": ["email", "chat"], "csm": "none", "first_response_hours": 4},
                limits={
                    "storage": {"limit": "100 GB", "thresholds": [50]},
                    "seats": {"limit": "unlimited", "enforcement": "hard"},
                },
            )
        ),
    )
    assert {group: found.of(group) for group in GROUPS} == {
        "features": (Change("features", "pro", "feature", "core", True, False),),
        "limits": (
            Change("limits", "pro", "thresholds", "storage", [80, 90, 95, 100], [50]),
            Change("limits", "pro", "limit", "seats", Decimal(25), "unlimited"),
            Change("limits", "pro", "enforcement", "seats", "soft", "hard"),
        ),
        "support": (
            Change("support", "pro", "support", "channels", ["email"], ["email", "chat"]),
            Change("support", "pro", "support", "first_response_hours", None, Decimal(4)),
        ),
        "security": (Change("security", "pro", "feature", "sso", False, True),),
        "integrations": (Change("integrations", "pro", "feature", "slack", False, True),),
    }
    assert found.others == ()


def test_a_plan_that_comes_or_goes() -> None:
    found = changes(of(sold()), of(plan("max", 3, 900, features=["core"])))
    assert [one for one in found.plans if one.plan == "pro"] == [
        Change("features", "pro", "feature", "core", True, None),
        Change("limits", "pro", "limit", "storage", Decimal(10**11), None),
        Change("limits", "pro", "limit", "seats", Decimal(25), None),
        Change("support", "pro", "support", "channels", [], None),
        Change("support", "pro", "support", "csm", "none", None),
    ]
    assert Change("limits", "max", "limit", "seats", None, "unlimited") in found.plans
    assert Other("/plans/max/price/month", None, Decimal(900)) in found.others


def test_prices_meters_and_policy_by_their_places() -> None:
    after = of(
        sold(price={"month": 550, "year": 6000}),
        meters={**METERS, "seats": {**METERS["seats"], "unit": "user"}},
        policy={"usage_low": {"percent": 40}},
    )
    assert changes(of(sold()), after).others == (
        Other("/meters/seats/unit", "seat", "user"),
        Other("/plans/pro/price/month", Decimal(500), Decimal(550)),
        Other("/policy/usage_low/percent", Decimal(30), Decimal(40)),
    )


def test_what_was_sold_stays_and_the_rest_holds_for_all_at_once() -> None:
    on_plans = {"pro": 7, "starter": 20, "old": 3}

    def told(before: Catalog, after: Catalog) -> Affected:
        return affected(changes(before, after), on_plans)

    two = (plan("starter", 1, 49, "10 GB", 5), sold())
    dearer = told(of(*two), of(two[0], sold(price={"month": 550, "year": 6000})))
    assert dearer == Affected(7, 0, {"pro": 7}, {})
    larger = of(two[0], sold(limits={"storage": "100 GB", "seats": 30}))
    assert told(of(*two), larger) == Affected(7, 0, {"pro": 7}, {"seats": 7})
    meter = {**METERS, "seats": {**METERS["seats"], "event": "seat.set"}}
    assert told(of(*two), of(*two, meters=meter)) == Affected(30, 30, {}, {"seats": 30})
    rules = of(*two, policy={"nps_max_age_days": 30})
    assert told(of(*two), rules) == Affected(30, 30, {}, {})
    assert told(of(*two), of(*two)) == Affected(0, 0, {}, {})


def test_the_same_is_nothing() -> None:
    assert not changes(catalog("global"), catalog("global"))
    assert changes(catalog("jp"), catalog("jp_alt"))
    assert not Changes((), ())


@examples(15)
@given(catalogs(), catalogs())
def test_both_ways_tell_the_same(one: Catalog, other: Catalog) -> None:
    there, back = changes(one, other), changes(other, one)
    assert not changes(one, one)
    assert {(c.plan, c.part, c.key, repr(c.before), repr(c.after)) for c in there.plans} == {
        (c.plan, c.part, c.key, repr(c.after), repr(c.before)) for c in back.plans
    }
    assert {one.path for one in there.others} == {one.path for one in back.others}
    places = {pointer("/plans", key) for key in (*one.plans, *other.plans)}
    named = [found.path for found in there.others if found.path.startswith("/plans/")]
    assert all("/".join(path.split("/")[:3]) in places for path in named)
