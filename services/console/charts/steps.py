"""Survival: the share that is still there after so many days, as steps down. Pure."""

from collections.abc import Callable, Sequence
from decimal import Decimal

from services.console.charts import scale


def draw(
    points: Sequence[tuple[int, Decimal]],
    *,
    number: Callable[[Decimal], str],
    days: Callable[[int], str],
) -> str:
    """(days, percent still there), by days; empty without any."""
    if not points:
        return ""
    y, ticks = scale.upward(Decimal(100))
    x = scale.across(0, max(1, points[-1][0]))
    drawn, height = [f"M{x.at(0):g} {y.at(100):g}"], y.at(100)
    for day, percent in points:
        drawn.append(f"L{x.at(day):g} {height:g}")
        height = y.at(percent)
        drawn.append(f"L{x.at(day):g} {height:g}")
    return (
        scale.axes([(tick, number(tick)) for tick in ticks], y)
        + f'<path d="{" ".join(drawn)}" class="line s1"/>'
        + scale.text(scale.LEFT, scale.HEIGHT - 8, days(0))
        + scale.text(scale.WIDTH - scale.RIGHT, scale.HEIGHT - 8, days(points[-1][0]), "end")
    )
