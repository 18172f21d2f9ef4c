"""How many are left after each step: bars that shrink, with the share of the step before. Pure."""

from collections.abc import Callable, Sequence
from decimal import Decimal

from services.console.charts import bars


def draw(
    steps: Sequence[tuple[str, int]],
    words: Callable[[int, Decimal | None], str],
) -> str:
    """`words(number, share)`: the share of the step before in percent, None for the first and where
    there was nobody.
    """
    shown = []
    before: int | None = None
    for name, number in steps:
        share = Decimal(100 * number) / before if before else None
        shown.append((name, Decimal(number), words(number, share)))
        before = number
    return bars.draw(shown)


height = bars.height
