"""Survival."""

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from services.console.charts import steps
from tests.unit.console.charts.paper import drawn


@given(st.lists(st.decimals(0, 100, places=1), max_size=20))
def test_survival_of_any_length(shares: list[Decimal]) -> None:
    points = [(30 * n, one) for n, one in enumerate(sorted(shares, reverse=True))]
    drawn(steps.draw(points, number=str, days=str))
