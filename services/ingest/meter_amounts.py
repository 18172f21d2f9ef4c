"""What an event means to the meters that its type feeds: an amount for each, or the faults of its
data. Pure.
"""

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any, Final

from shared.catalog import Catalog, Meter
from shared.events import Event, Unusable, unusable
from shared.values.faults import Fault
from shared.values.quantities import DECIMALS, INTEGER_DIGITS, bounded, plain

Amount = int | Decimal
_LIMIT: Final = 10**INTEGER_DIGITS
_NOTHING: Final[Mapping[str, Any]] = {}


Reading = tuple[Meter, Amount | str]
"""What is added to the meter's total, or compared by `latest` and `max`; for `unique`, the member
as text.
"""

Readings = Sequence[Reading]


class Alike(tuple[Reading, ...]):
    """What all plain events of a type mean whose meters all count: one more for each. There is one
    object of it for all of them.
    """

    __slots__ = ()


class Feed:
    """The meters that one event type feeds."""

    __slots__ = ("_fields", "_meters", "_plain", "resets")

    def __init__(self, meters: Sequence[Meter]) -> None:
        self._meters = meters
        self._fields = [(meter, meter.value) for meter in meters]
        counts_all = all(meter.aggregation == "count" and not meter.filter for meter in meters)
        self._plain = Alike((meter, 1) for meter in meters) if counts_all else None
        self.resets = not all(meter.is_gauge for meter in meters)
        """Whether an event needs its account's periods."""

    def read(self, event: Event, path: str = "/data") -> Readings | Unusable:
        """What is counted: nothing if no meter's filter matches. `path` is the JSON pointer of
        `data`, for the faults.
        """
        if type(event.data) is not dict and event.data is not None:
            return self._without_object(path)
        data = event.data or _NOTHING
        if "correction" not in data:
            if self._plain is not None:
                return self._plain
            if (readings := self._whole_numbers(data)) is not None:
                return readings
        meters = [meter for meter in self._meters if meter.matches(data)]
        match data.get("correction"):
            case None | False:
                return _all(meters, data, path)
            case True:
                return _corrections(meters, data, path)
        return (
            unusable(f"{path}/correction", "field: correction must be true or false")
            if meters
            else []
        )

    def _without_object(self, path: str) -> Readings | Unusable:
        """Data that is a string or a list still says that something happened."""
        readings = _all(
            [meter for meter in self._meters if meter.matches(_NOTHING)], _NOTHING, path
        )
        return (
            unusable(path, "field: data must be an object")
            if isinstance(readings, Unusable)
            else readings
        )

    def always(self, datas: Iterable[Any]) -> Readings | None:
        """The reading shared by all events with these `data`, if it does not depend on their
        content.
        """
        plain = self._plain is not None and all(
            [type(data) is not dict or "correction" not in data for data in datas]
        )
        return self._plain if plain else None

    def _whole_numbers(self, data: Mapping[str, Any]) -> Readings | None:
        """The readings if all values have the usual form; None if one needs a closer look."""
        readings: list[Reading] = []
        for meter, field in self._fields:
            if meter.filter and not meter.matches(data):
                continue
            amount = 1 if field is None else data.get(field)
            if type(amount) is int and 0 <= amount < _LIMIT and meter.aggregation != "unique":
                readings.append((meter, amount))
            elif type(amount) is str and amount and meter.aggregation == "unique":
                readings.append((meter, f"s{amount}"))
            else:
                return None
        return readings


def feeds_of(catalog: Catalog) -> dict[str, Feed]:
    """By event type. Events of other types are accepted and ignored."""
    return {
        kind: Feed(catalog.meters_for(kind))
        for kind in {meter.event for meter in catalog.meters.values()}
    }


def _all(meters: Sequence[Meter], data: Mapping[str, Any], path: str) -> Readings | Unusable:
    """Every meter must be able to read its own value."""
    found = [_ordinary(meter, data, path) for meter in meters]
    return _all_or_faults(found)


def _corrections(
    meters: Sequence[Meter], data: Mapping[str, Any], path: str
) -> Readings | Unusable:
    """A correction affects the meters whose value it names, and must name at least one. If any
    named value is invalid, it is refused as a whole.
    """
    named = [meter for meter in meters if data.get(_field(meter)) is not None]
    if not named:
        return _all_or_faults(
            [
                Fault(f"{path}/{_field(meter)}", f"field: {_field(meter)} is missing")
                for meter in meters
            ]
        )
    correctable = [meter for meter in named if meter.aggregation in ("count", "sum")]
    found = [_correction(meter, data, path) for meter in correctable or named]
    return _all_or_faults(found)


def _all_or_faults(found: Sequence[Reading | Fault]) -> Readings | Unusable:
    """Unique faults: two meters may read the same field."""
    faults = list(dict.fromkeys(item for item in found if isinstance(item, Fault)))
    return Unusable(faults) if faults else [item for item in found if not isinstance(item, Fault)]


def _field(meter: Meter) -> str:
    """The field in which a correction of this meter says by how much."""
    return meter.value or "count"


def _ordinary(meter: Meter, data: Mapping[str, Any], path: str) -> Reading | Fault:
    if meter.aggregation == "count":
        return meter, 1
    field = _field(meter)
    place, value = f"{path}/{field}", data.get(field)
    if value is None:
        return Fault(place, f"field: {field} is missing")
    if meter.aggregation == "unique":
        member = _member(value)
        return (
            Fault(place, f"field: {field} must be text or a number")
            if member is None
            else (meter, member)
        )
    if reason := _number_fault(value):
        return Fault(place, reason.format(field))
    if value < 0 and not (meter.aggregation == "sum" and meter.is_gauge):
        return Fault(
            place,
            f"negative: {field} is negative, which only a correction of a sum or a count may be",
        )
    return meter, value


def _correction(meter: Meter, data: Mapping[str, Any], path: str) -> Reading | Fault:
    field = _field(meter)
    place, value = f"{path}/{field}", data[field]
    if meter.aggregation not in ("count", "sum"):
        return Fault(place, f"correction: {meter.aggregation} takes no corrections")
    if reason := _number_fault(value):
        return Fault(place, reason.format(field))
    if meter.aggregation == "count" and type(value) is not int:
        return Fault(place, "number: count must be a whole number")
    return meter, value


def _number_fault(value: Any) -> str | None:
    """Why it is not an amount, with `{}` for its name. Checks the exponent before any
    computation.
    """
    if type(value) is int:
        return (
            None
            if -_LIMIT < value < _LIMIT
            else f"range: {{}} has more than {INTEGER_DIGITS} digits"
        )
    if not isinstance(value, Decimal):
        return "number: {} must be a JSON number, not " + _kind(value)
    if value and value.adjusted() >= INTEGER_DIGITS:
        return f"range: {{}} has more than {INTEGER_DIGITS} digits before the decimal point"
    try:
        bounded(value)
    except ValueError:
        return f"scale: {{}} has more than {DECIMALS} digits after the decimal point"
    return None


def _member(value: Any) -> str | None:
    """The text of a `unique` value, in which a string never equals a number, but 1.0 equals 1. None
    if it is neither.
    """
    if isinstance(value, str) and value:
        return f"s{value}"
    if _number_fault(value) is None:
        return f"n{plain(Decimal(value))}"
    return None


def _kind(value: Any) -> str:
    match value:
        case bool():
            return "true or false"
        case str():
            return "text"
        case dict():
            return "an object"
    return "an array"
