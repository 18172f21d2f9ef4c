"""Amounts beside each other: one bar each, named, with its number. Pure."""

from collections.abc import Sequence
from decimal import Decimal

from services.console.charts import scale

ROW = 28
_NAMES = 200
MOST = 30


def height(bars: Sequence[object]) -> int:
    return max(1, min(len(bars), MOST)) * ROW


def draw(bars: Sequence[tuple[str, Decimal, str]]) -> str:
    """(name, value, the number in words); values below zero go to the left of the line."""
    shown = bars[:MOST]
    most = max([value for _, value, _ in shown] + [Decimal(0)])
    least = min([value for _, value, _ in shown] + [Decimal(0)])
    x = scale.Scale(least, most, _NAMES, scale.WIDTH - scale.RIGHT)
    zero = x.at(0)
    parts = [scale.line(zero, 0, zero, height(bars), "axis")]
    for row, (name, value, words) in enumerate(shown):
        top, end = row * ROW, x.at(value)
        parts.append(scale.text(_NAMES - 8, top + 18, _cut(name), "end"))
        parts.append(
            f'<rect x="{min(zero, end):g}" y="{top + 5}" width="{abs(end - zero):g}" '
            f'height="{ROW - 10}" class="f1"/>'
        )
        parts.append(scale.text(max(zero, end) + 6, top + 18, words))
    return "".join(parts)


def _cut(name: str) -> str:
    return name if len(name) <= 26 else f"{name[:25]}…"
