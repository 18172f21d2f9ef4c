"""The price of a step with its difference."""

from decimal import Decimal

import pytest

from shared.messages.facts import PriceStepFacts
from shared.wording.price import bracketed, price_text


def step(difference: str | None) -> PriceStepFacts:
    return PriceStepFacts(
        interval="year",
        price=Decimal(500),
        difference=None if difference is None else Decimal(difference),
        currency="USD",
    )


@pytest.mark.parametrize(
    ("difference", "english", "japanese"),
    [
        ("451", "$500 a year ($451 more)", "年額$500(差額 +$451)"),
        ("-20", "$500 a year ($20 less)", "年額$500(差額 -$20)"),
        ("0", "$500 a year (the same as now)", "年額$500(差額なし)"),
        (None, "$500 a year", "年額$500"),
    ],
)
def test_the_difference_is_in_brackets_if_it_is_known(
    difference: str | None, english: str, japanese: str
) -> None:
    assert price_text(step(difference), "en-US") == english
    assert price_text(step(difference), "ja-JP") == japanese


def test_after_a_sentence_both_are_in_one_pair_of_brackets() -> None:
    assert bracketed(step("451"), "en") == " ($500 a year, $451 more)"
    assert bracketed(step(None), "en") == " ($500 a year)"
    assert bracketed(step("451"), "ja") == "(年額$500、差額 +$451)"
