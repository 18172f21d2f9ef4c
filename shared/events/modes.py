"""Shared by HTTP and Kafka: media types, arrays of events, attributes in headers."""

from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any, Literal

import msgspec

from shared.events.event import MAX_EVENT_BYTES, Event, Unusable, event_of, unusable
from shared.events.strict import content_faults, elements, read_json
from shared.values.faults import Fault

Mode = Literal["structured", "batch", "json", "other"]

_CHARSETS = ("utf-8", "utf8", "us-ascii")  # ASCII is UTF-8
_LONGEST_MEDIA = 512
_array = msgspec.json.Decoder(list[msgspec.Raw])


def media_mode(value: str) -> Mode:
    """The mode that a `content-type` selects. Only UTF-8 is supported."""
    return _mode(value) if len(value) <= _LONGEST_MEDIA else "other"


@lru_cache(256)
def _mode(value: str) -> Mode:
    media, *parameters = (part.strip().lower() for part in value.split(";"))
    if any(
        part.startswith("charset=") and part[8:].strip('"') not in _CHARSETS for part in parameters
    ):
        return "other"
    if media == "application/cloudevents+json":
        return "structured"
    if media == "application/cloudevents-batch+json":
        return "batch"
    if media in ("application/json", "text/json") or (
        media.endswith("+json") and not media.startswith("application/cloudevents")
    ):
        return "json"
    return "other"


def split(value: bytes) -> list[bytes] | Unusable:
    """The elements of an array, each as bytes."""
    try:
        return [bytes(raw) for raw in _array.decode(value)]
    except (msgspec.MsgspecError, ValueError, RecursionError):
        found = read_json(value)
        if isinstance(found, list):
            # A fault that the quick parser finds in an element belongs to that element.
            return elements(value)
        return (
            Unusable((found,))
            if isinstance(found, Fault)
            else unusable("", "shape: a batch is a JSON array of events")
        )


def read_binary(attributes: Mapping[str, str], data: bytes, prefix: str) -> Event | Unusable:
    """An event with its attributes in headers named `prefix` + attribute, and `data` in the
    body.
    """
    if len(data) > MAX_EVENT_BYTES:
        return unusable("", f"size: an event may have {MAX_EVENT_BYTES} bytes")
    value: Any = None
    if data.strip():
        value = read_json(data)
        if isinstance(value, Fault):
            return Unusable((value,))
        if faults := content_faults(value, ""):
            return Unusable(faults)
    return event_of(attributes, value, place=f"header.{prefix}{{}}", name=f"{prefix}{{}}")


def attributes_of(headers: Iterable[tuple[str, str]], prefix: str) -> dict[str, str] | Unusable:
    """The attributes among the (lower-case) headers; other headers are ignored."""
    found: dict[str, str] = {}
    for name, value in headers:
        if not name.startswith(prefix):
            continue
        if name[len(prefix) :] in found:
            return unusable(f"header.{name}", f"headers: {name} is given twice")
        found[name[len(prefix) :]] = value
    return found
