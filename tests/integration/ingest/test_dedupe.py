"""What counts as the same event, for how long, and across whatever happens to a process."""

import asyncio
import json
import random
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from aiokafka.admin import AIOKafkaAdminClient, NewPartitions

from services.ingest.accounts import partition_of
from services.ingest.calendars import BUCKET_SECONDS
from services.ingest.dedupe import MOST_LOADS
from services.ingest.handler import IngestHandler
from shared.runtime.context import Context
from shared.runtime.service import Service, add_loop
from shared.telemetry import metrics
from tests.support.loops import until
from tests.support.usage import Usage, event, ingesting

MINUTE = timedelta(minutes=1)
NOW = datetime.now(UTC)
START = datetime.fromtimestamp(
    int(NOW.timestamp()) // BUCKET_SECONDS * BUCKET_SECONDS, UTC
) - timedelta(hours=5)
"""The beginning of a bucket."""


def call(time: datetime, identity: str = "same", account: str = "a") -> dict[str, Any]:
    return event(account, "api.request", time) | {"id": identity}


@pytest.mark.parametrize("together", [True, False])
@pytest.mark.parametrize(
    ("first", "second", "counted"),
    [
        (0, 0, 1),
        (0, 10, 1),
        (9.99, 19.98, 1),
        (5, -5, 1),
        (0, 20.01, 2),
        (0, 60, 2),
        (0, -30, 2),
    ],
)
async def test_a_retry_within_ten_minutes_of_its_time_is_a_duplicate(
    usage: Usage, first: float, second: float, counted: int, together: bool
) -> None:
    """Also within one batch, and at the edges of buckets. From ten to twenty minutes either result
    is right; beyond that they are two events.
    """
    async with ingesting(usage):
        await usage.send(call(START + first * MINUTE))
        if not together:
            await usage.settled()
        await usage.send(call(START + second * MINUTE))
        await usage.settled()
    assert await usage.totals("a") == {"api_calls": counted}


async def test_counted_events_are_known_after_a_restart(usage: Usage) -> None:
    sent = [
        call(START + number * MINUTE, str(number), f"acct-{number % 5}") for number in range(60)
    ]
    for _ in range(3):
        async with ingesting(usage):
            await usage.send(*sent)
            await usage.settled()
    assert [await usage.totals(f"acct-{number}") for number in range(5)] == [{"api_calls": 12}] * 5


async def test_the_whole_topic_replayed_changes_nothing(usage: Usage) -> None:
    """Including re-routed events, early or faulty ones that were rejected, and those that no meter
    uses.
    """
    await usage.subscribe("a", NOW - timedelta(days=40))
    async with ingesting(usage):
        for number in range(40):
            account = f"acct-{number % 3}"
            await usage.send(call(NOW - number * MINUTE, str(number), account))
            await usage.send(
                event(account, "login", NOW, {"user": f"u{number % 7}", "device": "d"})
            )
            await usage.send(
                event("a", "storage.measured", NOW - number * MINUTE, {"bytes": number}),
                event("a", "nobody.cares", NOW),
            )
        await usage.send(call(NOW, "lost"), key=None)
        ahead = datetime.now(UTC) + timedelta(hours=1, seconds=3)
        await usage.send(b"{", None, event("a", "traffic", NOW, {}), call(ahead, "early"), key="a")
        await usage.settled()
        # Now it would be accepted.
        await asyncio.sleep(
            max(0.0, (ahead - timedelta(hours=1) - datetime.now(UTC)).total_seconds()) + 0.1
        )
        before, sent = await usage.digest(), await usage._ends()
        duplicates = metrics.events.labels("duplicate")._value.get()
        for _ in range(2):
            await usage.rewind_to_the_beginning()
            await usage.settled()
            assert await usage.digest() == before
        assert await usage._ends() == sent
        assert metrics.events.labels("duplicate")._value.get() > duplicates
    assert len(await usage.rejected()) == 4


async def test_what_another_owner_counted_meanwhile_is_known(usage: Usage) -> None:
    """A partition goes to a second process and comes back: what the first one cached for it is
    discarded.
    """
    accounts = [f"acct-{number}" for number in range(20)]
    async with ingesting(usage):
        await usage.send(*(call(NOW, "first", account) for account in accounts))
        await usage.settled()
        rewinds = metrics.rewinds.labels("ingest")._value.get()
        async with ingesting(usage):
            # Each has its share.
            await until(lambda: metrics.rewinds.labels("ingest")._value.get() >= rewinds + 2, 30)
            await usage.send(*(call(NOW, "second", account) for account in accounts))
            await usage.settled()
        for identity in ("first", "second"):
            await usage.send(*(call(NOW, identity, account) for account in accounts))
        await usage.settled()
    assert [await usage.totals(account) for account in accounts] == [{"api_calls": 2}] * len(
        accounts
    )


def small(context: Context) -> Service:
    """Ingest with memory for a handful of buckets."""
    service = Service("ingest")
    add_loop(service, context, IngestHandler(context, memory=20_000))
    return service


async def test_memory_for_a_few_buckets_only_changes_nothing(usage: Usage) -> None:
    sent = [
        call(START - number * 25 * MINUTE, str(number), f"acct-{number % 3}")
        for number in range(300)
    ]
    async with ingesting(usage, small):
        for _ in range(2):
            for start in range(0, len(sent), 60):
                await usage.send(*sent[start : start + 60], *sent[:10])
                await usage.settled()
    assert [await usage.totals(f"acct-{number}") for number in range(3)] == [{"api_calls": 100}] * 3


async def test_random_old_times_are_counted_in_bounded_turns(usage: Usage) -> None:
    chance = random.Random(5)
    times = [NOW - timedelta(days=34) * chance.random() for _ in range(1_500)]
    sent = [call(time, str(number), f"acct-{number % 50}") for number, time in enumerate(times)]
    before = metrics.bucket_loads._value.get()
    await usage.send(*sent, *sent[:200])
    async with ingesting(usage):
        await usage.settled()
    assert (
        sum([(await usage.totals(f"acct-{number}"))["api_calls"] for number in range(50)]) == 1_500
    )
    assert metrics.bucket_loads._value.get() - before > MOST_LOADS


async def test_an_array_over_the_whole_window_is_one_record_and_one_turn(usage: Usage) -> None:
    array = [call(NOW - number * timedelta(hours=6), str(number)) for number in range(130)]
    async with ingesting(usage):
        await usage.send(json.dumps(array).encode(), json.dumps(array[5:]).encode(), key="a")
        await usage.settled()
    assert await usage.totals("a") == {"api_calls": 130}


async def test_k17_more_partitions_while_running_count_nothing_twice(usage: Usage) -> None:
    accounts = [f"acct-{number}" for number in range(40)]
    moved = [
        account for account in accounts if partition_of(account, 4) != partition_of(account, 6)
    ]
    assert 5 < len(moved) < 35
    old = [call(NOW, "old", account) for account in accounts]
    async with ingesting(usage):
        await usage.send(*old)
        await usage.settled()
        admin = AIOKafkaAdminClient(bootstrap_servers=usage.settings.kafka_bootstrap_servers)
        await admin.start()
        await admin.create_partitions({usage.topic: NewPartitions(6)})
        await admin.close()
        await until(lambda: _counts_over(usage, 6), 30)
        stale = [
            partition_of(account, 4) for account in accounts
        ]  # a producer that has not noticed yet
        for body, partition in zip(
            [call(NOW, "new", account) for account in accounts], stale, strict=True
        ):
            await usage.send(body, partition=partition)
        for account in accounts:
            await usage.send(
                call(NOW, "old", account),
                call(NOW, "new", account),
                partition=partition_of(account, 6),
            )
        await usage.settled()
    assert [await usage.totals(account) for account in accounts] == [{"api_calls": 2}] * len(
        accounts
    )


async def _counts_over(usage: Usage, partitions: int) -> bool:
    await usage.producer.client.force_metadata_update()
    known = len(await usage.offsets())
    return (
        known == partitions
        and await usage.db.fetchval("select partitions from dedupe_state") == partitions
    )


async def test_quiet_segments_are_merged_into_one(usage: Usage) -> None:
    times = [START + number * timedelta(seconds=1) for number in range(30)]
    async with ingesting(usage):
        for number, time in enumerate(times):
            await usage.send(call(time, str(number)))
            await usage.settled()
        await until(lambda: _segments(usage, 1), 25)
        await usage.send(*(call(time, str(number)) for number, time in enumerate(times)))
        await usage.settled()
    async with ingesting(usage):
        await usage.send(
            *(call(time, str(number)) for number, time in enumerate(times)), call(START, "one more")
        )
        await usage.settled()
    assert await usage.totals("a") == {"api_calls": 31}


async def _segments(usage: Usage, number: int) -> bool:
    return bool(
        await usage.db.fetchval(
            "select count(*) = $1 and sum(length(keys)) = 480 from dedupe_segment", number
        )
    )
