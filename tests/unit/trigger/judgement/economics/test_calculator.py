"""Figures that are tried out, and of which nothing is remembered."""

from typing import Any

import pytest

from services.trigger.judgement.economics.calculator import tried
from services.trigger.judgement.economics.value import ValueCase
from services.trigger.judgement.facts import types
from services.trigger.judgement.facts.types import ValueStated
from tests.support.catalogs import catalog
from tests.support.stories import NOW, account

GLOBAL = catalog("global")


def figures(**more: Any) -> ValueStated:
    given = {
        "members": 5,
        "hours": 8,
        "hours_basis": "per_person",
        "hours_period": "week",
        "hourly_rate": "50",
        "currency": "USD",
        "source": "assumed",
    }
    found = types.read("value.stated", given | more)
    assert isinstance(found, ValueStated)
    return found


def test_what_the_step_would_be_worth() -> None:
    case = account(GLOBAL, "pro").case("schedule")
    found = tried(case, figures(), NOW)
    assert isinstance(found, ValueCase)
    assert [found.year, found.json("ja")["multiple"]] == [104_000, "6.93"]
    assert case.facts.record.stated is None


@pytest.mark.parametrize(
    ("plan", "more", "why"),
    [
        ("enterprise", {}, "no_next_plan"),
        (None, {}, "no_next_plan"),
        ("pro", {"currency": "JPY"}, "currency"),
    ],
)
def test_why_nothing_can_be_computed(plan: str | None, more: dict[str, Any], why: str) -> None:
    assert tried(account(GLOBAL, plan).case("schedule"), figures(**more), NOW) == why
