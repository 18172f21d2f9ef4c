"""Amounts beside each other."""

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from services.console.charts import bars
from tests.unit.console.charts.paper import ANY, WORDS, drawn, shown


@given(st.lists(st.tuples(WORDS, ANY, WORDS), max_size=40))
def test_bars_of_any_amounts(found: list[tuple[str, Decimal, str]]) -> None:
    root = drawn(bars.draw(found, "others"), bars.height(found))
    assert len(list(root.iter("rect"))) == min(len(found), bars.MOST)
    assert all(float(one.attrib["width"]) >= 0 for one in root.iter("rect"))


def test_what_is_left_out_is_said() -> None:
    found = [("a", Decimal(1), "1")] * (bars.MOST + 3)
    texts = [
        shown(one) for one in drawn(bars.draw(found, "3 more"), bars.height(found)).iter("text")
    ]
    assert texts[-1] == "3 more"


def test_longer_is_more_and_less_than_nothing_goes_to_the_left() -> None:
    root = drawn(bars.draw([("a", Decimal(-5), "-5"), ("b", Decimal(10), "10")]))
    down, up = root.iter("rect")
    assert float(up.attrib["width"]) > float(down.attrib["width"]) > 0
    left, width = float(down.attrib["x"]), float(down.attrib["width"])
    assert abs(left + width - float(up.attrib["x"])) < 0.2
