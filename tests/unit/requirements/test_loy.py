"""LOY: loyalty segmentation (R-050..R-055)."""

from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from plimsoll.demo.world import FEATURED, Resident
from services.trigger.judgement.facts.facts import Signal
from services.trigger.judgement.facts.record import Verdict
from services.trigger.judgement.findings.loyalty import (
    enquiries,
    logins,
    loyalty,
    nps,
    segment,
    tenure,
)
from services.trigger.judgement.findings.targets import is_target
from services.trigger.judgement.pipeline import decide
from shared.catalog import parse_catalog
from tests.support.catalogs import catalog
from tests.support.stories import NOW, Story, account

GLOBAL = catalog("global")
DEMO = parse_catalog(
    (Path(__file__).parents[3] / "plimsoll" / "demo" / "catalog.yaml").read_bytes(),
    "application/yaml",
)
POLICY = GLOBAL.policy


@pytest.mark.parametrize(("since", "met"), [("2025-03-16", "yes"), ("2025-03-17", "no")])
def test_r_050_tenure_of_six_months(since: str, met: Verdict) -> None:
    assert tenure(account(GLOBAL, "pro", since=since, time_zone="UTC").facts, NOW) == met


@pytest.mark.parametrize(("days", "met"), [(22, "yes"), (20, "yes"), (19, "no")])
def test_r_051_active_days(days: int, met: Verdict) -> None:
    assert logins(account(GLOBAL, "pro").active(days).facts, POLICY, NOW) == met


def test_r_051_no_login_ever_is_unknown() -> None:
    assert logins(account(GLOBAL, "pro").facts, POLICY, NOW) == "unknown"


@pytest.mark.parametrize(
    ("score", "days_ago", "met"), [(9, 0, "yes"), (8, 0, "no"), (9, 120, "unknown")]
)
def test_r_052_nps(score: int, days_ago: int, met: Verdict) -> None:
    story = account(GLOBAL, "pro").told(
        "nps.responded", NOW - timedelta(days=days_ago), score=score
    )
    assert nps(story.facts.record, POLICY, NOW) == met


def test_r_053_positive_enquiries() -> None:
    story = account(GLOBAL, "pro")
    assert (
        enquiries(story.tickets("feature_expansion", 2).tickets("bug", 1).facts.record, NOW)
        == "yes"
    )
    assert (
        enquiries(story.tickets("feature_expansion", 1).tickets("bug", 2).facts.record, NOW) == "no"
    )
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
    story = (
        account(GLOBAL, "pro")
        .active(22)
        .told("nps.responded", score=9)
        .tickets("how_to_utilise", 2)
    )
    assert loyalty(story.facts, POLICY, NOW).json() == {
        "segment": "high",
        "tenure": "yes",
        "logins": "yes",
        "nps": "yes",
        "enquiries": "yes",
    }


def aozora() -> Story:
    story = (
        account(catalog("case"), "basic", since="2024-07-01")
        .active(22)
        .told("nps.responded", score=9)
    )
    return story.tickets("feature_expansion", 2)


def test_r_054_aozora_is_high_with_all_four_and_what_is_missing_lowers_it() -> None:
    alone = account(GLOBAL, "pro")
    assert loyalty(aozora().facts, POLICY, NOW).segment == "high"
    assert loyalty(alone.active(22).facts, POLICY, NOW).segment == "medium", "tenure and logins"
    assert loyalty(alone.facts, POLICY, NOW).segment == "low", "tenure alone"


def lives(resident: Resident) -> Story:
    """As the demo tells it, its first meter as full as it begins."""
    since = NOW - timedelta(days=resident.since_days)
    story = account(
        DEMO,
        resident.plan,
        since=since.date().isoformat(),
        quantity=resident.quantity,
        time_zone=resident.time_zone,
    )
    for meter, flow in resident.flows.items():
        story = story.used(meter, Decimal(flow.start))
    for fact in resident.facts:
        story = story.told(fact.type, NOW - timedelta(days=fact.days), **fact.data)
    return story


def test_r_055_of_the_demo_accounts_five_are_targets() -> None:
    """Not Nagi (new), Tanuki (dissatisfied), Ume (low, at the top)."""
    found = {resident.id for resident in FEATURED if is_target(lives(resident).case("schedule"))}
    assert found == {"aozora", "kitsune", "hoshino", "maruta", "sakura"}


def test_the_demo_accounts_play_what_is_told_of_them() -> None:
    """Sakura's renewal is offered; Nagi is held back by the new contract alone."""
    sakura, nagi = (
        next(lives(one) for one in FEATURED if one.id == name) for name in ("sakura", "nagi")
    )
    assert decide(sakura.case("renewal", Signal("renewal", NOW))).outcome == "proposal"
    assert nagi.crossing("api_calls", 103_000, 100).blocked_by == ("new_contract",)


def test_r_055_loyal_but_held_back_or_at_the_top_is_no_target() -> None:
    loyal = aozora()
    assert is_target(loyal.case("schedule"))
    assert not is_target(loyal.told("cancel.intent").case("schedule"))
    at_the_top = account(catalog("case"), "large", since="2024-07-01", record=loyal.facts.record)
    assert loyalty(at_the_top.facts, POLICY, NOW).segment == "high"
    assert not is_target(at_the_top.case("schedule"))
