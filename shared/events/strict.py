"""Reads an event slowly and strictly: finds what quick parsers overlook, such as repeated keys,
half surrogates, NaN, depth.
"""

import base64
import json
import re
from decimal import Decimal, InvalidOperation
from itertools import pairwise
from typing import Any

from shared.events.event import MAX_DEPTH, MAX_FIELDS, Event, Unusable, event_of, unusable
from shared.values.faults import Fault
from shared.values.json_tree import pointer, walk

_BOM = b"\xef\xbb\xbf"
# An unterminated string takes the whole rest: restarting at each of its quotes would take quadratic
# time.
_STRING = rb'"(?:[^"\\]++|\\.)*+(?:"|\\?\Z)'
_STRUCTURE = re.compile(_STRING + rb"|[\[\]{}]", re.DOTALL)
_ELEMENTS = re.compile(_STRING + rb"|[\[\]{},]", re.DOTALL)
_NUMBER_DIGITS = 60
_MOST_FAULTS = 100


class _Repeated(ValueError):
    pass


def read_strictly(raw: bytes, path: str = "") -> Event | Unusable:
    """One event in structured mode, or all of its faults (only the first if it is not JSON)."""
    document = read_json(raw, path)
    if isinstance(document, Fault):
        return Unusable((document,))
    if not isinstance(document, dict):
        return unusable(path, f"shape: an event is a JSON object, not {_kind(document)}")
    if faults := content_faults(document, path):
        return Unusable(faults)
    data = document.get("data")
    if document.get("data_base64") is not None:
        if "data" in document:
            return unusable(f"{path}/data_base64", "shape: data and data_base64 exclude each other")
        data = _decoded(document["data_base64"], f"{path}/data_base64")
        if isinstance(data, Unusable):
            return data
    return event_of(document, data, place=f"{path}/{{}}")


def read_json(raw: bytes, path: str = "") -> Any:
    """The value, numbers as int or Decimal (a non-finite one for NaN); a Fault if it is not JSON or
    an object repeats a key.
    """
    if fault := _encoding_fault(raw):
        return Fault(path, fault)
    if _depth(raw) > MAX_DEPTH:
        return Fault(path, f"depth: nested deeper than {MAX_DEPTH} levels")
    try:
        return json.loads(
            raw.decode(),
            object_pairs_hook=_object,
            parse_float=_decimal,
            parse_int=_integer,
            parse_constant=Decimal,
        )
    except _Repeated as repeated:
        return Fault(path, f"dup_key: {_shown(str(repeated))} appears twice")
    except UnicodeDecodeError as error:
        return Fault(path, f"utf8: not UTF-8 at byte {error.start}")
    except json.JSONDecodeError as error:
        return Fault(
            path,
            f"json: {error.msg[:1].lower()}{error.msg[1:].removesuffix(' starting at')} "
            f"at character {error.pos}",
        )


def content_faults(value: Any, path: str) -> list[Fault]:
    """Content that no document may have: too many fields, half surrogates, NaN, infinities and
    numbers beyond any range.
    """
    fields = 0
    faults: list[Fault] = []
    for item, trail, _ in walk(value):
        reason = None
        if isinstance(item, dict):
            fields += len(item)
            reason = (
                None if all(map(_storable, item)) else "has a name that holds half a surrogate pair"
            )
        elif isinstance(item, Decimal) and not item.is_finite():
            faults.append(Fault(path + pointer(trail), "number: is not a finite JSON number"))
        elif isinstance(item, str) and not _storable(item):
            reason = "holds half a surrogate pair"
        if reason is not None:
            place = _clean(path + pointer(trail))
            code = (
                "id" if place.rpartition("/")[2] in ("id", "source", "type", "subject") else "field"
            )
            faults.append(Fault(place, f"{code}: {place} {reason}"))
        if fields > MAX_FIELDS:
            return [
                Fault(path, f"fields: an event may have {MAX_FIELDS} fields, this one has more")
            ]
        if len(faults) == _MOST_FAULTS:
            break
    return faults


def _decoded(encoded: Any, path: str) -> Any:
    """The JSON value in `data_base64`; None if it is something else, which no meter reads."""
    try:
        raw = base64.b64decode(encoded, validate=True)
    except (TypeError, ValueError):
        return unusable(path, "shape: data_base64 is not valid base64")
    value = read_json(raw, path)
    if isinstance(value, Fault):
        return None
    faults = content_faults(value, path)
    return Unusable(faults) if faults else value


def _encoding_fault(raw: bytes) -> str | None:
    if not raw.strip():
        return "empty: nothing there"
    if raw.startswith(_BOM):
        return "bom: begins with a byte order mark"
    if raw.startswith(b"\0"):
        return "framing: framed by a schema registry; write plain JSON"
    if raw.startswith((b"\xff\xfe", b"\xfe\xff")) or raw[1:2] == b"\0":
        return "utf8: looks like UTF-16"
    return None


def _depth(raw: bytes) -> int:
    """The nesting depth of arrays and objects. Arbitrary for a malformed document, which the parser
    then refuses.
    """
    depth = deepest = 0
    for match in _STRUCTURE.finditer(raw):
        if (sign := raw[match.start()]) in b"[{":
            depth += 1
            if depth > deepest:
                deepest = depth
                if deepest > MAX_DEPTH:
                    break
        elif sign in b"]}":
            depth -= 1
    return deepest


def elements(raw: bytes) -> list[bytes]:
    """The elements of an array that `read_json` has read, each as bytes."""
    depth, ends = 0, []
    for match in _ELEMENTS.finditer(raw):
        sign = raw[match.start()]
        if sign in b"[{":
            depth += 1
        elif sign in b"]}":
            depth -= 1
        if (
            (sign in b"," and depth == 1)
            or (sign in b"]" and depth == 0)
            or (sign in b"[" and depth == 1)
        ):
            ends.append(match.start())
    found = [raw[start + 1 : end].strip() for start, end in pairwise(ends)]
    return [] if found == [b""] else found


def has_more_elements(raw: bytes, most: int, depth: int = 1) -> bool:
    """Whether arrays at this depth have more than `most` elements, without splitting or parsing
    them.
    """
    commas, now = 0, 0
    for match in _ELEMENTS.finditer(raw):
        sign = raw[match.start()]
        if sign in b"[{":
            now += 1
        elif sign in b"]}":
            now -= 1
        elif sign in b"," and now == depth:
            commas += 1
            if commas >= most:
                return True
    return False


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        seen: set[str] = set()
        raise _Repeated(next(key for key, _ in pairs if key in seen or seen.add(key)))  # type: ignore[func-returns-value]
    return found


def _decimal(text: str) -> Decimal:
    """Infinity represents numbers beyond any range: `content_faults` names the place."""
    try:
        return Decimal(text)
    except InvalidOperation:
        return Decimal("Infinity")


def _integer(digits: str) -> int | Decimal:
    """Python refuses ints of more than 4,300 digits; a Decimal knows its size without any
    arithmetic.
    """
    return int(digits) if len(digits) <= _NUMBER_DIGITS else Decimal(digits)


def _storable(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _clean(text: str) -> str:
    return text.encode("utf-8", "replace").decode()


def _shown(text: str) -> str:
    return _clean(text[:100])


def _kind(value: Any) -> str:
    match value:
        case None:
            return "null"
        case bool():
            return "a boolean"
        case str():
            return "a string"
        case list():
            return "an array"
    return "a number"
