"""When tasks are due, in business days where the account is."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from pydantic import TypeAdapter, ValidationError

from services.trigger.process.tasks.due_dates import When, due, moment_of
from tests.unit.trigger.process.tasks.given import begun, context

NOW = context().at
DAY = timedelta(days=1)


@pytest.mark.parametrize(
    ("reason", "priority", "days"),
    # 2025-09-16 is a Tuesday.
    [
        ("competitor", "high", 1),
        ("implementation", "medium", 3),
        ("cross_sell", "low", 9),
        ("handoff", "high", 2),
        ("first_contact", "medium", 7),
    ],
)
def test_bp_09_due_is_so_many_business_days_later(reason: str, priority: str, days: int) -> None:
    task = begun(reason)
    assert (task.priority, task.due_at) == (priority, NOW + days * DAY)


def test_bp_09_what_opens_at_the_weekend_counts_from_monday_nine_o_clock() -> None:
    saturday = NOW + 4 * DAY
    due_at = begun("competitor", context(saturday)).due_at
    local = due_at.astimezone(context().account.zone)
    assert local.isoformat()[:16] == "2025-09-23T09:00"


def test_public_holidays_count_where_the_policy_says_so() -> None:
    seen = context()
    friday = datetime(2025, 9, 12, tzinfo=UTC)
    # Monday the 15th is Respect for the Aged Day.
    assert due(friday, "high", seen.account, seen.policy) == friday + 3 * DAY
    strict = replace(seen.policy, holidays=True)
    assert due(friday, "high", seen.account, strict) == friday + 4 * DAY


def test_a_moment_has_its_zone_a_day_is_nine_o_clock_there() -> None:
    read = TypeAdapter(When).validate_python
    account = context().account
    assert moment_of(read("2025-09-18"), account) == datetime(2025, 9, 18, tzinfo=UTC)
    assert moment_of(read("2025-09-18T10:00:00+09:00"), account) == datetime(
        2025, 9, 18, 1, tzinfo=UTC
    )
    assert read("2025-09-18") == date(2025, 9, 18)
    for wrong in ("2025-09-31", "2025-09-18T10:00:00", "tomorrow", 5, None, True):
        with pytest.raises(ValidationError):
            read(wrong)
