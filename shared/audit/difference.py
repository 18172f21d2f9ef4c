"""What of a thing has changed, short enough to be kept. Pure."""

from collections.abc import Mapping, Sequence
from typing import Any

from shared.values.quantities import dumps

Fields = Mapping[str, Any]
MOST_BYTES = 16_384
"""Of each side, as JSON."""
_LONGEST_TEXT, _MOST_ITEMS = 500, 100
_CUT = "…"


def difference(before: Fields | None, after: Fields | None) -> tuple[Fields | None, Fields | None]:
    """The fields that differ; of lists of things with ids, the things that differ. None: there is
    nothing on that side. Both empty: nothing has changed.
    """
    if before is None or after is None:
        return _bounded(before), _bounded(after)
    names = [name for name in {**before, **after} if before.get(name) != after.get(name)]
    pairs = {name: _narrowed(before.get(name), after.get(name)) for name in names}
    return (
        _bounded({name: old for name, (old, _) in pairs.items()}),
        _bounded({name: new for name, (_, new) in pairs.items()}),
    )


def _narrowed(before: Any, after: Any) -> tuple[Any, Any]:
    if not (_are_named(before) and _are_named(after)):
        return before, after
    old, new = ({one["id"]: one for one in several} for several in (before, after))
    return (
        [one for id, one in old.items() if new.get(id) != one],
        [one for id, one in new.items() if old.get(id) != one],
    )


def _are_named(several: Any) -> bool:
    return isinstance(several, list) and all(
        isinstance(one, Mapping) and "id" in one for one in several
    )


def _bounded(fields: Fields | None) -> Fields | None:
    """What is still too long is told by its fields' names alone."""
    if fields is None:
        return None
    found: dict[str, Any] = {name: _cut(value) for name, value in fields.items()}
    if len(dumps(found)) <= MOST_BYTES:
        return found
    return {"omitted": [_text(name) for name in list(fields)[:_MOST_ITEMS]]}


def _cut(value: Any) -> Any:
    match value:
        case str():
            return _text(value)
        case Mapping():
            kept = list(value.items())[:_MOST_ITEMS]
            return {str(name): _cut(item) for name, item in kept}
        case Sequence() | set() | frozenset():
            return [_cut(item) for item in list(value)[:_MOST_ITEMS]]
        case _:
            return value


def _text(value: str) -> str:
    return value if len(value) <= _LONGEST_TEXT else value[:_LONGEST_TEXT] + _CUT
