"""The warnings of the catalogue lint, rule by rule (R-001 to R-017 as far as the catalogue alone
shows them).
"""

from typing import Any

import pytest

from shared.catalog import lint_catalog
from tests.support.catalogs import catalog, document, parsed, plan

STARTER, PRO, ENTERPRISE = (
    plan("starter", 1, 49, "10 GB", 5),
    plan("pro", 2, 500, "100 GB", 25),
    plan("enterprise", 3, 1750),
)


def warnings(*plans: dict[str, Any], **more: Any) -> list[tuple[str, str]]:
    """Path and code."""
    return [
        (fault.path, fault.reason.split(":")[0])
        for fault in lint_catalog(parsed(document(plans=list(plans), **more)))
    ]


def test_r_001_three_or_four_plans_are_usual() -> None:
    ultra = plan("ultra", 4, 5000, features=["core", "own_cluster"])
    mega = plan("mega", 5, 9000, features=["core", "own_cluster", "own_region"])
    assert warnings(STARTER, PRO, ENTERPRISE) == []
    assert warnings(STARTER, PRO, ENTERPRISE, ultra) == []
    assert warnings(STARTER, PRO) == [("/plans", "too_few_plans")]
    assert warnings(STARTER, PRO, ENTERPRISE, ultra, mega) == [("/plans", "too_many_plans")]


def test_r_001_tiers_are_counted_in_the_family() -> None:
    other = [part | {"id": f"o{part['id']}", "family": "other"} for part in (STARTER, PRO)]
    found = lint_catalog(parsed(document(plans=[STARTER, PRO, ENTERPRISE, *other])))
    assert [fault.reason for fault in found] == [
        "too_few_plans: 2 in family other, three or four are usual"
    ]


def test_r_003_the_entry_plan_can_be_outgrown_bought_alone_and_is_cheapest() -> None:
    boundless = plan("starter", 1, 49, graduation=["support"])
    assert ("/plans/0/limits", "entry_plan_without_limit") in warnings(boundless, PRO, ENTERPRISE)
    gated = plan("starter", 1, 49, storage=0, graduation=["support"])
    assert ("/plans/0/limits", "entry_plan_without_limit") in warnings(gated, PRO, ENTERPRISE)
    assert warnings(STARTER | {"purchase": "assisted"}, PRO, ENTERPRISE) == [
        ("/plans/0/purchase", "entry_plan_not_self_serve")
    ]
    assert warnings(STARTER | {"price": {"month": 600}}, PRO, ENTERPRISE) == [
        ("/plans/0/price", "entry_plan_not_cheapest")
    ]
    assert warnings(STARTER, PRO, ENTERPRISE | {"price": "custom"}) == []


def test_r_004_the_middle_plan_lifts_every_limit() -> None:
    assert warnings(STARTER, PRO | {"limits": {"storage": "10 GB", "seats": 25}}, ENTERPRISE) == [
        ("/plans/1/limits/storage", "limit_not_raised")
    ]
    assert warnings(STARTER, PRO | {"target": True}, ENTERPRISE) == []
    assert warnings(STARTER | {"target": True}, PRO | {"target": True}, ENTERPRISE) == [
        ("/plans/1/target", "several_target_plans")
    ]


def test_r_007_plans_can_be_told_apart() -> None:
    same = PRO | {"id": "pro2", "rank": 3, "price": {"month": 900}}
    assert warnings(STARTER, PRO, same) == [
        ("/plans/2", "not_differentiated"),
        ("/plans/1/graduation", "no_graduation_trigger"),
    ]
    supported = same | {"support": {"channels": ["phone"]}}
    assert warnings(STARTER, PRO, supported) == []


def test_r_008_features_grow_with_rank() -> None:
    without_core = PRO | {"features": ["sso"]}
    found = lint_catalog(
        parsed(document(plans=[STARTER, without_core, ENTERPRISE | {"features": ["core", "sso"]}]))
    )
    assert [(fault.path, fault.reason) for fault in found] == [
        ("/plans/1/features", "feature_regression: pro lacks core of starter")
    ]


def test_r_013_every_plan_but_the_top_has_a_moment_to_graduate() -> None:
    assert warnings(STARTER, PRO | {"graduation": []}, ENTERPRISE) == [
        ("/plans/1/graduation", "no_graduation_trigger")
    ]
    assert warnings(STARTER, PRO, ENTERPRISE | {"graduation": []}) == []
    assert warnings(STARTER | {"graduation": ["seats"]}, PRO, ENTERPRISE) == []


@pytest.mark.parametrize(
    ("features", "found"), [(["core"], True), (["core", "prebuilt_integrations"], False)]
)
def test_calls_without_an_api_are_pointed_out_where_api_features_are_sold(
    features: list[str], found: bool
) -> None:
    meters = {"api_calls": {"event": "e", "aggregation": "count", "reset": "period"}}
    plans = [
        {"id": "a", "rank": 1, "limits": {"api_calls": 10}, "features": features},
        {"id": "b", "rank": 2, "limits": {"api_calls": 20}, "features": [*features, "api_access"]},
        {
            "id": "c",
            "rank": 3,
            "limits": {"api_calls": "unlimited"},
            "features": [*features, "api_access"],
        },
    ]
    expected = [("/plans/0/limits/api_calls", "api_limit_without_feature")] if found else []
    assert warnings(*plans, meters=meters) == expected
    without_api = [part | {"features": ["core"]} for part in plans]
    assert warnings(*without_api, meters=meters) == []


@pytest.mark.parametrize("name", ["global", "jp", "seed_b_comparison"])
def test_the_catalogues_of_the_requirements_are_clean(name: str) -> None:
    assert lint_catalog(catalog(name)) == ()
