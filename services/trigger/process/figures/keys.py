"""What a report may be broken down by: plan, size, segment, owner, reason."""

from collections import defaultdict
from collections.abc import Callable, Sequence
from typing import Literal, TypeVar

By = Literal["plan", "size", "segment", "owner", "reason"]
T = TypeVar("T")

WHOLE, UNKNOWN = "all", "unknown"
SIZES = {1000: "1000+", 250: "250-999", 50: "50-249", 1: "1-49"}


def size(employees: int | None) -> str:
    return next((name for least, name in SIZES.items() if (employees or 0) >= least), UNKNOWN)


def grouped(rows: Sequence[T], key: Callable[[T], str | None] | None) -> dict[str, list[T]]:
    """Without a key, one group of all, even of none."""
    if key is None:
        return {WHOLE: list(rows)}
    groups: defaultdict[str, list[T]] = defaultdict(list)
    for row in rows:
        groups[key(row) or UNKNOWN].append(row)
    order = list(reversed(SIZES.values()))
    return {
        name: groups[name]
        for name in sorted(
            groups,
            key=lambda name: (name == UNKNOWN, order.index(name) if name in order else 0, name),
        )
    }


def band(part: int, whole: int, least: int, most: int) -> str | None:
    """Whether the exact percentage lies below, in or above the band, whose edges are in it."""
    if not whole:
        return None
    if 100 * part < least * whole:
        return "below"
    return "in" if 100 * part <= most * whole else "above"
