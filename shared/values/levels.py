"""Whether a threshold exceeds those a task has shown: only then is a done task reopened. Pure."""

from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Any


def climbs(threshold: Any, limit: str | None, told: Iterable[Sequence[Any]]) -> bool:
    """`threshold`: a percentage, or {"at": amount}. False if nothing was told before.

    `told`: each earlier threshold with the limit at that time.
    """
    earlier = list(told)
    return (
        threshold is not None
        and bool(earlier)
        and all(_above(threshold, limit, *one) for one in earlier)
    )


def _above(threshold: Any, limit: str | None, other: Any, other_limit: str | None) -> bool:
    """Compares percentages as such, because the limit may have changed between them.

    If either is an amount, both are compared as amounts.
    """
    if isinstance(threshold, int) and isinstance(other, int):
        return threshold > other
    ours, theirs = _amount(threshold, limit), _amount(other, other_limit)
    return ours is not None and theirs is not None and ours > theirs


def _amount(threshold: Any, limit: str | None) -> Decimal | None:
    if isinstance(threshold, int):
        return None if limit is None else Decimal(limit) * threshold
    return Decimal(str(threshold["at"])) * 100
