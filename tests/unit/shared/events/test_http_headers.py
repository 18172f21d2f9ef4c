"""Attributes in headers: HTTP unquotes and percent-decodes, Kafka uses them unchanged."""

from collections.abc import Mapping

import pytest

from shared.events import Accepted, Event, Unusable, read_record, read_request

GOOD = {
    "specversion": "1.0",
    "id": "e-1",
    "source": "/shop",
    "type": "x",
    "subject": "acct",
    "time": "2026-11-22T05:00:00Z",
}


def over_http(
    changes: Mapping[str, str | bytes], body: bytes = b'{"bytes": 5}', media: bytes | None = None
) -> Event | Unusable:
    given = {
        name: value.encode() if isinstance(value, str) else value
        for name, value in {**GOOD, **changes}.items()
    }
    headers = [(b"ce-" + name.encode(), value) for name, value in given.items()]
    found = read_request(headers if media is None else [*headers, (b"content-type", media)], body)
    return found.events[0] if isinstance(found, Accepted) else found


def over_kafka(
    changes: Mapping[str, str], body: bytes | None = b'{"bytes": 5}', media: bytes | None = None
) -> Event | Unusable:
    headers = [("ce_" + name, value.encode()) for name, value in {**GOOD, **changes}.items()]
    found = read_record(body, headers if media is None else [*headers, ("content-type", media)])
    return found if isinstance(found, Unusable) else found[0]


@pytest.mark.parametrize(
    ("header", "value"),
    [
        ("acct", "acct"),
        ('"acct"', "acct"),
        ('"acct 42"', "acct 42"),
        (r'"a\"b"', 'a"b'),
        (r'"a\\b"', r"a\b"),
        (r'"a\b"', "ab"),
        ('"a%22b"', 'a"b'),
        (r'"%E9%9D%92\ 空"', "青 空"),
        ("%22acct%22", '"acct"'),  # a percent-encoded quote is part of the value
        ("a%2522", "a%22"),  # only one round
        ("a%20b", "a b"),
        ("%E9%9D%92%e7%a9%ba", "青空"),
        ("青空", "青空"),
        ("Euro%20%E2%82%AC%20%F0%9F%98%80", "Euro € 😀"),
        ("100%", "100%"),
        ("50%zz", "50%zz"),
        ('a"b"', 'a"b"'),  # not a quoted string: it does not begin with one
        (r"a\b", r"a\b"),
    ],
)
def test_http_unquotes_and_decodes_each_attribute(header: str, value: str) -> None:
    for name in ("subject", "id", "source", "type"):
        found = over_http({name: header})
        assert isinstance(found, Event), found
        assert getattr(found, name) == value


@pytest.mark.parametrize(
    "header",
    [
        '"acct',
        '"',
        '"acct\\"',
        '"a"b',
        '"a" "b"',
        "%C0%A0",
        "%E2%82",
        '"%E2%82"',
        b"\xe9",
        '"%20"',
        '""',
    ],
)
def test_an_invalid_header_value_is_refused_with_its_name(header: str | bytes) -> None:
    found = over_http({"subject": header})
    assert isinstance(found, Unusable)
    assert found.faults[0].path == "header.ce-subject"
    assert found.status == 422


@pytest.mark.parametrize("value", ['"acct"', "a%20b", "青空", "%22", '"', "100%"])
def test_kafka_takes_attributes_as_they_are(value: str) -> None:
    found = over_kafka({"subject": value})
    assert isinstance(found, Event), found
    assert found.subject == value


@pytest.mark.parametrize(
    "media",
    [
        None,
        b"",
        b"application/json",
        b"application/json; charset=UTF-8",
        b"text/json;charset=us-ascii",
    ],
)
@pytest.mark.parametrize(
    ("body", "data"), [(b'{"bytes": 5}', {"bytes": 5}), (b"", None), (b" \r\n", None)]
)
def test_data_without_a_media_type_is_json(media: bytes | None, body: bytes, data: object) -> None:
    for found in (over_http({}, body, media), over_kafka({}, body, media)):
        assert isinstance(found, Event), found
        assert found.data == data


@pytest.mark.parametrize("media", [None, b"application/json"])
def test_on_kafka_an_event_without_data_has_no_value(media: bytes | None) -> None:
    for body in (None, b"", b"null"):
        found = over_kafka({}, body, media)
        assert isinstance(found, Event), found
        assert (found.subject, found.data) == ("acct", None)


@pytest.mark.parametrize(
    "headers",
    [
        [],
        [("content-type", b"application/json")],
        [("ce_id", b"1")],
        [("content-type", b"application/cloudevents+json"), ("ce_id", b"1")],
    ],
)
def test_nothing_else_without_a_value_is_an_event(headers: list[tuple[str, bytes | None]]) -> None:
    found = read_record(None, headers)
    assert isinstance(found, Unusable)
    assert found.reason.startswith("tombstone:")


def test_kafka_is_given_the_same_event_without_a_media_type_of_null() -> None:
    found = read_request(
        [(b"ce-" + name.encode(), value.encode()) for name, value in GOOD.items()], b'{"bytes": 5}'
    )
    assert isinstance(found, Accepted)
    assert b"datacontenttype" not in found.raws[0]
    again = read_record(found.raws[0], [])
    assert isinstance(again, list)
    assert again[0].data == {"bytes": 5}


@pytest.mark.parametrize(
    "media",
    [
        b"text/plain",
        b"application/octet-stream",
        b"application/xml",
        b"application/json; charset=latin-1",
    ],
)
def test_another_media_type_is_refused(media: bytes) -> None:
    found = over_http({}, media=media)
    assert isinstance(found, Unusable)
    assert found.status == 415
