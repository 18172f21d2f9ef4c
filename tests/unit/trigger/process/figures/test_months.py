"""Whole months, and where a month begins."""

from datetime import UTC, datetime, timedelta

import pytest

from services.trigger.process.figures.months import month_of, whole_months


@pytest.mark.parametrize(
    ("since", "until", "months"),
    [
        ("2025-01-15", "2025-09-15", 8),
        ("2025-01-15", "2025-09-14", 7),
        ("2025-01-31", "2025-02-28", 1),
        ("2025-01-31", "2025-02-27", 0),
        ("2024-02-29", "2025-02-28", 12),
    ],
)
def test_whole_months(since: str, until: str, months: int) -> None:
    first, last = (datetime.fromisoformat(text).replace(tzinfo=UTC) for text in (since, until))
    assert whole_months(first, last, "UTC") == months


def test_a_month_begins_at_midnight_in_its_zone() -> None:
    at = datetime(2025, 10, 1, tzinfo=UTC) - timedelta(hours=9)
    assert (month_of(at, "UTC"), month_of(at, "Asia/Tokyo")) == ("2025-09", "2025-10")
