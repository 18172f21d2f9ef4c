"""One meter over time."""

import re
from typing import Any

from services.console.views import accounts_usage as views

HISTORY: dict[str, Any] = {
    "unit": "call",
    "data": [
        {"at": "2026-11-01T00:00:00Z", "used": None, "limit": None},
        {"at": "2026-11-02T00:00:00Z", "used": 40, "limit": 50},
        {"at": "2026-11-03T00:00:00Z", "used": 96, "limit": 100},
    ],
    "thresholds": [80, 100, {"at": 5}],
    "alerts": [{"at": "2026-11-02T12:00:00Z", "threshold": 80}],
    "plan_changes": [],
}
METER = {"meter": "calls", "name": {"en": "API calls", "ja": "API呼び出し"}, "forecast": None}


def say(key: str, /, **given: Any) -> str:
    return f"{key} {' '.join(map(str, given.values()))}".strip()


def figure(history: dict[str, Any], forecast: dict[str, Any] | None = None) -> Any:
    written = views.Written(say, str, str, lambda at: f"{at:%d}")
    return views.figure(history, forecast, "calls", written, "/csv")


def test_the_table_has_the_numbers_of_the_chart_and_gaps_stay_gaps() -> None:
    found = figure(HISTORY)
    assert found.finding == "finding calls 96 100"
    assert [row[1][0] for row in found.rows] == [None, 40, 96]
    assert found.rows[0][1][1] == "–"
    assert "<title>alert level 80</title>" in found.inside
    assert 'class="limit"' in found.inside
    assert "level 80" in found.inside
    assert "level 100" not in found.inside, "the limit has a line of its own"


def test_a_forecast_is_drawn_to_the_limit() -> None:
    assert "forecast" in figure(HISTORY, {"reaches_limit_at": "2026-11-05T00:00:00Z"}).inside
    assert "forecast" not in figure(HISTORY, {"reaches_limit_at": "2026-11-01T00:00:00Z"}).inside


def test_nothing_used_is_no_chart_and_no_limit_is_unlimited() -> None:
    empty = {**HISTORY, "data": HISTORY["data"][:1]}
    assert figure(empty) is None
    free = [{**one, "limit": None} for one in HISTORY["data"]]
    assert figure({**HISTORY, "data": free}).finding == "finding.unlimited calls 96"


def test_the_meter_is_called_by_its_name() -> None:
    view = views.view("a/1", [METER], None, {"meter": "calls"}, "ja")
    assert (view["label"], view["away"]) == ("API呼び出し", True)
    assert view["csv"] == "/console/accounts/a%2F1/usage?meter=calls&format=csv"
    assert views.wanted({"meter": "m", "x": "y"}) == {"meter": "m"}


def test_the_days_of_the_chart_are_those_of_the_form() -> None:
    shown = views.view("a", [METER], HISTORY, {"meter": "calls", "to": "2026-11-09"}, "en")
    assert shown["asked"] == {"meter": "calls", "from": "2026-11-01", "to": "2026-11-09"}


def test_thresholds_follow_the_limit_as_it_was() -> None:
    drawn = re.findall(r'<path d="([^"]+)" class="(limit|threshold)"', figure(HISTORY).inside)
    assert [kind for _, kind in drawn] == ["limit", "threshold", "threshold"]
    assert [path.count("V") for path, _ in drawn] == [1, 1, 0]


def test_a_threshold_is_a_share_an_amount_or_an_amount_an_hour() -> None:
    found = [views.level_text(one, say, str) for one in (80, {"at": 5}, {"per_hour": 7})]
    assert found == ["level 80", "5", "per_hour 7"]
    both = {**HISTORY, "thresholds": [80, 100, 120, {"at": 5}, {"per_hour": 7}]}
    drawn = figure(both).inside
    assert drawn.count('class="threshold"') == 3
    assert views.alerts(HISTORY, say, str)[0]["level"] == "level 80"


def test_hours_are_told_from_days() -> None:
    assert not views.is_hourly(HISTORY)
    assert views.is_hourly({"data": [{"at": "2026-11-01T05:00:00Z"}]})
