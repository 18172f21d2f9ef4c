"""A report's page: period, tables, totals, and what it says when there is nothing."""

from typing import Any

import pytest

from services.console.views import reports_one as views
from tests.unit.console.views.report.answers import ANSWERS, EMPTY, answer
from tests.unit.console.views.report.test_findings import FINDINGS, named


def view(name: str, found: dict[str, Any], start: int = 0) -> dict[str, Any]:
    return views.view(name, found, {"from": "2025-06-16"}, named(), "en-GB", start)


@pytest.mark.parametrize("name", views.NAMES)
def test_a_report_is_shown_whole(name: str) -> None:
    found = view(name, ANSWERS[name])
    assert found["finding"] == FINDINGS[name]
    paths = [one["path"] for one in [*found["totals"], *found["tables"]]]
    assert len(set(paths)) == len(paths)
    empty = view(name, EMPTY[name])
    assert (empty["empty"], empty["finding"], empty["figures"]) == (True, "", [])


def test_a_period_ends_on_the_day_before() -> None:
    found = view("pipeline", ANSWERS["pipeline"])
    assert found["period"] == "16 Jun 2025 – 15 Sep 2025"
    assert found["csv"] == "/console/reports/pipeline?from=2025-06-16&format=csv"


def test_a_long_table_is_turned_over() -> None:
    rows = [{"stage": f"s{n}", "count": 1, "mean_age_days": None} for n in range(120)]
    found = answer("pipeline", rows, count=120, mean_age_days=1, flows={})
    first, last = view("pipeline", found)["tables"][0], view("pipeline", found, 100)["tables"][0]
    assert (len(first["rows"]), first["first"], first["last"]) == (50, 1, 50)
    assert (len(last["rows"]), last["first"], last["last"]) == (20, 101, 120)
    assert "start=50" in view("pipeline", found)["next"]
    assert view("pipeline", found, 100)["next"] == ""
    assert [views.start_of({"start": one}) for one in ("50", "-1", "²", "9" * 10)] == [50, 0, 0, 0]


def test_what_is_empty_says_since_when_there_is_anything() -> None:
    listed = {"data": [{"report": "nrr", "first_day": "2025-03-03"}]}
    found = views.beginning("nrr", listed, {"from": "2020-01-01", "to": "2020-02-01"})
    assert (found["first_day"], found["is_known"]) == ("2025-03-03", True)
    assert found["from_then"] == "/console/reports/nrr?from=2025-03-03"
    assert not views.beginning("nrr", None, {})["is_known"]
    assert views.beginning("ltv", listed, {})["from_then"] == ""


def test_what_is_asked_is_what_the_address_says() -> None:
    assert views.wanted({"from": "2026-01-01", "x": "y"}) == {"from": "2026-01-01"}
    assert views.asked("plays", {"from": "x"}, "en", "UTC") == {}
    kept = views.frame("pipeline", {"from": "x", "at": "2026-01-01", "currency": "USD"})["more"]
    assert kept == [("at", "2026-01-01"), ("currency", "USD")]
    assert views.asked("nrr", {"from": "x"}, "en", "UTC")["time_zone"] == "UTC"
    assert views.asked("time_to_upsell", {}, "en", "UTC")["curve"] == "on"
