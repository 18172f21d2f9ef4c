"""Quick parsing of an event agrees with strict parsing, for any input."""

import json
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from shared.events import Event, Unusable, read_event, split
from shared.events.strict import elements, read_strictly
from shared.events.text import read_quickly

GOOD: dict[str, Any] = {
    "specversion": "1.0",
    "id": "e-1",
    "source": "/shop",
    "type": "api.request",
    "subject": "acct-42",
    "time": "2026-11-22T05:00:00.123Z",
    "data": {"bytes": 9_000_000_000},
}


def test_a_plain_event_is_read_the_quick_way() -> None:
    event = read_quickly(json.dumps(GOOD).encode())
    assert event is not None
    assert (event.id, event.source, event.type, event.subject) == (
        "e-1",
        "/shop",
        "api.request",
        "acct-42",
    )
    assert event.time == datetime(2026, 11, 22, 5, 0, 0, 123_000, UTC)
    assert event.data == {"bytes": 9_000_000_000}


@pytest.mark.parametrize(
    "more",
    [
        {"traceparent": "00-ab-01"},
        {"datacontenttype": "application/json"},
        {"data": None},
        {"data": {"a": [1, {"b": 2}]}},
    ],
)
def test_usual_attributes_and_nested_data_stay_on_the_quick_way(more: dict[str, Any]) -> None:
    for indent in (None, 2):
        assert read_quickly(json.dumps(GOOD | more, indent=indent).encode()) is not None


def test_numbers_never_become_floats() -> None:
    raw = json.dumps(GOOD).replace("9000000000", "0.1").encode()
    event = read_event(raw)
    assert isinstance(event, Event)
    assert event.data == {"bytes": Decimal("0.1")}
    assert isinstance(event.data["bytes"], Decimal)


keys = st.sampled_from(
    [
        "specversion",
        "id",
        "source",
        "type",
        "subject",
        "time",
        "data",
        "bytes",
        "x",
        ":",
        '"',
        "\u00e9",
        "i\\u0064",
        "\ud800",
    ]
)
texts = st.text(
    st.sampled_from('ab:"\\/ \t{}[]\u00e9\u200b\ud800\x00\n'), max_size=6
) | st.sampled_from(
    [
        "1.0",
        "2026-11-22T05:00:00Z",
        "2026-11-22T23:59:59.9999999Z",
        "2026-11-22T05:00:00+09:00",
        "2026-11-22T05:00:00",
        "acct",
    ]
)
scalars = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.decimals(allow_nan=False, allow_infinity=False)
    | texts
)
values = st.recursive(
    scalars,
    lambda inner: (
        st.lists(inner, max_size=3) | st.lists(st.tuples(keys, inner), max_size=3).map(tuple)
    ),
    max_leaves=8,
)
members = st.lists(st.tuples(keys, values), max_size=4)
spaces = st.sampled_from(["", " ", "\n", "\t "])


def written(value: Any, space: str) -> str:
    """JSON of nested tuples of (key, value) pairs, in which keys may be repeated."""
    if isinstance(value, tuple):
        return (
            "{"
            + ",".join(f"{_text(key)}{space}:{space}{written(item, space)}" for key, item in value)
            + "}"
        )
    if isinstance(value, list):
        return "[" + ",".join(written(item, space) for item in value) + "]"
    if isinstance(value, Decimal):
        return str(value)
    return _text(value) if isinstance(value, str) else json.dumps(value)


def _text(value: str) -> str:
    escaped = json.dumps(value, ensure_ascii="\ud800" in value)
    return escaped.replace("\\\\u", "\\u")


@given(st.permutations(list(GOOD)), members, spaces, st.sampled_from([0, 1, 2]))
@example(list(GOOD), [("i\\u0064", "e-2")], "", 0)
@example(list(GOOD), [("id", "e-1")], " ", 0)
@example(list(GOOD), [("x", ':"'), ("x", 1)], " ", 0)
def test_whatever_the_quick_way_takes_the_strict_way_reads_the_same(
    order: list[str], extra: list[tuple[str, Any]], space: str, left_out: int
) -> None:
    pairs = [
        (key, tuple(GOOD[key].items()) if key == "data" else GOOD[key]) for key in order[left_out:]
    ] + extra
    raw = written(tuple(pairs), space).encode("utf-8", "surrogatepass")
    quick = read_quickly(raw)
    strict = read_strictly(raw)
    if quick is not None:
        assert isinstance(strict, Event), strict
        assert [getattr(quick, name) for name in Event.__struct_fields__] == [
            getattr(strict, name) for name in Event.__struct_fields__
        ]
    if isinstance(strict, Unusable):
        assert quick is None


@given(st.binary(max_size=40), st.integers(0, 200), st.integers(0, 30))
def test_no_bytes_make_it_fail(junk: bytes, at: int, cut: int) -> None:
    raw = json.dumps(GOOD).encode()
    found = read_event(raw[:at] + junk + raw[at + cut :])
    assert isinstance(found, Event) or all(
        fault.reason.partition(":")[0].isidentifier() for fault in found.faults
    )


@pytest.mark.parametrize(
    ("time", "expected"),
    [
        ("2026-11-22T23:59:59.9999999Z", datetime(2026, 11, 22, 23, 59, 59, 999_999, UTC)),
        ("2026-11-22T23:59:59.999999999+00:00", datetime(2026, 11, 22, 23, 59, 59, 999_999, UTC)),
        ("2026-11-22T05:00:00+09:00", datetime(2026, 11, 21, 20, tzinfo=UTC)),
        ("2026-11-22t05:00:00z", datetime(2026, 11, 22, 5, tzinfo=UTC)),
        ("2026-11-22T05:00:00.1234567Z", datetime(2026, 11, 22, 5, 0, 0, 123_456, UTC)),
        ("2026-11-22T05:00:00.1229999Z", datetime(2026, 11, 22, 5, 0, 0, 122_999, UTC)),
        ("2026-11-22T23:59:60Z", datetime(2026, 11, 22, 23, 59, 59, 999_999, UTC)),
        ("2026-11-22T23:59:60.250Z", datetime(2026, 11, 22, 23, 59, 59, 999_999, UTC)),
        ("2016-12-31T15:59:60-08:00", datetime(2016, 12, 31, 23, 59, 59, 999_999, UTC)),
        ("2017-01-01T05:29:60+05:30", datetime(2016, 12, 31, 23, 59, 59, 999_999, UTC)),
    ],
)
def test_times_are_utc_and_never_cross_a_boundary_by_rounding(
    time: str, expected: datetime
) -> None:
    event = read_event(json.dumps(GOOD | {"time": time}).encode())
    assert isinstance(event, Event)
    assert event.time == expected
    assert event.time.tzinfo is UTC


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
)


@given(st.lists(json_values, max_size=5), st.sampled_from([None, 1]))
def test_an_array_falls_into_its_elements(values: list[Any], indent: int | None) -> None:
    raw = json.dumps(values, indent=indent).encode()
    assert [json.loads(element) for element in elements(raw)] == values
    found = split(raw)
    assert not isinstance(found, Unusable)
    assert [json.loads(element) for element in found] == values


@pytest.mark.parametrize("odd", ["NaN", '"\\ud800"', "1e999"])
def test_one_element_that_cannot_be_read_leaves_the_others_alone(odd: str) -> None:
    assert split(f'[{{"a": ["]", 1]}}, {odd} ,"x,y"]'.encode()) == [
        b'{"a": ["]", 1]}',
        odd.encode(),
        b'"x,y"',
    ]


def test_invalid_json_says_where() -> None:
    found = read_event(b'{"id": "1')
    assert isinstance(found, Unusable)
    assert found.faults[0].reason == "json: unterminated string at character 7"
