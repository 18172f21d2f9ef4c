"""What waiting costs: months to the renewal, hours at 26 weeks for half a year."""

from datetime import date

import pytest

from services.trigger.judgement.economics.cost_of_waiting import months_until


@pytest.mark.parametrize(
    ("today", "day", "months"),
    [
        (date(2025, 9, 16), date(2025, 9, 16), 0),
        (date(2025, 9, 16), date(2025, 9, 30), 0),
        (date(2025, 9, 16), date(2025, 10, 1), 1),
        (date(2025, 9, 16), date(2026, 3, 16), 6),
        (date(2025, 9, 16), date(2026, 9, 15), 12),
        (date(2025, 1, 31), date(2025, 2, 28), 1),
        (date(2024, 2, 29), date(2025, 2, 28), 12),
    ],
)
def test_half_a_month_is_rounded_up(today: date, day: date, months: int) -> None:
    assert months_until(today, day) == months
