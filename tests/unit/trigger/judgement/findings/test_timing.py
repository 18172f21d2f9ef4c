"""When renewals are prepared, and when a proposal may reach its reader."""

from datetime import date, timedelta
from typing import Any

import pytest

from services.trigger.judgement.findings.timing import (
    allows_joining,
    is_late,
    month_before,
    next_morning,
    renewal_date,
    renewal_due,
    year_after,
)
from tests.support.catalogs import catalog
from tests.support.stories import NOW, account, day

GLOBAL = catalog("global")
TOKYO = account(GLOBAL, "pro").facts.account


def renewal(now: str, **given: Any) -> date:
    facts = account(GLOBAL, "pro", **given).facts
    assert facts.subscription is not None
    return renewal_date(facts.subscription, facts.account, day(now))


@pytest.mark.parametrize(
    ("given", "now", "expected"),
    [
        ({"renewal_date": date(2025, 12, 1)}, "2025-09-16", date(2025, 12, 1)),
        ({"renewal_date": date(2025, 9, 16)}, "2025-09-16", date(2025, 9, 16)),
        ({"renewal_date": date(2025, 9, 15)}, "2025-09-16", date(2026, 9, 15)),
        ({"since": "2024-07-01"}, "2025-06-30", date(2025, 7, 1)),
        ({"since": "2024-07-01"}, "2025-07-01", date(2025, 7, 1)),
        ({"since": "2024-07-01"}, "2025-07-02", date(2026, 7, 1)),
    ],
)
def test_the_agreed_day_or_the_next_anniversary(
    given: dict[str, Any], now: str, expected: date
) -> None:
    assert renewal(now, **given) == expected


def test_a_month_before_a_long_month_is_the_last_day_of_a_short_one() -> None:
    assert month_before(date(2026, 3, 31)) == date(2026, 2, 28)
    assert month_before(date(2024, 3, 30)) == date(2024, 2, 29)
    assert year_after(date(2024, 2, 29)) == date(2025, 2, 28)
    assert renewal_due(date(2026, 3, 31), TOKYO) == day("2026-02-28")


def test_the_next_nine_o_clock_is_later_than_now() -> None:
    nine = day("2025-09-16")
    assert next_morning(TOKYO, nine - timedelta(seconds=1)) == nine
    assert next_morning(TOKYO, nine) == nine + timedelta(days=1)


def test_late_is_the_local_day_after() -> None:
    midnight = NOW + timedelta(hours=15)
    assert not is_late(NOW, midnight - timedelta(seconds=1), TOKYO)
    assert is_late(NOW, midnight, TOKYO)


@pytest.mark.parametrize(
    ("country", "allowed"),
    [("JP", True), ("us", True), ("DE", False), ("gb", False), (None, False)],
)
def test_an_unknown_country_allows_nothing(country: str | None, allowed: bool) -> None:
    assert allows_joining(country) is allowed
