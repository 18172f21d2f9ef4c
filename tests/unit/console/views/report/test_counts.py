"""How many cases a report is about, and whether there are any."""

import pytest

from services.console.views.report import counts
from services.console.views.reports_one import NAMES
from tests.unit.console.views.report.answers import ANSWERS, EMPTY, answer


@pytest.mark.parametrize("name", NAMES)
def test_nothing_to_count_is_empty(name: str) -> None:
    assert counts.is_empty(name, EMPTY[name])
    assert not counts.is_empty(name, ANSWERS[name])
    assert counts.size(name, EMPTY[name]) == 0


def test_n_is_that_of_the_percentages() -> None:
    sizes = {"conversion": 10, "owners": 11, "holdout": 300, "balance": 12, "plans": 100}
    assert {name: counts.size(name, ANSWERS[name]) for name in sizes} == sizes


def test_losses_without_a_request_are_something() -> None:
    lost = {"handoff": 1, "objection": 0, "process": 0, "other": 0}
    found = answer("handoffs", EMPTY["handoffs"]["rows"], lost=lost)
    assert not counts.is_empty("handoffs", found)
