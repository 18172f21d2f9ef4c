"""QUA: qualification with evidence (R-090..R-096)."""

from dataclasses import replace
from datetime import timedelta
from itertools import product

import pytest

from services.trigger.judgement.facts.record import Criterion, Verdict
from services.trigger.judgement.findings.qualification import (
    CRITERIA,
    Finding,
    qualify,
    slope,
    verdict,
)
from shared.wording import gate_text
from tests.support.catalogs import catalog
from tests.support.rulings import crossed
from tests.support.stories import NOW, Story, account

GLOBAL = catalog("global")


def finding(story: Story, criterion: Criterion) -> Finding:
    found = qualify(story.case("schedule"))
    return next(one for one in found.findings if one.criterion == criterion)


def adopted(story: Story, count: int) -> Story:
    for feature in GLOBAL.plans["pro"].features[:count]:
        story = story.told("feature.used", feature=feature)
    return story


def test_r_090_a_yes_needs_evidence() -> None:
    with pytest.raises(ValueError, match="wall: a yes needs evidence"):
        Finding("wall", "yes")
    assert [
        one.criterion for one in qualify(account(GLOBAL, "pro").case("schedule")).findings
    ] == list(CRITERIA)


def test_r_091_three_of_four_checks_satisfy() -> None:
    story = adopted(account(GLOBAL, "pro").active(20), 7)
    satisfied = story.told("csat.responded", score=5).told("csat.responded", score=4)
    assert finding(satisfied, "satisfaction").verdict == "yes"
    two = story.told("csat.responded", score=2).told(
        "evidence.recorded",
        criterion="satisfaction",
        kind="goals",
        verdict="no",
        text="goals missed",
    )
    assert finding(two, "satisfaction").verdict == "no"
    assert finding(story, "satisfaction").verdict == "unknown"


def test_r_092_one_workaround_is_a_wall() -> None:
    story = account(GLOBAL, "pro").told(
        "evidence.recorded",
        criterion="wall",
        kind="workaround_built",
        text="polls the API every minute",
    )
    found = finding(story, "wall")
    assert found.verdict == "yes"
    assert found.evidence[0].type == "workaround_built"
    assert finding(account(GLOBAL, "pro"), "wall").verdict == "unknown"


def test_r_093_two_rising_trends_match_the_profile() -> None:
    story = account(GLOBAL, "pro")
    for month, users in (("2025-07-10", 15), ("2025-08-10", 20), ("2025-09-10", 24)):
        at = NOW.fromisoformat(f"{month}T00:00:00+00:00")
        for user in range(users):
            story = story.told("login.recorded", at, user=f"u{user}")
    assert finding(story, "profile").verdict == "unknown"
    rising = story.told(
        "evidence.recorded",
        criterion="profile",
        kind="integrations",
        verdict="yes",
        text="integrations 2 to 5",
    )
    assert finding(rising, "profile").verdict == "yes"
    assert slope([15, 20, 24]) > 0


def test_r_094_budget_is_asked_not_guessed() -> None:
    story = account(GLOBAL, "pro")
    assert finding(story, "budget").verdict == "unknown"
    news = story.told(
        "evidence.recorded",
        criterion="budget",
        kind="funding_news",
        verdict="yes",
        text="raised 10M",
    )
    assert finding(news, "budget").verdict == "unknown"
    assert finding(news, "budget").evidence[0].text == "raised 10M"
    assert (
        finding(news.told("budget.stated", status="yes", said_by="c1"), "budget").verdict == "yes"
    )


def test_r_094_unknown_budget_becomes_three_questions() -> None:
    """The task lists the budget cycle, the approval process and the spending authority; who has
    said it is not asked.
    """
    asked = ("予算サイクル", "承認プロセス", "支出権限")
    (task,) = crossed(account(GLOBAL, "pro"), "seats", 24, 95).tasks()
    assert [word for word in asked if word not in task] == []
    (told,) = crossed(
        account(GLOBAL, "pro").told("budget.stated", status="yes", said_by="c1"), "seats", 24, 95
    ).tasks()
    assert [word for word in asked if word in told] == []


def test_r_095_a_recorded_before_and_after_articulates_the_value() -> None:
    story = account(GLOBAL, "pro").told(
        "evidence.recorded",
        criterion="roi_articulated",
        kind="before_after",
        text="report time 10 h to 2 h",
    )
    assert finding(story, "roi_articulated").verdict == "yes"
    assert finding(account(GLOBAL, "pro"), "roi_articulated").verdict == "unknown"


@pytest.mark.parametrize(
    ("verdicts", "overall"),
    [
        ("yes yes yes yes yes", "qualified"),
        ("yes yes yes unknown yes", "needs_discovery"),
        ("yes yes yes yes unknown", "needs_discovery"),
        ("yes yes yes unknown unknown", "needs_discovery"),
        ("no yes yes yes yes", "not_yet"),
        ("no no no no no", "not_yet"),
        ("no unknown unknown unknown unknown", "not_yet"),
        ("yes no yes yes yes", "nurture"),
        ("yes yes no yes yes", "nurture"),
        ("yes yes yes no yes", "nurture"),
        ("yes yes yes yes no", "nurture"),
        ("unknown yes yes yes yes", "needs_discovery"),
    ],
)
def test_r_096_verdicts(verdicts: str, overall: str) -> None:
    assert verdict(dict(zip(CRITERIA, verdicts.split(), strict=True))) == overall  # type: ignore[arg-type]


def test_r_096_unknown_never_qualifies() -> None:
    """The tempting mistake: counting an unknown as a yes."""
    kinds: tuple[Verdict, ...] = ("yes", "no", "unknown")
    for verdicts in product(kinds, repeat=5):
        if "unknown" in verdicts:
            assert verdict(dict(zip(CRITERIA, verdicts, strict=True))) != "qualified"


def test_r_096_self_serve_needs_no_qualification() -> None:
    assert account(GLOBAL, "starter").crossing("storage", 9 * 10**9, 90).qualification is None
    assert account(GLOBAL, "pro").crossing("storage", 90 * 10**9, 90).qualification is not None


def test_a_stated_verdict_outranks_what_is_measured() -> None:
    story = adopted(account(GLOBAL, "pro").active(20), 7).told("csat.responded", score=5)
    said = story.told(
        "evidence.recorded",
        NOW - timedelta(days=30),
        criterion="satisfaction",
        kind="interview",
        verdict="no",
        text="unhappy",
    )
    assert finding(said, "satisfaction").verdict == "no"


HARMLESS = [
    ("nps", 10, "yes"),
    ("nps", 9, "yes"),
    ("nps", 8, "unknown"),
    ("nps", 7, "unknown"),
    ("nps", 6, "no"),
    ("nps", 0, "no"),
    ("csat", 5, "yes"),
    ("csat", 4, "yes"),
    ("csat", 3, "unknown"),
    ("csat", 2, "no"),
    ("csat", 1, "no"),
]


def check(story: Story, criterion: Criterion, name: str) -> tuple[str, str | None]:
    """Result and figure of one check."""
    return next(
        (one.result, one.figure) for one in finding(story, criterion).evidence if one.type == name
    )


@pytest.mark.parametrize(("scale", "score", "result"), HARMLESS)
def test_r_091_a_harmless_score_tells_nothing(scale: str, score: int, result: str) -> None:
    found, figure = check(
        account(GLOBAL, "pro").told(f"{scale}.responded", score=score), "satisfaction", "scores"
    )
    assert found == result
    assert figure is not None
    assert f"{scale.upper()} {score}" in figure


@pytest.mark.parametrize(
    ("used", "result"),
    [(10, "yes"), (6, "yes"), (5, "unknown"), (4, "unknown"), (3, "no"), (0, "no")],
    ids=lambda one: str(one),
)
def test_r_091_half_adopted_tells_nothing(used: int, result: str) -> None:
    """Yes from 60 %, no below the 40 % under which nothing is sold."""
    story = account(GLOBAL, "pro")
    ten = replace(GLOBAL.plans["pro"], features=tuple(f"f{n}" for n in range(10)))
    story = replace(story, catalog=replace(GLOBAL, plans={**GLOBAL.plans, "pro": ten})).told(
        "feature.used", feature="another"
    )
    for number in range(used):
        story = story.told("feature.used", feature=f"f{number}")
    assert check(story, "satisfaction", "adoption") == (
        result,
        f"{used} of 10 features used in 30 days ({used * 10} %)",
    )


def test_r_096_two_harmless_figures_are_no_reason_to_wait() -> None:
    """NPS 8 and half of the features: they are not content enough to be sure of, and not
    discontent.
    """
    story = adopted(account(GLOBAL, "pro"), 4).told("nps.responded", score=8)
    assert finding(story, "satisfaction").verdict == "unknown"
    assert story.crossing("seats", 24, 95).outcome == "assisted"
    unhappy = story.active(3).told(
        "evidence.recorded",
        criterion="satisfaction",
        kind="goals",
        verdict="no",
        text="goals missed",
    )
    assert finding(unhappy, "satisfaction").verdict == "no"


def test_a_middling_csat_leaves_the_word_to_the_nps() -> None:
    story = account(GLOBAL, "pro").told("csat.responded", score=3)
    assert check(story, "satisfaction", "scores") == (
        "unknown",
        "CSAT 3 of 5 on average in 90 days",
    )
    assert check(story.told("nps.responded", score=10), "satisfaction", "scores") == (
        "yes",
        "NPS 10 on 2025-09-16",
    )
    assert check(story.told("nps.responded", score=8), "satisfaction", "scores")[0] == "unknown"


CHECKS: dict[Criterion, set[str]] = {
    "satisfaction": {"consistent_use", "adoption", "goals", "scores"},
    "wall": {"ticket_feature_unavailable", "question_upper_feature"},
    "profile": {"active_users", "advanced_use", "integrations", "criticality"},
    "budget": {"budget.stated"},
    "roi_articulated": {"value.stated"},
}


@pytest.mark.parametrize("criterion", CRITERIA)
def test_every_check_is_listed_also_where_nothing_is_known(criterion: Criterion) -> None:
    shown = finding(account(GLOBAL, "pro"), criterion).json()
    assert {one["type"] for one in shown["evidence"]} == CHECKS[criterion]
    assert {one["result"] for one in shown["evidence"]} == {"unknown"}
    assert shown["verdict"] == "unknown"


def test_every_check_has_its_figure() -> None:
    story = adopted(
        account(GLOBAL, "pro").active(3).used("seats", 10).used("storage", 96 * 10**9), 2
    )
    story = story.told("nps.responded", score=5).told(
        "budget.stated", status="yes", said_by="c1", amount=20000
    )
    assert check(story, "satisfaction", "consistent_use") == (
        "no",
        "active in 2 of the last 4 weeks",
    )
    assert check(story, "satisfaction", "scores") == ("no", "NPS 5 on 2025-09-16")
    assert check(story, "profile", "active_users") == ("unknown", None)
    assert check(story, "budget", "budget.stated") == ("yes", "20000")
    pressed = {
        one.text: one.result
        for one in finding(story, "wall").evidence
        if one.type == "limit_pressure"
    }
    assert pressed == {"seats 40 %": "no", "storage 96 %": "yes"}
    news = story.told(
        "evidence.recorded",
        criterion="budget",
        kind="funding_news",
        verdict="yes",
        text="raised 10M",
    )
    assert (
        next(one.result for one in finding(news, "budget").evidence if one.type == "funding_news")
        == "unknown"
    )


def test_why_they_are_not_ready_stands_in_the_decision() -> None:
    story = account(GLOBAL, "pro").told("nps.responded", NOW - timedelta(days=40), score=8)
    story = story.told("login.recorded", NOW - timedelta(days=2), user="c1").told(
        "csat.responded", NOW - timedelta(days=50), score=2
    )
    story = replace(
        story,
        catalog=replace(
            GLOBAL, policy=replace(GLOBAL.policy, login_low_30d=0, nps_max_age_days=45)
        ),
    )
    decision = story.crossing("seats", 24, 95)
    answer = decision.answer("qualification")
    assert answer.reason == (
        "not_yet: they are not satisfied with the present plan "
        "(active in 1 of the last 4 weeks; CSAT 2 of 5 on average in 90 days)"
    )
    shown = next(one.json() for one in decision.gates if one.gate == "qualification")
    assert (
        "今のプランに満足していただくのが先です(直近4週間のうち利用は1週、CSAT 平均2点)。"
        in gate_text(shown, "ja")
    )
