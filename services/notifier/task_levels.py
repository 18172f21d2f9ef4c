"""Whether a threshold is higher than those that a task has told before: only then is a finished one opened again. Pure."""

from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Any


def climbs(threshold: Any, limit: str | None, told: Iterable[Sequence[Any]]) -> bool:
    """`threshold`: percent, or {"at": amount}. `told`: (threshold, limit then) of each earlier one; without any it exceeds none."""
    earlier = list(told)
    return threshold is not None and bool(earlier) and all(_above(threshold, limit, *one) for one in earlier)


def _above(threshold: Any, limit: str | None, other: Any, other_limit: str | None) -> bool:
    """Percentages by themselves, for a limit may have been moved between them; where one of the two is an amount, both as amounts."""
    if isinstance(threshold, int) and isinstance(other, int):
        return threshold > other
    ours, theirs = _amount(threshold, limit), _amount(other, other_limit)
    return ours is not None and theirs is not None and ours > theirs


def _amount(threshold: Any, limit: str | None) -> Decimal | None:
    if isinstance(threshold, int):
        return None if limit is None else Decimal(limit) * threshold
    return Decimal(str(threshold["at"])) * 100
