"""LOY: loyalty segmentation (R-050..R-055)."""

from datetime import timedelta

import pytest

from services.trigger.judgement.loyalty import enquiries, logins, loyalty, nps, segment, tenure
from services.trigger.judgement.record import Verdict
from tests.support.catalogs import catalog
from tests.support.stories import NOW, account

GLOBAL = catalog("global")
POLICY = GLOBAL.policy


@pytest.mark.parametrize(("since", "met"), [("2025-03-16", "yes"), ("2025-03-17", "no")])
def test_r_050_tenure_of_six_months(since: str, met: Verdict) -> None:
    assert tenure(account(GLOBAL, "pro", since=since, time_zone="UTC").facts, NOW) == met


@pytest.mark.parametrize(("days", "met"), [(22, "yes"), (20, "yes"), (19, "no")])
def test_r_051_active_days(days: int, met: Verdict) -> None:
    assert logins(account(GLOBAL, "pro").active(days).facts, POLICY, NOW) == met


def test_r_051_no_login_ever_is_unknown() -> None:
    assert logins(account(GLOBAL, "pro").facts, POLICY, NOW) == "unknown"


@pytest.mark.parametrize(("score", "days_ago", "met"), [(9, 0, "yes"), (8, 0, "no"), (9, 120, "unknown")])
def test_r_052_nps(score: int, days_ago: int, met: Verdict) -> None:
    story = account(GLOBAL, "pro").told("nps.responded", NOW - timedelta(days=days_ago), score=score)
    assert nps(story.facts.record, POLICY, NOW) == met


def test_r_053_positive_enquiries() -> None:
    story = account(GLOBAL, "pro")
    assert enquiries(story.tickets("feature_expansion", 2).tickets("bug", 1).facts.record, NOW) == "yes"
    assert enquiries(story.tickets("feature_expansion", 1).tickets("bug", 2).facts.record, NOW) == "no"
    assert enquiries(story.facts.record, NOW) == "unknown"


@pytest.mark.parametrize(
    ("checks", "expected"),
    [
        (("yes", "yes", "yes", "yes"), "high"),
        (("yes", "yes", "yes", "no"), "high"),
        (("yes", "yes", "no", "yes"), "medium"),
        (("yes", "yes", "unknown", "no"), "medium"),
        (("yes", "no", "no", "no"), "low"),
        (("unknown", "unknown", "unknown", "unknown"), "low"),
    ],
)
def test_r_054_segments(checks: tuple[Verdict, Verdict, Verdict, Verdict], expected: str) -> None:
    assert segment(*checks) == expected


def test_r_055_the_indicators_are_shown() -> None:
    story = account(GLOBAL, "pro").active(22).told("nps.responded", score=9).tickets("how_to_utilise", 2)
    assert loyalty(story.facts, POLICY, NOW).json() == {
        "segment": "high",
        "tenure": "yes",
        "logins": "yes",
        "nps": "yes",
        "enquiries": "yes",
    }
