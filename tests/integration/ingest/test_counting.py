"""Records in, totals out: aggregations, duplicates, re-routing, on the real loop."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

from tests.support.usage import Usage, event, ingesting

NOW = datetime.now(UTC).replace(microsecond=0)
START = NOW - timedelta(days=10)


async def test_every_aggregation_counts_each_event_once(usage: Usage) -> None:
    await usage.subscribe("a", START)
    calls = [event("a", "api.request", NOW - timedelta(seconds=second)) for second in range(5)]
    async with ingesting(usage):
        await usage.send(*calls, *calls[:3])
        await usage.send(
            event("a", "traffic", NOW, {"bytes": 5}), event("a", "traffic", NOW, {"bytes": 7})
        )
        await usage.send(
            event("a", "storage.measured", NOW, {"bytes": 90}),
            event("a", "storage.measured", NOW - timedelta(1), {"bytes": 99}),
        )
        await usage.send(
            event("a", "seat.changed", NOW, {"delta": 3}),
            event("a", "seat.changed", NOW, {"delta": -1}),
        )
        await usage.send(
            *(event("a", "login", NOW, {"user": user, "device": "d"}) for user in ("x", "y", "x"))
        )
        await usage.send(
            event("a", "call", NOW, {"status": 200}), event("a", "call", NOW, {"status": 500})
        )
        await usage.settled()
    assert await usage.totals("a") == {
        "api_calls": 5,
        "traffic": 12,
        "peak": 7,
        "storage": 90,
        "seats": 2,
        "users": 2,
        "devices": 1,
        "good_calls": 1,
    }
    assert await usage.rejected() == []


async def test_decimals_sum_exactly(usage: Usage) -> None:
    await usage.subscribe("a", START)
    async with ingesting(usage):
        await usage.send(*(event("a", "traffic", NOW, {"bytes": 0.1}) for _ in range(10)))
        await usage.send(
            *(event("a", "traffic", NOW, {"bytes": 999_999_999_999_999_999}) for _ in range(2))
        )
        await usage.settled()
    assert (await usage.totals("a"))["traffic"] == Decimal("1999999999999999999")
