"""The arithmetic of reports against slow and obvious ways to reckon the same."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from math import erf, sqrt
from statistics import NormalDist

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.trigger.process.figures.csv_form import csv_bytes
from services.trigger.process.figures.exact import median, percent, rounded
from services.trigger.process.figures.months import month_of, whole_months
from services.trigger.process.figures.survival import Wait, quantile
from services.trigger.process.figures.uplift import Arm, uplift

WAITS = st.lists(st.builds(Wait, st.integers(0, 12), st.booleans()), max_size=30)
ARMS = st.integers(1, 400).flatmap(lambda n: st.builds(Arm, st.integers(0, n), st.just(n)))


@pytest.mark.parametrize(
    ("part", "whole", "shown"),
    [(1, 3, "33.3"), (2, 3, "66.7"), (1, 2000, "0.1"), (-1, 2000, "-0.1"), (1, 2001, "0.0")],
)
def test_halves_are_rounded_away_from_zero(part: int, whole: int, shown: str) -> None:
    assert percent(part, whole) == Decimal(shown)


def test_a_quotient_is_rounded_once() -> None:
    # In 28 digits this is 50.05 exactly, and would become 50.1.
    assert rounded(Fraction(5005, 100) - Fraction(1, 10**40)) == Decimal("50.0")
    assert percent(1, 0) is None


def test_the_median_of_an_even_number() -> None:
    assert median([4, 1, 3, 2]) == Fraction(5, 2)
    assert median([]) is None


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


@pytest.mark.parametrize(
    ("since", "until", "months"),
    [
        ("2025-01-15", "2025-09-15", 8),
        ("2025-01-15", "2025-09-14", 7),
        ("2025-01-31", "2025-02-28", 1),
        ("2025-01-31", "2025-02-27", 0),
        ("2024-02-29", "2025-02-28", 12),
    ],
)
def test_whole_months(since: str, until: str, months: int) -> None:
    first, last = (datetime.fromisoformat(text).replace(tzinfo=UTC) for text in (since, until))
    assert whole_months(first, last, "UTC") == months


def test_a_month_begins_at_midnight_in_its_zone() -> None:
    at = datetime(2025, 10, 1, tzinfo=UTC) - timedelta(hours=9)
    assert (month_of(at, "UTC"), month_of(at, "Asia/Tokyo")) == ("2025-09", "2025-10")


def test_csv_is_for_spreadsheets() -> None:
    rows: list[dict[str, object]] = [
        {"name": '=1+1,"x"', "at": datetime(2025, 1, 1, tzinfo=UTC), "lost": {"price": 1}},
        {"name": None, "at": None, "lost": {"price": Decimal("2.50")}, "touches": ["a", "b"]},
        {"name": "line\nbreak", "at": None, "touches": [], "low_n": True, "sum": "-24.50"},
    ]
    assert csv_bytes(rows).decode("utf-8-sig") == (
        "name,at,lost.price,touches,low_n,sum\r\n"
        '"\'=1+1,""x""",2025-01-01T00:00:00Z,1,,,\r\n'
        ",,2.50,a;b,,\r\n"
        '"line\nbreak",,,,true,-24.50\r\n'
    )
    assert csv_bytes([]) == b"\xef\xbb\xbf"


@pytest.mark.parametrize("text", ["=x", "+x", "-x", "@x", "\tx", "\rx", "-1+2", "+5"])
def test_what_a_spreadsheet_would_run_gets_an_apostrophe(text: str) -> None:
    shown = csv_bytes([{"name": text}]).decode("utf-8-sig").split("\r\n", 1)[1]
    assert shown.lstrip('"').startswith(f"'{text}")
