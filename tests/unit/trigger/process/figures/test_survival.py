"""Waits against the product over days."""

from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from services.trigger.process.figures.exact import rounded
from services.trigger.process.figures.survival import Wait, curve, quantile

WAITS = st.lists(st.builds(Wait, st.integers(0, 12), st.booleans()), max_size=30)


@given(WAITS, st.sampled_from([Fraction(1, 2), Fraction(1, 4)]))
def test_survival_is_the_product_over_days(waits: list[Wait], left: Fraction) -> None:
    def surviving(day: int) -> Fraction:
        share = Fraction(1)
        for event in sorted({wait.days for wait in waits if wait.moved and wait.days <= day}):
            at_risk = sum(wait.days >= event for wait in waits)
            share *= 1 - Fraction(sum(w.moved and w.days == event for w in waits), at_risk)
        return share

    found = [day for day in range(13) if surviving(day) <= left]
    assert quantile(waits, left) == (found[0] if found else None)
    steps = curve(waits)
    assert [day for day, _ in steps] == sorted({one.days for one in waits if one.moved})
    assert [left for _, left in steps] == [rounded(100 * surviving(day)) for day, _ in steps]
