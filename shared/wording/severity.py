"""A message's severity: info below 90, warning from 90, critical from 95."""

from decimal import Decimal
from typing import Literal

Severity = Literal["info", "warning", "critical"]


def severity(level: int | Decimal | None, limit: Decimal | None) -> Severity:
    """By the threshold; an absolute one by its share of the limit. Info without a threshold, or
    without a limit to compare an amount with.
    """
    if level is None or (isinstance(level, Decimal) and not limit):
        return "info"
    ratio = level * 100 / limit if isinstance(level, Decimal) and limit else Decimal(level)
    return "critical" if ratio >= 95 else "warning" if ratio >= 90 else "info"
