"""Records of any size, each malformed in a different way, as sent by truncated buffers, wrong
encoders and attackers.

`reason`: the code that a rejected record's reason begins with.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

_EVENT: Mapping[str, Any] = {
    "specversion": "1.0",
    "id": "e-1",
    "source": "/malformed",
    "type": "traffic",
    "subject": "acct-1",
    "time": "2026-11-22T05:00:00Z",
}


@dataclass(frozen=True)
class Malformed:
    make: Callable[[int], bytes]
    reason: str


def event(data: bytes, **more: Any) -> bytes:
    """An event that is valid except for the bytes of its data."""
    return json.dumps({**_EVENT, **more}).encode()[:-1] + b',"data":' + data + b"}"


def _items(item: bytes, size: int, between: bytes = b",") -> bytes:
    return between.join([item] * (size // (len(item) + len(between))))


def _keys(size: int) -> bytes:
    return b",".join([b'"k%06d":1' % number for number in range(size // 12)])


MALFORMED: Mapping[str, Malformed] = {
    "a string of escaped quotes that does not end": Malformed(
        lambda size: b'"' + b'\\"' * (size // 2), "json"
    ),
    "JSON in a string, cut off": Malformed(
        lambda size: b'{"data":"' + b'{\\"a\\":[1,' * (size // 11), "json"
    ),
    "the last key of thousands given again": Malformed(
        lambda size: event(b'{%s,"k%06d":2}' % (_keys(size), size // 12 - 1)), "dup_key"
    ),
    "nothing but empty arrays": Malformed(lambda size: b"[" + _items(b"[]", size) + b"]", "shape"),
    "arrays that never close": Malformed(lambda size: b"[" * size, "depth"),
    "objects that never close": Malformed(lambda size: b'{"a":' * (size // 5), "depth"),
    "halves of surrogate pairs": Malformed(
        lambda size: event(b"[" + _items(b'"\\ud800"', size) + b"]"), "field"
    ),
    "a long name above many faults": Malformed(
        lambda size: event(b'{"%s":[%s]}' % (b"k" * (size // 2), _items(b"NaN", size // 2))),
        "number",
    ),
    "exponents beyond every range": Malformed(
        lambda size: event(b"[" + _items(b"1e9999999999999999999", size) + b"]"), "number"
    ),
    "thousands of fields": Malformed(lambda size: event(b"{" + _keys(size) + b"}"), "fields"),
    "long base64 that is none": Malformed(
        lambda size: json.dumps({**_EVENT, "data_base64": "A" * (size | 1)}).encode(), "shape"
    ),
    "an identifier of thousands of characters": Malformed(
        lambda size: event(b"1", id="x" * size), "id"
    ),
    "a moment of thousands of digits": Malformed(lambda size: event(b"1", time="9" * size), "time"),
    "an array of good and bad": Malformed(
        lambda size: b"[" + _items(event(b"NaN"), size) + b"]", "number"
    ),
    "bytes that are no text": Malformed(lambda size: b'"' + b"\xc3(" * (size // 2) + b'"', "utf8"),
}
