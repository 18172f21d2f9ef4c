"""Rows and totals as tables of cells: those of the CSV."""

from typing import Any

import pytest

from services.console.views.report.tables import rows_of, tables, totals
from services.console.views.reports_one import NAMES
from shared.values.csv_form import csv_bytes
from tests.unit.console.views.report.answers import ANSWERS
from tests.unit.console.views.report.test_findings import named


@pytest.mark.parametrize("name", NAMES)
def test_the_table_has_the_columns_and_fields_of_the_csv(name: str) -> None:
    rows = rows_of(ANSWERS[name])
    if not rows:
        return
    table = tables(ANSWERS[name], named())[0]
    head, *lines = csv_bytes(rows).decode("utf-8-sig").splitlines()
    assert table["columns"] == head.split(",")
    first = ",".join(one["raw"] for one in table["rows"][0])
    assert lines[0].replace('"', "") == first


def test_rows_that_came_as_a_page_say_where_in_the_whole_they_are() -> None:
    found = ANSWERS["missed"]
    assert len(found["rows"]) == 1
    (page,) = [one for one in tables({**found, "row_count": 120}, named(), 100)
               if one["path"] == "rows"]  # fmt: skip
    assert (page["first"], page["last"], page["count"]) == (101, 101, 120)
    assert len(page["rows"]) == 1


def _totals(name: str) -> dict[str, Any]:
    return {one["path"]: one["raw"] for one in totals(ANSWERS[name], named())}


def test_nested_totals_are_shown_by_their_path() -> None:
    assert _totals("handoffs")["totals.lost.objection"] == "4"
    assert _totals("pipeline")["totals.flows.percents"] == "50.0;50.0;70.0;"
    assert _totals("readiness")["asked"] == "100"
    paths = [one["path"] for one in tables(ANSWERS["plans"], named())]
    assert paths == ["target", "warnings", "support"]
