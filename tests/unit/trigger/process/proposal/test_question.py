"""What judgement is asked about a deal."""

from dataclasses import replace
from datetime import timedelta

from services.trigger.judgement.facts.facts import Signal
from services.trigger.process.proposal.question import blocking, question_of, words_of
from tests.support.stories import NOW
from tests.unit.trigger.process.cases import story
from tests.unit.trigger.process.proposal.offering import ready, seen

RENEWAL = Signal("renewal", NOW)
ASKED = Signal("feature_requested", NOW, "sso")
OVER = Signal("feature_requested", NOW - timedelta(days=9), "audit", NOW - timedelta(days=1))


def test_only_the_reasons_of_the_deal_that_still_hold() -> None:
    told = seen(story().having(signals=(RENEWAL, ASKED, OVER))).question
    by_judgement = replace(ready(), reasons=("feature_requested",))
    assert question_of(by_judgement, told).signals == (ASKED,)
    assert words_of(by_judgement, told).signals == (ASKED,)
    by_hand = ready()
    assert question_of(by_hand, told).signals == ()
    held = [one.type for one in words_of(by_hand, told).signals]
    assert sorted(held) == ["feature_requested", "renewal"]


def test_a_renewal_that_is_not_the_reason_holds_nothing_back() -> None:
    """A renewal alone is a review, not an offer (R-043)."""
    told = seen(story().having(signals=(RENEWAL,))).question
    assert list(blocking(ready(), told, by_mail=True)) == []
    renewing = replace(ready(), reasons=("renewal",))
    assert list(blocking(renewing, told, by_mail=True)) == ["value"]


def test_it_is_about_the_plan_of_the_deal() -> None:
    told = seen().question
    question = question_of(ready(), told)
    assert question.target == told.catalog.plans["enterprise"]
    beside = question_of(replace(ready(), to_plan="pro", add_on="seats"), told)
    assert (beside.target, beside.add_on, beside.offers) == (None, None, False)
