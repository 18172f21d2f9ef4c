"""Reading many events together has the same result as reading each alone, or none."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.events import Event, read_event
from shared.events.event import MAX_FIELDS
from shared.events.plain import read_plain
from tests.unit.shared.events.test_text import GOOD, members, spaces, written


def plain(number: int, **more: Any) -> bytes:
    return json.dumps(GOOD | {"id": f"e-{number}"} | more, separators=(",", ":")).encode()


def same(left: Event, right: Event) -> bool:
    return all(getattr(left, name) == getattr(right, name) for name in Event.__struct_fields__)


def test_plain_events_are_read_together() -> None:
    without_data = {key: value for key, value in GOOD.items() if key != "data"}
    values = [
        plain(0),
        plain(1, data={"a": [1, {"b": 2}], "c": 0.5}),
        plain(2, datacontenttype="application/json"),
        plain(3, data=[1]),
    ]
    values += [json.dumps(GOOD, indent=2).encode(), json.dumps(without_data).encode()]
    events = read_plain(values)
    assert events is not None
    assert all(same(event, read_event(value)) for event, value in zip(events, values, strict=True))  # type: ignore[arg-type]


ODD: dict[str, bytes] = {
    "no JSON": b"{",
    "a key twice": plain(1)[:-1] + b',"id":"e-1"}',
    "a key twice in data": plain(1).replace(b'"bytes":', b'"bytes":1,"bytes":'),
    "a key twice, spaced": plain(1)[:-1] + b',"id" :"e-1"}',
    "a space in the id": plain(1, id="a b"),
    "a control character": plain(1, id="a\x7f"),
    "a slash in the account": plain(1, subject="a/b"),
    "another version": plain(1, specversion="1.1"),
    "another zone": plain(1, time="2026-11-22T05:00:00+09:00"),
    "no zone": plain(1, time="2026-11-22T05:00:00"),
    "a time that rounds to whole milliseconds": plain(1, time="2026-11-22T23:59:59.1229999999Z"),
    "a time finer than a microsecond": plain(1, time="2026-11-22T23:59:59.1234567Z"),
    "a time with an escaped digit": plain(1).replace(b".123Z", b".12345\\u00367Z"),
    "a number out of every range": plain(1).replace(
        b'{"bytes":', b'{"x":1e99999999999999999999,"bytes":'
    ),
    "a rounded second": plain(1, time="2026-11-22T23:59:59.9999999Z"),
    "an attribute we do not know": plain(1, traceparent="x"),
    "data in base64": plain(1, data_base64="e30="),
    "a string that looks like a key": plain(1, source=':"x'),
    "too many fields": plain(1, data={f"f{number}": 1 for number in range(MAX_FIELDS)}),
    "too large": plain(1, data={"pad": "x" * 300_000}),
    "too deep": plain(1, data=json.loads("[" * 20 + "]" * 20)),
}


@pytest.mark.parametrize("odd", ODD.values(), ids=ODD)
def test_one_that_needs_a_closer_look_sends_all_back(odd: bytes) -> None:
    assert read_plain([plain(0), odd, plain(2)]) is None
    assert read_plain([plain(0), plain(2)]) is not None


@given(st.lists(st.tuples(st.permutations(list(GOOD)), members, spaces), min_size=1, max_size=4))
def test_whatever_is_read_together_is_read_alike_alone(
    documents: list[tuple[list[str], list[tuple[str, Any]], str]],
) -> None:
    values = []
    for order, extra, space in documents:
        pairs = [
            (key, tuple(GOOD[key].items()) if key == "data" else GOOD[key]) for key in order
        ] + extra
        values.append(written(tuple(pairs), space).encode("utf-8", "surrogatepass"))
    events = read_plain(values)
    if events is not None:
        for event, value in zip(events, values, strict=True):
            alone = read_event(value)
            assert isinstance(alone, Event)
            assert same(event, alone)


def test_times_are_aware() -> None:
    (event,) = read_plain([plain(0)]) or ()
    assert event.time == datetime(2026, 11, 22, 5, 0, 0, 123_000, UTC)
