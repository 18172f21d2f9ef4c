"""What an event means to its meters: aggregations, filters, negatives, corrections."""

from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from services.ingest.meter_amounts import Feed
from shared.catalog import Aggregation, Meter, Text
from shared.events import Event, Unusable
from shared.values.periods import Reset


def meter(
    aggregation: Aggregation,
    reset: Reset = "period",
    field: str = "n",
    where: Mapping[str, Any] | None = None,
) -> Meter:
    value = None if aggregation == "count" else field
    return Meter(
        f"{aggregation}_{field}",
        "e",
        aggregation,
        value,
        reset,
        "unit",
        Text("m", "m"),
        where or {},
    )


def read(data: Any, *meters: Meter) -> list[tuple[str, Any]] | list[str]:
    """(meter, amount) of each reading; or the path and code of each fault."""
    event = Event(id="1", source="s", type="e", subject="a", time=datetime.now(UTC), data=data)
    found = Feed(meters).read(event)
    if isinstance(found, Unusable):
        return [f"{fault.path} {fault.reason.partition(':')[0]}" for fault in found.faults]
    return [(read_meter.id, amount) for read_meter, amount in found]


COUNT, SUM, GAUGE, MAX, LATEST, UNIQUE = (
    meter("count"),
    meter("sum"),
    meter("sum", "never"),
    meter("max"),
    meter("latest"),
    meter("unique"),
)


@pytest.mark.parametrize(
    "data",
    [
        None,
        {},
        {"n": "x"},
        [1],
        "text",
        7,
        {"count": -5},
        {"correction": False},
        {"correction": None},
    ],
)
def test_a_count_needs_no_data(data: Any) -> None:
    assert read(data, COUNT) == [("count_n", 1)]


@pytest.mark.parametrize("one", [SUM, MAX, LATEST], ids=lambda one: one.aggregation)
@pytest.mark.parametrize(
    "value", [0, 7, 10**18 - 1, Decimal("0.000000001"), Decimal("1E+3"), Decimal("-0.0")]
)
def test_numbers_are_read_exactly(one: Meter, value: Any) -> None:
    assert read({"n": value}, one) == [(one.id, value)]


@pytest.mark.parametrize(
    "one", [SUM, GAUGE, MAX, LATEST], ids=lambda one: f"{one.aggregation} {one.reset}"
)
@pytest.mark.parametrize(
    ("value", "code"),
    [
        (None, "field"),
        (True, "number"),
        ("1", "number"),
        ([], "number"),
        ({}, "number"),
        (10**18, "range"),
        (-(10**18), "range"),
        (Decimal("1E+18"), "range"),
        (Decimal("1E+999999"), "range"),
        (Decimal("1E-10"), "scale"),
        (Decimal("0.1234567891"), "scale"),
        (Decimal("1E-999999"), "scale"),
    ],
)
def test_a_value_that_is_not_an_amount_is_named(one: Meter, value: Any, code: str) -> None:
    assert read({"n": value}, one) == [f"/data/n {code}"]


@pytest.mark.parametrize("data", [[], "n", "", 7, 0, False])
def test_data_must_be_an_object_to_hold_a_value(data: Any) -> None:
    assert read(data, SUM) == ["/data field"]


@pytest.mark.parametrize("data", [[], "n", 7])
def test_that_something_happened_needs_no_object(data: Any) -> None:
    assert read(data, COUNT) == [("count_n", 1)]


@pytest.mark.parametrize("data", [None, {"m": 1}])
def test_a_value_that_is_not_there_is_named(data: Any) -> None:
    assert read(data, SUM) == ["/data/n field"]


def test_negatives_are_ordinary_on_a_sum_that_never_resets_only() -> None:
    assert read({"n": -1}, GAUGE) == [("sum_n", -1)]
    assert read({"n": Decimal("-0.5")}, GAUGE) == [("sum_n", Decimal("-0.5"))]
    for one in (SUM, MAX, LATEST, meter("latest", "never"), meter("max", "never")):
        assert read({"n": -1}, one) == ["/data/n negative"]


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        ({"n": -500}, [("sum_n", -500)]),
        ({"n": 500}, [("sum_n", 500)]),
        ({"n": "x"}, ["/data/n number"]),
        ({"n": 10**18}, ["/data/n range"]),
        ({}, ["/data/n field"]),
    ],
)
def test_a_correction_of_a_sum(data: dict[str, Any], expected: list[Any]) -> None:
    assert read(data | {"correction": True}, SUM) == expected
    assert read(data | {"correction": True}, GAUGE) == expected


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        ({"count": -3}, [("count_n", -3)]),
        ({"count": 2}, [("count_n", 2)]),
        ({}, ["/data/count field"]),
        ({"count": Decimal("-1.5")}, ["/data/count number"]),
        ({"count": "-1"}, ["/data/count number"]),
        ({"count": True}, ["/data/count number"]),
    ],
)
def test_a_correction_of_a_count_says_how_many(data: dict[str, Any], expected: list[Any]) -> None:
    assert read(data | {"correction": True}, COUNT) == expected


@pytest.mark.parametrize("one", [MAX, LATEST, UNIQUE], ids=lambda one: one.aggregation)
def test_latest_max_and_unique_take_no_corrections(one: Meter) -> None:
    assert read({"correction": True, "n": 1}, one) == ["/data/n correction"]


@pytest.mark.parametrize("odd", ["true", 1, 0, [], {}])
def test_correction_is_true_or_false(odd: Any) -> None:
    assert read({"correction": odd, "n": 1}, SUM) == ["/data/correction field"]


def test_a_correction_touches_the_meters_it_names() -> None:
    both = (COUNT, SUM, MAX)
    assert read({"correction": True, "n": -5}, *both) == [("sum_n", -5)]
    assert read({"correction": True, "count": -1}, *both) == [("count_n", -1)]
    assert read({"correction": True, "count": -1, "n": -5}, *both) == [
        ("count_n", -1),
        ("sum_n", -5),
    ]
    assert read({"correction": True, "count": "x", "n": -5}, *both) == ["/data/count number"]
    assert read({"correction": True}, *both) == ["/data/count field", "/data/n field"]


def test_one_event_feeds_several_meters_or_none() -> None:
    other = meter("sum", field="m")
    assert read({"n": 1, "m": 2}, COUNT, SUM, other) == [("count_n", 1), ("sum_n", 1), ("sum_m", 2)]
    assert read({"n": "x", "m": "y"}, COUNT, SUM, MAX, other) == [
        "/data/n number",
        "/data/m number",
    ]


def test_a_filter_lets_through_what_is_equal() -> None:
    only = meter("sum", where={"status": 200, "region": None})
    assert read({"n": 1, "status": 200}, only) == [("sum_n", 1)]
    assert read({"n": 1, "status": Decimal("200.0")}, only) == [("sum_n", 1)]
    assert read({"n": "x", "status": 500}, only) == []
    assert read({"n": 1, "status": "200"}, only) == []
    assert read({"n": 1, "status": 200, "region": "eu"}, only) == []
    assert read({"correction": "odd", "status": 500}, only) == []
    assert read(None, only) == []


@pytest.mark.parametrize(
    ("value", "member"),
    [
        ("x", "sx"),
        ("7", "s7"),
        (7, "n7"),
        (Decimal("7.0"), "n7"),
        (Decimal("0.5"), "n0.5"),
        (-1, "n-1"),
    ],
)
def test_members_are_texts_or_numbers(value: Any, member: str) -> None:
    assert read({"n": value}, UNIQUE) == [("unique_n", member)]


@pytest.mark.parametrize("value", [None, "", True, [], {}, 10**18])
def test_other_members_are_refused(value: Any) -> None:
    assert read({"n": value}, UNIQUE) == ["/data/n field"]
