"""The person is asked first: two business days, and only for the reasons that were told."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from services.trigger.accounts import Terms
from services.trigger.dossier.dossier import Loaded
from services.trigger.judgement.decision import Route
from services.trigger.judgement.facts.facts import Signal
from services.trigger.judgement.pipeline import decide
from services.trigger.judgement.question import Question
from services.trigger.proposals.changes import Open
from services.trigger.proposals.effects.basis import Ruling
from services.trigger.proposals.person_first import asks, payload, still
from tests.support.catalogs import catalog
from tests.support.stories import NOW, account

GLOBAL = catalog("global")
DAY = timedelta(days=1)
SSO = Signal("feature_requested", NOW, "sso", NOW + 30 * DAY)
AUDIT = replace(SSO, key="audit")


def ruling(now: datetime = NOW, *, holidays: bool = False) -> Ruling:
    sold = replace(GLOBAL, policy=replace(GLOBAL.policy, holidays=holidays))
    story = account(sold, "starter").at(now)
    case = story.case("feature.requested", SSO, AUDIT)
    decision = replace(decide(case), id="d1")
    loaded = Loaded(Terms("Asia/Tokyo", story.facts.subscription, {}), sold, story.facts)
    return Ruling(loaded, Question.of(case), decision)


@pytest.mark.parametrize(
    ("outcome", "rule", "expected"),
    [
        ("assisted", "OWN-9", True),
        ("assisted", "OWN-1", False),
        ("proposal", "OWN-9", False),
        ("assisted", None, False),
    ],
)
def test_only_that_rule_asks_first(outcome: Any, rule: str | None, expected: bool) -> None:
    route = None if rule is None else Route("cs", rule, None, "USD")
    decision = replace(ruling().decision, outcome=outcome, route=route)
    assert asks(decision) is expected


@pytest.mark.parametrize(
    ("now", "holidays", "day"),
    [
        (datetime(2025, 9, 16, 3, tzinfo=UTC), False, "2025-09-18"),
        (datetime(2025, 9, 18, 3, tzinfo=UTC), False, "2025-09-22"),
        (datetime(2025, 9, 19, 3, tzinfo=UTC), False, "2025-09-23"),
        (datetime(2025, 9, 19, 3, tzinfo=UTC), True, "2025-09-24"),
    ],
)
def test_two_business_days_where_the_account_is(now: datetime, holidays: bool, day: str) -> None:
    """23 September 2025 is a holiday in Japan."""
    at = datetime.fromisoformat(payload(ruling(now, holidays=holidays))["at"])
    assert (at + timedelta(hours=9)).date().isoformat() == day


def test_the_timer_knows_the_decision_and_its_reasons() -> None:
    found = payload(ruling())
    assert (found["account"], found["decision"]) == ("acct-1", "d1")
    assert found["signals"] == [["feature_requested", "sso"], ["feature_requested", "audit"]]


def test_only_what_was_told_and_still_holds_is_decided_again() -> None:
    loaded = replace(
        ruling().loaded,
        opened=tuple(
            Open("acct-1", one) for one in (SSO, AUDIT, Signal("usage_limit", NOW, "storage"))
        ),
    )
    told = {"signals": [["feature_requested", "sso"], ["usage_limit", "seats"]]}
    assert still(loaded, told, NOW) == (SSO,)
    assert still(loaded, told, NOW + 30 * DAY - timedelta(microseconds=1)) == (SSO,)
    assert still(loaded, told, NOW + 30 * DAY) == ()
    assert still(loaded, {"signals": []}, NOW) == ()
