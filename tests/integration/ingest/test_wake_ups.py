"""When ingest wakes trigger: for a new total, and when a total rises to a mark or falls below it;
never without a reason.
"""

from datetime import UTC, datetime, timedelta
from typing import Any

from tests.support.usage import Usage, event, ingesting, stamp

NOW = datetime.now(UTC)


def seats(delta: Any) -> dict[str, Any]:
    return event("a", "seat.changed", NOW, {"delta": delta})


def stored(size: int, seconds: int) -> dict[str, Any]:
    return event("a", "storage.measured", NOW + timedelta(seconds=seconds), {"bytes": size})


async def mark(usage: Usage, meter: str, alert_at: int | None, rearm_at: int | None = None) -> None:
    """Sets the marks as trigger does."""
    await usage.db.execute(
        "update usage_total set alert_at = $2, rearm_at = $3 where meter = $1",
        meter,
        alert_at,
        rearm_at,
    )


async def sent(usage: Usage, *events: Any) -> None:
    for body in events:
        await usage.send(body)
        await usage.settled()


async def used(usage: Usage, meter: str) -> list[int]:
    return [one["used"] for one in await usage.woken() if one["meter"] == meter]


async def test_a_new_total_wakes_and_then_only_crossings_do(usage: Usage) -> None:
    async with ingesting(usage):
        await sent(usage, seats(1), seats(1))
        await mark(usage, "seats", 4)
        await sent(usage, seats(1), seats(1), seats(1))  # 3, 4, 5: the second reaches it
        await mark(usage, "seats", 10, 4)
        await sent(usage, seats(-1), seats(-1), seats(-1))  # 4, 3, 2: the second falls below
        assert await used(usage, "seats") == [1, 4, 3]


async def test_reaching_a_mark_exactly_counts_and_falling_to_it_does_not(usage: Usage) -> None:
    async with ingesting(usage):
        await sent(usage, seats(1))
        await mark(usage, "seats", 2, 1)
        await sent(usage, seats(1), seats(-1))
        assert await used(usage, "seats") == [1, 2]


async def test_a_snapshot_wakes_in_both_directions_and_an_older_one_does_not(usage: Usage) -> None:
    async with ingesting(usage):
        await sent(usage, stored(50, 0))
        await mark(usage, "storage", 80, 40)
        await sent(usage, stored(90, -5), stored(79, 1), stored(80, 2), stored(39, 3))
        assert await used(usage, "storage") == [50, 80, 39]


async def test_a_highest_value_wakes_when_it_rises_over_the_mark(usage: Usage) -> None:
    async with ingesting(usage):
        await sent(usage, event("a", "traffic", NOW, {"bytes": 5}))
        await mark(usage, "peak", 8)
        await sent(usage, *(event("a", "traffic", NOW, {"bytes": size}) for size in (7, 3, 8, 9)))
        assert await used(usage, "peak") == [5, 8]


async def test_without_marks_nobody_is_woken(usage: Usage) -> None:
    async with ingesting(usage):
        await sent(usage, *(seats(number) for number in (1, 100, -50)))
        assert await used(usage, "seats") == [1]


async def test_the_record_says_all_that_another_engine_would(usage: Usage) -> None:
    await usage.subscribe("a", NOW - timedelta(days=3))
    async with ingesting(usage):
        before = datetime.now(UTC)
        await sent(usage, event("a", "traffic", NOW, {"bytes": 1.5}), seats(2))
        found = {one["meter"]: one for one in await usage.woken()}
    received = [datetime.fromisoformat(one.pop("received_at")) for one in found.values()]
    assert all(abs((moment - before).total_seconds()) < 20 for moment in received)
    start = (NOW - timedelta(days=3)).astimezone(UTC)
    assert found["traffic"]["period"]["start"] == stamp(start)
    assert {key: value for key, value in found["traffic"].items() if key != "period"} == {
        "account": "a",
        "meter": "traffic",
        "used": 1.5,
        "last_event_at": stamp(NOW),
        "revision": 1,
        "epoch": 0,
    }
    assert found["seats"]["period"] is None
    assert [record.key for record in await usage.records("usage.totals")] == [b"a"] * 3
