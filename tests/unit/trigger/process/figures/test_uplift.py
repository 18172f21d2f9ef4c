"""Two shares against the closed forms."""

from decimal import Decimal
from math import erf, sqrt
from statistics import NormalDist

from hypothesis import given
from hypothesis import strategies as st

from services.trigger.process.figures.uplift import Arm, uplift

ARMS = st.integers(1, 400).flatmap(lambda n: st.builds(Arm, st.integers(0, n), st.just(n)))


@given(ARMS, ARMS)
def test_uplift_is_the_textbook_z_test_and_wald_interval(treated: Arm, other: Arm) -> None:
    """By the closed forms in floating point, with the error function instead of `NormalDist`."""
    p1, p0 = treated.hits / treated.n, other.hits / other.n
    pooled = (treated.hits + other.hits) / (treated.n + other.n)
    error = sqrt(pooled * (1 - pooled) * (1 / treated.n + 1 / other.n))
    found = uplift(treated, other)
    if error:
        z = (p1 - p0) / error
        assert abs(float(found.z or 0) - z) <= 0.005 + 1e-9
        assert abs(float(found.p or 0) - (1 - erf(abs(z) / sqrt(2)))) <= 0.00005 + 1e-9
    else:
        assert (found.z, found.p, found.conclusive) == (None, None, False)
    reach = NormalDist().inv_cdf(0.975) * sqrt(p1 * (1 - p1) / treated.n + p0 * (1 - p0) / other.n)
    assert found.ci is not None
    low, high = found.ci
    assert abs(float(low) - 100 * (p1 - p0 - reach)) <= 0.05 + 1e-9
    assert abs(float(high) - 100 * (p1 - p0 + reach)) <= 0.05 + 1e-9
    assert (found.needed_per_arm is None) == (treated.share == other.share)


def test_few_expected_counts_are_not_conclusive() -> None:
    found = uplift(Arm(5, 10), Arm(0, 100))
    assert found.p is not None
    assert found.p < Decimal("0.05")
    assert not found.conclusive
