"""Revenue and guardrails side by side."""

from services.console.views import reports, reports_one


def test_every_report_is_in_a_group_once() -> None:
    listed = [name for _, names in reports.GROUPS for name in names]
    assert sorted(listed) == sorted(reports_one.NAMES)


def test_currencies_are_apart_and_what_is_away_says_so() -> None:
    one = {"currency": "USD", "won_year": "120.00", "change_percent": None}
    totals = {"currencies": [one, {"currency": None}], "n": 3, "nps_delta": 1}
    view = reports.view({"totals": totals, "to": "2026-12-02"}, {})
    assert len(view["revenue"]) == 1
    assert (view["n"], view["last_day"]) == (3, "2026-12-01")
    assert reports.view(None, {})["away"]
