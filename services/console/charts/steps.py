"""Survival: the share that is still there after so many days, as steps down. Pure."""

from collections.abc import Callable, Sequence
from decimal import Decimal

from services.console.charts import scale

_COLUMN = 2.0
"""Steps that lie closer are drawn as one."""


def draw(
    points: Sequence[tuple[int, Decimal]],
    *,
    number: Callable[[Decimal], str],
    days: Callable[[int], str],
    thresholds: Sequence[tuple[str, Decimal]] = (),
) -> str:
    """(days, percent still there), by days; empty without any. `thresholds`: dashed, and labelled
    on the line.
    """
    if not points:
        return ""
    y, ticks = scale.upward(Decimal(100))
    x = scale.across(0, max(1, points[-1][0]))
    right = scale.WIDTH - scale.RIGHT
    named = [(number(points[-1][1]), y.at(points[-1][1]))]
    named += [(label, y.at(value)) for label, value in thresholds]
    return "".join(
        (
            scale.axes([(tick, number(tick)) for tick in ticks], y),
            *(scale.line(scale.LEFT, y.at(one), right, y.at(one), "threshold")
              for _, one in thresholds),
            f'<path d="{_path(points, x, y)}" class="line s1"/>',
            scale.labels(named),
            scale.ends(days(0), days(points[-1][0])),
        )
    )  # fmt: skip


def _path(points: Sequence[tuple[int, Decimal]], x: scale.Scale, y: scale.Scale) -> str:
    """Across, then down."""
    drawn, last = [f"M{x.at(0):g} {y.at(100):g}"], float("-inf")
    for place, (day, percent) in enumerate(points):
        here = x.at(day)
        if here - last < _COLUMN and place < len(points) - 1:
            continue
        drawn.append(f"H{here:g}V{y.at(percent):g}")
        last = here
    return "".join(drawn)
