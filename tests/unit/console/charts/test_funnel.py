"""How many are left."""

from decimal import Decimal

from services.console.charts import funnel


def test_a_funnel_tells_the_share_of_the_step_before() -> None:
    told: list[tuple[int, Decimal | None]] = []
    funnel.draw(
        [("a", 10), ("b", 5), ("c", 0), ("d", 0)],
        lambda number, share: told.append((number, share)) or "",  # type: ignore[func-returns-value]
    )
    assert told == [(10, None), (5, Decimal(50)), (0, Decimal(0)), (0, None)]
