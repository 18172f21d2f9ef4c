"""What an account needs, and whether a plan answers it."""

from datetime import timedelta

import pytest

from services.trigger.judgement.findings import needs
from services.trigger.judgement.findings.needs import Wanted
from tests.support.catalogs import catalog
from tests.support.stories import NOW, account

GLOBAL = catalog("global")
STARTER, PRO, TOP = (GLOBAL.plans[key] for key in ("starter", "pro", "enterprise"))


def test_a_plan_answers_a_meter_only_with_more_of_it() -> None:
    seats = Wanted("meter", "seats", "team.growth")
    assert needs.answers(PRO, STARTER, seats)
    assert not needs.answers(STARTER, STARTER, seats)
    assert not needs.answers(STARTER, PRO, seats)
    assert needs.answers(TOP, PRO, seats), "unlimited is more"
    assert not needs.answers(TOP, TOP, seats), "nothing is more than unlimited"
    assert not needs.more(PRO, STARTER, "no_such_meter")


def test_a_feature_is_answered_by_having_it() -> None:
    core = Wanted("feature", "core", "need.stated")
    assert needs.answers(STARTER, STARTER, core)
    assert not needs.answers(TOP, STARTER, Wanted("feature", "no_such", "need.stated"))


@pytest.mark.parametrize(("joining", "above"), [(0, 0), (1, 0), (3, 1), (50, 48)])
def test_seats_below_the_limit_are_paid_for(joining: int, above: int) -> None:
    story = account(GLOBAL, "starter")
    limit = story.limit("seats")
    assert limit is not None
    story = story.used("seats", limit - 2)
    assert needs.seats_above(GLOBAL, story.facts, joining) == above


def test_of_what_has_no_limit_nothing_is_above_it() -> None:
    story = account(GLOBAL, "enterprise").used("seats", 10_000)
    assert needs.seats_above(GLOBAL, story.facts, 500) == 0
    assert needs.seats_above(GLOBAL, account(GLOBAL, "starter").facts, 5) == 0


def test_requests_count_for_180_days() -> None:
    story = account(GLOBAL, "starter")
    for age in (0, 179, 181):
        at = NOW - timedelta(days=age)
        story = story.told("feature.requested", at, feature="sso", said_by="c1")
    assert needs.requests(story.facts.record, "sso", NOW) == 2
    assert needs.requests(story.facts.record, "audit_log", NOW) == 0


def test_a_meter_is_pressed_from_80_percent() -> None:
    story = account(GLOBAL, "pro")
    limit = story.limit("storage")
    assert limit is not None
    assert needs.pressed(story.used("storage", limit * 79 / 100).facts) == ()
    assert needs.pressed(story.used("storage", limit * 80 / 100).facts) == ("storage",)
