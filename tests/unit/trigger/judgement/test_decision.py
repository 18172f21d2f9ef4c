"""A gate's answer: what acts on it reads its code, and the words of its reason are for people."""

from dataclasses import replace
from datetime import date

from services.trigger.judgement.decision import Decision, blocked
from services.trigger.judgement.facts.facts import Signal
from services.trigger.judgement.gates import claims
from services.trigger.judgement.pipeline import decide
from services.trigger.judgement.words import speech
from tests.support.catalogs import catalog
from tests.support.stories import NOW, account

RENEWS = account(
    catalog("jp"), "standard", since="2023-10-16", interval="year", renewal_date=date(2025, 10, 16)
)
GROWS = account(catalog("global"), "pro", since="2024-03-16").used("seats", 24)


def test_a_code_is_the_first_word_of_its_reason() -> None:
    answer = blocked("staying costs no more", code="review_only")
    assert (answer.code, answer.reason) == ("review_only", "review_only: staying costs no more")
    assert blocked("said so").reason == "said so"


def test_what_is_done_does_not_depend_on_the_words_of_a_reason() -> None:
    review = decide(RENEWS.case("renewal", Signal("renewal", NOW)))
    assert review.answer("value").code == claims.REVIEW_ONLY
    assert speech.is_review(_in_other_words(review))
    seats = GROWS.hearing("team.growth", count=2)
    assert seats.answer("value").code == claims.SEATS_CHEAPER
    assert speech.is_seats_instead(_in_other_words(seats))
    assert not speech.is_review(seats)
    assert not speech.is_seats_instead(review)


def _in_other_words(decision: Decision) -> Decision:
    gates = (replace(one, answer=replace(one.answer, reason="…")) for one in decision.gates)
    return replace(decision, gates=tuple(gates))
