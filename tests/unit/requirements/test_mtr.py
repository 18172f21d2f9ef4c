"""MTR: meters, limits, crossings (R-020..R-025, R-028), and what becomes of them (BP-13, BP-14)."""

from decimal import Decimal

from services.trigger.limits import percent
from tests.support.catalogs import document, parsed
from tests.unit.trigger.watched import Watched

GB = 10**9


def test_r_020_any_meter_may_be_registered() -> None:
    projects = {
        "event": "project.opened",
        "aggregation": "count",
        "reset": "never",
        "unit": "project",
    }
    given = document()
    given["meters"]["projects"] = projects
    for plan in given["plans"]:
        plan["limits"]["projects"] = 3
    found = parsed(given)
    limit = found.limit("starter", "projects", {})
    assert Watched(limit, gauge=True).uses(2, 3).sent == ["100"]


def test_r_021_a_counter_begins_anew_and_a_gauge_stays() -> None:
    calls = Watched(Decimal(10_000)).uses(9_000).next_period(500)
    assert percent(calls.used, calls.limit) == 5
    assert calls.sent == ["90"]
    storage = Watched(Decimal(10 * GB), gauge=True).uses(9 * GB, 9 * GB)
    assert storage.sent == ["90"]


def test_r_022_unlimited_never_crosses_and_zero_is_not_in_the_plan() -> None:
    unlimited = Watched(None).uses(10**12)
    assert unlimited.sent == []
    assert percent(Decimal(10**12), None) is None
    assert Watched(Decimal(0)).uses(1).sent == ["gated"]


def test_r_023_at_the_exact_point() -> None:
    assert Watched(Decimal(10 * GB), gauge=True).uses(8_999_999_999).sent == ["80"]
    assert Watched(Decimal(10 * GB), gauge=True).uses(8_999_999_999, 9_000_000_000).sent == [
        "80",
        "90",
    ]
    assert Watched(Decimal(10_000)).uses(7_999).sent == []
    assert Watched(Decimal(10_000)).uses(7_999, 8_000, 8_001).sent == ["80"]


def test_r_024_several_thresholds_in_one_event_make_one_message() -> None:
    seats = Watched(Decimal(5), gauge=True).uses(3, 5)
    assert [row.key for row in seats.rows] == ["80", "90", "95", "100"]
    assert seats.sent == ["100"]


def test_r_025_once_per_threshold_and_again_after_a_real_drop() -> None:
    assert Watched(Decimal(10), gauge=True).uses("9.0", "8.95", "9.0").sent.count("90") == 1
    assert Watched(Decimal(10), gauge=True).uses("9.0", "8.7", "9.0").sent.count("90") == 2


def test_r_028_a_correction_resolves_and_nothing_is_sent_again() -> None:
    calls = Watched(Decimal(10_000)).uses(10_100, 9_600, 10_100)
    assert [row.state for row in calls.rows if row.key == "100"] == ["resolved"]
    assert calls.sent == ["100"]


def test_bp_13_resolved_strictly_below() -> None:
    calls = Watched(Decimal(100)).uses(100, 100)
    assert [row.state for row in calls.rows if row.key == "100"] == ["open"]
    assert [row.state for row in calls.uses("99.999999999").rows if row.key == "100"] == [
        "resolved"
    ]


def test_bp_14_a_lower_limit_is_evaluated_at_once() -> None:
    assert Watched(Decimal(1_000)).uses(600).allows(500).sent == ["100"]


def test_percentages_and_amounts_side_by_side() -> None:
    assert Watched(Decimal(10 * GB), gauge=True, keys=(80, "9000000000")).uses(9 * GB).sent == [
        "at:9000000000"
    ]
