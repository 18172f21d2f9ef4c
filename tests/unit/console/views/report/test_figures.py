"""Charts of reports: the finding, the numbers of the API as a table, n and period."""

from decimal import Decimal
from typing import Any

import pytest

from services.console.charts.figure import Figure
from services.console.views.report.figures import Paper, figures
from services.console.views.reports_one import NAMES
from tests.unit.console.charts.paper import drawn
from tests.unit.console.views.report import answers
from tests.unit.console.views.report.answers import ANSWERS, EMPTY
from tests.unit.console.views.report.test_findings import FINDINGS, named

PERIOD = "16 Jun 2025 – 15 Sep 2025"


def charts(name: str, found: dict[str, Any], locale: str = "en-GB") -> list[Figure]:
    return figures(name, found, Paper(named(locale), locale, PERIOD, "/x.csv"))


@pytest.mark.parametrize("locale", ["en-GB", "ja-JP"])
@pytest.mark.parametrize("name", sorted(set(NAMES) - {"costs"}))
def test_a_chart_can_be_read_without_seeing_it(name: str, locale: str) -> None:
    found = charts(name, ANSWERS[name], locale)
    assert found
    assert len({one.name for one in found}) == len(found)
    for one in found:
        drawn(one.inside, one.height)
        assert "n = " in one.caption
        assert one.caption.endswith(PERIOD)
        assert one.csv == "/x.csv"
        assert one.rows
        assert all(len(row) == len(one.columns) for row in one.rows)
        if locale == "en-GB":
            assert FINDINGS[name].endswith(one.finding) or not one.is_said


@pytest.mark.parametrize("name", NAMES)
def test_nothing_is_drawn_of_nothing(name: str) -> None:
    assert charts(name, EMPTY[name]) == []


def test_currencies_have_a_chart_each_and_months_without_are_zero() -> None:
    yen, dollars = charts("amounts", ANSWERS["amounts"])
    assert (yen.name, dollars.name) == ("amounts-JPY", "amounts-USD")
    assert yen.finding.startswith("JPY: Upsells: 2, together ¥3,600,000 a year")
    assert "$" not in yen.finding
    assert [row[0][0] for row in dollars.rows] == ["2025-06", "2025-07", "2025-08", "2025-09"]
    assert [row[1][0] for row in dollars.rows] == ["15000.00", "0", "0", "9000.00"]


def test_of_few_cases_a_bar_has_the_count_alone() -> None:
    found = answers.conversion(("a", 9, 5, 3, "in"), ("b", 10, 5, 3, "in"))
    texts = [row[1][1] for row in charts("conversion", found)[0].rows]
    assert texts == ["5 of 9 (few cases)", "50 % (5 of 10)"]


def test_the_curve_is_the_apis() -> None:
    (one,) = charts("time_to_upsell", ANSWERS["time_to_upsell"])
    assert [(row[0][0], row[1][0]) for row in one.rows] == [(100, "91.7"), (244, "41.7")]
    assert "half" in one.inside


def test_many_groups_are_named_in_the_table() -> None:
    found = answers.conversion(*((f"plan-{n}", 10, 5, 3, "in") for n in range(40)))
    (one,) = charts("conversion", found)
    assert len(one.rows) == 40
    assert "16 others" in one.inside
    drawn(one.inside, one.height)


def test_amounts_of_any_size_are_drawn() -> None:
    row = {**ANSWERS["nrr"]["rows"][0], "start": str(10**15), "churn": str(-(10**15)),
           "plan_upgrade": "0.00", "end": "0.00"}  # fmt: skip
    (one,) = charts("nrr", answers.answer("nrr", [row], unknown=0))
    drawn(one.inside, one.height)
    assert Decimal(str(one.rows[0][1][0])) == 10**15
