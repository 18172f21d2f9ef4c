"""How urgent a message looks: below 90 info, from 90 warning, from 95 critical."""

from decimal import Decimal
from typing import Literal

Severity = Literal["info", "warning", "critical"]


def severity(level: int | Decimal | None, limit: Decimal | None) -> Severity:
    """By the threshold; an absolute one by the ratio that it means. Without a threshold, or a limit to hold an amount against: info."""
    if level is None or (isinstance(level, Decimal) and not limit):
        return "info"
    ratio = level * 100 / limit if isinstance(level, Decimal) and limit else Decimal(level)
    return "critical" if ratio >= 95 else "warning" if ratio >= 90 else "info"
