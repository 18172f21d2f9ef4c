"""Amounts beside each other: one bar each, named, with its number. Pure."""

from collections.abc import Sequence
from decimal import Decimal

from services.console.charts import scale

ROW = 28
_NAMES = 200
_WORDS = 300
"""Room for names, and at most for numbers in words."""
MOST = 24


def height(bars: Sequence[object]) -> int:
    """With a row for those that are left out."""
    return max(1, min(len(bars), MOST + 1)) * ROW


def draw(bars: Sequence[tuple[str, Decimal, str]], others: str = "") -> str:
    """(name, value, the number in words); values below zero go to the left of the line. `others`:
    said of those beyond `MOST`, which are in the table.
    """
    shown = bars[:MOST]
    most = max([value for _, value, _ in shown] + [Decimal(0)])
    least = min([value for _, value, _ in shown] + [Decimal(0)])
    room = min(_WORDS, max([scale.room_of(words) for _, _, words in shown] + [0.0]))
    x = scale.Scale(least, most, _NAMES, scale.WIDTH - room - 8)
    zero = x.at(0)
    parts = [scale.line(zero, 0, zero, len(shown) * ROW, "axis")]
    for row, (name, value, words) in enumerate(shown):
        top, end = row * ROW, x.at(value)
        parts.append(scale.text(_NAMES - 8, top + 18, name, "end", _NAMES - 8))
        parts.append(
            f'<rect x="{min(zero, end):g}" y="{top + 5}" width="{abs(end - zero):g}" '
            f'height="{ROW - 10}" class="f1"/>'
        )
        parts.append(scale.text(max(zero, end) + 6, top + 18, words, room=room))
    if len(bars) > MOST:
        parts.append(scale.text(_NAMES - 8, MOST * ROW + 18, others, "end", _NAMES - 8))
    return "".join(parts)
