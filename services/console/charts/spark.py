"""A line the height of a word, for a row of a table. Pure."""

from collections.abc import Sequence
from decimal import Decimal

from services.console.charts.scale import Scale

WIDTH, HEIGHT = 96, 20


def draw(values: Sequence[Decimal | None]) -> str:
    """The `d` of a path in a box of `WIDTH` by `HEIGHT`; a gap is a gap."""
    known = [value for value in values if value is not None]
    if not known:
        return ""
    x = Scale(Decimal(0), Decimal(max(1, len(values) - 1)), 1, WIDTH - 1)
    y = Scale(min(*known, Decimal(0)), max(*known, Decimal(1)), HEIGHT - 1, 1)
    drawn, pen = [], "M"
    for place, value in enumerate(values):
        if value is None:
            pen = "M"
            continue
        drawn.append(f"{pen}{x.at(place):g} {y.at(value):g}")
        pen = "L"
    return " ".join(drawn)
