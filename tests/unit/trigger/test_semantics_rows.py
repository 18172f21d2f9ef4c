"""The numbers of the rules with the pure module, one test per row (rows 14 and 15 need all
services: tests/end_to_end).
"""

from decimal import Decimal

from tests.unit.trigger.watched import Watched

GB = 10**9


def counter(limit: int) -> Watched:
    return Watched(Decimal(limit))


def gauge(limit: int) -> Watched:
    return Watched(Decimal(limit), gauge=True)


def test_row_1_fires_at_exactly_eighty_percent() -> None:
    meter = counter(10_000).uses(7_999)
    assert (meter.sent, meter.rows) == ([], [])
    assert meter.uses(8_000).sent == ["80"]
    assert meter.uses(8_001).sent == ["80"]
    assert meter.states() == {"80": "open"}


def test_row_2_one_byte_below_ninety_percent() -> None:
    meter = gauge(10 * GB).uses(8_999_999_999)
    assert meter.states() == {"80": "open"}
    assert meter.uses(9_000_000_000).sent == ["80", "90"]
    assert meter.states() == {"80": "superseded", "90": "open"}


def test_row_3_all_at_once_send_the_highest() -> None:
    meter = gauge(5).uses(3, 5)
    assert meter.sent == ["100"]
    assert meter.states() == {
        "80": "superseded",
        "90": "superseded",
        "95": "superseded",
        "100": "open",
    }


def test_row_4_twenty_four_of_twenty_five_seats() -> None:
    meter = gauge(25).uses(23)
    assert meter.sent == ["90"]
    assert meter.uses(24).sent == ["90", "95"]
    assert meter.states() == {"80": "superseded", "90": "superseded", "95": "open"}


def test_row_5_exactly_the_limit() -> None:
    assert counter(100).uses(0, 100).sent == ["100"]


def test_row_6_a_dip_within_the_margin() -> None:
    meter = gauge(10).uses("9.0", "8.95", "9.0")
    assert [row.key for row in meter.rows if row.key == "90"] == ["90"]
    assert meter.sent == ["90"]


def test_row_7_a_dip_below_the_margin() -> None:
    meter = gauge(10).uses("9.0", "8.7", "9.0")
    nineties = [(row.state, row.resolution) for row in meter.rows if row.key == "90"]
    assert nineties == [("resolved", "below"), ("open", None)]
    assert meter.sent == ["90", "90"]


def test_rows_8_and_9_a_raised_limit_cures_and_rearms() -> None:
    meter = counter(100).uses(96)
    assert meter.allows(110).sent == ["95"]
    assert meter.states() == {"80": "superseded", "90": "resolved limit", "95": "resolved limit"}
    assert meter.last is not None
    assert meter.last.cured
    assert meter.uses(99).sent == ["95", "90"]
    assert [(row.key, row.again) for row in meter.rows if row.state == "open"] == [("90", True)]


def test_row_10_a_lowered_limit_fires_without_an_event() -> None:
    meter = counter(1_000).uses(600)
    assert meter.allows(500).sent == ["100"]
    assert [row.key for row in meter.rows] == ["80", "90", "95", "100"]
    assert not any(row.again for row in meter.rows)


def test_row_11_a_new_period_starts_again() -> None:
    meter = counter(100).uses(95).next_period()
    assert meter.states() == {"80": "superseded", "90": "superseded", "95": "resolved reset"}
    meter.rows.clear()
    meter.sent.clear()
    assert meter.uses(90).sent == ["90"]
    assert meter.states() == {"80": "superseded", "90": "open"}


def test_row_12_a_gauge_knows_no_month() -> None:
    meter = gauge(10 * GB).uses(9 * GB)
    rows = list(meter.rows)
    meter.look()
    assert (meter.sent, meter.rows) == (["90"], rows)


def test_row_13_a_correction_resolves_and_never_fires_again() -> None:
    meter = counter(10_000).uses(10_100)
    assert meter.sent == ["100"]
    assert meter.uses(9_600).states()["100"] == "resolved correction"
    assert meter.uses(10_100).sent == ["100"]
    assert meter.states()["100"] == "resolved correction"


def test_row_16_small_limits_send_one_message_a_step() -> None:
    told = {}
    for limit in (1, 2, 3, 4):
        meter = gauge(limit)
        for used in range(1, limit + 1):
            before = len(meter.sent)
            meter.uses(used)
            assert len(meter.sent) - before <= 1
        told[limit] = meter.sent
    assert told == {1: ["100"], 2: ["100"], 3: ["100"], 4: ["100"]}
