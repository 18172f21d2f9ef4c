"""BP-22: two arms of accounts, each with the percentage from which it gets offers. BP-07: who has a
CSM hears from a person first.
"""

from dataclasses import replace
from decimal import Decimal

from services.trigger.accounts import Person
from services.trigger.judgement.findings.routing import ownership_policy
from services.trigger.judgement.gates.holdout import arm_of
from services.trigger.judgement.pipeline import decide
from shared.catalog.process import Experiment
from shared.wording import gate_text
from tests.support.catalogs import catalog
from tests.support.stories import Story, account

GLOBAL, GB = catalog("global"), 10**9
KATO = Person("u7", "Kato")
TRIED = Experiment("first-offer", "s", {"b": 90, "a": 80})


def in_arm(wanted: str) -> Story:
    """An account of that arm."""
    tried = replace(GLOBAL, policy=replace(GLOBAL.policy, experiment=TRIED))
    name = next(name for n in range(100) if arm_of(TRIED, name := f"acct-{n}") == wanted)
    story = account(tried, "starter")
    return story.having(account=replace(story.facts.account, id=name))


def test_bp_22_half_of_the_accounts_and_always_the_same_half() -> None:
    arms = [arm_of(TRIED, f"a{n}") for n in range(10_000)]
    assert abs(arms.count("a") - 5_000) <= 200
    assert arms == [arm_of(TRIED, f"a{n}") for n in range(10_000)]
    other = [arm_of(replace(TRIED, salt="t"), f"a{n}") for n in range(100)]
    assert other != arms[:100]


def test_bp_22_the_80_first_arm_gets_the_offer_at_80() -> None:
    decision = in_arm("a").crossing("storage", 8 * GB, 80)
    assert decision.outcome == "proposal"
    answer = decision.answer("holdout")
    assert (answer.result, answer.evidence["experiment"], answer.evidence["arm"]) == (
        "pass",
        "first-offer",
        "a",
    )


def test_bp_22_the_90_first_arm_gets_the_notice_at_80_and_the_offer_at_90() -> None:
    story = in_arm("b")
    at_80 = story.crossing("storage", 8 * GB, 80)
    assert (at_80.outcome, at_80.blocked_by) == ("withheld", ("holdout",))
    assert at_80.answer("notice").result == "pass"
    assert at_80.answer("holdout").reason == "experiment: first offer at 90"
    gate = next(one for one in at_80.gates if one.gate == "holdout").json()
    assert gate_text(gate, "ja") == (
        "実験のため、最初の提案は使用率90%からです(お知らせは送ります)。"
        "使用率がその値に達したら、再判断します。"
    )
    assert story.crossing("storage", 9 * GB, 90).outcome == "proposal"


def test_bp_22_what_waits_is_not_offered_before_and_other_reasons_are() -> None:
    story = in_arm("b")
    case = story.crossing_case("storage", 8 * GB, 80)
    later = decide(replace(case, cause="schedule", crossing=None))
    assert later.blocked_by == ("holdout",)
    asked, found = story.used("storage", 8 * GB).raised("nps.responded", score=9)
    both = decide(asked.case("nps.responded", *found, *case.signals))
    assert "holdout" not in both.blocked_by


def managed(least: str | None = "500", csm: Person | None = KATO) -> Story:
    figures = {} if least is None else {"USD": Decimal(least)}
    policy = replace(GLOBAL.policy, human_first=figures)
    return account(replace(GLOBAL, policy=policy), "starter", csm=csm)


def test_bp_07_from_that_revenue_on_the_csm_acts_first() -> None:
    decision = managed("588").crossing("storage", 9 * GB, 90)
    assert decision.outcome == "assisted"
    assert decision.route is not None
    assert (decision.route.owner, decision.route.rule) == ("cs", "OWN-9")
    for other in (managed("588.01"), managed(None), managed(csm=None)):
        sold = other.crossing("storage", 9 * GB, 90)
        assert (sold.outcome, sold.route and sold.route.rule) == ("proposal", "OWN-1")


def test_bp_07_after_the_person_had_time_the_customer_gets_the_offer() -> None:
    case = managed().crossing_case("storage", 9 * GB, 90)
    assert decide(replace(case, person_had_time=True)).outcome == "proposal"


def test_bp_07_the_rule_is_shown_while_it_holds() -> None:
    policy = managed("20000").catalog.policy
    (rule,) = [one for one in ownership_policy(policy)["rules"] if one["id"] == "OWN-9"]
    assert "$20,000" in rule["when"]
    assert all(one["id"] != "OWN-9" for one in ownership_policy(GLOBAL.policy)["rules"])
