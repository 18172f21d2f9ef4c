"""Axes with round numbers, labels apart."""

from decimal import Decimal
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.console.charts import scale
from tests.unit.console.charts.paper import AMOUNTS


@pytest.mark.parametrize(
    ("most", "ticks"),
    [
        (24, [0, 5, 10, 15, 20, 25]),
        (100, [0, 20, 40, 60, 80, 100]),
        (1, [0, "0.2", "0.4", "0.6", "0.8", 1]),
        (0, [0, 1]),
    ],
)
def test_an_axis_has_round_numbers_from_zero(most: int, ticks: list[object]) -> None:
    assert scale.ticks_to(Decimal(most)) == [Decimal(str(one)) for one in ticks]


@given(AMOUNTS)
def test_the_last_tick_reaches_the_largest_value(most: Decimal) -> None:
    ticks = scale.ticks_to(most)
    assert ticks[0] == 0
    assert ticks[-1] >= most
    assert 2 <= len(ticks) <= scale.MOST_TICKS + 2


@given(st.lists(st.floats(0, 240), min_size=1, max_size=8))
def test_labels_do_not_cover_each_other(places: list[float]) -> None:
    found = sorted(scale.apart(places))
    assert all(b - a >= 13.9 or a <= scale.TOP for a, b in pairwise(found))
