"""Walks a JSON value from outside, in time proportional to its size.

A value's path is built only if there is a fault to report: otherwise a key of 100 kB above 50,000
values would be copied 50,000 times.
"""

from collections.abc import Iterator
from typing import Any

from shared.values.faults import pointer_part

Trail = tuple[Any, Any] | None
"""The trail of the containing value and the key within it; None: the root."""


def walk(root: Any) -> Iterator[tuple[Any, Trail, int]]:
    """Every value in document order, with its trail and its depth (0: the root)."""
    yield root, None, 0
    within: list[tuple[Trail, Iterator[tuple[Any, Any]]]] = [(None, _inner(root))]
    while within:
        trail, inner = within[-1]
        for key, value in inner:
            here = (trail, key)
            yield value, here, len(within)
            if value and isinstance(value, dict | list):
                within.append((here, _inner(value)))
                break
        else:
            within.pop()


def _inner(value: Any) -> Iterator[tuple[Any, Any]]:
    match value:
        case dict():
            return iter(value.items())
        case list():
            return iter(enumerate(value))
    return iter(())


def pointer(trail: Trail) -> str:
    """The JSON pointer (RFC 6901), empty for the root."""
    parts = []
    while trail is not None:
        trail, key = trail
        parts.append(pointer_part(key))
    return "".join(reversed(parts))
