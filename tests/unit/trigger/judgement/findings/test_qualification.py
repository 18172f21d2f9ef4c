"""Five criteria with evidence: unknown is neither yes nor no."""

from decimal import Decimal
from typing import Any

import pytest

from services.trigger.judgement.findings.qualification import (
    CRITERIA,
    UNKNOWN,
    Check,
    Finding,
    counted,
    qualify,
    slope,
    verdict,
)
from tests.support.catalogs import catalog
from tests.support.stories import account

PRO = account(catalog("global"), "pro")
YES, NO = Check(True), Check(False)


def test_a_yes_needs_evidence() -> None:
    with pytest.raises(ValueError, match="wall: a yes needs evidence"):
        Finding("wall", "yes")


@pytest.mark.parametrize(
    ("checks", "found"),
    [
        ((YES, YES, UNKNOWN, NO), "yes"),
        ((YES, UNKNOWN, NO, NO), "unknown"),
        ((NO, NO, NO, YES), "no"),
        ((), "no"),
    ],
)
def test_two_of_four(checks: tuple[Check, ...], found: str) -> None:
    assert counted({str(n): one for n, one in enumerate(checks)}, 2) == found


def test_a_no_outweighs_an_unknown() -> None:
    by: dict[Any, Any] = dict.fromkeys(CRITERIA, "yes")
    assert verdict(by) == "qualified"
    assert verdict(by | {"budget": "unknown"}) == "needs_discovery"
    assert verdict(by | {"budget": "unknown", "profile": "no"}) == "nurture"
    assert verdict(dict.fromkeys(CRITERIA, "no")) == "not_yet"


def test_what_is_stated_outranks_what_is_measured() -> None:
    bare = qualify(PRO.case("schedule"))
    assert bare.verdict == "needs_discovery"
    assert bare.questions
    said = PRO.told("budget.stated", status="no", said_by="c1")
    assert qualify(said.case("schedule")).verdict == "nurture"
    again = said.told("budget.stated", said.now, status="yes", said_by="c1")
    assert qualify(again.case("schedule")).verdict == "needs_discovery"


@pytest.mark.parametrize(
    ("values", "found"),
    [([], 0), ([5], 0), ([1, 2, 3], 1), ([3, 2, 1], -1), ([2, 2, 2], 0), ([10**9, 0, 0], None)],
)
def test_the_slope_of_least_squares(values: list[int], found: int | None) -> None:
    expected = Decimal(-(10**9)) / 2 if found is None else Decimal(found)
    assert slope(values) == expected
