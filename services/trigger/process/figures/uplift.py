"""Whether two shares differ by more than chance would explain (BP-21).

A pooled two-sided two-proportion z-test, an unpooled 95 % Wald interval, and the number of accounts
per arm that would show such a difference with a power of 80 %.
"""

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from math import ceil, sqrt
from statistics import NormalDist

from services.trigger.process.figures.exact import or_none, rounded

_NORMAL = NormalDist()
_SIDES = _NORMAL.inv_cdf(0.975)
_POWER = _NORMAL.inv_cdf(0.80)
_SIGNIFICANT = 0.05
_LEAST_EXPECTED = 5


@dataclass(frozen=True, slots=True)
class Arm:
    """Of `n` accounts, `hits` moved."""

    hits: int
    n: int

    @property
    def share(self) -> Fraction:
        return Fraction(self.hits, self.n)

    @property
    def variance(self) -> Fraction:
        return self.share * (1 - self.share)


@dataclass(frozen=True, slots=True)
class Uplift:
    """Of the treated arm over the other. None: there is nothing to divide by."""

    points: Decimal | None = None
    relative_percent: Decimal | None = None
    z: Decimal | None = None
    p: Decimal | None = None
    ci: tuple[Decimal, Decimal] | None = None
    conclusive: bool = False
    needed_per_arm: int | None = None


def uplift(treated: Arm, other: Arm) -> Uplift:
    if not treated.n or not other.n:
        return Uplift()
    difference = treated.share - other.share
    pooled = Arm(treated.hits + other.hits, treated.n + other.n)
    error = sqrt(pooled.variance * (Fraction(1, treated.n) + Fraction(1, other.n)))
    z = float(difference) / error if error else None
    p = None if z is None else 2 * _NORMAL.cdf(-abs(z))
    return Uplift(
        points=rounded(100 * difference),
        relative_percent=or_none(100 * difference / other.share if other.hits else None),
        z=None if z is None else _digits(z, 2),
        p=None if p is None else _digits(p, 4),
        ci=_interval(treated, other),
        conclusive=p is not None and p <= _SIGNIFICANT and _is_enough(pooled, treated, other),
        needed_per_arm=needed_per_arm(treated.share, other.share),
    )


def needed_per_arm(treated: Fraction, other: Fraction) -> int | None:
    """None without a difference."""
    difference = treated - other
    if not difference:
        return None
    middle = (treated + other) / 2
    chance = _SIDES * sqrt(2 * middle * (1 - middle))
    power = _POWER * sqrt(treated * (1 - treated) + other * (1 - other))
    return ceil(((chance + power) / float(difference)) ** 2)


def _interval(treated: Arm, other: Arm) -> tuple[Decimal, Decimal]:
    """In points."""
    difference = float(treated.share - other.share)
    reach = _SIDES * sqrt(treated.variance / treated.n + other.variance / other.n)
    return _digits(100 * (difference - reach), 1), _digits(100 * (difference + reach), 1)


def _is_enough(pooled: Arm, *arms: Arm) -> bool:
    """Whether every expected count, of moved and unmoved accounts in each arm, is 5 or more."""
    expected = (share * arm.n for arm in arms for share in (pooled.share, 1 - pooled.share))
    return all(count >= _LEAST_EXPECTED for count in expected)


def _digits(value: float, digits: int) -> Decimal:
    found = Decimal(value).quantize(Decimal(1).scaleb(-digits), ROUND_HALF_UP)
    return found or abs(found)
