"""Events from HTTP requests: structured, batch and binary mode (CloudEvents 1.0, HTTP protocol
binding).
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final
from urllib.parse import unquote

import msgspec

from shared.events.event import MAX_EVENT_BYTES, Event, Unusable, unusable
from shared.events.modes import attributes_of, media_mode, read_binary, split
from shared.events.text import read_event
from shared.values.faults import Fault

MAX_BATCH: Final = 1_000
_PREFIX = "ce-"
_QUOTED = re.compile(r'"(?:[^"\\]|\\.)*+"')
_ESCAPED = re.compile(r"\\(.)")


@dataclass(frozen=True, slots=True)
class Accepted:
    """The events, the bytes of each in structured mode, and the paths of each one's `time` and
    `data` in the request.

    `faults` are those of the other events in the batch; `read_request` returns none.
    """

    events: Sequence[Event]
    raws: Sequence[bytes]
    time_paths: Sequence[str]
    data_paths: Sequence[str]
    faults: Sequence[Fault] = ()


def read_request(headers: Iterable[tuple[bytes, bytes]], body: bytes) -> Accepted | Unusable:
    """All events of a request, or why it is refused. `headers` as in ASGI: names in lower case."""
    found = read_parts(headers, body)
    return Unusable(found.faults) if isinstance(found, Accepted) and found.faults else found


def read_parts(headers: Iterable[tuple[bytes, bytes]], body: bytes) -> Accepted | Unusable:
    """The same, but of a batch with some invalid events the others are returned too, so that a
    caller with more checks can report all faults together.
    """
    known = _known(headers)
    if isinstance(known, Unusable):
        return known
    media = next((value for name, value in known if name == "content-type"), "")
    match media_mode(media) if media else "json":
        case "structured":
            found = read_event(body)
            return (
                found
                if isinstance(found, Unusable)
                else Accepted([found], [body], ["/time"], ["/data"])
            )
        case "batch":
            return _batch(body)
        case "json":
            return _binary(known, media, body)
    return _unsupported()


def _unsupported() -> Unusable:
    wanted = (
        "application/cloudevents+json, "
        "application/cloudevents-batch+json, or application/json with ce- headers"
    )
    return unusable("header.content-type", f"content_type: send {wanted}")


def _batch(body: bytes) -> Accepted | Unusable:
    raws = split(body)
    if isinstance(raws, Unusable):
        return raws
    if not 1 <= len(raws) <= MAX_BATCH:
        return unusable("", f"shape: a batch holds 1 to {MAX_BATCH} events, this one {len(raws)}")
    read = [read_event(raw, f"/{index}") for index, raw in enumerate(raws)]
    good = [index for index, found in enumerate(read) if isinstance(found, Event)]
    return Accepted(
        events=[found for found in read if isinstance(found, Event)],
        raws=[raws[index] for index in good],
        time_paths=[f"/{index}/time" for index in good],
        data_paths=[f"/{index}/data" for index in good],
        faults=[fault for found in read if isinstance(found, Unusable) for fault in found.faults],
    )


def _binary(headers: Sequence[tuple[str, str]], media: str, body: bytes) -> Accepted | Unusable:
    attributes = attributes_of(headers, _PREFIX)
    if isinstance(attributes, Unusable):
        return attributes
    if not attributes:
        return _unsupported()
    found = read_binary(attributes, body, _PREFIX)
    if isinstance(found, Unusable):
        return found
    raw = _in_structured_mode(attributes, media, body)
    if len(raw) > MAX_EVENT_BYTES:
        return unusable("", f"size: an event may have {MAX_EVENT_BYTES} bytes")
    return Accepted([found], [raw], ["header.ce-time"], [""])


def _in_structured_mode(attributes: Mapping[str, str], media: str, body: bytes) -> bytes:
    """The same event as one JSON object, as written to Kafka. Without a media type `data` is JSON,
    in both modes.
    """
    envelope: dict[str, object] = dict(attributes)
    if body.strip():
        envelope |= ({"datacontenttype": media} if media else {}) | {"data": msgspec.Raw(body)}
    return msgspec.json.encode(envelope)


def _known(headers: Iterable[tuple[bytes, bytes]]) -> list[tuple[str, str]] | Unusable:
    """The relevant headers, as text."""
    known = []
    for raw_name, raw in headers:
        name = raw_name.decode("latin-1")
        if name != "content-type" and not name.startswith(_PREFIX):
            continue
        try:
            text = raw.decode()
            value = text if name == "content-type" else attribute_value(text)
        except UnicodeDecodeError:
            return unusable(
                f"header.{name[:50]}", f"headers: {name[:50]} is not percent-encoded UTF-8"
            )
        if value is None:
            return unusable(
                f"header.{name[:50]}",
                f"headers: {name[:50]} begins with a quote and is not a quoted string",
            )
        known.append((name, value))
    return known


def attribute_value(header: str) -> str | None:
    """Decodes an attribute's header (HTTP protocol binding 1.0.2, 3.1.3.2): removes quotes and
    backslashes, then percent-decodes once.

    None if a quoted string is not terminated. UnicodeDecodeError if the decoded bytes are not
    UTF-8.
    """
    if header.startswith('"'):
        if not _QUOTED.fullmatch(header):
            return None
        header = _ESCAPED.sub(r"\1", header[1:-1])
    return unquote(header, errors="strict")
