"""A figure as the API has it, and how it is written."""

from decimal import Decimal
from typing import Any

import pytest

from services.console.views.report.cells import cell, flat, raw
from tests.unit.console.views.report.test_findings import named


@pytest.mark.parametrize(
    ("name", "value", "row", "kind"),
    [
        ("won_percent", Decimal("50.0"), {}, "percent"),
        ("count", 3, {}, "number"),
        ("low_n", True, {}, "yes"),
        ("sum", "15000.00", {"currency": "USD"}, "money"),
        ("churn", "-15000.00", {"currency": "USD"}, "money"),
        ("sum", "15000.00", {}, "text"),
        ("upgraded_at", "2026-11-01T00:00:00Z", {}, "moment"),
        ("day", "2026-11-01", {}, "day"),
        ("month", "2026-11", {"currency": "USD"}, "text"),
        ("account", "42", {"currency": "USD"}, "link"),
        ("credited", "42", {"currency": "USD"}, "text"),
        ("band", None, {}, "none"),
        ("band", "in", {}, "code"),
        ("band", "new", {}, "text"),
        ("stage", "engaged", {}, "code"),
        ("plan", "all", {}, "text"),
        ("ci", [1, 2], {}, "list"),
    ],
)
def test_how_a_figure_is_written(name: str, value: Any, row: dict[str, Any], kind: str) -> None:
    assert cell(name, value, row, named())["kind"] == kind


@pytest.mark.parametrize(
    ("value", "text"),
    [(None, ""), (True, "true"), (Decimal("1E+2"), "100"), (["a", None], "a;"), (7, "7")],
)
def test_it_is_kept_as_the_csv_has_it(value: Any, text: str) -> None:
    assert raw(value) == text


@pytest.mark.parametrize(
    ("name", "row", "few"),
    [
        ("decided_percent", {"won": 5, "lost": 4, "low_n": False}, (True, 5, 9)),
        ("cohort_percent", {"won": 5, "qualified": 10, "low_n": False}, (False, 5, 10)),
        ("percent", {"retained": 3, "n": 9}, (True, 3, 9)),
        ("helpful_percent", {"low_n": True}, (True, None, None)),
        ("change_percent", {"low_n": True}, (False, None, None)),
    ],
)
def test_a_percentage_of_few_cases_has_its_count(
    name: str, row: dict[str, Any], few: tuple[Any, ...]
) -> None:
    found = cell(name, Decimal(50), row, named())
    assert (found["few"], found["part"], found["whole"]) == few


def test_nested_names_are_joined_as_in_the_csv() -> None:
    assert dict(flat({"nps": {"n": 2}, "x": [1]})) == {"nps.n": 2, "x": [1]}
