"""Late, early, too late: what the dedupe window accepts, keeps and drops, by one clock."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from services.ingest.intake import RECEIVED
from services.ingest.upkeep import Upkeep
from shared.runtime.context import Context, make_context
from shared.runtime.settings import Settings, load_settings
from tests.support.usage import Usage, event, ingesting, stamp, usage_of

DAYS = 5
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@pytest.fixture
def settings(environment: dict[str, str]) -> Settings:
    return load_settings(environment | {"PLIMSOLL_DEDUPE_DAYS": str(DAYS)})


@pytest.fixture
async def usage(settings: Settings) -> AsyncIterator[Usage]:
    async with usage_of(settings) as found:
        await found.apply_catalog()
        yield found


@pytest.fixture
async def context(settings: Settings) -> AsyncIterator[Context]:
    made = make_context(settings, name="test")
    yield made
    await made.close()


def call(age: timedelta, account: str = "a") -> dict[str, Any]:
    return event(account, "api.request", datetime.now(UTC) - age)


async def test_a_late_event_counts_in_the_period_of_its_time(usage: Usage) -> None:
    start = datetime.now(UTC).replace(minute=0, second=0, microsecond=0) - 3 * DAY
    await usage.subscribe("a", start, interval="day")
    async with ingesting(usage):
        await usage.send(call(timedelta()), call(2 * DAY), call(4 * DAY))
        await usage.settled()
    assert await usage.periods("a", "api_calls") == {
        stamp(start + day * DAY): 1 for day in (-1, 1, 3)
    }


async def test_an_early_event_counts_in_the_period_to_come(usage: Usage) -> None:
    end = datetime.now(UTC) + timedelta(minutes=20)
    await usage.subscribe("a", end - DAY, interval="day")
    async with ingesting(usage):
        await usage.send(call(timedelta()), call(timedelta(minutes=-30)))
        await usage.settled()
    assert await usage.periods("a", "api_calls") == {stamp(end - DAY): 1, stamp(end): 1}


async def test_the_window_ends_to_the_minute(usage: Usage) -> None:
    minute = timedelta(minutes=1)
    async with ingesting(usage):
        await usage.send(
            call(DAYS * DAY - minute),
            call(DAYS * DAY + minute),
            call(-HOUR + minute),
            call(-HOUR - minute),
        )
        await usage.settled()
    assert await usage.totals("a") == {"api_calls": 2}
    assert [reason.partition(":")[0] for _, _, reason in await usage.rejected()] == [
        "too_old",
        "future",
    ]


@pytest.mark.parametrize(
    ("received", "taken"),
    [
        (3 * HOUR, True),  # accepted in time, and then it waited in the topic
        (HOUR, False),
        (10 * DAY, False),  # more than a day is not trusted
        (-HOUR, False),
        (None, False),
    ],
)
async def test_what_was_accepted_in_time_is_not_refused_because_it_waited(
    usage: Usage, received: timedelta | None, taken: bool
) -> None:
    moment = None if received is None else (datetime.now(UTC) - received).isoformat().encode()
    async with ingesting(usage):
        age = DAYS * DAY + (2 * HOUR if received != 10 * DAY else 21 * HOUR)
        await usage.send(
            call(age),
            headers=[("content-type", b"application/cloudevents+json"), (RECEIVED, moment)],
        )
        await usage.settled()
    assert await usage.totals("a") == ({"api_calls": 1} if taken else {})


@pytest.mark.parametrize("junk", [b"", b"yesterday", b"\xff", b"2026-11-22T05:00:00"])
async def test_a_received_header_that_says_nothing_changes_nothing(
    usage: Usage, junk: bytes
) -> None:
    async with ingesting(usage):
        await usage.send(call(HOUR), call((DAYS + 1) * DAY), headers=[(RECEIVED, junk)])
        await usage.settled()
    assert await usage.totals("a") == {"api_calls": 1}


async def test_keys_are_dropped_by_the_day_with_a_days_margin(
    usage: Usage, context: Context
) -> None:
    async with ingesting(usage):
        await usage.send(*(call(age * DAY) for age in range(DAYS)))
        await usage.settled()
    today = datetime.now(UTC).date()
    kept = {today - age * DAY for age in range(DAYS)} | {today + DAY}
    await Upkeep(context).once()
    assert await days(usage) == kept
    context.clock.follow(3 * DAY)
    await Upkeep(context).once()
    later = today + 3 * DAY
    assert await days(usage) == {day for day in kept if day >= later - (DAYS + 1) * DAY} | {
        later,
        later + DAY,
    }


async def days(usage: Usage) -> set[Any]:
    rows = await usage.db.fetch(
        "select inhrelid::regclass::text as name from pg_inherits "
        "where inhparent = 'dedupe_segment'::regclass"
    )
    return {datetime.strptime(row["name"][-8:], "%Y%m%d").date() for row in rows}


async def test_a_clock_that_jumps_ahead_and_back_counts_nothing_twice(
    usage: Usage, context: Context
) -> None:
    """The keys are gone then, so what they would have identified as duplicates is refused, although
    the clock would accept it again.
    """
    sent = [call(age * DAY - HOUR, f"acct-{age}") for age in range(1, DAYS)]
    async with ingesting(usage):
        await usage.send(*sent)
        await usage.settled()
        context.clock.follow(4 * DAY)
        await Upkeep(context).once()
        context.clock.follow(timedelta())
        await usage.send(*sent, call(timedelta(), "acct-1"))
        await usage.settled()
    assert [await usage.totals(f"acct-{age}") for age in range(1, DAYS)] == [
        {"api_calls": 2},
        *[{"api_calls": 1}] * (DAYS - 2),
    ]
    assert {reason.partition(":")[0] for _, _, reason in await usage.rejected()} == {"too_old"}


async def test_usage_that_waits_is_pruned_with_the_window(usage: Usage, context: Context) -> None:
    async with ingesting(usage):
        await usage.send(call(HOUR), call(4 * DAY))
        await usage.settled()
    await usage.db.execute(
        "update usage_unassigned set last_at = last_at - interval '3 days' "
        "where last_at < now() - interval '2 days'"
    )
    await Upkeep(context).once()
    assert await usage.db.fetchval("select count(*) from usage_unassigned") == 1
