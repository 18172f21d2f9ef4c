"""SUP: bad timings, and what is done instead (R-070..R-081)."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from services.trigger.judgement import pipeline
from services.trigger.judgement.decision import Decision
from services.trigger.judgement.gates import guardrails
from services.trigger.judgement.gates.holdout import arm
from services.trigger.judgement.pipeline import decide
from shared.catalog.types import BugBlock, Cap, Guardrails
from tests.support.catalogs import catalog
from tests.support.stories import NOW, Story, account, day

GLOBAL, CASE, JP = catalog("global"), catalog("case"), catalog("jp")


def tanuki() -> Story:
    story = account(GLOBAL, "pro", since="2024-01-10").told(
        "nps.responded", NOW - timedelta(days=20), score=4, contact="c1"
    )
    return story.tickets("bug", 3, NOW - timedelta(days=10)).tickets(
        "complaint", 2, NOW - timedelta(days=9)
    )


def reason(decision: Decision, gate: str) -> str:
    return decision.answer(gate).reason


def test_r_070_right_after_the_contract_the_notice_goes_out_and_the_proposal_waits() -> None:
    nagi = account(JP, "standard", since="2025-09-11").told(
        "contract.signed", day("2025-09-11"), plan="standard"
    )
    decision = nagi.crossing("api_calls", 103_000, 100)
    assert decision.answer("notice").result == "pass"
    assert decision.outcome == "withheld"
    assert decision.blocked_by == ("new_contract",)
    assert decision.retry_at == day("2025-10-11")
    assert [remedy.task for remedy in decision.remedies] == ["onboarding"]
    later = replace(
        nagi.at(day("2025-10-11")).crossing_case("api_calls", 95_000, 95),
        cause="schedule",
        crossing=None,
    )
    assert decide(later).outcome == "proposal"


def test_r_071_bugs_complaints_and_a_low_nps_suppress() -> None:
    decision = tanuki().crossing("storage", 95 * 10**9, 95)
    assert decision.outcome == "withheld"
    assert "dissatisfied" in decision.blocked_by
    assert reason(decision, "dissatisfied").startswith("NPS 4 on 2025-08-27")


@pytest.mark.parametrize(
    ("told", "suppressed"),
    [
        (("nps.responded", {"score": 6}), True),
        (("nps.responded", {"score": 7}), False),
        (("csat.responded", {"score": 2}), True),
        (("csat.responded", {"score": 3}), False),
        (("ticket.opened", {"ticket": "t", "class_": "bug", "severity": "high"}), True),
        (("ticket.opened", {"ticket": "t", "class_": "bug", "severity": "low"}), False),
        (("ticket.opened", {"ticket": "t", "class_": "complaint"}), False),
    ],
)
def test_r_071_each_rule_by_itself(told: tuple[str, dict[str, Any]], suppressed: bool) -> None:
    decision = (
        account(GLOBAL, "starter").told(told[0], **told[1]).crossing("storage", 9 * 10**9, 90)
    )
    assert ("dissatisfied" in decision.blocked_by) is suppressed


@pytest.mark.parametrize(("type_", "score"), [("nps.responded", 2), ("csat.responded", 1)])
def test_r_071_who_has_left_is_unhappy_no_more(type_: str, score: int) -> None:
    """What they said stays in the account's history; somebody else's answer, or that of nobody in
    particular, still counts.
    """
    story = account(GLOBAL, "starter").told(type_, score=score, contact="c9")
    assert "dissatisfied" in story.crossing("storage", 9 * 10**9, 90).blocked_by
    left = story.having(former_contacts=frozenset({"c9"}))
    assert "dissatisfied" not in left.crossing("storage", 9 * 10**9, 90).blocked_by
    assert left.facts.record.nps or left.facts.record.csat
    named: dict[str, Any] = {"contact": "c1"}
    for more in (named, {}):
        assert (
            "dissatisfied"
            in left.told(type_, score=score, **more).crossing("storage", 9 * 10**9, 90).blocked_by
        )


def test_r_072_few_active_days_suppress_whatever_the_plan_allows() -> None:
    ume = account(GLOBAL, "enterprise", since="2023-05-01").active(3)
    decision = ume.hearing("cancel.intent")
    assert "low_loyalty" in decision.blocked_by
    assert reason(decision, "low_loyalty") == "3 active days in 30 days"


def test_r_072_low_and_falling_use_suppresses_and_an_unknown_trend_does_not() -> None:
    story = (
        account(GLOBAL, "pro").used("seats", 3, trend=-20).used("storage", 12 * 10**9, trend=-35)
    )
    low = story.crossing("api_calls", 12_000, 80, trend=-30)
    assert "low_loyalty" in low.blocked_by
    unknown = account(GLOBAL, "pro").crossing("api_calls", 12_000, 80)
    assert "low_loyalty" not in unknown.blocked_by


def test_r_073_each_suppression_names_what_to_do_first() -> None:
    decision = tanuki().crossing("storage", 95 * 10**9, 95)
    assert [(remedy.task, remedy.owner, remedy.due_at) for remedy in decision.remedies] == [
        ("support_reinforcement", "cs", NOW + timedelta(days=2))
    ]
    ume = account(GLOBAL, "enterprise").active(3).hearing("cancel.intent")
    assert [remedy.task for remedy in ume.remedies] == ["retention", "training"]
    assert ume.remedies[1].due_at == NOW + timedelta(days=7)
    assert not ume.sells
    assert not decision.sells


def test_r_074_a_cancel_intent_blocks_even_a_promoter() -> None:
    story = (
        account(GLOBAL, "starter")
        .told("nps.responded", score=9)
        .told("cancel.intent", reason="price")
    )
    decision = story.crossing("storage", 95 * 10**8, 95)
    assert decision.blocked_by == ("cancel_intent",)
    assert decision.outcome == "withheld"
    assert decision.retry_at == NOW + timedelta(days=90)
    assert decision.remedies[0].task == "retention"
    renewed = story.told("subscription.renewed", NOW + timedelta(hours=1)).at(
        NOW + timedelta(hours=2)
    )
    assert renewed.crossing("storage", 95 * 10**8, 95).outcome == "proposal"


def test_r_075_asking_for_more_is_no_complaint() -> None:
    asking = account(GLOBAL, "pro").tickets("feature_unavailable", 6)
    decision = asking.crossing("seats", 24, 95)
    assert "dissatisfied" not in decision.blocked_by
    assert decision.qualification is not None
    wall = next(
        found for found in decision.qualification.json()["criteria"] if found["criterion"] == "wall"
    )
    assert sum(1 for one in wall["evidence"] if one["type"] == "ticket_feature_unavailable") == 6
    assert (
        "dissatisfied"
        in account(GLOBAL, "pro").tickets("bug", 6).crossing("seats", 24, 95).blocked_by
    )


def test_r_076_a_need_that_no_plan_answers_sells_nothing() -> None:
    decision = account(GLOBAL, "pro").hearing(
        "need.stated", feature="french_phone_support", said_by="c1"
    )
    assert not decision.sells
    assert reason(decision, "fit").startswith("unmet_need")
    promoter = account(GLOBAL, "starter").hearing("nps.responded", score=9)
    assert promoter.blocked_by == ("fit",)
    assert promoter.outcome == "none"


def test_r_077_struggling_with_the_basics_gets_adoption_not_more() -> None:
    story = account(JP, "standard")
    ten = replace(JP.plans["standard"], features=tuple(f"f{n}" for n in range(10)))
    story = replace(story, catalog=replace(JP, plans={**JP.plans, "standard": ten}))
    for feature in ("f0", "f1"):
        story = story.told("feature.used", feature=feature)
    decision = story.crossing("seats", 24, 95)
    assert decision.blocked_by == ("not_adopted",)
    assert reason(decision, "not_adopted") == "2 of 10 features used in 30 days"
    assert decision.answer("notice").result == "pass"
    assert [remedy.task for remedy in decision.remedies] == ["adoption"]


def test_r_079_the_suppression_ends_when_its_cause_does() -> None:
    story = tanuki()
    first = story.crossing("storage", 95 * 10**9, 95)
    assert first.outcome == "withheld"
    closed = NOW + timedelta(days=1)
    for ticket in sorted(story.facts.record.tickets):
        story = story.told("ticket.closed", closed, ticket=ticket)
    story = story.told("nps.responded", closed, score=8, contact="c1")
    early = story.at(closed + timedelta(days=13)).crossing_case("storage", 95 * 10**9, 95)
    assert "dissatisfied" in decide(early).blocked_by
    quiet = story.at(closed + timedelta(days=14)).crossing_case("storage", 95 * 10**9, 95)
    second = decide(replace(quiet, cause="schedule", crossing=None))
    assert "dissatisfied" not in second.blocked_by
    assert second.sells


def test_r_079_every_reason_is_recorded_not_only_the_first() -> None:
    story = tanuki().told("cancel.intent").active(2)
    assert set(story.crossing("storage", 95 * 10**9, 95).blocked_by) >= {
        "cancel_intent",
        "dissatisfied",
        "low_loyalty",
    }


def test_r_080_three_unrelated_triggers_make_one_proposal() -> None:
    story = account(GLOBAL, "starter").told("need.stated", feature="sso")
    assert story.crossing("storage", 9 * 10**9, 90).outcome == "proposal"
    once = story.sent(NOW, "storage", 90)
    second = once.at(NOW + timedelta(days=5)).crossing("seats", 4, 80)
    third = once.at(NOW + timedelta(days=9)).hearing("nps.responded", score=10)
    assert second.blocked_by == third.blocked_by == ("frequency_cap",)
    assert second.retry_at == NOW + timedelta(days=14)


def test_r_080_two_in_thirty_days_are_the_most() -> None:
    story = (
        account(GLOBAL, "starter")
        .sent(NOW - timedelta(days=29), "seats", 80)
        .sent(NOW - timedelta(days=15), "storage", 80)
    )
    decision = story.crossing("api_calls", 9_000, 90)
    assert decision.blocked_by == ("frequency_cap",)
    assert decision.retry_at == NOW + timedelta(days=1)


def test_r_080_an_escalation_repeats_the_line_a_day_later() -> None:
    story = account(CASE, "basic").sent(NOW - timedelta(days=3), "storage", 80)
    assert story.crossing("storage", 9 * 10**9, 90).outcome == "proposal"
    too_soon = account(CASE, "basic").sent(NOW - timedelta(hours=23), "storage", 80)
    assert too_soon.crossing("storage", 9 * 10**9, 90).blocked_by == ("frequency_cap",)


def test_r_080_a_decline_holds_for_90_days_and_a_new_limit_opens_it() -> None:
    story = account(GLOBAL, "starter").told("proposal.answered", answer="declined", contact="c1")
    later = story.at(NOW + timedelta(days=89))
    assert later.crossing("storage", 9 * 10**9, 90).blocked_by == ("recently_declined",)
    assert later.crossing("storage", 10**10, 100).outcome == "proposal"
    assert (
        story.at(NOW + timedelta(days=90)).crossing("storage", 9 * 10**9, 90).outcome == "proposal"
    )


def test_r_080_a_play_with_too_many_complaints_pauses() -> None:
    assert (
        guardrails.pauses(guardrails.Play("nps_high", 100, complaints=2), Guardrails())
        == "2 complaints in 100 sends (over 1 %)"
    )
    assert guardrails.pauses(guardrails.Play("nps_high", 100, complaints=1), Guardrails()) is None
    assert guardrails.pauses(guardrails.Play("nps_high", 99, complaints=9), Guardrails()) is None, (
        "a share of fewer than 100 says nothing"
    )
    story = (
        account(GLOBAL, "starter")
        .told("need.stated", feature="sso")
        .having(paused_plays=frozenset({"nps_high"}))
    )
    decision = story.hearing("nps.responded", score=9)
    assert reason(decision, "frequency_cap").startswith("play_paused")


def test_r_080_a_cap_of_nothing_means_never() -> None:
    """Also for an escalation, and for an account that never got a proposal."""
    policy = replace(GLOBAL.policy, proposal_cap=(Cap(0, 14),))
    for story in (
        account(GLOBAL, "starter"),
        account(GLOBAL, "starter").sent(NOW - timedelta(days=3), "storage", 80),
    ):
        decision = replace(story, catalog=replace(GLOBAL, policy=policy)).crossing(
            "storage", 9 * 10**9, 90
        )
        assert (decision.outcome, decision.blocked_by, decision.retry_at) == (
            "withheld",
            ("frequency_cap",),
            None,
        )
        assert reason(decision, "frequency_cap") == "proposals are off: the policy allows none"


def test_counts_of_zero_do_not_make_a_customer_unhappy_who_never_wrote() -> None:
    policy = replace(GLOBAL.policy, tickets_high_30d=0, open_bugs_block=BugBlock(0, 0))
    story = replace(account(GLOBAL, "starter"), catalog=replace(GLOBAL, policy=policy))
    assert "dissatisfied" not in story.crossing("storage", 9 * 10**9, 90).blocked_by
    assert "dissatisfied" in story.tickets("bug", 1).crossing("storage", 9 * 10**9, 90).blocked_by


def test_r_036_the_notice_survives_every_suppression() -> None:
    decision = tanuki().crossing("storage", 95 * 10**9, 95)
    assert decision.answer("crossing").result == decision.answer("notice").result == "pass"
    assert not decision.sells


def test_r_191_a_declined_proposal_is_not_repeated() -> None:
    story = account(GLOBAL, "starter").told(
        "proposal.answered", NOW - timedelta(days=20), answer="declined"
    )
    assert story.crossing("storage", 9 * 10**9, 90).blocked_by == ("recently_declined",)


def test_r_224_no_upsell_within_180_days_of_a_move_down() -> None:
    story = account(GLOBAL, "starter").moved(
        NOW - timedelta(days=30), "pro", "starter", "downgrade"
    )
    decision = story.crossing("storage", 9 * 10**9, 90)
    assert decision.blocked_by == ("recent_downsell",)
    assert decision.retry_at == NOW + timedelta(days=150)


def test_r_078_most_are_not_sold_to() -> None:
    """Disqualified with a reason, and again when its evidence changes."""
    unhappy = account(GLOBAL, "pro").told(
        "evidence.recorded",
        criterion="satisfaction",
        kind="interview",
        verdict="no",
        text="unhappy",
    )
    decision = unhappy.crossing("seats", 24, 95)
    assert decision.blocked_by == ("qualification",)
    assert reason(decision, "qualification").startswith("not_yet")
    better = unhappy.told(
        "evidence.recorded",
        NOW + timedelta(hours=1),
        criterion="satisfaction",
        kind="interview",
        verdict="yes",
        text="happy",
    )
    assert better.crossing("seats", 24, 95).outcome == "assisted"


def test_bp_20_holdout_is_one_tenth_and_always_the_same() -> None:
    held = [
        account_id for account_id in (f"a{n}" for n in range(10_000)) if arm("s", account_id) < 10
    ]
    assert abs(len(held) - 1000) <= 90
    assert held == [
        account_id for account_id in (f"a{n}" for n in range(10_000)) if arm("s", account_id) < 10
    ]


def test_bp_20_holdout_gets_the_notice_and_no_proposal() -> None:
    policy = replace(GLOBAL.policy, holdout=replace(GLOBAL.policy.holdout, percent=Decimal(100)))
    decision = account(replace(GLOBAL, policy=policy), "starter").crossing("storage", 9 * 10**9, 90)
    assert decision.outcome == "withheld"
    assert decision.blocked_by == ("holdout",)
    assert decision.answer("notice").result == "pass"


def test_suppressions_are_listed_without_any_signal() -> None:
    held = pipeline.suppressions(tanuki().case("schedule"))
    assert [gate.gate for gate in held] == ["dissatisfied"]


def test_r_081_a_play_is_measured_by_what_it_does_to_satisfaction() -> None:
    assert guardrails.effect([8] * 20, [9] * 12 + [8] * 8) == Decimal("0.6")
    assert guardrails.effect([8], []) is None
