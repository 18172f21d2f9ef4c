"""The tempting mistakes of requirements 1.C, each of which must fail. Numbers are those of that list."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from services.trigger.judgement import timing
from services.trigger.judgement.facts import Signal
from services.trigger.judgement.pipeline import SUPPRESSIONS, decide
from services.trigger.judgement.qualification import qualify
from services.trigger.judgement.signals import of_fact
from tests.support.catalogs import catalog
from tests.support.stories import NOW, account

GLOBAL, CASE, JP = catalog("global"), catalog("case"), catalog("jp")
GB = 10**9


def test_1_counting_every_ticket_as_dissatisfaction() -> None:
    asking = account(GLOBAL, "starter").tickets("feature_unavailable", 6, feature="sso").tickets("feature_expansion", 4)
    assert asking.crossing("storage", 9 * GB, 90).outcome == "proposal"


def test_2_suppressing_the_notice_with_the_pitch() -> None:
    unhappy = account(GLOBAL, "starter").told("nps.responded", score=0)
    decision = unhappy.crossing("storage", 9 * GB, 90)
    assert decision.answer("notice").result == "pass"
    assert not decision.sells


@pytest.mark.parametrize(
    ("fact", "after"),
    [(("nps.responded", {"score": 4}), 90), (("cancel.intent", {}), 90), (("proposal.answered", {"answer": "declined"}), 90)],
)
def test_3_a_suppression_that_never_ends(fact: tuple[str, dict[str, str]], after: int) -> None:
    held = account(GLOBAL, "starter").told(fact[0], **fact[1])  # type: ignore[arg-type]
    assert held.at(NOW + timedelta(days=after - 1)).crossing("storage", 9 * GB, 90).outcome == "withheld"
    assert held.at(NOW + timedelta(days=after)).crossing("storage", 9 * GB, 90).outcome == "proposal"


def test_3_a_suppression_without_a_replacement() -> None:
    held = account(GLOBAL, "starter", since="2025-09-10").active(2).told("nps.responded", score=2).told("cancel.intent")
    tasks = [remedy.task for remedy in held.crossing("storage", 9 * GB, 90).remedies]
    assert tasks == ["retention", "support_reinforcement", "onboarding", "training"]


def test_5_the_cap_eats_the_ninety_after_the_eighty() -> None:
    assert account(CASE, "basic").sent(NOW - timedelta(days=3), "storage", 80).crossing("storage", 9 * GB, 90).outcome == "proposal"


def test_5_another_meter_as_an_escalation() -> None:
    story = account(GLOBAL, "starter").sent(NOW - timedelta(days=3), "storage", 80)
    assert story.crossing("seats", 5, 100).blocked_by == ("frequency_cap",)


def test_7_counting_the_seats_that_are_paid_already() -> None:
    kitsune = account(GLOBAL, "pro").used("seats", 24)
    growth = kitsune.raised("team.growth", count=10)[1][0]
    assert growth.evidence["above"] == 9


def test_8_taking_silence_on_budget_for_a_no_or_a_yes() -> None:
    story = account(GLOBAL, "pro").told("evidence.recorded", criterion="budget", kind="funding_news", verdict="yes", text="raised 10M")
    assert {found.criterion: found.verdict for found in qualify(story.case("schedule")).findings}["budget"] == "unknown"
    assert story.crossing("seats", 24, 95).outcome == "assisted"


def test_9_taking_a_closed_door_for_a_stated_need() -> None:
    story = account(GLOBAL, "starter")
    for _ in range(5):
        story = story.told("feature.gated", feature="sso")
    assert story.hearing("nps.responded", score=10).blocked_by == ("fit",)


def test_17_the_top_plan_at_once_and_two_steps_in_a_row() -> None:
    everything = account(GLOBAL, "starter").told("need.stated", feature="webhooks").told("nps.responded", score=10)
    decision = everything.crossing("storage", 10**10, 100)
    assert decision.recommendation is not None
    assert decision.recommendation.plan == "pro"
    upgraded = account(GLOBAL, "pro").moved(NOW - timedelta(days=10), "starter", "pro", "upgrade")
    assert upgraded.crossing("storage", 95 * GB, 95).blocked_by == ("recommendation",)


def test_23_a_deadline_that_is_over_urges_nobody() -> None:
    story = account(GLOBAL, "pro").told("compliance.need", NOW - timedelta(days=5), framework="SOC2", deadline="2025-09-14")
    assert of_fact("compliance.need", {"framework": "SOC2"}, NOW, GLOBAL, story.facts, NOW) == ()


def test_25_a_monthly_contract_renews_every_month() -> None:
    story = account(JP, "standard", since="2024-10-16", time_zone="UTC")
    assert story.facts.subscription is not None
    moments = {
        timing.renewal_due(timing.renewal_date(story.facts.subscription, story.facts.account, day), story.facts.account)
        for day in (datetime(2024, 10, 17, tzinfo=UTC) + timedelta(days=index) for index in range(364))
    }
    assert moments == {datetime(2025, 9, 16, 9, tzinfo=UTC)}


def test_unknown_is_never_a_reason_to_hold_back() -> None:
    bare = account(GLOBAL, "starter", customer_since=None)
    assert not set(bare.crossing("storage", 9 * GB, 90).blocked_by) & SUPPRESSIONS


def test_a_cure_without_an_open_signal_proposes_nothing() -> None:
    story = account(GLOBAL, "starter").told("nps.responded", NOW - timedelta(days=1), score=3)
    assert story.hearing("nps.responded", score=8).outcome == "none"


def test_a_promoter_on_the_top_plan_is_not_sold_to() -> None:
    assert decide(account(GLOBAL, "enterprise").case("nps.responded", Signal("nps_high", NOW))).outcome == "none"
    held = replace(GLOBAL, policy=replace(GLOBAL.policy, new_contract_grace_days=0))
    assert account(held, "enterprise").hearing("nps.responded", score=10).blocked_by == ("top_plan",)
