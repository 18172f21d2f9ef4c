"""Amounts beside each other."""

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from services.console.charts import bars
from tests.unit.console.charts.paper import HOSTILE, drawn


@given(st.lists(st.decimals(-(10**12), 10**12, places=2), max_size=40))
def test_bars_of_any_amounts(values: list[Decimal]) -> None:
    root = drawn(bars.draw([(HOSTILE, value, str(value)) for value in values]))
    assert len(list(root.iter("rect"))) == min(len(values), bars.MOST)
    assert all(float(one.attrib["width"]) >= 0 for one in root.iter("rect"))
