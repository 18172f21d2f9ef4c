"""Accounts whose running periods are in memory are counted as all others are."""

from datetime import UTC, datetime, timedelta

from shared.telemetry.metrics import REGISTRY
from tests.support.loops import until
from tests.support.usage import METERS, Usage, event, ingesting, stamp

NOW = datetime.now(UTC).replace(microsecond=345_677)
START = NOW - timedelta(days=10)
DAY = timedelta(days=1)
NOON = NOW - DAY / 2


def calls(account: str, time: datetime = NOW, number: int = 1) -> list[dict[str, object]]:
    return [event(account, "api.request", time) for _ in range(number)]


async def test_memory_is_filled_from_what_was_computed_and_from_the_totals_after_a_restart(
    usage: Usage,
) -> None:
    """Batches of known and unknown accounts, of two hours, and of a period that has ended."""
    await usage.apply_catalog(METERS | {"daily": METERS["api_calls"] | {"reset": "day"}})
    for account in "ab":
        await usage.subscribe(account, START)
    for _ in range(2):
        async with ingesting(usage):
            for account in ("a", "b", "unsubscribed"):
                await usage.send(*calls(account))
                await usage.settled()
            await usage.send(*calls("a"), *calls("b"), *calls("unsubscribed"))
            await usage.settled()
            assert REGISTRY.get_sample_value("plimsoll_accounts_in_memory") == 2
            await usage.send(*calls("a", NOW - DAY), *calls("b"), *calls("b", START - DAY))
            await usage.settled()
    assert await usage.periods("a", "api_calls") == {stamp(START): 6}
    assert sorted((await usage.periods("a", "daily")).values()) == [2, 4]
    assert sorted((await usage.periods("b", "api_calls")).values()) == [2, 6]
    assert sum((await usage.periods("unsubscribed", "api_calls")).values()) == 4
    assert await usage.db.fetchval("select cardinality(times) from usage_unassigned limit 1")
    hours = await usage.db.fetchval(_HOURS, "b", "api_calls")
    assert hours == 8


async def test_a_changed_subscription_takes_its_account_out_of_memory(usage: Usage) -> None:
    await usage.subscribe("a", START)
    await usage.subscribe("b", START)
    async with ingesting(usage):
        for _ in range(2):
            await usage.send(*calls("a"), *calls("b"))
            await usage.settled()
        await usage.subscribe("a", NOON, interval="day")
        await usage.send(*calls("a"), *calls("b"))
        await usage.settled()
        await until(lambda: _all_in(usage, "a", NOON))
        await usage.send(*calls("a"))
        await usage.settled()
    assert await usage.periods("a", "api_calls") == {stamp(NOON): 4}
    assert await usage.periods("b", "api_calls") == {stamp(START): 3}


async def test_a_total_of_another_engine_does_not_say_which_period_runs(usage: Usage) -> None:
    await usage.subscribe("a", START)
    await usage.db.execute(_FOREIGN, NOW - 3 * DAY, NOW + DAY)
    async with ingesting(usage):
        await usage.send(*calls("a"))
        await usage.settled()
    assert (await usage.periods("a", "api_calls"))[stamp(START)] == 1


async def _all_in(usage: Usage, account: str, start: datetime) -> bool:
    return list(await usage.periods(account, "api_calls")) == [stamp(start)]


_HOURS = """
    select sum((to_jsonb(d) ->> format('h%s', lpad(h::text, 2, '0')))::numeric)
    from usage_day d, generate_series(0, 23) h where account = $1 and meter = $2
"""
_FOREIGN = """
    insert into usage_total (account, meter, period_start, period_end, used, last_event_at, epoch,
        revision)
    values ('a', 'api_calls', $1, $2, 5, $1, 0, 1)
"""
