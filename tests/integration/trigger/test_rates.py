"""Rates on a real database: looked at every minute, told once a day, over when the hour is."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from services.ingest.counting import CELLS
from services.ingest.tables import hours
from services.trigger.proposals.judge import Judge
from services.trigger.tables.catalogs import Catalogs
from shared.postgres.database import transaction
from shared.runtime.settings import Settings
from tests.support.desk import Desk, catalog, open_desk, plan

PATH = "/v1/accounts/acct-42"
TEN = datetime(2026, 11, 16, 10, tzinfo=UTC)
HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)
RATES = {"limit": 100_000, "thresholds": [80, {"per_hour": 100}, {"per_hour": 500}]}


@pytest.fixture
async def desk(settings: Settings) -> AsyncIterator[Desk]:
    async with open_desk(settings, judgement=Judge(Catalogs())) as found:
        yield found


async def uses(desk: Desk, amount: int, hour: datetime) -> None:
    """As ingest counts it, by the hour of its time."""
    slot = ("acct-42", "api_calls", int(hour.timestamp()) // 3600)
    cell = CELLS["count"](None, amount, hour, 0)
    async with transaction(desk.context.engine) as conn:
        await hours.add(conn, {slot: cell})


async def at(desk: Desk, moment: datetime) -> None:
    desk.at(moment)
    await desk.due()


async def alerts(desk: Desk) -> list[tuple[Any, str, str | None, str]]:
    found = (await desk("GET", "/v1/alerts?account=acct-42"))["data"]
    return [(one["threshold"], one["state"], one["resolution"], one["epoch"]) for one in found]


async def standing(desk: Desk) -> dict[str, str]:
    found = (await desk("GET", f"{PATH}/usage"))["meters"]
    (calls,) = [one for one in found if one["meter"] == "api_calls"]
    return {str(one["threshold"]): one["state"] for one in calls["thresholds"]}


async def test_a_rate_is_told_once_a_day_and_is_over_with_its_hour(desk: Desk) -> None:
    desk.at(TEN)
    await desk.opens(catalog=catalog(plan("starter", 1, api_calls=RATES)))
    await uses(desk, 99, TEN)
    await at(desk, TEN + 2 * MINUTE)
    assert await alerts(desk) == []
    await uses(desk, 21, TEN + 3 * MINUTE)
    await at(desk, TEN + 5 * MINUTE)
    told = ({"per_hour": 100}, "open", None, "2026-11-16T10:00:00Z")
    assert await alerts(desk) == [told]
    (notice,) = await desk.notices()
    assert (notice.facts.used_text, notice.facts.limit, notice.task) == ("120", None, None)
    assert await standing(desk) == {
        "80": "armed",
        "{'per_hour': 100}": "open",
        "{'per_hour': 500}": "armed",
    }
    (decision,) = (await desk("GET", "/v1/decisions?account=acct-42"))["data"]
    assert (decision["outcome"], decision["signals"]) == ("notice", [])
    assert decision["gates"][1]["evidence"]["threshold"] == {"per_hour": 100}
    await uses(desk, 900, TEN)
    await at(desk, TEN + 50 * MINUTE)
    assert await alerts(desk) == [told]
    await at(desk, TEN + HOUR + MINUTE)
    over = (told[0], "resolved", "reset", told[3])
    assert await alerts(desk) == [over]
    (closed,) = await desk.closed()
    assert (closed.cured, closed.alerts[0].resolution) == (False, "reset")
    await uses(desk, 900, TEN + HOUR)
    await at(desk, TEN + HOUR + 2 * MINUTE)
    assert await alerts(desk) == [over]
    assert len(await desk.notices()) == 1
    assert (await desk.meter("api_calls"))["used"] == 0, "a rate says nothing of the total"


async def test_who_leaves_has_no_open_alert(desk: Desk) -> None:
    desk.at(TEN)
    await desk.opens(catalog=catalog(plan("starter", 1, api_calls=RATES), plan("pro", 2)))
    await uses(desk, 100, TEN)
    await at(desk, TEN + 2 * MINUTE)
    await desk("DELETE", f"{PATH}/subscription", want=(200, 204))
    assert [one[1:3] for one in await alerts(desk)] == [("resolved", "cancelled")]
    assert (await desk.closed())[-1].alerts[0].resolution == "cancelled"


async def test_the_next_day_tells_the_highest_again(desk: Desk) -> None:
    desk.at(TEN)
    await desk.opens(catalog=catalog(plan("starter", 1, api_calls=RATES)))
    await uses(desk, 100, TEN)
    await at(desk, TEN + 2 * MINUTE)
    tomorrow = TEN + timedelta(days=1)
    await at(desk, tomorrow)
    await uses(desk, 900, tomorrow)
    await at(desk, tomorrow + 2 * MINUTE)
    highest = ({"per_hour": 500}, "open", None, "2026-11-17T10:00:00Z")
    assert (await alerts(desk))[0] == highest
    assert len(await desk.notices()) == 2


async def test_what_ends_with_its_hour_is_told_and_an_outage_late(desk: Desk) -> None:
    desk.at(TEN)
    await desk.opens(catalog=catalog(plan("starter", 1, api_calls=RATES)))
    await at(desk, TEN + 30 * MINUTE)
    await uses(desk, 100, TEN)
    await at(desk, TEN + 5 * HOUR)
    assert await alerts(desk) == [({"per_hour": 100}, "resolved", "reset", "2026-11-16T10:00:00Z")]
    assert len(await desk.notices()) == 1


async def test_an_accounts_own_rate_and_nothing_where_there_is_none(desk: Desk) -> None:
    desk.at(TEN)
    await desk.opens()
    await uses(desk, 500, TEN)
    await at(desk, TEN + 2 * MINUTE)
    assert await desk.rows("select 1 from due where purpose = 'rates'") == []
    own = {"thresholds": [{"per_hour": "0.5K"}]}
    shown = await desk("PUT", f"{PATH}/limits/api_calls", own)
    assert shown["thresholds"] == [{"per_hour": 500}]
    wrong = await desk("PUT", f"{PATH}/limits/storage", own, want=422)
    assert wrong["errors"][0]["path"] == "/thresholds/0"
    assert await desk("PUT", f"{PATH}/limits/api_calls", own) == shown
    await at(desk, TEN + 4 * MINUTE)
    assert [one[0] for one in await alerts(desk)] == [{"per_hour": 500}]
    await desk("DELETE", f"{PATH}/limits/api_calls", want=204)
    assert [one[1:3] for one in await alerts(desk)] == [("resolved", "limit")]
    assert await desk.rows("select 1 from due where purpose like 'rate_over%'") == []
    await at(desk, TEN + 6 * MINUTE)
    assert await desk.rows("select 1 from due where purpose = 'rates'") == []
