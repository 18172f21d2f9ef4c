"""Two people changed the same record: what only one of them touched is taken from them. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class FieldConflict:
    """A field that both changed, to different values."""

    name: str
    before: Any
    yours: Any
    theirs: Any


@dataclass(frozen=True, slots=True)
class MergedFields:
    """`fields`: has yours where both changed one, which are in `conflicts`."""

    fields: Mapping[str, Any]
    conflicts: tuple[FieldConflict, ...]


def merge(
    before: Mapping[str, Any], yours: Mapping[str, Any], theirs: Mapping[str, Any]
) -> MergedFields:
    """Of the fields that `yours` has. `before`: as the form was filled; a field that it does not
    have counts as touched.
    """
    fields, conflicts = dict[str, Any](), list[FieldConflict]()
    for name, value in yours.items():
        base, other = before.get(name, _NOTHING), theirs.get(name)
        fields[name] = other if value == base else value
        if value not in (base, other) and other != base:
            shown = None if base is _NOTHING else base
            conflicts.append(FieldConflict(name, shown, value, other))
    return MergedFields(fields, tuple(conflicts))


_NOTHING = object()
