"""Every line is computed from the one printed before it."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from services.trigger.judgement.economics.value import saved_hours, value_of_step
from services.trigger.judgement.facts.record import Stated

AT = datetime(2025, 9, 16, tzinfo=UTC)


def stated(**more: Any) -> Stated:
    given: dict[str, Any] = {
        "at": AT,
        "key": "k",
        "hours": Decimal(10),
        "hours_basis": "per_person",
        "hours_period": "week",
        "hourly_rate": Decimal(50),
        "currency": "USD",
        "source": "customer_stated",
        "members": 5,
    }
    return Stated(**given | more)


def test_maruta() -> None:
    found = value_of_step(stated(), Decimal(6_000), Decimal(21_000))
    assert [found.base, found.year, found.cost_year] == [2_500, 130_000, 15_000]
    assert [found.net_year, found.headline] == [115_000, 8]
    shown = found.json("en")
    assert (shown["multiple"], shown["benefit"]["year"]) == ("8.67", "130000.00")
    assert len(shown["lines"]) == 5
    assert found.clear(Decimal(8))
    assert not found.clear(Decimal(9))


def test_whose_hours_they_are_is_never_guessed() -> None:
    with pytest.raises(ValueError, match="members"):
        saved_hours(stated(members=None))
    assert saved_hours(stated(members=None, hours_basis="team_total")) == 10
    assert saved_hours(stated(automation_rate=Decimal("0.5"))) == 25


def test_a_step_that_costs_no_more_has_no_multiple() -> None:
    same = value_of_step(stated(), Decimal(6_000), Decimal(6_000))
    assert (same.multiple, same.headline, same.net_roi_pct, same.payback_days) == (
        None,
        None,
        None,
        0,
    )
    assert same.clear(Decimal(10**9))


def test_a_started_day_counts() -> None:
    found = value_of_step(stated(), Decimal(0), Decimal(130_000))
    assert found.payback_days == 364
    never = value_of_step(stated(hours=Decimal(0)), Decimal(0), Decimal(1))
    assert never.payback_days is None


def test_assumed_inputs_are_named() -> None:
    assumed = value_of_step(stated(source="assumed"), Decimal(0), Decimal(1))
    assert assumed.assumed == ("members", "hours", "hourly_rate")
    one = value_of_step(stated(assumed=("hours",)), Decimal(0), Decimal(1))
    assert one.assumed == ("hours",)
