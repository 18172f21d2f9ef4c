"""Events from Kafka records: the same JSON as on HTTP, or attributes in `ce_` headers. All other
headers are ignored.
"""

import base64
from collections.abc import Mapping, Sequence
from typing import Final

import msgspec

from shared.events.event import MAX_EVENT_BYTES, Event, Unusable, unusable
from shared.events.modes import attributes_of, media_mode, read_binary, split
from shared.events.plain import read_plain
from shared.events.strict import read_json
from shared.events.text import read_event
from shared.values.faults import Fault

Headers = Sequence[tuple[str, bytes | None]]

MAX_HEADERS: Final = 64
STRUCTURED_HEADERS: Final[tuple[tuple[str, bytes], ...]] = (
    ("content-type", b"application/cloudevents+json"),
)
_PREFIX = "ce_"
_MOST_FAULTS = 100
_MOST_HEADER_CHARACTERS = 16_384
_UNKNOWN_CHARACTER = "\ufffd"


def read_record(value: bytes | None, headers: Headers) -> list[Event] | Unusable:
    """The events of a record: one, or an array of them."""
    if value is None:
        # In binary mode an event without data has no value; otherwise a record without a value is
        # not an event.
        return (
            _by_headers(b"", headers)
            if _is_binary(headers)
            else unusable("", "tombstone: the record has no value")
        )
    if len(value) > MAX_EVENT_BYTES:
        return unusable(
            "", f"size: a record may have {MAX_EVENT_BYTES} bytes, this one has {len(value)}"
        )
    return _by_headers(value, headers) if headers else _structured(value)


def read_plain_records(
    values: Sequence[bytes | None], headers: Sequence[Headers]
) -> Sequence[Event] | None:
    """The events of these records, one each, if all are in structured mode and none is unusual.
    None: use `read_record`.
    """
    if any(headers) and not all(
        not some or (some[0] == STRUCTURED_HEADERS[0] and len(some) <= MAX_HEADERS)
        for some in headers
    ):
        return None
    return None if None in values else read_plain(values)  # type: ignore[arg-type] # there is no None among them


def _is_binary(headers: Headers) -> bool:
    return any(name.lower() == f"{_PREFIX}specversion" for name, _ in headers)


def binary_headers(headers: Headers) -> dict[str, str] | None:
    """What a record in binary mode says beside its value: attributes and content type, by their
    names in lower case, the first of each. None: it is not in binary mode, or they are too many.

    What is not UTF-8, and NUL, is shown as the replacement character.
    """
    if not _is_binary(headers) or len(headers) > MAX_HEADERS:
        return None
    found: dict[str, str] = {}
    for name, value in headers:
        lower = name.lower().replace("\0", _UNKNOWN_CHARACTER)
        if value is not None and _is_relevant(lower):
            text = value.decode(errors="replace").replace("\0", _UNKNOWN_CHARACTER)
            found.setdefault(lower, text)
    length = sum(len(name) + len(text) for name, text in found.items())
    return found if length <= _MOST_HEADER_CHARACTERS else None


def in_structured_mode(headers: Mapping[str, str], value: bytes | None) -> bytes:
    """The same event as one JSON object. `headers` as in `binary_headers`. A value that is not JSON
    is a string, or `data_base64` if it is not text either (CloudEvents 1.0, JSON format, 3.1).
    """
    envelope: dict[str, object] = {
        name.removeprefix(_PREFIX): text
        for name, text in headers.items()
        if name.startswith(_PREFIX)
    }
    if media := headers.get("content-type"):
        envelope["datacontenttype"] = media
    if value is not None and value.strip():
        envelope |= _data(value)
    return msgspec.json.encode(envelope)


def _data(value: bytes) -> dict[str, object]:
    if not isinstance(read_json(value), Fault):
        return {"data": msgspec.Raw(value)}
    try:
        return {"data": value.decode()}
    except UnicodeDecodeError:
        return {"data_base64": base64.b64encode(value).decode()}


def is_array(value: bytes) -> bool:
    return value.lstrip(b" \t\r\n")[:1] == b"["


def _structured(value: bytes) -> list[Event] | Unusable:
    if not is_array(value):
        found = read_event(value)
        return found if isinstance(found, Unusable) else [found]
    raws = split(value)
    if isinstance(raws, Unusable):
        return raws
    return _all(raws) or unusable("", "shape: an empty array holds no event")


def _all(raws: Sequence[bytes]) -> list[Event] | Unusable:
    """All events, or about the first hundred faults, each prefixed with its index."""
    events: list[Event] = []
    faults: list[Fault] = []
    for index, raw in enumerate(raws):
        if len(faults) >= _MOST_FAULTS:
            break
        found = read_event(raw, f"/{index}")
        if isinstance(found, Unusable):
            faults += found.faults
        else:
            events.append(found)
    return Unusable(faults) if faults else events


def _by_headers(value: bytes, headers: Headers) -> list[Event] | Unusable:
    if len(headers) > MAX_HEADERS:
        return unusable(
            "", f"headers: a record may have {MAX_HEADERS} headers, this one has {len(headers)}"
        )
    known = _known(headers)
    if isinstance(known, Unusable):
        return known
    media = next((text for name, text in known if name == "content-type"), None)
    mode = media_mode(media) if media else "json"
    if mode == "other":
        return unusable(
            "", "content_type: must be JSON, CloudEvents JSON or CloudEvents batch JSON"
        )
    if mode != "json":
        return _structured(value)
    attributes = attributes_of(known, _PREFIX)
    if isinstance(attributes, Unusable):
        return attributes
    if "specversion" not in attributes:
        return _structured(value)
    if not attributes["specversion"].startswith("1."):
        return unusable("", "content_type: ce_specversion must be 1.0")
    found = read_binary(attributes, value, _PREFIX)
    return found if isinstance(found, Unusable) else [found]


def _known(headers: Headers) -> list[tuple[str, str]] | Unusable:
    """The relevant headers, as text. Of several `content-type` headers the first counts."""
    known = []
    for name, value in headers:
        lower = name.lower()
        if value is None or not _is_relevant(lower):
            continue
        try:
            known.append((lower, value.decode()))
        except UnicodeDecodeError:
            return unusable("", f"headers: {lower[:50]!a} is not UTF-8")
    return known


def _is_relevant(lower: str) -> bool:
    return lower == "content-type" or lower.startswith(_PREFIX)
