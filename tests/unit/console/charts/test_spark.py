"""A line the height of a word."""

import re
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from services.console.charts import spark
from tests.unit.console.charts.paper import AMOUNTS


@given(st.lists(st.none() | AMOUNTS, max_size=90))
def test_a_sparkline_of_any_values(values: list[Decimal | None]) -> None:
    path = spark.draw(values)
    assert all(0 <= float(one) <= spark.WIDTH for one in re.findall(r"[ML]([\d.]+)", path))
