"""Backtests: the same catalogue finds what was sent, another finds what it would have sent (issue 5, 11)."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from sqlalchemy import text

from services.trigger.judging.backtest import Backtest, backtest, read_span
from services.trigger.judging.loading import Loader
from shared.catalog import Catalog
from shared.database import transaction
from tests.integration.judging.conftest import Desk
from tests.support.catalogs import catalog, document, parsed
from tests.support.stories import day

GB = 10**9


async def record(desk: Desk, meter: str, hours: dict[datetime, int], aggregation: str) -> None:
    """Hours as ingest keeps them."""
    async with transaction(desk.engine) as conn:
        for at, value in hours.items():
            name = f"h{at.hour:02}"
            statement = f"""
                insert into usage_day (account, meter, day, aggregation, {name}) values (:account, :meter, :day, :aggregation, :value)
                on conflict (account, meter, day) do update set {name} = excluded.{name}
                """
            row = {"account": desk.account, "meter": meter, "day": at.date(), "aggregation": aggregation, "value": Decimal(value)}
            await conn.execute(text(statement), row)


async def replayed(desk: Desk, given: Catalog, days: int = 90) -> Backtest:
    async with desk.engine.connect() as conn:
        return await backtest(conn, Loader(desk.watch.catalogs), given, since=desk.now - timedelta(days=days), now=desk.now)


async def test_the_same_catalogue_finds_what_was_sent(desk: Desk) -> None:
    await desk.apply(catalog("case"))
    await desk.open("basic")
    for at, used in ((desk.now, 5), (desk.now + timedelta(days=3), 8), (desk.now + timedelta(days=6, hours=2), 9)):
        desk.now = at
        await record(desk, "storage", {at.replace(minute=0): used * GB}, "latest")
        await desk.use("storage", used * GB)
    desk.now += timedelta(days=1)
    found = await replayed(desk, catalog("case"))
    assert [(row["threshold"], row["kind"], row["outcome"]) for row in found.would] == [
        (80, "usage.threshold", "proposal"),
        (90, "usage.threshold", "proposal"),
    ]
    assert found.json()["only_would"] == found.json()["only_sent"] == []
    assert [row["at"] for row in found.would] == ["2025-09-19T00:00:00Z", "2025-09-22T02:00:00Z"]


async def test_another_catalogue_would_have_sent_something_else(desk: Desk) -> None:
    plans = [dict(one) for one in document()["plans"]]
    plans[0]["limits"] = {"storage": "20 GB", "seats": 5}
    await desk.apply(parsed(document()))
    await desk.open("starter")
    await record(desk, "storage", {desk.now: 8 * GB}, "latest")
    await desk.use("storage", 8 * GB)
    desk.now += timedelta(days=1)
    found = (await replayed(desk, parsed(document(plans=plans)))).json()
    assert found["would"] == []
    assert [row["threshold"] for row in found["only_sent"]] == [80]
    tight = [dict(one) for one in document()["plans"]]
    tight[0]["limits"] = {"storage": "8 GB", "seats": 5}
    found = (await replayed(desk, parsed(document(plans=tight)))).json()
    assert [row["threshold"] for row in found["only_would"]] == [100]


async def test_a_counter_adds_up_within_its_period_and_begins_anew(desk: Desk) -> None:
    given = catalog("global")
    await desk.apply(given)
    desk.now = datetime(2025, 9, 20, tzinfo=UTC)
    await desk.open("starter", order={"anchor": "2025-08-01T00:00:00Z"})
    days = [datetime(2025, 8, 1, 5, tzinfo=UTC) + timedelta(days=index) for index in range(45)]
    await record(desk, "api_calls", dict.fromkeys(days, 290), "count")
    found = await replayed(desk, given, 60)
    rows = [(row["meter"], row["threshold"], row["at"][:10]) for row in found.would if row["meter"]]
    first = date(2025, 8, 1)
    assert rows == [("api_calls", 80, (first + timedelta(days=27)).isoformat())]


async def test_facts_withhold_in_the_replay_too(desk: Desk) -> None:
    await desk.apply(catalog("global"))
    await desk.open("starter")
    await desk.say("nps.responded", desk.now - timedelta(days=5), score=3, contact="c1")
    await record(desk, "storage", {day("2025-09-15"): 9 * GB}, "latest")
    desk.now += timedelta(hours=1)
    found = await replayed(desk, catalog("global"))
    assert [(row["threshold"], row["outcome"]) for row in found.would] == [(90, "withheld")]


@pytest.mark.parametrize(("given", "days"), [("90d", 90), ("2w", 14), ("48h", 2)])
def test_spans(given: str, days: int) -> None:
    assert read_span(given) == timedelta(days=days)


@pytest.mark.parametrize("given", ["", "0d", "d", "90", "90 days", "-3d", "9999w"])
def test_what_is_no_span(given: str) -> None:
    with pytest.raises(ValueError, match="must be a span"):
        read_span(given)
