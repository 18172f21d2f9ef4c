"""The records that services exchange: `usage.totals` (from ingest or another engine) and
`plimsoll.messages` (trigger to notifier).
"""

from shared.messages.facts import Facts
from shared.messages.records import (
    ACCOUNT_EVENTS,
    CLASSES,
    COUNTED_HERE,
    MESSAGES,
    TOPICS,
    USAGE_EVENTS,
    USAGE_TOTALS,
    Closed,
    ClosedAlert,
    Kind,
    Message,
    MessageClass,
    Owner,
    People,
    Priority,
    Recipient,
    Task,
    Tell,
    Total,
    TotalPeriod,
)

__all__ = [
    "ACCOUNT_EVENTS",
    "CLASSES",
    "COUNTED_HERE",
    "MESSAGES",
    "TOPICS",
    "USAGE_EVENTS",
    "USAGE_TOTALS",
    "Closed",
    "ClosedAlert",
    "Facts",
    "Kind",
    "Message",
    "MessageClass",
    "Owner",
    "People",
    "Priority",
    "Recipient",
    "Task",
    "Tell",
    "Total",
    "TotalPeriod",
]
