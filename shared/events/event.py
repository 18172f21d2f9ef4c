"""An event as a value, the faults of an invalid one, and the rules common to all modes."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, Final

import msgspec

from shared.values.bounds import AHEAD
from shared.values.characters import is_storable
from shared.values.faults import Fault

MAX_EVENT_BYTES: Final = 262_144
"""256 kB: the JSON form of one event, on HTTP and Kafka, and a whole Kafka record."""
MAX_DEPTH: Final = 16
MAX_FIELDS: Final = 256
ID_CHARACTERS: Final = 256

ATTRIBUTES: Final = ("specversion", "id", "source", "type", "subject", "time")
Text = Annotated[str, msgspec.Meta(min_length=1, max_length=ID_CHARACTERS)]
_NO_JSON = frozenset({"json", "utf8", "bom", "framing", "empty", "depth", "dup_key"})
_VERSION = re.compile(r"1\.[0-9]{1,9}")
_FINER_THAN_MICROSECONDS = re.compile(r"(\.[0-9]{6})[0-9]+")
_LEAP_SECOND = re.compile(r"(.{11}[0-9]{2}:[0-9]{2}):60(?:\.[0-9]+)?(.*)", re.DOTALL)


_NO_MOMENT = "time: {} must be a moment that exists, such as 2026-11-22T05:00:00Z"


class Event(msgspec.Struct, gc=False, kw_only=True):
    """The part of a CloudEvent that is kept. `subject` is the account, (`source`, `id`) the
    identity within it, `time` is aware, in UTC.

    `data` is any JSON value, numbers as int or Decimal, never float; None if absent.
    """

    id: Text
    source: Text
    type: Text
    subject: Text
    time: datetime
    data: Any = None

    @property
    def identity(self) -> tuple[str, str, str]:
        """(account, source, id): events that share it are duplicates."""
        return self.subject, self.source, self.id


@dataclass(frozen=True, slots=True)
class Unusable:
    """Why something is not a valid event: every fault, or only the first if it is not JSON."""

    faults: Sequence[Fault]

    @property
    def reason(self) -> str:
        """One line for a rejected record: the first fault with its place, and the number of
        others.
        """
        first, *others = self.faults
        place = f" (at {first.path})" if first.path else ""
        return f"{first.reason}{place}" + (f"; {len(others)} more" if others else "")

    @property
    def status(self) -> int:
        """The HTTP status: 415 for another media type, 400 if it is not JSON, 422 for everything
        else.
        """
        codes = {code(fault) for fault in self.faults}
        if "content_type" in codes:
            return 415
        return 400 if codes & _NO_JSON else 422


def unusable(path: str, reason: str) -> Unusable:
    return Unusable((Fault(path, reason),))


def code(fault: Fault) -> str:
    """The first word of a reason: the kind of fault."""
    return fault.reason.partition(":")[0]


def event_of(
    attributes: Mapping[str, Any], data: Any, *, place: str = "/{}", name: str = "{}"
) -> Event | Unusable:
    """The event with these context attributes, or all of its faults. `place`, `name`: a field's
    path, and its name there.
    """
    if faults := tuple(_faults(attributes, place, name)):
        return Unusable(faults)
    time = read_time(attributes["time"])
    assert isinstance(time, datetime)
    source, kind, subject = attributes["source"], attributes["type"], attributes["subject"]
    return Event(
        id=attributes["id"], source=source, type=kind, subject=subject, time=time, data=data
    )


def _faults(attributes: Mapping[str, Any], places: str, names: str) -> Iterator[Fault]:
    for key in ATTRIBUTES:
        if reason := _reason(key, attributes.get(key)):
            yield Fault(places.format(key), reason.format(names.format(key)))


def _reason(key: str, value: Any) -> str | None:
    """The fault of an attribute, with `{}` for its name."""
    if value is None:
        return "field: {} is missing"
    if key == "specversion":
        return (
            None
            if isinstance(value, str) and _VERSION.fullmatch(value)
            else "version: {} must be 1.0"
        )
    if key == "time":
        return found if isinstance(found := read_time(value), str) else None
    if key == "subject" and isinstance(value, str) and "/" in value:
        return "id: {} is an account's id and must not hold a slash"
    return identifier_fault(value)


def identifier_fault(value: object) -> str | None:
    """The fault of an identifier, or None. Identifiers are compared byte for byte: nothing is
    trimmed, folded or normalised.
    """
    if not isinstance(value, str):
        return "id: {} must be a string"
    if not 1 <= len(value) <= ID_CHARACTERS or value.isspace():
        return f"id: {{}} must have 1 to {ID_CHARACTERS} characters, and not only spaces"
    return None if is_storable(value) else "id: {} must not hold control characters"


def read_time(value: object) -> datetime | str:
    """A time in UTC, or the fault, with `{}` for its name. Digits below a microsecond are cut:
    rounding could cross a boundary.

    A leap second becomes the last instant of its minute, which ends a UTC day.
    """
    if not isinstance(value, str):
        return "time: {} must be text such as 2026-11-22T05:00:00Z"
    leap = _LEAP_SECOND.fullmatch(value)
    text = f"{leap[1]}:59.999999{leap[2]}" if leap else _FINER_THAN_MICROSECONDS.sub(r"\1", value)
    try:
        moment = msgspec.convert(text, datetime)
        if moment.tzinfo is None:
            return "zone: {} needs a time zone, such as Z"
        utc = moment.astimezone(UTC)
    except (msgspec.ValidationError, OverflowError):
        return _NO_MOMENT
    return _NO_MOMENT if leap and (utc.hour, utc.minute) != (23, 59) else utc


def untimely(time: datetime, now: datetime, past: timedelta) -> str | None:
    """The fault of an event that is more than an hour ahead of `now`, or older than `past`."""
    if time > now + AHEAD:
        return f"future: time is more than an hour ahead of {now:%Y-%m-%dT%H:%M:%SZ}"
    if time < now - past:
        return f"too_old: time is more than {past.days} days before {now:%Y-%m-%dT%H:%M:%SZ}"
    return None
