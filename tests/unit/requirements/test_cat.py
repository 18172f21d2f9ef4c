"""CAT: plan catalogue and packaging (R-001..R-018), as far as catalogue and decision show it."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from services.trigger.accounts import Person
from services.trigger.judgement.economics import packaging
from services.trigger.judgement.economics.comparison import compare
from services.trigger.judgement.facts.facts import Usage
from services.trigger.judgement.findings.advice import advice
from services.trigger.judgement.findings.recommendation import lowest_with
from services.trigger.judgement.gates import claims
from services.trigger.judgement.pipeline import decide
from services.trigger.judgement.question import Question
from shared.catalog import Catalog, catalog_document, lint_catalog
from tests.support.catalogs import catalog, document, parsed, plan
from tests.support.stories import NOW, Story, account, opportunity

GLOBAL, JP = catalog("global"), catalog("jp")
GB = 10**9
CSM = Person("u7", "Kato")


def codes(found: Catalog) -> list[str]:
    return [fault.reason.split(":")[0] for fault in lint_catalog(found)]


def ladder(count: int) -> Catalog:
    """So many plans, each with a higher limit than the one before."""
    return parsed(
        document(
            plans=[
                plan(f"p{rank}", rank, rank * 10, seats=rank * 5, storage=f"{rank} GB")
                for rank in range(1, count + 1)
            ]
        )
    )


@pytest.mark.parametrize(
    ("count", "warnings"), [(3, []), (4, []), (2, ["too_few_plans"]), (5, ["too_many_plans"])]
)
def test_r_001_three_to_four_tiers(count: int, warnings: list[str]) -> None:
    assert codes(ladder(count)) == warnings


def test_r_002_plan_names_are_free_the_rank_decides() -> None:
    renamed = catalog_document(GLOBAL)
    for entry, name in zip(renamed["plans"], ["Starter", "Growth", "Scale"], strict=True):
        entry["name"] = name
    before, after = (
        account(found, "starter").crossing("storage", 9 * GB, 90)
        for found in (GLOBAL, parsed(renamed))
    )
    assert after.json() == before.json()


def test_r_003_the_entry_plan_is_bought_alone_and_can_be_outgrown() -> None:
    boundless = plan("starter", 1, 49, graduation=["support"])
    rest = [plan("pro", 2, 500, seats=25, storage="1 GB"), plan("enterprise", 3, 1750)]
    assert "entry_plan_without_limit" in codes(parsed(document(plans=[boundless, *rest])))
    decision = account(GLOBAL, "starter").crossing("storage", 9 * GB, 90)
    assert decision.route is not None
    assert decision.route.owner == "self_serve"
    assert decision.outcome == "proposal"


@pytest.mark.parametrize(
    ("on_pro", "expected"), [(60, (Decimal("60.0"), True)), (45, (Decimal("45.0"), False))]
)
def test_r_004_share_of_long_standing_customers_on_the_target_plan(
    on_pro: int, expected: tuple[Decimal, bool]
) -> None:
    assert (
        packaging.share_on_target(GLOBAL, ["pro"] * on_pro + ["starter"] * (100 - on_pro))
        == expected
    )


def test_r_004_the_middle_plan_lifts_every_limit_of_the_entry_plan() -> None:
    starter, pro = GLOBAL.plans["starter"], GLOBAL.plans["pro"]
    assert all((pro.limit(meter) or 0) > (starter.limit(meter) or 0) for meter in GLOBAL.meters)


def test_r_005_for_enterprise_one_talks_to_a_person() -> None:
    decision = account(GLOBAL, "pro", csm=CSM).crossing("storage", 95 * GB, 95)
    assert decision.route is not None
    assert (decision.route.owner, decision.outcome) == ("cs", "assisted")


def test_r_006_a_custom_price_goes_to_sales_and_needs_a_quote() -> None:
    plans = catalog_document(GLOBAL)
    ultra = plans["plans"][-1] | {
        "id": "ultra",
        "rank": 4,
        "price": "custom",
        "features": [*plans["plans"][-1]["features"], "dedicated"],
    }
    plans["features"]["dedicated"] = {"group": "features", "name": "Dedicated resources"}
    story = account(parsed(plans | {"plans": [*plans["plans"], ultra]}), "enterprise").told(
        "need.stated", feature="dedicated", said_by="c1"
    )
    question = Question.of(story.case("need.stated"))
    assert question.route is not None
    assert question.route.json() == {
        "owner": "sales",
        "rule": "OWN-6",
        "deal_value": None,
        "currency": "USD",
        "reasons": ["needs_quote"],
    }
    assert question.worth.value is None


def test_r_007_five_dimensions_of_difference() -> None:
    rows = compare(GLOBAL, GLOBAL.plans["starter"], GLOBAL.plans["pro"], (), "en")
    found = {row.group for row in rows if row.differs}
    assert found == {"features", "limits", "support", "security", "integrations"}
    same = [plan("a", 1, 10, seats=5), plan("b", 2, 20, seats=5), plan("c", 3, 30)]
    assert "not_differentiated" in codes(parsed(document(plans=same)))


def test_r_008_features_grow_with_rank() -> None:
    without_core = catalog_document(GLOBAL)
    without_core["plans"][1]["features"].remove("core")
    assert codes(parsed(without_core)) == ["feature_regression"]


def test_r_009_usage_limits_exact() -> None:
    limits = {
        key: [found.limit(meter) for meter in ("seats", "storage", "api_calls")]
        for key, found in GLOBAL.plans.items()
    }
    assert limits == {
        "starter": [5, 10 * GB, 10_000],
        "pro": [25, 100 * GB, 100_000],
        "enterprise": [None, None, None],
    }
    high = catalog_document(GLOBAL)
    high["plans"][2]["limits"]["seats"] = 10**9
    assert parsed(high).plans["enterprise"].limit("seats") == 10**9


def test_r_010_support_levels_exact() -> None:
    levels = ((plan, plan.support) for plan in GLOBAL.plans.values())
    support = {
        plan.id: (set(level.channels), str(level.first_response_hours), str(level.csm))
        for plan, level in levels
    }
    assert support == {
        "starter": ({"email"}, "48", "none"),
        "pro": ({"email", "chat"}, "24", "assigned"),
        "enterprise": ({"phone", "email", "chat"}, "4", "dedicated"),
    }


@pytest.mark.parametrize(
    ("key", "waited", "breached"),
    [
        ("pro", timedelta(hours=25), True),
        ("enterprise", timedelta(hours=4), False),
        ("enterprise", timedelta(hours=4, seconds=1), True),
    ],
)
def test_r_010_an_answer_after_the_promised_hours_breaches(
    key: str, waited: timedelta, breached: bool
) -> None:
    assert packaging.sla_breached(GLOBAL.plans[key], NOW, NOW + waited) is breached


@pytest.mark.parametrize(
    ("name", "lowest"), [("global", "pro"), ("seed_b_comparison", "enterprise")]
)
def test_r_011_the_lowest_plan_with_sso(name: str, lowest: str) -> None:
    found = catalog(name)
    answer = lowest_with(found, found.plans["starter"], ("sso",))
    assert answer is not None
    assert answer.id == lowest


def test_r_012_webhooks_need_enterprise() -> None:
    question = Question.of(
        account(GLOBAL, "pro")
        .told("need.stated", feature="webhooks", said_by="c1")
        .case("need.stated")
    )
    assert question.recommendation is not None
    assert (question.recommendation.plan.id, question.recommendation.multi_step) == (
        "enterprise",
        False,
    )


def test_r_013_every_transition_has_a_trigger() -> None:
    without = catalog_document(GLOBAL)
    without["plans"][1]["graduation"] = []
    assert codes(parsed(without)) == ["no_graduation_trigger"]
    towards_pro, towards_enterprise = (
        packaging.path(GLOBAL, GLOBAL.plans[key], {}) for key in ("starter", "pro")
    )
    assert towards_pro is not None
    assert {"seats", "storage", "api_calls"} <= {trigger for trigger, _ in towards_pro.towards}
    assert towards_enterprise is not None
    assert {"advanced_analytics", "compliance_certs", "support"} <= {
        trigger for trigger, _ in towards_enterprise.towards
    }


@pytest.mark.parametrize(("reached", "warned"), [(60, True), (50, False)])
def test_r_014_a_limit_that_bites_before_there_is_value(reached: int, warned: bool) -> None:
    fault = packaging.arbitrary_limit(GLOBAL.plans["starter"], "api_calls", 100, reached)
    assert (fault is not None and fault.reason.startswith("possibly_arbitrary_limit")) is warned


def test_r_015_the_yen_catalogue() -> None:
    prices = [JP.plans[key].price for key in ("basic", "standard", "premium")]
    basic, standard, premium = (price.monthly for price in prices if price)
    assert [standard - basic, premium - standard, premium - basic] == [20_000, 20_000, 40_000]
    assert {found.currency for found in JP.plans.values()} == {"JPY"}


def test_r_016_the_middle_option_is_recommended_to_the_lowest_plan() -> None:
    seen = [
        (option.plan.name.ja, option.current, option.recommended)
        for option in packaging.options(JP, JP.plans["basic"])
    ]
    assert seen == [
        ("ベーシック", True, False),
        ("スタンダード", False, True),
        ("プレミアム", False, False),
    ]
    after = [
        (option.plan.id, option.recommended)
        for option in packaging.options(JP, JP.plans["standard"])
    ]
    assert after == [("standard", False), ("premium", True)]


def test_r_017_the_path_shows_the_next_plan_and_how_far_it_is() -> None:
    used = Usage("seats", Decimal(24), Decimal(25), 96)
    step = packaging.path(GLOBAL, GLOBAL.plans["pro"], {"seats": used})
    assert step is not None
    assert step.plan.id == "enterprise"
    assert dict(step.towards)["seats"] == used
    from_starter = packaging.path(GLOBAL, GLOBAL.plans["starter"], {})
    assert from_starter is not None
    assert from_starter.plan.id == "pro"
    assert packaging.path(GLOBAL, GLOBAL.plans["enterprise"], {}) is None


def test_r_016_what_is_laid_before_a_basic_customer() -> None:
    shown = advice(account(JP, "basic").case("schedule"), "ja")["options"]
    assert [(one["name"], one["current"], one["recommended"]) for one in shown] == [
        ("ベーシック", True, False),
        ("スタンダード", False, True),
        ("プレミアム", False, False),
    ]
    after = advice(account(JP, "standard").case("schedule"), "ja")["options"]
    assert [one["name"] for one in after if one["recommended"]] == ["プレミアム"]


def test_r_017_kitsune_sees_how_far_enterprise_is() -> None:
    found = advice(account(GLOBAL, "pro").used("seats", 24).case("schedule"), "en")["path"]
    assert found is not None
    assert (found["plan"], [one["text"] for one in found["towards"]]) == (
        "enterprise",
        ["users 24/25 (96%) → Enterprise"],
    )
    starter = advice(
        account(GLOBAL, "starter").used("seats", 4).used("storage", 8 * GB).case("schedule"), "ja"
    )["path"]
    assert starter is not None
    assert [one["text"] for one in starter["towards"]] == [
        "ストレージ容量 8 GB/10 GB (80%) → Pro",
        "ユーザー 4/5 (80%) → Pro",
    ]
    assert "Enterprise" not in str(starter), "no plan two steps away"
    assert advice(account(GLOBAL, "enterprise").case("schedule"), "en")["path"] is None


def test_r_018_a_proposal_names_what_the_customer_gains() -> None:
    question = Question.of(account(GLOBAL, "pro").crossing_case("seats", 24, 95))
    assert claims.benefit(question, question.worth) == claims.Benefit(("seats",), Decimal(15_000))
    with pytest.raises(claims.ProposalInvalid, match="customer_benefit"):
        claims.Benefit((), Decimal(15_000))


def test_r_018_the_decision_keeps_what_both_sides_gain() -> None:
    kept = account(GLOBAL, "pro", quantity=2).crossing("seats", 24, 95).answer("value").evidence
    assert (kept["customer_benefit"], kept["vendor_delta_arr"]) == (("seats",), "30000.00")


def hitting(story: Story, **more: Any) -> Any:
    return decide(story.having(**more).crossing_case("storage", 9 * GB, 90))


def test_a_family_is_a_ladder_of_its_own() -> None:
    both = document(
        plans=[
            *(
                plan(key, rank, month, storage="10 GB", seats=seats)
                for key, rank, month, seats in (("s", 1, 10, 5), ("m", 2, 20, 9))
            ),
            plan("other", 3, 5, family="other"),
        ]
    )
    assert hitting(account(parsed(both), "m")).recommendation is None
    assert (
        hitting(
            account(parsed(both), "s"), opportunities=(opportunity("other"),)
        ).recommendation.plan
        == "m"
    )
