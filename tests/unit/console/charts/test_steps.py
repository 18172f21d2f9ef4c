"""Survival."""

import re
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from services.console.charts import steps
from tests.unit.console.charts.paper import WORDS, drawn

SHARES = st.lists(st.decimals(0, 100, places=1), max_size=20)
HALVES = [("50 %", Decimal(50)), ("25 %", Decimal(25))]


@given(SHARES, WORDS)
def test_survival_of_any_length(shares: list[Decimal], words: str) -> None:
    points = [(30 * n, one) for n, one in enumerate(sorted(shares, reverse=True))]
    drawn(steps.draw(points, number=str, days=lambda _: words, thresholds=HALVES))


def test_a_thousand_steps_are_few_bytes_and_end_where_they_end() -> None:
    points = [(n, Decimal(1000 - n) / 10) for n in range(1, 1001)]
    inside = steps.draw(points, number=str, days=str, thresholds=HALVES)
    drawn(inside)
    path = re.findall(r'<path d="([^"]+)"', inside)[0]
    assert path.endswith("H624V212")
