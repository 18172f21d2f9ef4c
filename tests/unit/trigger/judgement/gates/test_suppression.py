"""Each suppression by itself: when it blocks, until when, and what ends it."""

from datetime import timedelta
from decimal import Decimal

import pytest

from services.trigger.judgement.gates import suppression
from services.trigger.judgement.gates.suppression import (
    contract_start,
    is_escalation,
    threshold_percent,
)
from tests.support.catalogs import catalog
from tests.support.stories import NOW, account, contact, day

GLOBAL = catalog("global")
STARTER = account(GLOBAL, "starter")
DAY = timedelta(days=1)


def test_a_cancel_intent_lasts_ninety_days_or_until_a_renewal() -> None:
    said = STARTER.told("cancel.intent", NOW - 10 * DAY)
    found = suppression.cancel_intent(said.case("schedule"))
    assert (found.result, found.retry_at) == ("block", NOW + 80 * DAY)
    assert suppression.cancel_intent(said.at(NOW + 80 * DAY).case("schedule")).result == "pass"
    renewed = said.told("subscription.renewed", NOW - DAY)
    assert suppression.cancel_intent(renewed.case("schedule")).result == "pass"


def test_a_signature_begins_a_contract_anew() -> None:
    assert contract_start(STARTER.facts) == day("2024-07-01")
    signed = STARTER.told("contract.signed", NOW - 5 * DAY, plan="starter")
    assert contract_start(signed.facts) == NOW - 5 * DAY
    found = suppression.new_contract(signed.case("schedule"))
    assert (found.result, found.retry_at) == ("block", NOW + 25 * DAY)


def test_few_logins_are_low_loyalty_and_none_known_are_not() -> None:
    assert suppression.low_loyalty(STARTER.case("schedule")).result == "pass"
    low = GLOBAL.policy.login_low_30d
    assert suppression.low_loyalty(STARTER.active(low).case("schedule")).result == "block"
    assert suppression.low_loyalty(STARTER.active(low + 1).case("schedule")).result == "pass"


def test_four_in_ten_features_are_adopted() -> None:
    own = GLOBAL.plans["pro"].features
    story = account(GLOBAL, "pro")
    for feature in own[:3]:
        story = story.told("feature.used", feature=feature)
    assert suppression.adoption(story.case("schedule")) == (3, 9)
    assert suppression.not_adopted(story.case("schedule")).result == "block"
    one_more = story.told("feature.used", feature=own[3])
    assert suppression.not_adopted(one_more.case("schedule")).result == "pass"
    assert suppression.adoption(STARTER.case("schedule")) is None


def test_a_move_down_cools_for_half_a_year() -> None:
    moved = STARTER.moved(NOW - DAY, "pro", "starter", "downgrade")
    days = GLOBAL.policy.downsell_cooldown_days
    found = suppression.recent_downsell(moved.case("schedule"))
    assert found.retry_at == NOW - DAY + timedelta(days=days)
    up = STARTER.moved(NOW - DAY, "starter", "pro", "upgrade")
    assert suppression.recent_downsell(up.case("schedule")).result == "pass"


def test_a_yes_after_a_no_of_the_same_contact_lifts_it() -> None:
    said = STARTER.told("proposal.answered", NOW - 2 * DAY, contact="c1", answer="declined")
    assert suppression.recently_declined(said.case("schedule")).result == "block"
    yes = said.told("proposal.answered", NOW - DAY, contact="c1", answer="accepted")
    assert suppression.recently_declined(yes.case("schedule")).result == "pass"
    full = said.crossing_case("storage", 10 * 10**9, 100)
    assert suppression.recently_declined(full).result == "pass"


def test_all_buyers_have_to_refuse() -> None:
    two = account(GLOBAL, "starter", contacts=(contact("c1", "owner"), contact("c2", "owner")))
    one = two.told("contact.unsubscribed", contact="c1")
    assert suppression.opted_out(one.case("schedule")).result == "pass"
    both = one.told("contact.unsubscribed", contact="c2")
    assert suppression.opted_out(both.case("schedule")).result == "block"


def test_the_cap_counts_and_a_higher_threshold_of_the_same_meter_escalates() -> None:
    sent = STARTER.sent(NOW - 2 * DAY, "storage", 80)
    higher = sent.crossing_case("storage", 9 * 10**9, 90)
    assert is_escalation(higher)
    assert suppression.frequency_cap(higher).result == "pass"
    other = sent.crossing_case("api_calls", 9_000, 90)
    assert not is_escalation(other)
    found = suppression.frequency_cap(other)
    assert (found.result, found.retry_at) == ("block", NOW + 12 * DAY)
    soon = STARTER.sent(NOW - timedelta(hours=23), "storage", 80)
    assert not is_escalation(soon.crossing_case("storage", 9 * 10**9, 90))


@pytest.mark.parametrize(
    ("percent", "at", "limit", "found"),
    [
        (80, None, Decimal(10), Decimal(80)),
        (None, Decimal(5), Decimal(10), Decimal(50)),
        (None, Decimal(5), None, None),
        (None, Decimal(5), Decimal(0), None),
    ],
)
def test_an_amount_is_a_share_of_the_limit(
    percent: int | None, at: Decimal | None, limit: Decimal | None, found: Decimal | None
) -> None:
    assert threshold_percent(percent, at, limit) == found
