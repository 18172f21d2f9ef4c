"""Parses the bytes of one event: quickly if it is plainly valid, else strictly, finding every
fault.
"""

import re
from datetime import UTC
from decimal import Decimal
from typing import Any, Final

import msgspec

from shared.events.event import MAX_DEPTH, MAX_EVENT_BYTES, MAX_FIELDS, Event, Unusable, unusable
from shared.events.strict import read_strictly

_WHITESPACE = b" \t\r\n"
_REQUIRED = 6
_NESTED = frozenset({dict, list})
FINE_TIME: Final = re.compile(rb":[0-9]{2}:[0-9]{2}\.[0-9]{7}")
"""A time of day finer than a microsecond: the quick parser rounds it, but it must be cut."""
_ESCAPED_DIGIT = re.compile(rb"\\u00(?:2[eE]|3[0-9])")


class Envelope(Event, gc=False, kw_only=True):
    """An event during parsing, with what only parsing needs."""

    specversion: str
    datacontenttype: str | None = None
    data_base64: Any = None


UNREADABLE: Final = (msgspec.MsgspecError, ValueError, ArithmeticError, RecursionError)
"""What the quick parser raises, including for a number out of range."""
read_envelope: Final = msgspec.json.Decoder(Envelope, float_hook=Decimal).decode
_anything = msgspec.json.Decoder(float_hook=Decimal)


def read_event(raw: bytes, path: str = "") -> Event | Unusable:
    """One event in structured mode. `path` is the JSON pointer of the event in its container."""
    if len(raw) > MAX_EVENT_BYTES:
        return unusable(
            path, f"size: an event may have {MAX_EVENT_BYTES} bytes, this one has {len(raw)}"
        )
    return read_quickly(raw) or read_strictly(raw, path)


def read_quickly(raw: bytes) -> Event | None:
    """The event, or None if anything needs a closer look. Never an event that strict parsing would
    refuse.
    """
    try:
        event = read_envelope(raw)
        separators = raw.translate(None, _WHITESPACE).count(b'":')
        if separators != keys_of(event) and separators != _nested_keys(
            _anything.decode(raw), MAX_DEPTH
        ):
            return None
    except UNREADABLE:
        return None
    text, time = f"{event.id}{event.source}{event.type}{event.subject}", event.time
    if event.specversion != "1.0" or event.data_base64 is not None or separators > MAX_FIELDS:
        return None
    if not text.isprintable() or " " in text or "/" in event.subject:
        return None
    if FINE_TIME.search(raw) or has_escaped_digit(raw):
        return None
    if time.tzinfo is not UTC:
        if time.tzinfo is None or not 1 < time.year < 9999:
            return None
        event.time = time.astimezone(UTC)
    return event


def has_escaped_digit(raw: bytes) -> bool:
    """Whether a digit or a point is written as an escape, so that `FINE_TIME` may not see it."""
    return b"\\u00" in raw and _ESCAPED_DIGIT.search(raw) is not None


# A document has at least as many `":` as its objects have members, and more only if a string begins
# with a colon or contains `\":`. So a document whose decoded objects have exactly that many keys
# repeats none, however keys are escaped. In any other case it is parsed strictly.


def keys_of(event: Envelope) -> int:
    """How many keys the objects of an event have, if it has only the usual attributes.
    RecursionError if nested too deeply.
    """
    keys, data = _REQUIRED if event.datacontenttype is None else _REQUIRED + 1, event.data
    if type(data) is dict:
        keys += 1 + len(data)
        for value in data.values():
            if type(value) in _NESTED:
                keys += _nested_keys(value, MAX_DEPTH - 2)
        return keys
    return keys if data is None else keys + 1 + _nested_keys(data, MAX_DEPTH - 1)


def _nested_keys(value: Any, levels: int) -> int:
    """How many keys the objects in it have. RecursionError if it is nested deeper than `levels`."""
    if type(value) not in _NESTED:
        return 0
    if not levels:
        raise RecursionError
    items = value.values() if type(value) is dict else value
    return (len(value) if type(value) is dict else 0) + sum(
        _nested_keys(item, levels - 1) for item in items if type(item) in _NESTED
    )
