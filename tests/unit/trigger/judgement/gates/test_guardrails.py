"""A play that does harm pauses itself."""

from decimal import Decimal

import pytest

from services.trigger.judgement.gates.guardrails import Play, effect, pauses
from shared.catalog.types import Guardrails

RULES = Guardrails()


@pytest.mark.parametrize(
    ("sent", "complaints", "unsubscribes", "why"),
    [
        (99, 99, 99, None),
        (100, 1, 2, None),
        (100, 2, 0, "2 complaints in 100 sends (over 1 %)"),
        (100, 0, 3, "3 unsubscribes in 100 sends (over 2 %)"),
        (200, 2, 4, None),
        (0, 0, 0, None),
    ],
)
def test_exactly_the_allowed_share_is_still_allowed(
    sent: int, complaints: int, unsubscribes: int, why: str | None
) -> None:
    assert pauses(Play("nps_high", sent, complaints, unsubscribes), RULES) == why


def test_the_helpful_are_a_share_of_those_who_answered() -> None:
    assert Play("p", 100).helpful_percent is None
    assert Play("p", 100, helpful=3, unwanted=1).helpful_percent == 75
    assert Play("p", 100, unwanted=1).helpful_percent == 0


@pytest.mark.parametrize(
    ("before", "after", "moved"),
    [([8], [9], "1.0"), ([8, 9], [8], "-0.5"), ([10], [10, 10, 9], "-0.3"), ([0], [10], "10.0")],
)
def test_the_mean_score_moves(before: list[int], after: list[int], moved: str) -> None:
    assert effect(before, after) == Decimal(moved)
    assert effect([], after) is None
    assert effect(before, []) is None
