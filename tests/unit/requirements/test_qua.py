"""QUA: qualification with evidence (R-090..R-096)."""

from datetime import timedelta
from itertools import product

import pytest

from services.trigger.judgement.qualification import CRITERIA, Finding, qualify, slope, verdict
from services.trigger.judgement.record import Criterion, Verdict
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
    assert [one.criterion for one in qualify(account(GLOBAL, "pro").case("schedule")).findings] == list(CRITERIA)


def test_r_091_three_of_four_checks_satisfy() -> None:
    story = adopted(account(GLOBAL, "pro").active(20), 7)
    satisfied = story.told("csat.responded", score=5).told("csat.responded", score=4)
    assert finding(satisfied, "satisfaction").verdict == "yes"
    two = story.told("csat.responded", score=2).told(
        "evidence.recorded", criterion="satisfaction", kind="goals", verdict="no", text="goals missed"
    )
    assert finding(two, "satisfaction").verdict == "no"
    assert finding(story, "satisfaction").verdict == "unknown"


def test_r_092_one_workaround_is_a_wall() -> None:
    story = account(GLOBAL, "pro").told("evidence.recorded", criterion="wall", kind="workaround_built", text="polls the API every minute")
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
    rising = story.told("evidence.recorded", criterion="profile", kind="integrations", verdict="yes", text="integrations 2 to 5")
    assert finding(rising, "profile").verdict == "yes"
    assert slope([15, 20, 24]) > 0


def test_r_094_budget_is_asked_not_guessed() -> None:
    story = account(GLOBAL, "pro")
    assert finding(story, "budget").verdict == "unknown"
    news = story.told("evidence.recorded", criterion="budget", kind="funding_news", verdict="yes", text="raised 10M")
    assert finding(news, "budget").verdict == "unknown"
    assert finding(news, "budget").evidence[0].text == "raised 10M"
    assert finding(news.told("budget.stated", status="yes", said_by="c1"), "budget").verdict == "yes"


def test_r_094_unknown_budget_becomes_three_questions() -> None:
    """The task lists the budget cycle, the approval process and the spending authority; who has said it is not asked."""
    asked = ("予算サイクル", "承認プロセス", "支出権限")
    (task,) = crossed(account(GLOBAL, "pro"), "seats", 24, 95).tasks()
    assert [word for word in asked if word not in task] == []
    (told,) = crossed(account(GLOBAL, "pro").told("budget.stated", status="yes", said_by="c1"), "seats", 24, 95).tasks()
    assert [word for word in asked if word in told] == []


def test_r_095_a_recorded_before_and_after_articulates_the_value() -> None:
    story = account(GLOBAL, "pro").told(
        "evidence.recorded", criterion="roi_articulated", kind="before_after", text="report time 10 h to 2 h"
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
        "evidence.recorded", NOW - timedelta(days=30), criterion="satisfaction", kind="interview", verdict="no", text="unhappy"
    )
    assert finding(said, "satisfaction").verdict == "no"
