"""Two ways to write what a batch adds: one statement if all is in one hour, else two. They write
the same rows.
"""

import random
from datetime import UTC, datetime, timedelta

from tests.support.usage import Usage, event, ingesting, stamp

NOW = datetime.now(UTC).replace(microsecond=0)
HOUR = NOW.replace(minute=0, second=0) - timedelta(hours=3)
START = NOW - timedelta(days=10, microseconds=345_677)


async def test_batches_of_one_hour_and_of_several_meet_in_the_same_rows(usage: Usage) -> None:
    await usage.subscribe("a", START)
    async with ingesting(usage):
        for _ in range(2):  # first new rows, then updates of the same ones
            for hours in ([0], [0, 1], [1]):
                await usage.send(
                    *(
                        event("a", "api.request", HOUR + timedelta(hours=hour, microseconds=1))
                        for hour in hours
                    )
                )
                await usage.settled()
    assert await usage.periods("a", "api_calls") == {stamp(START): 8}
    hours = [
        row["amount"]
        for row in await usage.db.fetch(_HOURS, "a", HOUR.hour, (HOUR + timedelta(hours=1)).hour)
    ]
    assert sum(hours) == 8
    last = await usage.db.fetchval("select last_event_at from usage_total where account = 'a'")
    assert last == HOUR + timedelta(hours=1, microseconds=1)


async def test_gauges_and_counters_share_a_batch(usage: Usage) -> None:
    await usage.subscribe("a", START)
    await usage.subscribe("b", START)
    later = NOW + timedelta(microseconds=3)
    async with ingesting(usage):
        await usage.send(*(event(account, "traffic", NOW, {"bytes": 4}) for account in "ab"))
        await usage.send(
            *(event(account, "storage.measured", later, {"bytes": 9}) for account in "ba")
        )
        await usage.send(event("a", "storage.measured", NOW, {"bytes": 8}))
        await usage.settled()
    assert (
        await usage.totals("a")
        == await usage.totals("b")
        == {"traffic": 4, "peak": 4, "storage": 9}
    )
    ends = await usage.db.fetch("select distinct meter from usage_total where period_end is null")
    assert [row["meter"] for row in ends] == ["storage"]


async def test_sums_beyond_what_an_integer_of_the_database_holds(usage: Usage) -> None:
    await usage.subscribe("a", START)
    async with ingesting(usage):
        await usage.send(
            *(event("a", "traffic", NOW, {"bytes": 999_999_999_999_999_999}) for _ in range(20))
        )
        await usage.settled()
    assert (await usage.totals("a"))["traffic"] == 20 * 999_999_999_999_999_999


async def test_a_moment_in_seconds_is_the_same_microsecond_in_the_database_until_2100(
    usage: Usage,
) -> None:
    chance = random.Random(5)
    first, span = datetime(1971, 1, 1, tzinfo=UTC), 130 * 365 * 86_400 * 10**6
    moments = [first + timedelta(microseconds=chance.randrange(span)) for _ in range(20_000)]
    found = await usage.db.fetchval(
        "select array_agg(to_timestamp(s) order by n) "
        "from unnest($1::float8[]) with ordinality as u(s, n)",
        [moment.timestamp() for moment in moments],
    )
    assert found == moments


_HOURS = """
    select coalesce((to_jsonb(d) ->> format('h%s', lpad(h::text, 2, '0')))::numeric, 0) as amount
    from usage_day d, unnest(array[$2::int, $3]) h where account = $1
"""
