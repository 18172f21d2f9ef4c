"""Rules beyond the numbers: absolute amounts, unlimited, zero, changed limits and thresholds."""

from decimal import Decimal

import pytest

from services.trigger.thresholds import Mark, State, evaluate, threshold_of
from shared.catalog import Threshold
from tests.unit.trigger.watched import Watched, thresholds


def test_a_threshold_is_reached_between_whole_units() -> None:
    assert Watched(Decimal(3)).uses("2.399999999").sent == []
    assert Watched(Decimal(3)).uses("2.4").sent == ["80"]


def test_wake_amounts_are_rounded_up_to_nine_decimals() -> None:
    meter = Watched(Decimal("0.000000001"), keys=(33,)).look()
    assert meter.alert_at == Decimal("0.000000001")
    assert Watched(Decimal("10.000000001"), keys=(50,)).look().alert_at == Decimal("5.000000001")


def test_wake_amounts_of_a_gauge_leave_the_margin() -> None:
    meter = Watched(Decimal(10), gauge=True).uses("9.2")
    assert (meter.alert_at, meter.rearm_at) == (Decimal("9.5"), Decimal("8.8"))


def test_a_full_meter_needs_no_more_looks_upwards() -> None:
    assert Watched(Decimal(10)).uses(10).alert_at is None


def test_a_superseded_alert_of_a_gauge_falls_alone() -> None:
    meter = Watched(Decimal(10), gauge=True).uses("9.6", "9.2")
    assert meter.states() == {"80": "superseded", "90": "superseded", "95": "resolved below"}
    assert meter.last is not None
    assert meter.last.cured
    assert meter.uses("9.5").sent == ["95", "95"]


def test_a_gauge_rearmed_by_falling_is_not_again() -> None:
    meter = Watched(Decimal(10), gauge=True).uses("9.0", "8.0", "9.0")
    assert not any(row.again for row in meter.rows)


@pytest.mark.parametrize("percent", [1, 2])
def test_a_threshold_within_the_margin_rearms_at_nothing(percent: int) -> None:
    meter = Watched(Decimal(100), gauge=True, keys=(percent,)).uses(5, 0, 5)
    assert meter.sent == [str(percent)] * 2


def test_unlimited_never_alerts_on_a_percentage() -> None:
    meter = Watched(None).uses(10**12)
    assert (meter.sent, meter.rows, meter.alert_at) == ([], [], None)


def test_an_absolute_threshold_holds_whatever_the_limit_is() -> None:
    assert Watched(None, keys=(80, "9000000000")).uses(9_000_000_000).sent == ["at:9000000000"]
    assert Watched(Decimal(10**12), keys=(80, "9000000000")).uses(9_000_000_000).sent == [
        "at:9000000000"
    ]


def test_an_absolute_threshold_is_ordered_by_its_ratio() -> None:
    meter = Watched(Decimal(10), keys=(80, "9.2", 95)).uses("9.3")
    assert meter.sent == ["at:9.2"]
    assert meter.uses("9.5").states() == {"80": "superseded", "at:9.2": "superseded", "95": "open"}


def test_an_absolute_threshold_of_a_gauge_rearms_two_percent_of_its_amount_lower() -> None:
    meter = Watched(None, gauge=True, keys=("100",)).uses(100, 98)
    assert (meter.states(), meter.rearm_at) == ({"at:100": "open"}, Decimal(98))
    assert meter.uses("97.999999999").states() == {"at:100": "resolved below"}
    assert meter.uses(100).sent == ["at:100"] * 2


def test_a_limit_change_leaves_absolute_thresholds_alone() -> None:
    meter = Watched(Decimal(10), keys=(80, "9")).uses("9.5").allows(20)
    assert meter.states() == {"80": "resolved limit", "at:9": "open"}


def test_unlimited_resolves_percentages_and_coming_back_is_again() -> None:
    meter = Watched(Decimal(100)).uses(96).allows(None)
    assert meter.states() == {
        "80": "resolved unlimited",
        "90": "resolved unlimited",
        "95": "resolved unlimited",
    }
    assert meter.allows(100).sent == ["95", "95"]
    assert all(row.again for row in meter.rows[3:])


def test_a_limit_of_zero_gates_once_a_period() -> None:
    meter = Watched(Decimal(0)).look()
    assert meter.alert_at == Decimal("1e-9")
    assert meter.uses(0, 1, 2, 0, 3).sent == ["gated"]
    assert meter.rows == []
    assert meter.next_period().uses(1).sent == ["gated", "gated"]


def test_a_gauge_with_a_limit_of_zero_gates_once_a_limit_revision() -> None:
    meter = Watched(Decimal(0), gauge=True).uses(1, 2)
    assert meter.look().sent == ["gated"]
    assert meter.allows(10).allows(0).sent == ["gated", "gated"]
    assert (meter.rows, meter.alert_at) == ([], None)


def test_taking_a_meter_out_of_the_plan_resolves_its_alert() -> None:
    meter = Watched(Decimal(100)).uses(96).allows(0)
    assert meter.states() == {"80": "superseded", "90": "superseded", "95": "resolved limit"}
    assert meter.sent == ["95", "gated"]


def test_a_threshold_added_below_the_usage_fires() -> None:
    meter = Watched(Decimal(100), keys=(80, 90)).uses(60)
    assert meter.thresholds_are(50, 80, 90).sent == ["50"]


def test_a_threshold_added_below_an_open_one_is_silent() -> None:
    meter = Watched(Decimal(100), keys=(80, 90)).uses(91).thresholds_are(50, 80, 90)
    assert meter.sent == ["90"]
    assert meter.states()["50"] == "superseded"


def test_a_threshold_added_below_one_that_teeters_is_silent() -> None:
    meter = Watched(Decimal(10), gauge=True, keys=(90,)).uses("9.0", "8.9").thresholds_are(85, 90)
    assert meter.sent == ["90"]
    assert meter.states() == {"90": "open", "85": "superseded"}


def test_added_thresholds_are_silent_if_the_policy_says_so() -> None:
    meter = Watched(Decimal(100), keys=(80,)).uses(85)
    meter.keys = (50, 80, 84)
    assert meter.look(tell_of_new=False).sent == ["80"]
    assert meter.states() == {"80": "open", "50": "superseded", "84": "superseded"}


def test_a_removed_threshold_resolves_and_is_new_when_it_returns() -> None:
    meter = Watched(Decimal(100)).uses(96).thresholds_are(80, 90)
    assert meter.states()["95"] == "resolved limit"
    assert meter.thresholds_are(80, 90, 95).sent == ["95", "95"]
    assert not any(row.again for row in meter.rows)


def test_a_raised_limit_rearms_a_gauge_without_margin() -> None:
    meter = Watched(Decimal(10), gauge=True).uses("9.0").allows("10.01")
    assert meter.states() == {"80": "superseded", "90": "resolved limit"}
    assert meter.uses("9.1").sent == ["90", "90"]


def test_a_lowered_limit_resolves_nothing_within_the_margin() -> None:
    meter = Watched(Decimal(10), gauge=True).uses("9.0", "8.9").allows("9.95")
    assert meter.states()["90"] == "open"
    assert meter.allows("9.5").sent == ["90"]


def test_a_raised_limit_rearms_what_a_correction_had_silenced() -> None:
    meter = Watched(Decimal(100)).uses(100, 96).allows(200)
    assert meter.uses(200).sent == ["100", "100"]


def test_what_stays_reached_stays_as_it_is() -> None:
    meter = Watched(Decimal(100)).uses(100).allows(101)
    assert meter.sent == ["100"]
    assert meter.states() == {
        "80": "superseded",
        "90": "superseded",
        "95": "superseded",
        "100": "resolved limit",
    }
    meter = Watched(Decimal(100)).uses(120).allows(110)
    assert (meter.sent, meter.states()["100"]) == (["100"], "open")


def test_usage_that_fell_while_the_limit_rose_is_a_correction() -> None:
    meter = Watched(Decimal(100)).uses(96)
    meter.used = Decimal(10)
    assert meter.allows(110).states() == {
        "80": "resolved correction",
        "90": "resolved correction",
        "95": "resolved correction",
    }


def test_cancelling_resolves_and_a_new_subscription_starts_again() -> None:
    meter = Watched(Decimal(100)).uses(96).cancel()
    assert meter.states() == {"80": "superseded", "90": "superseded", "95": "resolved cancelled"}
    assert (meter.alert_at, meter.rearm_at) == (None, None)
    assert meter.look().sent == ["95", "95"]
    assert len({(row.key, row.epoch) for row in meter.rows}) == len(meter.rows)
    assert not any(row.again for row in meter.rows)


@pytest.mark.parametrize("threshold", thresholds((80, 1000, "9000000000", "0.000000001")))
def test_a_key_names_its_threshold(threshold: Threshold) -> None:
    assert threshold_of(threshold.key) == threshold


def test_a_rate_is_reached_by_no_total() -> None:
    rate = Threshold(per_hour=Decimal("0.5"))
    assert threshold_of(rate.key) == rate
    found = evaluate(Decimal(10**9), None, (rate,), State(), gauge=False)
    assert (found.reached, found.alert_at, found.state.known) == ((), None, ())


def test_a_state_has_a_mark_for_each_threshold() -> None:
    state = State(marks={"80": Mark("open")})
    assert state.mark(Threshold(percent=80)).standing == "open"
    assert state.mark(Threshold(percent=90)).standing == "armed"


def test_thresholds_of_equal_amount_fire_together() -> None:
    meter = Watched(Decimal(10), keys=(90, "9")).uses(9)
    assert (len(meter.rows), len(meter.sent)) == (2, 1)
    assert thresholds((90, "9"))[1].at == 9
