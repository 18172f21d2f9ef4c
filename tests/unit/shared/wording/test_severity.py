"""Info below 90, warning from 90, critical from 95."""

from decimal import Decimal

import pytest

from shared.wording.severity import severity


@pytest.mark.parametrize(
    ("percent", "expected"),
    [(None, "info"), (0, "info"), (89, "info"), (90, "warning"), (94, "warning"), (95, "critical")],
)
def test_by_the_threshold(percent: int | None, expected: str) -> None:
    assert severity(percent, Decimal(100)) == expected
    assert severity(percent, None) == expected


@pytest.mark.parametrize(
    ("amount", "limit", "expected"),
    [
        ("949", "1000", "warning"),
        ("950", "1000", "critical"),
        ("899.999", "1000", "info"),
        ("5", None, "info"),
        ("5", "0", "info"),
    ],
)
def test_an_amount_by_its_share_of_the_limit(amount: str, limit: str | None, expected: str) -> None:
    assert severity(Decimal(amount), None if limit is None else Decimal(limit)) == expected
