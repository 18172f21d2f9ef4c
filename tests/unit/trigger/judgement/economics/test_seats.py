"""More units of the present plan beside the step up."""

from decimal import Decimal

import pytest

from services.trigger.judgement.economics.seats import Units


def units(quantity: int, unit: str, upgrade: str) -> Units:
    return Units("seats", "seats", quantity, Decimal(unit), Decimal(upgrade), "USD")


@pytest.mark.parametrize(
    ("quantity", "upgrade_is_cheaper", "saving"),
    [(9, False, "-12"), (10, False, "0"), (11, True, "12")],
)
def test_the_upgrade_is_cheaper_only_from_the_unit_after_the_break_even(
    quantity: int, upgrade_is_cheaper: bool, saving: str
) -> None:
    found = units(quantity, "12", "120")
    assert found.break_even == 10
    assert found.upgrade_is_cheaper is upgrade_is_cheaper
    assert found.saving_year == Decimal(saving)
    assert found.json()["quantity"] == quantity


@pytest.mark.parametrize(
    ("unit", "upgrade", "break_even"),
    [("0", "120", None), ("7", "120", 18), ("12", "0", 0), ("12", "-5", 0)],
)
def test_where_they_meet(unit: str, upgrade: str, break_even: int | None) -> None:
    assert units(1, unit, upgrade).break_even == break_even
