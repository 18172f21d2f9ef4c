"""How full a meter is if it resets every day or week."""

from datetime import timedelta
from decimal import Decimal

import pytest

from services.trigger.judgement.facts.facts import Usage
from services.trigger.judgement.findings.signals import is_repeated
from shared.catalog import Policy
from tests.support.stories import NOW


def used(percent: int | None, last: int | None, days: float | None) -> Usage:
    start, end = (
        (NOW - timedelta(hours=9), NOW + timedelta(days=days) - timedelta(hours=9))
        if days
        else (None, None)
    )
    return Usage(
        "calls",
        Decimal(percent or 0),
        None if percent is None else Decimal(100),
        percent,
        start,
        end,
        last_percent=last,
    )


@pytest.mark.parametrize(
    ("percent", "last", "days", "fullness"),
    [
        (5, 70, 1, 70),  # nine in the morning
        (80, 70, 1, 80),
        (5, 70, 7, 70),
        (5, None, 1, 5),
        (5, 70, 27.9, 5),  # February, short of an hour
        (5, 70, 31, 5),
        (5, 70, 365, 5),
        (5, 70, None, 5),
        (None, None, 1, None),
    ],
)
def test_a_window_that_has_just_begun_does_not_look_empty(
    percent: int | None, last: int | None, days: float | None, fullness: int | None
) -> None:
    assert used(percent, last, days).fullness == fullness


def test_two_days_running_are_two_periods() -> None:
    assert is_repeated(used(96, 95, 1), Policy())
    assert not is_repeated(used(96, 94, 1), Policy())
    assert not is_repeated(used(5, 96, 1), Policy())
