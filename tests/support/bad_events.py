"""The bad-input catalogue of usage events as rows: the input, and the expected result over Kafka
and over HTTP.

`kafka`: the code that the rejected record's reason begins with, or the event's outcome: "counted",
"ignored". `http`: the status. `path`: the JSON pointer that HTTP names (None: the whole body, or it
is accepted).
"""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from tests.support.usage import event, stamp

Make = Callable[[str], bytes | dict[str, Any]]
"""From an account's id to the bytes sent for it."""


@dataclass(frozen=True)
class Row:
    """`used`: the total of the meter `traffic` of the row's account afterwards."""

    name: str
    make: Make
    kafka: str
    http: int
    path: str | None = None
    used: int = 0


def now() -> datetime:
    return datetime.now(UTC)


def good(account: str, data: Any = None, **more: Any) -> dict[str, Any]:
    return event(account, "traffic", now(), {"bytes": 1} if data is None else data, **more)


def without(field: str) -> Make:
    return lambda account: {key: value for key, value in good(account).items() if key != field}


def with_(field: str, value: Any) -> Make:
    return lambda account: good(account) | {field: value}


def amount(literal: str) -> Make:
    """The value exactly as written."""
    return lambda account: (
        json.dumps(good(account, {"bytes": "@@"})).replace('"@@"', literal).encode()
    )


def at(moment: Callable[[], datetime | str] | str) -> Make:
    def make(account: str) -> dict[str, Any]:
        time = moment if isinstance(moment, str) else moment()
        return good(account) | {"time": time if isinstance(time, str) else stamp(time)}

    return make


def leap_second() -> str:
    """Yesterday's leap second."""
    return f"{now() - timedelta(days=1):%Y-%m-%d}T23:59:60Z"


def text(change: Callable[[str], str]) -> Make:
    return lambda account: change(json.dumps(good(account), separators=(",", ":"))).encode()


def raw(value: bytes) -> Make:
    return lambda _account: value


def nested(levels: int) -> Make:
    return lambda account: (
        json.dumps(good(account, {"bytes": 1, "deep": "@@"}))
        .replace('"@@"', "[" * levels + "]" * levels)
        .encode()
    )


NO_JSON: Sequence[Row] = (
    Row("empty value", raw(b""), "empty", 400, ""),
    Row("no JSON", raw(b"hello"), "json", 400, ""),
    Row("random bytes", raw(bytes(range(1, 128))), "json", 400, ""),
    Row(
        "invalid UTF-8",
        lambda account: json.dumps(good(account)).encode().replace(b"/test", b"/te\xffst"),
        "utf8",
        400,
        "",
    ),
    Row(
        "byte order mark",
        lambda account: b"\xef\xbb\xbf" + json.dumps(good(account)).encode(),
        "bom",
        400,
        "",
    ),
    Row("UTF-16", lambda account: json.dumps(good(account)).encode("utf-16"), "utf8", 400, ""),
    Row(
        "UTF-16 without a mark",
        lambda account: json.dumps(good(account)).encode("utf-16-le"),
        "utf8",
        400,
        "",
    ),
    Row(
        "schema registry framing",
        lambda account: b"\0\0\0\0\7" + json.dumps(good(account)).encode(),
        "framing",
        400,
        "",
    ),
    Row("key twice", text(lambda body: body[:-1] + ',"subject":"other"}'), "dup_key", 400, ""),
    Row(
        "key twice, once escaped",
        text(lambda body: body[:-1] + ',"\\u0073ubject":"other"}'),
        "dup_key",
        400,
        "",
    ),
    Row(
        "unknown key twice",
        text(lambda body: body[:-1] + ',"account_id":1,"account_id":2}'),
        "dup_key",
        400,
        "",
    ),
    Row("key twice in data", amount('1,"bytes":2'), "dup_key", 400, ""),
    Row(
        "key twice, spaced",
        text(lambda body: body[:-1] + ',"subject" :"other"}'),
        "dup_key",
        400,
        "",
    ),
    Row("nested 200 deep", nested(200), "depth", 400, ""),
    Row("nested 100,000 deep", nested(100_000), "depth", 400, ""),
    Row("nested one too deep", nested(15), "depth", 400, ""),
    Row("something behind it", text(lambda body: body + "{}"), "json", 400, ""),
    Row(
        "newline in a string", text(lambda body: body.replace("/test", "/te\nst")), "json", 400, ""
    ),
)

SHAPES: Sequence[Row] = (
    Row("a string", raw(b'"hello"'), "shape", 422, ""),
    Row("a number", raw(b"7"), "shape", 422, ""),
    Row("null", raw(b"null"), "shape", 422, ""),
    Row(
        "10,000 fields",
        lambda account: good(account, {"bytes": 1} | {f"f{n}": 1 for n in range(10_000)}),
        "fields",
        422,
        "",
    ),
    Row(
        "larger than 256 kB",
        lambda account: good(account, {"bytes": 1, "pad": "x" * 300_000}),
        "size",
        422,
        "",
    ),
)

CONTEXT: Sequence[Row] = (
    *(
        Row(f"no {field}", without(field), "field", 422, f"/{field}")
        for field in ("id", "source", "type", "subject", "time", "specversion")
    ),
    *(
        Row(f"null {field}", with_(field, None), "field", 422, f"/{field}")
        for field in ("id", "subject", "time")
    ),
    Row("empty id", with_("id", ""), "id", 422, "/id"),
    Row("blank id", with_("id", " "), "id", 422, "/id"),
    Row("id of 10 kB", with_("id", "x" * 10_000), "id", 422, "/id"),
    Row("id of 257 characters", with_("id", "x" * 257), "id", 422, "/id"),
    Row("id is a number", with_("id", 1), "id", 422, "/id"),
    Row("NUL in id", with_("id", "a\0b"), "id", 422, "/id"),
    Row("half a surrogate pair in id", with_("id", "a\ud800b"), "id", 422, "/id"),
    Row(
        "half a surrogate pair in data",
        with_("data", {"bytes": 1, "note": "a\ud800b"}),
        "field",
        422,
        "/data/note",
    ),
    Row("a control character of Latin-1", with_("subject", "acme\x85"), "id", 422, "/subject"),
    Row("delete", with_("source", "acme\x7f"), "id", 422, "/source"),
    Row("path in the account", with_("subject", "../../etc"), "id", 422, "/subject"),
    Row("account of 12 kB", with_("subject", "abc" * 4_000), "id", 422, "/subject"),
    Row("specversion 2.0", with_("specversion", "2.0"), "version", 422, "/specversion"),
    Row("specversion is a number", with_("specversion", 1.0), "version", 422, "/specversion"),
)

TIMES: Sequence[Row] = (
    Row("no zone", at("2026-11-22T05:00:00"), "zone", 422, "/time"),
    *(
        Row(f"{time}", at(time), "time", 422, "/time")
        for time in (
            "2026-02-30T00:00:00Z",
            "2026-11-22T24:00:00Z",
            "2026-11-22T12:34:60Z",
            "2026-11-22T23:59:61Z",
            "22 Nov 2026",
            "2026-11-22",
        )
    ),
    Row("a year beyond four digits", at("294277-01-01T00:00:00Z"), "time", 422, "/time"),
    Row("two hours ahead", at(lambda: now() + timedelta(hours=2)), "future", 422, "/time"),
    Row("a day ahead", at(lambda: now() + timedelta(days=1)), "future", 422, "/time"),
    Row("year 9999", at("9999-12-31T23:59:59Z"), "future", 422, "/time"),
    Row("1970", at("1970-01-01T00:00:00Z"), "too_old", 422, "/time"),
    Row("year 1", at("0001-01-02T00:00:00Z"), "too_old", 422, "/time"),
    Row("36 days old", at(lambda: now() - timedelta(days=36)), "too_old", 422, "/time"),
    Row("infinity", at("infinity"), "time", 422, "/time"),
    Row("seconds", with_("time", 1_763_787_600), "time", 422, "/time"),
    Row("milliseconds as text", at("1763787600000"), "time", 422, "/time"),
)

NUMBERS: Sequence[Row] = (
    *(
        Row(f"{literal}", amount(literal), "number", 422, "/data/bytes")
        for literal in ("NaN", "Infinity", "-Infinity")
    ),
    Row("1e999", amount("1e999"), "range", 422, "/data/bytes"),
    *(
        Row(f"{literal}", amount(literal), "number", 422, "/data/bytes")
        for literal in (
            '"NaN"',
            '"Infinity"',
            '"1E+200000"',
            '"1E+1000000000"',
            '"1"',
            '" 1 "',
            '"1_000"',
            '"\u0663"',
            '"0x10"',
            '"1,5"',
        )
    ),
    Row("1E+1000000000 as a number", amount("1E+1000000000"), "range", 422, "/data/bytes"),
    Row("5,000 digits", amount("7" * 5_000), "range", 422, "/data/bytes"),
    Row("2^63", amount(str(2**63)), "range", 422, "/data/bytes"),
    Row("2^64", amount(str(2**64)), "range", 422, "/data/bytes"),
    Row("10^18", amount(str(10**18)), "range", 422, "/data/bytes"),
    Row("-1", amount("-1"), "negative", 422, "/data/bytes"),
    Row("-0.5", amount("-0.5"), "negative", 422, "/data/bytes"),
    Row("true", amount("true"), "number", 422, "/data/bytes"),
    Row("false", amount("false"), "number", 422, "/data/bytes"),
    Row("1e-400", amount("1e-400"), "scale", 422, "/data/bytes"),
    Row("20 decimals", amount("0.12345678901234567891"), "scale", 422, "/data/bytes"),
    Row("null in a field", amount("null"), "field", 422, "/data/bytes"),
    Row("a missing field", lambda account: good(account, {}), "field", 422, "/data/bytes"),
    Row("no data", lambda account: event(account, "traffic", now()), "field", 422, "/data/bytes"),
    Row("1e99999999999999999999", amount("1e99999999999999999999"), "number", 422, "/data/bytes"),
    *(
        Row(f"data that is {kind}", with_("data", data), "field", 422, "/data")
        for kind, data in (
            ("a text", "bytes"),
            ("an empty text", ""),
            ("a list", [{"bytes": 1}]),
            ("a number", 5),
            ("false", False),
        )
    ),
    Row("an object", amount("{}"), "number", 422, "/data/bytes"),
    Row("a list", amount("[1]"), "number", 422, "/data/bytes"),
)

TAKEN: Sequence[Row] = (
    Row("0", amount("0"), "counted", 202, used=0),
    Row("-0", amount("-0"), "counted", 202, used=0),
    Row("0.0", amount("0.0"), "counted", 202, used=0),
    Row("18 digits", amount("9" * 18), "counted", 202, used=10**18 - 1),
    Row("an exponent", amount("1e3"), "counted", 202, used=1000),
    Row("nested as deep as may be", nested(14), "counted", 202, used=1),
    Row(
        "a correction",
        lambda account: good(account, {"bytes": -5, "correction": True}),
        "counted",
        202,
        used=-5,
    ),
    Row("within the hour ahead", at(lambda: now() + timedelta(minutes=59)), "counted", 202, used=1),
    Row("34 days old", at(lambda: now() - timedelta(days=34)), "counted", 202, used=1),
    Row(
        "markup in the id",
        with_("id", "<script>${jndi:ldap://x}{{7*7}}'; DROP TABLE--=cmd()%00"),
        "counted",
        202,
        used=1,
    ),
    Row(
        "a type that no meter uses",
        lambda account: event(account, "nobody.cares", now()),
        "ignored",
        202,
    ),
    Row(
        "unknown fields",
        lambda account: good(account) | {"ext": "x", "other": {"a": [1]}},
        "counted",
        202,
        used=1,
    ),
    Row(
        "personal data",
        lambda account: good(account, {"bytes": 1, "email": "canary@example.com"}),
        "counted",
        202,
        used=1,
    ),
    Row(
        "names that mean something elsewhere",
        lambda account: good(account, {"bytes": 1, "__proto__": {"a": 1}, "__class__": 2}),
        "counted",
        202,
        used=1,
    ),
    *(
        Row(f"{kind} in the id", with_("id", f"a{letter}b"), "counted", 202, used=1)
        for kind, letter in (
            ("an ideographic space", "\u3000"),
            ("a no-break space", "\u00a0"),
            ("a joined emoji", "\U0001f468\u200d\U0001f469\u200d\U0001f467"),
            ("a zero-width space", "\u200b"),
        )
    ),
    Row("a leap second", at(leap_second), "counted", 202, used=1),
    Row(
        "finer than a microsecond",
        at(lambda: f"{now():%Y-%m-%dT%H:%M:%S}.1234567891Z"),
        "counted",
        202,
        used=1,
    ),
    Row("escapes", text(lambda body: body.replace("/test", "\\u002ftest")), "counted", 202, used=1),
    Row("specversion 1.1", with_("specversion", "1.1"), "counted", 202, used=1),
)

REFUSED = (*NO_JSON, *SHAPES, *CONTEXT, *TIMES, *NUMBERS)
