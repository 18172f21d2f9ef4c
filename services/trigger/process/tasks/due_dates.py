"""When a task is due, and what a moment or a day named by somebody means."""

from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta
from typing import Annotated

from pydantic import BeforeValidator, WithJsonSchema

from services.trigger.accounts import Account
from shared.catalog import Policy
from shared.messages import Priority
from shared.values.bodies import parse_when
from shared.values.faults import Fault
from shared.values.moments import iso
from shared.values.periods import business_days_later

SOONEST, LATEST = timedelta(minutes=1), timedelta(days=90)
_OPENS = time(9)


When = Annotated[
    datetime | date,
    BeforeValidator(parse_when),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "string", "format": "date-time"},
                {"type": "string", "format": "date"},
            ]
        }
    ),
]


def moment_of(when: datetime | date, account: Account) -> datetime:
    """A day is 09:00 where the account is."""
    if isinstance(when, datetime):
        return when
    return datetime.combine(when, _OPENS, account.zone).astimezone(UTC)


def out_of_range(
    path: str, when: datetime | date, account: Account, now: datetime
) -> Iterable[Fault]:
    first, last = now + SOONEST, now + LATEST
    if not first <= moment_of(when, account) <= last:
        yield Fault(path, f"must be from {iso(first)} to {iso(last)}")


def due(at: datetime, priority: Priority, account: Account, policy: Policy) -> datetime:
    """So many business days later where the account is (BP-09)."""
    days = {
        "high": policy.process.due_days.high,
        "medium": policy.process.due_days.medium,
        "low": policy.process.due_days.low,
    }
    return business_days_after(at, days[priority], account, policy)


def business_days_after(at: datetime, days: int, account: Account, policy: Policy) -> datetime:
    country = account.country if policy.holidays else None
    return business_days_later(at, days, account.time_zone, country)


def after_waking(
    due_at: datetime, woken: datetime, priority: Priority, account: Account, policy: Policy
) -> datetime:
    """Who wakes late still has the days of the priority."""
    return max(due_at, due(woken, priority, account, policy))
