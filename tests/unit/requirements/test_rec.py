"""REC: what to recommend (R-100..R-107)."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from services.trigger.accounts import Subscription
from services.trigger.judgement.findings.expansion import expansion_type
from services.trigger.judgement.findings.signals import PRIORITY
from services.trigger.judgement.gates.opportunity import merged
from services.trigger.judgement.pipeline import decide
from services.trigger.judgement.question import Question
from services.trigger.judgement.words.speech import task_lines
from shared.catalog import catalog_document
from shared.wording import sentence
from tests.support.catalogs import catalog, parsed
from tests.support.rulings import as_read
from tests.support.stories import NOW, Story, account, bought, day, opportunity

GLOBAL, JP, JP_ALT = catalog("global"), catalog("jp"), catalog("jp_alt")
GB = 10**9


def question(story: Story) -> Question:
    return Question.of(story.case("need.stated"))


def test_r_100_one_step_at_a_time_with_every_signal() -> None:
    story = (
        account(JP, "basic")
        .told("need.stated", feature="api_integration", said_by="c1")
        .told("nps.responded", score=10)
    )
    decision = story.used("seats", 5).crossing("storage", 10 * GB, 100, last_percent=100)
    assert decision.recommendation is not None
    assert (decision.recommendation.plan, decision.recommendation.steps) == ("standard", 1)


def test_r_101_the_second_step_waits_until_the_first_has_been_lived_with() -> None:
    upgraded = (
        account(JP, "standard")
        .moved(NOW, "basic", "standard", "upgrade")
        .told("need.stated", feature="api_integration", said_by="c1")
    )
    soon = upgraded.at(NOW + timedelta(days=10)).hearing("nps.responded", score=10)
    assert "recommendation" in soon.blocked_by
    assert not soon.sells
    assert soon.answer("recommendation").retry_at == NOW + timedelta(days=90)
    later = upgraded.at(NOW + timedelta(days=120)).crossing("storage", 90 * GB, 90)
    assert "recommendation" not in later.blocked_by
    assert later.recommendation is not None
    assert later.recommendation.plan == "premium"


def test_r_101_a_cool_down_alone_leaves_the_notice() -> None:
    upgraded = (
        account(JP, "standard")
        .moved(NOW, "basic", "standard", "upgrade")
        .at(NOW + timedelta(days=10))
    )
    assert upgraded.crossing("storage", 90 * GB, 90).outcome == "notice"


def test_r_102_no_upsell_on_the_top_plan() -> None:
    decision = account(GLOBAL, "enterprise").hearing("nps.responded", score=10)
    assert decision.recommendation is None
    assert "top_plan" in decision.blocked_by
    assert decision.outcome == "none"


TRIGGERS: list[tuple[str, dict[str, Any]]] = [
    ("nps.responded", {"score": 10}),
    ("team.growth", {"count": 10}),
    ("compliance.need", {"framework": "SOC2"}),
    ("feature.requested", {"feature": "webhooks"}),
    ("ticket.opened", {"ticket": "u", "class_": "support_speed", "severity": "urgent"}),
    ("cancel.intent", {}),
]


@pytest.mark.parametrize(("type_", "data"), TRIGGERS)
def test_r_102_whatever_ume_says_there_is_nothing_above(type_: str, data: dict[str, Any]) -> None:
    ume = account(GLOBAL, "enterprise", since="2023-05-01").tickets(
        "support_speed", 1, severity="urgent"
    )
    for _ in range(2):
        ume = ume.told("feature.requested", feature="webhooks")
    decision = ume.hearing(type_, **data)
    assert decision.answer("top_plan").reason.startswith("no_upper_plan")
    assert not decision.sells


def test_r_103_the_lowest_plan_that_covers_the_needs() -> None:
    sso = question(
        account(GLOBAL, "starter").told("need.stated", feature="sso", said_by="c1")
    ).recommendation
    assert sso is not None
    assert (sso.plan.id, sso.multi_step, sso.note) == ("pro", False, None)
    webhooks = question(
        account(GLOBAL, "starter").told("need.stated", feature="webhooks", said_by="c1")
    ).recommendation
    assert webhooks is not None
    assert (webhooks.plan.id, webhooks.multi_step) == ("pro", True)
    assert webhooks.covering is not None
    assert webhooks.covering.id == "enterprise"
    assert webhooks.recommended().json() == {
        "plan": "pro",
        "steps": 1,
        "multi_step": True,
        "add_on": None,
        "note": "Webhooks come with Enterprise",
    }


def test_r_103_a_step_that_answers_one_of_two_needs_is_bought_without_approval() -> None:
    story = (
        account(GLOBAL, "starter")
        .told("need.stated", feature="sso", said_by="c1")
        .told("need.stated", feature="webhooks", said_by="c1")
    )
    found = question(story).recommendation
    assert found is not None
    assert (found.multi_step, found.unsolved, found.approval) == (True, ("webhooks",), False)


def test_r_103_what_no_plan_answers_does_not_count() -> None:
    story = account(GLOBAL, "starter").told(
        "need.stated", feature="french_phone_support", said_by="c1"
    )
    found = question(story.told("need.stated", feature="sso", said_by="c1")).recommendation
    assert found is not None
    assert not found.multi_step


def test_r_103_a_need_that_was_said_twice_is_one() -> None:
    """Nothing of it is answered by the step: a person has to approve that, however often it was
    said.
    """
    story = account(GLOBAL, "starter")
    for _ in range(2):
        story = story.told("compliance.need", framework="SOC2").told(
            "need.stated", feature="compliance_certs"
        )
    found = question(story).recommendation
    assert found is not None
    assert (found.multi_step, found.unsolved, found.approval) == (True, ("compliance_certs",), True)


def test_r_104_a_step_that_will_not_last_needs_approval_and_a_person() -> None:
    decision = account(GLOBAL, "starter").crossing(
        "api_calls", 9_600, 95, projected=Decimal(150_000)
    )
    assert decision.recommendation is not None
    assert (
        decision.recommendation.plan,
        decision.recommendation.steps,
        decision.recommendation.multi_step,
    ) == ("pro", 1, True)
    evidence = decision.answer("recommendation").evidence
    assert (evidence["covering"], evidence["approval"]) == ("enterprise", True)
    assert decision.outcome == "assisted"
    enough = account(GLOBAL, "starter").crossing("api_calls", 9_600, 95, projected=Decimal(100_000))
    assert enough.outcome == "proposal"
    assert enough.recommendation is not None
    assert not enough.recommendation.multi_step


def test_r_104_a_busy_first_day_of_a_period_is_no_forecast() -> None:
    """As in BP-23: three days of a month say something, two do not."""
    for days, outcome in ((2, "proposal"), (3, "assisted")):
        story = account(GLOBAL, "starter").at(day("2025-09-01") + timedelta(days=days))
        assert story.crossing("api_calls", 9_600, 95, projected=Decimal(150_000)).outcome == outcome


def test_r_104_who_acts_is_told_which_plan_would_be_enough() -> None:
    case = account(GLOBAL, "starter").crossing_case("storage", 150 * GB, 100)
    told = next(
        step
        for step in as_read(task_lines(Question.of(case), decide(case)).next_step)
        if step.key == "next.approval"
    )
    assert (
        sentence(told.key, told.variables, "en")
        == "Pro would not be enough: get approval to offer Enterprise"
    )
    assert (
        sentence(told.key, told.variables, "ja")
        == "Proプランでは足りないため、Enterpriseプランをご提案する承認を得てください"
    )


PRO = bought("pro", day("2025-01-01"), add_ons={"seats": 1})


@pytest.mark.parametrize(
    ("after", "kind"),
    [
        (bought("enterprise", day("2025-01-01")), "plan_upgrade"),
        (bought("starter", day("2025-01-01")), "downgrade"),
        (bought("pro", day("2025-01-01"), add_ons={"seats": 11}), "seat_expansion"),
        (
            bought("pro", day("2025-01-01"), quantity=2, add_ons={"seats": 1}),
            "seat_expansion",
        ),
        (
            bought("pro", day("2025-01-01"), add_ons={"seats": 1, "analytics": 1}),
            "cross_sell",
        ),
        (bought("pro", day("2025-01-01"), add_ons={"seats": 1, "space": 1}), "limit_add_on"),
        (bought("pro", day("2025-01-01"), add_ons={}), "contraction"),
        (
            bought("pro", day("2025-01-01"), price=Decimal(550), add_ons={"seats": 1}),
            "price_change",
        ),
        (bought("pro", day("2025-01-01"), price=Decimal(500), add_ons={"seats": 1}), None),
        (PRO, None),
        (None, "churn"),
    ],
)
def test_r_105_only_a_higher_plan_is_an_upsell(
    after: Subscription | None, kind: str | None
) -> None:
    add_ons = [
        {"id": "analytics", "plans": ["pro"], "price": 80},
        {"id": "space", "plans": ["pro"], "price": 20, "limits": {"storage": "10 GB"}},
    ]
    sold = parsed(catalog_document(GLOBAL) | {"add_ons": add_ons})
    found = expansion_type(PRO, after, sold)
    assert found == kind


def test_r_105_coming_back_is_a_reactivation() -> None:
    assert expansion_type(None, PRO, GLOBAL) == "reactivation"
    assert expansion_type(None, None, GLOBAL) is None


def test_r_106_more_storage_and_users_by_a_plan_change_are_an_upgrade() -> None:
    before, after = (bought(plan, day("2025-01-01")) for plan in ("standard", "premium"))
    assert expansion_type(before, after, JP_ALT) == "plan_upgrade"
    limits = [
        [JP_ALT.plans[plan].limit(meter) for meter in ("storage", "seats")]
        for plan in ("standard", "premium")
    ]
    assert limits == [[10 * GB, 5], [100 * GB, 50]]


def test_r_107_one_live_opportunity_takes_every_reason() -> None:
    story = account(GLOBAL, "starter").having(
        opportunities=(opportunity("pro", "nps_high", "renewal", "feature_requested"),)
    )
    case = story.crossing_case("storage", 9 * GB, 90)
    reasons = merged(case, story.facts.opportunities[0])
    assert reasons == ("usage_limit", "renewal", "feature_requested", "nps_high")
    assert [PRIORITY[reason] for reason in reasons] == sorted(
        (PRIORITY[reason] for reason in reasons), reverse=True
    )
    assert decide(case).answer("merge").evidence["opportunity"] == "opp-1"
