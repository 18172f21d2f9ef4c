"""A line the height of a word."""

import re
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from services.console.charts import spark
from tests.unit.console.charts.paper import ANY


@given(st.lists(st.none() | ANY, max_size=90))
def test_a_sparkline_of_any_values(values: list[Decimal | None]) -> None:
    for left, top in re.findall(r"[ML](\S+) (\S+)", spark.draw(values)):
        assert 0 <= float(left) <= spark.WIDTH
        assert 0 <= float(top) <= spark.HEIGHT
