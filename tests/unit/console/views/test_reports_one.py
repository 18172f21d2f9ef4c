"""A report as cells: raw as the API has it, and how each is written."""

from decimal import Decimal
from typing import Any

import pytest

from services.console.views import reports_one as views


def say(key: str, /, **_: Any) -> str:
    return key


@pytest.mark.parametrize(
    ("name", "value", "row", "kind"),
    [
        ("won_percent", Decimal("50.0"), {}, "percent"),
        ("count", 3, {}, "number"),
        ("low_n", True, {}, "yes"),
        ("sum", "15000.00", {"currency": "USD"}, "money"),
        ("sum", "15000.00", {}, "text"),
        ("upgraded_at", "2026-11-01T00:00:00Z", {}, "moment"),
        ("account", "acct-42", {}, "account"),
        ("band", None, {}, "none"),
        ("ci", [1, 2], {}, "text"),
    ],
)
def test_how_a_figure_is_written(name: str, value: Any, row: dict[str, Any], kind: str) -> None:
    cell = views.cell(name, value, row)
    assert (cell["kind"], cell["raw"]) == (kind, "" if value is None else value)


def test_a_period_ends_on_the_day_before() -> None:
    found = {"from": "2026-01-01", "to": "2026-12-02", "rows": [], "totals": {"count": 1}}
    view = views.view("pipeline", found, {}, say)
    assert view["last_day"] == "2026-12-01"
    assert view["csv"] == "/console/reports/pipeline?format=csv"
    assert [one["name"] for one in view["totals"]] == ["count"]


def test_reports_of_another_form_have_rows_and_totals_too() -> None:
    view = views.view("readiness", {"asked": 1, "flags": []}, {}, say)
    assert [one["name"] for one in view["totals"]] == ["asked"]
    assert (view["rows"], view["csv"]) == ([], "")
    assert views.view("plays", {"data": [{"play": "x"}], "flags": []}, {}, say)["columns"] == [
        "play"
    ]


@pytest.mark.parametrize(
    ("name", "rows"),
    [
        ("pipeline", [{"stage": "engaged", "count": 2}]),
        ("funnel", [{"eligible": 4, "ready": 2, "engaged": 1, "won": 0}]),
        ("conversion", [{"key": "all", "cohort_percent": Decimal("50.0")}]),
        ("retention", [{"arm": "others", "percent": Decimal("80.0")}]),
        ("time_to_upsell", [{"days": 30}, {"days": None}]),
    ],
)
def test_charts_have_a_table_of_the_same_numbers(name: str, rows: list[dict[str, Any]]) -> None:
    figure = views.figure(name, rows, say)
    assert figure is not None
    assert figure.inside
    assert figure.rows
    assert views.figure(name, [], say) is None


def test_what_is_asked_is_what_the_address_says() -> None:
    assert views.wanted({"from": "2026-01-01", "x": "y"}) == {"from": "2026-01-01"}
    assert views.asked("plays", {"from": "x"}, "en", "UTC") == {}
    assert views.asked("nrr", {"from": "x"}, "en", "UTC")["time_zone"] == "UTC"
