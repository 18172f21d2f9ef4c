"""Windows of days, how full a meter usually is, and who may be asked."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from services.trigger.judgement.facts.facts import (
    Contract,
    Facts,
    Sold,
    Usage,
    active_days,
    last_nps,
    within,
)
from shared.values.bounds import AHEAD
from tests.support.catalogs import catalog
from tests.support.stories import NOW, account, contact

STARTER = account(catalog("global"), "starter")
DAY = timedelta(days=1)


@pytest.mark.parametrize(
    ("ago", "is_within"),
    [
        (timedelta(0), True),
        (30 * DAY - timedelta(microseconds=1), True),
        (30 * DAY, False),
        (-AHEAD, True),
        (-AHEAD - timedelta(microseconds=1), False),
    ],
)
def test_a_window_of_days_has_ends(ago: timedelta, is_within: bool) -> None:
    assert within(NOW - ago, NOW, 30) is is_within
    assert not within(None, NOW, 30)


def test_days_with_a_login_are_the_accounts_days() -> None:
    assert active_days(STARTER.facts, NOW) is None
    # 15:00 UTC is midnight in Tokyo.
    twice = STARTER.told("login.recorded", NOW.replace(hour=14) - DAY, user="a")
    twice = twice.told("login.recorded", NOW.replace(hour=15) - DAY, user="a")
    assert active_days(twice.facts, NOW) == 2


def test_a_new_short_period_is_as_full_as_the_last() -> None:
    empty = Usage("calls", Decimal(1), Decimal(100), 1, NOW, NOW + 7 * DAY, last_percent=95)
    assert empty.fullness == 95
    assert replace(empty, period_end=NOW + 27 * DAY).fullness == 1
    assert replace(empty, last_percent=None).fullness == 1
    assert replace(empty, below_zero=Decimal(3)).total == -2


def test_a_plan_that_is_to_follow_is_sold_once_that_is_known() -> None:
    subscription = STARTER.facts.subscription
    waits = Sold("pro", NOW + DAY, NOW)
    facts = Facts(STARTER.facts.account, subscription, Contract(next=waits))
    assert facts.sold(NOW) == waits
    assert facts.sold(NOW - DAY) is None
    assert facts.sold(NOW + DAY) is None
    same = replace(facts, contract=Contract(next=Sold("starter", NOW + DAY)))
    assert same.sold(NOW) is None


def test_a_shared_mailbox_refuses_for_both() -> None:
    two = (contact("c1", "owner", "x@example.com"), contact("c2", "owner", "X@example.com"))
    story = account(catalog("global"), "starter", contacts=two)
    assert story.facts.refusing == frozenset()
    assert story.told("contact.unsubscribed", contact="c1").facts.refusing == {"c1", "c2"}
    assert [one.id for one in story.facts.buyers] == ["c1", "c2"]


def test_the_newest_score_that_still_counts() -> None:
    story = STARTER.told("nps.responded", NOW - 91 * DAY, score=3, contact="c1")
    assert last_nps(story.facts.record, NOW, 90) is None
    newer = story.told("nps.responded", NOW - DAY, score=9, contact="c2")
    found = last_nps(newer.facts.record, NOW, 90)
    assert found is not None
    assert found.score == 9
