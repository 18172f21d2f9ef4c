"""The health score: a weighted mean of what is known."""

from decimal import Decimal

import pytest

from services.trigger.judgement.findings.health import Band, band, health, score, utilisation
from tests.support.catalogs import catalog
from tests.support.stories import NOW, account

GLOBAL = catalog("global")


@pytest.mark.parametrize(
    ("exact", "expected"),
    [
        ("0", "red"),
        ("50.9", "red"),
        ("51", "yellow"),
        ("75.99", "yellow"),
        ("76", "green"),
        ("100", "green"),
    ],
)
def test_bands_are_by_whole_points(exact: str, expected: Band) -> None:
    assert band(Decimal(exact)) == expected


@pytest.mark.parametrize(
    ("percent", "months", "expected"),
    [
        (76, 120, "green"),
        (75, 5, "green"),
        (75, 6, "yellow"),
        (0, 8, "yellow"),
        (75, 9, "red"),
        (0, 0, "green"),
    ],
)
def test_half_empty_is_a_risk_only_after_months(percent: int, months: int, expected: Band) -> None:
    assert utilisation(percent, months) == expected


def test_the_weight_of_what_is_missing_goes_to_the_others() -> None:
    weights = {"nps": Decimal(1), "support": Decimal(3), "logins": Decimal(4)}
    found = score({"nps": Decimal(100), "support": Decimal(0)}, weights)
    assert found is not None
    assert found.score == 25
    assert [(part.key, part.weight) for part in found.components] == [
        ("nps", Decimal("0.25")),
        ("support", Decimal("0.75")),
    ]
    assert found.worst == "support"


def test_nothing_known_is_no_score() -> None:
    assert score({}, {"nps": Decimal(1)}) is None
    assert score({"nps": Decimal(5)}, {"nps": Decimal(0)}) is None
    assert score({"other": Decimal(5)}, {"nps": Decimal(1)}) is None
    assert health(account(GLOBAL, None).facts, None, GLOBAL.policy, NOW) is None


def test_three_reasons_at_most_the_worst_first() -> None:
    known = {key: Decimal(value) for key, value in zip("abcd", (90, 10, 50, 30), strict=True)}
    found = score(known, dict.fromkeys("abcd", Decimal(1)))
    assert found is not None
    assert [reason["key"] for reason in found.json()["reasons"]] == ["b", "d", "c"]
