"""Notices about usage, built from one account and meter."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from services.trigger.accounts import Person
from services.trigger.alerts.notices import (
    Reading,
    due,
    filled,
    gated_notice,
    priority,
    task_owner,
    threshold_notice,
    wire,
)
from services.trigger.limits import Allowance
from shared.catalog import Threshold
from shared.messages.facts import AbsoluteThreshold
from tests.support.catalogs import catalog
from tests.support.stories import NOW, account, contact

GLOBAL = catalog("global")
KATO = Person("u7", "Kato", "kato@example.com")


def reading(used: int = 9 * 10**9, **more: Any) -> Reading:
    two = (contact("c1", "owner"), contact("c2", "member"))
    story = account(GLOBAL, "starter", csm=KATO, contacts=two, **more)
    own = story.facts.subscription
    assert own is not None
    allowed = Allowance(Decimal(10**10), (Threshold(90),))
    meter = GLOBAL.meters["storage"]
    return Reading(story.facts.account, own, GLOBAL, GLOBAL, meter, allowed, Decimal(used), None)


def test_a_notice_goes_to_everybody_and_is_a_task() -> None:
    tell = threshold_notice(
        reading(), Threshold(90), "a1", again=False, decision="d1", task="a0", now=NOW
    )
    assert ([one.contact for one in tell.recipients], tell.webhook) == (["c1", "c2"], True)
    assert tell.task is not None
    assert (tell.task.priority, tell.task.owner and tell.task.owner.id) == ("medium", "u7")
    later = threshold_notice(
        reading(), Threshold(95), "a2", again=False, decision="d2", task="a0", now=NOW
    )
    assert later.task is not None
    assert later.task.key == tell.task.key


def test_what_is_not_in_the_plan_is_no_task() -> None:
    tell = gated_notice(reading(), "k", decision="d1", now=NOW)
    assert (tell.kind, tell.task, tell.threshold) == ("feature.gated", None, None)


@pytest.mark.parametrize(
    ("threshold", "found"),
    [
        (Threshold(80), "low"),
        (Threshold(90), "medium"),
        (Threshold(95), "high"),
        (Threshold(100), "high"),
        (Threshold(at=Decimal(10**10)), "high"),
        (Threshold(at=Decimal(1)), "low"),
    ],
)
def test_the_fuller_the_more_urgent(threshold: Threshold, found: str) -> None:
    assert priority(reading(), threshold) == found


def test_the_more_urgent_the_sooner() -> None:
    one = reading()
    moments = [due(one.account, urgency, GLOBAL, NOW) for urgency in ("high", "medium", "low")]
    assert moments == sorted(moments)
    assert moments[0] - NOW >= timedelta(days=1)


def test_bp_09_it_is_due_as_the_policy_says_and_from_monday_nine_o_clock_on() -> None:
    one = account(GLOBAL, "pro").facts.account
    days = replace(GLOBAL.policy.process.due_days, high=2)
    slower = replace(
        GLOBAL, policy=replace(GLOBAL.policy, process=replace(GLOBAL.policy.process, due_days=days))
    )
    # A Tuesday and a Saturday.
    tuesday, saturday = datetime(2025, 9, 16, 3, tzinfo=UTC), datetime(2025, 9, 20, 3, tzinfo=UTC)
    assert due(one, "high", slower, tuesday) == tuesday + timedelta(days=2)
    local = due(one, "high", GLOBAL, saturday).astimezone(one.zone)
    assert local.isoformat()[:16] == "2025-09-23T09:00"


def test_thresholds_and_addresses_as_messages_have_them() -> None:
    assert wire(Threshold(80)) == 80
    assert wire(Threshold(at=Decimal("9000000000"))) == AbsoluteThreshold("9000000000")
    address = filled("https://x.example/{account}/{plan}?m={meter}", "a b", "pro", "ü")
    assert address == "https://x.example/a%20b/pro?m=%C3%BC"
    assert task_owner("cs", None) is None
    assert replace(KATO, email=None).email is None
