"""OWN: who acts (R-170..R-173, R-176)."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from services.trigger.accounts import Person
from services.trigger.judgement.decision import Route
from services.trigger.judgement.facts.facts import Opportunity
from services.trigger.judgement.facts.record import Deal
from services.trigger.judgement.findings.health import health
from services.trigger.judgement.findings.routing import (
    Offer,
    deal_value,
    discount_needs_approval,
    ownership_policy,
    route,
)
from services.trigger.judgement.question import Question
from shared.catalog import Policy, catalog_document
from tests.support.catalogs import catalog, parsed
from tests.support.stories import NOW, Story, account

GLOBAL, JP = catalog("global"), catalog("jp")
CSM = Person("u7", "Kato")


def offered(value: str | None, **changes: Any) -> Route:
    pro, enterprise = GLOBAL.plans["pro"], GLOBAL.plans["enterprise"]
    given = {"plan": pro, "target": enterprise, "policy": Policy(), "csm": CSM, **changes}
    return route(Offer(value=None if value is None else Decimal(value), **given))


def asked(story: Story) -> Route:
    found = Question.of(story.crossing_case("storage", story.limit("storage"), 100)).route
    assert found is not None
    return found


def test_r_170_cs_closes_below_50000() -> None:
    assert offered("49999.99") == Route("cs", "OWN-2", "49999.99", "USD")


def test_r_171_sales_leads_from_50000_with_the_csm_where_there_is_one() -> None:
    assert offered("50000.00") == Route("hybrid", "OWN-3", "50000.00", "USD", ("size",))
    assert offered("50000.00", csm=None).owner == "sales"


def test_r_171_five_workspaces_are_75000() -> None:
    maruta = account(GLOBAL, "pro", quantity=5, csm=CSM)
    assert asked(maruta) == Route("hybrid", "OWN-3", "75000.00", "USD", ("size",))


def test_r_171_never_back_once_raised() -> None:
    assert offered("48000").owner == "cs"
    assert offered("52000").owner == "hybrid"
    assert offered("48000", raised=True) == Route(
        "hybrid", "OWN-7", "48000.00", "USD", ("raised_before",)
    )
    with_sales = account(GLOBAL, "pro", csm=CSM).having(
        opportunities=(Opportunity("o1", "enterprise", (), "sales"),)
    )
    assert asked(with_sales).rule == "OWN-7"


@pytest.mark.parametrize(
    ("deal", "reason"),
    [
        ({"custom_terms": True}, "custom_terms"),
        ({"complex": True}, "complex"),
        ({"stakeholders": 3}, "stakeholders"),
        ({"approval_days": 31}, "approval_days"),
        ({"relationship": "strategic"}, "strategic"),
    ],
)
def test_r_172_conditions_that_need_sales_whatever_the_size(
    deal: dict[str, Any], reason: str
) -> None:
    assert offered("12000", deal=Deal(at=NOW, key="k", **deal)) == Route(
        "hybrid", "OWN-4", "12000.00", "USD", (reason,)
    )


@pytest.mark.parametrize(
    "deal",
    [
        {"stakeholders": 2},
        {"approval_days": 30},
        {"relationship": "operational"},
        {"complex": False},
        {},
    ],
)
def test_r_172_what_does_not_reach_them_stays(deal: dict[str, Any]) -> None:
    assert offered("12000", deal=Deal(at=NOW, key="k", **deal)).rule == "OWN-2"


def test_r_173_a_csm_who_may_not_close() -> None:
    untrained = offered("15000", csm=Person("u7", "Kato", sales_trained=False))
    assert (untrained.owner, untrained.rule, untrained.reasons) == (
        "hybrid",
        "OWN-5",
        ("not_sales_trained",),
    )
    small = Person("u7", "Kato", close_authority=Decimal(10_000))
    assert offered("15000", csm=small).reasons == ("close_authority",)
    assert offered("10000", csm=small).rule == "OWN-2"
    assert offered("15000", csm=None) == Route("cs", "OWN-2", "15000.00", "USD")


@pytest.mark.parametrize(("percent", "approval"), [(10, False), (15, True)])
def test_r_173_a_discount_above_ten_percent_needs_approval(percent: int, approval: bool) -> None:
    assert discount_needs_approval(Decimal(percent), Policy()) is approval


def test_r_176_the_rules_can_be_read() -> None:
    rules = {rule["id"]: rule for rule in ownership_policy(Policy())["rules"]}
    assert list(rules) == [f"OWN-{number}" for number in range(1, 8)]
    assert "$50,000" in rules["OWN-3"]["when"]
    assert rules["OWN-3"]["owner"] == "sales"
    assert all(
        word in rules["OWN-4"]["when"]
        for word in ("3 or more stakeholders", "30 days", "strategic", "non-standard terms")
    )
    assert (rules["OWN-1"]["owner"], rules["OWN-2"]["owner"]) == ("self_serve", "cs")
    japanese = {rule["id"]: rule["when"] for rule in ownership_policy(Policy(), "ja")["rules"]}
    assert "$50,000、7,500,000円以上" in japanese["OWN-3"]
    assert set(japanese) == set(rules)


def test_r_176_the_decision_cites_the_rule() -> None:
    decision = account(GLOBAL, "pro", csm=CSM).crossing("seats", 24, 95)
    assert decision.json()["route"] == {
        "owner": "cs",
        "rule": "OWN-2",
        "deal_value": "15000.00",
        "currency": "USD",
        "reasons": [],
    }


def test_r_176_a_rule_without_a_figure_says_so() -> None:
    rules = {rule["id"]: rule["when"] for rule in ownership_policy(Policy(sales_from={}))["rules"]}
    assert rules["OWN-3"] == "No deal goes to Sales by its size: no currency has a figure."
    assert rules["OWN-2"] == "Otherwise: the CSM acts."


def test_r_061_a_policy_may_pass_all_healthy_accounts_to_sales() -> None:
    policy = Policy(routing="healthy_to_sales")
    assert offered("100", policy=policy, healthy=True).rule == "OWN-8"
    assert offered("100", policy=policy, healthy=False).rule == "OWN-2"
    assert offered("100", healthy=True).rule == "OWN-2"
    assert ownership_policy(policy)["rules"][-1]["id"] == "OWN-8"


def test_r_061_from_74_to_80_the_account_is_passed_on_once() -> None:
    """16 of 20 days and the share of ten features. At 74 it is the CSM's; at 80 Sales', and at 82
    still, by the same opportunity.
    """
    weights = {"logins": Decimal("0.8"), "features": Decimal("0.2")}
    plan = replace(GLOBAL.plans["pro"], features=tuple(f"f{n}" for n in range(10)))
    healthy = replace(
        GLOBAL,
        plans={**GLOBAL.plans, "pro": plan},
        policy=replace(Policy(), routing="healthy_to_sales", health=weights),
    )
    story = account(healthy, "pro", csm=CSM).active(16)
    found = []
    for used in (5, 8, 9):
        for feature in range(used):
            story = story.told("feature.used", feature=f"f{feature}")
        score = health(story.facts, plan, healthy.policy, NOW)
        route = asked(story)
        found.append((score and score.score, route.owner, route.rule))
        if route.owner == "hybrid":
            story = story.having(opportunities=(Opportunity("o1", "enterprise", (), "hybrid"),))
    assert found == [
        (Decimal("74.0"), "cs", "OWN-2"),
        (Decimal("80.0"), "hybrid", "OWN-8"),
        (Decimal("82.0"), "hybrid", "OWN-7"),
    ]


def test_the_own_plan_decides_about_self_serve() -> None:
    assert asked(account(GLOBAL, "starter")) == Route("self_serve", "OWN-1", "5412.00", "USD")
    assert asked(account(GLOBAL, "pro")).owner == "cs"
    assert asked(account(JP, "standard")) == Route("self_serve", "OWN-1", "240000", "JPY")


def test_an_approval_that_is_due_needs_a_person() -> None:
    story = account(GLOBAL, "starter", csm=CSM)
    case = story.crossing_case("api_calls", 9600, 95, projected=Decimal(150_000))
    found = Question.of(case).route
    assert found is not None
    assert (found.owner, found.rule) == ("cs", "OWN-2")


def test_a_currency_without_a_figure_never_goes_to_sales_by_size() -> None:
    euros = catalog_document(GLOBAL) | {"currency": "EUR"}
    assert asked(account(parsed(euros), "pro", quantity=100, csm=CSM)) == Route(
        "cs", "OWN-2", "1500000.00", "EUR"
    )


def test_the_deal_value_is_what_is_added_unless_the_policy_takes_the_whole() -> None:
    enterprise = GLOBAL.plans["enterprise"]
    assert deal_value(Decimal(6000), enterprise, 5, Policy()) == 75_000
    assert deal_value(Decimal(6000), enterprise, 5, Policy(deal_value_basis="total")) == 105_000
    assert deal_value(None, enterprise, 1, Policy()) is None
