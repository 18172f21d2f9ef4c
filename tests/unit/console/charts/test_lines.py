"""A value over time."""

import re
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from services.console.charts import lines
from services.console.charts.lines import Mark, Series
from tests.unit.console.charts.paper import AMOUNTS, HOSTILE, drawn

DAY = datetime(2026, 12, 1, tzinfo=UTC)


def _lines(points: list[Decimal | None], marks: list[Mark] | None = None) -> str:
    series = Series(HOSTILE, [(DAY + timedelta(days=n), one) for n, one in enumerate(points)])
    return lines.draw(
        [series, Series("limit", [(DAY, Decimal(5))], "limit", steps=True)],
        thresholds=[("80 %", Decimal(4))],
        marks=marks or [],
        number=str,
        day=lambda at: f"{at:%d}",
    )


@given(st.lists(st.none() | AMOUNTS, max_size=40))
def test_any_series_is_drawn(points: list[Decimal | None]) -> None:
    root = drawn(_lines(points, [Mark(DAY, Decimal(1), HOSTILE)]))
    assert HOSTILE in ["".join(one.itertext()) for one in root.iter("text")] or not any(
        one is not None for one in points
    )
    assert not list(root.iter("img"))


def test_a_gap_is_a_gap_and_a_step_is_a_step() -> None:
    path = re.findall(r'<path d="([^"]+)" class="line', _lines([Decimal(1), None, Decimal(2)]))[0]
    assert path.count("M") == 2
    stepped = Series("l", [(DAY, Decimal(1)), (DAY + timedelta(1), Decimal(2))], steps=True)
    inside = lines.draw([stepped], number=str, day=str)
    assert re.findall(r'<path d="([^"]+)"', inside)[0].count("L") == 2
    assert lines.draw([], number=str, day=str) == ""
