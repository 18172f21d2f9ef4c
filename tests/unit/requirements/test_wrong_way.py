"""The tempting mistakes of requirements 1.C, each of which must fail. Numbers are those of that
list.
"""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from services.trigger.accounts import Person
from services.trigger.judgement.economics import packaging
from services.trigger.judgement.facts.facts import Opportunity, Signal
from services.trigger.judgement.findings import timing
from services.trigger.judgement.findings.advice import option
from services.trigger.judgement.findings.expansion import expansion_type
from services.trigger.judgement.findings.qualification import qualify
from services.trigger.judgement.findings.routing import Offer, route
from services.trigger.judgement.findings.signals import of_fact
from services.trigger.judgement.pipeline import GATES, decide
from shared.catalog import catalog_document
from tests.support.catalogs import catalog, parsed
from tests.support.prices import price_only
from tests.support.rulings import crossed, heard, told
from tests.support.stories import NOW, account, bought
from tests.unit.trigger.watched import Watched

GLOBAL, CASE, JP = catalog("global"), catalog("case"), catalog("jp")
GB = 10**9


def test_1_counting_every_ticket_as_dissatisfaction() -> None:
    asking = (
        account(GLOBAL, "starter")
        .tickets("feature_unavailable", 6, feature="sso")
        .tickets("feature_expansion", 4)
    )
    assert asking.crossing("storage", 9 * GB, 90).outcome == "proposal"


def test_2_suppressing_the_notice_with_the_pitch() -> None:
    unhappy = account(GLOBAL, "starter").told("nps.responded", score=0)
    decision = unhappy.crossing("storage", 9 * GB, 90)
    assert decision.answer("notice").result == "pass"
    assert not decision.sells


@pytest.mark.parametrize(
    ("fact", "after"),
    [
        (("nps.responded", {"score": 4}), 90),
        (("cancel.intent", {}), 90),
        (("proposal.answered", {"answer": "declined"}), 90),
    ],
)
def test_3_a_suppression_that_never_ends(fact: tuple[str, dict[str, str]], after: int) -> None:
    held = account(GLOBAL, "starter").told(fact[0], **fact[1])  # type: ignore[arg-type]
    assert (
        held.at(NOW + timedelta(days=after - 1)).crossing("storage", 9 * GB, 90).outcome
        == "withheld"
    )
    assert (
        held.at(NOW + timedelta(days=after)).crossing("storage", 9 * GB, 90).outcome == "proposal"
    )


def test_3_a_suppression_without_a_replacement() -> None:
    held = (
        account(GLOBAL, "starter", since="2025-09-10")
        .active(2)
        .told("nps.responded", score=2)
        .told("cancel.intent")
    )
    tasks = [remedy.task for remedy in held.crossing("storage", 9 * GB, 90).remedies]
    assert tasks == ["retention", "support_reinforcement", "onboarding", "training"]


def test_4_one_text_for_all_thresholds_and_a_percentage_rounded_up() -> None:
    """80, 90 and 95 read differently; 24 of 25 are 96 %, 23 of 25 are 92 % and no 95."""
    pro = account(GLOBAL, "pro")
    said = [
        crossed(pro, "seats", used, level).tasks()[0]
        for used, level in ((20, 80), (23, 90), (24, 95))
    ]
    heads = [
        next(line for line in task.split("\n") if line.startswith("伝えること")) for task in said
    ]
    assert len(set(heads)) == 3
    assert "24/25 (96%)" in said[2]
    assert "23/25 (92%)" in said[1]
    assert ["壁にぶつかる前に" in head for head in heads] == [False, False, True]
    assert "80%" in heads[0]
    assert "90%" in heads[1]


def test_4_five_seats_make_a_message_for_each_threshold() -> None:
    seats = Watched(Decimal(5), gauge=True).uses(3, 4, 5)
    assert seats.sent == ["80", "100"]
    assert [row.key for row in seats.rows] == ["80", "90", "95", "100"]


def test_5_the_cap_eats_the_ninety_after_the_eighty() -> None:
    assert (
        account(CASE, "basic")
        .sent(NOW - timedelta(days=3), "storage", 80)
        .crossing("storage", 9 * GB, 90)
        .outcome
        == "proposal"
    )


def test_5_another_meter_as_an_escalation() -> None:
    story = account(GLOBAL, "starter").sent(NOW - timedelta(days=3), "storage", 80)
    assert story.crossing("seats", 5, 100).blocked_by == ("frequency_cap",)


CLAIMS = ("コストパフォーマンスが高い", "コスト効率が良い", "のみですが")


def test_6_claims_that_are_made_whether_they_are_true_or_not() -> None:
    """Better value at renewal, cheaper than seats, only in Enterprise: nothing here makes one of
    them true.
    """
    cheap = catalog_document(GLOBAL)
    cheap["plans"][1]["extra"] = {"seats": {"month": 60}}
    pro = (
        account(parsed(cheap), "pro", since="2024-10-16")
        .used("seats", 24)
        .told("team.growth", count=10)
    )
    starter = (
        account(GLOBAL, "starter")
        .told("feature.requested", feature="webhooks")
        .told("feature.requested", feature="webhooks")
    )
    renewing = told(pro.case("renewal", Signal("renewal", NOW)))
    hiring = told(
        pro.case(
            "team.growth",
            Signal("team_growth", NOW, evidence={"count": 10}),
            Signal("usage_limit", NOW, "seats"),
        )
    )
    both = told(pro.case("renewal", Signal("renewal", NOW), Signal("usage_limit", NOW, "seats")))
    asking = heard(starter, "feature.requested", feature="webhooks")
    for found in (renewing, both, hiring, asking):
        words = "\n".join((*found.tasks(), found.read_by("c1")))
        assert words.strip()
        assert not [claim for claim in CLAIMS if claim in words]
    assert hiring.decision.sells
    assert both.decision.sells
    assert asking.decision.sells


def test_7_counting_the_seats_that_are_paid_already() -> None:
    kitsune = account(GLOBAL, "pro").used("seats", 24)
    growth = kitsune.raised("team.growth", count=10)[1][0]
    assert growth.evidence["above"] == 9


def test_8_taking_silence_on_budget_for_a_no_or_a_yes() -> None:
    story = account(GLOBAL, "pro").told(
        "evidence.recorded",
        criterion="budget",
        kind="funding_news",
        verdict="yes",
        text="raised 10M",
    )
    assert {found.criterion: found.verdict for found in qualify(story.case("schedule")).findings}[
        "budget"
    ] == "unknown"
    assert story.crossing("seats", 24, 95).outcome == "assisted"


def test_9_taking_a_closed_door_for_a_stated_need() -> None:
    story = account(GLOBAL, "starter")
    for _ in range(5):
        story = story.told("feature.gated", feature="sso")
    assert story.hearing("nps.responded", score=10).blocked_by == ("fit",)


@pytest.mark.parametrize(
    ("value", "owner"), [("49999.99", "cs"), ("50000.00", "hybrid"), ("50000.01", "hybrid")]
)
def test_13_fifty_thousand_exactly_left_with_the_csm(value: str, owner: str) -> None:
    offer = Offer(
        GLOBAL.plans["pro"],
        GLOBAL.plans["enterprise"],
        GLOBAL.policy,
        Decimal(value),
        csm=Person("u7", "Kato"),
    )
    assert route(offer).owner == owner


def test_13_going_back_to_the_csm_when_the_deal_gets_smaller() -> None:
    """Four workspaces are 60,000 a year, three only 45,000: below the figure, and with Sales all
    the same.
    """
    kato = Person("u7", "Kato")
    story = account(GLOBAL, "pro", quantity=4, csm=kato)
    first = story.crossing("seats", 24, 95)
    assert first.route is not None
    assert (first.route.owner, first.route.deal_value) == ("hybrid", "60000.00")
    with_sales = account(GLOBAL, "pro", quantity=3, csm=kato).having(
        opportunities=(Opportunity("o", "enterprise", (), "hybrid"),)
    )
    second = with_sales.crossing("seats", 24, 95)
    assert second.route is not None
    assert (second.route.owner, second.route.deal_value) == ("hybrid", "45000.00")


def test_16_seats_and_add_ons_counted_as_upsell() -> None:
    before = bought("pro", NOW, add_ons={"seats": 1})
    assert expansion_type(before, replace(before, add_ons={"seats": 9}), GLOBAL) != "plan_upgrade"
    assert expansion_type(before, replace(before, quantity=2), GLOBAL) != "plan_upgrade"
    assert expansion_type(before, replace(before, plan="enterprise"), GLOBAL) == "plan_upgrade"


def test_17_two_steps_on_a_quote() -> None:
    quoted = account(JP, None, currency="JPY").told("quote.presented", plan="basic")
    line = option(quoted.case("schedule"), "ja")
    assert line is not None
    assert line["text"] == "ベーシックプランに+2万円でスタンダード機能が利用可能です"


def test_17_the_top_plan_at_once_and_two_steps_in_a_row() -> None:
    everything = (
        account(GLOBAL, "starter")
        .told("need.stated", feature="webhooks")
        .told("nps.responded", score=10)
    )
    decision = everything.crossing("storage", 10**10, 100)
    assert decision.recommendation is not None
    assert decision.recommendation.plan == "pro"
    upgraded = account(GLOBAL, "pro").moved(NOW - timedelta(days=10), "starter", "pro", "upgrade")
    assert upgraded.crossing("storage", 95 * GB, 95).blocked_by == ("recommendation",)


def test_21_the_highest_plan_recommended_to_the_lowest() -> None:
    options = packaging.options(JP, JP.plans["basic"])
    assert [(one.plan.id, one.recommended) for one in options] == [
        ("basic", False),
        ("standard", True),
        ("premium", False),
    ]


def test_23_a_deadline_that_is_over_urges_nobody() -> None:
    story = account(GLOBAL, "pro").told(
        "compliance.need", NOW - timedelta(days=5), framework="SOC2", deadline="2025-09-14"
    )
    assert of_fact("compliance.need", {"framework": "SOC2"}, NOW, GLOBAL, story.facts, NOW) == ()


def test_24_the_price_before_the_benefit() -> None:
    """Every proposal that is sent says what it brings before what it costs; a bare price is
    refused.
    """
    story = account(CASE, "basic")
    for used, level in ((8, 80), (9, 90), (10, 100)):
        (shown,) = crossed(story, "storage", used * GB, level).inbox()
        assert not price_only(shown.body)
        assert shown.body.index("100 GB") < shown.body.index("3,000円")
    assert price_only("プレミアムプランは月額5万円です")


def test_25_a_monthly_contract_renews_every_month() -> None:
    story = account(JP, "standard", since="2024-10-16", time_zone="UTC")
    assert story.facts.subscription is not None
    moments = {
        timing.renewal_due(
            timing.renewal_date(story.facts.subscription, story.facts.account, day),
            story.facts.account,
        )
        for day in (
            datetime(2024, 10, 17, tzinfo=UTC) + timedelta(days=index) for index in range(364)
        )
    }
    assert moments == {datetime(2025, 9, 16, 9, tzinfo=UTC)}


def test_unknown_is_never_a_reason_to_hold_back() -> None:
    bare = account(GLOBAL, "starter", customer_since=None)
    assert not set(bare.crossing("storage", 9 * GB, 90).blocked_by) & GATES.suppressions


def test_a_cure_without_an_open_signal_proposes_nothing() -> None:
    story = account(GLOBAL, "starter").told("nps.responded", NOW - timedelta(days=1), score=3)
    assert story.hearing("nps.responded", score=8).outcome == "none"


def test_a_promoter_on_the_top_plan_is_not_sold_to() -> None:
    assert (
        decide(account(GLOBAL, "enterprise").case("nps.responded", Signal("nps_high", NOW))).outcome
        == "none"
    )
    held = replace(GLOBAL, policy=replace(GLOBAL.policy, new_contract_grace_days=0))
    assert account(held, "enterprise").hearing("nps.responded", score=10).blocked_by == (
        "top_plan",
    )
